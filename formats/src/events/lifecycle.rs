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
        Field::new(
            "env",
            Kind::TextArray,
            "Environment, NULL unless it was asked for; mm_struct.env_start to env_end.",
        ),
        Field::new(
            "interpreter",
            Kind::Object,
            "The dynamic loader, in which the program begins; 0 for a static program. Mapped at pt_regs.ip (pc).",
        ),
        Field::new(
            "invoked_from_kernel",
            Kind::Uint,
            "1 when the parent is a kernel thread, so that the kernel itself asked for the program.",
        ),
        Field::attribute("dev", "exe.dev", "Device number of the executed file; super_block.s_dev."),
        Field::attribute("inode", "exe.inode", "Inode number of the executed file; inode.i_ino."),
        Field::attribute("ctime", "exe.ctime_ns", "Its change time, nanoseconds since 1970; inode.i_ctime."),
        Field::attribute("inode_mode", "exe.mode", "Its type and permission bits; inode.i_mode."),
        Field::attribute("interpreter_pathname", "interpreter.path", "Path of the dynamic loader."),
        Field::attribute("interpreter_dev", "interpreter.dev", "Its device number; super_block.s_dev."),
        Field::attribute("interpreter_inode", "interpreter.inode", "Its inode number; inode.i_ino."),
        Field::attribute("interpreter_ctime", "interpreter.ctime_ns", "Its change time, nanoseconds since 1970."),
        Field::attribute("stdin_type", "stdin.mode", "Type and permission bits of descriptor 0; inode.i_mode."),
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
    doc: "A task's ids or capabilities changed; without a hook of its own it is seen at the task's next event, at the latest when the call that did it returns.",
    lane: Lane::Control,
    hooks: &[
        "fexit/commit_creds",
        "kretprobe/commit_creds",
        "sys_exit/setuid+setgid+setreuid+setregid+setresuid+setresgid+setfsuid+setfsgid+setgroups+capset+prctl+keyctl+setns+unshare",
    ],
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
        Field::new("old_suid", Kind::U32, "Saved user id before."),
        Field::new("new_suid", Kind::U32, "Saved user id after; cred.suid."),
        Field::new("old_sgid", Kind::U32, "Saved group id before."),
        Field::new("new_sgid", Kind::U32, "Saved group id after; cred.sgid."),
        Field::new("old_fsuid", Kind::U32, "File system user id before."),
        Field::new("new_fsuid", Kind::U32, "File system user id after; cred.fsuid."),
        Field::new("old_fsgid", Kind::U32, "File system group id before."),
        Field::new("new_fsgid", Kind::U32, "File system group id after; cred.fsgid."),
        Field::new("old_user_ns", Kind::U32, "User namespace inode number before."),
        Field::new("new_user_ns", Kind::U32, "User namespace inode number after; cred.user_ns."),
        Field::new("old_securebits", Kind::U32, "Secure bits before.").shown_as("securebits"),
        Field::new("new_securebits", Kind::U32, "Secure bits after; cred.securebits.").shown_as("securebits"),
        Field::new("old_cap_inheritable", Kind::U64, "Inheritable capabilities before.").shown_as("capabilities"),
        Field::new("new_cap_inheritable", Kind::U64, "Inheritable capabilities after; cred.cap_inheritable.")
            .shown_as("capabilities"),
        Field::new("old_cap_permitted", Kind::U64, "Permitted capabilities before.").shown_as("capabilities"),
        Field::new("new_cap_permitted", Kind::U64, "Permitted capabilities after; cred.cap_permitted.")
            .shown_as("capabilities"),
        Field::new("old_cap_bounding", Kind::U64, "Bounding capabilities before.").shown_as("capabilities"),
        Field::new("new_cap_bounding", Kind::U64, "Bounding capabilities after; cred.cap_bset.")
            .shown_as("capabilities"),
        Field::new("old_cap_ambient", Kind::U64, "Ambient capabilities before.").shown_as("capabilities"),
        Field::new("new_cap_ambient", Kind::U64, "Ambient capabilities after; cred.cap_ambient.")
            .shown_as("capabilities"),
    ],
};

/// A program was not executed.
pub const PROCESS_EXECUTE_FAILED: Event = Event {
    id: 261,
    name: "process_execute_failed",
    doc: "An exec failed: what was asked for, and how far the kernel got with it.",
    lane: Lane::Control,
    hooks: &["sys_exit/execve+execveat"],
    sets: &["default", "proc"],
    fields: &[
        Field::new("dirfd", Kind::Int, "Descriptor that a relative path starts from.").shown_as("dirfd"),
        Field::new("flags", Kind::Int, "AT_* flags; 0 for execve.").shown_as("at_flags"),
        Field::new("pathname", Kind::Text, "The path as the program passed it.").user(),
        Field::new(
            "binary",
            Kind::Object,
            "The file that the kernel had opened and could not execute (of a script: the script, or its interpreter when that is one itself); 0 when it got to none, or no hook on bprm_execve tells. linux_binprm.file.",
        ),
        Field::attribute("binary_device_id", "binary.dev", "Its device number; super_block.s_dev."),
        Field::attribute("binary_inode_number", "binary.inode", "Its inode number; inode.i_ino."),
        Field::attribute("binary_ctime", "binary.ctime_ns", "Its change time, nanoseconds since 1970; inode.i_ctime."),
        Field::attribute("binary_inode_mode", "binary.mode", "Its type and permission bits; inode.i_mode."),
        Field::new(
            "interpreter_path",
            Kind::Text,
            "Path of what was really to run: a script's interpreter, which may be what is missing; NULL when it is not known. linux_binprm.interp.",
        ),
        Field::new("stdin", Kind::Object, "What descriptor 0 is; 0 when closed."),
        Field::attribute("stdin_type", "stdin.mode", "Type and permission bits of descriptor 0; inode.i_mode."),
        Field::new(
            "kernel_invoked",
            Kind::Uint,
            "1 when the parent is a kernel thread, so that the kernel itself asked for the program.",
        ),
        Field::new("argv", Kind::TextArray, "Arguments as the program passed them.").user(),
        Field::new("envp", Kind::TextArray, "Environment as the program passed it, when asked for.").user(),
        Field::new("error", Kind::I64, "Why, as the call returned it.").shown_as("errno"),
        Field::new("dirfd_object", Kind::Object, "What the descriptor is; 0 when it is none."),
        Field::new("cwd", Kind::Object, "Working directory; fs_struct.pwd."),
    ],
};

/// A signal was sent.
pub const SIGNAL_GENERATE: Event = Event {
    id: 262,
    name: "signal_generate",
    doc: "A signal that ends, stops, continues or traps a task was sent to one, by a task or by the kernel on its behalf: SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGSEGV, SIGTERM, SIGSTKFLT, SIGCONT, SIGSTOP, SIGTSTP, SIGXCPU, SIGXFSZ, SIGSYS. Others are messages between programs, and many.",
    lane: Lane::Events,
    hooks: &["tp_btf/signal_generate"],
    sets: &["default", "proc"],
    fields: &[
        Field::new(
            "target",
            Kind::Context,
            "Context of the task that it was sent to; 0 when that is outside the scope.",
        ),
        Field::new(
            "target_start_time",
            Kind::U64,
            "Start of the process that it was sent to, boot-time nanoseconds; task_struct.group_leader.start_boottime.",
        ),
        Field::new("sig", Kind::Int, "The signal.").shown_as("signal"),
        Field::new(
            "code",
            Kind::Int,
            "Where it comes from: SI_* and, from the kernel, what went wrong; siginfo.si_code.",
        )
        .shown_as("signal_code"),
        Field::new(
            "address",
            Kind::Pointer,
            "Of SIGILL, SIGFPE, SIGSEGV, SIGBUS and SIGTRAP from the kernel: the address at fault; siginfo.si_addr.",
        ),
        Field::new("target_pid", Kind::U32, "Host process id that it was sent to."),
        Field::new("target_tid", Kind::U32, "Host thread id that it was sent to: the leader's, or one thread's."),
        Field::new("group", Kind::U32, "1 when it was sent to the process, 0 to that thread alone."),
        Field::new("result", Kind::U32, "What became of it.").shown_as("signal_result"),
    ],
};

/// The family, in id order.
pub const EVENTS: &[Event] = &[
    SCHED_PROCESS_FORK,
    SCHED_PROCESS_EXEC,
    SCHED_PROCESS_EXIT,
    TASK_RENAME,
    COMMIT_CREDS,
    PROCESS_EXECUTE_FAILED,
    SIGNAL_GENERATE,
];
