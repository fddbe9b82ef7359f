/* Two network namespaces joined by a pair of interfaces, each side with a control group of its own, and processes on them. */
#ifndef STAGE_H
#define STAGE_H

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>

#define CHECK(call)                                                                                                    \
	({                                                                                                             \
		long check_result = (call);                                                                            \
		if (check_result < 0) {                                                                                \
			perror(#call);                                                                                 \
			exit(1);                                                                                       \
		}                                                                                                      \
		check_result;                                                                                          \
	})

enum side { LEFT, RIGHT };

/* What one process of a scene does. */
struct part {
	const char *name;
	int family;
	int port; /* of the server; the client's is 10000 more */
	int ready; /* a server writes a byte when it can be reached */
};

typedef void (*role)(const struct part *);

void stage_set(void);
void stage_clear(void);
int namespace_of(enum side side);
/* Leads the current process to a side. */
void enter(enum side side);
/* Starts a process there that says NAME_SUFFIX PID, and ends with the role. */
pid_t start(enum side side, const char *suffix, role role, const struct part *part);
void end(pid_t pid);
/* A server on the right and, as soon as it is ready, a client on the left, until both have ended. */
void play(const char *name, role server, role client, int family, int port);
void ready(const struct part *part);
/* For a server that does not know when it is over. */
void serve_until_told(void);
void say(const char *format, ...);
/* Runs a program to its end; its exit status. */
int run(char *const arguments[]);

struct sockaddr_storage address(enum side side, int family, int port);
socklen_t length_of(int family);
int bound(enum side side, int family, int type, int port);
/* A client's socket of its own port; a stream is connected. */
int client_socket(const struct part *part, int type);
int listening(const struct part *part);
void send_all(int fd, const void *bytes, size_t count);

void interface_new(const char *name, const char *peer, int peer_ns);
/* No packet stands for several there. */
void interface_whole(const char *name);
void interface_delete(const char *name);
void interface_up(const char *name, enum side side);
void loopback_up(void);

void scene_kinds(void);
void scene_tls(void);
void scene_talk(int percent);
void scene_load(int mbit, int ms);
void scene_gone(void);

#endif
