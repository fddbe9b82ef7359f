//! Processes: clone, wait, limits, scheduling, ptrace, seccomp. Values are those of the kernel's headers for programs.

use super::{Naming, Table};

/// Display hints of this family.
pub(super) const HINTS: &[(&str, Naming)] = &[
    ("clone_flags", Naming::Masked { mask: 0xff, low: super::signal::SIGNALS, bits: CLONE_FLAGS }),
    ("clone3_flags", Naming::Flags { zero: "0", bits: CLONE_FLAGS }),
    ("unshare_flags", Naming::Flags { zero: "0", bits: UNSHARE_FLAGS }),
    ("wait_options", Naming::Flags { zero: "0", bits: WAIT_OPTIONS }),
    ("id_type", Naming::Enumeration(ID_TYPE)),
    ("rlimit_resource", Naming::Enumeration(RLIMIT_RESOURCE)),
    ("rusage_who", Naming::Enumeration(RUSAGE_WHO)),
    ("priority_which", Naming::Enumeration(PRIORITY_WHICH)),
    ("sched_policy", Naming::Masked { mask: 0xff, low: SCHED_POLICY_LOW, bits: SCHED_POLICY }),
    ("ioprio_which", Naming::Enumeration(IOPRIO_WHICH)),
    ("itimer_which", Naming::Enumeration(ITIMER_WHICH)),
    ("arch_prctl_code", Naming::Enumeration(ARCH_PRCTL_CODE)),
    ("ptrace_request", Naming::Enumeration(PTRACE_REQUEST)),
    ("personality", Naming::Masked { mask: 0xff, low: PERSONALITY_LOW, bits: PERSONALITY }),
    ("seccomp_op", Naming::Enumeration(SECCOMP_OP)),
    ("seccomp_flags", Naming::Flags { zero: "0", bits: SECCOMP_FLAGS }),
    ("kcmp_type", Naming::Enumeration(KCMP_TYPE)),
    ("pidfd_flags", Naming::Flags { zero: "0", bits: PIDFD_FLAGS }),
];

/// `clone_flags`, the rest: `linux/sched.h` `signal.h`.
const CLONE_FLAGS: Table = &[
    (0x100, "CLONE_VM"),
    (0x200, "CLONE_FS"),
    (0x400, "CLONE_FILES"),
    (0x800, "CLONE_SIGHAND"),
    (0x1000, "CLONE_PIDFD"),
    (0x2000, "CLONE_PTRACE"),
    (0x4000, "CLONE_VFORK"),
    (0x8000, "CLONE_PARENT"),
    (0x10000, "CLONE_THREAD"),
    (0x20000, "CLONE_NEWNS"),
    (0x40000, "CLONE_SYSVSEM"),
    (0x80000, "CLONE_SETTLS"),
    (0x100000, "CLONE_PARENT_SETTID"),
    (0x200000, "CLONE_CHILD_CLEARTID"),
    (0x400000, "CLONE_DETACHED"),
    (0x800000, "CLONE_UNTRACED"),
    (0x1000000, "CLONE_CHILD_SETTID"),
    (0x2000000, "CLONE_NEWCGROUP"),
    (0x4000000, "CLONE_NEWUTS"),
    (0x8000000, "CLONE_NEWIPC"),
    (0x10000000, "CLONE_NEWUSER"),
    (0x20000000, "CLONE_NEWPID"),
    (0x40000000, "CLONE_NEWNET"),
    (0x80000000, "CLONE_IO"),
    (0x100000000, "CLONE_CLEAR_SIGHAND"),
    (0x200000000, "CLONE_INTO_CGROUP"),
];

/// `unshare_flags`: `linux/sched.h`.
const UNSHARE_FLAGS: Table = &[
    (0x80, "CLONE_NEWTIME"),
    (0x100, "CLONE_VM"),
    (0x200, "CLONE_FS"),
    (0x400, "CLONE_FILES"),
    (0x800, "CLONE_SIGHAND"),
    (0x10000, "CLONE_THREAD"),
    (0x20000, "CLONE_NEWNS"),
    (0x40000, "CLONE_SYSVSEM"),
    (0x2000000, "CLONE_NEWCGROUP"),
    (0x4000000, "CLONE_NEWUTS"),
    (0x8000000, "CLONE_NEWIPC"),
    (0x10000000, "CLONE_NEWUSER"),
    (0x20000000, "CLONE_NEWPID"),
    (0x40000000, "CLONE_NEWNET"),
];

/// `wait_options`: `linux/wait.h`.
const WAIT_OPTIONS: Table = &[
    (0x1, "WNOHANG"),
    (0x2, "WUNTRACED"),
    (0x4, "WEXITED"),
    (0x8, "WCONTINUED"),
    (0x1000000, "WNOWAIT"),
    (0x20000000, "__WNOTHREAD"),
    (0x40000000, "__WALL"),
    (0x80000000, "__WCLONE"),
];

/// `id_type`: `linux/wait.h`.
const ID_TYPE: Table = &[(0, "P_ALL"), (1, "P_PID"), (2, "P_PGID"), (3, "P_PIDFD")];

/// `rlimit_resource`: `linux/resource.h`.
const RLIMIT_RESOURCE: Table = &[
    (0, "RLIMIT_CPU"),
    (1, "RLIMIT_FSIZE"),
    (2, "RLIMIT_DATA"),
    (3, "RLIMIT_STACK"),
    (4, "RLIMIT_CORE"),
    (5, "RLIMIT_RSS"),
    (6, "RLIMIT_NPROC"),
    (7, "RLIMIT_NOFILE"),
    (8, "RLIMIT_MEMLOCK"),
    (9, "RLIMIT_AS"),
    (10, "RLIMIT_LOCKS"),
    (11, "RLIMIT_SIGPENDING"),
    (12, "RLIMIT_MSGQUEUE"),
    (13, "RLIMIT_NICE"),
    (14, "RLIMIT_RTPRIO"),
    (15, "RLIMIT_RTTIME"),
];

/// `rusage_who`: `linux/resource.h`.
const RUSAGE_WHO: Table = &[(0, "RUSAGE_SELF"), (-1, "RUSAGE_CHILDREN"), (1, "RUSAGE_THREAD")];

/// `priority_which`: `linux/resource.h`.
const PRIORITY_WHICH: Table = &[(0, "PRIO_PROCESS"), (1, "PRIO_PGRP"), (2, "PRIO_USER")];

/// Low bits of `sched_policy`, a number: `linux/sched.h`.
const SCHED_POLICY_LOW: Table = &[
    (0, "SCHED_NORMAL"),
    (1, "SCHED_FIFO"),
    (2, "SCHED_RR"),
    (3, "SCHED_BATCH"),
    (5, "SCHED_IDLE"),
    (6, "SCHED_DEADLINE"),
    (7, "SCHED_EXT"),
];

/// `sched_policy`, the rest: `linux/sched.h`.
const SCHED_POLICY: Table = &[(0x40000000, "SCHED_RESET_ON_FORK")];

/// `ioprio_which`: `linux/ioprio.h`.
const IOPRIO_WHICH: Table = &[(1, "IOPRIO_WHO_PROCESS"), (2, "IOPRIO_WHO_PGRP"), (3, "IOPRIO_WHO_USER")];

/// `itimer_which`: `sys/time.h`.
const ITIMER_WHICH: Table = &[(0, "ITIMER_REAL"), (1, "ITIMER_VIRTUAL"), (2, "ITIMER_PROF")];

/// `arch_prctl_code`: `asm/prctl.h`.
const ARCH_PRCTL_CODE: Table = &[
    (0x1001, "ARCH_SET_GS"),
    (0x1002, "ARCH_SET_FS"),
    (0x1003, "ARCH_GET_FS"),
    (0x1004, "ARCH_GET_GS"),
    (0x1011, "ARCH_GET_CPUID"),
    (0x1012, "ARCH_SET_CPUID"),
    (0x1021, "ARCH_GET_XCOMP_SUPP"),
    (0x1022, "ARCH_GET_XCOMP_PERM"),
    (0x1023, "ARCH_REQ_XCOMP_PERM"),
    (0x1024, "ARCH_GET_XCOMP_GUEST_PERM"),
    (0x1025, "ARCH_REQ_XCOMP_GUEST_PERM"),
    (0x2001, "ARCH_MAP_VDSO_X32"),
    (0x2002, "ARCH_MAP_VDSO_32"),
    (0x2003, "ARCH_MAP_VDSO_64"),
    (0x4001, "ARCH_GET_UNTAG_MASK"),
    (0x4002, "ARCH_ENABLE_TAGGED_ADDR"),
    (0x4003, "ARCH_GET_MAX_TAG_BITS"),
    (0x4004, "ARCH_FORCE_TAGGED_SVA"),
    (0x5001, "ARCH_SHSTK_ENABLE"),
    (0x5002, "ARCH_SHSTK_DISABLE"),
    (0x5003, "ARCH_SHSTK_LOCK"),
    (0x5004, "ARCH_SHSTK_UNLOCK"),
    (0x5005, "ARCH_SHSTK_STATUS"),
];

/// `ptrace_request`: `sys/ptrace.h` `asm/ptrace-abi.h`.
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
    (0xc, "PTRACE_GETREGS"),
    (0xd, "PTRACE_SETREGS"),
    (0xe, "PTRACE_GETFPREGS"),
    (0xf, "PTRACE_SETFPREGS"),
    (0x10, "PTRACE_ATTACH"),
    (0x11, "PTRACE_DETACH"),
    (0x12, "PTRACE_GETFPXREGS"),
    (0x13, "PTRACE_SETFPXREGS"),
    (0x15, "PTRACE_OLDSETOPTIONS"),
    (0x18, "PTRACE_SYSCALL"),
    (0x19, "PTRACE_GET_THREAD_AREA"),
    (0x1a, "PTRACE_SET_THREAD_AREA"),
    (0x1e, "PTRACE_ARCH_PRCTL"),
    (0x1f, "PTRACE_SYSEMU"),
    (0x20, "PTRACE_SYSEMU_SINGLESTEP"),
    (0x21, "PTRACE_SINGLEBLOCK"),
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

/// Low bits of `personality`, a number: `sys/personality.h`.
const PERSONALITY_LOW: Table = &[(0, "PER_LINUX"), (6, "PER_BSD"), (8, "PER_LINUX32")];

/// `personality`, the rest: `sys/personality.h`.
const PERSONALITY: Table = &[
    (0x20000, "UNAME26"),
    (0x40000, "ADDR_NO_RANDOMIZE"),
    (0x80000, "FDPIC_FUNCPTRS"),
    (0x100000, "MMAP_PAGE_ZERO"),
    (0x200000, "ADDR_COMPAT_LAYOUT"),
    (0x400000, "READ_IMPLIES_EXEC"),
    (0x800000, "ADDR_LIMIT_32BIT"),
    (0x1000000, "SHORT_INODE"),
    (0x2000000, "WHOLE_SECONDS"),
    (0x4000000, "STICKY_TIMEOUTS"),
    (0x8000000, "ADDR_LIMIT_3GB"),
];

/// `seccomp_op`: `linux/seccomp.h`.
const SECCOMP_OP: Table = &[
    (0, "SECCOMP_SET_MODE_STRICT"),
    (1, "SECCOMP_SET_MODE_FILTER"),
    (2, "SECCOMP_GET_ACTION_AVAIL"),
    (3, "SECCOMP_GET_NOTIF_SIZES"),
];

/// `seccomp_flags`: `linux/seccomp.h`.
const SECCOMP_FLAGS: Table = &[
    (0x1, "SECCOMP_FILTER_FLAG_TSYNC"),
    (0x2, "SECCOMP_FILTER_FLAG_LOG"),
    (0x4, "SECCOMP_FILTER_FLAG_SPEC_ALLOW"),
    (0x8, "SECCOMP_FILTER_FLAG_NEW_LISTENER"),
    (0x10, "SECCOMP_FILTER_FLAG_TSYNC_ESRCH"),
    (0x20, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"),
];

/// `kcmp_type`: `linux/kcmp.h`.
const KCMP_TYPE: Table = &[
    (0, "KCMP_FILE"),
    (1, "KCMP_VM"),
    (2, "KCMP_FILES"),
    (3, "KCMP_FS"),
    (4, "KCMP_SIGHAND"),
    (5, "KCMP_IO"),
    (6, "KCMP_SYSVSEM"),
    (7, "KCMP_EPOLL_TFD"),
];

/// `pidfd_flags`: `fcntl.h`.
const PIDFD_FLAGS: Table = &[(0x800, "PIDFD_NONBLOCK"), (0x80, "PIDFD_THREAD")];
