/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who did it: contexts, made when a task is first seen and whenever something about it changed. */
#ifndef TRACEE_CONTEXT_H
#define TRACEE_CONTEXT_H

#define PF_KTHREAD 0x00200000
#define CONTEXT_KERNEL_THREAD 1
#define CONTEXT_IDS_ONLY 4

/*
 * A set of capabilities as one number: two words of 32 bits until 6.2, one of 64 since, which read alike; so the member
 * is found by name and nothing inside it.
 */
#define capabilities(cred, set)                                                                                        \
	({                                                                                                             \
		__u64 capabilities_value = 0;                                                                          \
		bpf_core_read(&capabilities_value, sizeof(capabilities_value), &(cred)->set);                          \
		capabilities_value;                                                                                    \
	})

/* The number that `pid` goes by at namespace level `level`, 0 when it has none there. */
static __always_inline __u32 pid_number(struct pid *pid, __u32 level, __u64 *ns)
{
	struct upid upid = {};

	*ns = 0;
	if (!pid || BPF_CORE_READ(pid, level) < level)
		return 0;
	bpf_probe_read_kernel(&upid.nr, sizeof(upid.nr),
			      (void *)pid + bpf_core_field_offset(struct pid, numbers) +
				      level * bpf_core_type_size(struct upid) + bpf_core_field_offset(struct upid, nr));
	bpf_probe_read_kernel(ns, sizeof(*ns),
			      (void *)pid + bpf_core_field_offset(struct pid, numbers) +
				      level * bpf_core_type_size(struct upid) + bpf_core_field_offset(struct upid, ns));
	return upid.nr;
}

struct pid_numbers {
	__u32 pid, tid, ppid, pid_ns;
};

/*
 * Pointers are read with the helper wherever time does not press: for each pointer member that a program loads directly
 * the verifier searches the kernel's whole BTF (most of two seconds, when this was all done directly).
 */

/* A task's numbers in its own PID namespace. */
static __always_inline void read_pid_numbers(struct task_struct *task, struct pid_numbers *out)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	struct pid *leader = BPF_CORE_READ(task, group_leader, thread_pid);
	struct pid *parent = BPF_CORE_READ(task, real_parent, group_leader, thread_pid);
	__u32 level = BPF_CORE_READ(pid, level);
	__u64 ns = 0, parent_ns = 0;

	out->tid = pid_number(pid, level, &ns);
	out->pid_ns = ns ? BPF_CORE_READ((struct pid_namespace *)ns, ns.inum) : 0;
	out->pid = pid_number(leader, level, &parent_ns);
	out->ppid = pid_number(parent, level, &parent_ns);
	if (parent_ns != ns)
		out->ppid = 0;
}

static __always_inline __u64 cgroup_id_of(struct task_struct *task)
{
	return BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
}

/*
 * What a task is by itself (real_cred), and not what it works with for the length of a call (cred): a layered file system
 * takes on other credentials for each access.
 */
static __noinline int read_identity(struct identity *out, struct task_struct *task)
{
	const struct cred *cred = BPF_CORE_READ(task, real_cred);
	struct nsproxy *ns = BPF_CORE_READ(task, nsproxy);

	out->uid = BPF_CORE_READ(cred, uid.val);
	out->gid = BPF_CORE_READ(cred, gid.val);
	out->suid = BPF_CORE_READ(cred, suid.val);
	out->sgid = BPF_CORE_READ(cred, sgid.val);
	out->euid = BPF_CORE_READ(cred, euid.val);
	out->egid = BPF_CORE_READ(cred, egid.val);
	out->fsuid = BPF_CORE_READ(cred, fsuid.val);
	out->fsgid = BPF_CORE_READ(cred, fsgid.val);
	out->user_ns = BPF_CORE_READ(cred, user_ns, ns.inum);
	out->securebits = BPF_CORE_READ(cred, securebits);
	out->cap_inheritable = capabilities(cred, cap_inheritable);
	out->cap_permitted = capabilities(cred, cap_permitted);
	out->cap_effective = capabilities(cred, cap_effective);
	out->cap_bounding = capabilities(cred, cap_bset);
	out->cap_ambient = capabilities(cred, cap_ambient);
	out->reserved = 0;
	/* A task that is past exit_task_namespaces() has none; it goes nowhere from where it was. */
	if (!ns)
		return 0;
	out->mnt_ns = BPF_CORE_READ(ns, mnt_ns, ns.inum);
	out->pid_ns = BPF_CORE_READ(ns, pid_ns_for_children, ns.inum);
	out->uts_ns = BPF_CORE_READ(ns, uts_ns, ns.inum);
	out->ipc_ns = BPF_CORE_READ(ns, ipc_ns, ns.inum);
	out->net_ns = BPF_CORE_READ(ns, net_ns, ns.inum);
	out->cgroup_ns = BPF_CORE_READ(ns, cgroup_ns, ns.inum);
	out->time_ns = bpf_core_type_exists(struct time_namespace) ? BPF_CORE_READ(ns, time_ns_for_children, ns.inum)
								   : 0;
	return 0;
}

static __always_inline bool same_credentials(const struct identity *a, const struct identity *b)
{
	return !(difference(a->uid, b->uid) | difference(a->gid, b->gid) | difference(a->suid, b->suid) |
		 difference(a->sgid, b->sgid) | difference(a->euid, b->euid) | difference(a->egid, b->egid) |
		 difference(a->fsuid, b->fsuid) | difference(a->fsgid, b->fsgid) | difference(a->user_ns, b->user_ns) |
		 difference(a->securebits, b->securebits) | difference(a->cap_inheritable, b->cap_inheritable) |
		 difference(a->cap_permitted, b->cap_permitted) | difference(a->cap_effective, b->cap_effective) |
		 difference(a->cap_bounding, b->cap_bounding) | difference(a->cap_ambient, b->cap_ambient));
}

static __always_inline bool same_namespaces(const struct identity *a, const struct identity *b)
{
	return !(difference(a->mnt_ns, b->mnt_ns) | difference(a->pid_ns, b->pid_ns) | difference(a->uts_ns, b->uts_ns) |
		 difference(a->ipc_ns, b->ipc_ns) | difference(a->net_ns, b->net_ns) |
		 difference(a->cgroup_ns, b->cgroup_ns) | difference(a->time_ns, b->time_ns) |
		 difference(a->user_ns, b->user_ns));
}

static __always_inline int note_identity(struct task_state *state, struct task_struct *task)
{
	struct fs_struct *fs = BPF_CORE_READ(task, fs);
	struct mm_struct *mm = BPF_CORE_READ(task, mm);

	state->cred = (__u64)BPF_CORE_READ(task, real_cred);
	state->nsproxy = (__u64)BPF_CORE_READ(task, nsproxy);
	state->cgroups = (__u64)BPF_CORE_READ(task, cgroups);
	state->cgroup_id = cgroup_id_of(task);
	state->parent = (__u64)BPF_CORE_READ(task, real_parent);
	state->root = fs ? (__u64)BPF_CORE_READ(fs, root.dentry) : 0;
	state->exe = mm ? (__u64)BPF_CORE_READ(mm, exe_file) : 0;
	state->tid = task->pid;
	read_identity(&state->identity, task);
	return 0;
}

static __noinline int remember_identity(struct task_state *state, struct task_struct *task)
{
	return note_identity(state, task);
}

/* The same of the current task. As below, what is global is verified by itself, and not again on each way that leads to it. */
__noinline int remember_current(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = bpf_task_storage_get(&tasks, task, 0, 0);

	return state ? note_identity(state, task) : 0;
}

/* Whether the task is no longer as its context says, or the context is not in the newest segment. */
static __always_inline bool context_is_stale(struct task_state *state, struct task_struct *task, __u64 boot_ns)
{
	struct task_struct *now = to_look_at(task);
	struct fs_struct *fs;

	/* Who it was when its call began is who made it. */
	if (state->leaving)
		return false;
	if (!state->context || !is_in_segment_of(state->context_ns, boot_ns))
		return true;
	fs = now->fs;
	return state->cred != (__u64)now->real_cred || state->nsproxy != (__u64)now->nsproxy ||
	       state->cgroups != (__u64)now->cgroups || state->parent != (__u64)now->real_parent ||
	       (fs && state->root != (__u64)fs->root.dentry);
}

/* Whether the task is no longer as its context says; the slow and thorough look. */
static __noinline bool context_changed(struct task_state *state, struct task_struct *task)
{
	struct fs_struct *fs = BPF_CORE_READ(task, fs);

	return state->cred != (__u64)BPF_CORE_READ(task, real_cred) ||
	       state->nsproxy != (__u64)BPF_CORE_READ(task, nsproxy) ||
	       state->cgroups != (__u64)BPF_CORE_READ(task, cgroups) || state->cgroup_id != cgroup_id_of(task) ||
	       state->parent != (__u64)BPF_CORE_READ(task, real_parent) ||
	       (fs && state->root != (__u64)BPF_CORE_READ(fs, root.dentry));
}

/* Fills the rest of a context frame of which `id`, `exe` and `root` are set; returns the length of header and payload. */
static __always_inline __u32 fill_context(struct side_room *room, struct task_struct *task, __u64 boot_ns)
{
	struct tracee_context *c = &room->context;
	const struct cred *cred = BPF_CORE_READ(task, real_cred);
	struct nsproxy *ns = BPF_CORE_READ(task, nsproxy);
	struct pid_numbers numbers = {};
	__u8 *strings = room->payload + sizeof(*c);
	long length;
	__u32 used;

	c->start_boot_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	c->thread_start_boot_ns = task->start_boottime;
	c->parent_start_boot_ns = BPF_CORE_READ(task, real_parent, group_leader, start_boottime);
	c->cgroup_id = cgroup_id_of(task);
	c->cap_inheritable = capabilities(cred, cap_inheritable);
	c->cap_permitted = capabilities(cred, cap_permitted);
	c->cap_effective = capabilities(cred, cap_effective);
	c->cap_bounding = capabilities(cred, cap_bset);
	c->cap_ambient = capabilities(cred, cap_ambient);
	c->host_pid = task->tgid;
	c->host_tid = task->pid;
	c->host_ppid = BPF_CORE_READ(task, real_parent, tgid);
	read_pid_numbers(task, &numbers);
	c->pid = numbers.pid;
	c->tid = numbers.tid;
	c->ppid = numbers.ppid;
	c->uid = BPF_CORE_READ(cred, uid.val);
	c->gid = BPF_CORE_READ(cred, gid.val);
	c->suid = BPF_CORE_READ(cred, suid.val);
	c->sgid = BPF_CORE_READ(cred, sgid.val);
	c->euid = BPF_CORE_READ(cred, euid.val);
	c->egid = BPF_CORE_READ(cred, egid.val);
	c->fsuid = BPF_CORE_READ(cred, fsuid.val);
	c->fsgid = BPF_CORE_READ(cred, fsgid.val);
	c->login_uid = bpf_core_field_exists(task->loginuid) ? BPF_CORE_READ(task, loginuid.val) : ~0U;
	c->session_id = bpf_core_field_exists(task->sessionid) ? BPF_CORE_READ(task, sessionid) : ~0U;
	/* A task that is past exit_task_namespaces() has none. */
	c->mnt_ns = ns ? BPF_CORE_READ(ns, mnt_ns, ns.inum) : 0;
	c->pid_ns = numbers.pid_ns;
	c->net_ns = ns ? BPF_CORE_READ(ns, net_ns, ns.inum) : 0;
	c->uts_ns = ns ? BPF_CORE_READ(ns, uts_ns, ns.inum) : 0;
	c->ipc_ns = ns ? BPF_CORE_READ(ns, ipc_ns, ns.inum) : 0;
	c->user_ns = BPF_CORE_READ(cred, user_ns, ns.inum);
	c->cgroup_ns = ns ? BPF_CORE_READ(ns, cgroup_ns, ns.inum) : 0;
	c->flags = task->flags & PF_KTHREAD ? CONTEXT_KERNEL_THREAD : 0;

	length = bpf_probe_read_kernel_str(strings, 16, task->comm);
	used = length > 0 ? (length - 1) & 15 : 0;
	c->comm.length = used;
	c->comm.full = used;
	length = 0;
	if (ns) {
		struct uts_namespace *uts = BPF_CORE_READ(ns, uts_ns);

		length = bpf_probe_read_kernel_str(strings + used, 65, &uts->name.nodename);
	}
	length = length > 0 ? (length - 1) & 127 : 0;
	c->uts_name.length = length;
	c->uts_name.full = length;
	used += length;

	room->header.boot_ns = boot_ns;
	room->header.context = c->id;
	room->header.tid = task->pid;
	room->header.event = TRACEE_EVENT_CONTEXT;
	room->header.flags = 0;
	room->header.length = sizeof(*c) + used;
	return sizeof(struct tracee_frame) + sizeof(*c) + used;
}

/* Not inlined, so that what it needs of the stack is not there while objects are made. */
static __noinline __u32 fill_context_of(struct side_room *room, struct task_struct *task, __u64 boot_ns)
{
	return fill_context(room, task, boot_ns);
}

__noinline __u32 fill_current_context(__u64 boot_ns)
{
	struct side_room *room = side_room();

	return room ? fill_context(room, bpf_get_current_task_btf(), boot_ns) : 0;
}

/* Room for a task's identity of now, beside the one that its state remembers. */
static __always_inline struct identity *identity_room(struct side_room *room)
{
	return (struct identity *)(room->payload + 4096);
}

/* A namespace's number when it is not the one from before, else 0. */
static __always_inline __u32 if_new(__u32 now, __u32 old)
{
	__u64 differs = -difference(now, old);

	/* All ones, or none. */
	asm volatile("%[differs] s>>= 63" : [differs] "+r"(differs));
	return now & differs;
}

/* Fills a row about other namespaces; false when they are the same. */
static __noinline bool fill_switch_task_ns(struct tracee_switch_task_ns *out, const struct identity *old,
						const struct identity *now, __u32 tid)
{
	out->pid = tid;
	out->new_mnt = if_new(now->mnt_ns, old->mnt_ns);
	out->new_pid = if_new(now->pid_ns, old->pid_ns);
	out->new_uts = if_new(now->uts_ns, old->uts_ns);
	out->new_ipc = if_new(now->ipc_ns, old->ipc_ns);
	out->new_net = if_new(now->net_ns, old->net_ns);
	out->new_cgroup = if_new(now->cgroup_ns, old->cgroup_ns);
	out->new_time = if_new(now->time_ns, old->time_ns);
	out->new_user = if_new(now->user_ns, old->user_ns);
	out->reserved = 0;
	return !same_namespaces(old, now);
}

/* One after the other: all loaded first, they would not fit on the stack. */
#define fill_change(out, state, now, what)                                                                             \
	({                                                                                                             \
		asm volatile("" : : : "memory");                                                                       \
		(out)->old_##what = (state)->identity.what;                                                            \
		(out)->new_##what = (now)->what;                                                                       \
	})

/* Fills a row about other credentials; false when they are the same. */
static __noinline bool fill_commit_creds(struct tracee_commit_creds *out, struct task_state *state,
					      const struct identity *now, __u64 new_context)
{
	out->old_context = state->context;
	out->new_context = new_context;
	fill_change(out, state, now, uid);
	fill_change(out, state, now, euid);
	fill_change(out, state, now, gid);
	fill_change(out, state, now, egid);
	fill_change(out, state, now, cap_effective);
	fill_change(out, state, now, suid);
	fill_change(out, state, now, sgid);
	fill_change(out, state, now, fsuid);
	fill_change(out, state, now, fsgid);
	fill_change(out, state, now, user_ns);
	fill_change(out, state, now, securebits);
	fill_change(out, state, now, cap_inheritable);
	fill_change(out, state, now, cap_permitted);
	fill_change(out, state, now, cap_bounding);
	fill_change(out, state, now, cap_ambient);
	return !same_credentials(&state->identity, now);
}

/* Puts a row of fixed size that the room holds, about the change to a new context. */
static __always_inline void put_change(struct side_room *room, struct task_struct *task, __u64 context, __u16 event,
				       __u32 size, __u32 lane, __u64 boot_ns)
{
	begin_frame(&room->header, task, context, event, boot_ns);
	if (lane == TRACEE_LANE_EVENTS)
		room->header.flags = TRACEE_FLAG_OVER_BUDGET;
	put_side_frame(sizeof(room->header) + size, lane);
}

/* What the task is now, in the room for that. */
static __noinline struct identity *take_identity(struct side_room *room, struct task_state *state,
						 struct task_struct *task)
{
	struct identity *now = identity_room(room);

	*now = state->identity;
	read_identity(now, task);
	return now;
}

/*
 * Says what changed between what the current task's state remembers and what it is now. The life cycle has no budget. Tasks
 * other than the current one change by what they do themselves.
 */
__noinline int put_changes(__u64 new_context, __u64 boot_ns, __u32 life_cycle)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = bpf_task_storage_get(&tasks, task, 0, 0);
	struct task_state *leader = life_cycle ? NULL : bpf_task_storage_get(&tasks, task->group_leader, 0, 0);
	struct side_room *room = side_room();
	struct identity *now;

	if (!room || !state)
		return 0;
	now = take_identity(room, state, task);
	if (is_enabled(TRACEE_EVENT_COMMIT_CREDS) &&
	    fill_commit_creds((struct tracee_commit_creds *)room->payload, state, now, new_context))
		put_change(room, task, new_context, TRACEE_EVENT_COMMIT_CREDS, sizeof(struct tracee_commit_creds),
			   budgeted_lane(leader, boot_ns), boot_ns);
	if (is_enabled(TRACEE_EVENT_SWITCH_TASK_NS) &&
	    fill_switch_task_ns((struct tracee_switch_task_ns *)room->payload, &state->identity, now, task->pid))
		put_change(room, task, new_context, TRACEE_EVENT_SWITCH_TASK_NS, sizeof(struct tracee_switch_task_ns),
			   budgeted_lane(leader, boot_ns), boot_ns);
	return 0;
}

/*
 * Puts the task's context: under the id it has when only the segment is new (or the last try failed), under a new id
 * when the task changed. Returns the id.
 */
static __always_inline __u64 put_context(struct task_state *state, struct task_struct *task, __u64 boot_ns,
					 bool life_cycle, bool is_current)
{
	struct side_room *room = side_room();
	__u64 id = state->context, file = (__u64)BPF_CORE_READ(task, mm, exe_file);
	__u32 lane = TRACEE_LANE_CONTROL, length;
	struct fs_struct *fs;
	bool changed;

	if (!room)
		return 0;
	changed = !id || state->policies != state->policies_told || context_changed(state, task) ||
		  state->tid != (__u32)task->pid || (file && state->exe != file);
	if (changed)
		id = __sync_fetch_and_add(&next_context, 1) + 1;
	room->exe = file ? object_of_file(file, boot_ns, 0) : 0;
	room->root = 0;
	fs = BPF_CORE_READ(task, fs);
	if (fs)
		room->root = object_of_directory((__u64)BPF_CORE_READ(fs, root.dentry),
						 (__u64)BPF_CORE_READ(fs, root.mnt), boot_ns);
	if (changed && is_current && state->context)
		put_changes(id, boot_ns, life_cycle);
	room->container = container_of_task(number_of(state, task), boot_ns);
	room->context.id = id;
	room->context.exe = room->exe;
	room->context.root = room->root;
	room->context.container = room->container;
	room->context.policies = scoped ? state->policies : unscoped_policies;
	state->policies_told = state->policies;
	length = is_current ? fill_current_context(boot_ns) : fill_context_of(room, task, boot_ns);
	if (!life_cycle)
		lane = lane_of_current(boot_ns);
	if (lane == TRACEE_LANE_EVENTS)
		room->header.flags |= TRACEE_FLAG_OVER_BUDGET;
	if (changed && is_current)
		remember_current();
	else if (changed)
		remember_identity(state, task);
	state->context = id;
	state->context_ns = put_side_frame(length & 511, lane) ? 0 : boot_ns;
	return id;
}

/* The slow half of current_context(), verified once for all programs that call it. */
__noinline __u64 refresh_context(__u64 boot_ns)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = bpf_task_storage_get(&tasks, task, 0, 0);

	if (!state)
		return 0;
	return put_context(state, task, boot_ns, false, true);
}

/* The context of the current task, which is in scope; puts a new one when it changed. */
static __always_inline __u64 current_context(struct task_state *state, struct task_struct *task, __u64 boot_ns)
{
	if (context_is_stale(state, task, boot_ns))
		return refresh_context(boot_ns);
	return state->context;
}

#endif
