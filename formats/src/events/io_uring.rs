//! io_uring: rings and what is submitted to them.

use crate::event::{Event, Field, Kind, Lane};

/// A ring was made.
pub const IO_URING_CREATE: Event = Event {
    id: 304,
    name: "io_uring_create",
    doc: "An io_uring was made.",
    lane: Lane::Events,
    hooks: &["tp_btf/io_uring_create"],
    sets: &["default", "fs", "net"],
    fields: &[
        Field::new("ctx", Kind::Pointer, "Address of the ring, which what is submitted to it names; io_ring_ctx."),
        Field::new("sq_entries", Kind::U32, "Entries of the submission queue."),
        Field::new("cq_entries", Kind::U32, "Entries of the completion queue."),
        Field::new("flags", Kind::U32, "How it was set up; io_ring_ctx.flags.").shown_as("io_uring_setup_flags"),
        Field::new(
            "polling",
            Kind::U32,
            "1 when a thread of the kernel looks for what is submitted (IORING_SETUP_SQPOLL).",
        ),
        Field::new("ring", Kind::Object, "The ring as a file; 0 when it has no descriptor of its own."),
        Field::new("fd", Kind::I32, "Descriptor of the ring, or its number among the registered ones."),
        Field::new("sq_thread_id", Kind::U32, "Host thread id of the thread that looks; 0 when there is none."),
    ],
};

/// An operation was submitted.
pub const IO_URING_SUBMIT_REQ: Event = Event {
    id: 305,
    name: "io_uring_submit_req",
    doc: "An operation was taken off an io_uring's submission queue to be done; nothing of it has happened yet.",
    lane: Lane::Events,
    hooks: &["tp_btf/io_uring_submit_req", "tp_btf/io_uring_submit_sqe"],
    sets: &["default", "fs", "net"],
    fields: &[
        Field::new(
            "file",
            Kind::Object,
            "The file or socket that it is about, by descriptor or by number among the registered ones; 0 when there is none.",
        ),
        Field::attribute("path", "file.path", "Path of the file."),
        Field::attribute("device", "file.dev", "Device number of the file; super_block.s_dev."),
        Field::attribute("inode", "file.inode", "Inode number of the file or socket; inode.i_ino."),
        Field::new("opcode", Kind::Uint, "What is to be done; io_kiocb.opcode.").shown_as("io_uring_op"),
        Field::new("user_data", Kind::U64, "What the program marked it with; io_uring_sqe.user_data."),
        Field::new("flags", Kind::Uint, "How it is to be done, as the program said and the kernel added (IOSQE_ASYNC, when it would have to wait); io_kiocb.flags.").shown_as("io_uring_sqe_flags"),
        Field::new("sq_thread", Kind::Uint, "1 when the ring's own thread took it, 0 when the program made a call."),
        Field::new("sq_thread_id", Kind::Uint, "Host thread id of the ring's own thread; 0 when it has none."),
        Field::new(
            "submitter",
            Kind::Context,
            "Context of the process (of its leader) that the ring's own thread works for; 0 when the row's own task submitted it.",
        ),
        Field::new(
            "submitter_tid",
            Kind::Uint,
            "Host thread id of the task that made the ring, when its own thread submits; 0 otherwise, or when that was not seen.",
        ),
        Field::new("ctx", Kind::Pointer, "Address of the ring; io_ring_ctx."),
        Field::new("req", Kind::Pointer, "Address of the operation, which its completion names; io_kiocb."),
        Field::new(
            "fd",
            Kind::Int,
            "Descriptor of `file`, or its number among the registered ones; the directory of a path; -1 when there is none.",
        )
        .shown_as("dirfd"),
        Field::new("directory", Kind::Object, "What `fd` is, where it is the directory of a path; 0 otherwise."),
        Field::new("new_fd", Kind::Int, "Directory of the second path (rename, link, symlink); -1 when there is none.")
            .shown_as("dirfd"),
        Field::new("new_directory", Kind::Object, "What `new_fd` is; 0 when there is none."),
        Field::new("cwd", Kind::Object, "Working directory, where there is a path; 0 otherwise."),
        Field::new("open_flags", Kind::U64, "Of openat and openat2: flags; open_how.flags. 0 (which no open has here: the kernel adds O_LARGEFILE) for other operations.").shown_as("open_flags"),
        Field::new("pathname", Kind::Text, "The path that it is about, as the kernel copied it; NULL when there is none."),
        Field::new("new_pathname", Kind::Text, "The second path of a rename or link; NULL when there is none."),
        Field::new("address", Kind::Sockaddr, "The address that it connects, binds or sends to; NULL when there is none.")
            .user(),
    ],
};

/// An operation is done.
pub const IO_URING_COMPLETE: Event = Event {
    id: 306,
    name: "io_uring_complete",
    doc: "An operation of an io_uring gave a result.",
    lane: Lane::Events,
    hooks: &["tp_btf/io_uring_complete"],
    sets: &["default", "fs", "net"],
    fields: &[
        Field::new("ctx", Kind::Pointer, "Address of the ring; io_ring_ctx."),
        Field::new(
            "req",
            Kind::Pointer,
            "Address of the operation as its submission names it; 0 when the result is one of several or a message.",
        ),
        Field::new("user_data", Kind::U64, "What the program marked it with; io_uring_cqe.user_data."),
        Field::new("res", Kind::Int, "The result; io_uring_cqe.res.").shown_as("errno"),
        Field::new("cqe_flags", Kind::Uint, "What else is said of it; io_uring_cqe.flags.")
            .shown_as("io_uring_cqe_flags"),
        Field::new("opcode", Kind::Int, "What was to be done; -1 when `req` is 0. io_kiocb.opcode.")
            .shown_as("io_uring_op"),
        Field::new("opened", Kind::Object, "What a new descriptor is that the result gives; 0 otherwise."),
    ],
};

/// The family, in id order.
pub const EVENTS: &[Event] = &[IO_URING_CREATE, IO_URING_SUBMIT_REQ, IO_URING_COMPLETE];
