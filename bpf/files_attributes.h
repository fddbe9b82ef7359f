/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is said of files is changed: size, permissions, owner, times, extended attributes. */
#ifndef TRACEE_FILES_ATTRIBUTES_H
#define TRACEE_FILES_ATTRIBUTES_H

#define PERMISSION_BITS 07777
#define UTIME_NOW 0x3fffffff
#define UTIME_OMIT 0x3ffffffe
/* Times of a file that are none; a display hint names them. */
#define FILE_TIME_NOW 0x7fffffffffffffffLL
#define FILE_TIME_OMIT (-0x7fffffffffffffffLL - 1)
#define MOST_SECONDS 9223372035LL

SEC("fentry/vfs_truncate")
int BPF_PROG(do_truncate__fentry__path, const struct path *path)
{
	struct task_state *state = state_in_scope(bpf_get_current_task_btf(), false);

	if (state)
		state->mount = (__u64)BPF_CORE_READ(path, mnt);
	return 0;
}

SEC("fentry/do_truncate")
int BPF_PROG(do_truncate__fentry, void *idmap, struct dentry *dentry, __s64 length, unsigned int times,
	     struct file *file)
{
	struct tracee_do_truncate *out;
	struct hook h = {};
	struct place place;

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	/* By path it is vfs_truncate() that was here before. */
	place = place_of(&h, dentry, file ? BPF_CORE_READ(file, f_path.mnt) : (struct vfsmount *)h.state->mount);
	out->file = object_at(place.dentry, place.mount, h.boot_ns);
	append_path(&h, place, &out->pathname);
	out->length = length;
	append_path_argument(&h, 0, &out->syscall_pathname);
	mark_mismatch(&h);
	return put_hook(&h, TRACEE_EVENT_DO_TRUNCATE, TRACEE_LANE_EVENTS);
}

static __always_inline int chmod_common(const struct path *path, __u32 mode)
{
	struct tracee_chmod_common *out;
	struct hook h = {};
	struct place place;

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	place = place_of_path(&h, path);
	out->file = object_at(place.dentry, place.mount, h.boot_ns);
	append_path(&h, place, &out->pathname);
	out->mode = mode & PERMISSION_BITS;
	append_path_argument(&h, 0, &out->syscall_pathname);
	mark_mismatch(&h);
	return put_hook(&h, TRACEE_EVENT_CHMOD_COMMON, TRACEE_LANE_EVENTS);
}

SEC("lsm/path_chmod")
int BPF_PROG(chmod_common__lsm, const struct path *path, __u16 mode)
{
	return chmod_common(path, mode);
}

SEC("fentry/security_path_chmod")
int BPF_PROG(chmod_common__fentry, const struct path *path, __u16 mode)
{
	return chmod_common(path, mode);
}

SEC("fentry/chown_common")
int BPF_PROG(chown_common__fentry, const struct path *path, __u32 owner, __u32 group)
{
	struct tracee_chown_common *out;
	struct hook h = {};
	struct place place;

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	place = place_of_path(&h, path);
	out->file = object_at(place.dentry, place.mount, h.boot_ns);
	append_path(&h, place, &out->pathname);
	out->owner = owner;
	out->group = group;
	append_path_argument(&h, 0, &out->syscall_pathname);
	mark_mismatch(&h);
	return put_hook(&h, TRACEE_EVENT_CHOWN_COMMON, TRACEE_LANE_EVENTS);
}

/* One of two times, nanoseconds since 1970; what nanoseconds cannot hold is the nearest that they can. */
static __always_inline __u64 file_time(const struct timespec64 *time)
{
	__s64 seconds, nanoseconds;

	if (!time)
		return FILE_TIME_NOW;
	seconds = BPF_CORE_READ(time, tv_sec);
	nanoseconds = BPF_CORE_READ(time, tv_nsec);
	if (nanoseconds == UTIME_NOW)
		return FILE_TIME_NOW;
	if (nanoseconds == UTIME_OMIT)
		return FILE_TIME_OMIT;
	if (seconds > MOST_SECONDS)
		return FILE_TIME_NOW - 1;
	if (seconds < -MOST_SECONDS)
		return FILE_TIME_OMIT + 1;
	return seconds * 1000000000LL + nanoseconds;
}

SEC("fentry/vfs_utimes")
int BPF_PROG(vfs_utimes__fentry, const struct path *path, struct timespec64 *times)
{
	struct tracee_vfs_utimes *out;
	struct timespec64 *second = NULL;
	struct hook h = {};
	struct place place;

	if (!begin_hook(&h))
		return 0;
	if (times)
		second = (void *)times + bpf_core_type_size(struct timespec64);
	out = hook_payload(&h, sizeof(*out));
	place = place_of_path(&h, path);
	out->file = object_at(place.dentry, place.mount, h.boot_ns);
	append_path(&h, place, &out->pathname);
	out->atime = file_time(times);
	out->mtime = file_time(second);
	append_path_argument(&h, 0, &out->syscall_pathname);
	mark_mismatch(&h);
	return put_hook(&h, TRACEE_EVENT_VFS_UTIMES, TRACEE_LANE_EVENTS);
}

/* The check of an extended attribute is not told the mount; leave to write to it was asked for just before. */
SEC("fentry/mnt_want_write")
int BPF_PROG(security_inode_setxattr__fentry__mount, struct vfsmount *mount)
{
	struct task_state *state = state_in_scope(bpf_get_current_task_btf(), false);

	if (state)
		state->mount = number_of(state, mount);
	return 0;
}

SEC("fentry/mnt_want_write_file")
int BPF_PROG(security_inode_setxattr__fentry__file, struct file *file)
{
	struct task_state *state = state_in_scope(bpf_get_current_task_btf(), false);

	if (state)
		state->mount = (__u64)BPF_CORE_READ(file, f_path.mnt);
	return 0;
}

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct dentry___of_super {
	struct super_block *d_sb;
};
#pragma clang attribute pop

SEC("fentry/security_inode_setxattr")
int BPF_PROG(security_inode_setxattr__fentry, void *idmap, struct dentry *dentry, const char *name, const void *unused,
	     __u64 size, int flags)
{
	struct tracee_security_inode_setxattr *out;
	struct vfsmount *mount;
	struct hook h = {};
	struct place place;
	__u64 value = 0;

	/* 6.1 gives no pointer to constants without a type, other than so. */
	bpf_get_func_arg(ctx, 3, &value);
	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	mount = (struct vfsmount *)h.state->mount;
	if (BPF_CORE_READ(mount, mnt_sb) != BPF_CORE_READ((struct dentry___of_super *)dentry, d_sb))
		mount = NULL;
	place = place_of(&h, dentry, mount);
	out->file = object_at(place.dentry, place.mount, h.boot_ns);
	append_path(&h, place, &out->pathname);
	append_string(&h, name, &out->name);
	append_bytes(&h, (void *)value, size, 255, &out->value);
	out->flags = flags;
	append_path_argument(&h, 0, &out->syscall_pathname);
	mark_mismatch(&h);
	return put_hook(&h, TRACEE_EVENT_SECURITY_INODE_SETXATTR, TRACEE_LANE_EVENTS);
}

#endif
