#define _GNU_SOURCE
#include "stage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const NAMES[] = { "left", "right" };
static int namespaces[2];
static char groups[2][512];

void say(const char *format, ...)
{
	char line[512];
	va_list rest;
	int length;

	va_start(rest, format);
	length = vsnprintf(line, sizeof(line) - 1, format, rest);
	va_end(rest);
	line[length++] = '\n';
	write(1, line, length);
}

/* A control group of version 2, where they are mounted; else none. */
static void make_group(enum side side)
{
	char line[1024], path[256], root[256];
	FILE *mounts = fopen("/proc/self/mountinfo", "r");

	while (mounts && fgets(line, sizeof(line), mounts)) {
		if (!strstr(line, " - cgroup2 ") || sscanf(line, "%*s %*s %*s %255s %255s", root, path) != 2)
			continue;
		snprintf(groups[side], sizeof(groups[side]), "%s/tracee-wire-%d-%s", path, getpid(), NAMES[side]);
		if (mkdir(groups[side], 0755) == 0)
			break;
		groups[side][0] = 0;
	}
	if (mounts)
		fclose(mounts);
	if (!groups[side][0])
		say("no_group 0");
}

void stage_set(void)
{
	enum side side;

	for (side = LEFT; side <= RIGHT; side++) {
		CHECK(unshare(CLONE_NEWNET));
		namespaces[side] = CHECK(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
		make_group(side);
		loopback_up();
	}
	interface_new("wire_right", "wire_left", namespaces[LEFT]);
	interface_up("wire_right", RIGHT);
	CHECK(setns(namespaces[LEFT], CLONE_NEWNET));
	interface_up("wire_left", LEFT);
	for (side = LEFT; side <= RIGHT; side++) {
		struct stat status;

		CHECK(fstat(namespaces[side], &status));
		say("%s_namespace %lu", NAMES[side], (unsigned long)status.st_ino);
	}
}

void stage_clear(void)
{
	enum side side;

	for (side = LEFT; side <= RIGHT; side++)
		if (groups[side][0] && rmdir(groups[side]))
			perror(groups[side]);
}

int namespace_of(enum side side)
{
	return namespaces[side];
}

void enter(enum side side)
{
	char path[600];
	int fd;

	CHECK(setns(namespaces[side], CLONE_NEWNET));
	if (!groups[side][0])
		return;
	snprintf(path, sizeof(path), "%s/cgroup.procs", groups[side]);
	fd = CHECK(open(path, O_WRONLY | O_CLOEXEC));
	CHECK(write(fd, "0", 1));
	CHECK(close(fd));
}

pid_t start(enum side side, const char *suffix, role role, const struct part *part)
{
	pid_t child = CHECK(fork());

	if (child)
		return child;
	/* Whatever happens, nothing stays. */
	alarm(100);
	signal(SIGTERM, SIG_IGN);
	enter(side);
	say("%s%s %d", part->name, suffix, getpid());
	role(part);
	exit(0);
}

void end(pid_t pid)
{
	int status;

	CHECK(waitpid(pid, &status, 0));
	if (status) {
		fprintf(stderr, "process %d ended with wait status %x\n", pid, status);
		exit(1);
	}
}

static void leave(int signal)
{
	_exit(0);
}

void serve_until_told(void)
{
	struct sigaction action = { .sa_handler = leave };

	CHECK(sigaction(SIGTERM, &action, NULL));
}

void play(const char *name, role server, role client, int family, int port)
{
	struct part part = { .name = name, .family = family, .port = port };
	pid_t waits, asks;
	int pipes[2];
	char byte;

	CHECK(pipe2(pipes, O_CLOEXEC));
	part.ready = pipes[1];
	waits = start(RIGHT, "_server", server, &part);
	CHECK(close(pipes[1]));
	if (read(pipes[0], &byte, 1) != 1) {
		fprintf(stderr, "%s: the server did not get ready\n", name);
		exit(1);
	}
	CHECK(close(pipes[0]));
	asks = start(LEFT, "_client", client, &part);
	end(asks);
	/* Only who serves until it is told so takes notice. */
	CHECK(kill(waits, SIGTERM));
	end(waits);
}

void ready(const struct part *part)
{
	CHECK(write(part->ready, "", 1));
}

int run(char *const arguments[])
{
	pid_t child = CHECK(fork());
	int status;

	if (!child) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, 1);
		dup2(null, 2);
		execvp(arguments[0], arguments);
		_exit(127);
	}
	CHECK(waitpid(child, &status, 0));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

struct sockaddr_storage address(enum side side, int family, int port)
{
	struct sockaddr_storage out = { .ss_family = family };

	if (family == AF_INET) {
		((struct sockaddr_in *)&out)->sin_port = htons(port);
		((struct sockaddr_in *)&out)->sin_addr.s_addr = htonl(0x0a090001 + side);
	} else {
		struct sockaddr_in6 *six = (void *)&out;

		six->sin6_port = htons(port);
		six->sin6_addr.s6_addr[0] = 0xfd;
		six->sin6_addr.s6_addr[1] = 9;
		six->sin6_addr.s6_addr[15] = 1 + side;
	}
	return out;
}

socklen_t length_of(int family)
{
	return family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

int bound(enum side side, int family, int type, int port)
{
	struct sockaddr_storage at = address(side, family, port);
	int fd = CHECK(socket(family, type | SOCK_CLOEXEC, 0)), yes = 1;

	CHECK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)));
	CHECK(bind(fd, (void *)&at, length_of(family)));
	return fd;
}

int client_socket(const struct part *part, int type)
{
	struct sockaddr_storage to = address(RIGHT, part->family, part->port);
	int fd = bound(LEFT, part->family, type, part->port + 10000);

	if (type == SOCK_STREAM)
		CHECK(connect(fd, (void *)&to, length_of(part->family)));
	return fd;
}

int listening(const struct part *part)
{
	int fd = bound(RIGHT, part->family, SOCK_STREAM, part->port);

	CHECK(listen(fd, 16));
	return fd;
}

void send_all(int fd, const void *bytes, size_t count)
{
	while (count) {
		ssize_t sent = CHECK(send(fd, bytes, count, MSG_NOSIGNAL));

		bytes = (const char *)bytes + sent;
		count -= sent;
	}
}
