//! Memory: mappings, protections, access to other processes' memory, and where system calls come from.
//!
//! `process_vm_readv`, `process_vm_writev`, `ptrace`, `memfd_create` and `userfaultfd` are system calls with rows of their
//! own.

use crate::event::{Event, Field, Kind, Lane};

/// A file is mapped.
pub const SECURITY_MMAP_FILE: Event = Event {
    id: 368,
    name: "security_mmap_file",
    doc: "A file is about to be mapped into memory, by mmap or exec (or was, by mmap, where it is made at replay).",
    lane: Lane::Events,
    hooks: &["lsm/mmap_file", "fentry/security_mmap_file", "replay/mmap"],
    sets: &["default", "proc", "fs", "lsm_hooks"],
    fields: &[
        FILE,
        Field::attribute("pathname", "file.path", "Its path."),
        OPEN_FLAGS,
        DEV,
        INODE,
        CTIME,
        Field::new("prot", Kind::U64, "Protection asked for.").shown_as("mmap_prot"),
        Field::new("mmap_flags", Kind::U64, "Kind of mapping.").shown_as("mmap_flags"),
    ],
};

/// Memory was mapped.
pub const DO_MMAP: Event = Event {
    id: 369,
    name: "do_mmap",
    doc: "A file or anonymous memory was mapped, at the address given; by exec, too, where the kernel's function is seen.",
    lane: Lane::Events,
    hooks: &["fexit/vm_mmap_pgoff", "replay/mmap"],
    sets: &["proc"],
    fields: &[
        Field::new("addr", Kind::Pointer, "Where it was mapped (not where it was asked for)."),
        FILE,
        Field::attribute("pathname", "file.path", "Its path; NULL for anonymous memory."),
        OPEN_FLAGS,
        DEV,
        INODE,
        CTIME,
        Field::new("pgoff", Kind::U64, "Where in the file, in pages (of 4096 bytes where it is made at replay)."),
        Field::new("len", Kind::U64, "Length asked for, bytes."),
        Field::new("prot", Kind::U64, "Protection asked for.").shown_as("mmap_prot"),
        Field::new("mmap_flags", Kind::U64, "Kind of mapping.").shown_as("mmap_flags"),
    ],
};

/// The protection of memory is changed.
pub const SECURITY_FILE_MPROTECT: Event = Event {
    id: 370,
    name: "security_file_mprotect",
    doc: "The protection of memory is about to be changed: a row for each mapping that the call covers (at the entry of the call, which looks at the first 16, where it is made there).",
    lane: Lane::Events,
    hooks: &["lsm/file_mprotect", "fentry/security_file_mprotect", "sys_enter/mprotect+pkey_mprotect"],
    sets: &["default", "proc", "lsm_hooks"],
    fields: &[
        Field::new("file", Kind::Object, "The mapped file, 0 for anonymous memory; vm_area_struct.vm_file."),
        Field::attribute("pathname", "file.path", "Its path."),
        Field::new("prot", Kind::Int, "Protection asked for.").shown_as("mmap_prot"),
        CTIME,
        Field::new("prev_prot", Kind::Int, "Protection before; vm_area_struct.vm_flags.").shown_as("mmap_prot"),
        Field::new("addr", Kind::Pointer, "Where the changed part of the mapping begins."),
        Field::new("len", Kind::U64, "Length of that part, bytes."),
        Field::new("pkey", Kind::Int, "Protection key that pkey_mprotect was given, -1 for none."),
        DEV,
        INODE,
    ],
};

/// Memory that is written and executed.
pub const MEM_PROT_ALERT: Event = Event {
    id: 371,
    name: "mem_prot_alert",
    doc: "Memory was mapped or made so that what is written there can be executed, or what is executed can be written (before the change, where a hook of its own sees mprotect; elsewhere after it, of one call at most four mappings).",
    lane: Lane::Events,
    hooks: &["lsm/file_mprotect", "fentry/security_file_mprotect", "sys_call/mmap+mprotect+pkey_mprotect"],
    sets: &["default", "proc"],
    fields: &[
        Field::new("alert", Kind::Uint, "What happened.").shown_as("mem_prot_alert"),
        Field::new("addr", Kind::Pointer, "Where the memory begins."),
        Field::new("len", Kind::U64, "Its length, bytes."),
        Field::new("prot", Kind::Int, "Protection now.").shown_as("mmap_prot"),
        Field::new("prev_prot", Kind::Int, "Protection before, 0 for new memory; vm_area_struct.vm_flags.")
            .shown_as("mmap_prot"),
        Field::new("file", Kind::Object, "The mapped file, 0 for anonymous memory; vm_area_struct.vm_file."),
        Field::attribute("pathname", "file.path", "Its path."),
        DEV,
        INODE,
        CTIME,
    ],
};

/// Code of a shared object.
pub const SHARED_OBJECT_LOADED: Event = Event {
    id: 372,
    name: "shared_object_loaded",
    doc: "A process maps code as a loader of shared objects does: a regular file, private, to be read and executed, and not by exec.",
    lane: Lane::Events,
    hooks: &["lsm/mmap_file", "fentry/security_mmap_file", "replay/mmap"],
    sets: &["default", "proc", "fs"],
    fields: &[FILE, Field::attribute("pathname", "file.path", "Its path."), OPEN_FLAGS, DEV, INODE, CTIME],
};

/// `/proc/PID/mem` of another process.
pub const PROC_MEM_ACCESS: Event = Event {
    id: 373,
    name: "proc_mem_access",
    doc: "The memory of another process was opened, read or written through its file in /proc. Made at replay from the rows of the named calls, so it comes at no cost where all calls are recorded.",
    lane: Lane::Events,
    hooks: &["replay/open+openat+openat2+read+readv+pread64+preadv+preadv2+write+writev+pwrite64+pwritev+pwritev2"],
    sets: &["syscalls", "proc"],
    fields: &[
        Field::new("operation", Kind::Uint, "What was done.").shown_as("proc_mem_operation"),
        Field::new(
            "target_pid",
            Kind::Uint,
            "The other process, or thread of it, as the path says: as that /proc numbers it.",
        ),
        FILE,
        Field::attribute("pathname", "file.path", "Its path, links (/proc/self) followed."),
        OPEN_FLAGS,
        Field::new(
            "addr",
            Kind::Pointer,
            "Where in the other's memory, when the call says so; else 0: at the descriptor's position.",
        ),
        Field::new("size", Kind::U64, "Bytes that were read or written."),
    ],
};

/// The stack pointer is not on a stack.
pub const STACK_PIVOT: Event = Event {
    id: 374,
    name: "stack_pivot",
    doc: "One of the calls named below was made with a stack pointer that is on no stack of the thread: neither the kernel's for the program, nor the one the thread was born on, nor the signal stack, nor where Go has its stacks. Once for each process, mapping and call.",
    lane: Lane::Events,
    hooks: &[DANGEROUS],
    sets: &["default", "proc"],
    fields: &[
        SYSCALL,
        Field::new("sp", Kind::Pointer, "The stack pointer."),
        Field::new("vma_type", Kind::Uint, "What it points to.").shown_as("vma_type"),
        VMA_START,
        VMA_SIZE,
        VMA_FLAGS,
    ],
};

/// Code that no file holds makes system calls.
pub const SUSPICIOUS_SYSCALL_SOURCE: Event = Event {
    id: 375,
    name: "suspicious_syscall_source",
    doc: "One of the calls named below was made by code in memory that no file backs. Once for each process, mapping and call.",
    lane: Lane::Events,
    hooks: &[DANGEROUS],
    sets: &["default", "proc"],
    fields: &[
        SYSCALL,
        Field::new("ip", Kind::Pointer, "The instruction pointer: behind the instruction that made the call."),
        Field::new("vma_type", Kind::Uint, "What kind of memory the code is in.").shown_as("vma_type"),
        VMA_START,
        VMA_SIZE,
        VMA_FLAGS,
    ],
};

/// Calls that injected code or a chain of borrowed code needs to become something: to run a program, to make memory
/// executable, to get hold of another process, of the network, of files, of privileges or of the kernel. What every program
/// makes all the time (read, write, futex, close, ...) is not among them, so that the look costs little.
const DANGEROUS: &str = "sys_enter/execve+execveat+fork+vfork+clone+clone3\
    +mmap+mprotect+pkey_mprotect+mremap+memfd_create+memfd_secret+userfaultfd\
    +ptrace+process_vm_readv+process_vm_writev+pidfd_getfd\
    +socket+connect+bind+listen+accept+accept4+dup2+dup3\
    +open+openat+openat2+creat+open_by_handle_at\
    +setuid+setgid+setreuid+setregid+setresuid+setresgid+capset+setns+unshare+chroot+pivot_root+mount\
    +init_module+finit_module+kexec_load+kexec_file_load+bpf+perf_event_open+io_uring_setup";

const FILE: Field = Field::new("file", Kind::Object, "The file; struct file.");
const OPEN_FLAGS: Field = Field::new("flags", Kind::U64, "How the file is open; file.f_flags.").shown_as("open_flags");
const DEV: Field = Field::attribute("dev", "file.dev", "Device number of the file; super_block.s_dev.");
const INODE: Field = Field::attribute("inode", "file.inode", "Inode number of the file; inode.i_ino.");
const CTIME: Field =
    Field::attribute("ctime", "file.ctime_ns", "Change time of the file, nanoseconds since 1970; inode.i_ctime.");
const SYSCALL: Field = Field::new("syscall", Kind::Int, "The call, by its number on x86_64.").shown_as("syscall");
const VMA_START: Field =
    Field::new("vma_start", Kind::Pointer, "Where the mapping begins, 0 when there is none; vm_area_struct.vm_start.");
const VMA_SIZE: Field = Field::new("vma_size", Kind::U64, "Length of the mapping, bytes.");
const VMA_FLAGS: Field =
    Field::new("vma_flags", Kind::U64, "Flags of the mapping; vm_area_struct.vm_flags.").shown_as("vma_flags");

/// The family, in id order.
pub const EVENTS: &[Event] = &[
    SECURITY_MMAP_FILE,
    DO_MMAP,
    SECURITY_FILE_MPROTECT,
    MEM_PROT_ALERT,
    SHARED_OBJECT_LOADED,
    PROC_MEM_ACCESS,
    STACK_PIVOT,
    SUSPICIOUS_SYSCALL_SOURCE,
];
