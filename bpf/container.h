/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which container a task is in: the nearest control group above it whose name is that of a container's, or else its PID
 * namespace, when that is not the initial one. Everything is read off the kernel when it is asked for: there is no list of
 * containers that could lag behind.
 */
#ifndef TRACEE_CONTAINER_H
#define TRACEE_CONTAINER_H

#define CONTAINER_ID_LENGTH 64
#define CONTAINER_BY_PID_NS (1ULL << 63)
#define MAX_CGROUP_NAME 255
#define CGROUP_LEVELS 64

/* What stands before the id in the name of a control group, `formats::container`. */
#define CONTAINER_PREFIXES 8
struct container_prefix {
	__u64 length;
	__u64 words[2];
	__u64 masks[2]; /* of the bytes that it has */
};
const volatile struct container_prefix container_prefixes[CONTAINER_PREFIXES] = {};
const volatile __u8 is_id_digit[256] = {};
const volatile __u32 container_hierarchy = 0; /* the one that containers are told by, 0 for version 2 */

/* Shared with the recorder: numbers of control groups only grow, so those from here on were made since. */
__u64 first_new_cgroup = 0;
__u64 recording_since_ns = 0;

/* Containers that the log tells of: when each was placed. Kept by what came last: a lost one is told once more. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, __u64);
} containers_told SEC(".maps");

static __always_inline struct kernfs_node *cgroup_of(struct task_struct *task, bool version_2)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct cgroup_subsys_state *state = NULL;
	struct cgroup *cgroup;

	if (version_2 || !container_hierarchy || !bpf_core_enum_value_exists(enum cgroup_subsys_id, cpuset_cgrp_id))
		return BPF_CORE_READ(set, dfl_cgrp, kn);
	bpf_probe_read_kernel(&state, sizeof(state),
			      (void *)set + bpf_core_field_offset(struct css_set, subsys) +
				      bpf_core_enum_value(enum cgroup_subsys_id, cpuset_cgrp_id) * sizeof(void *));
	cgroup = BPF_CORE_READ(state, cgroup);
	return BPF_CORE_READ(cgroup, kn);
}

/* Of its own, so that no compiler takes the question for the member's name out of a loop and asks for the wrong one. */
__noinline __u64 parent_of(__u64 address)
{
	struct kernfs_node *node = (struct kernfs_node *)address;

	if (bpf_core_field_exists(node->__parent))
		return (__u64)BPF_CORE_READ(node, __parent);
	return (__u64)BPF_CORE_READ((struct kernfs_node___before_6_15 *)node, parent);
}

/* Whether the known prefix of this index stands before `end` in the room's name, alone or, with a colon, behind one. */
__noinline int is_container_prefix(__u32 which, __u32 end, __u32 index, __u32 colon)
{
	struct side_room *room = room_for(which);
	__u64 known, start, first, second;

	if (!room || index >= CONTAINER_PREFIXES)
		return 0;
	known = container_prefixes[index].length;
	if (!known || known > end)
		return 0;
	start = end - known;
	if (start && (!colon || room->cgroups.name[bounded(start - 1, MAX_CGROUP_NAME + 1)] != ':'))
		return 0;
	start = bounded(start, MAX_CGROUP_NAME + 1);
	__builtin_memcpy(&first, room->cgroups.name + start, sizeof(first));
	__builtin_memcpy(&second, room->cgroups.name + start + 8, sizeof(second));
	return !((first ^ container_prefixes[index].words[0]) & container_prefixes[index].masks[0]) &&
	       !((second ^ container_prefixes[index].words[1]) & container_prefixes[index].masks[1]);
}

/* Whether the room's name has the digits of an id from `at` on. */
__noinline int is_container_id(__u32 which, __u32 at)
{
	struct side_room *room = room_for(which);
	__u8 all = 1;
	__u32 i;

	if (!room)
		return 0;
	at = bounded(at, MAX_CGROUP_NAME + 1);
	for (i = 0; i < CONTAINER_ID_LENGTH; i++)
		all &= is_id_digit[(__u8)room->cgroups.name[at + i]];
	return all;
}

/* Whether the room's name ends, at `length`, as the unit of a container does. */
__noinline int is_scope_unit(__u32 which, __u32 length)
{
	static const char scope[6] = ".scope";
	struct side_room *room = room_for(which);
	__u32 i;

	if (!room)
		return 0;
	for (i = 0; i < sizeof(scope); i++)
		if (room->cgroups.name[bounded(length - sizeof(scope) + i, MAX_CGROUP_NAME + 1)] != scope[i])
			return 0;
	return 1;
}

/*
 * Where the id begins in a control group's name (of `length` bytes, in the room), -1 when it is no container's:
 * ID, PREFIX-ID, SLICE:PREFIX:ID, each perhaps with `.scope` behind.
 */
__noinline int container_id_in(__u32 which, __u32 length)
{
	struct side_room *room = room_for(which);
	char separator;
	__u32 i, at;

	if (!room || length < CONTAINER_ID_LENGTH || length > MAX_CGROUP_NAME)
		return -1;
	if (is_scope_unit(which, length))
		length -= 6;
	if (length < CONTAINER_ID_LENGTH)
		return -1;
	at = length - CONTAINER_ID_LENGTH;
	if (!is_container_id(which, at))
		return -1;
	if (!at)
		return 0;
	separator = room->cgroups.name[bounded(at - 1, MAX_CGROUP_NAME + 1)];
	if (separator != '-' && separator != ':')
		return -1;
	for (i = 0; i < CONTAINER_PREFIXES; i++)
		if (is_container_prefix(which, at - 1, i, separator == ':'))
			return at;
	return -1;
}

/* One control group of the room's walk; true while there is more above. */
__noinline int cgroup_step(__u32 which)
{
	struct side_room *room = room_for(which);
	struct kernfs_node *node, *parent;
	struct cgroup_walk *walk;
	__u32 start;
	long length;

	if (!room)
		return 0;
	walk = &room->cgroups;
	node = (struct kernfs_node *)walk->node;
	parent = (struct kernfs_node *)parent_of(walk->node);
	/* The root has no name worth having. */
	if (!node || !parent)
		return 0;
	length = bpf_probe_read_kernel_str(walk->name, MAX_CGROUP_NAME + 1, BPF_CORE_READ(node, name));
	if (length < 1)
		return 0;
	length = bounded(length - 1, MAX_CGROUP_NAME + 1);
	start = walk->start;
	if (length + 1 > start || start > PATH_ROOM) {
		walk->cut = 1;
		return 0;
	}
	if (walk->look_for_container && !walk->key) {
		int at = container_id_in(which, length);

		if (at >= 0) {
			walk->key = BPF_CORE_READ(node, id);
			walk->end = start;
			bpf_probe_read_kernel(walk->id, CONTAINER_ID_LENGTH, walk->name + bounded(at, MAX_CGROUP_NAME + 1));
		}
	}
	start = (start - length - 1) & (PATH_ROOM - 1);
	room->path[start] = '/';
	bpf_probe_read_kernel(room->path + start + 1, length & MAX_CGROUP_NAME, walk->name);
	walk->start = start;
	walk->node = (__u64)parent;
	return 1;
}

/*
 * Leaves the path of the task's control group in the room, from `start` on to PATH_ROOM, and what container it is a part
 * of: `key`, 0 for none; its control group's path ends at `end`. `task` is the task's address.
 */
static __always_inline int walk_cgroups(__u64 task, __u32 which, bool version_2)
{
	struct side_room *room = room_for(which);
	struct task_struct *t = (struct task_struct *)task;
	struct cgroup_walk *walk;
	struct kernfs_node *node;
	__u32 i;

	if (!room)
		return 0;
	walk = &room->cgroups;
	walk->look_for_container = !version_2;
	walk->key = 0;
	walk->cut = 0;
	walk->start = PATH_ROOM;
	walk->end = PATH_ROOM;
	walk->pid_ns_start_ns = 0;
	walk->pid_ns = 0;
	node = cgroup_of(t, version_2);
	walk->node = (__u64)node;
	walk->leaf = BPF_CORE_READ(node, id);
	for (i = 0; i < CGROUP_LEVELS; i++)
		if (!cgroup_step(which))
			break;
	if (walk->start == PATH_ROOM) {
		walk->start = PATH_ROOM - 1;
		room->path[PATH_ROOM - 1] = '/';
	}
	return 0;
}

/*
 * Finds the container of the task with this address: its key, 0 when it is in none. The room's walk says more. The path
 * is the one of the task's own control group.
 */
__noinline __u64 find_container(__u64 task, __u32 which)
{
	struct side_room *room = room_for(which);
	struct task_struct *t = (struct task_struct *)task, *reaper;
	struct pid_namespace *namespace = NULL;
	struct cgroup_walk *walk;
	struct pid *pid;
	__u32 level;

	if (!room)
		return 0;
	walk_cgroups(task, which, false);
	walk = &room->cgroups;
	if (walk->key) {
		walk->is_new = walk->key >= first_new_cgroup;
		return walk->key;
	}
	pid = BPF_CORE_READ(t, thread_pid);
	level = BPF_CORE_READ(pid, level);
	if (!pid || !level || level > 32)
		return 0;
	bpf_probe_read_kernel(&namespace, sizeof(namespace),
			      (void *)pid + bpf_core_field_offset(struct pid, numbers) +
				      level * bpf_core_type_size(struct upid) + bpf_core_field_offset(struct upid, ns));
	reaper = BPF_CORE_READ(namespace, child_reaper);
	/* While the first process is being made it is not noted yet: then it is this one. */
	if (!reaper)
		reaper = t;
	walk->pid_ns_start_ns = BPF_CORE_READ(reaper, group_leader, start_boottime);
	walk->pid_ns = BPF_CORE_READ(namespace, ns.inum);
	walk->is_new = walk->pid_ns_start_ns >= recording_since_ns;
	walk->key = CONTAINER_BY_PID_NS | walk->pid_ns_start_ns;
	return walk->key;
}

/* Makes the frame of the container that the room's walk found; returns its length with the header. */
__noinline __u32 fill_container(__u32 which, __u64 boot_ns)
{
	struct side_room *room = room_for(which);
	struct tracee_container *out;
	struct cgroup_walk *walk;
	__u32 used = 0, length;

	if (!room)
		return 0;
	walk = &room->cgroups;
	out = (struct tracee_container *)room->payload;
	out->container = walk->key;
	out->cgroup_id = walk->pid_ns ? walk->leaf : walk->key;
	out->pid_ns_start_boot_ns = walk->pid_ns_start_ns;
	out->hierarchy_id = container_hierarchy;
	out->pid_ns = walk->pid_ns;
	out->is_new = walk->is_new;
	out->reserved = 0;
	if (!walk->pid_ns) {
		bpf_probe_read_kernel(room->payload + sizeof(*out), CONTAINER_ID_LENGTH, walk->id);
		used = CONTAINER_ID_LENGTH;
	}
	out->name.length = used;
	out->name.full = used;
	length = (walk->end - walk->start) & (PATH_ROOM - 1);
	bpf_probe_read_kernel(room->payload + sizeof(*out) + used, length, room->path + (walk->start & (PATH_ROOM - 1)));
	out->cgroup_path.length = length;
	out->cgroup_path.full = walk->cut ? ~0U : length;
	room->header.boot_ns = boot_ns;
	room->header.context = 0;
	room->header.tid = 0;
	room->header.event = TRACEE_EVENT_CONTAINER;
	room->header.flags = 0;
	room->header.length = sizeof(*out) + used + length;
	return sizeof(struct tracee_frame) + sizeof(*out) + used + length;
}

/* The container of the task with this address, told to the log when this segment does not know it yet. */
static __always_inline __u64 container_of_task(__u64 task, __u64 boot_ns)
{
	__u64 key = find_container(task, SIDE_ROOM), *placed, now = boot_ns;

	if (!key)
		return 0;
	placed = bpf_map_lookup_elem(&containers_told, &key);
	if (placed && is_in_segment_of(*placed, boot_ns))
		return key;
	if (!put_side_frame(fill_container(SIDE_ROOM, boot_ns), TRACEE_LANE_CONTROL))
		bpf_map_update_elem(&containers_told, &key, &now, 0);
	return key;
}

#endif
