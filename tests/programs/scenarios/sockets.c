/* Sockets and the flows through them, in a network namespace of their own: nothing but loopback is there. */
#include "scenarios.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void own_network(void)
{
	struct ifreq interface = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd;

	must(!unshare(CLONE_NEWNET));
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	must(!ioctl(fd, SIOCSIFFLAGS, &interface));
	close(fd);
}

static struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static struct sockaddr_in6 loopback6(int port)
{
	return (struct sockaddr_in6){ .sin6_family = AF_INET6,
				      .sin6_port = htons(port),
				      .sin6_addr = IN6ADDR_LOOPBACK_INIT };
}

static int port_of(int fd)
{
	struct sockaddr_in6 own;
	socklen_t length = sizeof(own);

	must(!getsockname(fd, (struct sockaddr *)&own, &length));
	return ntohs(own.sin6_port);
}

static unsigned long cookie_of(int fd)
{
	unsigned long cookie;
	socklen_t length = sizeof(cookie);

	must(!getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length));
	return cookie;
}

static unsigned long inode_of(const char *path)
{
	struct stat s;

	must(!stat(path, &s));
	return s.st_ino;
}

/* A socket with a descriptor that says more than the lowest that is free. */
static int socket_at(int fd, int domain, int type)
{
	int made = socket(domain, type, 0);

	must(made >= 0);
	if (made != fd) {
		must(dup3(made, fd, O_CLOEXEC) == fd);
		close(made);
	}
	return fd;
}

static int listening(int fd, int port)
{
	struct sockaddr_in address = loopback(port);

	socket_at(fd, AF_INET, SOCK_STREAM);
	must(!bind(fd, (struct sockaddr *)&address, sizeof(address)));
	must(!listen(fd, 16));
	return fd;
}

static void socket_create(void)
{
	int pair[2];

	must(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 15) >= 0);
	must(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
}

/* A family that there is not. */
static void socket_create_near(void)
{
	must(socket(200, SOCK_STREAM, 0) < 0);
}

static void socket_bind(void)
{
	struct sockaddr_in in = loopback(4101);
	struct sockaddr_in6 in6 = loopback6(4102);
	struct sockaddr_un path = { .sun_family = AF_UNIX, .sun_path = "./bound" };
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "\0bound" };
	struct sockaddr_ll packet = { .sll_family = AF_PACKET, .sll_protocol = htons(0x88b5), .sll_ifindex = 1 };

	own_network();
	must(!bind(socket_at(21, AF_INET, SOCK_STREAM), (struct sockaddr *)&in, sizeof(in)));
	must(!bind(socket_at(22, AF_INET6, SOCK_DGRAM), (struct sockaddr *)&in6, sizeof(in6)));
	must(!bind(socket_at(23, AF_UNIX, SOCK_STREAM), (struct sockaddr *)&path, sizeof(path)));
	must(!bind(socket_at(24, AF_UNIX, SOCK_DGRAM), (struct sockaddr *)&name,
		   offsetof(struct sockaddr_un, sun_path) + 6));
	must(!bind(socket_at(25, AF_PACKET, SOCK_RAW), (struct sockaddr *)&packet, sizeof(packet)));
}

/* No socket. */
static void socket_bind_near(void)
{
	struct sockaddr_in in = loopback(4101);
	int fd = open("/dev/null", O_RDONLY);

	must(bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0);
}

static void socket_listen(void)
{
	struct sockaddr_in in = loopback(4103);

	own_network();
	must(!bind(socket_at(21, AF_INET, SOCK_STREAM), (struct sockaddr *)&in, sizeof(in)));
	must(!listen(21, 7));
	/* The row of another call has the socket as listen left it. */
	must(!listen(21, 8));
}

static void socket_listen_near(void)
{
	must(listen(open("/dev/null", O_RDONLY), 1) < 0);
}

static void socket_accept(void)
{
	struct sockaddr_in in = loopback(4104);

	own_network();
	listening(21, 4104);
	must(!connect(socket_at(22, AF_INET, SOCK_STREAM), (struct sockaddr *)&in, sizeof(in)));
	must(accept4(21, NULL, NULL, SOCK_CLOEXEC) >= 0);
}

static void socket_accept_near(void)
{
	must(accept(open("/dev/null", O_RDONLY), NULL, NULL) < 0);
}

static void socket_connect(void)
{
	struct sockaddr_in in = loopback(4105), nobody = loopback(4106);
	struct sockaddr_in6 in6 = loopback6(4107);
	struct sockaddr_un path = { .sun_family = AF_UNIX, .sun_path = "./connected" };
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "\0connected" };
	struct sockaddr nowhere = { .sa_family = AF_UNSPEC };
	socklen_t name_length = offsetof(struct sockaddr_un, sun_path) + 10;

	own_network();
	listening(21, 4105);
	must(!connect(socket_at(22, AF_INET, SOCK_STREAM), (struct sockaddr *)&in, sizeof(in)));
	must(connect(socket_at(23, AF_INET, SOCK_STREAM), (struct sockaddr *)&nobody, sizeof(nobody)) < 0);
	must(!connect(socket_at(24, AF_INET6, SOCK_DGRAM), (struct sockaddr *)&in6, sizeof(in6)));
	must(!connect(24, &nowhere, sizeof(nowhere)));
	must(!bind(socket_at(25, AF_UNIX, SOCK_DGRAM), (struct sockaddr *)&path, sizeof(path)));
	must(!connect(socket_at(26, AF_UNIX, SOCK_DGRAM), (struct sockaddr *)&path, sizeof(path)));
	must(!bind(socket_at(27, AF_UNIX, SOCK_STREAM), (struct sockaddr *)&name, name_length));
	must(!listen(27, 1));
	must(!connect(socket_at(28, AF_UNIX, SOCK_STREAM), (struct sockaddr *)&name, name_length));
}

/* No socket, and an address that cannot be read. */
static void socket_connect_near(void)
{
	struct sockaddr_in in = loopback(4105);

	own_network();
	must(connect(open("/dev/null", O_RDONLY), (struct sockaddr *)&in, sizeof(in)) < 0);
	must(connect(socket_at(22, AF_INET, SOCK_STREAM), (struct sockaddr *)1, sizeof(in)) < 0);
}

static void socket_setsockopt(void)
{
	struct sockaddr_in in = loopback(4108);
	int one = 1;

	own_network();
	must(!bind(socket_at(21, AF_INET, SOCK_STREAM), (struct sockaddr *)&in, sizeof(in)));
	must(!setsockopt(21, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one)));
	must(!setsockopt(socket_at(22, AF_INET, SOCK_STREAM), IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)));
}

static void socket_setsockopt_near(void)
{
	int one = 1;

	must(setsockopt(open("/dev/null", O_RDONLY), SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one)) < 0);
}

static void socket_sendmsg(void)
{
	struct sockaddr_in first = loopback(4110), second = loopback(4111);
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "\0sent" };
	socklen_t name_length = offsetof(struct sockaddr_un, sun_path) + 5;
	struct iovec data[2] = { { "abc", 3 }, { "defgh", 5 } };
	struct msghdr one = { .msg_name = &second, .msg_namelen = sizeof(second), .msg_iov = data, .msg_iovlen = 2 };
	struct mmsghdr many[3] = {};

	own_network();
	must(!bind(socket_at(21, AF_INET, SOCK_DGRAM), (struct sockaddr *)&first, sizeof(first)));
	must(!bind(socket_at(22, AF_INET, SOCK_DGRAM), (struct sockaddr *)&second, sizeof(second)));
	must(!bind(socket_at(23, AF_UNIX, SOCK_DGRAM), (struct sockaddr *)&name, name_length));
	socket_at(24, AF_INET, SOCK_DGRAM);
	socket_at(25, AF_UNIX, SOCK_DGRAM);
	must(sendto(24, "0123456789", 10, 0, (struct sockaddr *)&first, sizeof(first)) == 10);
	must(sendmsg(24, &one, 0) == 8);
	must(sendto(25, "x", 1, 0, (struct sockaddr *)&name, name_length) == 1);
	for (int i = 0; i < 3; i++) {
		many[i].msg_hdr = one;
		many[i].msg_hdr.msg_iov = &data[i & 1];
		many[i].msg_hdr.msg_iovlen = 1;
	}
	many[1].msg_hdr.msg_name = &first;
	must(sendmmsg(24, many, 3, 0) == 3);
	fact("inode", "%lu", inode_of("/proc/self/fd/24"));
}

/* Connected: no address comes with the message. And one that could not be sent. */
static void socket_sendmsg_near(void)
{
	struct sockaddr_in in = loopback(4112);

	own_network();
	must(!bind(socket_at(21, AF_INET, SOCK_DGRAM), (struct sockaddr *)&in, sizeof(in)));
	must(!connect(socket_at(22, AF_INET, SOCK_DGRAM), (struct sockaddr *)&in, sizeof(in)));
	must(send(22, "abc", 3, 0) == 3);
	must(write(22, "abc", 3) == 3);
	must(sendto(open("/dev/null", O_WRONLY), "abc", 3, 0, (struct sockaddr *)&in, sizeof(in)) < 0);
}

static void dup_of_socket(void)
{
	struct sockaddr_in in = loopback(4113);

	own_network();
	listening(21, 4113);
	must(!connect(socket_at(22, AF_INET, SOCK_STREAM), (struct sockaddr *)&in, sizeof(in)));
	must(dup2(22, 30) == 30);
	must(dup3(22, 31, O_CLOEXEC) == 31);
	must(fcntl(22, F_DUPFD, 32) == 32);
	must(fcntl(21, F_DUPFD_CLOEXEC, 33) == 33);
	fact("lowest", "%d", dup(22));
	fact("port", "%d", port_of(22));
}

static void dup_of_socket_near(void)
{
	int file = open("/dev/null", O_RDONLY);

	must(dup2(file, 30) == 30);
	must(fcntl(file, F_DUPFD, 32) == 32);
	must(fcntl(file, F_GETFL) >= 0);
}

static void tcp_connect(void)
{
	struct sockaddr_in in = loopback(4114), nobody = loopback(4115);
	struct sockaddr_in6 in6 = loopback6(4115), mapped = { .sin6_family = AF_INET6, .sin6_port = htons(4114) };

	own_network();
	listening(21, 4114);
	must(!connect(socket_at(22, AF_INET, SOCK_STREAM), (struct sockaddr *)&in, sizeof(in)));
	must(connect(socket_at(23, AF_INET, SOCK_STREAM), (struct sockaddr *)&nobody, sizeof(nobody)) < 0);
	must(connect(socket_at(24, AF_INET6, SOCK_STREAM), (struct sockaddr *)&in6, sizeof(in6)) < 0);
	inet_pton(AF_INET6, "::ffff:127.0.0.1", &mapped.sin6_addr);
	must(!connect(socket_at(25, AF_INET6, SOCK_STREAM), (struct sockaddr *)&mapped, sizeof(mapped)));
	for (int i = 0; i < 4; i++)
		printf("cookie%d=%lu\n", i, cookie_of(22 + i));
}

/* UDP, and a TCP socket that only listens. */
static void tcp_connect_near(void)
{
	struct sockaddr_in in = loopback(4116);

	own_network();
	listening(21, 4116);
	must(!connect(socket_at(22, AF_INET, SOCK_DGRAM), (struct sockaddr *)&in, sizeof(in)));
}

static long long boot_ns(void)
{
	struct timespec now;

	must(!clock_gettime(CLOCK_BOOTTIME, &now));
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* The start of this process as the kernel's clock ticks have it: 100 a second. */
static long long start_ticks(void)
{
	char text[1024] = {}, *at;
	FILE *file = fopen("/proc/self/stat", "r");
	long long ticks;

	must(file && fread(text, 1, sizeof(text) - 1, file) > 0);
	fclose(file);
	at = strrchr(text, ')') + 2;
	for (int field = 3; field < 22; field++)
		at = strchr(at, ' ') + 1;
	must(sscanf(at, "%lld", &ticks) == 1);
	return ticks;
}

static void read_all(int fd, size_t bytes)
{
	char data[4096];
	ssize_t got;

	while (bytes && (got = read(fd, data, sizeof(data))) > 0)
		bytes -= got;
	must(!bytes);
}

/*
 * Two connections, of IPv4 and of IPv6, each with both ends here: 10,000 bytes one way and 300 back, and a little while
 * later an end that the client begins.
 */
static void tcp_flow(void)
{
	struct sockaddr_in in = loopback(4117);
	struct sockaddr_in6 in6 = loopback6(4118);
	static char data[10000];
	int client, server;

	own_network();
	listening(21, 4117);
	socket_at(22, AF_INET6, SOCK_STREAM);
	must(!bind(22, (struct sockaddr *)&in6, sizeof(in6)));
	must(!listen(22, 1));
	for (int i = 0; i < 2; i++) {
		long long begin = boot_ns();

		client = socket_at(30 + i, i ? AF_INET6 : AF_INET, SOCK_STREAM);
		must(!connect(client, i ? (struct sockaddr *)&in6 : (struct sockaddr *)&in, i ? sizeof(in6) : sizeof(in)));
		server = accept(21 + i, NULL, NULL);
		must(server >= 0);
		printf("client%d.cookie=%lu\nserver%d.cookie=%lu\n", i, cookie_of(client), i, cookie_of(server));
		printf("client%d.port=%d\n", i, port_of(client));
		must(write(client, data, sizeof(data)) == sizeof(data));
		read_all(server, sizeof(data));
		must(write(server, data, 300) == 300);
		read_all(client, 300);
		usleep(50000);
		shutdown(client, SHUT_WR);
		must(read(server, data, 1) == 0);
		close(server);
		must(read(client, data, 1) == 0);
		close(client);
		printf("longest%d=%lld\n", i, boot_ns() - begin);
	}
	fact("net_ns", "%lu", inode_of("/proc/self/ns/net"));
	fact("pid", "%d", getpid());
	fact("start", "%lld", start_ticks());
}

/* One process listens and connects, another accepts. */
static void tcp_flow_accepted(void)
{
	struct sockaddr_in in = loopback(4120);
	char byte;
	pid_t child;

	own_network();
	listening(21, 4120);
	child = fork();
	if (!child) {
		int fd = accept(21, NULL, NULL);

		must(fd >= 0);
		must(read(fd, &byte, 1) == 1);
		_exit(0);
	}
	close(21);
	must(!connect(socket_at(22, AF_INET, SOCK_STREAM), (struct sockaddr *)&in, sizeof(in)));
	must(write(22, "x", 1) == 1);
	must(waitpid(child, NULL, 0) == child);
	must(read(22, &byte, 1) == 0);
	fact("listener", "%d", getpid());
	fact("acceptor", "%d", child);
}

/* Refused, and UDP. */
static void tcp_flow_near(void)
{
	struct sockaddr_in in = loopback(4119);

	own_network();
	must(connect(socket_at(22, AF_INET, SOCK_STREAM), (struct sockaddr *)&in, sizeof(in)) < 0);
	must(!bind(socket_at(23, AF_INET, SOCK_DGRAM), (struct sockaddr *)&in, sizeof(in)));
	must(sendto(23, "abc", 3, 0, (struct sockaddr *)&in, sizeof(in)) == 3);
}

const struct scenario sockets[] = {
	{ "socket_create", socket_create },
	{ "socket_create_near", socket_create_near },
	{ "socket_bind", socket_bind },
	{ "socket_bind_near", socket_bind_near },
	{ "socket_listen", socket_listen },
	{ "socket_listen_near", socket_listen_near },
	{ "socket_accept", socket_accept },
	{ "socket_accept_near", socket_accept_near },
	{ "socket_connect", socket_connect },
	{ "socket_connect_near", socket_connect_near },
	{ "socket_setsockopt", socket_setsockopt },
	{ "socket_setsockopt_near", socket_setsockopt_near },
	{ "socket_sendmsg", socket_sendmsg },
	{ "socket_sendmsg_near", socket_sendmsg_near },
	{ "socket_dup", dup_of_socket },
	{ "socket_dup_near", dup_of_socket_near },
	{ "tcp_connect", tcp_connect },
	{ "tcp_connect_near", tcp_connect_near },
	{ "tcp_flow", tcp_flow },
	{ "tcp_flow_accepted", tcp_flow_accepted },
	{ "tcp_flow_near", tcp_flow_near },
	{ 0 },
};
