//! Identity: who a task is and which namespaces it lives in.

use crate::event::{Event, Field, Kind, Lane};

/// A task went into other namespaces.
pub const SWITCH_TASK_NS: Event = Event {
    id: 272,
    name: "switch_task_ns",
    doc: "A task left namespaces for others (setns, unshare), or a new one was given its own (clone, clone3).",
    lane: Lane::Control,
    hooks: &["sys_exit/setns+unshare"],
    sets: &["default", "proc", "containers"],
    fields: &[
        Field::new("pid", Kind::U32, "Host thread id of the task: the child's, when a new one was made."),
        Field::new("new_mnt", Kind::U32, "Inode number of its new mount namespace; 0 when it is the same."),
        Field::new(
            "new_pid",
            Kind::U32,
            "Inode number of the PID namespace that its children will live in, when that is another; 0 otherwise. nsproxy.pid_ns_for_children.",
        ),
        Field::new("new_uts", Kind::U32, "Inode number of its new UTS namespace; 0 when it is the same."),
        Field::new("new_ipc", Kind::U32, "Inode number of its new IPC namespace; 0 when it is the same."),
        Field::new("new_net", Kind::U32, "Inode number of its new network namespace; 0 when it is the same."),
        Field::new("new_cgroup", Kind::U32, "Inode number of its new cgroup namespace; 0 when it is the same."),
        Field::new(
            "new_time",
            Kind::U32,
            "Inode number of the time namespace that its children will live in, when that is another; 0 otherwise. nsproxy.time_ns_for_children.",
        ),
        Field::new(
            "new_user",
            Kind::U32,
            "Inode number of its new user namespace; 0 when it is the same. cred.user_ns.",
        ),
        Field::new("reserved", Kind::U32, "0."),
    ],
};

/// A capability was asked for.
pub const CAP_CAPABLE: Event = Event {
    id: 273,
    name: "cap_capable",
    doc: "The kernel looked whether a task has a capability; many, also where nothing is refused.",
    lane: Lane::Events,
    hooks: &["tp_btf/cap_capable", "fexit/cap_capable", "kprobe/cap_capable"],
    sets: &["lsm_hooks"],
    fields: &[
        Field::new("cap", Kind::Int, "The capability.").shown_as("cap"),
        Field::new("result", Kind::Int, "0 when the task has it, -EPERM when not.").shown_as("errno"),
        Field::new("target_ns", Kind::U32, "Inode number of the user namespace in which it is needed."),
        Field::new("reserved", Kind::U32, "0."),
    ],
};

/// The namespaces that others are told apart from.
pub const INIT_NAMESPACES: Event = Event {
    id: 274,
    name: "init_namespaces",
    doc: "Inode numbers of the namespaces of the host's first process; repeated at the start of each segment.",
    lane: Lane::Control,
    hooks: &["recorder"],
    sets: &["default", "proc", "containers"],
    fields: &[
        Field::new("cgroup", Kind::U32, "Cgroup namespace; nsproxy.cgroup_ns."),
        Field::new("ipc", Kind::U32, "IPC namespace; nsproxy.ipc_ns."),
        Field::new("mnt", Kind::U32, "Mount namespace; nsproxy.mnt_ns."),
        Field::new("net", Kind::U32, "Network namespace; nsproxy.net_ns."),
        Field::new("pid", Kind::U32, "PID namespace; upid.ns."),
        Field::new("pid_for_children", Kind::U32, "PID namespace of its children; nsproxy.pid_ns_for_children."),
        Field::new("time", Kind::U32, "Time namespace; nsproxy.time_ns. 0 on a kernel without."),
        Field::new("time_for_children", Kind::U32, "Time namespace of its children; nsproxy.time_ns_for_children."),
        Field::new("user", Kind::U32, "User namespace; cred.user_ns."),
        Field::new("uts", Kind::U32, "UTS namespace; nsproxy.uts_ns."),
    ],
};

/// The family, in id order.
pub const EVENTS: &[Event] = &[SWITCH_TASK_NS, CAP_CAPABLE, INIT_NAMESPACES];
