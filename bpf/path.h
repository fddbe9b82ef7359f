/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The path of a file as its mount namespace has it: a walk up the dentries and mounts, links and `..` resolved. */
#ifndef TRACEE_PATH_H
#define TRACEE_PATH_H

#define OBJECT_UNLINKED 1
#define OBJECT_UNREACHABLE 2
#define OBJECT_PATH_CUT 4
#define MAX_PATH_COMPONENTS 512

#define SIDE_ROOM 0
#define ITERATOR_ROOM 1
#define SCOPE_ROOM 2 /* of the decision who is in scope, which comes before all other work */

static __always_inline struct side_room *room_for(__u32 which)
{
	__u32 index = which == SCOPE_ROOM ? 2 : 0;

	return which == ITERATOR_ROOM ? bpf_map_lookup_elem(&iterator_room, &index)
				      : bpf_map_lookup_elem(&side_rooms, &index);
}

/*
 * One step of the room's walk; true while there is more. Global, so that the verifier looks at it once and not at each
 * of the steps.
 */
__noinline int walk_step(__u32 iterator)
{
	struct side_room *room = room_for(iterator);
	struct walk *walk;
	struct dentry *dentry;
	struct mount *mount;
	__u64 parent;
	__u32 length, start;
	const unsigned char *name;

	if (!room)
		return 0;
	walk = &room->walk;
	dentry = (struct dentry *)walk->dentry;
	mount = (struct mount *)walk->mount;
	if (walk->dentry == walk->root) {
		__u64 up = (__u64)BPF_CORE_READ(mount, mnt_parent);

		if (!mount || up == walk->mount) {
			/* The top: of a namespace, or of a mount that the kernel keeps for itself (or that is detached). */
			__u64 ns = (__u64)BPF_CORE_READ(mount, mnt_ns);

			if (!ns || ns >= (__u64)-4095)
				walk->flags |= OBJECT_UNREACHABLE;
			return 0;
		}
		walk->dentry = (__u64)BPF_CORE_READ(mount, mnt_mountpoint);
		walk->mount = up;
		walk->root = (__u64)BPF_CORE_READ((struct mount *)up, mnt.mnt_root);
		return 1;
	}
	parent = (__u64)BPF_CORE_READ(dentry, d_parent);
	length = BPF_CORE_READ(dentry, d_name.len);
	name = BPF_CORE_READ(dentry, d_name.name);
	start = walk->start;
	if (length > 255 || length + 1 > start || start > PATH_ROOM) {
		walk->flags |= OBJECT_PATH_CUT;
		return 0;
	}
	if (parent == walk->dentry) {
		/* A dentry without a tree (pipe, anonymous inode, memfd), or one outside of what its mount shows. */
		walk->flags |= OBJECT_UNREACHABLE;
		if (walk->components)
			return 0;
		start = (start - length) & (PATH_ROOM - 1);
		bpf_probe_read_kernel(room->path + start, length & 255, name);
		walk->start = length ? start : PATH_ROOM;
		return 0;
	}
	start = (start - length - 1) & (PATH_ROOM - 1);
	room->path[start] = '/';
	bpf_probe_read_kernel(room->path + start + 1, length & 255, name);
	walk->start = start;
	walk->components++;
	walk->dentry = parent;
	return 1;
}

/* Sixteen steps: a loop of loops, so that the verifier counts 32 + 16 rounds and not 512. */
__noinline int walk_steps(__u32 iterator)
{
	__u32 i;

	for (i = 0; i < 16; i++)
		if (!walk_step(iterator))
			return 0;
	return 1;
}

static __always_inline void walk_path(struct walk *walk, __u32 iterator)
{
	struct mount *mount = (struct mount *)walk->mount;
	__u32 i;

	walk->root = (__u64)BPF_CORE_READ(mount, mnt.mnt_root);
	for (i = 0; i < MAX_PATH_COMPONENTS / 16; i++)
		if (!walk_steps(iterator))
			return;
	walk->flags |= OBJECT_PATH_CUT;
}

static __always_inline __u64 mount_of(__u64 vfsmount)
{
	return vfsmount ? vfsmount - bpf_core_field_offset(struct mount, mnt) : 0;
}

#define UNREACHABLE_MARK "(unreachable)"
#define DELETED_MARK " (deleted)"

/*
 * Writes the path of what a mount shows at a dentry into the room, marked as columns mark it. Returns where it
 * begins there, and how long it is in the high half; bit 31 when its beginning is missing.
 */
__noinline __u64 write_path_in(__u64 dentry, __u64 vfsmount, __u32 which)
{
	struct dentry *d = (struct dentry *)dentry;
	struct side_room *room = room_for(which);
	__u32 start, flags, end = PATH_ROOM;

	if (!room || !dentry)
		return 0;
	__builtin_memset(&room->walk, 0, sizeof(room->walk));
	room->walk.start = PATH_ROOM;
	room->walk.dentry = dentry;
	room->walk.mount = mount_of(vfsmount);
	walk_path(&room->walk, which);
	start = room->walk.start;
	flags = room->walk.flags;
	if (start == PATH_ROOM && !(flags & OBJECT_UNREACHABLE)) {
		start = PATH_ROOM - 1;
		room->path[PATH_ROOM - 1] = '/';
	}
	if (start < PATH_ROOM && (flags & OBJECT_UNREACHABLE) && start >= sizeof(UNREACHABLE_MARK) &&
	    room->path[start & (PATH_ROOM - 1)] == '/') {
		start = (start - (sizeof(UNREACHABLE_MARK) - 1)) & (PATH_ROOM - 1);
		__builtin_memcpy(room->path + start, UNREACHABLE_MARK, sizeof(UNREACHABLE_MARK) - 1);
	}
	if (start < PATH_ROOM && BPF_CORE_READ(d, d_inode) && !BPF_CORE_READ(d, d_hash.pprev) &&
	    BPF_CORE_READ(d, d_parent) != d) {
		__builtin_memcpy(room->path + PATH_ROOM, DELETED_MARK, sizeof(DELETED_MARK) - 1);
		end += sizeof(DELETED_MARK) - 1;
	}
	return start | (flags & OBJECT_PATH_CUT ? 1U << 31 : 0) | (__u64)(end - start) << 32;
}

static __always_inline __u64 write_path(__u64 dentry, __u64 vfsmount)
{
	return write_path_in(dentry, vfsmount, SIDE_ROOM);
}

#endif
