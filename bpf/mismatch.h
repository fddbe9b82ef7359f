/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether the kernel works with what the program's memory held when the call was entered: another thread may have changed
 * it in between. The stash holds what was read at the entry; the kernel's own copy is looked at where it is made.
 */
#ifndef TRACEE_MISMATCH_H
#define TRACEE_MISMATCH_H

/* Whether arguments of this kind lie in the stash before the call is over. */
static __always_inline bool is_entry_collect(__u8 collect)
{
	return collect >= TRACEE_COLLECT_PATH && !is_exit_collect(collect);
}

/*
 * Whether a string of the kernel's is another than the one that the stash holds as this argument of the current task's
 * call. What could not be read, or did not fit, is not compared.
 */
__noinline int is_other_text(__u32 argument, __u64 string, __u32 length)
{
	struct task_state *state = bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), 0, 0);
	const volatile struct syscall_row *row;
	struct stash *stash;
	__u32 at = 0, i;
	__u64 slot = 0, left;

	if (!state || !state->in_call || state->compat || state->stash == NO_STASH || argument >= MAX_ARGS)
		return 0;
	row = row_of(state->number);
	stash = stash_at(state->stash);
	if (!row || !row->taken || !stash)
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
	if ((slot & TRACEE_VAR_LENGTH_MASK) != length)
		return 1;
	for (i = 0; i < STRING_ROOM / 64; i++) {
		__u64 theirs[8] = {}, ours[8] = {};

		if (i * 64 >= length)
			return 0;
		left = at_most(length - i * 64, 64);
		bpf_probe_read_kernel(theirs, left, (void *)(string + i * 64));
		bpf_probe_read_kernel(ours, left, stash->data + ((at + i * 64) & (STASH_ROOM - 1)));
		if (theirs[0] != ours[0] || theirs[1] != ours[1] || theirs[2] != ours[2] || theirs[3] != ours[3] ||
		    theirs[4] != ours[4] || theirs[5] != ours[5] || theirs[6] != ours[6] || theirs[7] != ours[7])
			return 1;
	}
	return 0;
}

/* Every path that a call is given is copied into the kernel by this one function. */
SEC("fexit/strncpy_from_user")
int BPF_PROG(copied_path__fexit, char *to, const char *from, long room, long length)
{
	struct task_state *state = state_in_scope(bpf_get_current_task_btf(), false);
	const volatile struct syscall_row *row;
	__u32 i;

	/* A copy that fills its room is made once more, into a larger one. */
	if (!state || !state->in_call || state->compat || state->mismatch || length < 0 || length >= room)
		return 0;
	row = row_of(state->number);
	if (!row || !row->taken)
		return 0;
	for (i = 0; i < MAX_ARGS; i++) {
		if (row->collect[i] != TRACEE_COLLECT_PATH && row->collect[i] != TRACEE_COLLECT_TEXT)
			continue;
		if (state->pointers[i] == (__u64)from && is_other_text(i, (__u64)to, length))
			state->mismatch = 1;
	}
	return 0;
}

#endif
