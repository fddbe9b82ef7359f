/* Life cycle: processes and threads begin, execute, fail to, are renamed, are signalled and end. */
#include "scenarios.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Start of a process since boot, in hundredths of a second: field 22 of /proc/PID/stat. */
static unsigned long long start_of(pid_t pid)
{
	char path[64], text[1024], *at;
	unsigned long long start = 0;
	ssize_t length;
	int fd, field;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	must((fd = open(path, O_RDONLY)) >= 0);
	must((length = read(fd, text, sizeof(text) - 1)) > 0);
	close(fd);
	text[length] = 0;
	must(at = strrchr(text, ')'));
	for (field = 2; field < 22 && at; field++)
		at = strchr(at + 1, ' ');
	must(at && sscanf(at, "%llu", &start) == 1);
	return start;
}

/* A child that does nothing until it is signalled; it may be looked at meanwhile. */
static pid_t waiting_child(void)
{
	int ready[2];
	char byte;
	pid_t child;

	must(!pipe(ready));
	must((child = fork()) >= 0);
	if (!child) {
		signal(SIGUSR1, SIG_IGN);
		must(write(ready[1], "x", 1) == 1);
		for (;;)
			pause();
	}
	must(read(ready[0], &byte, 1) == 1);
	close(ready[0]);
	close(ready[1]);
	return child;
}

static void end(pid_t child)
{
	must(!kill(child, SIGKILL));
	must(waitpid(child, NULL, 0) == child);
}

static void name_fact(void)
{
	char name[16] = "";

	must(!prctl(PR_GET_NAME, name));
	fact("comm", "%s", name);
}

static void process_forked(void)
{
	pid_t child = waiting_child();

	fact("parent", "%d", getpid());
	fact("child", "%d", child);
	fact("start", "%llu", start_of(child));
	end(child);
}

/* Says which dynamic loader a program names, if it does. */
static void loader_facts(const char *name, const char *program)
{
	char path[PATH_MAX] = "", real[PATH_MAX];
	Elf64_Ehdr head;
	Elf64_Phdr part;
	int fd;

	must((fd = open(program, O_RDONLY)) >= 0);
	must(pread(fd, &head, sizeof(head), 0) == sizeof(head));
	for (int i = 0; i < head.e_phnum; i++) {
		must(pread(fd, &part, sizeof(part), head.e_phoff + i * head.e_phentsize) == sizeof(part));
		if (part.p_type == PT_INTERP)
			must(pread(fd, path, part.p_filesz, part.p_offset) == (ssize_t)part.p_filesz);
	}
	close(fd);
	if (!*path)
		return;
	must(realpath(path, real));
	fact(name, "%s", real);
	file_facts(name, real);
}

static void script(const char *name, const char *text, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0700);

	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	must(!fchmod(fd, mode) && !close(fd));
}

static void standard_input(const char *name)
{
	int fd = open(name, O_RDONLY | O_CREAT, 0600);

	must(fd >= 0 && dup2(fd, 0) == 0 && !close(fd));
}

static void program_executed(void)
{
	char *argv[] = { "zero", "one", NULL }, *envp[] = { "A=1", "B=2", "C=3", NULL };
	char shell[PATH_MAX], here[PATH_MAX];

	script("script", "#!/bin/sh\nexit 0\n", 0700);
	standard_input("input");
	must(realpath("/bin/sh", shell) && getcwd(here, sizeof(here)));
	fact("shell", "%s", shell);
	file_facts("shell", shell);
	loader_facts("loader", shell);
	fact("here", "%s", here);
	fact("tid", "%d", getpid());
	name_fact();
	fflush(stdout);
	close(2);
	execve("./script", argv, envp);
	must(0);
}

/* A thread that is not the first executes; the process goes on in its place. */
static volatile int told;

static int execute(void *unused)
{
	char *argv[] = { "true", NULL };

	while (!told)
		sched_yield();
	execv("/bin/true", argv);
	return 1;
}

static void thread_executed(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
	int thread = clone(execute, stack + sizeof(stack), flags, NULL);

	must(thread > 0);
	fact("thread", "%d", thread);
	fflush(stdout);
	told = 1;
	for (;;)
		pause();
}

static void process_ended(void)
{
	pid_t child = fork();

	must(child >= 0);
	if (!child)
		_exit(7);
	must(waitpid(child, NULL, 0) == child);
	fact("exited", "%d", child);
	child = waiting_child();
	fact("killed", "%d", child);
	/* Until it sleeps, so that it is in a call. */
	usleep(50000);
	end(child);
}

static void renamed(void)
{
	name_fact();
	must(!prctl(PR_SET_NAME, "a-name-that-is-too-long"));
}

/* A set of capabilities in /proc/self/status. */
static void status_fact(const char *name, const char *field)
{
	char line[256];
	FILE *file = fopen("/proc/self/status", "r");
	unsigned long long value = 0;
	int found = 0;

	must(file);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, field, strlen(field)))
			found |= sscanf(line + strlen(field), ":%llx", &value);
	fclose(file);
	must(found);
	fact(name, "%llu", value);
}

static void all_capabilities(const char *when)
{
	static const char *const fields[] = { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" };
	char name[64];

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		snprintf(name, sizeof(name), "%s.%s", when, fields[i]);
		status_fact(name, fields[i]);
	}
}

static void user_namespace_fact(void)
{
	char text[64] = "";

	must(readlink("/proc/self/ns/user", text, sizeof(text) - 1) > 0);
	fact("user_ns", "%lu", strtoul(text + strlen("user:["), NULL, 10));
}

/* By the bare calls: those of the C library would do it in every thread. */
static void credentials_changed(void)
{
	user_namespace_fact();
	must(!prctl(PR_SET_SECUREBITS, 4 /* SECBIT_NO_SETUID_FIXUP */));
	must(!prctl(PR_CAPBSET_DROP, 22 /* CAP_SYS_BOOT */));
	must(!prctl(PR_SET_SECUREBITS, 0));
	all_capabilities("before");
	must(!syscall(SYS_setresgid, 2001, 2002, 2003));
	must(!syscall(SYS_setresuid, 1001, 1002, 1003));
	all_capabilities("after");
}

static void credentials_kept(void)
{
	must(!setuid(getuid()));
	must(!syscall(SYS_setresgid, -1, -1, -1));
}

static void exec_failed(void)
{
	char *argv[] = { "zero", "one", NULL }, *envp[] = { "A=1", NULL };
	char here[PATH_MAX];
	int directory;

	standard_input("input");
	script("denied", "#!/bin/sh\n", 0600);
	script("lost", "#!/no/such/interpreter\n", 0700);
	script("garbage", "nothing that runs\n", 0700);
	file_facts("lost", "lost");
	must(getcwd(here, sizeof(here)));
	fact("here", "%s", here);
	must((directory = open(".", O_PATH | O_DIRECTORY)) >= 0);
	fact("directory", "%d", directory);
	must(execve("./nowhere", argv, envp));
	must(execve("denied", argv, envp));
	must(execve("garbage", argv, envp));
	must(syscall(SYS_execveat, directory, "lost", argv, envp, 0x100 /* AT_SYMLINK_NOFOLLOW */));
	must(execve((char *)8, argv, envp));
}

static void *nowhere(void)
{
	return (void *)0x10;
}

static void signal_sent(void)
{
	struct rlimit no_core = {};
	pid_t child = waiting_child();
	int status;

	setrlimit(RLIMIT_CORE, &no_core);
	fact("self", "%d", getpid());
	fact("told", "%d", child);
	fact("start", "%llu", start_of(child));
	must(!kill(child, SIGTERM));
	must(waitpid(child, NULL, 0) == child);
	child = waiting_child();
	fact("stopped", "%d", child);
	must(!syscall(SYS_tgkill, child, child, SIGSTOP));
	must(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
	end(child);
	must((child = fork()) >= 0);
	if (!child) {
		*(volatile char *)nowhere() = 1;
		_exit(0);
	}
	fact("faulted", "%d", child);
	must(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

/* Messages between programs, and signal 0, which is none. */
static void signal_sent_near(void)
{
	signal(SIGUSR1, SIG_IGN);
	signal(SIGALRM, SIG_IGN);
	must(!kill(getpid(), SIGUSR1));
	must(!kill(getpid(), SIGALRM));
	must(!kill(getpid(), SIGCHLD));
	must(!kill(getpid(), 0));
}

/* A timer of the kernel's ends the process: whoever runs then has not sent it. */
static void timer_ended(void)
{
	pid_t child = fork();
	int status;

	must(child >= 0);
	if (!child) {
		struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGTERM };
		struct itimerspec soon = { .it_value = { .tv_nsec = 20000000 } };
		timer_t timer;

		must(!timer_create(CLOCK_MONOTONIC, &event, &timer));
		must(!timer_settime(timer, 0, &soon, NULL));
		for (;;)
			pause();
	}
	fact("child", "%d", child);
	must(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

const struct scenario lifecycle[] = {
	{ "process_forked", process_forked },
	{ "program_executed", program_executed },
	{ "thread_executed", thread_executed },
	{ "process_ended", process_ended },
	{ "renamed", renamed },
	{ "credentials_changed", credentials_changed },
	{ "credentials_kept", credentials_kept },
	{ "exec_failed", exec_failed },
	{ "signal_sent", signal_sent },
	{ "signal_sent_near", signal_sent_near },
	{ "timer_ended", timer_ended },
	{ 0 },
};
