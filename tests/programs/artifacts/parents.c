/* Parents that are told, or would be, when a child is stopped. */
#include "artifacts.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile long told, signals;
static volatile pid_t ended;

/* As servers do it: whatever the signal came for, it collects those that ended. */
static void child_changed(int signal, siginfo_t *info, void *context)
{
	int status;
	pid_t child;

	if (info->si_code == CLD_STOPPED || info->si_code == CLD_CONTINUED)
		signals++;
	while ((child = waitpid(-1, &status, WNOHANG)) > 0) {
		if (!status)
			ended = child;
		else
			told++;
	}
}

/* Waits for the child's end; counts every other change of its that it is told of. */
static void until_end(pid_t child, int options)
{
	for (;;) {
		int status = 0;
		pid_t changed = waitpid(child, &status, options);

		if (changed < 0)
			continue; /* a signal came */
		must(changed == 0 || changed == child);
		if (changed && WIFEXITED(status)) {
			must(!WEXITSTATUS(status));
			return;
		}
		if (changed) {
			told++;
			if (WIFSTOPPED(status) && (options & WUNTRACED))
				kill(child, SIGCONT);
		}
	}
}

/* A stop that is not that of the execution is one too many. */
static void until_end_of_traced(pid_t child)
{
	int status = 0, executions = 0;

	for (;;) {
		must(waitpid(child, &status, __WALL) == child);
		if (WIFEXITED(status))
			break;
		must(WIFSTOPPED(status));
		if (WSTOPSIG(status) == SIGTRAP)
			executions++;
		else
			told++;
		must(!ptrace(PTRACE_CONT, child, 0, 0));
	}
	must(executions == 1 && !WEXITSTATUS(status));
}

/*
 * parent HOW DIRECTORY TEMPLATE COUNT: executes COUNT new programs, and says at the end `told N`, how often it was told that one
 * was stopped or continued. HOW: `untraced` and `polling` by waitpid, `handler` by SIGCHLD, `traced` as their tracer. Of
 * signals for a stop alone, of which nothing comes, it says `signals N`.
 */
int parent(int count, char **words)
{
	struct sigaction action = { .sa_sigaction = child_changed, .sa_flags = SA_SIGINFO };
	unsigned char *bytes;
	size_t length;
	int times;

	must(count == 4 && !chdir(words[1]));
	bytes = bytes_of(words[2], &length);
	times = atoi(words[3]);
	if (!strcmp(words[0], "handler"))
		must(!sigaction(SIGCHLD, &action, NULL));
	/* Who asks for the first time when the program is held already is told. */
	must(waitpid(-1, NULL, WUNTRACED | WNOHANG) < 0);
	for (int i = 0; i < times; i++) {
		char trailer[32];
		pid_t child;

		snprintf(trailer, sizeof(trailer), "%s-%d", words[0], i);
		make_program("x", bytes, length, trailer);
		child = fork();
		must(child >= 0);
		if (!child) {
			if (!strcmp(words[0], "traced"))
				must(!ptrace(PTRACE_TRACEME, 0, 0, 0));
			execl("./x", "x", "end", NULL);
			_exit(100);
		}
		if (!strcmp(words[0], "traced"))
			until_end_of_traced(child);
		else if (!strcmp(words[0], "handler"))
			while (ended != child)
				usleep(100);
		else
			until_end(child, WUNTRACED | WCONTINUED | (strcmp(words[0], "polling") ? 0 : WNOHANG));
		must(!unlink("x"));
		printf("run %s\n", trailer);
	}
	printf("signals %ld\ntold %ld\n", signals, told);
	return 0;
}
