/* Programs that are made, executed and removed all the while, within a recording's scope and outside of it. */
#include "artifacts.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 2

/* What all workers did. */
static struct counts {
	volatile long executed, stopped, continued;
	/* Microseconds between two programs. */
	volatile int pause_us;
} *counts;

static void continued(int signal)
{
	__atomic_fetch_add(&counts->continued, 1, __ATOMIC_RELAXED);
}

/* Executes new programs until its parent ends; counts the stops that it is told of. */
static void work(const char *directory, const unsigned char *bytes, size_t length, int options)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	char path[512], trailer[64];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Who reads what the parent says is to see its end, whatever becomes of a child. */
	must(dup2(null, 0) == 0 && dup2(null, 1) == 1);
	for (long i = 0;; i++) {
		int status = 0;
		pid_t child;

		snprintf(path, sizeof(path), "%s/x-%d", directory, getpid());
		snprintf(trailer, sizeof(trailer), "%d-%ld", getpid(), i);
		make_program(path, bytes, length, trailer);
		child = fork();
		if (!child) {
			execl(path, "x", "end", NULL);
			_exit(100);
		}
		must(child > 0);
		for (;;) {
			must(waitpid(child, &status, options) == child);
			if (!WIFSTOPPED(status) && !WIFCONTINUED(status))
				break;
			__atomic_fetch_add(WIFSTOPPED(status) ? &counts->stopped : &counts->continued, 1, __ATOMIC_RELAXED);
		}
		must(!status && !unlink(path));
		__atomic_fetch_add(&counts->executed, 1, __ATOMIC_RELAXED);
		if (counts->pause_us)
			usleep(counts->pause_us);
	}
}

/*
 * Says how many were executed, how often one was seen stopped or continued, each time that it reads a line; goes on slowly when it
 * reads an s; ends at the end of input.
 */
static int run(char **words, int workers, int options, int pause_us, int seconds)
{
	unsigned char *bytes;
	size_t length;
	char line;

	bytes = bytes_of(words[1], &length);
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(counts != MAP_FAILED);
	counts->pause_us = pause_us;
	/* Not for ever, whatever becomes of the test. */
	alarm(seconds);
	for (int i = 0; i < workers; i++) {
		pid_t worker = fork();

		must(worker >= 0);
		if (!worker)
			work(words[0], bytes, length, options);
	}
	dprintf(1, "ready %d\n", getpid());
	while (read(0, &line, 1) == 1)
		if (line == 's')
			counts->pause_us = 5000;
		else
			dprintf(1, "%ld %ld %ld\n", counts->executed, counts->stopped, counts->continued);
	return 0;
}

/* storm DIRECTORY TEMPLATE: two workers that are told of no stop. */
int storm(int count, char **words)
{
	must(count == 2);
	be_told_of_no_stop();
	return run(words, WORKERS, 0, 0, 60);
}

/* outside DIRECTORY TEMPLATE: one worker that is told of every stop, and notes each SIGCONT to itself. */
int outside(int count, char **words)
{
	must(count == 2 && signal(SIGCONT, continued) != SIG_ERR);
	return run(words, 1, WUNTRACED | WCONTINUED, 5000, 900);
}
