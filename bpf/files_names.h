/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names of files are made, changed, removed. */
#ifndef TRACEE_FILES_NAMES_H
#define TRACEE_FILES_NAMES_H

#define S_IFDIR 0040000
#define S_IFCHR 0020000
#define CALL_MKNOD 133
#define CALL_MKNODAT 259

static __always_inline int security_inode_rename(const struct path *old_dir, struct dentry *old_dentry,
						 const struct path *new_dir, struct dentry *new_dentry, __u32 flags)
{
	struct tracee_security_inode_rename *out;
	struct hook h = {};
	struct place old;

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	old = place_of(&h, old_dentry, BPF_CORE_READ(old_dir, mnt));
	out->file = object_at(old.dentry, old.mount, h.boot_ns);
	append_path(&h, old, &out->old_path);
	append_path(&h, place_of(&h, new_dentry, BPF_CORE_READ(new_dir, mnt)), &out->new_path);
	out->flags = flags;
	append_path_argument(&h, 0, &out->syscall_old_path);
	append_path_argument(&h, 1, &out->syscall_new_path);
	mark_mismatch(&h);
	return put_hook(&h, TRACEE_EVENT_SECURITY_INODE_RENAME, TRACEE_LANE_EVENTS);
}

SEC("lsm/path_rename")
int BPF_PROG(security_inode_rename__lsm, const struct path *old_dir, struct dentry *old_dentry,
	     const struct path *new_dir, struct dentry *new_dentry, unsigned int flags)
{
	return security_inode_rename(old_dir, old_dentry, new_dir, new_dentry, flags);
}

SEC("fentry/security_path_rename")
int BPF_PROG(security_inode_rename__fentry, const struct path *old_dir, struct dentry *old_dentry,
	     const struct path *new_dir, struct dentry *new_dentry, unsigned int flags)
{
	return security_inode_rename(old_dir, old_dentry, new_dir, new_dentry, flags);
}

static __always_inline int security_inode_unlink(const struct path *dir, struct dentry *dentry)
{
	struct tracee_security_inode_unlink *out;
	struct hook h = {};
	struct place place;

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	place = place_of(&h, dentry, BPF_CORE_READ(dir, mnt));
	out->file = object_at(place.dentry, place.mount, h.boot_ns);
	append_path(&h, place, &out->pathname);
	append_path_argument(&h, 0, &out->syscall_pathname);
	mark_mismatch(&h);
	return put_hook(&h, TRACEE_EVENT_SECURITY_INODE_UNLINK, TRACEE_LANE_EVENTS);
}

SEC("lsm/path_unlink")
int BPF_PROG(security_inode_unlink__lsm, const struct path *dir, struct dentry *dentry)
{
	return security_inode_unlink(dir, dentry);
}

SEC("lsm/path_rmdir")
int BPF_PROG(security_inode_unlink__lsm__directory, const struct path *dir, struct dentry *dentry)
{
	return security_inode_unlink(dir, dentry);
}

SEC("fentry/security_path_unlink")
int BPF_PROG(security_inode_unlink__fentry, const struct path *dir, struct dentry *dentry)
{
	return security_inode_unlink(dir, dentry);
}

SEC("fentry/security_path_rmdir")
int BPF_PROG(security_inode_unlink__fentry__directory, const struct path *dir, struct dentry *dentry)
{
	return security_inode_unlink(dir, dentry);
}

static __always_inline int security_inode_symlink(const struct path *dir, struct dentry *dentry, const char *target)
{
	struct tracee_security_inode_symlink *out;
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	append_path(&h, place_of(&h, dentry, BPF_CORE_READ(dir, mnt)), &out->linkpath);
	append_string(&h, target, &out->target);
	append_path_argument(&h, 0, &out->syscall_linkpath);
	mark_mismatch(&h);
	return put_hook(&h, TRACEE_EVENT_SECURITY_INODE_SYMLINK, TRACEE_LANE_EVENTS);
}

SEC("lsm/path_symlink")
int BPF_PROG(security_inode_symlink__lsm, const struct path *dir, struct dentry *dentry, const char *target)
{
	return security_inode_symlink(dir, dentry, target);
}

SEC("fentry/security_path_symlink")
int BPF_PROG(security_inode_symlink__fentry, const struct path *dir, struct dentry *dentry, const char *target)
{
	return security_inode_symlink(dir, dentry, target);
}

static __always_inline int security_inode_mknod(const struct path *dir, struct dentry *dentry, __u32 mode, __u32 dev)
{
	struct tracee_security_inode_mknod *out;
	__u32 type = mode & S_IFMT, call;
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	call = call_of(h.state);
	/* Opening a file to create it comes here, too. */
	if (type == S_IFREG && call != CALL_MKNOD && call != CALL_MKNODAT)
		return abandon_hook(&h);
	out = hook_payload(&h, sizeof(*out));
	append_path(&h, place_of(&h, dentry, BPF_CORE_READ(dir, mnt)), &out->file_name);
	out->mode = type ? mode : mode | S_IFREG;
	/* Not yet the kernel's own way to write such numbers. */
	out->dev = type == S_IFCHR || type == S_IFBLK ?
			   (dev & 0xfff00) << 12 | (dev & 0xff) | ((dev >> 12) & 0xfff00) : 0;
	append_path_argument(&h, 0, &out->syscall_file_name);
	mark_mismatch(&h);
	return put_hook(&h, TRACEE_EVENT_SECURITY_INODE_MKNOD, TRACEE_LANE_EVENTS);
}

SEC("lsm/path_mknod")
int BPF_PROG(security_inode_mknod__lsm, const struct path *dir, struct dentry *dentry, __u16 mode, unsigned int dev)
{
	return security_inode_mknod(dir, dentry, mode, dev);
}

SEC("lsm/path_mkdir")
int BPF_PROG(security_inode_mknod__lsm__directory, const struct path *dir, struct dentry *dentry, __u16 mode)
{
	return security_inode_mknod(dir, dentry, mode | S_IFDIR, 0);
}

SEC("fentry/security_path_mknod")
int BPF_PROG(security_inode_mknod__fentry, const struct path *dir, struct dentry *dentry, __u16 mode,
	     unsigned int dev)
{
	return security_inode_mknod(dir, dentry, mode, dev);
}

SEC("fentry/security_path_mkdir")
int BPF_PROG(security_inode_mknod__fentry__directory, const struct path *dir, struct dentry *dentry, __u16 mode)
{
	return security_inode_mknod(dir, dentry, mode | S_IFDIR, 0);
}

static __always_inline int security_inode_link(struct dentry *old_dentry, const struct path *new_dir,
					       struct dentry *new_dentry)
{
	struct tracee_security_inode_link *out;
	struct hook h = {};
	struct place old;

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	/* Both are of the same mount, or it would not have come this far. */
	old = place_of(&h, old_dentry, BPF_CORE_READ(new_dir, mnt));
	out->file = object_at(old.dentry, old.mount, h.boot_ns);
	append_path(&h, old, &out->old_path);
	append_path(&h, place_of(&h, new_dentry, BPF_CORE_READ(new_dir, mnt)), &out->new_path);
	append_path_argument(&h, 0, &out->syscall_old_path);
	append_path_argument(&h, 1, &out->syscall_new_path);
	mark_mismatch(&h);
	return put_hook(&h, TRACEE_EVENT_SECURITY_INODE_LINK, TRACEE_LANE_EVENTS);
}

SEC("lsm/path_link")
int BPF_PROG(security_inode_link__lsm, struct dentry *old_dentry, const struct path *new_dir,
	     struct dentry *new_dentry)
{
	return security_inode_link(old_dentry, new_dir, new_dentry);
}

SEC("fentry/security_path_link")
int BPF_PROG(security_inode_link__fentry, struct dentry *old_dentry, const struct path *new_dir,
	     struct dentry *new_dentry)
{
	return security_inode_link(old_dentry, new_dir, new_dentry);
}

#endif
