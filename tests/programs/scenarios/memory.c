/* Memory: mappings, protections, access to other processes, where calls come from. */
#include "scenarios.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096UL
#define RW (PROT_READ | PROT_WRITE)
#define RX (PROT_READ | PROT_EXEC)
#define RWX (PROT_READ | PROT_WRITE | PROT_EXEC)

static char *map(size_t size, int prot, int flags, int fd, off_t offset)
{
	char *at = mmap(NULL, size, prot, flags, fd, offset);

	must(at != MAP_FAILED);
	return at;
}

/* Anonymous memory with nothing but a closed page on either side. */
static char *lone_pages(size_t count, int prot)
{
	char *at = map((count + 2) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(!mprotect(at + PAGE, count * PAGE, prot));
	return at + PAGE;
}

static void address_fact(const char *name, const void *address)
{
	fact(name, "%lu", (unsigned long)address);
}

/* A file of two pages. */
static int file(const char *name, int flags)
{
	int fd = open(name, O_CREAT | O_RDWR, 0700);

	must(fd >= 0 && !ftruncate(fd, 2 * PAGE) && !close(fd));
	fd = open(name, flags);
	must(fd >= 0);
	file_facts("file", name);
	return fd;
}

static void mmap_file(void)
{
	int fd = file("mapped", O_RDWR);

	address_fact("at", map(PAGE, RW, MAP_SHARED, fd, PAGE));
	address_fact("anonymous", map(PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, fd, 0));
}

static void mmap_file_near(void)
{
	int fd = file("mapped-near", O_RDWR);

	map(PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, fd, 0);
	must(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 999, 0) == MAP_FAILED);
}

static void mmap_near(void)
{
	must(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	must(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 999, 0) == MAP_FAILED);
}

static void protect(void)
{
	int key, fd = file("protected", O_RDWR);
	char *at = lone_pages(3, RW), *mapped = map(PAGE, PROT_READ, MAP_PRIVATE, fd, 0);

	/* Of three pages the second, then all of them: three mappings by then. */
	address_fact("at", at);
	must(!mprotect(at + PAGE, PAGE, PROT_READ));
	must(!mprotect(at, 3 * PAGE, PROT_NONE));
	address_fact("mapped", mapped);
	key = syscall(SYS_pkey_alloc, 0, 0);
	fact("key", "%d", key < 0 ? -1 : key);
	must(!syscall(SYS_pkey_mprotect, mapped, PAGE, RW, key < 0 ? -1 : key));
}

static void protect_near(void)
{
	char *hole = map(PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(mprotect(hole + 1, PAGE, PROT_READ) && errno == EINVAL);
	must(!mprotect(hole, 0, PROT_READ));
	must(!munmap(hole, PAGE));
	must(mprotect(hole, PAGE, PROT_READ) && errno == ENOMEM);
}

static void written_and_executed(void)
{
	int fd = file("code", O_RDWR);
	char *at = lone_pages(2, RW), *mapped = map(PAGE, PROT_READ, MAP_PRIVATE, fd, 0);

	address_fact("new", map(PAGE, RWX, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	address_fact("new_file", map(2 * PAGE, RWX, MAP_PRIVATE, fd, 0));
	address_fact("at", at);
	must(!mprotect(at, 2 * PAGE, RX));
	must(!mprotect(at, 2 * PAGE, RWX));
	must(!mprotect(at, 2 * PAGE, RX));
	must(!mprotect(at, 2 * PAGE, RW));
	/* What lies before the hole is changed, though the call fails. */
	must(!munmap(at + 2 * PAGE, PAGE));
	must(mprotect(at, 3 * PAGE, RX) && errno == ENOMEM);
	address_fact("mapped", mapped);
	must(!mprotect(mapped, PAGE, RX));
}

static void written_and_executed_near(void)
{
	int fd = file("code-near", O_RDONLY);
	char *at = lone_pages(1, RW);

	must(!mprotect(at, PAGE, PROT_READ));
	must(!mprotect(at, PAGE, RW));
	must(mprotect(at + 1, PAGE, RWX) && errno == EINVAL);
	must(mmap(NULL, 0, RWX, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	/* Not to be written, for good. */
	at = map(PAGE, RX, MAP_SHARED, fd, 0);
	must(mprotect(at, PAGE, RWX) && errno == EACCES);
	map(PAGE, RX, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void load_object(void)
{
	int fd = file("object", O_RDONLY | O_CLOEXEC);

	map(2 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	map(PAGE, RX, MAP_PRIVATE, fd, PAGE);
}

static void load_object_near(void)
{
	int fd = file("no-object", O_RDONLY);

	map(PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	map(PAGE, RX, MAP_SHARED, fd, 0);
	map(PAGE, RX, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	map(PAGE, RX, MAP_PRIVATE, open("/dev/zero", O_RDONLY), 0);
}

static char word[8] = "before";

/* A child that waits to be looked into. */
static pid_t victim(void)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	must(child >= 0);
	if (!child) {
		pause();
		_exit(0);
	}
	return child;
}

static void end(pid_t child)
{
	must(!kill(child, SIGKILL));
	must(waitpid(child, NULL, 0) == child);
}

static int memory_of(pid_t pid, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, flags);
	must(fd >= 0);
	return fd;
}

static void access_memory(void)
{
	pid_t child = victim();
	int fd = memory_of(child, O_RDWR);
	char found[8];

	fact("pid", "%d", child);
	address_fact("word", word);
	must(pwrite(fd, "after", 6, (off_t)word) == 6);
	must(pread(fd, found, 8, (off_t)word) == 8 && !strcmp(found, "after"));
	must(lseek(fd, (off_t)word, SEEK_SET) == (off_t)word);
	must(read(fd, found, 4) == 4);
	end(child);
}

static void access_memory_near(void)
{
	char found[8], path[64];
	int fd = open("/proc/self/mem", O_RDWR);
	pid_t child = victim();

	must(fd >= 0 && pread(fd, found, 8, (off_t)word) == 8);
	must(pwrite(memory_of(getpid(), O_RDWR), "same", 5, (off_t)word) == 5);
	snprintf(path, sizeof(path), "/proc/%d/maps", child);
	must(read(open(path, O_RDONLY), found, 8) == 8);
	end(child);
}

/* Makes a call with the stack pointer somewhere else. */
static long call_on(void *stack, long number, long a, long b, long c)
{
#if defined(__x86_64__)
	register long r10 asm("r10") = 0;
	long ret;

	asm volatile("mov %%rsp, %%r12\n\tmov %[stack], %%rsp\n\tsyscall\n\tmov %%r12, %%rsp"
		     : "=a"(ret)
		     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), [stack] "r"(stack)
		     : "rcx", "r11", "r12", "memory");
	return ret;
#elif defined(__aarch64__)
	register long x0 asm("x0") = a;
	register long x1 asm("x1") = b;
	register long x2 asm("x2") = c;
	register long x3 asm("x3") = 0;
	register long x8 asm("x8") = number;

	asm volatile("mov x19, sp\n\tmov sp, %[stack]\n\tsvc 0\n\tmov sp, x19"
		     : "+r"(x0)
		     : "r"(x1), "r"(x2), "r"(x3), "r"(x8), [stack] "r"(stack)
		     : "x19", "memory");
	return x0;
#endif
}

static long socket_on(void *stack)
{
	return call_on(stack, SYS_socket, AF_UNIX, SOCK_STREAM, 0);
}

static void pivot(void)
{
	char *at = lone_pages(4, RW), *heap = malloc(64 * 1024), *unmapped;
	int fd = file("stack", O_RDWR);
	char *mapped = map(PAGE, RW, MAP_SHARED, fd, 0);

	address_fact("at", at);
	/* Twice the same, which is told once; another call on it. */
	must(socket_on(at + 2 * PAGE) >= 0);
	must(socket_on(at + 2 * PAGE) >= 0);
	must(call_on(at + 2 * PAGE, SYS_dup3, 1, 100, 0) == 100);
	address_fact("heap", heap + 32 * 1024);
	must(socket_on(heap + 32 * 1024) >= 0);
	address_fact("mapped", mapped);
	must(socket_on(mapped + PAGE / 2) >= 0);
	unmapped = lone_pages(1, RW);
	must(!munmap(unmapped, PAGE));
	address_fact("unmapped", unmapped);
	must(socket_on(unmapped + PAGE / 2) >= 0);
}

static void open_deep(int depth)
{
	volatile char room[4096];

	room[0] = room[4095] = depth;
	if (depth)
		open_deep(depth - 1);
	else
		must(close(open("/dev/null", O_RDONLY)) == 0);
	room[1] = room[0];
}

static void *thread(void *unused)
{
	pid_t child;

	open_deep(0);
	open_deep(100);
	/* A process that begins on this thread's stack. */
	child = fork();
	if (!child) {
		open_deep(0);
		open_deep(100);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	return unused;
}

static void on_signal(int unused)
{
	open_deep(2);
}

static int cloned(void *unused)
{
	open_deep(2);
	return 0;
}

/* Stacks that are where the thread was born, or that the kernel knows: the main one, threads', signals', a clone's. */
static void pivot_near(void)
{
	stack_t alternative = { .ss_sp = malloc(64 * 1024), .ss_size = 64 * 1024 };
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_ONSTACK };
	char *stack = malloc(64 * 1024);
	pthread_t one, other;
	pid_t child;

	open_deep(0);
	open_deep(1000);
	must(!pthread_create(&one, NULL, thread, NULL) && !pthread_create(&other, NULL, thread, NULL));
	must(!pthread_join(one, NULL) && !pthread_join(other, NULL));
	must(!sigaltstack(&alternative, NULL) && !sigaction(SIGUSR1, &action, NULL) && !raise(SIGUSR1));
	child = clone(cloned, stack + 64 * 1024, CLONE_VM | SIGCHLD, NULL);
	must(child > 0 && waitpid(child, NULL, 0) == child);
}

/* Code that makes the call that its arguments name. */
#if defined(__x86_64__)
static const unsigned char stub[] = { 0x48, 0x89, 0xf8, 0x48, 0x89, 0xf7, 0x48, 0x89,
				      0xd6, 0x48, 0x89, 0xca, 0x0f, 0x05, 0xc3 };
#define BEHIND_CALL 14
#elif defined(__aarch64__)
static const unsigned stub[] = { 0xaa0003e8, 0xaa0103e0, 0xaa0203e1, 0xaa0303e2, 0xd4000001, 0xd65f03c0 };
#define BEHIND_CALL 20
#endif

typedef long (*code)(long number, long a, long b, long c);

static code put_stub(char *at)
{
	memcpy(at, stub, sizeof(stub));
	__builtin___clear_cache(at, at + sizeof(stub));
	return (code)at;
}

static void injected(void)
{
	char *at = lone_pages(2, RW), *shared = map(PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *heap = sbrk(4 * PAGE);
	code run;

	heap = (char *)(((unsigned long)heap + PAGE - 1) & ~(PAGE - 1));
	run = put_stub(at);
	must(!mprotect(at, 2 * PAGE, RX));
	address_fact("at", at);
	fact("behind", "%d", BEHIND_CALL);
	must(run(SYS_socket, AF_UNIX, SOCK_STREAM, 0) >= 0);
	must(run(SYS_socket, AF_UNIX, SOCK_STREAM, 0) >= 0);
	must(run(SYS_dup3, 1, 100, 0) == 100);
	run = put_stub(shared);
	must(!mprotect(shared, PAGE, RX));
	address_fact("shared", shared);
	must(run(SYS_socket, AF_UNIX, SOCK_STREAM, 0) >= 0);
	run = put_stub(heap);
	must(!mprotect(heap, PAGE, RX));
	address_fact("heap", heap);
	must(run(SYS_socket, AF_UNIX, SOCK_STREAM, 0) >= 0);
}

/* Code in a file, and a call that is not looked at. */
static void injected_near(void)
{
	int fd = file("stub", O_RDWR);
	char *mapped;
	code run;

	must(pwrite(fd, stub, sizeof(stub), 0) == sizeof(stub));
	mapped = map(PAGE, RX, MAP_PRIVATE, fd, 0);
	must(((code)mapped)(SYS_socket, AF_UNIX, SOCK_STREAM, 0) >= 0);
	run = put_stub(map(PAGE, RWX, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	must(run(SYS_getppid, 0, 0, 0) == getppid());
}

static void read_other(void)
{
	char found[8];
	struct iovec local[2] = { { found, 3 }, { found + 3, 5 } }, remote = { word, 8 };
	pid_t child = victim();

	fact("pid", "%d", child);
	must(process_vm_readv(child, local, 2, &remote, 1, 0) == 8);
	end(child);
}

static void write_other(void)
{
	struct iovec local = { "after", 6 }, remote = { word, 6 };
	pid_t child = victim();

	fact("pid", "%d", child);
	must(process_vm_writev(child, &local, 1, &remote, 1, 0) == 6);
	end(child);
}

static void trace(void)
{
	pid_t child = victim();
	int status;

	fact("pid", "%d", child);
	address_fact("word", word);
	must(!ptrace(PTRACE_ATTACH, child, NULL, NULL));
	must(waitpid(child, &status, 0) == child && WIFSTOPPED(status));
	must(!ptrace(PTRACE_POKEDATA, child, word, 0x41424344L));
	must(!ptrace(PTRACE_DETACH, child, NULL, NULL));
	end(child);
}

static void anonymous_file(void)
{
	must(memfd_create("payload", MFD_CLOEXEC) >= 0);
}

static void handle_faults(void)
{
	long fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	fact("ret", "%ld", fd < 0 ? (long)-errno : fd);
}

const struct scenario memory[] = {
	{ "mmap_file", mmap_file },
	{ "mmap_file_near", mmap_file_near },
	{ "mmap_near", mmap_near },
	{ "protect", protect },
	{ "protect_near", protect_near },
	{ "written_and_executed", written_and_executed },
	{ "written_and_executed_near", written_and_executed_near },
	{ "load_object", load_object },
	{ "load_object_near", load_object_near },
	{ "access_memory", access_memory },
	{ "access_memory_near", access_memory_near },
	{ "pivot", pivot },
	{ "pivot_near", pivot_near },
	{ "injected", injected },
	{ "injected_near", injected_near },
	{ "read_other", read_other },
	{ "write_other", write_other },
	{ "trace", trace },
	{ "anonymous_file", anonymous_file },
	{ "handle_faults", handle_faults },
	{ 0 },
};
