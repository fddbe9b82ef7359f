//! The log's own frames: who (contexts), what (objects), what is missing (losses), where the log was cut (markers), and
//! the entries of keyframes. Rows of `events` refer to these; they are not rows themselves.

use crate::event::{Event, Field, Kind, Lane};

/// Who did it: one task with everything about it that seldom changes.
pub const CONTEXT: Event = Event {
    id: 1,
    name: "context",
    doc: "A task as it was from this moment on; emitted when it first appears and when anything in it changed.",
    lane: Lane::Control,
    hooks: &["tp_btf/sys_exit", "tp_btf/sched_process_fork", "tp_btf/sched_process_exec", "iter/task"],
    sets: &[],
    fields: &[
        Field::new("id", Kind::Context, "Number that frames refer to this context by."),
        Field::new(
            "start_boot_ns",
            Kind::U64,
            "Start of the process (its leader), boot-time nanoseconds; task_struct.group_leader.start_boottime.",
        ),
        Field::new(
            "thread_start_boot_ns",
            Kind::U64,
            "Start of this thread, boot-time nanoseconds; task_struct.start_boottime.",
        ),
        Field::new("parent_start_boot_ns", Kind::U64, "Start of the parent process, boot-time nanoseconds."),
        Field::new("exe", Kind::Object, "The executed file; mm_struct.exe_file."),
        Field::new("root", Kind::Object, "Root directory; fs_struct.root. 0 for a kernel thread."),
        Field::new("cgroup_id", Kind::U64, "Version 2 cgroup: kernfs node id of css_set.dfl_cgrp."),
        Field::new("cap_inheritable", Kind::U64, "Capability set; cred.cap_inheritable.").shown_as("capabilities"),
        Field::new("cap_permitted", Kind::U64, "Capability set; cred.cap_permitted.").shown_as("capabilities"),
        Field::new("cap_effective", Kind::U64, "Capability set; cred.cap_effective.").shown_as("capabilities"),
        Field::new("cap_bounding", Kind::U64, "Capability set; cred.cap_bset.").shown_as("capabilities"),
        Field::new("cap_ambient", Kind::U64, "Capability set; cred.cap_ambient.").shown_as("capabilities"),
        Field::new("host_pid", Kind::U32, "Process id in the initial PID namespace; task_struct.tgid."),
        Field::new("host_tid", Kind::U32, "Thread id in the initial PID namespace; task_struct.pid."),
        Field::new("host_ppid", Kind::U32, "Parent process in the initial PID namespace; task_struct.real_parent."),
        Field::new("pid", Kind::U32, "Process id in its own PID namespace."),
        Field::new("tid", Kind::U32, "Thread id in its own PID namespace."),
        Field::new("ppid", Kind::U32, "Parent process as its own PID namespace sees it; 0 when the parent is outside."),
        Field::new("uid", Kind::U32, "Real user id, initial user namespace; cred.uid."),
        Field::new("gid", Kind::U32, "Real group id; cred.gid."),
        Field::new("suid", Kind::U32, "Saved user id; cred.suid."),
        Field::new("sgid", Kind::U32, "Saved group id; cred.sgid."),
        Field::new("euid", Kind::U32, "Effective user id; cred.euid."),
        Field::new("egid", Kind::U32, "Effective group id; cred.egid."),
        Field::new("fsuid", Kind::U32, "File system user id; cred.fsuid."),
        Field::new("fsgid", Kind::U32, "File system group id; cred.fsgid."),
        Field::new("login_uid", Kind::U32, "Audit login user id, 4294967295 when unset; task_struct.loginuid."),
        Field::new("session_id", Kind::U32, "Audit session id; task_struct.sessionid."),
        Field::new("mnt_ns", Kind::U32, "Mount namespace inode number."),
        Field::new("pid_ns", Kind::U32, "PID namespace inode number (the task's own)."),
        Field::new("net_ns", Kind::U32, "Network namespace inode number."),
        Field::new("uts_ns", Kind::U32, "UTS namespace inode number."),
        Field::new("ipc_ns", Kind::U32, "IPC namespace inode number."),
        Field::new("user_ns", Kind::U32, "User namespace inode number; cred.user_ns."),
        Field::new("cgroup_ns", Kind::U32, "Cgroup namespace inode number."),
        Field::new(
            "flags",
            Kind::U32,
            "Bits: 1 kernel thread, 2 ended (kept for its descendants), 4 outside the scope (ids only).",
        )
        .shown_as("context_flags"),
        Field::new("comm", Kind::Text, "The thread's name when the context was taken; later renames are events."),
        Field::new("uts_name", Kind::Text, "Host name as its UTS namespace has it."),
        Field::new(
            "container",
            Kind::U64,
            "Key of the container that it is in (event `container`); 0 when it is in none.",
        ),
        Field::new(
            "policies",
            Kind::U64,
            "The policies of which the scope held for it, a bit each, in the order of the manifest's `policies`.",
        ),
    ],
};

/// What it was done to: an open file.
pub const FILE_OBJECT: Event = Event {
    id: 2,
    name: "file_object",
    doc: "A file (of any type but a socket) as it was when an event first referred to it.",
    lane: Lane::Control,
    hooks: &["tp_btf/sys_enter", "tp_btf/sys_exit", "tp_btf/sched_process_exec", "iter/task_file"],
    sets: &[],
    fields: &[
        Field::new("id", Kind::Object, "Number that frames refer to this object by."),
        Field::new("inode", Kind::U64, "Inode number; inode.i_ino."),
        Field::new("ctime_ns", Kind::U64, "Time of the last status change, UTC nanoseconds; inode.i_ctime."),
        Field::new("mtime_ns", Kind::U64, "Time of the last modification, UTC nanoseconds; inode.i_mtime."),
        Field::new("size", Kind::U64, "Size in bytes when the object was taken; inode.i_size."),
        Field::new("fs_magic", Kind::U64, "File system type number; super_block.s_magic.").shown_as("fs_magic"),
        Field::new("dev", Kind::U32, "Device number as the kernel keeps it (major << 20 | minor); super_block.s_dev.")
            .shown_as("dev"),
        Field::new("mnt_id", Kind::U32, "Mount id as in mountinfo; mount.mnt_id."),
        Field::new(
            "open_flags",
            Kind::U32,
            "Flags of the open file; file.f_flags. 0 for a directory that is not open (cwd, root).",
        )
        .shown_as("open_flags"),
        Field::new("mode", Kind::U32, "Type and permission bits; inode.i_mode.").shown_as("mode"),
        Field::new("nlink", Kind::U32, "Number of hard links; inode.i_nlink."),
        Field::new("uid", Kind::U32, "Owner; inode.i_uid."),
        Field::new("gid", Kind::U32, "Group; inode.i_gid."),
        Field::new(
            "flags",
            Kind::U32,
            "Bits: 1 unlinked, 2 not reachable from the mount namespace's root, 4 the path was cut.",
        )
        .shown_as("object_flags"),
        Field::new(
            "path",
            Kind::Text,
            "Path from the root of its mount namespace; for pipes and the like the dentry's name.",
        ),
    ],
};

/// What it was done to: a socket.
pub const SOCKET_OBJECT: Event = Event {
    id: 3,
    name: "socket_object",
    doc: "A socket as it was when an event first referred to it, and again when its addresses changed.",
    lane: Lane::Control,
    hooks: &["tp_btf/sys_enter", "tp_btf/sys_exit", "iter/task_file"],
    sets: &[],
    fields: &[
        Field::new("id", Kind::Object, "Number that frames refer to this object by."),
        Field::new("inode", Kind::U64, "Inode number in sockfs."),
        Field::new("cookie", Kind::U64, "Socket cookie; 0 when the kernel has not given it one. sock.skc_cookie."),
        Field::new("net_ns", Kind::U32, "Network namespace inode number; sock.skc_net."),
        Field::new("open_flags", Kind::U32, "Flags of the open file; file.f_flags.").shown_as("open_flags"),
        Field::new("family", Kind::U16, "Address family; sock.skc_family.").shown_as("socket_family"),
        Field::new("type", Kind::U16, "Socket type; socket.type.").shown_as("socket_type"),
        Field::new("protocol", Kind::U16, "Protocol; sock.sk_protocol.").shown_as("socket_protocol"),
        Field::new("state", Kind::U16, "Connection state; sock.skc_state (TCP states for TCP).").shown_as("tcp_state"),
        Field::new("local", Kind::Sockaddr, "Local address; empty when unbound."),
        Field::new("peer", Kind::Sockaddr, "Peer address; empty when not connected."),
    ],
};

/// What is missing, exactly.
pub const LOSS: Event = Event {
    id: 4,
    name: "loss",
    doc: "Frames of one lane and CPU that are not in the capture: which, when, how many of each kind, and why.",
    lane: Lane::Control,
    hooks: &[],
    sets: &[],
    fields: &[
        Field::new("first_sequence", Kind::U64, "Sequence number of the first frame lost; 0 when the reason has none."),
        Field::new("last_sequence", Kind::U64, "Sequence number of the last frame lost; 0 when the reason has none."),
        Field::new("first_boot_ns", Kind::U64, "Time of the first frame lost, boot-time nanoseconds."),
        Field::new("last_boot_ns", Kind::U64, "Time of the last frame lost, boot-time nanoseconds."),
        Field::new("count", Kind::U64, "Frames lost."),
        Field::new("cpu", Kind::U32, "CPU they were made on; 4294967295 when not known."),
        Field::new("lane", Kind::U16, "Lane they were lost from.").shown_as("lane"),
        Field::new("reason", Kind::U16, "Why.").shown_as("loss_reason"),
        Field::new(
            "counts",
            Kind::LossCounts,
            "Count per event kind; they add up to `count`, event 0 standing for kinds not known.",
        ),
    ],
};

/// A cut or a watermark in one lane of one CPU.
pub const MARKER: Event = Event {
    id: 5,
    name: "marker",
    doc: "Everything that this CPU put into this lane before is before it: a segment cut, or a watermark for a live view.",
    lane: Lane::Control,
    hooks: &["raw_tp test run"],
    sets: &[],
    fields: &[
        Field::new("serial", Kind::U64, "Number of the marker, the same in every lane and CPU."),
        Field::new("sequence", Kind::U64, "The full sequence number of this frame in its lane and CPU."),
        Field::new("purpose", Kind::U32, "1 watermark, 2 segment cut, 3 end of the capture.")
            .shown_as("marker_purpose"),
        Field::new("lane", Kind::U32, "Lane that it stands in.").shown_as("lane"),
    ],
};

/// A process in a keyframe: what its life-cycle events said before this segment.
pub const KEYFRAME_PROCESS: Event = Event {
    id: 6,
    name: "keyframe_process",
    doc: "A process that was there when the segment began, or an ended ancestor of one: how it was executed.",
    lane: Lane::Control,
    hooks: &["iter/task", "recorder"],
    sets: &[],
    fields: &[
        Field::new("context", Kind::Context, "Context of the process's leader."),
        Field::new(
            "exec_boot_ns",
            Kind::U64,
            "When it last executed a program, boot-time nanoseconds; 0 when not seen.",
        ),
        Field::new("exit_boot_ns", Kind::U64, "When it ended, boot-time nanoseconds; 0 while it lives."),
        Field::new("read_boot_ns", Kind::U64, "When this entry was read, boot-time nanoseconds."),
        Field::new("cwd", Kind::Object, "Working directory; 0 when not known."),
        Field::new(
            "parent_start_boot_ns",
            Kind::U64,
            "Start of the process that forked it, boot-time nanoseconds; 0 when not seen.",
        ),
        Field::new(
            "parent_pid",
            Kind::U32,
            "Host process id of the process that forked it, which may have ended since; 0 when not seen.",
        ),
        Field::new("reserved", Kind::U32, "Zero."),
        Field::new("exit_code", Kind::I32, "Wait status as in sched_process_exit; 0 while it lives."),
        Field::new(
            "source",
            Kind::U32,
            "Where argv is from: 0 not known, 1 the exec event, 2 the process's memory (it may have overwritten it).",
        )
        .shown_as("argv_source"),
        Field::new("argv", Kind::TextArray, "Arguments."),
        Field::new("filename", Kind::Text, "Path given to the exec; empty when not seen."),
    ],
};

/// An open descriptor in a keyframe.
pub const KEYFRAME_FD: Event = Event {
    id: 7,
    name: "keyframe_fd",
    doc: "A descriptor that a process had open when the segment began.",
    lane: Lane::Control,
    hooks: &["iter/task_file"],
    sets: &[],
    fields: &[
        Field::new("context", Kind::Context, "Context of the process's leader."),
        Field::new("object", Kind::Object, "What is open."),
        Field::new("read_boot_ns", Kind::U64, "When this entry was read, boot-time nanoseconds."),
        Field::new("fd", Kind::I32, "Descriptor number."),
        Field::new("reserved", Kind::U32, "Zero."),
    ],
};

/// The mounts of a namespace in a keyframe.
pub const KEYFRAME_MOUNTS: Event = Event {
    id: 8,
    name: "keyframe_mounts",
    doc: "The mounts of one mount namespace in scope when the segment began, as mountinfo tells them.",
    lane: Lane::Control,
    hooks: &["/proc/PID/mountinfo"],
    sets: &[],
    fields: &[
        Field::new("read_boot_ns", Kind::U64, "When this entry was read, boot-time nanoseconds."),
        Field::new("mnt_ns", Kind::U32, "Mount namespace inode number."),
        Field::new("reserved", Kind::U32, "Zero."),
        Field::new("mountinfo", Kind::Bytes, "Text of /proc/PID/mountinfo (proc_pid_mountinfo(5)) of a process in it."),
    ],
};

/// A list of the kernel's in a keyframe.
pub const KEYFRAME_KERNEL: Event = Event {
    id: 9,
    name: "keyframe_kernel",
    doc: "Kernel modules or BPF programs that were loaded when the segment began; only when the whole host is in scope.",
    lane: Lane::Control,
    hooks: &["/proc/modules", "BPF_PROG_GET_NEXT_ID"],
    sets: &[],
    fields: &[
        Field::new("read_boot_ns", Kind::U64, "When this entry was read, boot-time nanoseconds."),
        Field::new(
            "subject",
            Kind::U64,
            "1 modules (text of /proc/modules), 2 BPF programs (a line each: id, type, tag, name).",
        )
        .shown_as("keyframe_subject"),
        Field::new("text", Kind::Bytes, "The list."),
    ],
};

/// A control group in a keyframe.
pub const KEYFRAME_CGROUP: Event = Event {
    id: 10,
    name: "keyframe_cgroup",
    doc: "A control group that a process in scope was in when the segment began, or that one lies in; of the one hierarchy that tells containers.",
    lane: Lane::Control,
    hooks: &["/proc/PID/cgroup"],
    sets: &[],
    fields: &[
        Field::new("read_boot_ns", Kind::U64, "When this entry was read, boot-time nanoseconds."),
        Field::new("cgroup_id", Kind::U64, "Its id: the inode number of its directory."),
        Field::new("ctime_ns", Kind::U64, "Change time of its directory, UTC nanoseconds."),
        Field::new("hierarchy_id", Kind::U32, "The hierarchy it is in, 0 for version 2."),
        Field::new("reserved", Kind::U32, "Zero."),
        Field::new("path", Kind::Text, "Its path from the root of the hierarchy on."),
    ],
};

/// A container that contexts are in.
pub const CONTAINER: Event = Event {
    id: 11,
    name: "container",
    doc: "A container: a control group that a runtime made for one, or else a PID namespace below the initial one.",
    lane: Lane::Control,
    hooks: &["tp_btf/sys_exit", "tp_btf/sched_process_fork", "tp_btf/sched_process_exec", "iter/task"],
    sets: &[],
    fields: &[
        Field::new(
            "container",
            Kind::U64,
            "Key that contexts refer to it by: the id of its control group; or 1 << 63 and the start of the namespace's first process.",
        ),
        Field::new("cgroup_id", Kind::U64, "Id of its control group, or of the one that its first process is in."),
        Field::new(
            "pid_ns_start_boot_ns",
            Kind::U64,
            "Start of the first process of the PID namespace, boot-time nanoseconds; 0 when the control group tells it.",
        ),
        Field::new("hierarchy_id", Kind::U32, "The hierarchy of the control group, 0 for version 2."),
        Field::new("pid_ns", Kind::U32, "The PID namespace, inode number; 0 when the control group tells it."),
        Field::new("is_new", Kind::U32, "1 when it was made after recording began."),
        Field::new("reserved", Kind::U32, "0."),
        Field::new(
            "name",
            Kind::Text,
            "Its id out of the control group's name; empty when the PID namespace tells it.",
        ),
        Field::new("cgroup_path", Kind::Text, "Path of the control group from the root of the hierarchy on."),
    ],
};

/// The family, in id order.
pub const EVENTS: &[Event] = &[
    CONTEXT,
    FILE_OBJECT,
    SOCKET_OBJECT,
    LOSS,
    MARKER,
    KEYFRAME_PROCESS,
    KEYFRAME_FD,
    KEYFRAME_MOUNTS,
    KEYFRAME_KERNEL,
    KEYFRAME_CGROUP,
    CONTAINER,
];
