/*
 * Packets between two network namespaces, or within one. Prints who is who (NAME PID), and what was said where that matters.
 *
 *     wire [dump FILE] kinds | tls | talk PERCENT | gone
 *     wire load MBIT MS
 */
#define _GNU_SOURCE
#include "stage.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Has tcpdump write what passes the left interface, and returns when it does. */
static pid_t dump(const char *file)
{
	char text[256] = {};
	size_t length = 0;
	pid_t child;
	int pipes[2];

	CHECK(pipe2(pipes, O_CLOEXEC));
	child = CHECK(fork());
	if (!child) {
		enter(LEFT);
		dup2(pipes[1], 2);
		execlp("tcpdump", "tcpdump", "-i", "wire_left", "-s", "0", "-n", "-B", "16384", "-U", "--immediate-mode",
		       "-Z", "root", "-w", file, NULL);
		perror("tcpdump");
		_exit(127);
	}
	CHECK(close(pipes[1]));
	while (!strstr(text, "listening on")) {
		ssize_t count = CHECK(read(pipes[0], text + length, sizeof(text) - 1 - length));

		if (!count) {
			fprintf(stderr, "tcpdump: %s\n", text);
			exit(1);
		}
		length += count;
	}
	/* What else it says stays in the pipe. */
	return child;
}

#define LAST "the last packet of all"

static void take_last(const struct part *part)
{
	char bytes[64];
	int fd = bound(RIGHT, part->family, SOCK_DGRAM, part->port);

	ready(part);
	CHECK(recv(fd, bytes, sizeof(bytes), 0));
}

static void send_last(const struct part *part)
{
	struct sockaddr_storage to = address(RIGHT, part->family, part->port);
	int fd = client_socket(part, SOCK_DGRAM);

	CHECK(sendto(fd, LAST, sizeof(LAST), 0, (void *)&to, length_of(part->family)));
}

/* Ends tcpdump when its file has what was sent last. */
static void finish(pid_t beside, const char *file)
{
	char bytes[256];
	int i;

	play("last", take_last, send_last, AF_INET, 9);
	for (i = 0; i < 6000; i++) {
		int fd = CHECK(open(file, O_RDONLY | O_CLOEXEC));
		ssize_t got;

		CHECK(lseek(fd, -(off_t)sizeof(LAST), SEEK_END));
		got = CHECK(read(fd, bytes, sizeof(bytes)));
		CHECK(close(fd));
		if (got == sizeof(LAST) && !memcmp(bytes, LAST, sizeof(LAST))) {
			CHECK(kill(beside, SIGINT));
			end(beside);
			return;
		}
		usleep(10000);
	}
	fprintf(stderr, "tcpdump did not write the last packet\n");
	exit(1);
}

int main(int count, char **arguments)
{
	pid_t beside = 0;
	const char *file = NULL;

	if (count > 2 && !strcmp(arguments[1], "dump")) {
		file = arguments[2];
		arguments += 2;
		count -= 2;
	}
	if (count == 4 && !strcmp(arguments[1], "load")) {
		CHECK(unshare(CLONE_NEWNET));
		interface_whole("lo");
		loopback_up();
		scene_load(atoi(arguments[2]), atoi(arguments[3]));
		return 0;
	}
	stage_set();
	if (file)
		beside = dump(file);
	if (count == 2 && !strcmp(arguments[1], "kinds"))
		scene_kinds();
	else if (count == 2 && !strcmp(arguments[1], "tls"))
		scene_tls();
	else if (count == 3 && !strcmp(arguments[1], "talk"))
		scene_talk(atoi(arguments[2]));
	else if (count == 2 && !strcmp(arguments[1], "gone"))
		scene_gone();
	else
		return 2;
	if (beside) {
		finish(beside, file);
	}
	stage_clear();
	return 0;
}
