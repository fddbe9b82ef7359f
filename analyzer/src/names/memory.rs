//! Memory: mappings, protection, advice. Values are those of the kernel's headers for programs.

use super::{Naming, Table};

/// Display hints of this family.
pub(super) const HINTS: &[(&str, Naming)] = &[
    ("mmap_prot", Naming::Flags { zero: "PROT_NONE", bits: MMAP_PROT }),
    ("mmap_flags", Naming::Masked { mask: 0xf, low: MMAP_FLAGS_LOW, bits: MMAP_FLAGS }),
    ("mremap_flags", Naming::Flags { zero: "0", bits: MREMAP_FLAGS }),
    ("msync_flags", Naming::Flags { zero: "0", bits: MSYNC_FLAGS }),
    ("madvise_advice", Naming::Enumeration(MADVISE_ADVICE)),
    ("mlock2_flags", Naming::Flags { zero: "0", bits: MLOCK2_FLAGS }),
    ("mlockall_flags", Naming::Flags { zero: "0", bits: MLOCKALL_FLAGS }),
    ("pkey_rights", Naming::Flags { zero: "0", bits: PKEY_RIGHTS }),
    ("membarrier_cmd", Naming::Enumeration(MEMBARRIER_CMD)),
    ("mem_prot_alert", Naming::Enumeration(MEM_PROT_ALERT)),
    ("proc_mem_operation", Naming::Enumeration(PROC_MEM_OPERATION)),
    ("vma_flags", Naming::Flags { zero: "0", bits: VMA_FLAGS }),
    ("vma_type", Naming::Enumeration(VMA_TYPE)),
    ("userfaultfd_flags", Naming::Flags { zero: "0", bits: USERFAULTFD_FLAGS }),
];

/// `mmap_prot`: `linux/mman.h`.
const MMAP_PROT: Table = &[
    (0x1, "PROT_READ"),
    (0x2, "PROT_WRITE"),
    (0x4, "PROT_EXEC"),
    (0x8, "PROT_SEM"),
    (0x1000000, "PROT_GROWSDOWN"),
    (0x2000000, "PROT_GROWSUP"),
];

/// Low bits of `mmap_flags`, a number: `linux/mman.h`.
pub(super) const MMAP_FLAGS_LOW: Table = &[(1, "MAP_SHARED"), (2, "MAP_PRIVATE"), (3, "MAP_SHARED_VALIDATE")];

/// `mmap_flags`, the rest: `linux/mman.h`.
const MMAP_FLAGS: Table = &[
    (0x10, "MAP_FIXED"),
    (0x20, "MAP_ANONYMOUS"),
    (0x40, "MAP_32BIT"),
    (0x80, "MAP_ABOVE4G"),
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

/// `mremap_flags`: `linux/mman.h`.
const MREMAP_FLAGS: Table = &[(0x1, "MREMAP_MAYMOVE"), (0x2, "MREMAP_FIXED"), (0x4, "MREMAP_DONTUNMAP")];

/// `msync_flags`: `linux/mman.h`.
const MSYNC_FLAGS: Table = &[(0x1, "MS_ASYNC"), (0x2, "MS_INVALIDATE"), (0x4, "MS_SYNC")];

/// `madvise_advice`: `linux/mman.h`.
const MADVISE_ADVICE: Table = &[
    (0, "MADV_NORMAL"),
    (1, "MADV_RANDOM"),
    (2, "MADV_SEQUENTIAL"),
    (3, "MADV_WILLNEED"),
    (4, "MADV_DONTNEED"),
    (8, "MADV_FREE"),
    (9, "MADV_REMOVE"),
    (10, "MADV_DONTFORK"),
    (11, "MADV_DOFORK"),
    (12, "MADV_MERGEABLE"),
    (13, "MADV_UNMERGEABLE"),
    (14, "MADV_HUGEPAGE"),
    (15, "MADV_NOHUGEPAGE"),
    (16, "MADV_DONTDUMP"),
    (17, "MADV_DODUMP"),
    (18, "MADV_WIPEONFORK"),
    (19, "MADV_KEEPONFORK"),
    (20, "MADV_COLD"),
    (21, "MADV_PAGEOUT"),
    (22, "MADV_POPULATE_READ"),
    (23, "MADV_POPULATE_WRITE"),
    (24, "MADV_DONTNEED_LOCKED"),
    (25, "MADV_COLLAPSE"),
    (100, "MADV_HWPOISON"),
    (101, "MADV_SOFT_OFFLINE"),
    (102, "MADV_GUARD_INSTALL"),
    (103, "MADV_GUARD_REMOVE"),
];

/// `mlock2_flags`: `linux/mman.h`.
const MLOCK2_FLAGS: Table = &[(0x1, "MLOCK_ONFAULT")];

/// `mlockall_flags`: `linux/mman.h`.
const MLOCKALL_FLAGS: Table = &[(0x1, "MCL_CURRENT"), (0x2, "MCL_FUTURE"), (0x4, "MCL_ONFAULT")];

/// `pkey_rights`: `linux/mman.h`.
const PKEY_RIGHTS: Table = &[(0x1, "PKEY_DISABLE_ACCESS"), (0x2, "PKEY_DISABLE_WRITE")];

/// `membarrier_cmd`: `linux/membarrier.h`.
const MEMBARRIER_CMD: Table = &[
    (0, "MEMBARRIER_CMD_QUERY"),
    (1, "MEMBARRIER_CMD_GLOBAL"),
    (2, "MEMBARRIER_CMD_GLOBAL_EXPEDITED"),
    (4, "MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED"),
    (8, "MEMBARRIER_CMD_PRIVATE_EXPEDITED"),
    (16, "MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED"),
    (32, "MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE"),
    (64, "MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE"),
    (128, "MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ"),
    (256, "MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ"),
    (512, "MEMBARRIER_CMD_GET_REGISTRATIONS"),
];

/// `userfaultfd_flags`: `fcntl.h` `linux/userfaultfd.h`.
const USERFAULTFD_FLAGS: Table = &[(0x1, "UFFD_USER_MODE_ONLY"), (0x80000, "O_CLOEXEC"), (0x800, "O_NONBLOCK")];

/// `mem_prot_alert`: our own, the first four as Tracee words them.
const MEM_PROT_ALERT: Table = &[
    (1, "Mmaped region with W+E permissions!"),
    (2, "Protection changed to Executable!"),
    (3, "Protection changed from E to W+E!"),
    (4, "Protection changed from W to E!"),
    (5, "Protection changed from E to W!"),
];

/// `proc_mem_operation`: our own.
const PROC_MEM_OPERATION: Table = &[(1, "open"), (2, "read"), (3, "write")];

/// `vma_type`: our own, as Tracee words them.
const VMA_TYPE: Table = &[
    (0, "unknown"),
    (1, "file backed"),
    (2, "anonymous"),
    (3, "main stack"),
    (4, "thread stack"),
    (5, "heap"),
    (6, "golang heap/stack"),
    (7, "vdso"),
];

/// `vma_flags`, the bits that are the same everywhere: `linux/mm.h`.
const VMA_FLAGS: Table = &[
    (0x1, "VM_READ"),
    (0x2, "VM_WRITE"),
    (0x4, "VM_EXEC"),
    (0x8, "VM_SHARED"),
    (0x10, "VM_MAYREAD"),
    (0x20, "VM_MAYWRITE"),
    (0x40, "VM_MAYEXEC"),
    (0x80, "VM_MAYSHARE"),
    (0x100, "VM_GROWSDOWN"),
    (0x400, "VM_PFNMAP"),
    (0x2000, "VM_LOCKED"),
    (0x4000, "VM_IO"),
    (0x8000, "VM_SEQ_READ"),
    (0x10000, "VM_RAND_READ"),
    (0x20000, "VM_DONTCOPY"),
    (0x40000, "VM_DONTEXPAND"),
    (0x80000, "VM_LOCKONFAULT"),
    (0x100000, "VM_ACCOUNT"),
    (0x200000, "VM_NORESERVE"),
    (0x400000, "VM_HUGETLB"),
    (0x800000, "VM_SYNC"),
    (0x2000000, "VM_WIPEONFORK"),
    (0x4000000, "VM_DONTDUMP"),
    (0x8000000, "VM_SOFTDIRTY"),
    (0x10000000, "VM_MIXEDMAP"),
    (0x20000000, "VM_HUGEPAGE"),
    (0x40000000, "VM_NOHUGEPAGE"),
    (0x80000000, "VM_MERGEABLE"),
];
