//! What another value stands for on aarch64 than on x86_64: `asm/fcntl.h`, `asm/mman.h`, `asm/ptrace.h` there.

use super::file::OPEN_FLAGS_LOW;
use super::memory::MMAP_FLAGS_LOW;
use super::structure::layout::{Member, Storage, member};
use super::{Naming, Table};

/// Display hints that are not as elsewhere.
pub(super) const HINTS: &[(&str, Naming)] = &[
    ("open_flags", Naming::Masked { mask: 0x3, low: OPEN_FLAGS_LOW, bits: OPEN_FLAGS }),
    ("pipe_flags", Naming::Flags { zero: "0", bits: PIPE_FLAGS }),
    ("mmap_prot", Naming::Flags { zero: "PROT_NONE", bits: MMAP_PROT }),
    ("mmap_flags", Naming::Masked { mask: 0xf, low: MMAP_FLAGS_LOW, bits: MMAP_FLAGS }),
    ("pkey_rights", Naming::Flags { zero: "0", bits: PKEY_RIGHTS }),
    ("ptrace_request", Naming::Enumeration(PTRACE_REQUEST)),
];

/// Structures that are not as elsewhere.
pub(super) const STRUCTURES: &[(&str, &[Member])] = &[
    // Only x86_64 packs it.
    ("epoll_event", &[member("events", 0, Storage::U32, "epoll_events"), member("data", 8, Storage::U64, "")]),
];

const OPEN_FLAGS: Table = &[
    (0x404000, "O_TMPFILE"),
    (0x101000, "O_SYNC"),
    (0x40, "O_CREAT"),
    (0x80, "O_EXCL"),
    (0x100, "O_NOCTTY"),
    (0x200, "O_TRUNC"),
    (0x400, "O_APPEND"),
    (0x800, "O_NONBLOCK"),
    (0x1000, "O_DSYNC"),
    (0x2000, "FASYNC"),
    (0x10000, "O_DIRECT"),
    (0x20000, "O_LARGEFILE"),
    (0x20, "FMODE_EXEC"),
    (0x4000, "O_DIRECTORY"),
    (0x8000, "O_NOFOLLOW"),
    (0x40000, "O_NOATIME"),
    (0x80000, "O_CLOEXEC"),
    (0x200000, "O_PATH"),
];

const PIPE_FLAGS: Table =
    &[(0x80000, "O_CLOEXEC"), (0x800, "O_NONBLOCK"), (0x10000, "O_DIRECT"), (0x80, "O_NOTIFICATION_PIPE")];

const MMAP_PROT: Table = &[
    (0x1, "PROT_READ"),
    (0x2, "PROT_WRITE"),
    (0x4, "PROT_EXEC"),
    (0x8, "PROT_SEM"),
    (0x10, "PROT_BTI"),
    (0x20, "PROT_MTE"),
    (0x1000000, "PROT_GROWSDOWN"),
    (0x2000000, "PROT_GROWSUP"),
];

const MMAP_FLAGS: Table = &[
    (0x10, "MAP_FIXED"),
    (0x20, "MAP_ANONYMOUS"),
    (0x100, "MAP_GROWSDOWN"),
    (0x800, "MAP_DENYWRITE"),
    (0x1000, "MAP_EXECUTABLE"),
    (0x2000, "MAP_LOCKED"),
    (0x4000, "MAP_NORESERVE"),
    (0x8000, "MAP_POPULATE"),
    (0x10000, "MAP_NONBLOCK"),
    (0x20000, "MAP_STACK"),
    (0x40000, "MAP_HUGETLB"),
    (0x80000, "MAP_SYNC"),
    (0x100000, "MAP_FIXED_NOREPLACE"),
    (0x54000000, "MAP_HUGE_2MB"),
    (0x78000000, "MAP_HUGE_1GB"),
];

const PKEY_RIGHTS: Table = &[
    (0x1, "PKEY_DISABLE_ACCESS"),
    (0x2, "PKEY_DISABLE_WRITE"),
    (0x4, "PKEY_DISABLE_EXECUTE"),
    (0x8, "PKEY_DISABLE_READ"),
];

const PTRACE_REQUEST: Table = &[
    (0x0, "PTRACE_TRACEME"),
    (0x1, "PTRACE_PEEKTEXT"),
    (0x2, "PTRACE_PEEKDATA"),
    (0x3, "PTRACE_PEEKUSER"),
    (0x4, "PTRACE_POKETEXT"),
    (0x5, "PTRACE_POKEDATA"),
    (0x6, "PTRACE_POKEUSER"),
    (0x7, "PTRACE_CONT"),
    (0x8, "PTRACE_KILL"),
    (0x9, "PTRACE_SINGLESTEP"),
    (0x10, "PTRACE_ATTACH"),
    (0x11, "PTRACE_DETACH"),
    (0x18, "PTRACE_SYSCALL"),
    (0x1f, "PTRACE_SYSEMU"),
    (0x20, "PTRACE_SYSEMU_SINGLESTEP"),
    (0x21, "PTRACE_PEEKMTETAGS"),
    (0x22, "PTRACE_POKEMTETAGS"),
    (0x4200, "PTRACE_SETOPTIONS"),
    (0x4201, "PTRACE_GETEVENTMSG"),
    (0x4202, "PTRACE_GETSIGINFO"),
    (0x4203, "PTRACE_SETSIGINFO"),
    (0x4204, "PTRACE_GETREGSET"),
    (0x4205, "PTRACE_SETREGSET"),
    (0x4206, "PTRACE_SEIZE"),
    (0x4207, "PTRACE_INTERRUPT"),
    (0x4208, "PTRACE_LISTEN"),
    (0x4209, "PTRACE_PEEKSIGINFO"),
    (0x420a, "PTRACE_GETSIGMASK"),
    (0x420b, "PTRACE_SETSIGMASK"),
    (0x420c, "PTRACE_SECCOMP_GET_FILTER"),
    (0x420d, "PTRACE_SECCOMP_GET_METADATA"),
    (0x420e, "PTRACE_GET_SYSCALL_INFO"),
    (0x420f, "PTRACE_GET_RSEQ_CONFIGURATION"),
    (0x4210, "PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG"),
    (0x4211, "PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG"),
    (0x4212, "PTRACE_SET_SYSCALL_INFO"),
];
