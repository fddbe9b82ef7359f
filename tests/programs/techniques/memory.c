/* Tracing other processes, and memory that is written and executed. */
#include "techniques.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096

static long word = 1;

static void trace_me(void)
{
	pid_t child = start_child();

	if (!child)
		_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) ? 1 : 0);
	wait_for(child, 0);
}

/* A child that waits, stopped and traced by us. */
static pid_t traced_child(void)
{
	int status;
	pid_t child = start_child();

	if (!child)
		for (;;)
			pause();
	must(!ptrace(PTRACE_SEIZE, child, NULL, NULL) && !ptrace(PTRACE_INTERRUPT, child, NULL, NULL));
	must(waitpid(child, &status, 0) == child && WIFSTOPPED(status));
	return child;
}

static void end_traced(pid_t child)
{
	int status;

	must(!ptrace(PTRACE_DETACH, child, NULL, NULL) && !kill(child, SIGKILL));
	must(waitpid(child, &status, 0) == child);
}

static void poke_text(void)
{
	pid_t child = traced_child();

	must(!ptrace(PTRACE_POKETEXT, child, &word, (void *)2L));
	end_traced(child);
}

static void poke_data(void)
{
	pid_t child = traced_child();

	must(!ptrace(PTRACE_POKEDATA, child, &word, (void *)2L));
	end_traced(child);
}

static void set_registers(void)
{
	struct user_regs_struct registers;
	struct iovec all = { &registers, sizeof(registers) };
	pid_t child = traced_child();

	must(!ptrace(PTRACE_GETREGSET, child, (void *)NT_PRSTATUS, &all));
	must(!ptrace(PTRACE_SETREGSET, child, (void *)NT_PRSTATUS, &all));
	end_traced(child);
}

/* Looks and does not touch; and touches what is not there for it. */
static void trace_and_read(void)
{
	struct user_regs_struct registers;
	struct iovec all = { &registers, sizeof(registers) };
	pid_t child = traced_child();

	errno = 0;
	must(ptrace(PTRACE_PEEKTEXT, child, &word, NULL) == 1 && !errno);
	must(!ptrace(PTRACE_GETREGSET, child, (void *)NT_PRSTATUS, &all));
	end_traced(child);
	must(ptrace(PTRACE_POKETEXT, child, &word, (void *)2L) == -1 && errno == ESRCH);
}

static void *map(int prot, int flags, int fd)
{
	void *at = mmap(NULL, PAGE, prot, flags, fd, 0);

	must(at != MAP_FAILED);
	return at;
}

static void write_code(void *at)
{
	static const unsigned char returns[] = { 0xc3 };

	memcpy(at, returns, sizeof(returns));
}

static void write_then_execute(void)
{
	void *at = map(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	write_code(at);
	must(!mprotect(at, PAGE, PROT_READ | PROT_EXEC));
}

/* By way of memory that can only be read, so that no change is from writable to executable. */
static void write_then_execute_by_steps(void)
{
	void *at = map(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	write_code(at);
	must(!mprotect(at, PAGE, PROT_READ) && !mprotect(at, PAGE, PROT_READ | PROT_EXEC));
}

static void writable_and_executable(void)
{
	write_code(map(PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1));
}

static void mapped_twice(void)
{
	int fd = memfd_create("code", MFD_CLOEXEC);

	must(fd >= 0 && !ftruncate(fd, PAGE));
	write_code(map(PROT_READ | PROT_WRITE, MAP_SHARED, fd));
	map(PROT_READ | PROT_EXEC, MAP_SHARED, fd);
}

static void mapped_by_another(void)
{
	int fd = memfd_create("code", MFD_CLOEXEC);
	pid_t child;

	must(fd >= 0 && !ftruncate(fd, PAGE));
	write_code(map(PROT_READ | PROT_WRITE, MAP_SHARED, fd));
	child = start_child();
	if (!child) {
		map(PROT_READ | PROT_EXEC, MAP_SHARED, fd);
		_exit(0);
	}
	wait_for(child, 0);
}

/* Code of a file as loaders map it, data that is written, a guard page that becomes data: nothing written is executed. */
static void mapped_apart(void)
{
	int code = open(SELF, O_RDONLY | O_CLOEXEC), data = open("/tmp/data", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *at = map(PROT_READ, MAP_PRIVATE, code);

	must(!mprotect(at, PAGE, PROT_READ | PROT_EXEC));
	map(PROT_READ | PROT_EXEC, MAP_PRIVATE, code);
	must(!ftruncate(data, PAGE));
	write_code(map(PROT_READ | PROT_WRITE, MAP_SHARED, data));
	at = map(PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	must(!mprotect(at, PAGE, PROT_READ | PROT_WRITE));
}

/* What engines that compile as they go do; the one that does it is called as one. */
static void jit_engine(void)
{
	char *const arguments[] = { "node", "run", "writable_and_executable", NULL };
	char *const none[] = { NULL };

	make_folder("/opt/engine");
	must(!link(SELF, "/opt/engine/node"));
	run_program("/opt/engine/node", arguments, none);
	must(!unlink("/opt/engine/node"));
}

const struct technique memory[] = {
	{ "trace_me", trace_me },
	{ "poke_text", poke_text },
	{ "poke_data", poke_data },
	{ "set_registers", set_registers },
	{ "trace_and_read", trace_and_read },
	{ "write_then_execute", write_then_execute },
	{ "write_then_execute_by_steps", write_then_execute_by_steps },
	{ "writable_and_executable", writable_and_executable },
	{ "mapped_twice", mapped_twice },
	{ "mapped_by_another", mapped_by_another },
	{ "mapped_apart", mapped_apart },
	{ "jit_engine", jit_engine },
	{ NULL, NULL },
};
