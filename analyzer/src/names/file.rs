//! Files: opening, permissions, sizes, attributes, file system types. Values are those of the kernel's headers for
//! programs.

use super::{Naming, Table};

/// Display hints of this family.
pub(super) const HINTS: &[(&str, Naming)] = &[
    ("open_flags", Naming::Masked { mask: 0x3, low: OPEN_FLAGS_LOW, bits: OPEN_FLAGS }),
    ("at_flags", Naming::Flags { zero: "0", bits: AT_FLAGS }),
    ("resolve_flags", Naming::Flags { zero: "0", bits: RESOLVE_FLAGS }),
    ("unlinkat_flags", Naming::Flags { zero: "0", bits: UNLINKAT_FLAGS }),
    ("access_mode", Naming::Flags { zero: "F_OK", bits: ACCESS_MODE }),
    ("fcntl_cmd", Naming::Enumeration(FCNTL_CMD)),
    ("whence", Naming::Enumeration(WHENCE)),
    ("flock_op", Naming::Flags { zero: "0", bits: FLOCK_OP }),
    ("sync_file_range_flags", Naming::Flags { zero: "0", bits: SYNC_FILE_RANGE_FLAGS }),
    ("fallocate_mode", Naming::Flags { zero: "0", bits: FALLOCATE_MODE }),
    ("fadvise_advice", Naming::Enumeration(FADVISE_ADVICE)),
    ("splice_flags", Naming::Flags { zero: "0", bits: SPLICE_FLAGS }),
    ("rename_flags", Naming::Flags { zero: "0", bits: RENAME_FLAGS }),
    ("memfd_flags", Naming::Flags { zero: "0", bits: MEMFD_FLAGS }),
    ("pipe_flags", Naming::Flags { zero: "0", bits: PIPE_FLAGS }),
    ("xattr_flags", Naming::Flags { zero: "0", bits: XATTR_FLAGS }),
    ("statx_mask", Naming::Flags { zero: "0", bits: STATX_MASK }),
    ("rwf_flags", Naming::Flags { zero: "0", bits: RWF_FLAGS }),
    ("close_range_flags", Naming::Flags { zero: "0", bits: CLOSE_RANGE_FLAGS }),
    ("fs_magic", Naming::Enumeration(FS_MAGIC)),
];

/// Low bits of `open_flags`, a number: `fcntl.h`.
pub(super) const OPEN_FLAGS_LOW: Table = &[(0, "O_RDONLY"), (1, "O_WRONLY"), (2, "O_RDWR")];

/// `open_flags`, the rest: `fcntl.h`.
const OPEN_FLAGS: Table = &[
    (0x410000, "O_TMPFILE"),
    (0x101000, "O_SYNC"),
    (0x40, "O_CREAT"),
    (0x80, "O_EXCL"),
    (0x100, "O_NOCTTY"),
    (0x200, "O_TRUNC"),
    (0x400, "O_APPEND"),
    (0x800, "O_NONBLOCK"),
    (0x1000, "O_DSYNC"),
    (0x2000, "FASYNC"),
    (0x4000, "O_DIRECT"),
    (0x8000, "O_LARGEFILE"),
    (0x20, "FMODE_EXEC"),
    (0x10000, "O_DIRECTORY"),
    (0x20000, "O_NOFOLLOW"),
    (0x40000, "O_NOATIME"),
    (0x80000, "O_CLOEXEC"),
    (0x200000, "O_PATH"),
];

/// `at_flags`: `fcntl.h`.
const AT_FLAGS: Table = &[
    (0x100, "AT_SYMLINK_NOFOLLOW"),
    (0x200, "AT_REMOVEDIR"),
    (0x400, "AT_SYMLINK_FOLLOW"),
    (0x800, "AT_NO_AUTOMOUNT"),
    (0x1000, "AT_EMPTY_PATH"),
    (0x2000, "AT_STATX_FORCE_SYNC"),
    (0x4000, "AT_STATX_DONT_SYNC"),
    (0x8000, "AT_RECURSIVE"),
];

/// `resolve_flags`: `linux/openat2.h`.
const RESOLVE_FLAGS: Table = &[
    (0x1, "RESOLVE_NO_XDEV"),
    (0x2, "RESOLVE_NO_MAGICLINKS"),
    (0x4, "RESOLVE_NO_SYMLINKS"),
    (0x8, "RESOLVE_BENEATH"),
    (0x10, "RESOLVE_IN_ROOT"),
    (0x20, "RESOLVE_CACHED"),
];

/// `unlinkat_flags`: `fcntl.h`.
const UNLINKAT_FLAGS: Table = &[(0x200, "AT_REMOVEDIR")];

/// `access_mode`: `unistd.h`.
const ACCESS_MODE: Table = &[(0x4, "R_OK"), (0x2, "W_OK"), (0x1, "X_OK")];

/// `fcntl_cmd`: `linux/fcntl.h`.
const FCNTL_CMD: Table = &[
    (0, "F_DUPFD"),
    (1, "F_GETFD"),
    (2, "F_SETFD"),
    (3, "F_GETFL"),
    (4, "F_SETFL"),
    (5, "F_GETLK"),
    (6, "F_SETLK"),
    (7, "F_SETLKW"),
    (8, "F_SETOWN"),
    (9, "F_GETOWN"),
    (10, "F_SETSIG"),
    (11, "F_GETSIG"),
    (15, "F_SETOWN_EX"),
    (16, "F_GETOWN_EX"),
    (17, "F_GETOWNER_UIDS"),
    (36, "F_OFD_GETLK"),
    (37, "F_OFD_SETLK"),
    (38, "F_OFD_SETLKW"),
    (1024, "F_SETLEASE"),
    (1025, "F_GETLEASE"),
    (1026, "F_NOTIFY"),
    (1027, "F_DUPFD_QUERY"),
    (1028, "F_CREATED_QUERY"),
    (1029, "F_CANCELLK"),
    (1030, "F_DUPFD_CLOEXEC"),
    (1031, "F_SETPIPE_SZ"),
    (1032, "F_GETPIPE_SZ"),
    (1033, "F_ADD_SEALS"),
    (1034, "F_GET_SEALS"),
    (1035, "F_GET_RW_HINT"),
    (1036, "F_SET_RW_HINT"),
    (1037, "F_GET_FILE_RW_HINT"),
    (1038, "F_SET_FILE_RW_HINT"),
];

/// `whence`: `linux/fs.h`.
const WHENCE: Table = &[(0, "SEEK_SET"), (1, "SEEK_CUR"), (2, "SEEK_END"), (3, "SEEK_DATA"), (4, "SEEK_HOLE")];

/// `flock_op`: `sys/file.h`.
const FLOCK_OP: Table = &[(0x1, "LOCK_SH"), (0x2, "LOCK_EX"), (0x4, "LOCK_NB"), (0x8, "LOCK_UN")];

/// `sync_file_range_flags`: `fcntl.h`.
const SYNC_FILE_RANGE_FLAGS: Table =
    &[(0x1, "SYNC_FILE_RANGE_WAIT_BEFORE"), (0x2, "SYNC_FILE_RANGE_WRITE"), (0x4, "SYNC_FILE_RANGE_WAIT_AFTER")];

/// `fallocate_mode`: `linux/falloc.h`.
const FALLOCATE_MODE: Table = &[
    (0x1, "FALLOC_FL_KEEP_SIZE"),
    (0x2, "FALLOC_FL_PUNCH_HOLE"),
    (0x4, "FALLOC_FL_NO_HIDE_STALE"),
    (0x8, "FALLOC_FL_COLLAPSE_RANGE"),
    (0x10, "FALLOC_FL_ZERO_RANGE"),
    (0x20, "FALLOC_FL_INSERT_RANGE"),
    (0x40, "FALLOC_FL_UNSHARE_RANGE"),
    (0x80, "FALLOC_FL_WRITE_ZEROES"),
];

/// `fadvise_advice`: `linux/fadvise.h`.
const FADVISE_ADVICE: Table = &[
    (0, "POSIX_FADV_NORMAL"),
    (1, "POSIX_FADV_RANDOM"),
    (2, "POSIX_FADV_SEQUENTIAL"),
    (3, "POSIX_FADV_WILLNEED"),
    (4, "POSIX_FADV_DONTNEED"),
    (5, "POSIX_FADV_NOREUSE"),
];

/// `splice_flags`: `fcntl.h`.
const SPLICE_FLAGS: Table =
    &[(0x1, "SPLICE_F_MOVE"), (0x2, "SPLICE_F_NONBLOCK"), (0x4, "SPLICE_F_MORE"), (0x8, "SPLICE_F_GIFT")];

/// `rename_flags`: `linux/fs.h`.
const RENAME_FLAGS: Table = &[(0x1, "RENAME_NOREPLACE"), (0x2, "RENAME_EXCHANGE"), (0x4, "RENAME_WHITEOUT")];

/// `memfd_flags`: `linux/memfd.h`.
const MEMFD_FLAGS: Table = &[
    (0x1, "MFD_CLOEXEC"),
    (0x2, "MFD_ALLOW_SEALING"),
    (0x4, "MFD_HUGETLB"),
    (0x8, "MFD_NOEXEC_SEAL"),
    (0x10, "MFD_EXEC"),
    (0x54000000, "MFD_HUGE_2MB"),
    (0x78000000, "MFD_HUGE_1GB"),
];

/// `pipe_flags`: `fcntl.h`.
const PIPE_FLAGS: Table =
    &[(0x80000, "O_CLOEXEC"), (0x800, "O_NONBLOCK"), (0x4000, "O_DIRECT"), (0x80, "O_NOTIFICATION_PIPE")];

/// `xattr_flags`: `linux/xattr.h`.
const XATTR_FLAGS: Table = &[(0x1, "XATTR_CREATE"), (0x2, "XATTR_REPLACE")];

/// `statx_mask`: `linux/stat.h`.
const STATX_MASK: Table = &[
    (0x7ff, "STATX_BASIC_STATS"),
    (0x1, "STATX_TYPE"),
    (0x2, "STATX_MODE"),
    (0x4, "STATX_NLINK"),
    (0x8, "STATX_UID"),
    (0x10, "STATX_GID"),
    (0x20, "STATX_ATIME"),
    (0x40, "STATX_MTIME"),
    (0x80, "STATX_CTIME"),
    (0x100, "STATX_INO"),
    (0x200, "STATX_SIZE"),
    (0x400, "STATX_BLOCKS"),
    (0x800, "STATX_BTIME"),
    (0x1000, "STATX_MNT_ID"),
    (0x2000, "STATX_DIOALIGN"),
    (0x4000, "STATX_MNT_ID_UNIQUE"),
    (0x8000, "STATX_SUBVOL"),
    (0x10000, "STATX_WRITE_ATOMIC"),
    (0x20000, "STATX_DIO_READ_ALIGN"),
];

/// `rwf_flags`: `linux/fs.h`.
const RWF_FLAGS: Table = &[
    (0x1, "RWF_HIPRI"),
    (0x2, "RWF_DSYNC"),
    (0x4, "RWF_SYNC"),
    (0x8, "RWF_NOWAIT"),
    (0x10, "RWF_APPEND"),
    (0x20, "RWF_NOAPPEND"),
    (0x40, "RWF_ATOMIC"),
    (0x80, "RWF_DONTCACHE"),
];

/// `close_range_flags`: `linux/close_range.h`.
const CLOSE_RANGE_FLAGS: Table = &[(0x2, "CLOSE_RANGE_UNSHARE"), (0x4, "CLOSE_RANGE_CLOEXEC")];

/// `fs_magic`: `linux/magic.h`.
const FS_MAGIC: Table = &[
    (0xadf5, "ADFS_SUPER_MAGIC"),
    (0xadff, "AFFS_SUPER_MAGIC"),
    (0x5346414f, "AFS_SUPER_MAGIC"),
    (0x187, "AUTOFS_SUPER_MAGIC"),
    (0xc36400, "CEPH_SUPER_MAGIC"),
    (0x73757245, "CODA_SUPER_MAGIC"),
    (0x28cd3d45, "CRAMFS_MAGIC"),
    (0x64626720, "DEBUGFS_MAGIC"),
    (0x73636673, "SECURITYFS_MAGIC"),
    (0xf97cff8c, "SELINUX_MAGIC"),
    (0x43415d53, "SMACK_MAGIC"),
    (0x858458f6, "RAMFS_MAGIC"),
    (0x1021994, "TMPFS_MAGIC"),
    (0x958458f6, "HUGETLBFS_MAGIC"),
    (0x73717368, "SQUASHFS_MAGIC"),
    (0xf15f, "ECRYPTFS_SUPER_MAGIC"),
    (0x414a53, "EFS_SUPER_MAGIC"),
    (0xe0f5e1e2, "EROFS_SUPER_MAGIC_V1"),
    (0xef53, "EXT4_SUPER_MAGIC"),
    (0x9123683e, "BTRFS_SUPER_MAGIC"),
    (0x3434, "NILFS_SUPER_MAGIC"),
    (0xf2f52010, "F2FS_SUPER_MAGIC"),
    (0xf995e849, "HPFS_SUPER_MAGIC"),
    (0x9660, "ISOFS_SUPER_MAGIC"),
    (0x72b6, "JFFS2_SUPER_MAGIC"),
    (0x58465342, "XFS_SUPER_MAGIC"),
    (0x6165676c, "PSTOREFS_MAGIC"),
    (0xde5e81e4, "EFIVARFS_MAGIC"),
    (0xc0ffee, "HOSTFS_SUPER_MAGIC"),
    (0x794c7630, "OVERLAYFS_SUPER_MAGIC"),
    (0x65735546, "FUSE_SUPER_MAGIC"),
    (0xca451a4e, "BCACHEFS_SUPER_MAGIC"),
    (0x137f, "MINIX_SUPER_MAGIC"),
    (0x4d44, "MSDOS_SUPER_MAGIC"),
    (0x2011bab0, "EXFAT_SUPER_MAGIC"),
    (0x564c, "NCP_SUPER_MAGIC"),
    (0x6969, "NFS_SUPER_MAGIC"),
    (0x7461636f, "OCFS2_SUPER_MAGIC"),
    (0x9fa1, "OPENPROM_SUPER_MAGIC"),
    (0x2f, "QNX4_SUPER_MAGIC"),
    (0x68191122, "QNX6_SUPER_MAGIC"),
    (0x52654973, "REISERFS_SUPER_MAGIC"),
    (0x517b, "SMB_SUPER_MAGIC"),
    (0xff534d42, "CIFS_SUPER_MAGIC"),
    (0xfe534d42, "SMB2_SUPER_MAGIC"),
    (0x27e0eb, "CGROUP_SUPER_MAGIC"),
    (0x63677270, "CGROUP2_SUPER_MAGIC"),
    (0x7655821, "RDTGROUP_SUPER_MAGIC"),
    (0x74726163, "TRACEFS_MAGIC"),
    (0x1021997, "V9FS_MAGIC"),
    (0x62646576, "BDEVFS_MAGIC"),
    (0x64646178, "DAXFS_MAGIC"),
    (0x42494e4d, "BINFMTFS_MAGIC"),
    (0x1cd1, "DEVPTS_SUPER_MAGIC"),
    (0x6c6f6f70, "BINDERFS_SUPER_MAGIC"),
    (0xbad1dea, "FUTEXFS_SUPER_MAGIC"),
    (0x50495045, "PIPEFS_MAGIC"),
    (0x9fa0, "PROC_SUPER_MAGIC"),
    (0x534f434b, "SOCKFS_MAGIC"),
    (0x62656572, "SYSFS_MAGIC"),
    (0x9fa2, "USBDEVICE_SUPER_MAGIC"),
    (0x11307854, "MTD_INODE_FS_MAGIC"),
    (0x9041934, "ANON_INODE_FS_MAGIC"),
    (0x73727279, "BTRFS_TEST_MAGIC"),
    (0x6e736673, "NSFS_MAGIC"),
    (0xcafe4a11, "BPF_FS_MAGIC"),
    (0x5a3c69f0, "AAFS_MAGIC"),
    (0x5a4f4653, "ZONEFS_MAGIC"),
    (0x15013346, "UDF_SUPER_MAGIC"),
    (0x444d4142, "DMA_BUF_MAGIC"),
    (0x454d444d, "DEVMEM_MAGIC"),
    (0x5345434d, "SECRETMEM_MAGIC"),
    (0x50494446, "PID_FS_MAGIC"),
    (0x19800202, "MQUEUE_MAGIC"),
    (0x5346544e, "NTFS_SUPER_MAGIC"),
    (0x7366746e, "NTFS3_SUPER_MAGIC"),
    (0x2fc12fc1, "ZFS_SUPER_MAGIC"),
    (0x786f4256, "VBOXSF_SUPER_MAGIC"),
    (0x62656570, "CONFIGFS_MAGIC"),
];
