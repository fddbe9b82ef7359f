/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Frames into rings, and an account of those for which there was no room. */
#ifndef TRACEE_LANE_H
#define TRACEE_LANE_H

static __always_inline struct side_room *side_room(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&side_rooms, &zero);
}

static __always_inline struct side_room *interrupt_room(void)
{
	__u32 one = 1;

	return bpf_map_lookup_elem(&side_rooms, &one);
}

/*
 * Marks this CPU as at work on a frame, or says that it shall not be: in this order, so that an interrupt that finds it
 * idle after `stopping` was set knows that no frame follows. A program on a trampoline can be preempted, and another then
 * finds its room in use: what it had to say is lost, and counted.
 */
static __always_inline struct side_room *begin_work_in(struct side_room *room)
{
	if (!room)
		return NULL;
	if (room->busy) {
		if (!stopping)
			__sync_fetch_and_add(&refused, 1);
		return NULL;
	}
	room->busy = 1;
	if (stopping) {
		room->busy = 0;
		return NULL;
	}
	return room;
}

static __always_inline struct side_room *begin_work(void)
{
	return begin_work_in(side_room());
}

static __always_inline void *ring_of(__u32 lane)
{
	__u32 index = bpf_get_smp_processor_id() * RINGS + lane;

	return bpf_map_lookup_elem(&rings, &index);
}

/* Ids are sparse (4096 and up for system calls); counters are dense. */
static __always_inline __u64 event_slot(__u16 event)
{
	__u64 slot = event < 512 ? event : 512 + ((event - (TRACEE_FIRST_SYSCALL_EVENT - 4)) & 1023);

	return at_most(slot, EVENT_SLOTS - 1);
}

/* Frames of the artifacts lane that were lost, by all CPUs: the recorder looks here before it calls anything whole. */
__u64 content_lost = 0;

/* Global, as settle_losses(), so that the verifier looks at it once and not at each of its callers. */
__noinline int count_loss(__u32 lane_number, __u32 event, __u64 boot_ns, __u64 sequence)
{
	struct lane_state *lane = bpf_map_lookup_elem(&lanes, &lane_number);
	__u64 slot = event_slot(event);
	__u32 kinds;

	if (!lane)
		return 0;

	if (!lane->lost) {
		lane->first_sequence = sequence;
		lane->first_ns = boot_ns;
	}
	lane->lost++;
	if (lane_number == TRACEE_LANE_ARTIFACTS)
		__sync_fetch_and_add(&content_lost, 1);
	lane->last_sequence = sequence;
	lane->last_ns = boot_ns;
	if (lane->count[slot]++)
		return 0;
	kinds = lane->kinds;
	if (kinds < LOSS_KINDS) {
		lane->kind[kinds] = event;
		lane->kinds = kinds + 1;
	} else {
		lane->count[slot] = 0;
		lane->overflow++;
	}
	return 0;
}

struct loss_count {
	__u16 event;
	__u16 zero;
	__u32 count;
};

/* A loss frame under construction, behind what the side room holds: a frame there may be waiting to follow this one. */
struct loss_room {
	struct tracee_frame header;
	struct tracee_loss loss;
	struct loss_count counts[2 * LOSS_KINDS];
};

/*
 * Room to put a packet together in, for each level of each CPU: the programs may be interrupted, and preempted, and who comes
 * then takes the next level.
 */
#define PACKET_DATA (64 * 1024)
#define PACKET_START 128
struct packet_flow {
	__u32 net_ns;
	__u16 local_port, remote_port;
	__u8 protocol, family;
	__u16 zero;
	__u32 reserved;
	__u64 local[2], remote[2];
};

/* What filters of packets ask about. */
struct packet_ends {
	__u64 from[2], to[2];
	__u32 version;	 /* of IP, as which the addresses are to be taken; 0 for none */
	__u32 transport; /* NO_TRANSPORT when it was not found */
	__u32 has_ports;
	__u32 source, destination;
	__u32 reserved;
};
#define NO_TRANSPORT 256

struct packet_room {
	__u32 busy;
	__u32 has_flow;
	struct packet_flow flow;
	struct packet_ends ends;
	__u8 start[PACKET_START]; /* of the packet */
	struct tracee_frame header;
	union {
		struct tracee_net_packet_raw packet;
		__u8 payload[sizeof(struct tracee_net_packet_raw) + 16 + PACKET_DATA];
	};
	struct loss_room loss;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct packet_room);
} packet_rooms SEC(".maps");

static __always_inline struct packet_room *packet_room(__u32 level)
{
	__u32 index = bpf_get_smp_processor_id() * PACKET_LEVELS + level;

	return bpf_map_lookup_elem(&packet_rooms, &index);
}

/* The lane that a ring is of, and what its frames have in their CPU's number. */
static __always_inline __u32 lane_of_ring(__u32 ring)
{
	return ring >= PACKET_RING ? TRACEE_LANE_PACKETS : ring == INTERRUPT_RING ? TRACEE_LANE_EVENTS : ring;
}

static __always_inline __u32 cpu_bits_of_ring(__u32 ring)
{
	return ring >= PACKET_RING ? (ring - PACKET_RING) * INTERRUPT_CPU : ring == INTERRUPT_RING ? INTERRUPT_CPU : 0;
}

static __always_inline struct loss_room *loss_room(__u32 lane_number)
{
	__u32 index = lane_number == INTERRUPT_RING;
	struct packet_room *packets;
	struct side_room *room;

	if (lane_number >= PACKET_RING) {
		packets = packet_room(lane_number - PACKET_RING);
		return packets ? &packets->loss : NULL;
	}
	room = bpf_map_lookup_elem(&side_rooms, &index);
	if (!room)
		return NULL;
	/* Opaque, or the compiler adds first and looks afterwards, which older verifiers (6.1) refuse. */
	asm volatile("" : "+r"(room));
	return (struct loss_room *)(room->payload + 8192);
}

/*
 * Sixteen kinds' counts into the loss frame, from the one that `work` says on, or, when that is placed, back to zero; true while
 * there are more. A loop of loops, so that the verifier counts 32 + 16 rounds and not 512. Two arguments, since each takes a
 * word of a stack that is nearly used up here (512 bytes for all callers together).
 */
#define SETTLE_PLACED (1U << 16)
__noinline int settle_kinds(__u32 lane_number, __u32 work)
{
	struct lane_state *lane = bpf_map_lookup_elem(&lanes, &lane_number);
	struct loss_room *out = loss_room(lane_number);
	__u32 index = work & ~SETTLE_PLACED, keep = work & SETTLE_PLACED ? 0 : ~0U, i;

	if (!lane || !out)
		return 0;
	for (i = 0; i < 16; i++) {
		__u32 at = (index + i) & (LOSS_KINDS - 1);
		__u64 slot = event_slot(lane->kind[at]);

		if (index + i >= lane->kinds)
			return 0;
		/* A frame that is placed may be written over. */
		out->counts[at].event = lane->kind[at];
		out->counts[at].zero = 0;
		out->counts[at].count = lane->count[slot];
		lane->count[slot] &= keep;
	}
	return 1;
}

/* Puts what is owed to this lane on record. False when there is no room for that either. */
__noinline int settle_losses(__u32 lane_number)
{
	struct lane_state *lane = bpf_map_lookup_elem(&lanes, &lane_number);
	struct loss_room *out = loss_room(lane_number);
	void *ring = ring_of(lane_number);
	__u32 kinds, length, i;

	if (!out || !ring || !lane)
		return false;
	kinds = lane->kinds & (2 * LOSS_KINDS - 1);
	for (i = 0; i < LOSS_KINDS; i += 16)
		if (!settle_kinds(lane_number, i))
			break;
	if (lane->overflow) {
		out->counts[kinds].event = 0;
		out->counts[kinds].zero = 0;
		out->counts[kinds].count = lane->overflow;
		kinds++;
	}
	length = kinds * sizeof(struct loss_count);
	out->loss.first_sequence = lane->first_sequence;
	out->loss.last_sequence = lane->last_sequence;
	out->loss.first_boot_ns = lane->first_ns;
	out->loss.last_boot_ns = lane->last_ns;
	out->loss.count = lane->lost;
	out->loss.cpu = bpf_get_smp_processor_id() | cpu_bits_of_ring(lane_number);
	out->loss.lane = lane_of_ring(lane_number);
	out->loss.reason = TRACEE_LOSS_NO_ROOM;
	out->loss.counts.length = length;
	out->loss.counts.full = length;
	length += sizeof(out->loss);
	out->header.boot_ns = bpf_ktime_get_boot_ns();
	out->header.context = 0;
	out->header.tid = 0;
	out->header.sequence = lane->sequence + 1;
	out->header.event = TRACEE_EVENT_LOSS;
	out->header.flags = 0;
	out->header.length = length;
	length += sizeof(out->header);
	if (length > sizeof(*out) || bpf_ringbuf_output(ring, out, length, BPF_RB_NO_WAKEUP))
		return false;
	lane->sequence++;
	for (i = 0; i < LOSS_KINDS; i += 16)
		if (!settle_kinds(lane_number, i | SETTLE_PLACED))
			break;
	lane->kinds = 0;
	lane->overflow = 0;
	lane->lost = 0;
	return true;
}

/*
 * Numbers the frame and puts it into a ring of this CPU. `length` is that of header and payload. The header's time,
 * event, flags, context and tid are set by the caller. Returns 0, or -1 when there was no room: then it is counted.
 */
static __always_inline int put_frame(struct tracee_frame *frame, __u32 length, __u32 lane_number)
{
	struct lane_state *lane = bpf_map_lookup_elem(&lanes, &lane_number);
	void *ring = ring_of(lane_number);
	__u64 sequence, wake = BPF_RB_NO_WAKEUP;

	if (!lane || !ring)
		return -1;
	if (lane->lost && !settle_losses(lane_number)) {
		sequence = __sync_fetch_and_add(&lane->sequence, 1) + 1;
		count_loss(lane_number, frame->event, frame->boot_ns, sequence);
		return -1;
	}
	sequence = __sync_fetch_and_add(&lane->sequence, 1) + 1;
	frame->sequence = sequence;
	frame->length = length - sizeof(struct tracee_frame);
	/* The recorder looks by the clock; only a ring that fills faster than that wakes it. */
	if (lane->wakes || (!(sequence & 127) && bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) > wakeup_bytes)) {
		lane->wakes = 0;
		wake = BPF_RB_FORCE_WAKEUP;
	}
	if (bpf_ringbuf_output(ring, frame, length, wake)) {
		count_loss(lane_number, frame->event, frame->boot_ns, sequence);
		return -1;
	}
	return 0;
}

/* put_frame() of what the side room holds, verified once for all who put contexts and objects. */
__noinline int put_side_frame(__u32 length, __u32 lane_number)
{
	struct side_room *room = side_room();

	if (!room || length > sizeof(struct tracee_frame) + sizeof(room->payload))
		return -1;
	return put_frame(&room->header, length, lane_number);
}

/*
 * The lane for a control frame that is not of the life cycle: control while the process has budget this second, then
 * events, so that a flood of objects or contexts cannot push out an exec.
 */
static __always_inline __u32 budgeted_lane(struct task_state *leader, __u64 boot_ns)
{
	__u64 second = boot_ns >> 30;

	if (!leader)
		return TRACEE_LANE_CONTROL;
	if (leader->budget_second != second) {
		leader->budget_second = second;
		leader->budget_used = 0;
	}
	if (leader->budget_used >= control_budget)
		return TRACEE_LANE_EVENTS;
	leader->budget_used++;
	return TRACEE_LANE_CONTROL;
}

/* The same for a frame of the current task's. */
__noinline __u32 lane_of_current(__u64 boot_ns)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return budgeted_lane(bpf_task_storage_get(&tasks, task->group_leader, 0, 0), boot_ns);
}

#endif
