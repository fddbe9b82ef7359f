//! Members of the structures: name, offset, storage, display hint. From the kernel's headers for programs.

use Storage::{I32, I64, Name, U32, U64};

/// How a member is stored, little-endian.
#[derive(Clone, Copy, Debug)]
pub(in crate::names) enum Storage {
    /// Unsigned, 4 bytes.
    U32,
    /// Signed, 4 bytes.
    I32,
    /// Unsigned, 8 bytes.
    U64,
    /// Signed, 8 bytes.
    I64,
    /// Characters up to a NUL, at most this many bytes.
    Name(usize),
}

impl Storage {
    /// Bytes that it takes.
    pub(in crate::names) const fn size(self) -> usize {
        match self {
            U32 | I32 => 4,
            U64 | I64 => 8,
            Name(size) => size,
        }
    }
}

/// One member.
#[derive(Clone, Copy, Debug)]
pub(in crate::names) struct Member {
    /// Name, with those of enclosing members before it.
    pub(in crate::names) name: &'static str,
    /// Offset in bytes.
    pub(in crate::names) offset: usize,
    /// Storage.
    pub(in crate::names) storage: Storage,
    /// Display hint of its value; empty for plainly.
    pub(in crate::names) hint: &'static str,
}

pub(in crate::names) const fn member(
    name: &'static str,
    offset: usize,
    storage: Storage,
    hint: &'static str,
) -> Member {
    Member { name, offset, storage, hint }
}

/// Structures by display hint.
pub(super) const STRUCTURES: &[(&str, &[Member])] = &[
    ("cap_data", CAP_DATA),
    ("cap_header", &[member("version", 0, U32, ""), member("pid", 4, I32, "")]),
    ("clone_args", CLONE_ARGS),
    ("epoll_event", &[member("events", 0, U32, "epoll_events"), member("data", 4, U64, "")]),
    ("file_attr", FILE_ATTR),
    ("io_uring_params", IO_URING_PARAMS),
    ("itimerspec", ITIMERSPEC),
    ("itimerval", ITIMERVAL),
    ("landlock_ruleset_attr", LANDLOCK_RULESET_ATTR),
    ("mount_attr", MOUNT_ATTR),
    ("open_how", OPEN_HOW),
    ("perf_event_attr", PERF_EVENT_ATTR),
    ("rlimit", &[member("rlim_cur", 0, U64, "rlimit_value"), member("rlim_max", 8, U64, "rlimit_value")]),
    ("sched_attr", SCHED_ATTR),
    ("timespec", &[member("tv_sec", 0, I64, ""), member("tv_nsec", 8, I64, "")]),
    ("timespec_pair", TIMESPEC_PAIR),
    ("timeval", &[member("tv_sec", 0, I64, ""), member("tv_usec", 8, I64, "")]),
    ("timeval_pair", TIMEVAL_PAIR),
    ("timezone", &[member("tz_minuteswest", 0, I32, ""), member("tz_dsttime", 4, I32, "")]),
    ("utimbuf", &[member("actime", 0, I64, ""), member("modtime", 8, I64, "")]),
];

/// Two `struct __user_cap_data_struct`, low and high 32 capabilities: `linux/capability.h`.
const CAP_DATA: &[Member] = &[
    member("effective", 0, U32, "capabilities"),
    member("permitted", 4, U32, "capabilities"),
    member("inheritable", 8, U32, "capabilities"),
    member("effective_high", 12, U32, "capabilities_high"),
    member("permitted_high", 16, U32, "capabilities_high"),
    member("inheritable_high", 20, U32, "capabilities_high"),
];

/// `linux/sched.h`.
const CLONE_ARGS: &[Member] = &[
    member("flags", 0, U64, "clone3_flags"),
    member("pidfd", 8, U64, "hex"),
    member("child_tid", 16, U64, "hex"),
    member("parent_tid", 24, U64, "hex"),
    member("exit_signal", 32, U64, "signal"),
    member("stack", 40, U64, "hex"),
    member("stack_size", 48, U64, ""),
    member("tls", 56, U64, "hex"),
    member("set_tid", 64, U64, "hex"),
    member("set_tid_size", 72, U64, ""),
    member("cgroup", 80, U64, ""),
];

/// `linux/fs.h`.
const FILE_ATTR: &[Member] = &[
    member("fa_xflags", 0, U64, "hex"),
    member("fa_extsize", 8, U32, ""),
    member("fa_nextents", 12, U32, ""),
    member("fa_projid", 16, U32, ""),
    member("fa_cowextsize", 20, U32, ""),
];

/// `linux/io_uring.h`, up to the offsets that the kernel fills in.
const IO_URING_PARAMS: &[Member] = &[
    member("sq_entries", 0, U32, ""),
    member("cq_entries", 4, U32, ""),
    member("flags", 8, U32, "io_uring_setup_flags"),
    member("sq_thread_cpu", 12, U32, ""),
    member("sq_thread_idle", 16, U32, ""),
    member("features", 20, U32, "hex"),
    member("wq_fd", 24, I32, ""),
];

/// `linux/time_types.h`.
const ITIMERSPEC: &[Member] = &[
    member("it_interval.tv_sec", 0, I64, ""),
    member("it_interval.tv_nsec", 8, I64, ""),
    member("it_value.tv_sec", 16, I64, ""),
    member("it_value.tv_nsec", 24, I64, ""),
];

/// `linux/time_types.h`.
const ITIMERVAL: &[Member] = &[
    member("it_interval.tv_sec", 0, I64, ""),
    member("it_interval.tv_usec", 8, I64, ""),
    member("it_value.tv_sec", 16, I64, ""),
    member("it_value.tv_usec", 24, I64, ""),
];

/// `linux/landlock.h`.
const LANDLOCK_RULESET_ATTR: &[Member] = &[
    member("handled_access_fs", 0, U64, "landlock_access_fs"),
    member("handled_access_net", 8, U64, "landlock_access_net"),
    member("scoped", 16, U64, "landlock_scope"),
];

/// `linux/mount.h`.
const MOUNT_ATTR: &[Member] = &[
    member("attr_set", 0, U64, "mount_attr_flags"),
    member("attr_clr", 8, U64, "mount_attr_flags"),
    member("propagation", 16, U64, "mount_propagation"),
    member("userns_fd", 24, U64, ""),
];

/// `linux/openat2.h`.
const OPEN_HOW: &[Member] = &[
    member("flags", 0, U64, "open_flags"),
    member("mode", 8, U64, "mode"),
    member("resolve", 16, U64, "resolve_flags"),
];

/// `linux/perf_event.h`, its first 72 bytes.
const PERF_EVENT_ATTR: &[Member] = &[
    member("type", 0, U32, "perf_type"),
    member("size", 4, U32, ""),
    member("config", 8, U64, ""),
    member("sample_period", 16, U64, ""),
    member("sample_type", 24, U64, "hex"),
    member("read_format", 32, U64, "hex"),
    member("bits", 40, U64, "hex"),
    member("wakeup_events", 48, U32, ""),
    member("bp_type", 52, U32, ""),
    member("config1", 56, U64, "hex"),
    member("config2", 64, U64, "hex"),
];

/// `linux/sched/types.h`, its first version.
const SCHED_ATTR: &[Member] = &[
    member("size", 0, U32, ""),
    member("sched_policy", 4, U32, "sched_policy"),
    member("sched_flags", 8, U64, "hex"),
    member("sched_nice", 16, I32, ""),
    member("sched_priority", 20, U32, ""),
    member("sched_runtime", 24, U64, ""),
    member("sched_deadline", 32, U64, ""),
    member("sched_period", 40, U64, ""),
];

/// Access and modification time: utimensat(2).
const TIMESPEC_PAIR: &[Member] = &[
    member("atime.tv_sec", 0, I64, ""),
    member("atime.tv_nsec", 8, I64, "time_nsec"),
    member("mtime.tv_sec", 16, I64, ""),
    member("mtime.tv_nsec", 24, I64, "time_nsec"),
];

/// Access and modification time: utimes(2).
const TIMEVAL_PAIR: &[Member] = &[
    member("atime.tv_sec", 0, I64, ""),
    member("atime.tv_usec", 8, I64, ""),
    member("mtime.tv_sec", 16, I64, ""),
    member("mtime.tv_usec", 24, I64, ""),
];

/// `union bpf_attr` by command: `linux/bpf.h`.
pub(super) const BPF_ATTRS: &[(&[i64], &[Member])] = &[
    (&[0], BPF_MAP_CREATE),
    (&[1, 2, 3, 4, 21, 22], BPF_ELEMENT),
    (&[5], BPF_PROG_LOAD),
    (&[6, 7], BPF_OBJECT),
    (&[8, 9], BPF_ATTACH),
    (&[10], &[member("prog_fd", 0, I32, "")]),
    (&[11, 12, 13, 14, 19, 23, 30, 31], BPF_ID),
    (&[15], &[member("bpf_fd", 0, I32, ""), member("info_len", 4, U32, ""), member("info", 8, U64, "hex")]),
    (&[17], &[member("name", 0, U64, "hex"), member("prog_fd", 8, I32, "")]),
    (&[18], &[member("btf", 0, U64, "hex"), member("btf_log_buf", 8, U64, "hex"), member("btf_size", 16, U32, "")]),
    (&[28], BPF_LINK_CREATE),
    (&[29], BPF_LINK_UPDATE),
    (&[33], &[member("link_fd", 0, I32, ""), member("flags", 4, U32, "")]),
    (&[34], &[member("link_fd", 0, I32, "")]),
];

const BPF_MAP_CREATE: &[Member] = &[
    member("map_type", 0, U32, "bpf_map_type"),
    member("key_size", 4, U32, ""),
    member("value_size", 8, U32, ""),
    member("max_entries", 12, U32, ""),
    member("map_flags", 16, U32, "hex"),
    member("inner_map_fd", 20, I32, ""),
    member("numa_node", 24, U32, ""),
    member("map_name", 28, Name(16), ""),
];

const BPF_ELEMENT: &[Member] = &[
    member("map_fd", 0, I32, ""),
    member("key", 8, U64, "hex"),
    member("value", 16, U64, "hex"),
    member("flags", 24, U64, "hex"),
];

const BPF_PROG_LOAD: &[Member] = &[
    member("prog_type", 0, U32, "bpf_prog_type"),
    member("insn_cnt", 4, U32, ""),
    member("insns", 8, U64, "hex"),
    member("license", 16, U64, "hex"),
    member("log_level", 24, U32, ""),
    member("log_size", 28, U32, ""),
    member("log_buf", 32, U64, "hex"),
    member("kern_version", 40, U32, ""),
    member("prog_flags", 44, U32, "hex"),
    member("prog_name", 48, Name(16), ""),
    member("prog_ifindex", 64, U32, ""),
    member("expected_attach_type", 68, U32, "bpf_attach_type"),
];

const BPF_OBJECT: &[Member] = &[
    member("pathname", 0, U64, "hex"),
    member("bpf_fd", 8, I32, ""),
    member("file_flags", 12, U32, "hex"),
    member("path_fd", 16, I32, "dirfd"),
];

const BPF_ATTACH: &[Member] = &[
    member("target_fd", 0, I32, ""),
    member("attach_bpf_fd", 4, I32, ""),
    member("attach_type", 8, U32, "bpf_attach_type"),
    member("attach_flags", 12, U32, "hex"),
    member("replace_bpf_fd", 16, I32, ""),
];

const BPF_ID: &[Member] =
    &[member("id", 0, U32, ""), member("next_id", 4, U32, ""), member("open_flags", 8, U32, "hex")];

const BPF_LINK_CREATE: &[Member] = &[
    member("prog_fd", 0, I32, ""),
    member("target_fd", 4, I32, ""),
    member("attach_type", 8, U32, "bpf_attach_type"),
    member("flags", 12, U32, "hex"),
];

const BPF_LINK_UPDATE: &[Member] = &[
    member("link_fd", 0, I32, ""),
    member("new_prog_fd", 4, I32, ""),
    member("flags", 8, U32, "hex"),
    member("old_prog_fd", 12, I32, ""),
];
