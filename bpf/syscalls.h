/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every system call: arguments and descriptors are taken at the entry, as the kernel is about to use them; the row is
 * made at the exit. A call whose entry was not seen (seccomp refused it) is made from the exit alone.
 */
#ifndef TRACEE_SYSCALLS_H
#define TRACEE_SYSCALLS_H

#define EFAULT 14

/* Events besides the row of the call that the current task enters or leaves; see extras.h. */
int put_entry_extras(__u32 extras, __u64 boot_ns);
int put_exit_extras(__u32 extras, __s64 ret, __u64 boot_ns);
int note_mapped_code(__u64 address, __u64 boot_ns); /* executed.h */
/* Looks whether a socket was connected to what user memory named; see sockets.h. */
int compare_peer(__s64 ret);

/*
 * Takes arguments: descriptors become objects, what user memory holds goes to a stash. Not inlined, so that its part of
 * the stack is not there while the events of a call's entry are made (until 6.12 there are 512 bytes for all).
 */
static __noinline int take_arguments(struct task_struct *task, struct task_state *state,
				     const volatile struct syscall_row *row, __u64 boot_ns)
{
	__u8 flags = row->flags;

	if (row->fds > 0)
		state->objects[0] = object_of_fd(task, state->args[bounded(row->fd[0], SLOTS)], boot_ns, 0);
	if (row->fds > 1)
		state->objects[1] = object_of_fd(task, state->args[bounded(row->fd[1], SLOTS)], boot_ns, 0);
	if (flags & SYSCALL_NAMES_PATH)
		state->cwd = working_directory(task, boot_ns);
	if (flags & SYSCALL_STASH)
		collect_arguments(state->number, false, false);
	return 0;
}

struct syscall_payload {
	__s64 ret;
	__u64 slots[2 * SLOTS];
};

/* The object slots of a row, after `at` argument slots; returns how many slots there are then. */
static __always_inline __u32 add_objects(struct task_struct *task, struct task_state *state,
					 const volatile struct syscall_row *row, struct syscall_payload *out, __u32 at,
					 __s64 ret, __u64 pair_pointer, __u64 boot_ns)
{
	__u8 flags = row->flags;

	if (row->readdresses)
		state->objects[0] = object_of_new_fd(state->args[bounded(row->fd[0], SLOTS)], boot_ns,
						     row->readdresses == READDRESSES_STATE && !ret);
	if (row->fds > 0)
		out->slots[bounded(at++, 2 * SLOTS)] = state->objects[0];
	if (row->fds > 1)
		out->slots[bounded(at++, 2 * SLOTS)] = state->objects[1];
	if (row->pair != NO_ARGUMENT) {
		__s32 pair[2] = { -1, -1 };

		if (ret >= 0 && pair_pointer)
			bpf_probe_read_user(pair, sizeof(pair), (void *)pair_pointer);
		out->slots[bounded(at++, 2 * SLOTS)] = object_of_new_fd(pair[0], boot_ns, 1);
		out->slots[bounded(at++, 2 * SLOTS)] = object_of_new_fd(pair[1], boot_ns, 1);
	}
	if (flags & SYSCALL_RETURNS_FD)
		/* dup gives a new descriptor to an old file, anything else a new file. */
		out->slots[bounded(at++, 2 * SLOTS)] =
			ret < 0 ? 0 : object_of_new_fd(ret, boot_ns, !row->duplicates);
	if (flags & SYSCALL_NAMES_PATH)
		out->slots[bounded(at++, 2 * SLOTS)] = state->cwd;
	return at;
}

/* Puts the row of the call that `state` holds. Not inlined: see take_arguments(). */
static __noinline int put_syscall(struct task_state *state, const volatile struct syscall_row *row, __s64 ret,
				  __u64 boot_ns, __u32 flags)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct frame_room *room = frame_room();
	struct syscall_payload *out;
	struct stash *stash;
	__u64 pair_pointer = 0;
	__u32 at, length, lane = row->lane;

	if (!room)
		return 0;
	out = (struct syscall_payload *)room->payload;
	room->header.context = current_context(state, task, boot_ns);
	room->header.boot_ns = boot_ns;
	room->header.tid = task->pid;
	room->header.event = row->event;
	/* After an exec the memory is another; sched_process_exec has what the kernel copied. */
	if (state->faulted && ret != -EFAULT && !(flags & TRACEE_FLAG_UNFINISHED) &&
	    (ret || (state->number != NR_EXECVE && state->number != NR_EXECVEAT))) {
		collect_arguments_again(state->number);
	}
	if (state->reread)
		flags |= TRACEE_FLAG_ARGS_AT_EXIT;
	if (row->readdresses == READDRESSES_PEER && !(flags & (TRACEE_FLAG_ARGS_AT_EXIT | TRACEE_FLAG_UNFINISHED)))
		compare_peer(ret);
	if (state->mismatch)
		flags |= TRACEE_FLAG_MISMATCH;
	if (row->flags & SYSCALL_EXIT_MEMORY) {
		pair_pointer = state->args[bounded(row->pair, SLOTS)];
		collect_arguments(state->number, true, ret < 0);
	}
	out->ret = ret;
	__builtin_memcpy(out->slots, state->args, MAX_ARGS * 8);
	at = row->args;
	if (row->flags & SYSCALL_HAS_OBJECTS)
		at = add_objects(task, state, row, out, at, ret, pair_pointer, boot_ns);
	if (at > 2 * SLOTS)
		return 0;
	length = sizeof(room->header) + 8 + at * 8;
	if (state->stash != NO_STASH) {
		stash = stash_at(state->stash);
		if (stash) {
			__u32 used = stash->used;

			if (used > STASH_ROOM)
				used = STASH_ROOM;
			bpf_probe_read_kernel((__u8 *)out + 8 + at * 8, used, stash->data);
			length += used;
		}
	}
	/* What it returned is not known of one that has not. */
	if (!(flags & TRACEE_FLAG_UNFINISHED) && !is_wanted(state, row->event))
		return 0;
	if (lane == TRACEE_LANE_CONTROL) {
		lane = lane_of_current(boot_ns);
		if (lane == TRACEE_LANE_EVENTS)
			flags |= TRACEE_FLAG_OVER_BUDGET;
	}
	room->header.flags = flags;
	if (length <= sizeof(*room))
		put_frame(&room->header, length, lane);
	return 0;
}

/* A call that the table does not know, or of another ABI: number and registers. */
__noinline int put_generic_syscall(__s64 ret, __u64 boot_ns, __u32 flags)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = bpf_task_storage_get(&tasks, task, 0, 0);
	struct frame_room *room = frame_room();
	struct syscall_payload *out;
	__u32 i;

	if (!room || !state)
		return 0;
	out = (struct syscall_payload *)room->payload;
	room->header.context = current_context(state, task, boot_ns);
	room->header.boot_ns = boot_ns;
	room->header.tid = task->pid;
	room->header.event = state->compat ? TRACEE_EVENT_COMPAT_SYSCALL : TRACEE_EVENT_UNKNOWN_SYSCALL;
	room->header.flags = flags | state->compat;
	out->ret = ret;
	out->slots[0] = (__u32)state->number;
	for (i = 0; i < MAX_ARGS; i++)
		out->slots[i + 1] = state->args[i];
	put_frame(&room->header, sizeof(room->header) + 8 + 7 * 8, TRACEE_LANE_EVENTS);
	return 0;
}

/* Puts the row of the call that the task is in, as unfinished: it ends or the recording does. */
static __always_inline void put_unfinished(struct task_struct *task, struct task_state *state, __u64 boot_ns)
{
	const volatile struct syscall_row *row = state->compat ? NULL : row_of(state->number);

	if (row && row->event) {
		if (row->flags & SYSCALL_ENABLED)
			put_syscall(state, row, -1, boot_ns, TRACEE_FLAG_UNFINISHED);
	} else {
		put_generic_syscall(0, boot_ns, TRACEE_FLAG_UNFINISHED);
	}
	release_stash(state);
	state->in_call = 0;
}

/* Notes the call that the task is in; true when its arguments are to be taken. */
static __always_inline bool note_call(struct task_struct *task, struct task_state *state, struct pt_regs *regs,
				      __s64 number)
{
	const volatile struct syscall_row *row;

	state->new_child = 0;
	state->faulted = 0;
	state->reread = 0;
	state->mismatch = 0;
	state->number = number;
	state->compat = compat_flag(task, number);
	read_arguments(regs, number, state->compat == TRACEE_FLAG_COMPAT32, state->args);
	state->in_call = 1;
	if (state->stash != NO_STASH)
		release_stash(state);
	row = state->compat ? NULL : row_of(number);
	return row && row->taken;
}

/* take_arguments() for a call whose entry was not seen. */
__noinline int take_arguments_late(__u64 boot_ns)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = bpf_task_storage_get(&tasks, task, 0, 0);
	const volatile struct syscall_row *row = state ? row_of(state->number) : NULL;

	if (row)
		take_arguments(task, state, row, boot_ns);
	return 0;
}

/* put_unfinished() for a call that does not return; of its own, for the stack's sake. */
__noinline int put_call_that_never_returns(__u64 boot_ns)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = bpf_task_storage_get(&tasks, task, 0, 0);

	if (state)
		put_unfinished(task, state, boot_ns);
	return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(tracee_sys_enter, struct pt_regs *regs, long number)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = state_in_scope_now(task, false);
	const volatile struct syscall_row *row;
	struct side_room *side;
	__u64 boot_ns;

	side = state ? begin_work() : NULL;
	if (!side)
		return 0;
	boot_ns = bpf_ktime_get_boot_ns();
	row = row_of(number);
	/* Who makes the call is who it is now: it may lead out of the scope. */
	if (scoped)
		current_context(state, task, boot_ns);
	if (note_call(task, state, regs, number) && row)
		take_arguments(task, state, row, boot_ns);
	if (row && row->entry_extras && !state->compat) {
		current_context(state, task, boot_ns);
		put_entry_extras(row->entry_extras, boot_ns);
	}
	if (row && (row->flags & SYSCALL_NEVER_RETURNS) && !state->compat)
		put_call_that_never_returns(boot_ns);
	side->busy = 0;
	return 0;
}

/*
 * The state of a task that was in scope when its call began and is no longer, NULL for others: the call is told to its end,
 * and of what it was before.
 */
static __always_inline struct task_state *state_of_leaving(struct task_struct *task)
{
	struct task_state *state = bpf_task_storage_get(&tasks, task, 0, 0);

	if (!state || !state->in_call)
		return NULL;
	state->leaving = 1;
	return state;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(tracee_sys_exit, struct pt_regs *regs, long ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = state_in_scope_now(task, false);
	const volatile struct syscall_row *row;
	struct side_room *side;
	__u64 boot_ns, mapped_code = 0;
	__u16 flags = 0;

	if (scoped) {
		if (!ret && syscall_number(regs) == NR_SETHOSTNAME)
			__sync_fetch_and_add(&scope_generation, 1);
		if (!state)
			state = state_of_leaving(task);
	}
	if (!state) {
		row = row_of(syscall_number(regs));
		/* Numbers of another ABI are not looked up: any of its calls may have moved a path. */
		if (!ret && (is_compat(task) || !row || (row->flags & SYSCALL_MOVES_PATH)))
			__sync_fetch_and_add(&path_generation, 1);
		return 0;
	}
	side = begin_work();
	if (!side)
		return 0;
	boot_ns = bpf_ktime_get_boot_ns();
	if (!state->in_call) {
		/* A child's way out of the fork that made it is told by sched_process_fork. */
		if (state->new_child) {
			state->new_child = 0;
			state->birth_sp = stack_pointer(regs);
			goto out;
		}
		if (note_call(task, state, regs, syscall_number(regs)))
			take_arguments_late(boot_ns);
		flags = TRACEE_FLAG_NO_ENTRY | TRACEE_FLAG_ARGS_AT_EXIT;
	}
	state->in_call = 0;
	row = state->compat ? NULL : row_of(state->number);
	if (row && row->event) {
		if ((row->flags & SYSCALL_MOVES_PATH) && !ret)
			__sync_fetch_and_add(&path_generation, 1);
		if (row->exit_extras) {
			current_context(state, task, boot_ns);
			put_exit_extras(row->exit_extras, ret, boot_ns);
		}
		if (row->flags & SYSCALL_ENABLED)
			put_syscall(state, row, ret, boot_ns, flags);
	} else {
		if (!ret)
			__sync_fetch_and_add(&path_generation, 1);
		put_generic_syscall(ret, boot_ns, flags);
	}
	if (state->stash != NO_STASH)
		release_stash(state);
	mapped_code = state->mapped_code;
	state->mapped_code = 0;
out:
	if (state->leaving)
		bpf_task_storage_delete(&tasks, task);
	side->busy = 0;
	if (mapped_code)
		note_mapped_code(mapped_code, boot_ns);
	return 0;
}

#endif
