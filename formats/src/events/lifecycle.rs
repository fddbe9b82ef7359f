//! Life cycle and identity: processes and threads begin, execute, rename, change who they are, and end.

use crate::event::{Event, Field, Kind, Lane};

/// A new task.
pub const SCHED_PROCESS_FORK: Event = Event {
    id: 256,
    name: "sched_process_fork",
    doc: "A process or thread was created (fork, vfork, clone, clone3); made before the child runs.",
    lane: Lane::Control,
    hooks: &["tp_btf/sched_process_fork"],
    sets: &["default", "proc"],
    fields: &[
        Field::new("child_context", Kind::Context, "Context of the child."),
        Field::new("start_time", Kind::U64, "Start of the child, boot-time nanoseconds; task_struct.start_boottime."),
        Field::new("parent_tid", Kind::U32, "Host thread id of the task that forked."),
        Field::new("parent_pid", Kind::U32, "Host process id of the task that forked."),
        Field::new("parent_ns_tid", Kind::U32, "Its thread id in its own PID namespace."),
        Field::new("parent_ns_pid", Kind::U32, "Its process id in its own PID namespace."),
        Field::new("child_tid", Kind::U32, "Host thread id of the child."),
        Field::new("child_pid", Kind::U32, "Host process id of the child: the parent's when a thread was made."),
        Field::new("child_ns_tid", Kind::U32, "Thread id of the child in its own PID namespace."),
        Field::new("child_ns_pid", Kind::U32, "Process id of the child in its own PID namespace."),
    ],
};

/// A program was executed.
pub const SCHED_PROCESS_EXEC: Event = Event {
    id: 257,
    name: "sched_process_exec",
    doc: "A process executed a program: made past the point of no return, before its first instruction.",
    lane: Lane::Control,
    hooks: &["tp_btf/sched_process_exec"],
    sets: &["default", "proc"],
    fields: &[
        Field::new("exe", Kind::Object, "The executed file: path, device, inode, ctime, mode; linux_binprm.file."),
        Field::new(
            "executable",
            Kind::Object,
            "The file given, where binfmt_misc keeps it open for its interpreter; 0 otherwise (a script is closed by then: see pathname). linux_binprm.executable.",
        ),
        Field::new("cwd", Kind::Object, "Working directory; fs_struct.pwd."),
        Field::new("stdin", Kind::Object, "What descriptor 0 is; 0 when closed."),
        Field::new("stdout", Kind::Object, "What descriptor 1 is; 0 when closed."),
        Field::new("stderr", Kind::Object, "What descriptor 2 is; 0 when closed."),
        Field::new("previous_context", Kind::Context, "Context before the exec: its ids, capabilities and executable."),
        Field::new(
            "old_tid",
            Kind::U32,
            "Host thread id of the thread that called exec: another than the process id when not the leader.",
        ),
        Field::new("argc", Kind::U32, "Number of arguments; linux_binprm.argc."),
        Field::new("envc", Kind::U32, "Number of environment strings; linux_binprm.envc."),
        Field::new("secure", Kind::U32, "1 when privileges were gained (AT_SECURE); linux_binprm.secureexec."),
        Field::new("pathname", Kind::Text, "Path as the kernel copied it from the caller; linux_binprm.filename."),
        Field::new("interp", Kind::Text, "Path of what really runs (the script's interpreter); linux_binprm.interp."),
        Field::new("prev_comm", Kind::Text, "The thread's name before."),
        Field::new(
            "argv",
            Kind::TextArray,
            "Arguments as the kernel laid them out in the new memory; mm_struct.arg_start to arg_end.",
        ),
        Field::new("env", Kind::TextArray, "Environment, when asked for; mm_struct.env_start to env_end."),
    ],
};

/// A task ended.
pub const SCHED_PROCESS_EXIT: Event = Event {
    id: 258,
    name: "sched_process_exit",
    doc: "A thread ended; with `process_group_exit`, so did its process.",
    lane: Lane::Control,
    hooks: &["tp_btf/sched_process_exit"],
    sets: &["default", "proc"],
    fields: &[
        Field::new(
            "exit_code",
            Kind::I32,
            "Exit status, 0 to 255: what the thread passed to exit; task_struct.exit_code >> 8.",
        ),
        Field::new("signal_code", Kind::I32, "Signal that ended it, 0 for none; task_struct.exit_code & 0x7f.")
            .shown_as("signal"),
        Field::new("core_dumped", Kind::U32, "1 when a core was dumped; task_struct.exit_code & 0x80."),
        Field::new(
            "process_group_exit",
            Kind::U32,
            "1 when it was the last thread of its process; signal_struct.live is 0.",
        ),
        Field::new(
            "group_exit_code",
            Kind::I32,
            "Wait status of the process when it ends as a group; signal_struct.group_exit_code.",
        ),
        Field::new("unfinished_syscall", Kind::I32, "Number of the system call that it was in, -1 for none."),
    ],
};

/// A thread renamed itself or another.
pub const TASK_RENAME: Event = Event {
    id: 259,
    name: "task_rename",
    doc: "A thread's name changed, other than by exec (prctl, /proc/PID/comm).",
    lane: Lane::Events,
    hooks: &["tp_btf/task_rename"],
    sets: &["default", "proc"],
    fields: &[
        Field::new("task", Kind::U64, "Host thread id of the renamed task, which may not be the one that renames it."),
        Field::new("old_name", Kind::Text, "Name before."),
        Field::new("new_name", Kind::Text, "Name after."),
    ],
};

/// A task got other credentials.
pub const COMMIT_CREDS: Event = Event {
    id: 260,
    name: "commit_creds",
    doc: "A task's ids or capabilities changed; seen at the first event of the task after it.",
    lane: Lane::Control,
    hooks: &["tp_btf/sys_exit"],
    sets: &["default", "proc"],
    fields: &[
        Field::new("old_context", Kind::Context, "Context before."),
        Field::new("new_context", Kind::Context, "Context after."),
        Field::new("old_uid", Kind::U32, "Real user id before."),
        Field::new("new_uid", Kind::U32, "Real user id after."),
        Field::new("old_euid", Kind::U32, "Effective user id before."),
        Field::new("new_euid", Kind::U32, "Effective user id after."),
        Field::new("old_gid", Kind::U32, "Real group id before."),
        Field::new("new_gid", Kind::U32, "Real group id after."),
        Field::new("old_egid", Kind::U32, "Effective group id before."),
        Field::new("new_egid", Kind::U32, "Effective group id after."),
        Field::new("old_cap_effective", Kind::U64, "Effective capabilities before.").shown_as("capabilities"),
        Field::new("new_cap_effective", Kind::U64, "Effective capabilities after.").shown_as("capabilities"),
    ],
};

/// The family, in id order.
pub const EVENTS: &[Event] = &[SCHED_PROCESS_FORK, SCHED_PROCESS_EXEC, SCHED_PROCESS_EXIT, TASK_RENAME, COMMIT_CREDS];
