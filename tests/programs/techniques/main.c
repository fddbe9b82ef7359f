/*
 * techniques ROOT host|container|here NAME...: does each named technique in a process of its own, which is executed as
 * `techniques run NAME`, so that the command line of an ancestor tells whose doing something is. ROOT, where `host` and
 * `container` lead, holds /bin/busybox and this program as /scene/techniques; `here` stays where it is.
 */
#include "techniques.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct technique *const families[] = { containers,  delivery, execution, files,   kernel,
						    memory,      persistence, secrets,   sockets, traces };

void fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s: %s\n", file, line, what, strerror(errno));
	_exit(1);
}

static int run(const char *name)
{
	for (size_t family = 0; family < sizeof(families) / sizeof(*families); family++)
		for (const struct technique *t = families[family]; t->name; t++)
			if (!strcmp(t->name, name)) {
				t->run();
				return 0;
			}
	fprintf(stderr, "no technique %s\n", name);
	return 2;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "run"))
		return run(argv[2]);
	if (argc < 3) {
		fprintf(stderr, "techniques ROOT host|container|here NAME...\n");
		return 2;
	}
	if (strcmp(argv[2], "here"))
		enter_stage(argv[1], !strcmp(argv[2], "container"));
	loopback_up();
	for (int i = 3; i < argc; i++) {
		char *arguments[] = { SELF, "run", argv[i], NULL };
		char *environment[] = { "PATH=/bin", NULL };

		run_program(SELF, arguments, environment);
	}
	return 0;
}
