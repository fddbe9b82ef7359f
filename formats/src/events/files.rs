//! Files: opened, read, written, renamed, removed, changed.

use crate::event::{Event, Field, Kind, Lane};

/// A file was opened.
pub const SECURITY_FILE_OPEN: Event = Event {
    id: 320,
    name: "security_file_open",
    doc: "A file is about to be opened (or was, where it is made at replay).",
    lane: Lane::Events,
    hooks: &["lsm/file_open", "fentry/security_file_open", "replay/open+openat+openat2+creat"],
    sets: &["default", "fs", "lsm_hooks"],
    fields: &[
        Field::new("file", Kind::Object, "The opened file; struct file."),
        Field::attribute("pathname", "file.path", "Its path, links followed."),
        Field::new("flags", Kind::U64, "How it is opened; file.f_flags.").shown_as("open_flags"),
        Field::attribute("dev", "file.dev", "Device number; super_block.s_dev."),
        Field::attribute("inode", "file.inode", "Inode number; inode.i_ino."),
        Field::attribute("ctime", "file.ctime_ns", "Change time, nanoseconds since 1970; inode.i_ctime."),
        Field::new("syscall_pathname", Kind::Text, "The path as the system call was given it.").user(),
    ],
};

/// The family, in id order.
pub const EVENTS: &[Event] = &[SECURITY_FILE_OPEN];
