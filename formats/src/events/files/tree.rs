//! The tree of files: watched, walked, mounted.

use super::{DEV, FILE, INODE, PATHNAME, SYSCALL_PATHNAME};
use crate::event::{Event, Field, Kind, Lane};

/// Somebody wants to be told what happens to a file.
pub const SECURITY_PATH_NOTIFY: Event = Event {
    id: 338,
    name: "security_path_notify",
    doc: "Somebody wants to be told of what happens to a file, by inotify, fanotify or dnotify.",
    lane: Lane::Events,
    hooks: &["lsm/path_notify", "fentry/security_path_notify", "replay/inotify_add_watch+fanotify_mark"],
    sets: &["default", "fs", "lsm_hooks"],
    fields: &[
        FILE,
        PATHNAME,
        INODE,
        DEV,
        Field::new("mask", Kind::U64, "Of what; the kernel's FS_* bits.").shown_as("fsnotify_mask"),
        Field::new("obj_type", Kind::Uint, "What is watched; enum fsnotify_obj_type.").shown_as("fsnotify_object"),
        SYSCALL_PATHNAME,
    ],
};

/// A file is watched with inotify.
pub const INOTIFY_WATCH: Event = Event {
    id: 339,
    name: "inotify_watch",
    doc: "A file is watched with inotify.",
    lane: Lane::Events,
    hooks: &["fexit/inotify_find_inode", "replay/inotify_add_watch"],
    sets: &["default", "fs"],
    fields: &[FILE, PATHNAME, INODE, DEV, SYSCALL_PATHNAME],
};

/// A task has another working directory.
pub const SET_FS_PWD: Event = Event {
    id: 340,
    name: "set_fs_pwd",
    doc: "A task has another working directory.",
    lane: Lane::Events,
    hooks: &["fentry/set_fs_pwd", "sys_exit/chdir+fchdir"],
    sets: &["default", "fs"],
    fields: &[
        Field::new("directory", Kind::Object, "The directory."),
        Field::new("unresolved_path", Kind::Text, "Its path as the system call was given it.").user(),
        Field::attribute("resolved_path", "directory.path", "Its path, links followed."),
    ],
};

/// The root directory changes.
pub const SECURITY_PATH_CHROOT: Event = Event {
    id: 343,
    name: "security_path_chroot",
    doc: "A task is about to have another root directory (or has it, where it is told at the call's exit).",
    lane: Lane::Control,
    hooks: &["lsm/path_chroot", "fentry/security_path_chroot", "sys_exit/chroot"],
    sets: &["default", "fs", "lsm_hooks"],
    fields: &[
        Field::new("directory", Kind::Object, "The directory; path.dentry and path.mnt."),
        Field::new("unresolved_path", Kind::Text, "Its path as the system call was given it.").user(),
        Field::attribute("resolved_path", "directory.path", "Its path from the host's root, links followed."),
    ],
};

/// Something is mounted.
pub const SECURITY_SB_MOUNT: Event = Event {
    id: 341,
    name: "security_sb_mount",
    doc: "A file system is mounted, or a mount changed or moved. Of move_mount(2), `flags` is MS_MOVE.",
    lane: Lane::Control,
    hooks: &["lsm/sb_mount", "fentry/security_sb_mount", "replay/mount+move_mount"],
    sets: &["default", "fs", "lsm_hooks"],
    fields: &[
        Field::new("dev_name", Kind::Text, "Device, or what the program calls it."),
        Field::new("path", Kind::Text, "Where it is mounted."),
        Field::new("type", Kind::Text, "File system type."),
        Field::new("flags", Kind::U64, "How; mount's flags.").shown_as("mount_flags"),
        Field::new("syscall_path", Kind::Text, "Where, as the system call was given it.").user(),
    ],
};

/// Something is unmounted.
pub const SECURITY_SB_UMOUNT: Event = Event {
    id: 342,
    name: "security_sb_umount",
    doc: "A mount is taken away.",
    lane: Lane::Control,
    hooks: &["lsm/sb_umount", "fentry/security_sb_umount", "replay/umount2"],
    sets: &["default", "fs", "lsm_hooks"],
    fields: &[
        Field::new("dev_name", Kind::Text, "Device; mount.mnt_devname. NULL where only the kernel knows it."),
        Field::new("path", Kind::Text, "Where it is mounted."),
        Field::new("type", Kind::Text, "File system type. NULL where only the kernel knows it."),
        Field::new("flags", Kind::Int, "How; umount2's flags.").shown_as("umount_flags"),
        Field::new("syscall_path", Kind::Text, "Where, as the system call was given it.").user(),
    ],
};
