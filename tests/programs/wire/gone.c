/* Interfaces and namespaces that go away, and come again, while others go on. */
#define _GNU_SOURCE
#include "stage.h"

#include <arpa/inet.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BEFORE 20

static void take_all(const struct part *part)
{
	int fd = bound(RIGHT, part->family, SOCK_DGRAM, part->port);
	char bytes[64];

	serve_until_told();
	ready(part);
	for (;;)
		CHECK(recv(fd, bytes, sizeof(bytes), 0));
}

static void send_and_delete(const struct part *part)
{
	struct sockaddr_storage to = address(RIGHT, part->family, part->port);
	int fd = bound(LEFT, part->family, SOCK_DGRAM, part->port + 10000), i;

	for (i = 0; i < BEFORE; i++)
		CHECK(sendto(fd, "while it is there", 17, 0, (void *)&to, length_of(part->family)));
	interface_delete("wire_left");
	if (sendto(fd, "when it is gone", 15, 0, (void *)&to, length_of(part->family)) >= 0)
		exit(1);
}

static void take_some(const struct part *part)
{
	int fd = bound(RIGHT, part->family, SOCK_DGRAM, part->port), i;
	char bytes[64];

	ready(part);
	for (i = 0; i < BEFORE; i++)
		CHECK(recv(fd, bytes, sizeof(bytes), 0));
}

static void send_some(const struct part *part)
{
	struct sockaddr_storage to = address(RIGHT, part->family, part->port);
	int fd = bound(LEFT, part->family, SOCK_DGRAM, part->port + 10000), i;

	for (i = 0; i < BEFORE; i++)
		CHECK(sendto(fd, "there again", 11, 0, (void *)&to, length_of(part->family)));
}

static void make_again(const struct part *part)
{
	interface_new("wire_right", "wire_left", part->ready);
	interface_up("wire_right", RIGHT);
}

/* A namespace that ends with the process that made it. */
static void be_brief(const struct part *part)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(part->port) };
	struct stat status;
	char bytes[16];
	int fd;

	CHECK(unshare(CLONE_NEWNET));
	CHECK(stat("/proc/thread-self/ns/net", &status));
	say("brief_namespace %lu", (unsigned long)status.st_ino);
	loopback_up();
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = CHECK(socket(AF_INET, SOCK_DGRAM, 0));
	CHECK(bind(fd, (void *)&at, sizeof(at)));
	CHECK(sendto(fd, "brief", 5, 0, (void *)&at, sizeof(at)));
	CHECK(recv(fd, bytes, sizeof(bytes), 0));
}

void scene_gone(void)
{
	struct part brief = { .name = "brief", .port = 4003 }, maker = { .name = "maker" };

	play("gone", take_all, send_and_delete, AF_INET, 4001);
	end(start(LEFT, "", be_brief, &brief));
	maker.ready = namespace_of(LEFT);
	end(start(RIGHT, "", make_again, &maker));
	interface_up("wire_left", LEFT);
	play("again", take_some, send_some, AF_INET, 4002);
}
