/*
 * Sends datagrams to so many ports (its argument) that nobody listens on, in a network namespace of its own: each is a flow of its
 * sender, and one of nobody.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
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
#define AT_ONCE 500
#define PORTS 40000

int main(int count, char **arguments)
{
	static struct sockaddr_in to[AT_ONCE];
	static struct mmsghdr messages[AT_ONCE];
	struct iovec part = { .iov_base = "x", .iov_len = 1 };
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int flows = atoi(arguments[1]), sent = 0, fd = -1, i;

	CHECK(unshare(CLONE_NEWNET));
	fd = CHECK(socket(AF_INET, SOCK_DGRAM, 0));
	CHECK(ioctl(fd, SIOCSIFFLAGS, &lo));
	while (sent < flows) {
		if (sent % PORTS == 0) {
			CHECK(close(fd));
			fd = CHECK(socket(AF_INET, SOCK_DGRAM, 0));
		}
		for (i = 0; i < AT_ONCE; i++) {
			to[i].sin_family = AF_INET;
			to[i].sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
			to[i].sin_port = htons(1 + (sent + i) % PORTS);
			messages[i].msg_hdr.msg_name = &to[i];
			messages[i].msg_hdr.msg_namelen = sizeof(to[i]);
			messages[i].msg_hdr.msg_iov = &part;
			messages[i].msg_hdr.msg_iovlen = 1;
		}
		/* What answered the last ones may be told first. */
		for (i = 0; i < AT_ONCE;) {
			int done = sendmmsg(fd, messages + i, AT_ONCE - i, 0);

			i += done > 0 ? done : 0;
		}
		sent += AT_ONCE;
	}
	return 0;
}
