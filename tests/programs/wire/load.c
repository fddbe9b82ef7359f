/* So many packets within one namespace as are asked for, and what its loopback interface says of them. */
#define _GNU_SOURCE
#include "stage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BURST 16
#define READ_AT_ONCE 512
#define BYTES 1400

static struct sockaddr_in local(int port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return at;
}

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* Packets that went by the loopback interface, and those that there was no room for. */
static void count_packets(long *packets, long *dropped)
{
	FILE *file = fopen("/proc/thread-self/net/dev", "r");
	char line[512];

	CHECK(file ? 0 : -1);
	while (fgets(line, sizeof(line), file))
		sscanf(line, " lo: %*d %ld %*d %ld", packets, dropped);
	fclose(file);
}

/* Datagrams that were read or that there was no room for. */
static long arrived(void)
{
	char line[512];
	long read = 0, not_taken = 0;
	FILE *file = fopen("/proc/thread-self/net/snmp", "r");

	CHECK(file ? 0 : -1);
	while (fgets(line, sizeof(line), file))
		sscanf(line, "Udp: %ld %*d %ld", &read, &not_taken);
	fclose(file);
	return read + not_taken;
}

/* All of the same bytes: nobody looks at them. */
static void fill_messages(struct mmsghdr *messages, struct iovec *parts, int count)
{
	static char bytes[BYTES];
	int i;

	memset(messages, 0, count * sizeof(*messages));
	for (i = 0; i < count; i++) {
		parts[i].iov_base = bytes;
		parts[i].iov_len = BYTES;
		messages[i].msg_hdr.msg_iov = parts + i;
		messages[i].msg_hdr.msg_iovlen = 1;
	}
}

/* Many at a time: packets are to be many, not calls. */
static void take(int fd)
{
	static struct mmsghdr messages[READ_AT_ONCE];
	static struct iovec parts[READ_AT_ONCE];

	fill_messages(messages, parts, READ_AT_ONCE);
	for (;;) {
		usleep(1000);
		CHECK(recvmmsg(fd, messages, READ_AT_ONCE, MSG_WAITFORONE, NULL));
	}
}

static long send_for(int fd, long long mbit, long ms)
{
	long long begin = now(), end = begin + ms * 1000000LL, due = begin;
	struct mmsghdr messages[BURST];
	struct iovec parts[BURST];
	long sent = 0;

	fill_messages(messages, parts, BURST);
	while (now() < end) {
		struct timespec until = { .tv_sec = due / 1000000000, .tv_nsec = due % 1000000000 };

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
		sent += CHECK(sendmmsg(fd, messages, BURST, 0));
		due += BURST * BYTES * 8 * 1000LL / mbit;
	}
	say("mbit %lld", sent * BYTES * 8 * 1000 / (now() - begin));
	return sent;
}

static void stream(long megabytes)
{
	static char bytes[1 << 20];
	struct sockaddr_in at = local(5002);
	int listener = CHECK(socket(AF_INET, SOCK_STREAM, 0)), fd;
	pid_t child;

	CHECK(bind(listener, (void *)&at, sizeof(at)));
	CHECK(listen(listener, 1));
	child = CHECK(fork());
	if (!child) {
		alarm(100);
		fd = CHECK(accept(listener, NULL, NULL));
		while (CHECK(recv(fd, bytes, sizeof(bytes), 0)) > 0)
			;
		exit(0);
	}
	fd = CHECK(socket(AF_INET, SOCK_STREAM, 0));
	CHECK(connect(fd, (void *)&at, sizeof(at)));
	while (megabytes--)
		send_all(fd, bytes, sizeof(bytes));
	CHECK(shutdown(fd, SHUT_WR));
	CHECK(recv(fd, bytes, 1, 0));
	CHECK(close(fd));
	end(child);
	CHECK(close(listener));
}

void scene_load(int mbit, int ms)
{
	int in = CHECK(socket(AF_INET, SOCK_DGRAM, 0)), out = CHECK(socket(AF_INET, SOCK_DGRAM, 0)), room = 1 << 24, i;
	struct sockaddr_in at = local(5001);
	long packets = 0, dropped = 0, sent;
	pid_t child;

	CHECK(bind(in, (void *)&at, sizeof(at)));
	setsockopt(in, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	CHECK(connect(out, (void *)&at, sizeof(at)));
	child = CHECK(fork());
	if (!child) {
		alarm(100);
		take(in);
	}
	say("begins 0");
	sent = send_for(out, mbit, ms);
	/* Until all have arrived: one that comes later would find nobody. */
	for (i = 0; i < 6000; i++) {
		count_packets(&packets, &dropped);
		if (arrived() + dropped == sent)
			break;
		usleep(10000);
	}
	CHECK(arrived() + dropped == sent ? 0 : -1);
	CHECK(kill(child, SIGKILL));
	CHECK(waitpid(child, NULL, 0));
	stream(ms / 10);
	count_packets(&packets, &dropped);
	say("datagrams %ld", sent);
	say("passed %ld", packets);
	say("dropped %ld", dropped);
}
