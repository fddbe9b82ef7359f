/* Interfaces, by netlink and ioctl: no program is needed for it. */
#define _GNU_SOURCE
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct request {
	struct nlmsghdr head;
	struct ifinfomsg info;
	char rest[512];
};

static struct rtattr *add(struct request *request, int type, const void *data, int length)
{
	struct rtattr *attribute = (void *)request + NLMSG_ALIGN(request->head.nlmsg_len);

	attribute->rta_type = type;
	attribute->rta_len = RTA_LENGTH(length);
	if (length)
		memcpy(RTA_DATA(attribute), data, length);
	request->head.nlmsg_len = NLMSG_ALIGN(request->head.nlmsg_len) + RTA_ALIGN(attribute->rta_len);
	return attribute;
}

static void close_nest(struct request *request, struct rtattr *nest)
{
	nest->rta_len = (void *)request + request->head.nlmsg_len - (void *)nest;
}

static void ask(struct request *request)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char rest[512];
	} answer;
	int fd = CHECK(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));

	CHECK(send(fd, request, request->head.nlmsg_len, 0));
	CHECK(recv(fd, &answer, sizeof(answer), 0));
	CHECK(close(fd));
	if (answer.error.error) {
		fprintf(stderr, "netlink %d: %s\n", request->head.nlmsg_type, strerror(-answer.error.error));
		exit(1);
	}
}

static struct request new_request(int type, int flags)
{
	struct request request = { .head.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)) };

	request.head.nlmsg_type = type;
	request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	return request;
}

void interface_new(const char *name, const char *peer, int peer_ns)
{
	struct request request = new_request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct rtattr *kind, *data, *other;
	struct ifinfomsg info = {};
	/* One segment a packet, so that packets are those of the wire. */
	unsigned segments = 1;

	add(&request, IFLA_IFNAME, name, strlen(name) + 1);
	add(&request, IFLA_GSO_MAX_SEGS, &segments, sizeof(segments));
	kind = add(&request, IFLA_LINKINFO, NULL, 0);
	add(&request, IFLA_INFO_KIND, "veth", 4);
	data = add(&request, IFLA_INFO_DATA, NULL, 0);
	other = add(&request, VETH_INFO_PEER, &info, sizeof(info));
	add(&request, IFLA_IFNAME, peer, strlen(peer) + 1);
	add(&request, IFLA_GSO_MAX_SEGS, &segments, sizeof(segments));
	add(&request, IFLA_NET_NS_FD, &peer_ns, sizeof(peer_ns));
	close_nest(&request, other);
	close_nest(&request, data);
	close_nest(&request, kind);
	ask(&request);
}

void interface_whole(const char *name)
{
	struct request request = new_request(RTM_NEWLINK, 0);
	unsigned segments = 1;

	add(&request, IFLA_IFNAME, name, strlen(name) + 1);
	add(&request, IFLA_GSO_MAX_SEGS, &segments, sizeof(segments));
	ask(&request);
}

void interface_delete(const char *name)
{
	struct request request = new_request(RTM_DELLINK, 0);

	add(&request, IFLA_IFNAME, name, strlen(name) + 1);
	ask(&request);
}

static void write_setting(const char *name, const char *setting, const char *value)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s", name, setting);
	fd = CHECK(open(path, O_WRONLY | O_CLOEXEC));
	CHECK(write(fd, value, strlen(value)));
	CHECK(close(fd));
}

static void up(int fd, const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_UP };

	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	CHECK(ioctl(fd, SIOCSIFFLAGS, &request));
}

/* What would join packets, split them or leave their checksums for later, so that all see the same. Not each is everywhere. */
static void offload_nothing(int fd, const char *name)
{
	static const int OFFLOADS[] = {
		ETHTOOL_SGRO, ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_STXCSUM, ETHTOOL_SRXCSUM, ETHTOOL_SSG,
	};
	unsigned i;

	for (i = 0; i < sizeof(OFFLOADS) / sizeof(OFFLOADS[0]); i++) {
		struct ethtool_value off = { .cmd = OFFLOADS[i], .data = 0 };
		struct ifreq request = { .ifr_data = (void *)&off };

		strncpy(request.ifr_name, name, IFNAMSIZ - 1);
		if (ioctl(fd, SIOCETHTOOL, &request) && errno != EOPNOTSUPP)
			perror("ethtool");
	}
}

void interface_up(const char *name, enum side side)
{
	struct sockaddr_storage at = address(side, AF_INET, 0), six = address(side, AF_INET6, 0);
	struct ifreq request = {}, mask = {};
	struct in6_ifreq {
		struct in6_addr address;
		unsigned prefix;
		int index;
	} request6 = { .prefix = 64, .index = if_nametoindex(name) };
	int fd = CHECK(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	int fd6 = CHECK(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));

	/* Addresses are there at once, and nobody looks for routers. */
	write_setting(name, "accept_dad", "0");
	write_setting(name, "router_solicitations", "0");
	offload_nothing(fd, name);
	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	memcpy(&request.ifr_addr, &at, sizeof(request.ifr_addr));
	CHECK(ioctl(fd, SIOCSIFADDR, &request));
	strncpy(mask.ifr_name, name, IFNAMSIZ - 1);
	((struct sockaddr_in *)&mask.ifr_addr)->sin_family = AF_INET;
	((struct sockaddr_in *)&mask.ifr_addr)->sin_addr.s_addr = htonl(0xffffff00);
	CHECK(ioctl(fd, SIOCSIFNETMASK, &mask));
	request6.address = ((struct sockaddr_in6 *)&six)->sin6_addr;
	CHECK(ioctl(fd6, SIOCSIFADDR, &request6));
	up(fd, name);
	CHECK(close(fd));
	CHECK(close(fd6));
}

void loopback_up(void)
{
	int fd = CHECK(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));

	up(fd, "lo");
	CHECK(close(fd));
}
