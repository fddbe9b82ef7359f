/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sockets as objects: family, type, protocol and the addresses at both ends, as the kernel has them. */
#ifndef TRACEE_SOCKET_H
#define TRACEE_SOCKET_H

#define SOCK_RAW 3
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define AF_NETLINK 16

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
	return 0;
}

static __always_inline __u32 fill_unix_address(__u8 *out, struct sock *sk)
{
	struct unix_address *address;
	__u32 length;

	if (!sk)
		return 0;
	address = BPF_CORE_READ((struct unix_sock *)sk, addr);
	if (!address)
		return 0;
	length = BPF_CORE_READ(address, len);
	if (length > 110)
		length = 110;
	bpf_probe_read_kernel(out, length & 127, (void *)address + bpf_core_field_offset(struct unix_address, name));
	return length & 127;
}

/* Fills the frame of the socket that the room's subject is; returns the length of header and payload. */
__noinline int fill_socket_object(__u32 iterator)
{
	struct tracee_socket_object *o;
	struct side_room *room;
	struct socket *socket;
	struct inode *inode;
	struct sock *sk;
	__u32 local = 0, peer = 0;
	__u8 *strings;
	__u16 family;

	room = room_for(iterator);
	if (!room)
		return 0;
	o = &room->socket;
	strings = room->payload + sizeof(*o);
	socket = (struct socket *)room->subject.socket;
	inode = (struct inode *)room->subject.inode;
	sk = BPF_CORE_READ(socket, sk);
	family = sk ? BPF_CORE_READ(sk, __sk_common.skc_family) : 0;
	o->id = room->slot.id;
	o->inode = BPF_CORE_READ(inode, i_ino);
	o->cookie = sk ? BPF_CORE_READ(sk, __sk_common.skc_cookie.counter) : 0;
	o->net_ns = sk ? BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum) : 0;
	o->open_flags = room->subject.open_flags;
	o->family = family;
	o->type = BPF_CORE_READ(socket, type);
	o->protocol = sk ? BPF_CORE_READ(sk, sk_protocol) : 0;
	o->state = sk ? BPF_CORE_READ(sk, __sk_common.skc_state) : 0;
	if (family == AF_INET) {
		struct address_in in = { .family = AF_INET };
		__u16 port = BPF_CORE_READ(sk, __sk_common.skc_num);

		in.port = __builtin_bswap16(port);
		in.address = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
		if (port || in.address) {
			__builtin_memcpy(strings, &in, sizeof(in));
			local = sizeof(in);
		}
		in.port = BPF_CORE_READ(sk, __sk_common.skc_dport);
		in.address = BPF_CORE_READ(sk, __sk_common.skc_daddr);
		/* A connection that failed leaves its address behind; raw sockets have no ports. */
		if (in.port || (in.address && o->type == SOCK_RAW)) {
			__builtin_memcpy(strings + local, &in, sizeof(in));
			peer = sizeof(in);
		}
	} else if (family == AF_INET6) {
		struct address_in6 in = { .family = AF_INET6 };
		__u16 port = BPF_CORE_READ(sk, __sk_common.skc_num);

		in.port = __builtin_bswap16(port);
		bpf_core_read(&in.address, sizeof(in.address), &sk->__sk_common.skc_v6_rcv_saddr);
		if (port) {
			__builtin_memcpy(strings, &in, sizeof(in));
			local = sizeof(in);
		}
		in.port = BPF_CORE_READ(sk, __sk_common.skc_dport);
		bpf_core_read(&in.address, sizeof(in.address), &sk->__sk_common.skc_v6_daddr);
		if (in.port) {
			__builtin_memcpy(strings + local, &in, sizeof(in));
			peer = sizeof(in);
		}
	} else if (family == AF_UNIX) {
		local = fill_unix_address(strings, sk);
		peer = fill_unix_address(strings + (local & 127), BPF_CORE_READ((struct unix_sock *)sk, peer));
	} else if (family == AF_NETLINK) {
		struct address_netlink in = { .family = AF_NETLINK };

		in.port = BPF_CORE_READ((struct netlink_sock *)sk, portid);
		__builtin_memcpy(strings, &in, sizeof(in));
		local = sizeof(in);
	}
	o->local.length = local;
	o->local.full = local;
	o->peer.length = peer;
	o->peer.full = peer;
	room->header.event = TRACEE_EVENT_SOCKET_OBJECT;
	room->header.length = sizeof(*o) + local + peer;
	return sizeof(struct tracee_frame) + sizeof(*o) + ((local + peer) & 255);
}

#endif
