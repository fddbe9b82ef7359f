/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Control groups and containers come and go. */
#ifndef TRACEE_CONTAINERS_EVENTS_H
#define TRACEE_CONTAINERS_EVENTS_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct cgroup_root {
	int hierarchy_id;
};
struct cgroup___of_hierarchy {
	struct kernfs_node *kn;
	struct cgroup_root *root;
};
#pragma clang attribute pop

static __always_inline int put_cgroup(struct cgroup *cgroup, const char *path, __u16 event)
{
	struct cgroup___of_hierarchy *g = (void *)cgroup;
	struct tracee_cgroup_mkdir *out;
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	out->cgroup_id = BPF_CORE_READ(g, kn, id);
	out->hierarchy_id = BPF_CORE_READ(g, root, hierarchy_id);
	out->reserved = 0;
	append_string(&h, path, &out->cgroup_path);
	return put_hook(&h, event, TRACEE_LANE_CONTROL);
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(cgroup_mkdir__tp, struct cgroup *cgroup, const char *path)
{
	return put_cgroup(cgroup, path, TRACEE_EVENT_CGROUP_MKDIR);
}

_Static_assert(sizeof(struct tracee_cgroup_mkdir) == sizeof(struct tracee_cgroup_rmdir), "the rows are alike");

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(cgroup_rmdir__tp, struct cgroup *cgroup, const char *path)
{
	return put_cgroup(cgroup, path, TRACEE_EVENT_CGROUP_RMDIR);
}

SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(cgroup_attach_task__tp, struct cgroup *cgroup, const char *path, struct task_struct *moved,
	     bool threadgroup)
{
	struct cgroup___of_hierarchy *g = (void *)cgroup;
	struct tracee_cgroup_attach_task *out;
	struct hook h = {};

	if (!begin_hook_on(&h, moved))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	append_string(&h, path, &out->cgroup_path);
	append_string(&h, moved->comm, &out->comm);
	out->pid = moved->pid;
	out->cgroup_id = BPF_CORE_READ(g, kn, id);
	out->start_time = BPF_CORE_READ(moved, group_leader, start_boottime);
	out->host_pid = moved->tgid;
	out->hierarchy_id = BPF_CORE_READ(g, root, hierarchy_id);
	out->threadgroup = threadgroup;
	out->reserved = 0;
	return put_hook(&h, TRACEE_EVENT_CGROUP_ATTACH_TASK, TRACEE_LANE_CONTROL);
}

#endif
