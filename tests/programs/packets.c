/*
 * Packets of every kind, in a network namespace of its own. For each step it says who did what (NAME PID); who is who in a packet
 * is told by the port.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(call)                                                                                                    \
	({                                                                                                             \
		long check_result = (call);                                                                            \
		if (check_result < 0) {                                                                                \
			perror(#call);                                                                                 \
			exit(1);                                                                                       \
		}                                                                                                      \
		check_result;                                                                                          \
	})

static void say(const char *name)
{
	char line[64];

	write(1, line, snprintf(line, sizeof(line), "%s %d\n", name, getpid()));
}

static struct sockaddr_storage address(int family, int port)
{
	struct sockaddr_storage out = { .ss_family = family };

	if (family == AF_INET) {
		((struct sockaddr_in *)&out)->sin_port = htons(port);
		((struct sockaddr_in *)&out)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	} else {
		((struct sockaddr_in6 *)&out)->sin6_port = htons(port);
		((struct sockaddr_in6 *)&out)->sin6_addr = in6addr_loopback;
	}
	return out;
}

static socklen_t length_of(int family)
{
	return family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

static int bound(int family, int type, int port)
{
	struct sockaddr_storage at = address(family, port);
	int fd = CHECK(socket(family, type, 0));

	CHECK(bind(fd, (void *)&at, length_of(family)));
	return fd;
}

/* A connection, accepted when `accepts_late` or at once; the client sends first, and closes first. */
static void connection(int family, int port, int accepts_late, const char *client, const char *server)
{
	struct sockaddr_storage to = address(family, port);
	int fd, listener = bound(family, SOCK_STREAM, port);
	char bytes[16];
	pid_t child;

	CHECK(listen(listener, 1));
	say(server);
	child = CHECK(fork());
	if (!child) {
		CHECK(close(listener));
		say(client);
		fd = CHECK(socket(family, SOCK_STREAM, 0));
		CHECK(connect(fd, (void *)&to, length_of(family)));
		CHECK(send(fd, "question", 8, 0));
		CHECK(recv(fd, bytes, sizeof(bytes), 0));
		CHECK(close(fd));
		exit(0);
	}
	if (accepts_late) {
		struct pollfd waits = { .fd = listener, .events = POLLIN };

		CHECK(poll(&waits, 1, 10000));
		usleep(300000);
	}
	fd = CHECK(accept(listener, NULL, NULL));
	CHECK(recv(fd, bytes, sizeof(bytes), 0));
	CHECK(send(fd, "answer", 6, 0));
	CHECK(waitpid(child, NULL, 0));
	CHECK(close(fd));
	CHECK(close(listener));
}

static void receive(int fd, int count)
{
	char bytes[64];

	while (count--)
		CHECK(recv(fd, bytes, sizeof(bytes), 0));
}

/* Messages that name their address; another process takes them. */
static void datagrams(void)
{
	int in = bound(AF_INET, SOCK_DGRAM, 2000), out = CHECK(socket(AF_INET, SOCK_DGRAM, 0));
	struct sockaddr_storage to = address(AF_INET, 2000);
	struct iovec part = { .iov_base = "datagram", .iov_len = 8 };
	struct mmsghdr messages[2] = {};
	pid_t child = CHECK(fork());
	int i;

	if (!child) {
		say("datagram_receiver");
		receive(in, 4);
		exit(0);
	}
	CHECK(close(in));
	/* Until the child waits for them. */
	usleep(300000);
	say("datagram_sender");
	CHECK(sendto(out, "datagram", 8, 0, (void *)&to, length_of(AF_INET)));
	for (i = 0; i < 2; i++) {
		messages[i].msg_hdr.msg_name = &to;
		messages[i].msg_hdr.msg_namelen = length_of(AF_INET);
		messages[i].msg_hdr.msg_iov = &part;
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	CHECK(sendmsg(out, &messages[0].msg_hdr, 0));
	CHECK(sendmmsg(out, messages, 2, 0));
	CHECK(waitpid(child, NULL, 0));
	CHECK(close(out));
}

static void echo(void)
{
	unsigned char request[16] = { 8, 0, 0, 0, 0x12, 0x34, 0, 1 }, reply[256];
	struct sockaddr_storage to = address(AF_INET, 0);
	int fd = CHECK(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
	unsigned sum = 0x0800 + 0x1234 + 1;

	request[2] = ~sum >> 8;
	request[3] = ~sum;
	say("echo");
	CHECK(sendto(fd, request, sizeof(request), 0, (void *)&to, length_of(AF_INET)));
	do
		CHECK(recv(fd, reply, sizeof(reply), 0));
	while (reply[20]);
	CHECK(close(fd));
}

static void raw_frame(void)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_ifindex = if_nametoindex("lo") };
	int fd = CHECK(socket(AF_PACKET, SOCK_RAW, 0));
	unsigned char frame[60] = {};

	frame[12] = 0x88;
	frame[13] = 0xb5;
	say("raw_frame");
	CHECK(sendto(fd, frame, sizeof(frame), 0, (void *)&at, sizeof(at)));
	CHECK(close(fd));
}

/* Somebody else sends by a socket that this process made: one that was given away, one that a child has of its parent. */
static void given(int passed, int port, const char *maker, const char *user)
{
	struct sockaddr_storage to = address(AF_INET, port);
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec part = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control),
	};
	int pair[2], fd = -1;
	pid_t child;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	if (!passed)
		fd = CHECK(socket(AF_INET, SOCK_DGRAM, 0));
	child = CHECK(fork());
	if (!child) {
		say(user);
		if (passed) {
			CHECK(recvmsg(pair[1], &message, 0));
			memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
		}
		CHECK(sendto(fd, "mine", 4, 0, (void *)&to, length_of(AF_INET)));
		exit(0);
	}
	say(maker);
	if (passed) {
		fd = CHECK(socket(AF_INET, SOCK_DGRAM, 0));
		CHECK(sendto(fd, "yours", 5, 0, (void *)&to, length_of(AF_INET)));
		CMSG_FIRSTHDR(&message)->cmsg_level = SOL_SOCKET;
		CMSG_FIRSTHDR(&message)->cmsg_type = SCM_RIGHTS;
		CMSG_FIRSTHDR(&message)->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &fd, sizeof(fd));
		CHECK(sendmsg(pair[0], &message, 0));
	}
	CHECK(waitpid(child, NULL, 0));
	CHECK(close(fd));
	CHECK(close(pair[0]));
	CHECK(close(pair[1]));
}

/* To a port where nobody listens: the kernel answers. */
static void refused(void)
{
	struct sockaddr_storage to = address(AF_INET, 7000);
	int fd = CHECK(socket(AF_INET, SOCK_STREAM, 0));

	say("refused");
	if (connect(fd, (void *)&to, length_of(AF_INET)) == 0)
		exit(1);
	CHECK(close(fd));
}

int main(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	CHECK(unshare(CLONE_NEWNET));
	fd = CHECK(socket(AF_INET, SOCK_DGRAM, 0));
	CHECK(ioctl(fd, SIOCSIFFLAGS, &lo));
	CHECK(close(fd));
	connection(AF_INET, 1001, 0, "tcp_client", "tcp_server");
	connection(AF_INET6, 1002, 0, "tcp6_client", "tcp6_server");
	connection(AF_INET, 1003, 1, "late_client", "late_server");
	datagrams();
	echo();
	raw_frame();
	given(1, 3001, "passed_maker", "passed_user");
	given(0, 3002, "inherited_maker", "inherited_user");
	refused();
	return 0;
}
