//! What is in files: read, written, carried from one to another.

use super::{DEV, FILE, INODE, PATH};
use crate::event::{Event, Field, Kind, Lane};

const COUNT: Field = Field::new("count", Kind::U64, "Bytes asked for.");
const VLEN: Field = Field::new("vlen", Kind::U64, "Number of buffers.");
const POS: Field = Field::new(
    "pos",
    Kind::I64,
    "Offset in the file of the first byte, -1 where it is not known or there is none: without a hook of the kernel's own it \
     is known only when the call says it.",
);
const RESULT: Field = Field::new("result", Kind::I64, "Bytes that were.");

/// A file was written to.
pub const VFS_WRITE: Event = Event {
    id: 321,
    name: "vfs_write",
    doc: "A file was written to, from one buffer.",
    lane: Lane::Events,
    hooks: &["fexit/vfs_write", "replay/write+pwrite64"],
    sets: &["fs"],
    fields: &[FILE, PATH, DEV, INODE, COUNT, POS, RESULT],
};

/// A file was written to, from several buffers.
pub const VFS_WRITEV: Event = Event {
    id: 322,
    name: "vfs_writev",
    doc: "A file was written to, from several buffers.",
    lane: Lane::Events,
    hooks: &["fexit/vfs_writev", "replay/writev+pwritev+pwritev2"],
    sets: &["fs"],
    fields: &[FILE, PATH, DEV, INODE, VLEN, POS, RESULT],
};

/// A file was read.
pub const VFS_READ: Event = Event {
    id: 323,
    name: "vfs_read",
    doc: "A file was read, into one buffer.",
    lane: Lane::Events,
    hooks: &["fexit/vfs_read", "replay/read+pread64"],
    sets: &["fs"],
    fields: &[FILE, PATH, DEV, INODE, COUNT, POS, RESULT],
};

/// A file was read, into several buffers.
pub const VFS_READV: Event = Event {
    id: 324,
    name: "vfs_readv",
    doc: "A file was read, into several buffers.",
    lane: Lane::Events,
    hooks: &["fexit/vfs_readv", "replay/readv+preadv+preadv2"],
    sets: &["fs"],
    fields: &[FILE, PATH, DEV, INODE, VLEN, POS, RESULT],
};

/// The first bytes of a file were written.
pub const MAGIC_WRITE: Event = Event {
    id: 325,
    name: "magic_write",
    doc: "A system call wrote the first bytes of a regular file, or the first ever of a pipe.",
    lane: Lane::Events,
    hooks: &["sys_call/write+pwrite64+writev+pwritev+pwritev2"],
    sets: &["default", "fs"],
    fields: &[
        FILE,
        PATH,
        Field::new("bytes", Kind::Bytes, "At most the first 20 bytes, as they were in memory when the call ended.")
            .user(),
        DEV,
        INODE,
    ],
};

/// A file was modified for the first time since it was opened.
pub const FILE_MODIFICATION: Event = Event {
    id: 326,
    name: "file_modification",
    doc: "The content of a regular file or block device was changed for the first time since it was opened; by a hook of the \
          kernel's own also through a mapping.",
    lane: Lane::Events,
    hooks: &[
        "fentry/kiocb_modified",
        "sys_call/write+pwrite64+writev+pwritev+pwritev2+sendfile+splice+copy_file_range+fallocate+open+openat+openat2+\
         creat+open_by_handle_at+memfd_create",
    ],
    sets: &["default", "fs"],
    fields: &[
        FILE,
        Field::attribute("file_path", "file.path", "Its path."),
        DEV,
        INODE,
        Field::new("old_ctime", Kind::U64, "Change time before, nanoseconds since 1970; inode.i_ctime."),
        Field::new("new_ctime", Kind::U64, "Change time after, nanoseconds since 1970; 0 where it could not be read."),
    ],
};

/// Data went from one file to another within the kernel.
pub const FILE_TRANSFER: Event = Event {
    id: 327,
    name: "file_transfer",
    doc: "Data went from one file to another without passing through memory of the program: sendfile, splice, tee, \
          copy_file_range.",
    lane: Lane::Events,
    hooks: &["sys_exit/sendfile+splice+tee+copy_file_range"],
    sets: &["default", "fs"],
    fields: &[
        Field::new("in_file", Kind::Object, "The file that it came from."),
        Field::attribute("in_pathname", "in_file.path", "Its path."),
        Field::new("out_file", Kind::Object, "The file that it went to."),
        Field::attribute("out_pathname", "out_file.path", "Its path."),
        Field::new(
            "in_offset",
            Kind::I64,
            "Offset of the first byte in the one, -1 where there is none or it is not known; from the program's memory as the \
             call left it, or the file's own.",
        )
        .user(),
        Field::new("out_offset", Kind::I64, "The same for the other.").user(),
        Field::new("count", Kind::U64, "Bytes asked for."),
        Field::new("result", Kind::I64, "Bytes that went."),
    ],
};
