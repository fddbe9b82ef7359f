/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What every program of an event does: is the task in scope, is there room, who is it; the payload; and at the end the
 * frame into its lane.
 *
 *	SEC("lsm/file_open")
 *	int BPF_PROG(security_file_open__lsm, struct file *file)
 *	{
 *		struct hook h = {};
 *		struct tracee_security_file_open *out;
 *
 *		if (!begin_hook(&h))
 *			return 0;
 *		out = hook_payload(&h, sizeof(*out));
 *		out->file = object_of_file((__u64)file, h.boot_ns, 0);
 *		...
 *		append_string(&h, name, &out->name);	(variable fields, in the order they are declared)
 *		return put_hook(&h, TRACEE_EVENT_SECURITY_FILE_OPEN, TRACEE_LANE_EVENTS);
 *	}
 *
 * A program is called EVENT__HOOK (EVENT__HOOK__PART when a hook takes several), so that the recorder finds it. It always
 * returns 0: the kernel goes on.
 */
#ifndef TRACEE_HOOK_H
#define TRACEE_HOOK_H

struct hook {
	struct task_struct *task;
	struct task_state *state;
	struct frame_room *room;
	struct side_room *side;
	__u64 boot_ns;
	__u64 context;
	__u32 used;  /* bytes of payload so far */
	__u16 flags; /* TRACEE_FLAG_... */
};

/* Begins at a hook of its own; false when the task is not in scope, or there is no room. */
static __always_inline bool begin_hook(struct hook *h)
{
	h->task = bpf_get_current_task_btf();
	h->state = state_in_scope(h->task, false);
	if (!h->state)
		return false;
	h->room = frame_room();
	h->side = h->room ? begin_work() : NULL;
	if (!h->side)
		return false;
	h->boot_ns = bpf_ktime_get_boot_ns();
	h->context = current_context(h->state, h->task, h->boot_ns);
	return true;
}

/*
 * The same where another task is concerned as well, and be it the recorder's doing: one of the two must be in scope. When
 * it is only the other, there is no state, and no context.
 */
static __always_inline bool begin_hook_on(struct hook *h, struct task_struct *other)
{
	h->task = bpf_get_current_task_btf();
	h->state = state_in_scope(h->task, true);
	if (!h->state && !bpf_task_storage_get(&tasks, other, 0, 0))
		return false;
	h->room = frame_room();
	h->side = h->room ? begin_work() : NULL;
	if (!h->side)
		return false;
	h->boot_ns = bpf_ktime_get_boot_ns();
	h->context = h->state ? current_context(h->state, h->task, h->boot_ns) : 0;
	return true;
}

/* Begins within a program that is at work already: at the entry or exit of a system call. */
static __always_inline bool begin_extra(struct hook *h, __u64 boot_ns)
{
	h->task = bpf_get_current_task_btf();
	h->state = bpf_task_storage_get(&tasks, h->task, 0, 0);
	h->room = frame_room();
	if (!h->state || !h->room)
		return false;
	h->boot_ns = boot_ns;
	/* Made current by the program that is at work: from here it would be too deep for the stack. */
	h->context = h->state->context;
	return true;
}

/* Ends without a frame. */
static __always_inline int abandon_hook(struct hook *h)
{
	if (h->side)
		h->side->busy = 0;
	return 0;
}

/* The payload's fixed part, to be filled whole. */
static __always_inline void *hook_payload(struct hook *h, __u32 size)
{
	h->used = size;
	return h->room->payload;
}

#define APPEND_LIMIT 32768 /* nothing is appended past this; what did not fit says so */

/* Appends a kernel string of at most 4095 bytes, without its NUL. */
static __always_inline void append_string(struct hook *h, const char *string, struct tracee_var *variable)
{
	long length = 0;
	__u32 used = h->used;

	variable->length = string ? 0 : TRACEE_VAR_NULL;
	variable->full = 0;
	if (!string)
		return;
	if (used > APPEND_LIMIT) {
		variable->full = ~0U;
		return;
	}
	length = bpf_probe_read_kernel_str(h->room->payload + used, 4096, string);
	if (length < 0) {
		variable->length = TRACEE_VAR_FAULT;
		variable->full = ~0U;
		return;
	}
	length = length ? (length - 1) & 4095 : 0;
	variable->length = length;
	variable->full = length == 4095 ? ~0U : length;
	h->used = used + length;
}

/* Appends at most `room` (a constant) of `full` bytes of kernel memory. */
static __always_inline void append_bytes(struct hook *h, const void *bytes, __u32 full, __u32 room,
					 struct tracee_var *variable)
{
	__u64 used = h->used, length = at_most(full, room);

	variable->length = bytes ? 0 : TRACEE_VAR_NULL;
	variable->full = full;
	if (!bytes || !length || used > APPEND_LIMIT)
		return;
	if (bpf_probe_read_kernel(h->room->payload + used, length, bytes)) {
		variable->length = TRACEE_VAR_FAULT;
		return;
	}
	variable->length = length;
	h->used = used + length;
}

/* The same for user memory. */
static __always_inline void append_user_bytes(struct hook *h, const void *bytes, __u32 full, __u32 room,
					      struct tracee_var *variable)
{
	__u64 used = h->used, length = at_most(full, room);

	variable->length = bytes ? 0 : TRACEE_VAR_NULL;
	variable->full = full;
	if (!bytes || !length || used > APPEND_LIMIT)
		return;
	if (bpf_probe_read_user(h->room->payload + used, length, bytes)) {
		variable->length = TRACEE_VAR_FAULT;
		return;
	}
	variable->length = length;
	h->used = used + length;
}

/* A variable field without a value. */
static __always_inline void append_nothing(struct tracee_var *variable)
{
	variable->length = TRACEE_VAR_NULL;
	variable->full = 0;
}

/*
 * Appends the first string that the call in progress was given, as user memory held it at its entry. NULL when the task
 * is in no call that names one.
 */
static __always_inline void append_first_text(struct hook *h, struct tracee_var *variable)
{
	const volatile struct syscall_row *row = h->state->compat ? NULL : row_of(h->state->number);
	struct stash *stash = h->state->stash != NO_STASH ? stash_at(h->state->stash) : NULL;
	__u64 slot = 0;
	__u32 i;

	append_nothing(variable);
	if (!h->state->in_call || !row || !stash)
		return;
	for (i = 0; i < MAX_ARGS; i++)
		if (row->collect[i] == TRACEE_COLLECT_PATH || row->collect[i] == TRACEE_COLLECT_TEXT) {
			slot = h->state->args[i];
			break;
		}
	/* The first variable argument lies first in the stash. */
	if (i < MAX_ARGS && !(slot & (TRACEE_VAR_NULL | TRACEE_VAR_FAULT)))
		append_bytes(h, stash->data, slot & 4095, 4095, variable);
	if (slot >> 32 == ~0U)
		variable->full = ~0U;
}

/* What a mount shows at a dentry, as numbers. */
struct place {
	__u64 dentry, mount;
};

static __always_inline struct place place_of(struct hook *h, const struct dentry *dentry, const struct vfsmount *mount)
{
	struct place place = { .dentry = number_of(h->state, dentry), .mount = number_of(h->state, mount) };

	return place;
}

static __always_inline struct place place_of_path(struct hook *h, const struct path *path)
{
	return place_of(h, BPF_CORE_READ(path, dentry), BPF_CORE_READ(path, mnt));
}

/*
 * Where the stash holds a path that the current task's call was given, the `nth` from 0 on: length, and where in the high
 * half; bit 31 when there was more of it; ~0 when there is none.
 */
__noinline __u64 path_argument(__u32 nth)
{
	struct task_state *state = bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), 0, 0);
	const volatile struct syscall_row *row;
	__u64 at = 0, slot;
	__u32 i;

	/* The stash is held from the entry to the exit. */
	if (!state || state->compat || state->stash == NO_STASH)
		return ~0ULL;
	row = row_of(state->number);
	if (!row || !row->taken)
		return ~0ULL;
	for (i = 0; i < MAX_ARGS; i++) {
		if (!is_entry_collect(row->collect[i]))
			continue;
		slot = state->args[i];
		if (row->collect[i] == TRACEE_COLLECT_PATH && !nth--) {
			if (at > LAST_START || (slot & (TRACEE_VAR_NULL | TRACEE_VAR_FAULT)))
				return ~0ULL;
			return at << 32 | (slot >> 32 == ~0U ? 1U << 31 : 0) | (slot & 4095);
		}
		at += slot & TRACEE_VAR_LENGTH_MASK;
	}
	return ~0ULL;
}

/* Appends a path as the call in progress was given it; NULL when the task is in no call that has so many. */
static __always_inline void append_path_argument(struct hook *h, __u32 nth, struct tracee_var *variable)
{
	struct stash *stash = h->state->stash != NO_STASH ? stash_at(h->state->stash) : NULL;
	__u64 where = path_argument(nth);

	append_nothing(variable);
	if (!stash || where == ~0ULL)
		return;
	append_bytes(h, stash->data + ((where >> 32) & (STASH_ROOM - 1)), where & 4095, 4095, variable);
	if (where & 1U << 31)
		variable->full = ~0U;
}

/* Appends the path of what a mount shows at a dentry. */
static __always_inline void append_path(struct hook *h, struct place place, struct tracee_var *variable)
{
	struct side_room *room = side_room();
	__u64 where = write_path(place.dentry, place.mount);
	__u32 length = where >> 32;

	append_nothing(variable);
	if (!room || !where)
		return;
	append_bytes(h, room->path + (where & (PATH_ROOM - 1)), length, 8191, variable);
	/* An empty path begins where the room ends. */
	if (where & 1U << 31)
		variable->full = ~0U;
}

/* Marks the row when the kernel is at work with another path than the one that the call was entered with. */
static __always_inline void mark_mismatch(struct hook *h)
{
	if (h->state->stash != NO_STASH && h->state->mismatch)
		h->flags |= TRACEE_FLAG_MISMATCH;
}

/* The system call that the task is in, by its number on x86_64 whatever the architecture; ~0 for none, or another ABI's. */
static __always_inline __u32 call_of(struct task_state *state)
{
	const volatile struct syscall_row *row = state->in_call && !state->compat ? row_of(state->number) : NULL;

	return row && row->event ? row->event - TRACEE_FIRST_SYSCALL_EVENT : ~0U;
}

/*
 * Puts what is made at the entry or exit of a call into the events lane. Programs there are many calls deep, and the stack
 * is small: so no struct hook.
 */
static __always_inline int put_extra(struct frame_room *room, __u64 context, __u16 event, __u64 used, __u64 boot_ns)
{
	__u64 length = at_most(sizeof(room->header) + used, sizeof(*room));

	begin_frame(&room->header, bpf_get_current_task_btf(), context, event, boot_ns);
	put_frame(&room->header, length, TRACEE_LANE_EVENTS);
	return 0;
}

/*
 * Puts the frame and ends. A control event is one of the budgeted: the life cycle has programs of its own. Always 0.
 */
static __always_inline int put_hook(struct hook *h, __u16 event, __u32 lane)
{
	struct tracee_frame *header = &h->room->header;
	__u64 length = at_most(sizeof(*header) + h->used, sizeof(struct frame_room));

	if (!is_wanted(h->state, event))
		return abandon_hook(h);
	begin_frame(header, h->task, h->context, event, h->boot_ns);
	header->flags = h->flags;
	if (lane == TRACEE_LANE_CONTROL) {
		lane = lane_of_current(h->boot_ns);
		if (lane == TRACEE_LANE_EVENTS)
			header->flags |= TRACEE_FLAG_OVER_BUDGET;
	}
	put_frame(header, length, lane);
	if (h->side)
		h->side->busy = 0;
	return 0;
}

/*
 * Puts a frame of fixed size from wherever the program runs: where that is an interrupt of our own work it has a room and a
 * ring of its own, so that it does not meet what it interrupted. `context` is 0 where the current task has nothing to do with it. `size` is a
 * constant, at most 256 bytes.
 */
static __always_inline void put_anywhere(__u16 event, const void *payload, __u32 size, __u64 context, __u32 tid,
					 __u64 boot_ns, __u32 lane)
{
	struct side_room *room = side_room();
	bool interrupts = room && room->busy;

	room = begin_work_in(interrupts ? interrupt_room() : room);
	if (!room)
		return;
	bpf_probe_read_kernel(room->payload, size, payload);
	room->header.boot_ns = boot_ns;
	room->header.context = context;
	room->header.tid = tid;
	room->header.event = event;
	room->header.flags = 0;
	put_frame(&room->header, sizeof(room->header) + size, interrupts ? INTERRUPT_RING : lane);
	room->busy = 0;
}

#endif
