/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packets, with who sent or received them. Who uses a socket is noted where that is known, at the calls of processes; a packet,
 * which may come at any time, finds it by the socket's cookie. Nothing is ever dropped, and nothing is decoded but what it takes
 * to find a packet's flow.
 */
#ifndef TRACEE_PACKETS_H
#define TRACEE_PACKETS_H

#define EEXIST 17
#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_ARP 0x0806
#define ETHERTYPE_IPV6 0x86dd
#define IPPROTO_HOPOPTS 0
#define IPPROTO_ROUTING 43
#define IPPROTO_FRAGMENT 44
#define IPPROTO_AH 51
#define IPPROTO_DSTOPTS 60
#define IPPROTO_SCTP 132
#define ETHERNET_HEADER 14
#define ARPHRD_ETHER 1
#define ARPHRD_LOOPBACK 772
#define TCP_TIME_WAIT 6
#define PASS 1 /* what a program of a control group returns for a packet that goes on */

/* Bytes of a packet that are kept: behind the transport header when there are so many, or from the beginning on. */
const volatile __u32 packet_payload_bytes = 128;
const volatile __u32 packet_bytes = 0;
const volatile __u32 packets_at_sockets = 0; /* programs of control groups are attached */

/*
 * Those programs see what is sent for a connection that is not there yet, over IPv4 and over IPv6: since 6.5; stable kernels
 * before (6.1.192) may show one and not the other.
 */
__u32 requests_at_sockets[2] = {};

__u64 packets_left_out = 0; /* that would have been recorded but for the filter */

/* Who used a socket last. Also of processes that are not in scope: what was theirs before is theirs no more. */
struct socket_user {
	__u64 context;
	__u32 tid;
	__u32 is_outside;
};

/* By socket_key(). */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 64);
	__type(key, __u64);
	__type(value, struct socket_user);
} socket_users SEC(".maps");

/* Whose the last packet of a flow was, as one end of it sees it. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 64);
	__type(key, struct packet_flow);
	__type(value, struct socket_user);
} packet_flows SEC(".maps");

/*
 * What came in and was not yet seen at a socket, by the address of its data. When it is freed as such, it was for none. What else
 * takes the address meanwhile does not have the same header.
 */
struct packet_mark {
	__u64 boot_ns;
	__u64 device;
	__u64 words[2];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 64);
	__type(key, __u64);
	__type(value, struct packet_mark);
} packet_marks SEC(".maps");

/*
 * What is used least makes room in both, and nothing tells of that. So what is noted anew is counted: as long as it is no more
 * than `owners_kept`, nothing was forgotten. From then on whoever is not found may be.
 */
const volatile __u64 owners_kept = 0;
__u64 sockets_noted = 0, flows_noted = 0;
__u64 sockets_forgotten_ns = 0, flows_forgotten_ns = 0; /* when that began to be possible, 0 when it did not */
__u64 packets_forgotten = 0; /* packets whose owner was not found, and may have been forgotten */

static __always_inline void note_new(__u64 *noted, __u64 *forgotten_ns)
{
	if (__sync_fetch_and_add(noted, 1) >= owners_kept && !*forgotten_ns)
		*forgotten_ns = bpf_ktime_get_boot_ns();
}

/* Notes a socket's user, in place of `known`. Who was it before is it no more, also where there is no room for the new one. */
static __always_inline void set_socket_user(__u64 *key, struct socket_user *user, struct socket_user *known)
{
	if (bpf_map_update_elem(&socket_users, key, user, 0)) {
		bpf_map_delete_elem(&socket_users, key);
		sockets_forgotten_ns = sockets_forgotten_ns ?: bpf_ktime_get_boot_ns();
	} else if (!known) {
		note_new(&sockets_noted, &sockets_forgotten_ns);
	}
}

/* The address of what the verifier lets nobody reckon with: a helper reads it off the stack. */
static __always_inline __u64 address_of(const void *pointer)
{
	__u64 address = 0;

	bpf_probe_read_kernel(&address, sizeof(address), &pointer);
	return address;
}

/* The socket of a descriptor's file when packets go by it, else 0. */
static __always_inline __u64 packet_socket(__u64 file)
{
	struct socket *socket;
	struct sock *sk;
	__u16 family;

	if (!file || (BPF_CORE_READ((struct file *)file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return 0;
	socket = BPF_CORE_READ((struct file *)file, private_data);
	sk = BPF_CORE_READ(socket, sk);
	if (!sk)
		return 0;
	family = BPF_CORE_READ(sk, __sk_common.skc_family);
	return family == AF_INET || family == AF_INET6 || family == AF_PACKET ? (__u64)sk : 0;
}

/* What a socket's user is noted by: its cookie, where the kernel gives it one before its first packet, else its address. */
static __always_inline __u64 socket_key(__u64 sk)
{
	if (!packets_at_sockets || BPF_CORE_READ((struct sock *)sk, __sk_common.skc_family) == AF_PACKET)
		return sk;
	return BPF_CORE_READ((struct sock *)sk, __sk_common.skc_cookie.counter) ?: sk;
}

/* The current task uses an open file, which may be a socket; without a context it is not in scope. */
__noinline int note_socket_user(__u64 file, __u64 context)
{
	struct socket_user user = { .context = context, .is_outside = !context }, *known;
	__u64 sk = packet_socket(file), key;

	if (!sk)
		return 0;
	key = socket_key(sk);
	user.tid = bpf_get_current_pid_tgid();
	known = bpf_map_lookup_elem(&socket_users, &key);
	if (!known || known->context != user.context || known->tid != user.tid)
		set_socket_user(&key, &user, known);
	return 0;
}

/* In a keyframe: a socket that was open before the recording. Whoever uses it next is its user then. */
static __always_inline void note_open_socket(struct file *file, struct task_struct *task, struct task_state *state)
{
	struct socket_user user = { .context = state->context, .tid = task->pid };
	struct socket *socket;
	__u64 key;
	long error;

	if (!(captured & CAPTURE_NET))
		return;
	socket = bpf_sock_from_file(file);
	if (!socket || !socket->sk)
		return;
	if (packets_at_sockets)
		bpf_get_socket_cookie(socket->sk);
	key = packet_socket(address_of(file));
	key = key ? socket_key(key) : 0;
	if (!key || bpf_map_lookup_elem(&socket_users, &key))
		return;
	error = bpf_map_update_elem(&socket_users, &key, &user, BPF_NOEXIST);
	if (!error)
		note_new(&sockets_noted, &sockets_forgotten_ns);
	else if (error != -EEXIST && !sockets_forgotten_ns)
		sockets_forgotten_ns = bpf_ktime_get_boot_ns();
}

/* Calls by which a socket is used, by their numbers on x86_64. */
enum {
	CALL_CLOSE_SOCKET = 3,
	CALL_SOCKET = 41,
	CALL_ACCEPT = 43,
	CALL_ACCEPT4 = 288,
};
#define NOT_A_SOCKET_CALL 7

/* The argument that is the socket; bit 4: so is the third. */
static __always_inline __u32 socket_argument(__u32 call)
{
	switch (call) {
	case 0: /* read */
	case 1: /* write */
	case 3: /* close */
	case 19: /* readv */
	case 20: /* writev */
	case 42: /* connect */
	case 43: /* accept */
	case 44: /* sendto */
	case 45: /* recvfrom */
	case 46: /* sendmsg */
	case 47: /* recvmsg */
	case 48: /* shutdown */
	case 49: /* bind */
	case 50: /* listen */
	case 54: /* setsockopt */
	case 288: /* accept4 */
	case 299: /* recvmmsg */
	case 307: /* sendmmsg */
		return 0;
	case 40: /* sendfile */
	case 275: /* splice */
		return 4;
	}
	return NOT_A_SOCKET_CALL;
}

static __always_inline __u32 call_numbered(__s64 number)
{
	const volatile struct syscall_row *row = row_of(number);

	return row && row->event ? row->event - TRACEE_FIRST_SYSCALL_EVENT : ~0U;
}

/* Notes the user of a socket: the current task, with its context when it is in scope. */
static __always_inline int note_current_user(struct task_struct *task, __u64 file)
{
	struct hook h = {};

	if (!packet_socket(file))
		return 0;
	if (begin_hook(&h))
		abandon_hook(&h);
	/* In scope, though its context cannot be told now: it remains as it is. */
	else if (state_in_scope(task, false))
		return 0;
	return note_socket_user(file, h.context);
}

static __always_inline int note_socket_call(struct pt_regs *regs, __s64 number)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 call, argument;
	__u64 args[SLOTS], file;

	if (is_compat(task))
		return 0;
	call = call_numbered(number);
	argument = socket_argument(call);
	if (argument == NOT_A_SOCKET_CALL)
		return 0;
	read_arguments(regs, number, false, args);
	file = file_of_fd(task, args[0]);
	/* Whoever gives a socket away and closes it is not the one that uses it. */
	if (call == CALL_CLOSE_SOCKET && file && !has_one_reference((struct file *)file))
		return 0;
	note_current_user(task, file);
	if (argument == 4)
		note_current_user(task, file_of_fd(task, call == 40 ? args[1] : args[2]));
	return 0;
}

static __always_inline int note_new_socket(struct pt_regs *regs, __s64 ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 call;

	if (ret < 0 || is_compat(task))
		return 0;
	call = call_numbered(syscall_number(regs));
	if (call != CALL_SOCKET && call != CALL_ACCEPT && call != CALL_ACCEPT4)
		return 0;
	return note_current_user(task, file_of_fd(task, ret));
}

/* Takes the lowest level that is free on this CPU; NULL when there is none, or no frame shall be made. */
static __always_inline struct packet_room *begin_packet(__u32 *level)
{
	struct packet_room *room;

#pragma unroll
	for (*level = 0; *level < PACKET_LEVELS; (*level)++) {
		room = packet_room(*level);
		if (!room)
			return NULL;
		if (__sync_lock_test_and_set(&room->busy, 1))
			continue;
		if (!stopping)
			return room;
		room->busy = 0;
		return NULL;
	}
	if (!stopping)
		__sync_fetch_and_add(&refused, 1);
	return NULL;
}

static __always_inline __u32 start_byte(struct packet_room *room, __u64 at)
{
	return room->start[bounded(at, PACKET_START)];
}

/*
 * Finds what of the packet's beginning (of `stored` bytes in the room) is its flow. Returns how many bytes of it are headers, the
 * network's and the transport's. Ports behind extension headers and in fragments but the first are not looked for: no flow.
 */
static __noinline __u32 find_flow(struct packet_room *room, __u32 protocol, __u32 at, __u32 stored, __u32 egress)
{
	__u32 header, next, transport = 8, source, destination, i;
	struct packet_flow *flow = &room->flow;
	__u64 from[2] = {}, to[2] = {};

	room->has_flow = 0;
	if (protocol == ETHERTYPE_IPV4 && stored >= at + 20) {
		header = (start_byte(room, at) & 15) * 4;
		next = start_byte(room, at + 9);
		if (header < 20 || (start_byte(room, at + 6) & 0x1f) || start_byte(room, at + 7))
			return at + 20;
		for (i = 0; i < 4; i++) {
			from[0] = from[0] << 8 | start_byte(room, at + 12 + i);
			to[0] = to[0] << 8 | start_byte(room, at + 16 + i);
		}
	} else if (protocol == ETHERTYPE_IPV6 && stored >= at + 40) {
		header = 40;
		next = start_byte(room, at + 6);
		for (i = 0; i < 8; i++) {
			from[0] = from[0] << 8 | start_byte(room, at + 8 + i);
			from[1] = from[1] << 8 | start_byte(room, at + 16 + i);
			to[0] = to[0] << 8 | start_byte(room, at + 24 + i);
			to[1] = to[1] << 8 | start_byte(room, at + 32 + i);
		}
	} else {
		return at + 40;
	}
	at += header;
	if (next == IPPROTO_TCP)
		transport = stored >= at + 13 ? (start_byte(room, at + 12) >> 4) * 4 : 20;
	if ((next != IPPROTO_TCP && next != IPPROTO_UDP) || stored < at + 4)
		return at + transport;
	source = start_byte(room, at) << 8 | start_byte(room, at + 1);
	destination = start_byte(room, at + 2) << 8 | start_byte(room, at + 3);
	flow->local_port = egress ? source : destination;
	flow->remote_port = egress ? destination : source;
	flow->local[0] = egress ? from[0] : to[0];
	flow->local[1] = egress ? from[1] : to[1];
	flow->remote[0] = egress ? to[0] : from[0];
	flow->remote[1] = egress ? to[1] : from[1];
	flow->protocol = next;
	flow->family = protocol == ETHERTYPE_IPV4 ? 4 : 6;
	flow->zero = 0;
	flow->reserved = 0;
	room->has_flow = 1;
	return at + transport;
}

static __always_inline void set_flow_user(struct packet_room *room, struct socket_user *user, struct socket_user *known)
{
	if (bpf_map_update_elem(&packet_flows, &room->flow, user, 0)) {
		bpf_map_delete_elem(&packet_flows, &room->flow);
		flows_forgotten_ns = flows_forgotten_ns ?: bpf_ktime_get_boot_ns();
	} else if (!known) {
		note_new(&flows_noted, &flows_forgotten_ns);
	}
}

/* Whose the packet is, into the frame; false when it is not to be recorded. */
static __noinline bool find_owner(struct packet_room *room, __u64 key)
{
	struct tracee_net_packet_raw *out = &room->packet;
	struct socket_user *user = NULL, *last = NULL;

	room->header.context = 0;
	room->header.tid = 0;
	out->owner_by = TRACEE_PACKET_OWNER_BY_KERNEL;
	if (room->has_flow)
		last = bpf_map_lookup_elem(&packet_flows, &room->flow);
	if (key)
		user = bpf_map_lookup_elem(&socket_users, &key);
	if (user) {
		out->owner_by = TRACEE_PACKET_OWNER_BY_SOCKET;
		if (room->has_flow && (!last || last->context != user->context || last->tid != user->tid))
			set_flow_user(room, user, last);
	} else if (last) {
		user = last;
		out->owner_by = TRACEE_PACKET_OWNER_BY_FLOW;
	} else if ((key && sockets_forgotten_ns) || (room->has_flow && flows_forgotten_ns)) {
		__sync_fetch_and_add(&packets_forgotten, 1);
	}
	if (user && !user->is_outside) {
		room->header.context = user->context;
		room->header.tid = user->tid;
		return true;
	}
	if (user)
		out->owner_by = TRACEE_PACKET_OWNER_BY_KERNEL;
	return everyone && !scoped;
}

static __always_inline __u64 start_word(struct packet_room *room, __u64 at)
{
	__u64 word = 0;
	__u32 i;

	for (i = 0; i < 4; i++)
		word = word << 8 | start_byte(room, at + i);
	return word;
}

static __always_inline void start_address6(struct packet_room *room, __u64 at, __u64 *words)
{
	words[0] = start_word(room, at) << 32 | start_word(room, at + 4);
	words[1] = start_word(room, at + 8) << 32 | start_word(room, at + 12);
}

/* Header that may stand between that of IPv6 and the transport's. */
static __always_inline bool is_between(__u32 header)
{
	return header == IPPROTO_HOPOPTS || header == IPPROTO_ROUTING || header == IPPROTO_FRAGMENT ||
	       header == IPPROTO_AH || header == IPPROTO_DSTOPTS;
}

#define HEADERS_BETWEEN 4

/*
 * Finds addresses, transport protocol and ports in the packet's beginning, for its filter. A fragment but the first has no ports;
 * behind more than HEADERS_BETWEEN headers, or what is not in the beginning, nothing is looked for.
 */
__noinline int find_ends(__u32 level, __u32 at, __u32 stored)
{
	struct packet_room *room = packet_room(level);
	struct packet_ends *ends;
	__u32 next, length, whole = 1, i;

	if (!room)
		return 0;
	ends = &room->ends;
	ends->version = ends->has_ports = 0;
	ends->transport = NO_TRANSPORT;
	if (room->packet.protocol == ETHERTYPE_IPV4 && stored >= at + 20) {
		ends->version = 4;
		ends->transport = next = start_byte(room, at + 9);
		ends->from[0] = start_word(room, at + 12);
		ends->to[0] = start_word(room, at + 16);
		length = (start_byte(room, at) & 15) * 4;
		whole = length >= 20 && !(start_byte(room, at + 6) & 0x1f) && !start_byte(room, at + 7);
		at += length;
	} else if (room->packet.protocol == ETHERTYPE_IPV6 && stored >= at + 40) {
		ends->version = 6;
		next = start_byte(room, at + 6);
		start_address6(room, at + 8, ends->from);
		start_address6(room, at + 24, ends->to);
		at += 40;
		for (i = 0; i < HEADERS_BETWEEN && whole && is_between(next); i++) {
			if (stored < at + 8)
				return 0;
			length = start_byte(room, at + 1);
			if (next == IPPROTO_FRAGMENT) {
				whole = !start_byte(room, at + 2) && !(start_byte(room, at + 3) & 0xf8);
				length = 8;
			} else {
				length = next == IPPROTO_AH ? (length + 2) * 4 : (length + 1) * 8;
			}
			next = start_byte(room, at);
			at += length;
		}
		if (is_between(next))
			return 0;
		ends->transport = next;
	} else if (room->packet.protocol == ETHERTYPE_ARP && stored >= at + 28) {
		/* Of Ethernet and IPv4: who asks or answers, and about whom. */
		if (start_word(room, at) != 0x00010800 || (start_word(room, at + 4) >> 16) != 0x0604)
			return 0;
		ends->version = 4;
		ends->from[0] = start_word(room, at + 14);
		ends->to[0] = start_word(room, at + 24);
		return 0;
	} else {
		return 0;
	}
	if (!whole || stored < at + 4 || (next != IPPROTO_TCP && next != IPPROTO_UDP && next != IPPROTO_SCTP))
		return 0;
	ends->source = start_word(room, at) >> 16;
	ends->destination = start_word(room, at) & 0xffff;
	ends->has_ports = 1;
	return 0;
}

/* What a step that is a test says of the packet: 0 or 1. */
__noinline int packet_test(__u32 level, __u32 index)
{
	const volatile struct packet_step *step = &packet_steps[bounded(index, PACKET_STEPS)];
	struct packet_room *room = packet_room(level);
	__u32 ends = step->ends, low = step->low, high = step->high, is_it = 0;
	struct packet_ends *of;

	if (!room)
		return 0;
	of = &room->ends;
	switch (step->kind) {
	case PACKET_STEP_NETWORK:
		return room->packet.protocol == low;
	case PACKET_STEP_TRANSPORT:
		return of->transport == low && (!high || of->version == high);
	case PACKET_STEP_ADDRESS:
		if (of->version != low)
			return 0;
		is_it = (ends & PACKET_END_SOURCE) && !((of->from[0] ^ step->words[0]) & step->masks[0]) &&
			(low == 4 || !((of->from[1] ^ step->words[1]) & step->masks[1]));
		return is_it || ((ends & PACKET_END_DESTINATION) && !((of->to[0] ^ step->words[0]) & step->masks[0]) &&
				 (low == 4 || !((of->to[1] ^ step->words[1]) & step->masks[1])));
	case PACKET_STEP_PORT:
		if (!of->has_ports)
			return 0;
		is_it = (ends & PACKET_END_SOURCE) && of->source >= low && of->source <= high;
		return is_it || ((ends & PACKET_END_DESTINATION) && of->destination >= low && of->destination <= high);
	default:
		return 0;
	}
}

/* Whether the filter, of which there is one, lets the packet through. */
__noinline int passes_filter(__u32 level)
{
	__u64 results = 0, last, before;
	__u32 i;

	for (i = 0; i < PACKET_STEPS; i++) {
		if (i >= packet_steps_used)
			break;
		last = results & 1;
		before = results >> 1 & 1;
		switch (packet_steps[bounded(i, PACKET_STEPS)].kind) {
		case PACKET_STEP_AND:
			results = results >> 2 << 1 | (last & before);
			break;
		case PACKET_STEP_OR:
			results = results >> 2 << 1 | last | before;
			break;
		case PACKET_STEP_NOT:
			results ^= 1;
			break;
		default:
			results = results << 1 | (packet_test(level, i) & 1);
		}
	}
	return results & 1;
}

/* What there is of a packet, for the program that has it. */
struct packet_view {
	__u64 skb;
	__u64 device;
	__u64 begin;   /* address of its first byte, where `ctx` is not there to read by */
	__u64 key;     /* of its socket's user, 0 for none */
	__u64 cookie;
	__u64 boot_ns;
	__u32 linear;  /* bytes from there on that lie in one piece */
	__u32 length;
	__u32 link;
	__u32 direction;
	__u32 hook;
};

static __always_inline bool read_packet(void *ctx, const struct packet_view *view, void *into, __u32 length)
{
	return ctx ? !bpf_skb_load_bytes(ctx, 0, into, length) : !bpf_probe_read_kernel(into, length, (void *)view->begin);
}

static __always_inline void fill_packet(struct packet_room *room, const struct packet_view *view)
{
	struct net_device *device = (struct net_device *)view->device;
	struct tracee_net_packet_raw *out = &room->packet;
	struct sk_buff *skb = (struct sk_buff *)view->skb;
	struct skb_shared_info *shared = (void *)BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, end);

	out->cookie = view->cookie;
	out->length = view->length;
	out->gso_segs = BPF_CORE_READ(shared, gso_segs);
	out->gso_size = BPF_CORE_READ(shared, gso_size);
	out->ifindex = device ? BPF_CORE_READ(device, ifindex) : 0;
	out->protocol = __builtin_bswap16(BPF_CORE_READ(skb, protocol));
	out->direction = view->direction;
	out->link = view->link;
	out->seen_at = view->hook;
	out->net_namespace = device ? BPF_CORE_READ(device, nd_net.net, ns.inum) : 0;
	room->flow.net_ns = out->net_namespace;
}

/* A number that is not 0, or `most`: older verifiers (6.1) do not learn from a comparison with 0 that it is none. */
#define from_one(value, most) (at_most((value)-1, (most)-1) + 1)

/* Puts the frame of a packet, when somebody in scope owns it. */
static __always_inline int put_packet(void *ctx, const struct packet_view *view)
{
	__u64 wanted, stored, name, used;
	struct net_device *device;
	struct packet_room *room;
	__u32 level, headers;

	room = begin_packet(&level);
	if (!room)
		return 0;
	fill_packet(room, view);
	if (!view->linear)
		goto unread;
	stored = from_one(view->linear, PACKET_START);
	if (!read_packet(ctx, view, room->start, stored))
		goto unread;
	headers = find_flow(room, room->packet.protocol, view->link ? ETHERNET_HEADER : 0, stored,
			    view->direction == TRACEE_PACKET_DIRECTION_EGRESS);
	/* Also of packets that are left out, who owns a flow is known. */
	if (!find_owner(room, view->key))
		goto out;
	if (packet_steps_used) {
		find_ends(level, view->link ? ETHERNET_HEADER : 0, stored);
		if (!passes_filter(level)) {
			__sync_fetch_and_add(&packets_left_out, 1);
			goto out;
		}
	}
	wanted = packet_bytes ?: headers + packet_payload_bytes;
	if (wanted > view->linear)
		wanted = view->linear;
	name = 0;
	device = (struct net_device *)view->device;
	if (device) {
		long length = bpf_probe_read_kernel_str(room->payload + sizeof(room->packet), 16, device->name);

		name = length > 0 ? (length - 1) & 15 : 0;
	}
	name = at_most(name, 15);
	stored = from_one(wanted, PACKET_DATA - 1);
	if (!read_packet(ctx, view, room->payload + sizeof(room->packet) + name, stored))
		goto unread;
	room->packet.interface.length = room->packet.interface.full = name;
	room->packet.data.length = stored;
	room->packet.data.full = view->length;
	room->header.boot_ns = view->boot_ns;
	room->header.event = TRACEE_EVENT_NET_PACKET_RAW;
	room->header.flags = 0;
	used = at_most(sizeof(room->header) + sizeof(room->packet) + name + stored,
		       sizeof(room->header) + sizeof(room->payload));
	put_frame(&room->header, used, PACKET_RING + level);
out:
	room->busy = 0;
	return 0;
unread:
	/* Whose it was, and whether it was to be recorded, may not be known: it counts as lost. */
	__sync_fetch_and_add(&refused, 1);
	room->busy = 0;
	return 0;
}

static __always_inline bool is_ipv6(struct sk_buff *skb)
{
	return __builtin_bswap16(BPF_CORE_READ(skb, protocol)) == ETHERTYPE_IPV6;
}

static __always_inline int packet_at_socket(struct __sk_buff *ctx, __u32 direction)
{
	struct packet_view view = { .direction = direction, .hook = TRACEE_PACKET_HOOK_CGROUP_SKB };
	struct sk_buff *skb;
	struct sock *sk;
	__u64 head;

	view.skb = address_of(ctx);
	if (!view.skb)
		return PASS;
	skb = (struct sk_buff *)view.skb;
	view.boot_ns = bpf_ktime_get_boot_ns();
	sk = BPF_CORE_READ(skb, sk);
	view.cookie = bpf_get_socket_cookie(ctx);
	view.key = view.cookie;
	view.device = (__u64)BPF_CORE_READ(skb, dev);
	view.length = BPF_CORE_READ(skb, len);
	view.linear = view.length;
	if (direction == TRACEE_PACKET_DIRECTION_INGRESS) {
		head = (__u64)BPF_CORE_READ(skb, head);
		bpf_map_delete_elem(&packet_marks, &head);
	} else if (sk && BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_LISTEN) {
		if (is_ipv6(skb))
			requests_at_sockets[1] = 1;
		else
			requests_at_sockets[0] = 1;
	}
	put_packet(ctx, &view);
	return PASS;
}

SEC("cgroup_skb/egress")
int net_packet_raw__cgroup(struct __sk_buff *ctx)
{
	return packet_at_socket(ctx, TRACEE_PACKET_DIRECTION_EGRESS);
}

SEC("cgroup_skb/ingress")
int net_packet_raw__cgroup__ingress(struct __sk_buff *ctx)
{
	return packet_at_socket(ctx, TRACEE_PACKET_DIRECTION_INGRESS);
}

/* Has the kernel give each new socket its cookie, so that it has one before its first packet. */
SEC("cgroup/sock_create")
int net_packet_raw__cgroup__create(struct bpf_sock *ctx)
{
	bpf_get_socket_cookie(ctx);
	return PASS;
}

/* The same for one that a connection brings about. */
static __always_inline int give_cookie(struct sock *sk, int new)
{
	__u64 key;

	if (packets_at_sockets && new == TCP_ESTABLISHED)
		bpf_get_socket_cookie(sk);
	if (!packets_at_sockets && new == TCP_SYN_RECV) {
		/* It may have the address of one that is gone. */
		key = address_of(sk);
		if (!bpf_map_delete_elem(&socket_users, &key))
			__sync_fetch_and_sub(&sockets_noted, 1);
	}
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(net_packet_raw__cgroup__state, struct sock *sk, int old, int new)
{
	return give_cookie(sk, new);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(net_packet_raw__tp__state, struct sock *sk, int old, int new)
{
	return give_cookie(sk, new);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(net_packet_raw__cgroup__enter, struct pt_regs *regs, long number)
{
	return note_socket_call(regs, number);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(net_packet_raw__tp__enter, struct pt_regs *regs, long number)
{
	return note_socket_call(regs, number);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(net_packet_raw__cgroup__exit, struct pt_regs *regs, long ret)
{
	return note_new_socket(regs, ret);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(net_packet_raw__tp__exit, struct pt_regs *regs, long ret)
{
	return note_new_socket(regs, ret);
}

/* Looks at a packet where it passes an interface: from the Ethernet header on, where there is one. */
static __always_inline void view_at_interface(struct packet_view *view)
{
	struct sk_buff *skb = (struct sk_buff *)view->skb;
	struct net_device *device = (struct net_device *)view->device;
	__u16 type = BPF_CORE_READ(device, type);
	__u32 at, tail = BPF_CORE_READ(skb, tail);

	view->link = type == ARPHRD_ETHER || type == ARPHRD_LOOPBACK;
	at = view->link ? BPF_CORE_READ(skb, mac_header) : BPF_CORE_READ(skb, network_header);
	view->begin = (__u64)BPF_CORE_READ(skb, head) + at;
	view->linear = tail > at ? tail - at : 0;
	view->length = view->linear + BPF_CORE_READ(skb, data_len);
}

static __always_inline bool is_internet(struct sk_buff *skb)
{
	__u16 protocol = __builtin_bswap16(BPF_CORE_READ(skb, protocol));

	return protocol == ETHERTYPE_IPV4 || protocol == ETHERTYPE_IPV6;
}

/* Whether the programs of control groups do not see a packet that is sent. */
static __always_inline bool is_sent_past_sockets(struct sk_buff *skb, struct sock *sk)
{
	__u16 family;
	__u8 state;

	if (!packets_at_sockets || !sk || !is_internet(skb))
		return true;
	family = BPF_CORE_READ(sk, __sk_common.skc_family);
	state = BPF_CORE_READ(sk, __sk_common.skc_state);
	return family == AF_PACKET || state == TCP_TIME_WAIT ||
	       (state == TCP_NEW_SYN_RECV && !(is_ipv6(skb) ? requests_at_sockets[1] : requests_at_sockets[0]));
}

static __always_inline int packet_at_queue(struct sk_buff *skb)
{
	struct packet_view view = {
		.direction = TRACEE_PACKET_DIRECTION_EGRESS,
		.hook = TRACEE_PACKET_HOOK_NET_DEV_QUEUE,
	};
	struct sock *sk = BPF_CORE_READ(skb, sk);
	__u8 state;

	if (!is_sent_past_sockets(skb, sk))
		return 0;
	view.skb = address_of(skb);
	view.boot_ns = bpf_ktime_get_boot_ns();
	view.device = (__u64)BPF_CORE_READ(skb, dev);
	if (sk) {
		state = BPF_CORE_READ(sk, __sk_common.skc_state);
		view.cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
		/* What stands for a socket before it is there, or when it is no longer, is nobody's. */
		if (state != TCP_NEW_SYN_RECV && state != TCP_TIME_WAIT)
			view.key = socket_key(address_of(sk));
	}
	view_at_interface(&view);
	return put_packet(NULL, &view);
}

SEC("tp_btf/net_dev_queue")
int BPF_PROG(net_packet_raw__cgroup__queue, struct sk_buff *skb)
{
	return packet_at_queue(skb);
}

SEC("tp_btf/net_dev_queue")
int BPF_PROG(net_packet_raw__tp, struct sk_buff *skb)
{
	return packet_at_queue(skb);
}

static __always_inline int put_received(__u64 skb, __u64 device, __u64 boot_ns)
{
	struct packet_view view = {
		.skb = skb,
		.device = device,
		.boot_ns = boot_ns,
		.direction = TRACEE_PACKET_DIRECTION_INGRESS,
		.hook = TRACEE_PACKET_HOOK_NETIF_RECEIVE_SKB,
	};

	view_at_interface(&view);
	return put_packet(NULL, &view);
}

/* Of a packet's network header what tells it from others; false for a fragment, of which no socket is shown anything. */
static __always_inline bool read_mark(struct sk_buff *skb, struct packet_mark *mark)
{
	__u64 header = (__u64)BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, network_header), words[3] = {};
	bool is_ipv4 = __builtin_bswap16(BPF_CORE_READ(skb, protocol)) == ETHERTYPE_IPV4;

	bpf_probe_read_kernel(words, sizeof(words), (void *)header);
	/* Length, number and fragment, checksum and source; or length and source. */
	mark->words[0] = words[0];
	mark->words[1] = words[1];
	return !is_ipv4 || !((words[0] >> 48) & 0xff3f);
}

static __always_inline int packet_received(struct sk_buff *skb)
{
	__u64 address = address_of(skb), head = (__u64)BPF_CORE_READ(skb, head), boot_ns = bpf_ktime_get_boot_ns();
	__u64 device = (__u64)BPF_CORE_READ(skb, dev);
	struct packet_mark mark = { .boot_ns = boot_ns, .device = device };

	if (!packets_at_sockets || !is_internet(skb))
		return put_received(address, device, boot_ns);
	/* What is for other hosts is not for our sockets either, but goes by here. */
	if (read_mark(skb, &mark))
		bpf_map_update_elem(&packet_marks, &head, &mark, 0);
	return 0;
}

SEC("tp_btf/netif_receive_skb")
int BPF_PROG(net_packet_raw__cgroup__receive, struct sk_buff *skb)
{
	return packet_received(skb);
}

SEC("tp_btf/netif_receive_skb")
int BPF_PROG(net_packet_raw__tp__receive, struct sk_buff *skb)
{
	return packet_received(skb);
}

static __always_inline int packet_freed(struct sk_buff *skb)
{
	__u64 head = (__u64)BPF_CORE_READ(skb, head), device, boot_ns;
	struct packet_mark now = {}, *mark;
	struct skb_shared_info *shared;

	mark = bpf_map_lookup_elem(&packet_marks, &head);
	if (!mark)
		return 0;
	/* Somebody else has the same data, who may yet find a socket. */
	shared = (void *)head + BPF_CORE_READ(skb, end);
	if ((BPF_CORE_READ(shared, dataref.counter) & 0xffff) > 1)
		return 0;
	read_mark(skb, &now);
	device = mark->device;
	boot_ns = mark->boot_ns;
	if (now.words[0] != mark->words[0] || now.words[1] != mark->words[1])
		device = 0;
	bpf_map_delete_elem(&packet_marks, &head);
	return device ? put_received(address_of(skb), device, boot_ns) : 0;
}

SEC("tp_btf/kfree_skb")
int BPF_PROG(net_packet_raw__cgroup__dropped, struct sk_buff *skb)
{
	return packet_freed(skb);
}

SEC("tp_btf/consume_skb")
int BPF_PROG(net_packet_raw__cgroup__consumed, struct sk_buff *skb)
{
	return packet_freed(skb);
}

#endif
