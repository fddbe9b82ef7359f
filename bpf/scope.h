/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who is in scope, and which events are wanted. */
#ifndef TRACEE_SCOPE_H
#define TRACEE_SCOPE_H

/* Since 6.2: lets a program read what a number points to as a structure, with plain loads that are undone on a fault. */
extern void *bpf_rdonly_cast(const void *object, __u32 type) __ksym __weak;

/*
 * A pointer from which members are loaded whose own trust nobody needs. For each pointer member loaded from a pointer that
 * it trusts, the verifier searches the kernel's whole BTF by name, several times: milliseconds each, a third of all loading.
 */
#define to_look_at(pointer)                                                                                            \
	(bpf_ksym_exists(bpf_rdonly_cast)                                                                              \
		 ? (typeof(pointer))bpf_rdonly_cast(pointer, bpf_core_type_id_kernel(typeof(*(pointer))))              \
		 : (pointer))

__u64 scope_of_current(void);

/* Those of some policies that want what is in the frame room, of this event; see membership.h. */
__u64 wanted_by(__u32 event, __u64 policies);

/* What was last decided of the task. */
static __always_inline __u64 decided_scope(struct task_struct *task)
{
	struct task_scope *scope = bpf_task_storage_get(&scopes, task, 0, 0);

	return scope ? scope->policies : 0;
}

/*
 * The state of the current task when it is in scope, otherwise NULL. Where every task may be, the recorder's own threads
 * are left out of system calls (it would feed on itself), but never out of the life cycle.
 *
 * A task becomes another by what it calls, so it is looked at anew (`decides`) where calls begin and end, and processes;
 * in between it is who it was at the beginning.
 */
static __always_inline struct task_state *state_of(struct task_struct *task, bool life_cycle, bool decides)
{
	struct task_state *state;
	__u64 policies = 0;

	if (everyone && !life_cycle && (__u32)task->tgid == recorder_pid)
		return NULL;
	/* Most tasks are outside, and have no storage of anybody's: a look is cheaper than a call. */
	if (!everyone && bpf_core_field_exists(task->bpf_storage) && !to_look_at(task)->bpf_storage)
		return NULL;
	if (scoped) {
		policies = decides ? scope_of_current() : decided_scope(task);
		if (!policies)
			return NULL;
	}
	state = bpf_task_storage_get(&tasks, task, 0, 0);
	if (!state) {
		if (!everyone && !scoped)
			return NULL;
		state = bpf_task_storage_get(&tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
		if (!state) {
			__sync_fetch_and_add(&storage_failures, 1);
			return NULL;
		}
	}
	if (state->policies != policies) {
		state->policies = policies;
		/* Its context says so: there will be another. */
		state->context_ns = 0;
	}
	return state;
}

static __always_inline struct task_state *state_in_scope(struct task_struct *task, bool life_cycle)
{
	return state_of(task, life_cycle, false);
}

static __always_inline struct task_state *state_in_scope_now(struct task_struct *task, bool life_cycle)
{
	return state_of(task, life_cycle, true);
}

/* 0 when they are the same. Without a branch: after each one the verifier would go two ways. */
static __always_inline __u64 difference(__u64 a, __u64 b)
{
	asm volatile("%[a] ^= %[b]" : [a] "+r"(a) : [b] "r"(b));
	return a;
}

/* A pointer as a number, by way of memory that is the task's own: the verifier lets nobody reckon with a pointer. */
static __always_inline __u64 number_of(struct task_state *state, const void *pointer)
{
	*(volatile __u64 *)&state->word = (__u64)pointer;
	return *(volatile __u64 *)&state->word;
}

static __always_inline struct frame_room *frame_room(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&frames, &cpu);
}

/* Whether a policy wants the frame that is in the frame room. `state` is NULL when it is about somebody in scope only. */
static __always_inline bool is_wanted(struct task_state *state, __u16 event)
{
	return !filtered || wanted_by(event, !state ? ~0ULL : scoped ? state->policies : unscoped_policies);
}

static __always_inline const volatile struct syscall_row *row_of(__s64 number)
{
	if (number < 0 || number >= MAX_SYSCALLS)
		return NULL;
	return &syscalls[number & (MAX_SYSCALLS - 1)];
}

static __always_inline bool is_enabled(__u16 event)
{
	return event_enabled[(event - TRACEE_FIRST_HOOKED_EVENT) & (TRACEE_HOOKED_EVENTS - 1)];
}

static __always_inline void begin_frame(struct tracee_frame *header, struct task_struct *task, __u64 context,
					__u16 event, __u64 boot_ns)
{
	header->boot_ns = boot_ns;
	header->context = context;
	header->tid = task->pid;
	header->event = event;
	header->flags = 0;
}

#endif
