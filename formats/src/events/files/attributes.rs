//! What is said of files: size, permissions, owner, times, extended attributes.

use super::{DEV, FILE, INODE, PATHNAME, SYSCALL_PATHNAME};
use crate::event::{Event, Field, Kind, Lane};

/// A file gets another size.
pub const DO_TRUNCATE: Event = Event {
    id: 333,
    name: "do_truncate",
    doc: "A file is cut or stretched to a size; by a hook of the kernel's own also when opening it empties it.",
    lane: Lane::Events,
    hooks: &["fentry/do_truncate", "replay/truncate+ftruncate"],
    sets: &["default", "fs"],
    fields: &[
        FILE,
        PATHNAME,
        INODE,
        DEV,
        Field::new("length", Kind::U64, "Its size from now on, bytes."),
        SYSCALL_PATHNAME,
    ],
};

/// A file's permissions are changed.
pub const CHMOD_COMMON: Event = Event {
    id: 334,
    name: "chmod_common",
    doc: "A file's permissions are changed.",
    lane: Lane::Events,
    hooks: &["lsm/path_chmod", "fentry/security_path_chmod", "replay/chmod+fchmod+fchmodat+fchmodat2"],
    sets: &["default", "fs"],
    fields: &[
        FILE,
        PATHNAME,
        Field::new("mode", Kind::Uint, "Its permissions from now on.").shown_as("mode"),
        INODE,
        DEV,
        SYSCALL_PATHNAME,
    ],
};

/// A file's owner is changed.
pub const CHOWN_COMMON: Event = Event {
    id: 335,
    name: "chown_common",
    doc: "A file's owner is changed.",
    lane: Lane::Events,
    hooks: &["fentry/chown_common", "replay/chown+lchown+fchown+fchownat"],
    sets: &["default", "fs"],
    fields: &[
        FILE,
        PATHNAME,
        Field::new(
            "owner",
            Kind::Int,
            "User from now on, as the program's user namespace counts them; -1 for unchanged.",
        ),
        Field::new("group", Kind::Int, "Group, the same."),
        INODE,
        DEV,
        SYSCALL_PATHNAME,
    ],
};

/// A file's times are changed.
pub const VFS_UTIMES: Event = Event {
    id: 336,
    name: "vfs_utimes",
    doc: "A file's times are set.",
    lane: Lane::Events,
    hooks: &["fentry/vfs_utimes", "replay/utime+utimes+futimesat+utimensat"],
    sets: &["default", "fs"],
    fields: &[
        FILE,
        PATHNAME,
        DEV,
        INODE,
        Field::new("atime", Kind::I64, "Time of last access from now on, nanoseconds since 1970.")
            .shown_as("file_time"),
        Field::new("mtime", Kind::I64, "Time of last modification from now on, the same.").shown_as("file_time"),
        SYSCALL_PATHNAME,
    ],
};

/// An extended attribute is set.
pub const SECURITY_INODE_SETXATTR: Event = Event {
    id: 337,
    name: "security_inode_setxattr",
    doc: "An extended attribute of a file is set.",
    lane: Lane::Events,
    hooks: &["fentry/security_inode_setxattr", "replay/setxattr+lsetxattr+fsetxattr+setxattrat"],
    sets: &["default", "fs", "lsm_hooks"],
    fields: &[
        FILE,
        PATHNAME,
        INODE,
        DEV,
        Field::new("name", Kind::Text, "The attribute."),
        Field::new("value", Kind::Bytes, "Its value, at most 255 bytes; NULL where only the kernel knows it."),
        Field::new("flags", Kind::Int, "Whether it may be there already; setxattr's flags.").shown_as("xattr_flags"),
        SYSCALL_PATHNAME,
    ],
};
