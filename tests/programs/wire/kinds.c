/* Every kind of socket and way to use it, each on a port of its own. */
#define _GNU_SOURCE
#include "stage.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <netpacket/packet.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

int uring_send(int fd, const void *bytes, unsigned length, int polls);

static void receive(int fd, void *bytes, size_t length)
{
	CHECK(recv(fd, bytes, length, 0));
}

/* Until the other end has closed. */
static void drain(int fd)
{
	char bytes[4096];

	while (recv(fd, bytes, sizeof(bytes), 0) > 0)
		;
}

/* A question, an answer; the client closes first, so that its end waits for what is late. */
static void stream_server(const struct part *part)
{
	int fd, listener = listening(part);
	char bytes[16];

	ready(part);
	fd = CHECK(accept(listener, NULL, NULL));
	receive(fd, bytes, sizeof(bytes));
	send_all(fd, "answer", 6);
	drain(fd);
}

static void stream_client(const struct part *part)
{
	int fd = client_socket(part, SOCK_STREAM);
	char bytes[16];

	send_all(fd, "question", 8);
	receive(fd, bytes, sizeof(bytes));
}

/* One process listens, a child of it takes the connection. */
static void prefork_server(const struct part *part)
{
	int listener = listening(part);
	pid_t child = CHECK(fork());

	if (!child) {
		char bytes[16];
		int fd;

		alarm(100);
		say("%s_worker %d", part->name, getpid());
		ready(part);
		fd = CHECK(accept(listener, NULL, NULL));
		receive(fd, bytes, sizeof(bytes));
		send_all(fd, "answer", 6);
		drain(fd);
		exit(0);
	}
	end(child);
}

static void send_datagrams(const struct part *part)
{
	struct sockaddr_storage to = address(RIGHT, part->family, part->port);
	socklen_t length = length_of(part->family);
	int fd = client_socket(part, SOCK_DGRAM), i;
	struct iovec bytes = { .iov_base = "datagram", .iov_len = 8 };
	struct mmsghdr messages[2] = {};
	char answer[16];

	CHECK(sendto(fd, "datagram", 8, 0, (void *)&to, length));
	for (i = 0; i < 2; i++) {
		messages[i].msg_hdr.msg_name = &to;
		messages[i].msg_hdr.msg_namelen = length;
		messages[i].msg_hdr.msg_iov = &bytes;
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	CHECK(sendmsg(fd, &messages[0].msg_hdr, 0));
	if (sendmmsg(fd, messages, 2, 0) != 2)
		exit(1);
	receive(fd, answer, sizeof(answer));
}

static void take_datagrams(const struct part *part)
{
	int fd = bound(RIGHT, part->family, SOCK_DGRAM, part->port), i;
	struct sockaddr_storage from;
	socklen_t length;
	char bytes[64];

	ready(part);
	for (i = 0; i < 4; i++) {
		length = sizeof(from);
		CHECK(recvfrom(fd, bytes, sizeof(bytes), 0, (void *)&from, &length));
	}
	CHECK(sendto(fd, "answer", 6, 0, (void *)&from, length));
}

/* Datagrams that do not fit into one packet of the interface. */
static void send_large(const struct part *part)
{
	struct sockaddr_storage to = address(RIGHT, part->family, part->port);
	int fd = client_socket(part, SOCK_DGRAM);
	static char bytes[4000], answer[5000];

	memset(bytes, 'q', sizeof(bytes));
	CHECK(sendto(fd, bytes, sizeof(bytes), 0, (void *)&to, length_of(part->family)));
	receive(fd, answer, sizeof(answer));
}

static void take_large(const struct part *part)
{
	int fd = bound(RIGHT, part->family, SOCK_DGRAM, part->port);
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);
	static char bytes[4000];

	ready(part);
	CHECK(recvfrom(fd, bytes, sizeof(bytes), 0, (void *)&from, &length));
	CHECK(sendto(fd, bytes, 3000, 0, (void *)&from, length));
}

/* For whom one datagram is enough. */
static void take_one(const struct part *part)
{
	int fd = bound(RIGHT, part->family, SOCK_DGRAM, part->port);
	char bytes[64];

	ready(part);
	receive(fd, bytes, sizeof(bytes));
}

static void take_two(const struct part *part)
{
	int fd = bound(RIGHT, part->family, SOCK_DGRAM, part->port);
	char bytes[64];

	ready(part);
	receive(fd, bytes, sizeof(bytes));
	receive(fd, bytes, sizeof(bytes));
}

/* Somebody else sends by a socket that this process made, and sent by before. */
static void send_passed(const struct part *part)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec bytes = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control),
	};
	struct sockaddr_storage to = address(RIGHT, part->family, part->port);
	int pair[2], fd;
	pid_t child;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	child = CHECK(fork());
	if (!child) {
		alarm(100);
		say("%s_user %d", part->name, getpid());
		CHECK(recvmsg(pair[1], &message, 0));
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
		CHECK(sendto(fd, "mine", 4, 0, (void *)&to, length_of(part->family)));
		exit(0);
	}
	fd = client_socket(part, SOCK_DGRAM);
	CHECK(sendto(fd, "first", 5, 0, (void *)&to, length_of(part->family)));
	CMSG_FIRSTHDR(&message)->cmsg_level = SOL_SOCKET;
	CMSG_FIRSTHDR(&message)->cmsg_type = SCM_RIGHTS;
	CMSG_FIRSTHDR(&message)->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &fd, sizeof(fd));
	CHECK(sendmsg(pair[0], &message, 0));
	CHECK(close(fd));
	end(child);
}

static void send_inherited(const struct part *part)
{
	struct sockaddr_storage to = address(RIGHT, part->family, part->port);
	int fd = client_socket(part, SOCK_DGRAM);
	pid_t child = CHECK(fork());

	if (!child) {
		alarm(100);
		say("%s_user %d", part->name, getpid());
		CHECK(sendto(fd, "inherited", 9, 0, (void *)&to, length_of(part->family)));
		exit(0);
	}
	end(child);
	CHECK(sendto(fd, "back", 4, 0, (void *)&to, length_of(part->family)));
}

static void send_by_uring(const struct part *part)
{
	struct sockaddr_storage to = address(RIGHT, part->family, part->port);
	int fd = client_socket(part, SOCK_DGRAM);

	CHECK(connect(fd, (void *)&to, length_of(part->family)));
	uring_send(fd, "by io_uring", 11, 0);
}

static void send_by_polled_uring(const struct part *part)
{
	struct sockaddr_storage to = address(RIGHT, part->family, part->port);
	int fd = client_socket(part, SOCK_DGRAM);

	CHECK(connect(fd, (void *)&to, length_of(part->family)));
	uring_send(fd, "by io_uring", 11, 1);
}

static void stream_by_uring(const struct part *part)
{
	int fd = client_socket(part, SOCK_STREAM);
	char bytes[16];

	uring_send(fd, "question", 8, 0);
	receive(fd, bytes, sizeof(bytes));
}

static unsigned short sum(const void *bytes, unsigned length, unsigned start)
{
	const unsigned char *byte = bytes;
	unsigned i;

	for (i = 0; i < length; i++)
		start += i & 1 ? byte[i] : byte[i] << 8;
	while (start >> 16)
		start = (start & 0xffff) + (start >> 16);
	return htons(~start);
}

/* An IPv4 packet with what follows, from one side to the other. */
static unsigned ipv4(unsigned char *packet, enum side from, int protocol, const void *rest, unsigned length)
{
	struct iphdr head = { .version = 4, .ihl = 5, .ttl = 64, .protocol = protocol, .id = htons(77) };

	head.tot_len = htons(sizeof(head) + length);
	head.saddr = htonl(0x0a090001 + from);
	head.daddr = htonl(0x0a090001 + !from);
	head.check = sum(&head, sizeof(head), 0);
	memcpy(packet, &head, sizeof(head));
	memcpy(packet + sizeof(head), rest, length);
	return sizeof(head) + length;
}

static unsigned datagram(unsigned char *packet, const struct part *part)
{
	struct {
		struct udphdr head;
		char text[4];
	} rest = { .text = "raw!" };

	rest.head.source = htons(part->port + 10000);
	rest.head.dest = htons(part->port);
	rest.head.len = htons(sizeof(rest));
	return ipv4(packet, LEFT, IPPROTO_UDP, &rest, sizeof(rest));
}

static void send_raw(const struct part *part)
{
	struct sockaddr_storage to = address(RIGHT, AF_INET, 0);
	int fd = CHECK(socket(AF_INET, SOCK_RAW, IPPROTO_RAW));
	unsigned char packet[128];

	CHECK(sendto(fd, packet, datagram(packet, part), 0, (void *)&to, sizeof(struct sockaddr_in)));
}

/* The other side's hardware address, which this one knows by what was sent before. */
static void hardware_address(unsigned char *to, unsigned char *own)
{
	struct ifreq request = { .ifr_name = "wire_left" };
	int fd = CHECK(socket(AF_INET, SOCK_DGRAM, 0)), i;
	char line[256], text[32];
	unsigned bytes[6];
	FILE *file = fopen("/proc/thread-self/net/arp", "r");

	CHECK(file ? 0 : -1);
	CHECK(ioctl(fd, SIOCGIFHWADDR, &request));
	memcpy(own, request.ifr_hwaddr.sa_data, 6);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "10.9.0.2 %*s %*s %31s", text) == 1 &&
		    sscanf(text, "%x:%x:%x:%x:%x:%x", bytes, bytes + 1, bytes + 2, bytes + 3, bytes + 4, bytes + 5) == 6)
			for (i = 0; i < 6; i++)
				to[i] = bytes[i];
	fclose(file);
	CHECK(close(fd));
}

static void send_frame(const struct part *part)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_ifindex = if_nametoindex("wire_left") };
	int fd = CHECK(socket(AF_PACKET, SOCK_RAW, 0));
	unsigned char frame[160] = {};

	hardware_address(frame, frame + 6);
	frame[12] = 0x08;
	CHECK(sendto(fd, frame, 14 + datagram(frame + 14, part), 0, (void *)&at, sizeof(at)));
}

static void send_cooked(const struct part *part)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_ifindex = if_nametoindex("wire_left"), .sll_halen = 6 };
	int fd = CHECK(socket(AF_PACKET, SOCK_DGRAM, 0));
	unsigned char packet[128], own[6];

	at.sll_protocol = htons(0x0800);
	hardware_address(at.sll_addr, own);
	CHECK(sendto(fd, packet, datagram(packet, part), 0, (void *)&at, sizeof(at)));
}

/* Of a protocol that nobody knows. */
static void send_unknown(const struct part *part)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_ifindex = if_nametoindex("wire_left") };
	int fd = CHECK(socket(AF_PACKET, SOCK_RAW, 0));
	unsigned char frame[60] = {};

	hardware_address(frame, frame + 6);
	frame[12] = 0x88;
	frame[13] = 0xb5;
	CHECK(sendto(fd, frame, sizeof(frame), 0, (void *)&at, sizeof(at)));
}

static void take_frame(const struct part *part)
{
	int fd = CHECK(socket(AF_PACKET, SOCK_RAW, htons(0x88b5)));
	char bytes[64];

	ready(part);
	receive(fd, bytes, sizeof(bytes));
}

/* Nobody but the kernel answers. */
static void idle(const struct part *part)
{
	ready(part);
}

static void echo(const struct part *part)
{
	struct sockaddr_storage to = address(RIGHT, part->family, 0);
	int is_six = part->family == AF_INET6, fd;
	unsigned char request[16] = { is_six ? 128 : 8, 0, 0, 0, 0x12, 0x34, 0, 1 }, reply[256];

	fd = CHECK(socket(part->family, SOCK_RAW, is_six ? IPPROTO_ICMPV6 : IPPROTO_ICMP));
	if (!is_six) {
		unsigned short check = sum(request, sizeof(request), 0);

		memcpy(request + 2, &check, 2);
	}
	CHECK(sendto(fd, request, sizeof(request), 0, (void *)&to, length_of(part->family)));
	do
		receive(fd, reply, sizeof(reply));
	while (is_six ? reply[0] != 129 : reply[20] != 0);
}

static void ping(const struct part *part)
{
	struct sockaddr_storage to = address(RIGHT, part->family, 0);
	unsigned char request[16] = { 8, 0, 0, 0, 0, 0, 0, 2 }, reply[64];
	int fd = CHECK(open("/proc/sys/net/ipv4/ping_group_range", O_WRONLY));

	CHECK(write(fd, "0 0", 3));
	CHECK(close(fd));
	fd = CHECK(socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP));
	CHECK(sendto(fd, request, sizeof(request), 0, (void *)&to, sizeof(struct sockaddr_in)));
	receive(fd, reply, sizeof(reply));
}

/* After the client is gone: a segment out of order, which what remains of its end answers, and which nobody is left to take. */
static void stray(const struct part *part)
{
	struct tcphdr head = { .doff = 5, .ack = 1, .window = htons(512) };
	struct sockaddr_storage to = address(LEFT, AF_INET, 0);
	unsigned char packet[128], pseudo[32] = { 10, 9, 0, 2, 10, 9, 0, 1, 0, 6, 0, sizeof(head) };
	int fd = CHECK(socket(AF_INET, SOCK_RAW, IPPROTO_RAW));

	head.source = htons(part->port);
	head.dest = htons(part->port + 10000);
	head.seq = htonl(1);
	memcpy(pseudo + 12, &head, sizeof(head));
	head.check = sum(pseudo, sizeof(pseudo), 0);
	CHECK(sendto(fd, packet, ipv4(packet, RIGHT, IPPROTO_TCP, &head, sizeof(head)), 0, (void *)&to,
		     sizeof(struct sockaddr_in)));
}

static void abort_stream(const struct part *part)
{
	struct linger none = { .l_onoff = 1 };
	int fd = client_socket(part, SOCK_STREAM);
	char bytes[16];

	send_all(fd, "question", 8);
	receive(fd, bytes, sizeof(bytes));
	CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none)));
}

/* Closes when it has read a little; what comes later finds nobody, and is answered with a reset. */
static void leaving_server(const struct part *part)
{
	int fd, listener = listening(part);
	char bytes[16];

	ready(part);
	fd = CHECK(accept(listener, NULL, NULL));
	receive(fd, bytes, sizeof(bytes));
}

static void late_client(const struct part *part)
{
	int fd = client_socket(part, SOCK_STREAM);

	send_all(fd, "question", 8);
	drain(fd);
	/* The other end is closed, which this one may not know: it is told, and then is so too. */
	while (send(fd, "late", 4, MSG_NOSIGNAL) == 4)
		usleep(1000);
}

static void refused(const struct part *part)
{
	struct sockaddr_storage to = address(RIGHT, part->family, part->port);
	int fd = bound(LEFT, part->family, SOCK_STREAM, part->port + 10000);

	if (connect(fd, (void *)&to, length_of(part->family)) == 0)
		exit(1);
}

/* Whether this namespace has a socket of TCP on that port in that state. */
static int is_there(int port, unsigned wanted)
{
	FILE *file = fopen("/proc/thread-self/net/tcp", "r");
	unsigned local, state;
	int found = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, " %*d: %*x:%x %*x:%*x %x", &local, &state) == 2)
			found |= local == (unsigned)port && state == wanted;
	if (file)
		fclose(file);
	return found;
}

#define TLS_NAME "tls.wire.test"
#define TLS_KEY "0123456789abcdef0123456789abcdef"

static void tls_server(const struct part *part)
{
	if (!CHECK(fork())) {
		alarm(100);
		while (!is_there(part->port, TCP_LISTEN))
			usleep(1000);
		ready(part);
		exit(0);
	}
	freopen("/dev/null", "w", stdout);
	freopen("/dev/null", "w", stderr);
	execlp("openssl", "openssl", "s_server", "-accept", "10.9.0.2:1443", "-naccept", "1", "-nocert", "-tls1_3",
	       "-psk", TLS_KEY, "-alpn", "http/1.1", "-rev", "-quiet", NULL);
	exit(127);
}

static void tls_client(const struct part *part)
{
	freopen("/dev/null", "r", stdin);
	freopen("/dev/null", "w", stdout);
	freopen("/dev/null", "w", stderr);
	execlp("openssl", "openssl", "s_client", "-connect", "10.9.0.2:1443", "-bind", "10.9.0.1:11443", "-servername",
	       TLS_NAME, "-tls1_3", "-psk", TLS_KEY, "-alpn", "h2,http/1.1", NULL);
	exit(127);
}

void scene_tls(void)
{
	play("tls", tls_server, tls_client, AF_INET, 1443);
}

static void wait_for_time_wait(const struct part *part)
{
	while (!is_there(part->port + 10000, TCP_TIME_WAIT))
		usleep(1000);
}

void scene_kinds(void)
{
	struct part late = { .name = "stray", .family = AF_INET, .port = 1001 };

	play("tcp", stream_server, stream_client, AF_INET, 1001);
	end(start(LEFT, "_waiter", wait_for_time_wait, &late));
	end(start(RIGHT, "", stray, &late));
	play("tcp6", stream_server, stream_client, AF_INET6, 1002);
	play("prefork", prefork_server, stream_client, AF_INET, 1003);
	play("aborted", stream_server, abort_stream, AF_INET, 1004);
	play("late", leaving_server, late_client, AF_INET, 1005);
	play("refused", idle, refused, AF_INET, 1006);
	play("uring_stream", stream_server, stream_by_uring, AF_INET, 1007);
	play("udp", take_datagrams, send_datagrams, AF_INET, 2001);
	play("udp6", take_datagrams, send_datagrams, AF_INET6, 2002);
	play("large", take_large, send_large, AF_INET, 2003);
	play("large6", take_large, send_large, AF_INET6, 2004);
	play("raw", take_one, send_raw, AF_INET, 2005);
	play("frame", take_one, send_frame, AF_INET, 2006);
	play("cooked", take_one, send_cooked, AF_INET, 2007);
	play("unknown", take_frame, send_unknown, AF_INET, 0);
	play("uring", take_one, send_by_uring, AF_INET, 2008);
	play("polled_uring", take_one, send_by_polled_uring, AF_INET, 2009);
	play("passed", take_two, send_passed, AF_INET, 3001);
	play("inherited", take_two, send_inherited, AF_INET, 3002);
	play("echo", idle, echo, AF_INET, 0);
	play("echo6", idle, echo, AF_INET6, 0);
	play("ping", idle, ping, AF_INET, 0);
}
