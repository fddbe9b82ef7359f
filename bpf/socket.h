/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sockets as objects: family, type, protocol and the addresses at both ends, as the kernel has them. */
#ifndef TRACEE_SOCKET_H
#define TRACEE_SOCKET_H

#define SOCK_RAW 3
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define AF_NETLINK 16
#define AF_PACKET 17
#define AF_VSOCK 40
#define VSOCK_NO_PORT 0xffffffffU
#define ADDRESS_ROOM 110 /* of the longest: sockaddr_un */

static __always_inline __u64 mix(__u64 a, __u64 b)
{
	a ^= b + 0x9e3779b97f4a7c15ULL + (a << 6) + (a >> 2);
	a *= 0xff51afd7ed558ccdULL;
	return a ^ (a >> 33);
}

struct address_in {
	__u16 family;
	__be16 port;
	__be32 address;
	__u8 zero[8];
};

struct address_in6 {
	__u16 family;
	__be16 port;
	__u32 flow;
	struct in6_addr address;
	__u32 scope;
};

struct address_netlink {
	__u16 family;
	__u16 pad;
	__u32 port;
	__u32 groups;
};

struct address_packet {
	__u16 family;
	__be16 protocol;
	__s32 interface;
	__u8 hardware[12];
};

struct address_vsock {
	__u16 family;
	__u16 reserved;
	__u32 port;
	__u32 cid;
	__u8 zero[4];
};

/* What of a socket may change while it is open: its addresses. */
static __noinline __u64 socket_digest(struct sock *sk)
{
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	if (family == AF_UNIX)
		return mix((__u64)BPF_CORE_READ((struct unix_sock *)sk, addr),
			   (__u64)BPF_CORE_READ((struct unix_sock *)sk, peer));
	if (family == AF_INET || family == AF_INET6) {
		__u64 words[2] = {};
		__u64 ports = (__u64)BPF_CORE_READ(sk, __sk_common.skc_dport) << 16 | BPF_CORE_READ(sk, __sk_common.skc_num);

		words[0] = (__u64)BPF_CORE_READ(sk, __sk_common.skc_daddr) << 32 |
			   BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
		if (family == AF_INET6)
			bpf_core_read(words, sizeof(words), &sk->__sk_common.skc_v6_daddr);
		return mix(mix(words[0], words[1]), ports);
	}
	if (family == AF_NETLINK)
		return BPF_CORE_READ((struct netlink_sock *)sk, portid);
	if (family == AF_PACKET)
		return mix(BPF_CORE_READ((struct packet_sock *)sk, ifindex), BPF_CORE_READ((struct packet_sock *)sk, num));
	if (family == AF_VSOCK && bpf_core_type_exists(struct vsock_sock)) {
		struct vsock_sock *socket = (struct vsock_sock *)sk;

		return mix((__u64)BPF_CORE_READ(socket, local_addr.svm_port) << 32 |
				   BPF_CORE_READ(socket, local_addr.svm_cid),
			   (__u64)BPF_CORE_READ(socket, remote_addr.svm_port) << 32 |
				   BPF_CORE_READ(socket, remote_addr.svm_cid));
	}
	return 0;
}

/* Writes the address that an AF_UNIX socket is bound to; returns its length. */
static __always_inline __u64 write_unix_address(__u8 *out, struct sock *sk)
{
	struct unix_address *address;
	__u64 length;

	if (!sk)
		return 0;
	address = BPF_CORE_READ((struct unix_sock *)sk, addr);
	if (!address)
		return 0;
	length = at_most((__u32)BPF_CORE_READ(address, len), ADDRESS_ROOM);
	bpf_probe_read_kernel(out, length, (void *)address + bpf_core_field_offset(struct unix_address, name));
	return length;
}

/* By the helper: clang 14 loses half of a __builtin_memcpy() of one of these structures. */
static __always_inline __u64 put_address(__u8 *out, const void *address, __u32 size)
{
	bpf_probe_read_kernel(out, size, address);
	return size;
}

static __always_inline __u64 write_inet_address(__u8 *out, struct sock *sk, __u32 type, bool peer)
{
	struct address_in in = { .family = AF_INET };

	if (peer) {
		in.port = BPF_CORE_READ(sk, __sk_common.skc_dport);
		in.address = BPF_CORE_READ(sk, __sk_common.skc_daddr);
		/* A connection that failed leaves its address behind; raw sockets have no ports. */
		if (!in.port && !(in.address && type == SOCK_RAW))
			return 0;
	} else {
		in.port = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_num));
		in.address = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
		if (!in.port && !in.address)
			return 0;
	}
	return put_address(out, &in, sizeof(in));
}

static __always_inline __u64 write_inet6_address(__u8 *out, struct sock *sk, bool peer)
{
	struct address_in6 in = { .family = AF_INET6 };

	if (peer) {
		in.port = BPF_CORE_READ(sk, __sk_common.skc_dport);
		bpf_core_read(&in.address, sizeof(in.address), &sk->__sk_common.skc_v6_daddr);
	} else {
		in.port = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_num));
		bpf_core_read(&in.address, sizeof(in.address), &sk->__sk_common.skc_v6_rcv_saddr);
	}
	if (!in.port)
		return 0;
	return put_address(out, &in, sizeof(in));
}

static __always_inline __u64 write_vsock_address(__u8 *out, struct sock *sk, bool peer)
{
	struct vsock_sock *socket = (struct vsock_sock *)sk;
	struct address_vsock in = { .family = AF_VSOCK };

	/* Often a module. */
	if (!bpf_core_type_exists(struct vsock_sock))
		return 0;
	in.port = peer ? BPF_CORE_READ(socket, remote_addr.svm_port) : BPF_CORE_READ(socket, local_addr.svm_port);
	in.cid = peer ? BPF_CORE_READ(socket, remote_addr.svm_cid) : BPF_CORE_READ(socket, local_addr.svm_cid);
	if (in.port == VSOCK_NO_PORT)
		return 0;
	return put_address(out, &in, sizeof(in));
}

/* Writes the address at one end of a socket, its own or the peer's; returns its length, 0 when it has none. */
static __always_inline __u64 write_address(__u8 *out, struct sock *sk, __u32 type, __u32 peer)
{
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	if (family == AF_INET)
		return write_inet_address(out, sk, type, peer);
	if (family == AF_INET6)
		return write_inet6_address(out, sk, peer);
	if (family == AF_UNIX)
		return write_unix_address(out, peer ? BPF_CORE_READ((struct unix_sock *)sk, peer) : sk);
	if (family == AF_VSOCK)
		return write_vsock_address(out, sk, peer);
	if (family == AF_NETLINK && !peer) {
		struct address_netlink in = { .family = AF_NETLINK };

		in.port = BPF_CORE_READ((struct netlink_sock *)sk, portid);
		return put_address(out, &in, sizeof(in));
	}
	if (family == AF_PACKET && !peer) {
		struct address_packet in = { .family = AF_PACKET };

		in.protocol = BPF_CORE_READ((struct packet_sock *)sk, num);
		in.interface = BPF_CORE_READ((struct packet_sock *)sk, ifindex);
		return put_address(out, &in, sizeof(in));
	}
	return 0;
}

/* Fills the frame of the socket that the room's subject is; returns the length of header and payload. */
__noinline int fill_socket_object(__u32 iterator)
{
	struct tracee_socket_object *o;
	struct side_room *room;
	struct socket *socket;
	struct inode *inode;
	struct sock *sk;
	__u64 local = 0, peer = 0;
	__u8 *strings;

	room = room_for(iterator);
	if (!room)
		return 0;
	o = &room->socket;
	strings = room->payload + sizeof(*o);
	socket = (struct socket *)room->subject.socket;
	inode = (struct inode *)room->subject.inode;
	sk = BPF_CORE_READ(socket, sk);
	o->id = room->slot.id;
	o->inode = BPF_CORE_READ(inode, i_ino);
	o->cookie = sk ? BPF_CORE_READ(sk, __sk_common.skc_cookie.counter) : 0;
	o->net_ns = sk ? BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum) : 0;
	o->open_flags = room->subject.open_flags;
	o->family = sk ? BPF_CORE_READ(sk, __sk_common.skc_family) : 0;
	o->type = BPF_CORE_READ(socket, type);
	o->protocol = sk ? BPF_CORE_READ(sk, sk_protocol) : 0;
	o->state = sk ? BPF_CORE_READ(sk, __sk_common.skc_state) : 0;
	if (sk) {
		local = at_most(write_address(strings, sk, o->type, 0), ADDRESS_ROOM);
		peer = at_most(write_address(strings + local, sk, o->type, 1), ADDRESS_ROOM);
	}
	o->local.length = local;
	o->local.full = local;
	o->peer.length = peer;
	o->peer.full = peer;
	room->header.event = TRACEE_EVENT_SOCKET_OBJECT;
	room->header.length = sizeof(*o) + local + peer;
	return sizeof(struct tracee_frame) + sizeof(*o) + local + peer;
}

#endif
