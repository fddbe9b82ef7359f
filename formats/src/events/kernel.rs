//! The kernel: what changes it or looks into it.

use crate::event::{Event, Field, Kind, Lane};

/// A module's name, version and source version, as [`MODULE_LOAD`] and its like begin.
const MODULE_NAME: Field = Field::new("name", Kind::Text, "Its name; module.name.");
const MODULE_VERSION: Field = Field::new("version", Kind::Text, "Its version, NULL when it says none; module.version.");
const MODULE_SRC_VERSION: Field =
    Field::new("src_version", Kind::Text, "Digest of its source, NULL when it says none; module.srcversion.");

/// A module was put together in memory.
pub const MODULE_LOAD: Event = Event {
    id: 432,
    name: "module_load",
    doc: "A kernel module was put together in memory and is about to be initialized.",
    lane: Lane::Control,
    hooks: &["tp_btf/module_load"],
    sets: &["default", "kernel"],
    fields: &[
        MODULE_NAME,
        MODULE_VERSION,
        MODULE_SRC_VERSION,
        Field::new(
            "file",
            Kind::Object,
            "The file that finit_module was given, as its descriptor has it at this moment; none for init_module.",
        ),
        Field::attribute("pathname", "file.path", "Its path."),
        Field::attribute("dev", "file.dev", "Device number; super_block.s_dev."),
        Field::attribute("inode", "file.inode", "Inode number; inode.i_ino."),
        Field::attribute("ctime", "file.ctime_ns", "Change time, nanoseconds since 1970; inode.i_ctime."),
    ],
};

/// A module is about to be taken out of memory.
pub const MODULE_FREE: Event = Event {
    id: 433,
    name: "module_free",
    doc: "A kernel module is about to be taken out of memory: it was unloaded, or could not be initialized.",
    lane: Lane::Control,
    hooks: &["tp_btf/module_free"],
    sets: &["default", "kernel"],
    fields: &[MODULE_NAME, MODULE_VERSION, MODULE_SRC_VERSION],
};

/// A module is about to be initialized.
pub const DO_INIT_MODULE: Event = Event {
    id: 434,
    name: "do_init_module",
    doc: "A kernel module's own function for its beginning is about to be called.",
    lane: Lane::Control,
    hooks: &["fentry/do_init_module"],
    sets: &["default", "kernel"],
    fields: &[MODULE_NAME, MODULE_VERSION, MODULE_SRC_VERSION],
};

/// What the kernel reads a file for.
const READ_FOR: Field =
    Field::new("type", Kind::Int, "What it is read for; enum kernel_read_file_id.").shown_as("kernel_read_file_id");

/// The kernel is about to read a file for itself.
pub const SECURITY_KERNEL_READ_FILE: Event = Event {
    id: 435,
    name: "security_kernel_read_file",
    doc: "The kernel is about to read a file for its own use: a module, firmware, a kernel to start, a policy.",
    lane: Lane::Control,
    hooks: &["lsm/kernel_read_file", "fentry/security_kernel_read_file"],
    sets: &["default", "kernel", "lsm_hooks"],
    fields: &[
        Field::new("file", Kind::Object, "The file; struct file."),
        Field::attribute("pathname", "file.path", "Its path."),
        Field::attribute("dev", "file.dev", "Device number; super_block.s_dev."),
        Field::attribute("inode", "file.inode", "Inode number; inode.i_ino."),
        READ_FOR,
        Field::attribute("ctime", "file.ctime_ns", "Change time, nanoseconds since 1970; inode.i_ctime."),
    ],
};

/// The kernel has read a file for itself.
pub const SECURITY_KERNEL_POST_READ_FILE: Event = Event {
    id: 436,
    name: "security_kernel_post_read_file",
    doc: "The kernel has read a file for its own use and has not used it yet.",
    lane: Lane::Control,
    hooks: &["lsm/kernel_post_read_file", "fentry/security_kernel_post_read_file"],
    sets: &["kernel", "lsm_hooks"],
    fields: &[
        Field::new("file", Kind::Object, "The file; struct file."),
        Field::attribute("pathname", "file.path", "Its path."),
        Field::new("size", Kind::I64, "Bytes that were read."),
        READ_FOR,
    ],
};

/// A BPF command.
pub const SECURITY_BPF: Event = Event {
    id: 437,
    name: "security_bpf",
    doc: "A BPF command is about to be carried out (or was, where it is made at replay).",
    lane: Lane::Control,
    hooks: &["lsm/bpf", "fentry/security_bpf", "replay/bpf"],
    sets: &["kernel", "lsm_hooks"],
    fields: &[Field::new("cmd", Kind::Int, "The command.").shown_as("bpf_cmd")],
};

/// A descriptor of a BPF map.
pub const SECURITY_BPF_MAP: Event = Event {
    id: 438,
    name: "security_bpf_map",
    doc: "A task is about to be given a descriptor of a BPF map, new or old (or was, at the exit of the call).",
    lane: Lane::Control,
    hooks: &["lsm/bpf_map", "fentry/security_bpf_map", "sys_exit/bpf"],
    sets: &["default", "kernel", "lsm_hooks"],
    fields: &[
        Field::new("map_id", Kind::Uint, "Number of the map; bpf_map.id."),
        Field::new("map_name", Kind::Text, "Its name; bpf_map.name."),
    ],
};

/// Helpers that a program calls.
const HELPERS: &str = "Numbers of the helper functions that it calls (enum bpf_func_id), ascending; NULL when its loading \
                       was not seen, which takes a hook in the verifier.";

/// A descriptor of a BPF program.
pub const SECURITY_BPF_PROG: Event = Event {
    id: 439,
    name: "security_bpf_prog",
    doc: "A task is about to be given a descriptor of a BPF program, new or old (or was, at the exit of the call).",
    lane: Lane::Control,
    hooks: &["lsm/bpf_prog", "fentry/security_bpf_prog", "sys_exit/bpf"],
    sets: &["default", "kernel", "lsm_hooks"],
    fields: &[
        Field::new("type", Kind::Int, "Type of the program; bpf_prog.type.").shown_as("bpf_prog_type"),
        Field::new("name", Kind::Text, "Its name, the first 15 bytes; bpf_prog_aux.name."),
        Field::new("helpers", Kind::U64Array, HELPERS),
        Field::new("id", Kind::Uint, "Number of the program; bpf_prog_aux.id."),
        Field::new("load", Kind::Int, "1 when it was loaded just now, 0 when it was there already."),
        Field::new("tag", Kind::Bytes, "The first 8 bytes of a digest of its instructions; bpf_prog.tag."),
        Field::new("maps", Kind::U64Array, "Numbers of the maps that it uses; bpf_prog_aux.used_maps."),
    ],
};

/// A BPF program was attached.
pub const BPF_ATTACH: Event = Event {
    id: 440,
    name: "bpf_attach",
    doc: "A BPF program was attached to something by a link, a perf event or BPF_PROG_ATTACH to a control group.",
    lane: Lane::Control,
    hooks: &["sys_exit/bpf+ioctl"],
    sets: &["default", "kernel"],
    fields: &[
        Field::new("prog_type", Kind::Int, "Type of the program; bpf_prog.type.").shown_as("bpf_prog_type"),
        Field::new("prog_name", Kind::Text, "Its name, the first 15 bytes; bpf_prog_aux.name."),
        Field::new("prog_id", Kind::Uint, "Number of the program; bpf_prog_aux.id."),
        Field::new("prog_helpers", Kind::U64Array, HELPERS),
        Field::new(
            "symbol_name",
            Kind::Text,
            "What it is attached to: the tracepoint, the function, the file of a uprobe, the perf unit; else NULL.",
        ),
        Field::new(
            "symbol_addr",
            Kind::Pointer,
            "Address of the kprobe, or offset of the uprobe in its file; 0 where there is neither.",
        ),
        Field::new("attach_type", Kind::Int, "What kind of thing it is attached to.").shown_as("bpf_attach_point"),
        Field::new(
            "expected_attach_type",
            Kind::Uint,
            "What the program was loaded for, where its type leaves that open; bpf_prog.expected_attach_type.",
        )
        .shown_as("bpf_attach_type"),
        Field::new("link_id", Kind::Uint, "Number of the link, 0 when there is none; bpf_link.id."),
    ],
};

/// A kprobe was set.
pub const KPROBE_ATTACH: Event = Event {
    id: 441,
    name: "kprobe_attach",
    doc: "A kprobe (or the one behind a kretprobe) was set.",
    lane: Lane::Control,
    hooks: &["fexit/register_kprobe"],
    sets: &["default", "kernel"],
    fields: &[
        Field::new("symbol_name", Kind::Text, "The function, NULL when an address was given; kprobe.symbol_name."),
        Field::new("pre_handler_addr", Kind::Pointer, "Called before the instruction; kprobe.pre_handler."),
        Field::new("post_handler_addr", Kind::Pointer, "Called after it, 0 for none; kprobe.post_handler."),
        Field::new("addr", Kind::Pointer, "Where it is set; kprobe.addr."),
    ],
};

/// The kernel starts a program.
pub const CALL_USERMODEHELPER: Event = Event {
    id: 442,
    name: "call_usermodehelper",
    doc: "The kernel is about to start a program of its own accord; the row's task is who made it do so.",
    lane: Lane::Control,
    hooks: &["fentry/call_usermodehelper_exec"],
    sets: &["default", "kernel"],
    fields: &[
        Field::new("pathname", Kind::Text, "The program; subprocess_info.path."),
        Field::new("argv", Kind::TextArray, "Its arguments; subprocess_info.argv."),
        Field::new("envp", Kind::TextArray, "Its environment; subprocess_info.envp."),
        Field::new("wait", Kind::Int, "What is waited for.").shown_as("umh_wait"),
    ],
};

/// The kernel looked up a symbol.
pub const KALLSYMS_LOOKUP_NAME: Event = Event {
    id: 443,
    name: "kallsyms_lookup_name",
    doc: "The address of a kernel symbol was looked up, in the kernel, by its name.",
    lane: Lane::Control,
    hooks: &["fexit/kallsyms_lookup_name"],
    sets: &["default", "kernel"],
    fields: &[
        Field::new("symbol_name", Kind::Text, "The name."),
        Field::new("symbol_address", Kind::Pointer, "The address, 0 when there is no such symbol."),
    ],
};

/// A file in /proc.
pub const PROC_CREATE: Event = Event {
    id: 444,
    name: "proc_create",
    doc: "A file is about to be made in /proc.",
    lane: Lane::Control,
    hooks: &["fentry/proc_register"],
    sets: &["default", "kernel"],
    fields: &[
        Field::new("name", Kind::Text, "Its name in the directory it is made in."),
        Field::new("proc_ops_addr", Kind::Pointer, "Address of its operations; struct proc_ops."),
    ],
};

/// A file in debugfs.
pub const DEBUGFS_CREATE_FILE: Event = Event {
    id: 445,
    name: "debugfs_create_file",
    doc: "A file is about to be made in debugfs.",
    lane: Lane::Control,
    hooks: &["fentry/debugfs_create_file", "fentry/debugfs_create_file_full"],
    sets: &["kernel"],
    fields: &[
        Field::new("file_name", Kind::Text, "Its name."),
        Field::new("path", Kind::Text, "The directory it is made in, from debugfs's root on; NULL for the root."),
        Field::new("mode", Kind::Uint, "Its mode.").shown_as("mode"),
        Field::new("proc_ops_addr", Kind::Pointer, "Address of its operations; struct file_operations."),
    ],
};

/// A directory in debugfs.
pub const DEBUGFS_CREATE_DIR: Event = Event {
    id: 446,
    name: "debugfs_create_dir",
    doc: "A directory is about to be made in debugfs.",
    lane: Lane::Control,
    hooks: &["fentry/debugfs_create_dir"],
    sets: &["kernel"],
    fields: &[
        Field::new("name", Kind::Text, "Its name."),
        Field::new("path", Kind::Text, "The directory it is made in, from debugfs's root on; NULL for the root."),
    ],
};

/// A character device.
pub const REGISTER_CHRDEV: Event = Event {
    id: 447,
    name: "register_chrdev",
    doc: "A range of character devices was registered with operations of its own.",
    lane: Lane::Control,
    hooks: &["fexit/__register_chrdev"],
    sets: &["default", "kernel"],
    fields: &[
        Field::new("requested_major_number", Kind::Uint, "The major number that was asked for, 0 for any."),
        Field::new("granted_major_number", Kind::Uint, "The major number that was given."),
        Field::new("char_device_name", Kind::Text, "Its name."),
        Field::new("char_device_fops", Kind::Pointer, "Address of its operations; struct file_operations."),
    ],
};

/// A device.
pub const DEVICE_ADD: Event = Event {
    id: 448,
    name: "device_add",
    doc: "A device is about to be added to the system.",
    lane: Lane::Control,
    hooks: &["fentry/device_add"],
    sets: &["kernel"],
    fields: &[
        Field::new("name", Kind::Text, "Its name, NULL when its subsystem has yet to give it one."),
        Field::new("parent_name", Kind::Text, "Name of the device that it is part of, NULL for none."),
    ],
};

/// The time is set.
pub const SECURITY_SETTIME64: Event = Event {
    id: 449,
    name: "security_settime64",
    doc: "The system's time or time zone is about to be set (or was, where it is made at replay).",
    lane: Lane::Control,
    hooks: &["lsm/settime", "fentry/security_settime64", "replay/settimeofday+clock_settime"],
    sets: &["default", "kernel", "lsm_hooks"],
    fields: &[
        Field::new("tv_sec", Kind::I64, "Seconds since 1970; 0 when the time is not set."),
        Field::new("tv_nsec", Kind::I64, "Nanoseconds above them; 0 when the time is not set."),
        Field::new("tz_minuteswest", Kind::Int, "Minutes west of Greenwich; 0 when the zone is not set."),
        Field::new("tz_dsttime", Kind::Int, "Kind of summer time; 0 when the zone is not set."),
        Field::new("given", Kind::Uint, "Which of the two is set.").shown_as("settime_given"),
    ],
};

/// A resource limit is set.
pub const SECURITY_TASK_SETRLIMIT: Event = Event {
    id: 450,
    name: "security_task_setrlimit",
    doc: "A resource limit is about to be set (or was, where it is made at replay).",
    lane: Lane::Control,
    hooks: &["lsm/task_setrlimit", "fentry/security_task_setrlimit", "replay/prlimit64+setrlimit"],
    sets: &["kernel", "lsm_hooks", "proc"],
    fields: &[
        Field::new(
            "target_host_pid",
            Kind::Uint,
            "The process whose limit it is, in the initial PID namespace; 0 when that cannot be told.",
        ),
        Field::new("resource", Kind::Int, "The limit.").shown_as("rlimit_resource"),
        Field::new("new_rlim_cur", Kind::U64, "Its new soft value; rlimit.rlim_cur.").shown_as("rlimit_value"),
        Field::new("new_rlim_max", Kind::U64, "Its new hard value; rlimit.rlim_max.").shown_as("rlimit_value"),
    ],
};

/// A prctl.
pub const SECURITY_TASK_PRCTL: Event = Event {
    id: 451,
    name: "security_task_prctl",
    doc: "A prctl is about to be carried out (or was, where it is made at replay).",
    lane: Lane::Control,
    hooks: &["lsm/task_prctl", "fentry/security_task_prctl", "replay/prctl"],
    sets: &["kernel", "lsm_hooks", "proc"],
    fields: &[
        Field::new("option", Kind::Int, "What is asked for.").shown_as("prctl_option"),
        Field::new("arg2", Kind::U64, "Second argument."),
        Field::new("arg3", Kind::U64, "Third argument."),
        Field::new("arg4", Kind::U64, "Fourth argument."),
        Field::new("arg5", Kind::U64, "Fifth argument."),
    ],
};

/// Functions that a table leads to.
const FUNCTION: Field = Field::new("function", Kind::Text, "Name of the function there, NULL when no symbol is near.");
const OWNER: Field = Field::new(
    "owner",
    Kind::Text,
    "Module that it belongs to, `kernel` for the kernel's own; NULL when it lies in nobody's memory that is listed.",
);

/// A replaced system call.
pub const HOOKED_SYSCALL: Event = Event {
    id: 452,
    name: "hooked_syscall",
    doc: "The table of system calls leads out of the kernel's own code, or to where none of its calls begins.",
    lane: Lane::Control,
    hooks: &["scan/hooked_syscall"],
    sets: &["default", "kernel"],
    fields: &[
        Field::new("syscall", Kind::Text, "The call; empty for a number that is none."),
        Field::new("address", Kind::Pointer, "Where the table leads."),
        FUNCTION,
        OWNER,
        Field::new("number", Kind::U64, "Number of the call on this architecture."),
        Field::new(
            "is_used",
            Kind::Uint,
            "1 when calls go through the table; 0 where the kernel calls by a switch (x86_64 since 6.9, and later versions \
             of older kernels) and the table just tells tracers where they are.",
        ),
    ],
};

/// A replaced sequence.
pub const HOOKED_SEQ_OPS: Event = Event {
    id: 453,
    name: "hooked_seq_ops",
    doc: "What lists network connections in /proc leads out of the kernel's own code; a row for each function.",
    lane: Lane::Control,
    hooks: &["scan/hooked_seq_ops"],
    sets: &["default", "kernel"],
    fields: &[
        Field::new("hooked_seq_ops", Kind::Text, "The sequence and its function, as `tcp4_seq_ops.show`."),
        Field::new("address", Kind::Pointer, "Where it leads."),
        FUNCTION,
        OWNER,
    ],
};

/// A function with a hook.
pub const FTRACE_HOOK: Event = Event {
    id: 454,
    name: "ftrace_hook",
    doc: "A function of the kernel has a hook set through ftrace that is no BPF program.",
    lane: Lane::Control,
    hooks: &["scan/ftrace_hook"],
    sets: &["default", "kernel"],
    fields: &[
        Field::new("symbol", Kind::Text, "The function."),
        Field::new("trampoline", Kind::Text, "Address of the trampoline, NULL when there is none of its own."),
        Field::new("callback", Kind::Text, "What is called, NULL when there are several."),
        Field::new("callback_offset", Kind::I64, "Bytes from its beginning."),
        Field::new("callback_owner", Kind::Text, "Module that it belongs to, NULL for the kernel's own."),
        Field::new(
            "flags",
            Kind::Text,
            "Letters: R is given registers, I may change where to go on, D is called directly, O has trampolines of its own, \
             M once had I or D.",
        ),
        Field::new("count", Kind::U64, "Callbacks on the function."),
    ],
};

/// A module that is not listed.
pub const HIDDEN_KERNEL_MODULE: Event = Event {
    id: 455,
    name: "hidden_kernel_module",
    doc: "A module is alive in the kernel's memory and not listed in /proc/modules.",
    lane: Lane::Control,
    hooks: &["scan/hidden_kernel_module"],
    sets: &["default", "kernel"],
    fields: &[
        Field::new("address", Kind::Pointer, "Where its struct module is."),
        Field::new("name", Kind::Text, "Its name; module.name."),
        Field::new("srcversion", Kind::Text, "Digest of its source, NULL when it says none; module.srcversion."),
    ],
};

/// The family, in id order.
pub const EVENTS: &[Event] = &[
    MODULE_LOAD,
    MODULE_FREE,
    DO_INIT_MODULE,
    SECURITY_KERNEL_READ_FILE,
    SECURITY_KERNEL_POST_READ_FILE,
    SECURITY_BPF,
    SECURITY_BPF_MAP,
    SECURITY_BPF_PROG,
    BPF_ATTACH,
    KPROBE_ATTACH,
    CALL_USERMODEHELPER,
    KALLSYMS_LOOKUP_NAME,
    PROC_CREATE,
    DEBUGFS_CREATE_FILE,
    DEBUGFS_CREATE_DIR,
    REGISTER_CHRDEV,
    DEVICE_ADD,
    SECURITY_SETTIME64,
    SECURITY_TASK_SETRLIMIT,
    SECURITY_TASK_PRCTL,
    HOOKED_SYSCALL,
    HOOKED_SEQ_OPS,
    FTRACE_HOOK,
    HIDDEN_KERNEL_MODULE,
];
