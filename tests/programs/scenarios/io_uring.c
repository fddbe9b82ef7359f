/* io_uring: rings and what is submitted to them. */
#include "scenarios.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/io_uring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct ring {
	struct io_uring_params params;
	int fd;
	char *rings;
	struct io_uring_sqe *entries;
};

static unsigned *word(struct ring *ring, unsigned offset)
{
	return (unsigned *)(ring->rings + offset);
}

static void make_ring(struct ring *ring, unsigned flags)
{
	size_t submissions, completions;

	memset(ring, 0, sizeof(*ring));
	ring->params.flags = flags;
	ring->params.sq_thread_idle = 2000;
	must((ring->fd = syscall(SYS_io_uring_setup, 5, &ring->params)) >= 0);
	must(ring->params.features & IORING_FEAT_SINGLE_MMAP);
	submissions = ring->params.sq_off.array + ring->params.sq_entries * sizeof(unsigned);
	completions = ring->params.cq_off.cqes + ring->params.cq_entries * sizeof(struct io_uring_cqe);
	ring->rings = mmap(NULL, submissions > completions ? submissions : completions, PROT_READ | PROT_WRITE,
			   MAP_SHARED, ring->fd, IORING_OFF_SQ_RING);
	ring->entries = mmap(NULL, ring->params.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE,
			     MAP_SHARED, ring->fd, IORING_OFF_SQES);
	must(ring->rings != MAP_FAILED && ring->entries != MAP_FAILED);
}

/* Submits one operation and waits for it; gives its result. */
static int submit(struct ring *ring, struct io_uring_sqe entry)
{
	unsigned *tail = word(ring, ring->params.sq_off.tail), mask = *word(ring, ring->params.sq_off.ring_mask);
	unsigned *head = word(ring, ring->params.cq_off.head), index = *tail & mask;
	struct io_uring_cqe *results = (void *)(ring->rings + ring->params.cq_off.cqes), *result;

	ring->entries[index] = entry;
	word(ring, ring->params.sq_off.array)[index] = index;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (!(ring->params.flags & IORING_SETUP_SQPOLL))
		must(syscall(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) == 1);
	else if (*word(ring, ring->params.sq_off.flags) & IORING_SQ_NEED_WAKEUP)
		must(syscall(SYS_io_uring_enter, ring->fd, 1, 0, IORING_ENTER_SQ_WAKEUP, NULL, 0) >= 0);
	while (__atomic_load_n(word(ring, ring->params.cq_off.tail), __ATOMIC_ACQUIRE) == *head)
		usleep(1000);
	result = &results[*head & *word(ring, ring->params.cq_off.ring_mask)];
	must(result->user_data == entry.user_data);
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return result->res;
}

#define OPERATION(op, mark, ...) ((struct io_uring_sqe){ .opcode = (op), .user_data = (mark), __VA_ARGS__ })
#define ADDRESS(pointer) ((unsigned long)(pointer))

/* Thread id of the ring's own thread, 0 while it has no name. */
static int named_ring_thread(void)
{
	DIR *tasks = opendir("/proc/self/task");
	struct dirent *task;
	int found = 0;

	must(tasks);
	while ((task = readdir(tasks))) {
		char path[300], name[32] = "";
		int fd;

		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", task->d_name);
		if ((fd = open(path, O_RDONLY)) < 0)
			continue;
		if (read(fd, name, sizeof(name) - 1) > 0 && !strncmp(name, "iou-sqp-", 8))
			found = atoi(task->d_name);
		close(fd);
	}
	closedir(tasks);
	return found;
}

static int ring_thread(void)
{
	int found = 0;

	for (int attempt = 0; attempt < 1000 && !found; attempt++) {
		found = named_ring_thread();
		usleep(1000);
	}
	must(found);
	return found;
}

static void here_fact(void)
{
	char here[PATH_MAX];

	must(getcwd(here, sizeof(here)));
	fact("here", "%s", here);
}

static void ring_made(void)
{
	struct ring ring;

	make_ring(&ring, 0);
	fact("fd", "%d", ring.fd);
	fact("sq", "%u", ring.params.sq_entries);
	fact("cq", "%u", ring.params.cq_entries);
}

static void ring_refused(void)
{
	struct io_uring_params params = {};

	must(syscall(SYS_io_uring_setup, 0, &params) < 0);
}

static struct sockaddr_in discard(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}

static void ring_used(void)
{
	struct sockaddr_in address = discard(9), other = discard(10);
	struct iovec nothing = { "x", 1 };
	struct msghdr message = { .msg_name = &other, .msg_namelen = sizeof(other), .msg_iov = &nothing, .msg_iovlen = 1 };
	struct ring ring;
	int directory, file, opened, udp, bound, files[2];
	char byte;

	here_fact();
	make_ring(&ring, 0);
	must(!mkdir("directory", 0700));
	must((directory = open("directory", O_PATH)) >= 0);
	must((file = open("file", O_RDWR | O_CREAT, 0600)) >= 0 && write(file, "0123456789", 10) == 10);
	must((udp = socket(AF_INET, SOCK_DGRAM, 0)) >= 0);
	file_facts("file", "file");
	fact("directory", "%d", directory);
	fact("file", "%d", file);
	fact("udp", "%d", udp);
	must(submit(&ring, OPERATION(IORING_OP_NOP, 1, .flags = IOSQE_ASYNC)) == 0);
	opened = submit(&ring, OPERATION(IORING_OP_OPENAT, 2, .fd = directory, .addr = ADDRESS("new"),
					 .open_flags = O_CREAT | O_WRONLY, .len = 0600));
	must(opened >= 0);
	must(submit(&ring, OPERATION(IORING_OP_OPENAT, 3, .fd = AT_FDCWD, .addr = ADDRESS("nowhere"))) == -ENOENT);
	must(submit(&ring, OPERATION(IORING_OP_RENAMEAT, 4, .fd = directory, .addr = ADDRESS("new"),
				     .len = AT_FDCWD, .off = ADDRESS("renamed"))) == 0);
	must(submit(&ring, OPERATION(IORING_OP_UNLINKAT, 5, .fd = AT_FDCWD, .addr = ADDRESS("renamed"))) == 0);
	files[0] = -1;
	files[1] = file;
	must(!syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, files, 2));
	must(submit(&ring, OPERATION(IORING_OP_READ, 6, .fd = 1, .flags = IOSQE_FIXED_FILE, .addr = ADDRESS(&byte),
				     .len = 1, .off = 3)) == 1);
	must(byte == '3');
	must(submit(&ring, OPERATION(IORING_OP_READ, 7, .fd = file, .addr = ADDRESS(&byte), .len = 1)) == 1);
	must(submit(&ring, OPERATION(IORING_OP_SENDMSG, 8, .fd = udp, .addr = ADDRESS(&message), .len = 1)) == 1);
	must(submit(&ring, OPERATION(IORING_OP_CONNECT, 9, .fd = udp, .addr = ADDRESS(&address),
				     .off = sizeof(address))) == 0);
	must(submit(&ring, OPERATION(IORING_OP_READ, 10, .fd = 999, .addr = ADDRESS(&byte), .len = 1)) == -EBADF);
	must(submit(&ring, OPERATION(IORING_OP_CLOSE, 11, .fd = opened)) == 0);
	/* Since 6.11. */
	must((bound = socket(AF_INET, SOCK_DGRAM, 0)) >= 0);
	fact("bound", "%d", bound);
	address.sin_port = 0;
	submit(&ring, OPERATION(56 /* IORING_OP_BIND */, 12, .fd = bound, .addr = ADDRESS(&address),
				.off = sizeof(address)));
}

/* The same under a thread of the ring's own, which no call of the program's wakes for each operation. */
static void ring_polled(void)
{
	struct ring ring;
	int opened;

	here_fact();
	make_ring(&ring, IORING_SETUP_SQPOLL);
	fact("thread", "%d", ring_thread());
	fact("self", "%d", getpid());
	opened = submit(&ring, OPERATION(IORING_OP_OPENAT, 21, .fd = AT_FDCWD, .addr = ADDRESS("polled"),
					 .open_flags = O_CREAT | O_RDWR, .len = 0600));
	must(opened >= 0);
	file_facts("polled", "polled");
	must(submit(&ring, OPERATION(IORING_OP_WRITE, 22, .fd = opened, .addr = ADDRESS("x"), .len = 1)) == 1);
}

/* A file that is open, under the names that it has one after the other. */
static void ring_renames(void)
{
	struct ring ring;
	char byte;
	int file;

	make_ring(&ring, 0);
	must((file = open("first-name", O_RDWR | O_CREAT, 0600)) >= 0);
	must(pread(file, &byte, 1, 0) == 0);
	must(submit(&ring, OPERATION(IORING_OP_RENAMEAT, 1, .fd = AT_FDCWD, .addr = ADDRESS("first-name"),
				     .len = AT_FDCWD, .off = ADDRESS("second-name"))) == 0);
	must(pread(file, &byte, 1, 0) == 0);
	must(submit(&ring, OPERATION(IORING_OP_RENAMEAT, 2, .fd = AT_FDCWD, .addr = ADDRESS("second-name"),
				     .len = AT_FDCWD, .off = ADDRESS("third-name"), .flags = IOSQE_ASYNC)) == 0);
	must(pread(file, &byte, 1, 0) == 0);
}

const struct scenario io_uring[] = {
	{ "ring_made", ring_made },
	{ "ring_refused", ring_refused },
	{ "ring_used", ring_used },
	{ "ring_polled", ring_polled },
	{ "ring_renames", ring_renames },
	{ 0 },
};
