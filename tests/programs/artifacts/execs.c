/* Programs that are there for as long as they run, or shorter. */
#include "artifacts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * execs DIRECTORY TEMPLATE COUNT HOW: COUNT times, makes DIRECTORY/x of the template's bytes and a trailer, executes it and has
 * it removed. HOW: `removed` when it has ended; `at-once` when it has been executed; `replaced` likewise, by another
 * file of that name; `itself` by itself, first thing (the template is this program). Says `run TRAILER` each time.
 */
int execs(int count, char **words)
{
	unsigned char *bytes;
	size_t length;
	int times;

	must(count == 4 && !chdir(words[0]));
	bytes = bytes_of(words[1], &length);
	times = atoi(words[2]);
	be_told_of_no_stop();
	for (int i = 0; i < times; i++) {
		char trailer[32], byte;
		int executed[2];
		pid_t child;

		snprintf(trailer, sizeof(trailer), "%s-%d", words[3], i);
		make_program("x", bytes, length, trailer);
		must(!pipe2(executed, O_CLOEXEC));
		child = fork();
		if (!child) {
			if (!strcmp(words[3], "itself"))
				execl("./x", "x", "remove", "x", NULL);
			else
				execl("./x", "x", "end", NULL);
			_exit(100);
		}
		must(!close(executed[1]));
		if (!strcmp(words[3], "at-once") || !strcmp(words[3], "replaced"))
			/* The other end goes when the child executes. */
			must(read(executed[0], &byte, 1) == 0);
		if (!strcmp(words[3], "at-once"))
			must(!unlink("x"));
		if (!strcmp(words[3], "replaced")) {
			make_program("y", (const unsigned char *)"not a program, ", 15, trailer);
			must(!rename("y", "x"));
		}
		must(!close(executed[0]));
		finish(child);
		if (!strcmp(words[3], "removed") || !strcmp(words[3], "replaced"))
			must(!unlink("x"));
		printf("run %s\n", trailer);
	}
	return 0;
}
