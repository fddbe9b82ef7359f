//! Files: opened, read, written, renamed, removed, changed.
//!
//! Where a row is made from a system call that only names a path, that path is the program's word, put together with the
//! directory that it starts from, and the file behind it is not known: its attributes are NULL.

use crate::event::{Event, Field, Kind, Lane};

mod attributes;
mod content;
mod names;
mod tree;

pub use attributes::*;
pub use content::*;
pub use names::*;
pub use tree::*;

/// A file is opened.
pub const SECURITY_FILE_OPEN: Event = Event {
    id: 320,
    name: "security_file_open",
    doc: "A file is opened; by a hook of the kernel's own also for an execution, by io_uring and from within the kernel.",
    lane: Lane::Events,
    hooks: &["lsm/file_open", "fentry/security_file_open", "replay/open+openat+openat2+creat+open_by_handle_at"],
    sets: &["default", "fs", "lsm_hooks"],
    fields: &[
        Field::new("file", Kind::Object, "The opened file; struct file."),
        Field::attribute("pathname", "file.path", "Its path, links followed."),
        Field::new("flags", Kind::U64, "How it is opened; file.f_flags.").shown_as("open_flags"),
        DEV,
        INODE,
        CTIME,
        SYSCALL_PATHNAME,
    ],
};

const FILE: Field = Field::new("file", Kind::Object, "The file.");
const PATHNAME: Field = Field::new("pathname", Kind::Text, "Its path, links followed.");
const PATH: Field = Field::attribute("pathname", "file.path", "Its path.");
const DEV: Field = Field::attribute("dev", "file.dev", "Device number; super_block.s_dev.");
const INODE: Field = Field::attribute("inode", "file.inode", "Inode number; inode.i_ino.");
const CTIME: Field = Field::attribute("ctime", "file.ctime_ns", "Change time, nanoseconds since 1970; inode.i_ctime.");
const SYSCALL_PATHNAME: Field =
    Field::new("syscall_pathname", Kind::Text, "The path as the system call was given it.").user();

/// The family, in id order.
pub const EVENTS: &[Event] = &[
    SECURITY_FILE_OPEN,
    VFS_WRITE,
    VFS_WRITEV,
    VFS_READ,
    VFS_READV,
    MAGIC_WRITE,
    FILE_MODIFICATION,
    FILE_TRANSFER,
    SECURITY_INODE_RENAME,
    SECURITY_INODE_UNLINK,
    SECURITY_INODE_SYMLINK,
    SECURITY_INODE_MKNOD,
    SECURITY_INODE_LINK,
    DO_TRUNCATE,
    CHMOD_COMMON,
    CHOWN_COMMON,
    VFS_UTIMES,
    SECURITY_INODE_SETXATTR,
    SECURITY_PATH_NOTIFY,
    INOTIFY_WATCH,
    SET_FS_PWD,
    SECURITY_SB_MOUNT,
    SECURITY_SB_UMOUNT,
    SECURITY_PATH_CHROOT,
];
