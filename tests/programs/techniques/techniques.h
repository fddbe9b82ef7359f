/* Techniques: each does what a signature is about, or comes near to it without being it. */
#ifndef TECHNIQUES_H
#define TECHNIQUES_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stddef.h>
#include <sys/types.h>

struct technique {
	const char *name;
	void (*run)(void);
};

/* Ends the technique as failed, saying what failed and why, unless `condition` holds. */
#define must(condition)                                                                                                \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			fail(__FILE__, __LINE__, #condition);                                                          \
	} while (0)
void fail(const char *file, int line, const char *what);

/* Where this program is, and the one that is many. */
#define SELF "/scene/techniques"
#define BUSYBOX "/bin/busybox"

/* Makes the folder with all above it. */
void make_folder(const char *path);
/* Makes an empty file, with the folders above it, by a call that does not open it. */
void make_file(const char *path);
/* Makes the file, with the folders above it, and writes the text into it. */
void write_file(const char *path, const char *text, mode_t mode);
/* Copies a program's bytes into an open file. */
void copy_into(int fd, const char *path);
/* The same into a file that it makes, with the folders above it. */
void copy_program(const char *from, const char *to);
/* Opens and closes the file, which must be there. */
void open_and_close(const char *path, int flags);
/* Waits for the child, which must end with this status. */
void wait_for(pid_t child, int status);
/* Forks: 0 in the child. */
pid_t start_child(void);
/* Executes the program in a child with these arguments, ended by NULL, which must end with status 0. */
void run_program(const char *path, char *const arguments[], char *const environment[]);
/* Brings up the loopback interface of our own network namespace. */
void loopback_up(void);
/* A TCP socket that listens on the address, network order in `*address`; its port too is given there. */
struct sockaddr_in;
int listen_on(const char *address, struct sockaddr_in *at);

/* Goes into namespaces of its own with `root` as the root of all paths; `container` says whether with a PID namespace. */
void enter_stage(const char *root, int container);

/* One array for each family, ended by a NULL name. */
extern const struct technique containers[], delivery[], execution[], files[], kernel[], memory[], persistence[], secrets[],
	sockets[], traces[];

#endif
