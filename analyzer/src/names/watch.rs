//! Waiting and watching: epoll, eventfd, signalfd, inotify, fanotify, io_uring. Values are those of the kernel's headers for programs.

use super::{Naming, Table};

/// Display hints of this family.
pub(super) const HINTS: &[(&str, Naming)] = &[
    ("epoll_op", Naming::Enumeration(EPOLL_OP)),
    ("epoll_flags", Naming::Flags { zero: "0", bits: EPOLL_FLAGS }),
    ("epoll_events", Naming::Flags { zero: "0", bits: EPOLL_EVENTS }),
    ("eventfd_flags", Naming::Flags { zero: "0", bits: EVENTFD_FLAGS }),
    ("signalfd_flags", Naming::Flags { zero: "0", bits: SIGNALFD_FLAGS }),
    ("inotify_flags", Naming::Flags { zero: "0", bits: INOTIFY_FLAGS }),
    ("inotify_mask", Naming::Flags { zero: "0", bits: INOTIFY_MASK }),
    ("fanotify_init_flags", Naming::Flags { zero: "FAN_CLASS_NOTIF", bits: FANOTIFY_INIT_FLAGS }),
    ("fanotify_mark_flags", Naming::Flags { zero: "FAN_MARK_INODE", bits: FANOTIFY_MARK_FLAGS }),
    ("fanotify_mask", Naming::Flags { zero: "0", bits: FANOTIFY_MASK }),
    ("fsnotify_mask", Naming::Flags { zero: "0", bits: FSNOTIFY_MASK }),
    ("fsnotify_object", Naming::Enumeration(FSNOTIFY_OBJECT)),
    ("io_uring_cqe_flags", Naming::Computed(completion_flags)),
    ("io_uring_enter_flags", Naming::Flags { zero: "0", bits: IO_URING_ENTER_FLAGS }),
    ("io_uring_op", Naming::Enumeration(IO_URING_OP)),
    ("io_uring_setup_flags", Naming::Flags { zero: "0", bits: IO_URING_SETUP_FLAGS }),
    ("io_uring_sqe_flags", Naming::Flags { zero: "0", bits: IO_URING_SQE_FLAGS }),
    (
        "io_uring_register_op",
        Naming::Masked { mask: 0x7fffffff, low: IO_URING_REGISTER_OP_LOW, bits: IO_URING_REGISTER_OP },
    ),
];

/// `epoll_op`: `linux/eventpoll.h`.
const EPOLL_OP: Table = &[(1, "EPOLL_CTL_ADD"), (2, "EPOLL_CTL_DEL"), (3, "EPOLL_CTL_MOD")];

/// `epoll_flags`: `fcntl.h`.
const EPOLL_FLAGS: Table = &[(0x80000, "EPOLL_CLOEXEC")];

/// `epoll_events`: `sys/epoll.h`.
const EPOLL_EVENTS: Table = &[
    (0x1, "EPOLLIN"),
    (0x2, "EPOLLPRI"),
    (0x4, "EPOLLOUT"),
    (0x8, "EPOLLERR"),
    (0x10, "EPOLLHUP"),
    (0x20, "EPOLLNVAL"),
    (0x40, "EPOLLRDNORM"),
    (0x80, "EPOLLRDBAND"),
    (0x100, "EPOLLWRNORM"),
    (0x200, "EPOLLWRBAND"),
    (0x400, "EPOLLMSG"),
    (0x2000, "EPOLLRDHUP"),
    (0x10000000, "EPOLLEXCLUSIVE"),
    (0x20000000, "EPOLLWAKEUP"),
    (0x40000000, "EPOLLONESHOT"),
    (0x80000000, "EPOLLET"),
];

/// `eventfd_flags`: `sys/eventfd.h`.
const EVENTFD_FLAGS: Table = &[(0x1, "EFD_SEMAPHORE"), (0x80000, "EFD_CLOEXEC"), (0x800, "EFD_NONBLOCK")];

/// `signalfd_flags`: `sys/signalfd.h`.
const SIGNALFD_FLAGS: Table = &[(0x80000, "SFD_CLOEXEC"), (0x800, "SFD_NONBLOCK")];

/// `inotify_flags`: `sys/inotify.h`.
const INOTIFY_FLAGS: Table = &[(0x80000, "IN_CLOEXEC"), (0x800, "IN_NONBLOCK")];

/// `inotify_mask`: `sys/inotify.h`.
const INOTIFY_MASK: Table = &[
    (0xfff, "IN_ALL_EVENTS"),
    (0x18, "IN_CLOSE"),
    (0xc0, "IN_MOVE"),
    (0x1, "IN_ACCESS"),
    (0x2, "IN_MODIFY"),
    (0x4, "IN_ATTRIB"),
    (0x8, "IN_CLOSE_WRITE"),
    (0x10, "IN_CLOSE_NOWRITE"),
    (0x20, "IN_OPEN"),
    (0x40, "IN_MOVED_FROM"),
    (0x80, "IN_MOVED_TO"),
    (0x100, "IN_CREATE"),
    (0x200, "IN_DELETE"),
    (0x400, "IN_DELETE_SELF"),
    (0x800, "IN_MOVE_SELF"),
    (0x2000, "IN_UNMOUNT"),
    (0x4000, "IN_Q_OVERFLOW"),
    (0x8000, "IN_IGNORED"),
    (0x1000000, "IN_ONLYDIR"),
    (0x2000000, "IN_DONT_FOLLOW"),
    (0x4000000, "IN_EXCL_UNLINK"),
    (0x10000000, "IN_MASK_CREATE"),
    (0x20000000, "IN_MASK_ADD"),
    (0x40000000, "IN_ISDIR"),
    (0x80000000, "IN_ONESHOT"),
];

/// `fanotify_init_flags`: `linux/fanotify.h`.
const FANOTIFY_INIT_FLAGS: Table = &[
    (0x1, "FAN_CLOEXEC"),
    (0x2, "FAN_NONBLOCK"),
    (0x4, "FAN_CLASS_CONTENT"),
    (0x8, "FAN_CLASS_PRE_CONTENT"),
    (0x10, "FAN_UNLIMITED_QUEUE"),
    (0x20, "FAN_UNLIMITED_MARKS"),
    (0x40, "FAN_ENABLE_AUDIT"),
    (0x80, "FAN_REPORT_PIDFD"),
    (0x100, "FAN_REPORT_TID"),
    (0x200, "FAN_REPORT_FID"),
    (0x400, "FAN_REPORT_DIR_FID"),
    (0x800, "FAN_REPORT_NAME"),
    (0x1000, "FAN_REPORT_TARGET_FID"),
    (0x2000, "FAN_REPORT_FD_ERROR"),
    (0x4000, "FAN_REPORT_MNT"),
];

/// `fanotify_mark_flags`: `linux/fanotify.h`.
const FANOTIFY_MARK_FLAGS: Table = &[
    (0x1, "FAN_MARK_ADD"),
    (0x2, "FAN_MARK_REMOVE"),
    (0x4, "FAN_MARK_DONT_FOLLOW"),
    (0x8, "FAN_MARK_ONLYDIR"),
    (0x10, "FAN_MARK_MOUNT"),
    (0x20, "FAN_MARK_IGNORED_MASK"),
    (0x40, "FAN_MARK_IGNORED_SURV_MODIFY"),
    (0x80, "FAN_MARK_FLUSH"),
    (0x100, "FAN_MARK_FILESYSTEM"),
    (0x200, "FAN_MARK_EVICTABLE"),
    (0x400, "FAN_MARK_IGNORE"),
];

/// `fanotify_mask`: `linux/fanotify.h`.
const FANOTIFY_MASK: Table = &[
    (0x1, "FAN_ACCESS"),
    (0x2, "FAN_MODIFY"),
    (0x4, "FAN_ATTRIB"),
    (0x8, "FAN_CLOSE_WRITE"),
    (0x10, "FAN_CLOSE_NOWRITE"),
    (0x20, "FAN_OPEN"),
    (0x40, "FAN_MOVED_FROM"),
    (0x80, "FAN_MOVED_TO"),
    (0x100, "FAN_CREATE"),
    (0x200, "FAN_DELETE"),
    (0x400, "FAN_DELETE_SELF"),
    (0x800, "FAN_MOVE_SELF"),
    (0x1000, "FAN_OPEN_EXEC"),
    (0x4000, "FAN_Q_OVERFLOW"),
    (0x8000, "FAN_FS_ERROR"),
    (0x10000, "FAN_OPEN_PERM"),
    (0x20000, "FAN_ACCESS_PERM"),
    (0x40000, "FAN_OPEN_EXEC_PERM"),
    (0x100000, "FAN_PRE_ACCESS"),
    (0x1000000, "FAN_MNT_ATTACH"),
    (0x2000000, "FAN_MNT_DETACH"),
    (0x8000000, "FAN_EVENT_ON_CHILD"),
    (0x10000000, "FAN_RENAME"),
    (0x40000000, "FAN_ONDIR"),
];

/// `fsnotify_mask`: the kernel's own `linux/fsnotify_backend.h`.
const FSNOTIFY_MASK: Table = &[
    (0x1, "FS_ACCESS"),
    (0x2, "FS_MODIFY"),
    (0x4, "FS_ATTRIB"),
    (0x8, "FS_CLOSE_WRITE"),
    (0x10, "FS_CLOSE_NOWRITE"),
    (0x20, "FS_OPEN"),
    (0x40, "FS_MOVED_FROM"),
    (0x80, "FS_MOVED_TO"),
    (0x100, "FS_CREATE"),
    (0x200, "FS_DELETE"),
    (0x400, "FS_DELETE_SELF"),
    (0x800, "FS_MOVE_SELF"),
    (0x1000, "FS_OPEN_EXEC"),
    (0x2000, "FS_UNMOUNT"),
    (0x4000, "FS_Q_OVERFLOW"),
    (0x8000, "FS_ERROR"),
    (0x10000, "FS_OPEN_PERM"),
    (0x20000, "FS_ACCESS_PERM"),
    (0x40000, "FS_OPEN_EXEC_PERM"),
    (0x100000, "FS_PRE_ACCESS"),
    (0x8000000, "FS_EVENT_ON_CHILD"),
    (0x10000000, "FS_RENAME"),
    (0x40000000, "FS_ISDIR"),
];

/// `fsnotify_object`: enum fsnotify_obj_type of the same.
const FSNOTIFY_OBJECT: Table = &[(0, "inode"), (1, "mount"), (2, "filesystem"), (3, "mount_namespace")];

/// `io_uring_enter_flags`: `linux/io_uring.h`.
const IO_URING_ENTER_FLAGS: Table = &[
    (0x1, "IORING_ENTER_GETEVENTS"),
    (0x2, "IORING_ENTER_SQ_WAKEUP"),
    (0x4, "IORING_ENTER_SQ_WAIT"),
    (0x8, "IORING_ENTER_EXT_ARG"),
    (0x10, "IORING_ENTER_REGISTERED_RING"),
    (0x20, "IORING_ENTER_ABS_TIMER"),
    (0x40, "IORING_ENTER_EXT_ARG_REG"),
    (0x80, "IORING_ENTER_NO_IOWAIT"),
];

/// `io_uring_op`: `linux/io_uring.h`.
const IO_URING_OP: Table = &[
    (0, "IORING_OP_NOP"),
    (1, "IORING_OP_READV"),
    (2, "IORING_OP_WRITEV"),
    (3, "IORING_OP_FSYNC"),
    (4, "IORING_OP_READ_FIXED"),
    (5, "IORING_OP_WRITE_FIXED"),
    (6, "IORING_OP_POLL_ADD"),
    (7, "IORING_OP_POLL_REMOVE"),
    (8, "IORING_OP_SYNC_FILE_RANGE"),
    (9, "IORING_OP_SENDMSG"),
    (10, "IORING_OP_RECVMSG"),
    (11, "IORING_OP_TIMEOUT"),
    (12, "IORING_OP_TIMEOUT_REMOVE"),
    (13, "IORING_OP_ACCEPT"),
    (14, "IORING_OP_ASYNC_CANCEL"),
    (15, "IORING_OP_LINK_TIMEOUT"),
    (16, "IORING_OP_CONNECT"),
    (17, "IORING_OP_FALLOCATE"),
    (18, "IORING_OP_OPENAT"),
    (19, "IORING_OP_CLOSE"),
    (20, "IORING_OP_FILES_UPDATE"),
    (21, "IORING_OP_STATX"),
    (22, "IORING_OP_READ"),
    (23, "IORING_OP_WRITE"),
    (24, "IORING_OP_FADVISE"),
    (25, "IORING_OP_MADVISE"),
    (26, "IORING_OP_SEND"),
    (27, "IORING_OP_RECV"),
    (28, "IORING_OP_OPENAT2"),
    (29, "IORING_OP_EPOLL_CTL"),
    (30, "IORING_OP_SPLICE"),
    (31, "IORING_OP_PROVIDE_BUFFERS"),
    (32, "IORING_OP_REMOVE_BUFFERS"),
    (33, "IORING_OP_TEE"),
    (34, "IORING_OP_SHUTDOWN"),
    (35, "IORING_OP_RENAMEAT"),
    (36, "IORING_OP_UNLINKAT"),
    (37, "IORING_OP_MKDIRAT"),
    (38, "IORING_OP_SYMLINKAT"),
    (39, "IORING_OP_LINKAT"),
    (40, "IORING_OP_MSG_RING"),
    (41, "IORING_OP_FSETXATTR"),
    (42, "IORING_OP_SETXATTR"),
    (43, "IORING_OP_FGETXATTR"),
    (44, "IORING_OP_GETXATTR"),
    (45, "IORING_OP_SOCKET"),
    (46, "IORING_OP_URING_CMD"),
    (47, "IORING_OP_SEND_ZC"),
    (48, "IORING_OP_SENDMSG_ZC"),
    (49, "IORING_OP_READ_MULTISHOT"),
    (50, "IORING_OP_WAITID"),
    (51, "IORING_OP_FUTEX_WAIT"),
    (52, "IORING_OP_FUTEX_WAKE"),
    (53, "IORING_OP_FUTEX_WAITV"),
    (54, "IORING_OP_FIXED_FD_INSTALL"),
    (55, "IORING_OP_FTRUNCATE"),
    (56, "IORING_OP_BIND"),
    (57, "IORING_OP_LISTEN"),
    (58, "IORING_OP_RECV_ZC"),
    (59, "IORING_OP_EPOLL_WAIT"),
    (60, "IORING_OP_READV_FIXED"),
    (61, "IORING_OP_WRITEV_FIXED"),
    (62, "IORING_OP_PIPE"),
];

/// `io_uring_sqe_flags`: `linux/io_uring.h`.
const IO_URING_SQE_FLAGS: Table = &[
    (0x1, "IOSQE_FIXED_FILE"),
    (0x2, "IOSQE_IO_DRAIN"),
    (0x4, "IOSQE_IO_LINK"),
    (0x8, "IOSQE_IO_HARDLINK"),
    (0x10, "IOSQE_ASYNC"),
    (0x20, "IOSQE_BUFFER_SELECT"),
    (0x40, "IOSQE_CQE_SKIP_SUCCESS"),
];

/// `io_uring_cqe_flags`, the low half: `linux/io_uring.h`.
const IO_URING_CQE_FLAGS: Table = &[
    (0x1, "IORING_CQE_F_BUFFER"),
    (0x2, "IORING_CQE_F_MORE"),
    (0x4, "IORING_CQE_F_SOCK_NONEMPTY"),
    (0x8, "IORING_CQE_F_NOTIF"),
    (0x10, "IORING_CQE_F_BUF_MORE"),
    (0x20, "IORING_CQE_F_SKIP"),
    (0x8000, "IORING_CQE_F_32"),
];

/// Flags, and in the high half the number of the buffer that was taken.
fn completion_flags(value: i64) -> Option<String> {
    let (flags, buffer) = (value & 0xffff, value >> 16 & 0xffff);
    let named = super::flags(None, flags, IO_URING_CQE_FLAGS, "0");
    Some(if flags & 1 == 0 && buffer == 0 { named.into_owned() } else { format!("{named}|buffer:{buffer}") })
}

/// `io_uring_setup_flags`: `linux/io_uring.h`.
const IO_URING_SETUP_FLAGS: Table = &[
    (0x1, "IORING_SETUP_IOPOLL"),
    (0x2, "IORING_SETUP_SQPOLL"),
    (0x4, "IORING_SETUP_SQ_AFF"),
    (0x8, "IORING_SETUP_CQSIZE"),
    (0x10, "IORING_SETUP_CLAMP"),
    (0x20, "IORING_SETUP_ATTACH_WQ"),
    (0x40, "IORING_SETUP_R_DISABLED"),
    (0x80, "IORING_SETUP_SUBMIT_ALL"),
    (0x100, "IORING_SETUP_COOP_TASKRUN"),
    (0x200, "IORING_SETUP_TASKRUN_FLAG"),
    (0x400, "IORING_SETUP_SQE128"),
    (0x800, "IORING_SETUP_CQE32"),
    (0x1000, "IORING_SETUP_SINGLE_ISSUER"),
    (0x2000, "IORING_SETUP_DEFER_TASKRUN"),
    (0x4000, "IORING_SETUP_NO_MMAP"),
    (0x8000, "IORING_SETUP_REGISTERED_FD_ONLY"),
    (0x10000, "IORING_SETUP_NO_SQARRAY"),
    (0x20000, "IORING_SETUP_HYBRID_IOPOLL"),
    (0x40000, "IORING_SETUP_CQE_MIXED"),
];

/// Low bits of `io_uring_register_op`, a number: `linux/io_uring.h`.
const IO_URING_REGISTER_OP_LOW: Table = &[
    (0, "IORING_REGISTER_BUFFERS"),
    (1, "IORING_UNREGISTER_BUFFERS"),
    (2, "IORING_REGISTER_FILES"),
    (3, "IORING_UNREGISTER_FILES"),
    (4, "IORING_REGISTER_EVENTFD"),
    (5, "IORING_UNREGISTER_EVENTFD"),
    (6, "IORING_REGISTER_FILES_UPDATE"),
    (7, "IORING_REGISTER_EVENTFD_ASYNC"),
    (8, "IORING_REGISTER_PROBE"),
    (9, "IORING_REGISTER_PERSONALITY"),
    (10, "IORING_UNREGISTER_PERSONALITY"),
    (11, "IORING_REGISTER_RESTRICTIONS"),
    (12, "IORING_REGISTER_ENABLE_RINGS"),
    (13, "IORING_REGISTER_FILES2"),
    (14, "IORING_REGISTER_FILES_UPDATE2"),
    (15, "IORING_REGISTER_BUFFERS2"),
    (16, "IORING_REGISTER_BUFFERS_UPDATE"),
    (17, "IORING_REGISTER_IOWQ_AFF"),
    (18, "IORING_UNREGISTER_IOWQ_AFF"),
    (19, "IORING_REGISTER_IOWQ_MAX_WORKERS"),
    (20, "IORING_REGISTER_RING_FDS"),
    (21, "IORING_UNREGISTER_RING_FDS"),
    (22, "IORING_REGISTER_PBUF_RING"),
    (23, "IORING_UNREGISTER_PBUF_RING"),
    (24, "IORING_REGISTER_SYNC_CANCEL"),
    (25, "IORING_REGISTER_FILE_ALLOC_RANGE"),
    (26, "IORING_REGISTER_PBUF_STATUS"),
    (27, "IORING_REGISTER_NAPI"),
    (28, "IORING_UNREGISTER_NAPI"),
    (29, "IORING_REGISTER_CLOCK"),
    (30, "IORING_REGISTER_CLONE_BUFFERS"),
    (31, "IORING_REGISTER_SEND_MSG_RING"),
    (32, "IORING_REGISTER_ZCRX_IFQ"),
    (33, "IORING_REGISTER_RESIZE_RINGS"),
    (34, "IORING_REGISTER_MEM_REGION"),
    (35, "IORING_REGISTER_QUERY"),
];

/// `io_uring_register_op`, the rest: `linux/io_uring.h`.
const IO_URING_REGISTER_OP: Table = &[(0x80000000, "IORING_REGISTER_USE_REGISTERED_RING")];
