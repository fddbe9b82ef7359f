/*
 * scenarios DIRECTORY NAME...: runs each named scenario in a process of its own, in DIRECTORY, one after the other. Its
 * facts follow a line `@NAME PID`; PID is as the process itself sees it.
 */
#include "scenarios.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct scenario *const families[] = { containers, files,     identity, io_uring,
						  kernel,     lifecycle, memory,   sockets };

void fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s: %s\n", file, line, what, strerror(errno));
	exit(1);
}

void file_facts(const char *name, const char *path)
{
	struct stat s;

	must(!lstat(path, &s));
	printf("%s.inode=%lu\n", name, (unsigned long)s.st_ino);
	printf("%s.dev=%lu\n", name, (unsigned long)(major(s.st_dev) << 20 | minor(s.st_dev)));
	printf("%s.ctime=%lld\n", name, s.st_ctim.tv_sec * 1000000000LL + s.st_ctim.tv_nsec);
}

static const struct scenario *find(const char *name)
{
	for (size_t family = 0; family < sizeof(families) / sizeof(*families); family++)
		for (const struct scenario *s = families[family]; s->name; s++)
			if (!strcmp(s->name, name))
				return s;
	return NULL;
}

int main(int argc, char **argv)
{
	int failed = 0;

	if (argc < 2 || chdir(argv[1])) {
		perror(argc < 2 ? "scenarios" : argv[1]);
		return 2;
	}
	for (int i = 2; i < argc; i++) {
		const struct scenario *scenario = find(argv[i]);
		int status;
		pid_t child;

		if (!scenario) {
			fprintf(stderr, "no scenario %s\n", argv[i]);
			return 2;
		}
		fflush(stdout);
		child = fork();
		if (!child) {
			printf("@%s %d\n", scenario->name, getpid());
			scenario->run();
			fflush(stdout);
			exit(0);
		}
		if (child < 0 || waitpid(child, &status, 0) != child || status) {
			fprintf(stderr, "scenario %s failed\n", scenario->name);
			failed = 1;
		}
	}
	return failed;
}
