//! System V IPC and futexes. Values are those of the kernel's headers for programs.

use super::{Naming, Table};

/// Display hints of this family.
pub(super) const HINTS: &[(&str, Naming)] = &[
    ("shm_cmd", Naming::Enumeration(SHM_CMD)),
    ("sem_cmd", Naming::Enumeration(SEM_CMD)),
    ("msg_cmd", Naming::Enumeration(MSG_CMD)),
    ("shmat_flags", Naming::Flags { zero: "0", bits: SHMAT_FLAGS }),
    ("msgop_flags", Naming::Flags { zero: "0", bits: MSGOP_FLAGS }),
    ("ipc_flags", Naming::Permissions(IPC_FLAGS)),
    ("shm_flags", Naming::Permissions(SHM_FLAGS)),
    ("futex_op", Naming::Masked { mask: 0x7f, low: FUTEX_OP_LOW, bits: FUTEX_OP }),
    ("futex2_flags", Naming::Masked { mask: 0x3, low: FUTEX2_FLAGS_LOW, bits: FUTEX2_FLAGS }),
];

/// `shm_cmd`: `sys/ipc.h` `sys/shm.h`.
const SHM_CMD: Table = &[
    (0, "IPC_RMID"),
    (1, "IPC_SET"),
    (2, "IPC_STAT"),
    (3, "IPC_INFO"),
    (11, "SHM_LOCK"),
    (12, "SHM_UNLOCK"),
    (13, "SHM_STAT"),
    (14, "SHM_INFO"),
    (15, "SHM_STAT_ANY"),
];

/// `sem_cmd`: `sys/ipc.h` `sys/sem.h`.
const SEM_CMD: Table = &[
    (0, "IPC_RMID"),
    (1, "IPC_SET"),
    (2, "IPC_STAT"),
    (3, "IPC_INFO"),
    (11, "GETPID"),
    (12, "GETVAL"),
    (13, "GETALL"),
    (14, "GETNCNT"),
    (15, "GETZCNT"),
    (16, "SETVAL"),
    (17, "SETALL"),
    (18, "SEM_STAT"),
    (19, "SEM_INFO"),
    (20, "SEM_STAT_ANY"),
];

/// `msg_cmd`: `sys/ipc.h` `sys/msg.h`.
const MSG_CMD: Table = &[
    (0, "IPC_RMID"),
    (1, "IPC_SET"),
    (2, "IPC_STAT"),
    (3, "IPC_INFO"),
    (11, "MSG_STAT"),
    (12, "MSG_INFO"),
    (13, "MSG_STAT_ANY"),
];

/// `shmat_flags`: `sys/shm.h`.
const SHMAT_FLAGS: Table = &[(0x1000, "SHM_RDONLY"), (0x2000, "SHM_RND"), (0x4000, "SHM_REMAP"), (0x8000, "SHM_EXEC")];

/// `msgop_flags`: `sys/ipc.h` `sys/msg.h`.
const MSGOP_FLAGS: Table =
    &[(0x800, "IPC_NOWAIT"), (0x1000, "MSG_NOERROR"), (0x2000, "MSG_EXCEPT"), (0x4000, "MSG_COPY")];

/// `ipc_flags`: `sys/ipc.h` `sys/shm.h`.
const IPC_FLAGS: Table = &[(0x200, "IPC_CREAT"), (0x400, "IPC_EXCL")];

/// `shm_flags`: `sys/ipc.h` `sys/shm.h`.
const SHM_FLAGS: Table =
    &[(0x200, "IPC_CREAT"), (0x400, "IPC_EXCL"), (0x800, "SHM_HUGETLB"), (0x1000, "SHM_NORESERVE")];

/// Low bits of `futex_op`, a number: `linux/futex.h`.
const FUTEX_OP_LOW: Table = &[
    (0, "FUTEX_WAIT"),
    (1, "FUTEX_WAKE"),
    (2, "FUTEX_FD"),
    (3, "FUTEX_REQUEUE"),
    (4, "FUTEX_CMP_REQUEUE"),
    (5, "FUTEX_WAKE_OP"),
    (6, "FUTEX_LOCK_PI"),
    (7, "FUTEX_UNLOCK_PI"),
    (8, "FUTEX_TRYLOCK_PI"),
    (9, "FUTEX_WAIT_BITSET"),
    (10, "FUTEX_WAKE_BITSET"),
    (11, "FUTEX_WAIT_REQUEUE_PI"),
    (12, "FUTEX_CMP_REQUEUE_PI"),
    (13, "FUTEX_LOCK_PI2"),
];

/// `futex_op`, the rest: `linux/futex.h`.
const FUTEX_OP: Table = &[(0x80, "FUTEX_PRIVATE_FLAG"), (0x100, "FUTEX_CLOCK_REALTIME")];

/// Low bits of `futex2_flags`, a number: `linux/futex.h`.
const FUTEX2_FLAGS_LOW: Table =
    &[(0, "FUTEX2_SIZE_U8"), (1, "FUTEX2_SIZE_U16"), (2, "FUTEX2_SIZE_U32"), (3, "FUTEX2_SIZE_U64")];

/// `futex2_flags`, the rest: `linux/futex.h`.
const FUTEX2_FLAGS: Table = &[(0x4, "FUTEX2_NUMA"), (0x8, "FUTEX2_MPOL"), (0x80, "FUTEX2_PRIVATE")];
