/* Programs that come from elsewhere, and who is talked to. */
#include "techniques.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define LOOPBACK "127.0.0.1"

static char *const environment[] = { "PATH=/bin", NULL };

/* Content that was written. */

static void program_dropped(void)
{
	char *const arguments[] = { "true", NULL };

	copy_program(BUSYBOX, "/tmp/dropped");
	run_program("/tmp/dropped", arguments, environment);
	must(!unlink("/tmp/dropped"));
}

static void script_dropped(void)
{
	char *const arguments[] = { "script", NULL };

	write_file("/tmp/script", "#!/bin/busybox true\n", 0755);
	run_program("/tmp/script", arguments, environment);
	must(!unlink("/tmp/script"));
}

static void program_only_written(void)
{
	copy_program(BUSYBOX, "/tmp/dropped");
	must(!unlink("/tmp/dropped"));
}

/* Names of a program that was there, and text. */
static void nothing_dropped(void)
{
	char *const arguments[] = { "true", NULL };

	must(!symlink(BUSYBOX, "/tmp/other_name"));
	run_program("/tmp/other_name", arguments, environment);
	write_file("/tmp/text", "echo text\n", 0644);
	must(!unlink("/tmp/other_name") && !unlink("/tmp/text"));
}

/* Serves a script to one who asks, and has it fetched into the file. */
static void fetch(const char *path)
{
	static const char answer[] = "HTTP/1.0 200 OK\r\n\r\n#!/bin/busybox true\n";
	struct sockaddr_in at;
	char url[64], request[4096];
	char *const arguments[] = { "wget", "-q", "-O", (char *)path, url, NULL };
	int listener = listen_on(LOOPBACK, &at);
	pid_t server = start_child();

	if (!server) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		must(fd >= 0 && read(fd, request, sizeof(request)) > 0);
		must(write(fd, answer, sizeof(answer) - 1) == sizeof(answer) - 1);
		_exit(0);
	}
	snprintf(url, sizeof(url), "http://" LOOPBACK ":%d/artifact", ntohs(at.sin_port));
	run_program(BUSYBOX, arguments, environment);
	wait_for(server, 0);
	must(!close(listener));
}

static void downloaded_and_run(void)
{
	char *const arguments[] = { "artifact", NULL };

	fetch("/tmp/artifact");
	must(!chmod("/tmp/artifact", 0755));
	run_program("/tmp/artifact", arguments, environment);
	must(!unlink("/tmp/artifact"));
}

static void downloaded_and_kept(void)
{
	fetch("/tmp/artifact");
	must(!chmod("/tmp/artifact", 0755) && !unlink("/tmp/artifact"));
}

/* A shell that is fed by a pipe. */
static void feed(char *const arguments[], const char *text)
{
	int ends[2];
	pid_t child;

	must(!pipe2(ends, O_CLOEXEC));
	child = start_child();
	if (!child) {
		must(dup2(ends[0], 0) == 0);
		execve("/bin/busybox", arguments, environment);
		_exit(1);
	}
	must(!close(ends[0]) && write(ends[1], text, strlen(text)) == (ssize_t)strlen(text) && !close(ends[1]));
	wait_for(child, 0);
}

static void program_by_pipe(void)
{
	char *const arguments[] = { "sh", NULL };

	feed(arguments, "exit 0\n");
}

static void data_by_pipe(void)
{
	char *const arguments[] = { "sh", "-c", "read -r line", NULL };

	feed(arguments, "data\n");
}

/* Connections. */

static void use_socket(const char *path, int tries_file)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	make_folder("/run");
	strcpy(at.sun_path, path);
	must(listener >= 0 && fd >= 0 && !bind(listener, (struct sockaddr *)&at, sizeof(at)) && !listen(listener, 1));
	if (tries_file)
		must(open(path, O_WRONLY | O_CLOEXEC) == -1 && !chmod(path, 0666));
	else
		must(!connect(fd, (struct sockaddr *)&at, sizeof(at)));
	must(!close(fd) && !close(listener) && !unlink(path));
}

static void runtime_socket(void)
{
	use_socket("/run/docker.sock", 0);
}

static void runtime_socket_opened(void)
{
	use_socket("/run/containerd.sock", 1);
}

static void other_socket(void)
{
	use_socket("/run/other.sock", 0);
	use_socket("/run/another.sock", 1);
}

static void connect_plainly(const struct sockaddr_in *at)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd >= 0 && !connect(fd, (const struct sockaddr *)at, sizeof(*at)) && !close(fd));
}

/* One request of a ring that is made for it; what it gave. */
static int by_ring(int operation, int fd, const void *address, size_t length)
{
	struct io_uring_params p = { 0 };
	int ring = syscall(SYS_io_uring_setup, 1, &p);
	size_t size = p.sq_off.array + p.sq_entries * sizeof(unsigned);
	char *queue, *done;
	struct io_uring_sqe *request;
	struct io_uring_cqe *result;

	must(ring >= 0);
	queue = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	done = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(*result), PROT_READ | PROT_WRITE, MAP_SHARED, ring,
		    IORING_OFF_CQ_RING);
	request = mmap(NULL, sizeof(*request), PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
	must(queue != MAP_FAILED && done != MAP_FAILED && request != MAP_FAILED);
	memset(request, 0, sizeof(*request));
	request->opcode = operation;
	request->fd = fd;
	request->addr = (unsigned long)address;
	request->off = length;
	*(unsigned *)(queue + p.sq_off.array) = 0;
	__atomic_store_n((unsigned *)(queue + p.sq_off.tail), 1, __ATOMIC_RELEASE);
	must(syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) == 1);
	result = (struct io_uring_cqe *)(done + p.cq_off.cqes);
	must(!close(ring));
	return result->res;
}

static void connect_by_ring(void)
{
	struct sockaddr_in at;
	int listener = listen_on(LOOPBACK, &at), fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd >= 0 && !by_ring(IORING_OP_CONNECT, fd, &at, sizeof(at)) && !close(fd) && !close(listener));
}

static void ring_and_connect(void)
{
	struct sockaddr_in at;
	int listener = listen_on(LOOPBACK, &at);

	must(!by_ring(IORING_OP_NOP, -1, NULL, 0));
	connect_plainly(&at);
	must(!close(listener));
}

#ifdef __x86_64__
/* mov rax, rdi; mov rdi, rsi; mov rsi, rdx; mov rdx, rcx; syscall; ret */
static const unsigned char calling[] = { 0x48, 0x89, 0xf8, 0x48, 0x89, 0xf7, 0x48, 0x89, 0xd6, 0x48, 0x89, 0xca, 0x0f, 0x05, 0xc3 };

static void connect_by_foreign_code(void)
{
	struct sockaddr_in at;
	int listener = listen_on(LOOPBACK, &at), fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long (*call)(long, long, const void *, long);

	must(fd >= 0 && page != MAP_FAILED);
	memcpy(page, calling, sizeof(calling));
	must(!mprotect(page, 4096, PROT_READ | PROT_EXEC));
	call = (long (*)(long, long, const void *, long))page;
	must(!call(SYS_connect, fd, &at, sizeof(at)) && !close(fd) && !close(listener));
}
#else
static void connect_by_foreign_code(void)
{
	must(!"written for this machine");
}
#endif

static void connect_by_library(void)
{
	struct sockaddr_in at;
	int listener = listen_on(LOOPBACK, &at);

	connect_plainly(&at);
	must(!close(listener));
}

/* Asks for names; nobody answers. */
static void ask(int count, int is_dense)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(53), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	unsigned random = 42;

	must(server >= 0 && !bind(server, (struct sockaddr *)&at, sizeof(at)));
	must(fd >= 0 && !connect(fd, (struct sockaddr *)&at, sizeof(at)));
	for (int i = 0; i < count; i++) {
		unsigned char question[128] = { i >> 8, i, 1, 0, 0, 1 };
		size_t at_byte = 12;
		char label[64];

		if (is_dense) {
			for (int j = 0; j < 48; j++) {
				random = random * 1103515245 + 12345;
				label[j] = digits[random >> 16 & 31];
			}
			label[48] = 0;
		} else {
			snprintf(label, sizeof(label), "www%d", i);
		}
		question[at_byte] = strlen(label);
		memcpy(question + at_byte + 1, label, strlen(label));
		at_byte += 1 + strlen(label);
		memcpy(question + at_byte, "\7example\3com\0\0\20\0\1", 17);
		must(send(fd, question, at_byte + 17, 0) == (ssize_t)at_byte + 17);
	}
	must(!close(fd) && !close(server));
}

static void data_in_names(void)
{
	ask(40, 1);
}

static void many_names(void)
{
	ask(40, 0);
}

static void say(const char *line)
{
	struct sockaddr_in at;
	int listener = listen_on(LOOPBACK, &at), fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd >= 0 && !connect(fd, (struct sockaddr *)&at, sizeof(at)));
	must(write(fd, line, strlen(line)) == (ssize_t)strlen(line) && !close(fd) && !close(listener));
}

static void miner(void)
{
	say("{\"id\": 1, \"method\": \"mining.subscribe\", \"params\": [\"miner/1.0\"]}\n");
}

static void other_request(void)
{
	say("{\"id\": 1, \"method\": \"mining_report.list\", \"params\": [\"client/1.0\"]}\n");
}

/* Back into the control groups of the host, from a PID namespace. */
static void enter_from_below(int is_host)
{
	pid_t child;
	int fd;

	must(is_host || !unshare(CLONE_NEWUTS));
	fd = open(is_host ? "/proc/self/ns/cgroup" : "/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	must(fd >= 0 && !unshare(CLONE_NEWPID | CLONE_NEWCGROUP));
	child = start_child();
	if (!child) {
		must(is_host || !unshare(CLONE_NEWUTS));
		must(!setns(fd, is_host ? CLONE_NEWCGROUP : CLONE_NEWUTS));
		_exit(0);
	}
	wait_for(child, 0);
	must(!close(fd));
}

static void host_entered(void)
{
	enter_from_below(1);
}

static void neighbour_entered(void)
{
	enter_from_below(0);
}

/* Of who is the first process; on the host that is no way out, and not for everybody. */
static void root_of_first(void)
{
	int fd = open("/proc/1/root/proc/version", O_RDONLY | O_CLOEXEC);

	must(fd < 0 || !close(fd));
}

static void own_root(void)
{
	open_and_close("/proc/self/root/proc/version", O_RDONLY);
}

const struct technique delivery[] = {
	{ "program_dropped", program_dropped },
	{ "script_dropped", script_dropped },
	{ "program_only_written", program_only_written },
	{ "nothing_dropped", nothing_dropped },
	{ "downloaded_and_run", downloaded_and_run },
	{ "downloaded_and_kept", downloaded_and_kept },
	{ "program_by_pipe", program_by_pipe },
	{ "data_by_pipe", data_by_pipe },
	{ "runtime_socket", runtime_socket },
	{ "runtime_socket_opened", runtime_socket_opened },
	{ "other_socket", other_socket },
	{ "connect_by_ring", connect_by_ring },
	{ "ring_and_connect", ring_and_connect },
	{ "connect_by_foreign_code", connect_by_foreign_code },
	{ "connect_by_library", connect_by_library },
	{ "data_in_names", data_in_names },
	{ "many_names", many_names },
	{ "miner", miner },
	{ "other_request", other_request },
	{ "host_entered", host_entered },
	{ "neighbour_entered", neighbour_entered },
	{ "root_of_first", root_of_first },
	{ "own_root", own_root },
	{ NULL, NULL },
};
