/* Scenarios: each causes one event, or nearly does, and says on standard output what really happened. */
#ifndef SCENARIOS_H
#define SCENARIOS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>

struct scenario {
	const char *name;
	void (*run)(void);
};

/* A fact: a line `name=value`. */
#define fact(name, ...) (printf("%s=", name), printf(__VA_ARGS__), putchar('\n'))

/* Ends the scenario as failed, saying what failed and why, unless `condition` holds. */
#define must(condition)                                                                                                \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			fail(__FILE__, __LINE__, #condition);                                                          \
	} while (0)
void fail(const char *file, int line, const char *what);

/* Facts NAME.inode, NAME.dev (as the kernel keeps it), NAME.ctime (nanoseconds) of a file. */
void file_facts(const char *name, const char *path);

/* One array for each family, ended by a NULL name. */
extern const struct scenario containers[], files[], identity[], io_uring[], kernel[], lifecycle[], memory[], sockets[];

#endif
