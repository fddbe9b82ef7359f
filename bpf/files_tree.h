/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The tree of files is watched, walked, mounted. */
#ifndef TRACEE_FILES_TREE_H
#define TRACEE_FILES_TREE_H

#define MS_MOVE 8192

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct mount___named {
	const char *mnt_devname;
};
struct file_system_type {
	const char *name;
};
struct super_block___typed {
	struct file_system_type *s_type;
};
#pragma clang attribute pop

static __always_inline int security_path_notify(const struct path *path, __u64 mask, __u32 type)
{
	struct tracee_security_path_notify *out;
	struct hook h = {};
	struct place place;

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	place = place_of_path(&h, path);
	out->file = object_at(place.dentry, place.mount, h.boot_ns);
	append_path(&h, place, &out->pathname);
	out->mask = mask;
	out->obj_type = type;
	append_path_argument(&h, 0, &out->syscall_pathname);
	mark_mismatch(&h);
	return put_hook(&h, TRACEE_EVENT_SECURITY_PATH_NOTIFY, TRACEE_LANE_EVENTS);
}

SEC("lsm/path_notify")
int BPF_PROG(security_path_notify__lsm, const struct path *path, __u64 mask, unsigned int type)
{
	return security_path_notify(path, mask, type);
}

SEC("fentry/security_path_notify")
int BPF_PROG(security_path_notify__fentry, const struct path *path, __u64 mask, unsigned int type)
{
	return security_path_notify(path, mask, type);
}

SEC("fexit/inotify_find_inode")
int BPF_PROG(inotify_watch__fexit, const char *name, struct path *path, unsigned int flags, __u64 mask, int result)
{
	struct tracee_inotify_watch *out;
	struct hook h = {};
	struct place place;

	if (result || !begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	place = place_of_path(&h, path);
	out->file = object_at(place.dentry, place.mount, h.boot_ns);
	append_path(&h, place, &out->pathname);
	append_path_argument(&h, 0, &out->syscall_pathname);
	mark_mismatch(&h);
	return put_hook(&h, TRACEE_EVENT_INOTIFY_WATCH, TRACEE_LANE_EVENTS);
}

/* What the two events of a task's directories hold. */
static __always_inline void fill_directory(struct hook *h, struct place place, __u64 *directory,
					   struct tracee_var *unresolved)
{
	*directory = object_at(place.dentry, place.mount, h->boot_ns);
	append_path_argument(h, 0, unresolved);
	mark_mismatch(h);
}

static __always_inline int fill_working_directory(struct hook *h, struct place place)
{
	struct tracee_set_fs_pwd *out = hook_payload(h, sizeof(*out));

	fill_directory(h, place, &out->directory, &out->unresolved_path);
	return put_hook(h, TRACEE_EVENT_SET_FS_PWD, TRACEE_LANE_EVENTS);
}

SEC("fentry/set_fs_pwd")
int BPF_PROG(set_fs_pwd__fentry, struct fs_struct *fs, const struct path *path)
{
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	return fill_working_directory(&h, place_of_path(&h, path));
}

/* At the exit of chdir and fchdir. */
__noinline int put_working_directory(__s64 ret, __u64 boot_ns)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct hook h = {};
	struct fs_struct *fs;

	if (ret || !begin_extra(&h, boot_ns))
		return 0;
	fs = BPF_CORE_READ(task, fs);
	return fill_working_directory(&h, place_of(&h, BPF_CORE_READ(fs, pwd.dentry), BPF_CORE_READ(fs, pwd.mnt)));
}

static __always_inline int fill_root(struct hook *h, struct place place)
{
	struct tracee_security_path_chroot *out = hook_payload(h, sizeof(*out));

	fill_directory(h, place, &out->directory, &out->unresolved_path);
	return put_hook(h, TRACEE_EVENT_SECURITY_PATH_CHROOT, TRACEE_LANE_CONTROL);
}

static __always_inline int security_path_chroot(const struct path *path)
{
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	return fill_root(&h, place_of_path(&h, path));
}

SEC("lsm/path_chroot")
int BPF_PROG(security_path_chroot__lsm, const struct path *path)
{
	return security_path_chroot(path);
}

SEC("fentry/security_path_chroot")
int BPF_PROG(security_path_chroot__fentry, const struct path *path)
{
	return security_path_chroot(path);
}

/* At the exit of chroot. */
__noinline int put_root(__s64 ret, __u64 boot_ns)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct hook h = {};
	struct fs_struct *fs;

	if (ret || !begin_extra(&h, boot_ns))
		return 0;
	fs = BPF_CORE_READ(task, fs);
	return fill_root(&h, place_of(&h, BPF_CORE_READ(fs, root.dentry), BPF_CORE_READ(fs, root.mnt)));
}

static __always_inline const char *type_of(struct vfsmount *mount)
{
	struct super_block___typed *super = (void *)BPF_CORE_READ(mount, mnt_sb);

	return BPF_CORE_READ(super, s_type, name);
}

static __always_inline const char *device_of(const struct vfsmount *mount)
{
	struct mount___named *m = (void *)mount - bpf_core_field_offset(struct mount, mnt);

	return BPF_CORE_READ(m, mnt_devname);
}

static __always_inline int security_sb_mount(const char *device, const struct path *path, const char *type,
					     __u64 flags, __u32 nth)
{
	struct tracee_security_sb_mount *out;
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	append_string(&h, device, &out->dev_name);
	append_path(&h, place_of_path(&h, path), &out->path);
	append_string(&h, type, &out->type);
	out->flags = flags;
	append_path_argument(&h, nth, &out->syscall_path);
	mark_mismatch(&h);
	return put_hook(&h, TRACEE_EVENT_SECURITY_SB_MOUNT, TRACEE_LANE_CONTROL);
}

SEC("lsm/sb_mount")
int BPF_PROG(security_sb_mount__lsm, const char *device, const struct path *path, const char *type, unsigned long flags)
{
	return security_sb_mount(device, path, type, flags, 0);
}

SEC("lsm/move_mount")
int BPF_PROG(security_sb_mount__lsm__move, const struct path *from, const struct path *to)
{
	struct vfsmount *mount = BPF_CORE_READ(from, mnt);

	return security_sb_mount(device_of(mount), to, type_of(mount), MS_MOVE, 1);
}

SEC("fentry/security_sb_mount")
int BPF_PROG(security_sb_mount__fentry, const char *device, const struct path *path, const char *type,
	     unsigned long flags)
{
	return security_sb_mount(device, path, type, flags, 0);
}

SEC("fentry/security_move_mount")
int BPF_PROG(security_sb_mount__fentry__move, const struct path *from, const struct path *to)
{
	struct vfsmount *mount = BPF_CORE_READ(from, mnt);

	return security_sb_mount(device_of(mount), to, type_of(mount), MS_MOVE, 1);
}

static __always_inline int security_sb_umount(struct vfsmount *mount, int flags)
{
	struct tracee_security_sb_umount *out;
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	append_string(&h, device_of(mount), &out->dev_name);
	append_path(&h, place_of(&h, BPF_CORE_READ(mount, mnt_root), mount), &out->path);
	append_string(&h, type_of(mount), &out->type);
	out->flags = flags;
	append_path_argument(&h, 0, &out->syscall_path);
	mark_mismatch(&h);
	return put_hook(&h, TRACEE_EVENT_SECURITY_SB_UMOUNT, TRACEE_LANE_CONTROL);
}

SEC("lsm/sb_umount")
int BPF_PROG(security_sb_umount__lsm, struct vfsmount *mount, int flags)
{
	return security_sb_umount(mount, flags);
}

SEC("fentry/security_sb_umount")
int BPF_PROG(security_sb_umount__fentry, struct vfsmount *mount, int flags)
{
	return security_sb_umount(mount, flags);
}

#endif
