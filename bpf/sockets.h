/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sockets are made, named, connected, sent from; TCP connections begin and end. */
#ifndef TRACEE_SOCKETS_EVENTS_H
#define TRACEE_SOCKETS_EVENTS_H

#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define EINTR 4
#define EINPROGRESS 115
#define ERESTARTSYS 512
#define SOCKADDR_MOST 128

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct socket___with_file {
	struct file *file;
};
struct inet_sock {
	__be16 inet_sport;
};
struct tcp_sock {
	__u64 bytes_received;
	__u64 bytes_sent;
	__u64 bytes_retrans;
};
#pragma clang attribute pop

/* Whether the task is in one of these system calls, and not in one that does the same by other ways (io_uring). */
static __always_inline bool is_in_call(struct task_state *state, __s32 number, __s32 other)
{
	return state->in_call && !state->compat && (state->number == number || state->number == other);
}

static __always_inline __u64 descriptor_in_call(struct hook *h, __s32 number, __s32 other)
{
	return is_in_call(h->state, number, other) ? h->state->args[0] : (__u64)-1;
}

static __always_inline __u64 object_of_socket(struct hook *h, struct socket *socket)
{
	return object_of_file((__u64)BPF_CORE_READ((struct socket___with_file *)socket, file), h->boot_ns, 0);
}

/* Appends a socket's own address, or its peer's. */
static __always_inline void append_address(struct hook *h, struct socket *socket, bool peer, struct tracee_var *variable)
{
	struct sock *sk = BPF_CORE_READ(socket, sk);
	__u64 used = h->used, length;

	append_nothing(variable);
	if (!sk || used > APPEND_LIMIT)
		return;
	length = at_most(write_address(h->room->payload + used, sk, BPF_CORE_READ(socket, type), peer), ADDRESS_ROOM);
	if (!length)
		return;
	variable->length = length;
	variable->full = length;
	h->used = used + length;
}

/* Whether `length` bytes at `at` of the frame under construction are not those at the beginning of a stash. */
__noinline int differs_from_stash(__u32 stash_number, __u64 at, __u32 length)
{
	struct frame_room *room = frame_room();
	struct stash *stash = stash_at(stash_number);
	__u64 i;

	if (!room || !stash)
		return 0;
	at = at_most(at, APPEND_LIMIT);
	for (i = 0; i < SOCKADDR_MOST && i < length; i++)
		if (room->payload[at + i] != stash->data[i])
			return 1;
	return 0;
}

/*
 * Marks the row and that of the call when the address in the row, which the kernel works with, is not what argument `index`
 * pointed to at the entry of the call. The first variable argument lies first in the stash.
 */
static __always_inline void compare_address(struct hook *h, __u32 index, struct tracee_var *variable)
{
	struct task_state *state = h->state;
	__u64 slot = state->args[bounded(index, SLOTS)];
	__u32 stored = slot & 255, length = variable->length;

	if (state->stash == NO_STASH || (slot & (TRACEE_VAR_NULL | TRACEE_VAR_FAULT)) || length > SOCKADDR_MOST)
		return;
	if (stored != length || differs_from_stash(state->stash, h->used - length, length)) {
		state->mismatch = 1;
		h->flags |= TRACEE_FLAG_MISMATCH;
	}
}

static __always_inline int security_socket_create(int family, int type, int protocol, int kern)
{
	struct tracee_security_socket_create *out;
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	out->family = (__s64)family;
	out->type = (__s64)type;
	out->protocol = (__s64)protocol;
	out->kern = (__s64)kern;
	return put_hook(&h, TRACEE_EVENT_SECURITY_SOCKET_CREATE, TRACEE_LANE_EVENTS);
}

SEC("lsm/socket_create")
int BPF_PROG(security_socket_create__lsm, int family, int type, int protocol, int kern)
{
	return security_socket_create(family, type, protocol, kern);
}

SEC("fentry/security_socket_create")
int BPF_PROG(security_socket_create__fentry, int family, int type, int protocol, int kern)
{
	return security_socket_create(family, type, protocol, kern);
}

static __always_inline int security_socket_bind(struct socket *socket, const void *address, int length)
{
	struct tracee_security_socket_bind *out;
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	out->sockfd = descriptor_in_call(&h, NR_BIND, NR_BIND);
	out->socket = object_of_socket(&h, socket);
	append_bytes(&h, address, length, SOCKADDR_MOST, &out->local_addr);
	if (is_in_call(h.state, NR_BIND, NR_BIND))
		compare_address(&h, 1, &out->local_addr);
	return put_hook(&h, TRACEE_EVENT_SECURITY_SOCKET_BIND, TRACEE_LANE_EVENTS);
}

SEC("lsm/socket_bind")
int BPF_PROG(security_socket_bind__lsm, struct socket *socket, const void *address, int length)
{
	return security_socket_bind(socket, address, length);
}

SEC("fentry/security_socket_bind")
int BPF_PROG(security_socket_bind__fentry, struct socket *socket, const void *address, int length)
{
	return security_socket_bind(socket, address, length);
}

static __always_inline int security_socket_listen(struct socket *socket, int backlog)
{
	struct tracee_security_socket_listen *out;
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	out->sockfd = descriptor_in_call(&h, NR_LISTEN, NR_LISTEN);
	out->backlog = (__s64)backlog;
	out->socket = object_of_socket(&h, socket);
	append_address(&h, socket, false, &out->local_addr);
	return put_hook(&h, TRACEE_EVENT_SECURITY_SOCKET_LISTEN, TRACEE_LANE_EVENTS);
}

SEC("lsm/socket_listen")
int BPF_PROG(security_socket_listen__lsm, struct socket *socket, int backlog)
{
	return security_socket_listen(socket, backlog);
}

SEC("fentry/security_socket_listen")
int BPF_PROG(security_socket_listen__fentry, struct socket *socket, int backlog)
{
	return security_socket_listen(socket, backlog);
}

static __always_inline int security_socket_accept(struct socket *socket)
{
	struct tracee_security_socket_accept *out;
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	out->sockfd = descriptor_in_call(&h, NR_ACCEPT, NR_ACCEPT4);
	out->socket = object_of_socket(&h, socket);
	append_address(&h, socket, false, &out->local_addr);
	return put_hook(&h, TRACEE_EVENT_SECURITY_SOCKET_ACCEPT, TRACEE_LANE_EVENTS);
}

SEC("lsm/socket_accept")
int BPF_PROG(security_socket_accept__lsm, struct socket *socket)
{
	return security_socket_accept(socket);
}

SEC("fentry/security_socket_accept")
int BPF_PROG(security_socket_accept__fentry, struct socket *socket)
{
	return security_socket_accept(socket);
}

static __always_inline int security_socket_connect(struct socket *socket, const void *address, int length)
{
	struct tracee_security_socket_connect *out;
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	out->sockfd = descriptor_in_call(&h, NR_CONNECT, NR_CONNECT);
	out->type = BPF_CORE_READ(socket, type);
	out->socket = object_of_socket(&h, socket);
	append_bytes(&h, address, length, SOCKADDR_MOST, &out->remote_addr);
	if (is_in_call(h.state, NR_CONNECT, NR_CONNECT))
		compare_address(&h, 1, &out->remote_addr);
	return put_hook(&h, TRACEE_EVENT_SECURITY_SOCKET_CONNECT, TRACEE_LANE_EVENTS);
}

SEC("lsm/socket_connect")
int BPF_PROG(security_socket_connect__lsm, struct socket *socket, const void *address, int length)
{
	return security_socket_connect(socket, address, length);
}

SEC("fentry/security_socket_connect")
int BPF_PROG(security_socket_connect__fentry, struct socket *socket, const void *address, int length)
{
	return security_socket_connect(socket, address, length);
}

static __always_inline int security_socket_setsockopt(struct socket *socket, int level, int optname)
{
	struct tracee_security_socket_setsockopt *out;
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	out->sockfd = descriptor_in_call(&h, NR_SETSOCKOPT, NR_SETSOCKOPT);
	out->level = (__s64)level;
	out->optname = (__s64)optname;
	out->socket = object_of_socket(&h, socket);
	append_address(&h, socket, false, &out->local_addr);
	return put_hook(&h, TRACEE_EVENT_SECURITY_SOCKET_SETSOCKOPT, TRACEE_LANE_EVENTS);
}

SEC("lsm/socket_setsockopt")
int BPF_PROG(security_socket_setsockopt__lsm, struct socket *socket, int level, int optname)
{
	return security_socket_setsockopt(socket, level, optname);
}

SEC("fentry/security_socket_setsockopt")
int BPF_PROG(security_socket_setsockopt__fentry, struct socket *socket, int level, int optname)
{
	return security_socket_setsockopt(socket, level, optname);
}

static __always_inline int security_socket_sendmsg(struct socket *socket, struct msghdr *message, int size)
{
	const void *address = BPF_CORE_READ(message, msg_name);
	struct tracee_security_socket_sendmsg *out;
	struct hook h = {};

	/* Most messages: of a connected socket. */
	if (!address)
		return 0;
	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	out->sockfd = descriptor_in_call(&h, NR_SENDTO, NR_SENDMSG);
	if (is_in_call(h.state, NR_SENDMMSG, NR_SENDMMSG))
		out->sockfd = h.state->args[0];
	out->type = BPF_CORE_READ(socket, type);
	out->size = (__u32)size;
	out->socket = object_of_socket(&h, socket);
	append_bytes(&h, address, BPF_CORE_READ(message, msg_namelen), SOCKADDR_MOST, &out->remote_addr);
	if (is_in_call(h.state, NR_SENDTO, NR_SENDMSG))
		compare_address(&h, h.state->number == NR_SENDTO ? 4 : 1, &out->remote_addr);
	return put_hook(&h, TRACEE_EVENT_SECURITY_SOCKET_SENDMSG, TRACEE_LANE_EVENTS);
}

SEC("lsm/socket_sendmsg")
int BPF_PROG(security_socket_sendmsg__lsm, struct socket *socket, struct msghdr *message, int size)
{
	return security_socket_sendmsg(socket, message, size);
}

SEC("fentry/security_socket_sendmsg")
int BPF_PROG(security_socket_sendmsg__fentry, struct socket *socket, struct msghdr *message, int size)
{
	return security_socket_sendmsg(socket, message, size);
}

/* The socket behind a descriptor of the current task. */
static __always_inline struct socket *socket_of_fd(struct task_struct *task, __s32 fd)
{
	struct file *file = (struct file *)file_of_fd(task, fd);

	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	return BPF_CORE_READ(file, private_data);
}

/*
 * A message that was sent: `name` and `name_length` as user memory has them now. The context has been brought up to date and
 * the object made by the caller: calls are at most eight deep.
 */
static __always_inline int put_sent(__u64 name, __u32 name_length, __u64 size, __u64 object, __u64 boot_ns)
{
	struct tracee_security_socket_sendmsg *out;
	struct socket *socket;
	struct hook h = {};

	h.task = bpf_get_current_task_btf();
	h.state = bpf_task_storage_get(&tasks, h.task, 0, 0);
	h.room = frame_room();
	if (!name || !name_length || !h.state || !h.room)
		return 0;
	h.boot_ns = boot_ns;
	h.context = h.state->context;
	h.flags = TRACEE_FLAG_ARGS_AT_EXIT;
	out = hook_payload(&h, sizeof(*out));
	out->sockfd = h.state->args[0];
	out->size = size;
	socket = socket_of_fd(h.task, out->sockfd);
	out->type = socket ? BPF_CORE_READ(socket, type) : 0;
	out->socket = object;
	append_user_bytes(&h, (void *)name, name_length, SOCKADDR_MOST, &out->remote_addr);
	return put_hook(&h, TRACEE_EVENT_SECURITY_SOCKET_SENDMSG, TRACEE_LANE_EVENTS);
}

__noinline int put_sent_message(__u64 name, __u32 name_length, __u64 size, __u64 object, __u64 boot_ns)
{
	return put_sent(name, name_length, size, object, boot_ns);
}

struct user_mmsghdr {
	struct user_msghdr message;
	__u64 rest[5];
	__u32 sent;
	__u32 pad;
};

/* One message of sendmmsg; false when there can be no other. */
__noinline int put_sent_part(__u64 vector, __u32 index, __u64 object, __u64 boot_ns)
{
	struct user_mmsghdr part = {};

	if (bpf_probe_read_user(&part, sizeof(part), (void *)(vector + index * sizeof(part))))
		return 0;
	if (part.message.name_length > 0)
		put_sent(part.message.name, part.message.name_length, part.sent, object, boot_ns);
	return 1;
}

/* 32 of them: a loop of loops, so that the verifier counts 32 + 32 rounds and not 1024. */
__noinline int put_sent_parts(__u64 vector, __u32 from, __u32 sent, __u64 object, __u64 boot_ns)
{
	__u32 i;

	for (i = 0; i < 32; i++)
		if (from + i >= sent || !put_sent_part(vector, from + i, object, boot_ns))
			return 0;
	return 1;
}

/* At the exit of sendto, sendmsg and sendmmsg: the messages that named an address. */
__noinline int put_sent_messages(__s64 ret, __u64 boot_ns)
{
	const volatile struct syscall_row *row;
	struct user_msghdr message = {};
	__u64 pointer, object;
	struct hook h = {};
	__u32 i, index;

	if (ret < 0 || !begin_extra(&h, boot_ns))
		return 0;
	row = row_of(h.state->number);
	if (!row)
		return 0;
	index = h.state->number == NR_SENDTO ? 4 : 1;
	/* Where the arguments were taken at the entry, a descriptor is in the pointer's place. */
	pointer = row->taken ? h.state->pointers[bounded(index, SLOTS)] : h.state->args[bounded(index, SLOTS)];
	if (h.state->number == NR_SENDTO) {
		message.name = pointer;
		message.name_length = h.state->args[5];
	} else if (bpf_probe_read_user(&message, sizeof(message), (void *)pointer)) {
		return 0;
	}
	if (h.state->number != NR_SENDMMSG && (!message.name || message.name_length <= 0))
		return 0;
	object = object_of_new_fd(h.state->args[0], boot_ns, 0);
	if (h.state->number != NR_SENDMMSG)
		return put_sent_message(message.name, message.name_length, ret, object, boot_ns);
	for (i = 0; i < 32; i++)
		if (!put_sent_parts(pointer, i * 32, ret, object, boot_ns))
			break;
	return 0;
}

/* An address in user memory as it was read, taken apart. */
struct given_address {
	__u16 family;
	__be16 port;
	union {
		__be32 address;
		struct {
			__u32 flow;
			__u64 address6[2];
		} __attribute__((packed));
	};
};

#define V4_MAPPED 0xffff000000000000ULL /* of the second half of an address, whose first half is 0; little-endian */

/* Whether an internet socket's peer is not what was given. An unspecified address is given for the own host's. */
static __always_inline bool peer_differs(struct sock *sk, struct given_address *given, __u32 stored)
{
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
	__be16 port = BPF_CORE_READ(sk, __sk_common.skc_dport);
	__u16 protocol = BPF_CORE_READ(sk, sk_protocol);

	if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP)
		return false;
	/* That asks for the connection to be dissolved. */
	if (!given->family)
		return port != 0;
	if (port != given->port)
		return true;
	if (given->family == AF_INET)
		return given->address && given->address != BPF_CORE_READ(sk, __sk_common.skc_daddr);
	if (given->family == AF_INET6 && family == AF_INET6) {
		__u64 peer[2] = {}, low = given->address6[1];

		if (!given->address6[0] && (!low || low == (V4_MAPPED >> 32)))
			return false;
		bpf_core_read(peer, sizeof(peer), &sk->__sk_common.skc_v6_daddr);
		return peer[0] != given->address6[0] || peer[1] != low;
	}
	return true;
}

/*
 * At the exit of connect, for kernels without a hook on the way: whether the socket's peer is not what user memory held at
 * the entry. Of AF_UNIX, abstract names alone can be told: a path may have been given in many ways.
 */
__noinline int compare_peer(__s64 ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = bpf_task_storage_get(&tasks, task, 0, 0);
	struct frame_room *room = frame_room();
	struct given_address given = {};
	struct socket *socket;
	struct stash *stash;
	__u64 slot, length;
	struct sock *sk;
	__u16 family;

	if (!state || !room || (ret && ret != -EINPROGRESS && ret != -EINTR && ret != -ERESTARTSYS))
		return 0;
	slot = state->args[1];
	stash = state->stash != NO_STASH ? stash_at(state->stash) : NULL;
	socket = socket_of_fd(task, state->args[0]);
	sk = socket ? BPF_CORE_READ(socket, sk) : NULL;
	if (!stash || !sk || (slot & (TRACEE_VAR_NULL | TRACEE_VAR_FAULT)) || (slot & 255) < sizeof(given.family))
		return 0;
	bpf_probe_read_kernel(&given, sizeof(given), stash->data);
	family = BPF_CORE_READ(sk, __sk_common.skc_family);
	if (family == AF_INET || family == AF_INET6) {
		if ((!given.family || (slot & 255) >= sizeof(struct address_in)) && peer_differs(sk, &given, slot & 255))
			state->mismatch = 1;
	} else if (family == AF_UNIX && (slot & 255) > 2 && !stash->data[2]) {
		length = at_most(write_unix_address(room->payload, BPF_CORE_READ((struct unix_sock *)sk, peer)),
				 ADDRESS_ROOM);
		if (length && (length != (slot & 255) || differs_from_stash(state->stash, 0, length)))
			state->mismatch = 1;
	}
	return 0;
}

/* States of struct sock, as TCP has them. */
#define TCP_ESTABLISHED 1
#define TCP_SYN_SENT 2
#define TCP_SYN_RECV 3
#define TCP_CLOSE 7
#define TCP_LISTEN 10
#define TCP_NEW_SYN_RECV 12

#define SOCK_DONE 2 /* bit of sock_common.skc_flags: a FIN was received */

#define FLOW_UNKNOWN 0
#define FLOW_OUTGOING 1
#define FLOW_INCOMING 2

/*
 * What is known of a TCP socket in scope: who connected or listened with it. A connection that comes in inherits it from
 * the listening socket.
 */
struct flow_note {
	__u64 context;
	__u64 start_boot_ns;
	__u64 begin_ns; /* 0 when it was there before the recording */
	__u32 pid;
	__u32 tid;
	__u32 direction;
	__u32 established;
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct flow_note);
} flows SEC(".maps");

static __always_inline void fill_note(struct flow_note *note, struct task_struct *task, __u64 context)
{
	note->context = context;
	note->start_boot_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	note->begin_ns = 0;
	note->pid = BPF_CORE_READ(task, tgid);
	note->tid = BPF_CORE_READ(task, pid);
	note->established = 0;
}

/* Notes who connects or listens: the current task, which is asking for it. */
static __always_inline void note_owner(struct sock *sk, int state)
{
	struct flow_note *note;
	struct hook h = {};

	if (!begin_hook(&h)) {
		bpf_sk_storage_delete(&flows, sk);
		return;
	}
	note = bpf_sk_storage_get(&flows, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (note) {
		fill_note(note, h.task, h.context);
		note->direction = state == TCP_LISTEN ? FLOW_INCOMING : FLOW_OUTGOING;
	} else {
		__sync_fetch_and_add(&storage_failures, 1);
	}
	abandon_hook(&h);
}

/* In a keyframe: a TCP socket that was there before the recording, open in a process in scope. */
static __always_inline void note_open_flow(struct file *file, struct task_struct *task, struct task_state *state)
{
	struct flow_note *note;
	struct socket *socket;
	struct sock *sk;
	__u8 now;

	if (!is_enabled(TRACEE_EVENT_NET_FLOW_TCP_BEGIN) && !is_enabled(TRACEE_EVENT_NET_FLOW_TCP_END))
		return;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return;
	sk = socket->sk;
	if (!sk || BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return;
	now = BPF_CORE_READ(sk, __sk_common.skc_state);
	if (now == TCP_CLOSE || now == TCP_SYN_SENT || bpf_sk_storage_get(&flows, sk, 0, 0))
		return;
	note = bpf_sk_storage_get(&flows, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!note)
		return;
	fill_note(note, task, state->context);
	note->direction = now == TCP_LISTEN ? FLOW_INCOMING : FLOW_UNKNOWN;
	note->established = now != TCP_LISTEN;
}

/*
 * The note of a socket of which the state changes, NULL when it is not in scope. Each of the programs that need it keeps it
 * up to date: which of them there are is a matter of what is wanted.
 */
static __always_inline struct flow_note *note_of(struct sock *sk, int old, int new)
{
	struct flow_note *note;

	if (BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return NULL;
	if (new == TCP_SYN_SENT || new == TCP_LISTEN) {
		note_owner(sk, new);
		return NULL;
	}
	if (new != TCP_ESTABLISHED && new != TCP_CLOSE)
		return NULL;
	/* When everybody is in scope so is what nobody was seen to begin. */
	note = bpf_sk_storage_get(&flows, sk, 0,
				  everyone && !scoped && new == TCP_ESTABLISHED ? BPF_SK_STORAGE_GET_F_CREATE : 0);
	if (note && new == TCP_ESTABLISHED) {
		if (!note->direction)
			note->direction = old == TCP_SYN_SENT ? FLOW_OUTGOING : FLOW_INCOMING;
		note->established = 1;
	}
	return note;
}

struct internet_addresses {
	__u64 words[4];
};

/* Reads both ends of an internet socket, its own first; returns the length of each. IPv4 by way of IPv6 is IPv4. */
static __always_inline __u32 read_addresses(struct sock *sk, struct internet_addresses *out, bool peer_first)
{
	__u64 *own = out->words + (peer_first ? 2 : 0), *peer = out->words + (peer_first ? 0 : 2);
	__u32 own4, peer4;

	/* No room but where they go: callers are deep, and the stack of all of them is 512 bytes together. */
	if (BPF_CORE_READ(sk, __sk_common.skc_family) == AF_INET6) {
		bpf_core_read(own, 16, &sk->__sk_common.skc_v6_rcv_saddr);
		bpf_core_read(peer, 16, &sk->__sk_common.skc_v6_daddr);
		if (peer[0] || (__u32)peer[1] != (V4_MAPPED >> 32))
			return 16;
	}
	own4 = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
	peer4 = BPF_CORE_READ(sk, __sk_common.skc_daddr);
	out->words[0] = peer_first ? (__u64)own4 << 32 | peer4 : (__u64)peer4 << 32 | own4;
	return 4;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(net_tcp_connect__tp, struct sock *sk, int old, int new)
{
	struct internet_addresses addresses = {};
	struct tracee_net_tcp_connect *out;
	struct hook h = {};
	__u32 length;

	if (new != TCP_SYN_SENT || BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP || !begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	out->cookie = bpf_get_socket_cookie(sk);
	out->dst_port = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
	length = read_addresses(sk, &addresses, true);
	append_bytes(&h, &addresses, length, 16, &out->dst);
	return put_hook(&h, TRACEE_EVENT_NET_TCP_CONNECT, TRACEE_LANE_EVENTS);
}

/* What the rows of a flow's begin and end have in common; returns the length of each address. */
static __always_inline __u32 fill_flow(struct tracee_net_flow_tcp_begin *out, struct internet_addresses *addresses,
				       struct sock *sk, struct flow_note *note)
{
	/* Not skc_num: a socket that is closed has given that back. */
	__u64 own = __builtin_bswap16(BPF_CORE_READ((struct inet_sock *)sk, inet_sport));
	__u64 peer = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
	bool incoming = note->direction == FLOW_INCOMING;
	__u32 length = read_addresses(sk, addresses, incoming);

	out->conn_direction = note->direction;
	out->src.length = out->src.full = length;
	out->dst.length = out->dst.full = length;
	out->src_port = incoming ? peer : own;
	out->dst_port = incoming ? own : peer;
	out->cookie = bpf_get_socket_cookie(sk);
	out->owner_start_boot_ns = note->start_boot_ns;
	out->owner_pid = note->pid;
	out->net_ns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	return length;
}

struct flow_begin_row {
	struct tracee_net_flow_tcp_begin fixed;
	struct internet_addresses addresses;
};

struct flow_end_row {
	struct tracee_net_flow_tcp_end fixed;
	struct internet_addresses addresses;
};

/* Puts a row with its two addresses of 4 or 16 bytes. */
#define put_flow(event, row, length, note, boot_ns)                                                                    \
	do {                                                                                                           \
		if ((length) == 4)                                                                                     \
			put_anywhere(event, row, sizeof((row)->fixed) + 8, (note)->context, (note)->tid, boot_ns,      \
				     TRACEE_LANE_EVENTS);                                                              \
		else                                                                                                   \
			put_anywhere(event, row, sizeof((row)->fixed) + 32, (note)->context, (note)->tid, boot_ns,     \
				     TRACEE_LANE_EVENTS);                                                              \
	} while (0)

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(net_flow_tcp_begin__tp, struct sock *sk, int old, int new)
{
	struct flow_note *note = note_of(sk, old, new);
	struct flow_begin_row row = {};
	__u64 boot_ns;
	__u32 length;

	if (!note || new != TCP_ESTABLISHED)
		return 0;
	boot_ns = bpf_ktime_get_boot_ns();
	length = fill_flow(&row.fixed, &row.addresses, sk, note);
	put_flow(TRACEE_EVENT_NET_FLOW_TCP_BEGIN, &row, length, note, boot_ns);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(net_flow_tcp_end__tp, struct sock *sk, int old, int new)
{
	struct tcp_sock *tcp = (struct tcp_sock *)sk;
	struct flow_note *note = note_of(sk, old, new);
	struct flow_end_row row = {};
	__u64 boot_ns;
	__u32 length;

	if (!note)
		return 0;
	boot_ns = bpf_ktime_get_boot_ns();
	if (new == TCP_ESTABLISHED)
		note->begin_ns = boot_ns;
	if (new != TCP_CLOSE || !note->established)
		return 0;
	note->established = 0;
	length = fill_flow((struct tracee_net_flow_tcp_begin *)&row.fixed, &row.addresses, sk, note);
	row.fixed.bytes_sent = BPF_CORE_READ(tcp, bytes_sent) - BPF_CORE_READ(tcp, bytes_retrans);
	row.fixed.bytes_received = BPF_CORE_READ(tcp, bytes_received);
	/* A FIN takes a sequence number, and is counted with what it follows. */
	if (row.fixed.bytes_received && (BPF_CORE_READ(sk, __sk_common.skc_flags) & SOCK_DONE))
		row.fixed.bytes_received--;
	row.fixed.duration_ns = note->begin_ns ? boot_ns - note->begin_ns : 0;
	put_flow(TRACEE_EVENT_NET_FLOW_TCP_END, &row, length, note, boot_ns);
	return 0;
}

#endif
