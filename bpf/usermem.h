/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a system call was given in user memory: strings, arrays, addresses, structures. It is read at the entry, into a
 * stash that waits for the exit; the program may change it afterwards, so all of it is marked `from_user`.
 */
#ifndef TRACEE_USERMEM_H
#define TRACEE_USERMEM_H

#define STRING_ROOM 4096
#define SOCKADDR_ROOM 128
#define MAX_STRINGS 512
#define MAX_IOVECS 64
/* No string is begun past this, so that each finds STRING_ROOM. */
#define LAST_START (STASH_ROOM - STRING_ROOM)
/* The descriptor of an argument that no stash was free for: not known, and it says so. */
#define NOT_COLLECTED ((~0ULL << 32) | TRACEE_VAR_FAULT)

static __always_inline struct stash *stash_at(__u32 number)
{
	__u32 index = number - 1;

	return bpf_map_lookup_elem(&stashes, &index);
}

/* Takes this stash; false when somebody has it. */
__noinline int take_stash_at(__u32 number)
{
	struct stash *stash = stash_at(number);

	if (!stash || stash->taken || __sync_val_compare_and_swap(&stash->taken, 0, 1))
		return false;
	stash->used = 0;
	return true;
}

/* Takes a free stash, beginning with this CPU's share; NO_STASH when none is free. */
__noinline __u32 take_stash(void)
{
	__u32 start = bpf_get_smp_processor_id() * (stash_count / cpus);
	__u32 i;

	for (i = 0; i < MAX_STASHES && i < stash_count; i++) {
		__u32 number = (start + i) % stash_count + 1;

		if (take_stash_at(number))
			return number;
	}
	__sync_fetch_and_add(&stash_exhausted, 1);
	return NO_STASH;
}

/* This CPU's own, for the rest of an exit. */
static __always_inline __u32 exit_stash(void)
{
	__u32 number = stash_count + bpf_get_smp_processor_id() + 1;
	struct stash *stash = stash_at(number);

	if (!stash)
		return NO_STASH;
	stash->used = 0;
	return number;
}

static __always_inline void release_stash(struct task_state *state)
{
	struct stash *stash;

	if (state->stash == NO_STASH)
		return;
	stash = stash_at(state->stash);
	state->stash = NO_STASH;
	if (stash)
		__sync_val_compare_and_swap(&stash->taken, 1, 0);
}

/* One variable argument: where it is read to, and what came of it. */
struct collection {
	__u64 pointer;
	__u64 length;
	__u32 stash;
	__u32 at; /* begins here in the stash's data */
	__u32 stored;
	__u32 full;
	__u32 flags;
	__u32 count;
};

/* A string that ends with a NUL. */
static __always_inline void collect_text(struct collection *c, struct stash *stash)
{
	long length;
	__u32 at = c->at;

	if (at > LAST_START) {
		c->full = ~0U;
		return;
	}
	length = bpf_probe_read_user_str(stash->data + at, STRING_ROOM, (void *)c->pointer);
	if (length < 0) {
		c->flags |= TRACEE_VAR_FAULT;
		c->full = ~0U;
		return;
	}
	c->stored = length ? (length - 1) & (STRING_ROOM - 1) : 0;
	c->full = length == STRING_ROOM ? ~0U : c->stored;
}

/* One string of an array; true while there may be another. Global: see walk_step(). */
__noinline int collect_next_text(struct collection *c)
{
	struct stash *stash;
	__u64 pointer = 0;
	__u32 at;
	long length;

	if (!c)
		return 0;
	stash = stash_at(c->stash);
	if (!stash)
		return 0;
	if (bpf_probe_read_user(&pointer, sizeof(pointer), (void *)(c->pointer + 8ULL * c->count))) {
		c->flags |= TRACEE_VAR_FAULT;
		c->full = ~0U;
		return 0;
	}
	if (!pointer)
		return 0;
	at = c->at + c->stored;
	if (at > LAST_START) {
		c->full = ~0U;
		return 0;
	}
	length = bpf_probe_read_user_str(stash->data + at, STRING_ROOM, (void *)pointer);
	if (length < 0) {
		c->flags |= TRACEE_VAR_FAULT;
		c->full = ~0U;
		return 0;
	}
	if (length == STRING_ROOM)
		c->full = ~0U;
	c->stored += length & (2 * STRING_ROOM - 1);
	c->count++;
	return 1;
}

__noinline int collect_next_texts(struct collection *c)
{
	__u32 i;

	if (!c)
		return 0;
	for (i = 0; i < 16; i++)
		if (!collect_next_text(c))
			return 0;
	return 1;
}

/* One length of an iovec; true while there may be another. */
__noinline int collect_next_iovec(struct collection *c)
{
	struct stash *stash;
	__u64 iovec[2] = {};
	__u32 at;

	if (!c)
		return 0;
	stash = stash_at(c->stash);
	if (!stash || c->count >= c->length)
		return 0;
	at = c->at + c->stored;
	if (at > LAST_START)
		return 0;
	if (bpf_probe_read_user(iovec, sizeof(iovec), (void *)(c->pointer + 16ULL * c->count))) {
		c->flags |= TRACEE_VAR_FAULT;
		return 0;
	}
	__builtin_memcpy(stash->data + at, &iovec[1], 8);
	c->stored += 8;
	c->count++;
	return 1;
}

/* Exactly so many bytes, cut to `room`. */
static __always_inline void collect_bytes(struct collection *c, struct stash *stash, __u32 room)
{
	__u32 at = c->at, length = c->length;

	c->full = length;
	if (at > LAST_START)
		return;
	if (length > room)
		length = room;
	if (bpf_probe_read_user(stash->data + at, length & 255, (void *)c->pointer)) {
		c->flags |= TRACEE_VAR_FAULT;
		return;
	}
	c->stored = length & 255;
}

struct user_msghdr {
	__u64 name;
	__s32 name_length;
	__s32 pad;
};

static __always_inline void collect_message_name(struct collection *c, struct stash *stash)
{
	struct user_msghdr message = {};

	if (bpf_probe_read_user(&message, sizeof(message), (void *)c->pointer)) {
		c->flags |= TRACEE_VAR_FAULT;
		c->full = ~0U;
		return;
	}
	if (!message.name) {
		c->flags |= TRACEE_VAR_NULL;
		return;
	}
	c->pointer = message.name;
	c->length = (__u32)message.name_length;
	collect_bytes(c, stash, SOCKADDR_ROOM);
}

static __always_inline void collect_address_out(struct collection *c, struct stash *stash, __u64 length_pointer)
{
	__s32 length = 0;

	if (bpf_probe_read_user(&length, sizeof(length), (void *)length_pointer) || length < 0) {
		c->flags |= TRACEE_VAR_FAULT;
		c->full = ~0U;
		return;
	}
	c->length = length;
	collect_bytes(c, stash, SOCKADDR_ROOM);
}

static __always_inline bool is_exit_collect(__u8 collect)
{
	return collect == TRACEE_COLLECT_SOCKADDR_OUT || collect == TRACEE_COLLECT_MSG_NAME_OUT ||
	       collect == TRACEE_COLLECT_FD_PAIR_OUT;
}

/*
 * Reads one argument into the stash; returns its descriptor as the row's slot holds it. Global, so that it is verified
 * once and not for each of six arguments.
 */
__noinline __u64 collect_argument(__u32 stash_index, __u64 pointer, __u64 aux_value, __u32 what)
{
	struct collection c = {};
	struct stash *stash = stash_at(stash_index);
	__u32 i;

	if (!stash)
		return NOT_COLLECTED;
	c.pointer = pointer;
	c.stash = stash_index;
	c.at = stash->used;
	if (!pointer) {
		c.flags |= TRACEE_VAR_NULL;
		goto out;
	}
	switch (what) {
	case TRACEE_COLLECT_PATH:
	case TRACEE_COLLECT_TEXT:
		collect_text(&c, stash);
		break;
	case TRACEE_COLLECT_TEXT_ARRAY:
		for (i = 0; i < MAX_STRINGS / 16; i++)
			if (!collect_next_texts(&c))
				break;
		if (i == MAX_STRINGS / 16)
			c.full = ~0U;
		if (!c.full)
			c.full = c.stored;
		break;
	case TRACEE_COLLECT_IOVEC_LENGTHS:
		c.length = aux_value;
		for (i = 0; i < MAX_IOVECS; i++)
			if (!collect_next_iovec(&c))
				break;
		c.full = aux_value > 1024 ? ~0U : aux_value * 8;
		break;
	case TRACEE_COLLECT_SOCKADDR_IN:
		c.length = (__u32)aux_value;
		collect_bytes(&c, stash, SOCKADDR_ROOM);
		break;
	case TRACEE_COLLECT_STRUCT_IN:
		c.length = aux_value;
		collect_bytes(&c, stash, SOCKADDR_ROOM);
		break;
	case TRACEE_COLLECT_MSG_NAME:
	case TRACEE_COLLECT_MSG_NAME_OUT:
		collect_message_name(&c, stash);
		break;
	case TRACEE_COLLECT_SOCKADDR_OUT:
		collect_address_out(&c, stash, aux_value);
		break;
	case TRACEE_COLLECT_FD_PAIR_OUT:
		c.length = 8;
		collect_bytes(&c, stash, 8);
		break;
	}
out:
	if (c.stored > STASH_ROOM)
		c.stored = 0;
	stash->used = c.at + c.stored;
	return (__u64)c.full << 32 | c.stored | c.flags;
}

/*
 * Reads the current task's variable arguments: at the entry those that the kernel is about to read, at the exit those
 * that it has written. A call that failed has written nothing.
 */
__noinline int collect_arguments(__u32 number, __u32 at_exit, __u32 failed)
{
	struct task_state *state = bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), 0, 0);
	const volatile struct syscall_row *row;
	__u32 i;

	if (!state)
		return 0;
	row = &syscalls[number & (MAX_SYSCALLS - 1)];
	if (state->stash == NO_STASH)
		state->stash = at_exit ? exit_stash() : take_stash();
	for (i = 0; i < MAX_ARGS; i++) {
		__u32 what = row->collect[i];
		__u64 aux = row->aux[i];

		if (what < TRACEE_COLLECT_PATH || is_exit_collect(what) != !!at_exit)
			continue;
		state->pointers[i] = state->args[i];
		/* The environment is taken only on request: so much that its length is not known. */
		if (what == TRACEE_COLLECT_TEXT_ARRAY && aux && !record_environment) {
			state->args[i] = state->args[i] ? ~0ULL << 32 : TRACEE_VAR_NULL;
			continue;
		}
		if (what != TRACEE_COLLECT_STRUCT_IN)
			aux = state->args[bounded(aux, SLOTS)];
		state->args[i] = failed ? 0 : collect_argument(state->stash, state->args[i], aux, what);
		if (state->args[i] & TRACEE_VAR_FAULT)
			state->faulted = 1;
	}
	return 0;
}

/*
 * Reads the variable arguments once more, at the exit: a page that nobody had touched before the call is not there at
 * its entry, but the kernel has brought it in since; or there was no stash free for it. Results come after arguments, so
 * they are not yet in the stash.
 */
__noinline int collect_arguments_again(__u32 number)
{
	struct task_state *state = bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), 0, 0);
	const volatile struct syscall_row *row;
	struct stash *stash;
	__u32 i;

	if (!state)
		return 0;
	if (state->stash == NO_STASH)
		state->stash = exit_stash();
	stash = stash_at(state->stash);
	if (!stash)
		return 0;
	stash->used = 0;
	row = &syscalls[number & (MAX_SYSCALLS - 1)];
	for (i = 0; i < MAX_ARGS; i++) {
		__u32 what = row->collect[i];

		if (what >= TRACEE_COLLECT_PATH && !is_exit_collect(what))
			state->args[i] = state->pointers[i];
	}
	state->faulted = 0;
	state->reread = 1;
	return collect_arguments(number, false, false);
}

#endif
