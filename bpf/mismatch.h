/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether the kernel works with what the program's memory held when the call was entered: another thread may have changed
 * it in between. The stash holds what was read at the entry; the kernel's own copy is looked at where it is made.
 */
#ifndef TRACEE_MISMATCH_H
#define TRACEE_MISMATCH_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct filename {
	const char *name;
};
#pragma clang attribute pop

/* Whether arguments of this kind lie in the stash before the call is over. */
static __always_inline bool is_entry_collect(__u8 collect)
{
	return collect >= TRACEE_COLLECT_PATH && !is_exit_collect(collect);
}

#define PIECE 64

/* Whether at most 64 bytes of a string of the kernel's are other than those at a place of a stash. */
__noinline int is_other_piece(__u64 string, __u32 number, __u32 at, __u32 length)
{
	struct stash *stash = stash_at(number);
	__u64 theirs[PIECE / 8] = {}, ours[PIECE / 8] = {};

	if (!stash)
		return 0;
	length = at_most(length, PIECE);
	bpf_probe_read_kernel(theirs, length, (void *)string);
	bpf_probe_read_kernel(ours, length, stash->data + (at & (STASH_ROOM - 1)));
	return !!(difference(theirs[0], ours[0]) | difference(theirs[1], ours[1]) | difference(theirs[2], ours[2]) |
		  difference(theirs[3], ours[3]) | difference(theirs[4], ours[4]) | difference(theirs[5], ours[5]) |
		  difference(theirs[6], ours[6]) | difference(theirs[7], ours[7]));
}

/*
 * Whether a string of the kernel's is another than the one that the stash holds as this argument of the current task's
 * call. What could not be read, or did not fit, is not compared. `length` is ~0 when a NUL ends the kernel's.
 */
__noinline int is_other_text(__u32 argument, __u64 string, __u32 length)
{
	struct task_state *state = bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), 0, 0);
	const volatile struct syscall_row *row;
	__u32 at = 0, i;
	__u64 slot = 0;

	if (!state || !state->in_call || state->compat || state->stash == NO_STASH || argument >= MAX_ARGS)
		return 0;
	row = row_of(state->number);
	if (!row || !row->taken)
		return 0;
	for (i = 0; i < MAX_ARGS; i++) {
		if (!is_entry_collect(row->collect[i]))
			continue;
		slot = state->args[i];
		if (i == argument)
			break;
		at += slot & TRACEE_VAR_LENGTH_MASK;
	}
	if (i == MAX_ARGS || at > LAST_START || (slot & (TRACEE_VAR_FAULT | TRACEE_VAR_NULL)) || slot >> 32 == ~0U)
		return 0;
	if (length == ~0U) {
		char end = 1;

		length = slot & TRACEE_VAR_LENGTH_MASK;
		bpf_probe_read_kernel(&end, sizeof(end), (void *)(string + length));
		if (end)
			return 1;
	}
	if ((slot & TRACEE_VAR_LENGTH_MASK) != length)
		return 1;
	for (i = 0; i < STRING_ROOM / PIECE && i * PIECE < length; i++)
		if (is_other_piece(string + i * PIECE, state->stash, at + i * PIECE, length - i * PIECE))
			return 1;
	return 0;
}

/* The path that the current task's call works with was copied: is it the one that the call was entered with? */
static __always_inline int look_at_copied_path(void *ctx)
{
	struct task_state *state = state_in_scope(bpf_get_current_task_btf(), false);
	const volatile struct syscall_row *row;
	__u64 from = 0, name = 0, text;
	__u32 i;

	if (!state || !state->in_call || state->compat || state->mismatch || bpf_get_func_arg(ctx, 0, &from) ||
	    bpf_get_func_ret(ctx, &name) || name >= -4095ULL)
		return 0;
	row = row_of(state->number);
	if (!row || !row->taken)
		return 0;
	text = (__u64)BPF_CORE_READ((struct filename *)name, name);
	for (i = 0; i < MAX_ARGS; i++) {
		if (row->collect[i] != TRACEE_COLLECT_PATH && row->collect[i] != TRACEE_COLLECT_TEXT)
			continue;
		if (state->pointers[i] == from && is_other_text(i, text, ~0U))
			state->mismatch = 1;
	}
	return 0;
}

/*
 * Paths are copied into the kernel in one place, to which these lead; their number of arguments is not the same in every
 * version, and where the compiler made one part of another, the first is not seen. (strncpy_from_user(), which they call,
 * cannot be hooked in some builds.)
 */
SEC("fexit/getname_flags")
int copied_path__fexit(void *ctx)
{
	return look_at_copied_path(ctx);
}

SEC("fexit/getname")
int copied_plain_path__fexit(void *ctx)
{
	return look_at_copied_path(ctx);
}

SEC("fexit/getname_uflags")
int copied_path_at__fexit(void *ctx)
{
	return look_at_copied_path(ctx);
}

#endif
