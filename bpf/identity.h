/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who a task is and which namespaces it lives in. What changed is told with the task's new context: see context.h. */
#ifndef TRACEE_IDENTITY_H
#define TRACEE_IDENTITY_H

/* Looks at the current task now, and not at its next event. */
static __always_inline int look_at_identity(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = state_in_scope(task, false);
	struct side_room *side;

	/* An exec is told as one, with who the task was before. */
	if (!state || (state->in_call && is_exec(state)))
		return 0;
	side = begin_work();
	if (!side)
		return 0;
	current_context(state, task, bpf_ktime_get_boot_ns());
	side->busy = 0;
	return 0;
}

SEC("fexit/commit_creds")
int commit_creds__fexit(void *ctx)
{
	return look_at_identity();
}

SEC("kretprobe/commit_creds")
int commit_creds__kretprobe(void *ctx)
{
	return look_at_identity();
}

/* The same at the exit of a call that may have changed it, where there is no hook on the change. */
__noinline int look_at_identity_at_exit(__u64 boot_ns)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = bpf_task_storage_get(&tasks, task, 0, 0);

	if (state)
		current_context(state, task, boot_ns);
	return 0;
}

static __always_inline int put_capable(__u32 cap, __u32 ns, __s32 result)
{
	struct tracee_cap_capable *out;
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	out->cap = cap;
	out->result = (__s64)result;
	out->target_ns = ns;
	out->reserved = 0;
	return put_hook(&h, TRACEE_EVENT_CAP_CAPABLE, TRACEE_LANE_EVENTS);
}

/* Since 6.14. */
SEC("tp_btf/cap_capable")
int BPF_PROG(cap_capable__tp, const struct cred *cred, struct user_namespace *target, struct user_namespace *capable,
	     int cap, int ret)
{
	return put_capable(cap, BPF_CORE_READ(target, ns.inum), ret);
}

SEC("fexit/cap_capable")
int BPF_PROG(cap_capable__fexit, const struct cred *cred, struct user_namespace *target, int cap, unsigned int options,
	     int ret)
{
	return put_capable(cap, BPF_CORE_READ(target, ns.inum), ret);
}

SEC("kprobe/cap_capable")
int cap_capable__kprobe(struct pt_regs *regs)
{
	struct user_namespace *target = (struct user_namespace *)function_argument(regs, 1);
	struct task_state *state = state_in_scope(bpf_get_current_task_btf(), false);

	if (state) {
		state->cap_asked = function_argument(regs, 2) + 1;
		state->cap_asked_ns = BPF_CORE_READ(target, ns.inum);
	}
	return 0;
}

SEC("kretprobe/cap_capable")
int cap_capable__kprobe__answer(struct pt_regs *regs)
{
	struct task_state *state = state_in_scope(bpf_get_current_task_btf(), false);
	__u32 cap;

	if (!state || !state->cap_asked)
		return 0;
	cap = state->cap_asked - 1;
	state->cap_asked = 0;
	return put_capable(cap, state->cap_asked_ns, function_result(regs));
}

#endif
