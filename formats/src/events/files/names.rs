//! Names of files: made, changed, removed.

use super::{CTIME, DEV, FILE, INODE, PATHNAME, SYSCALL_PATHNAME};
use crate::event::{Event, Field, Kind, Lane};

const OLD_PATH: Field = Field::new("old_path", Kind::Text, "Its path so far, links followed up to the last name.");
const NEW_PATH: Field = Field::new("new_path", Kind::Text, "Its new path, links followed up to the last name.");
const SYSCALL_OLD_PATH: Field =
    Field::new("syscall_old_path", Kind::Text, "The first path as the system call was given it.").user();
const SYSCALL_NEW_PATH: Field =
    Field::new("syscall_new_path", Kind::Text, "The second path as the system call was given it.").user();

/// A file is renamed.
pub const SECURITY_INODE_RENAME: Event = Event {
    id: 328,
    name: "security_inode_rename",
    doc: "A file is renamed.",
    lane: Lane::Events,
    hooks: &["lsm/path_rename", "fentry/security_path_rename", "replay/rename+renameat+renameat2"],
    sets: &["default", "fs", "lsm_hooks"],
    fields: &[
        FILE,
        OLD_PATH,
        NEW_PATH,
        INODE,
        DEV,
        Field::new("flags", Kind::Uint, "How; renameat2's flags.").shown_as("rename_flags"),
        SYSCALL_OLD_PATH,
        SYSCALL_NEW_PATH,
    ],
};

/// A name is removed.
pub const SECURITY_INODE_UNLINK: Event = Event {
    id: 329,
    name: "security_inode_unlink",
    doc: "A name of a file, or a directory, is removed.",
    lane: Lane::Events,
    hooks: &["lsm/path_unlink", "fentry/security_path_unlink", "replay/unlink+unlinkat+rmdir"],
    sets: &["default", "fs", "lsm_hooks"],
    fields: &[FILE, PATHNAME, INODE, DEV, CTIME, SYSCALL_PATHNAME],
};

/// A symbolic link is made.
pub const SECURITY_INODE_SYMLINK: Event = Event {
    id: 330,
    name: "security_inode_symlink",
    doc: "A symbolic link is made.",
    lane: Lane::Events,
    hooks: &["lsm/path_symlink", "fentry/security_path_symlink", "replay/symlink+symlinkat"],
    sets: &["default", "fs", "lsm_hooks"],
    fields: &[
        Field::new("linkpath", Kind::Text, "Path of the link."),
        Field::new("target", Kind::Text, "What it leads to."),
        Field::new("syscall_linkpath", Kind::Text, "Path of the link as the system call was given it.").user(),
    ],
};

/// A directory or special file is made.
pub const SECURITY_INODE_MKNOD: Event = Event {
    id: 331,
    name: "security_inode_mknod",
    doc: "A directory, device, FIFO, socket or, by mknod, regular file is made.",
    lane: Lane::Events,
    hooks: &["lsm/path_mknod", "fentry/security_path_mknod", "replay/mknod+mknodat+mkdir+mkdirat"],
    sets: &["default", "fs", "lsm_hooks"],
    fields: &[
        Field::new("file_name", Kind::Text, "Its path."),
        Field::new(
            "mode",
            Kind::Uint,
            "Type and permissions; by a hook of the kernel's own without what the umask takes away.",
        )
        .shown_as("mode"),
        Field::new("dev", Kind::Uint, "Number of the device that it stands for; 0 for others.").shown_as("dev"),
        Field::new("syscall_file_name", Kind::Text, "Its path as the system call was given it.").user(),
    ],
};

/// A hard link is made.
pub const SECURITY_INODE_LINK: Event = Event {
    id: 332,
    name: "security_inode_link",
    doc: "A file gets one more name, a hard link.",
    lane: Lane::Events,
    hooks: &["lsm/path_link", "fentry/security_path_link", "replay/link+linkat"],
    sets: &["default", "fs", "lsm_hooks"],
    fields: &[FILE, OLD_PATH, NEW_PATH, INODE, DEV, SYSCALL_OLD_PATH, SYSCALL_NEW_PATH],
};
