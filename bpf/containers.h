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

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(cgroup_mkdir__tp, struct cgroup *cgroup, const char *path)
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
	return put_hook(&h, TRACEE_EVENT_CGROUP_MKDIR, TRACEE_LANE_CONTROL);
}

#endif
