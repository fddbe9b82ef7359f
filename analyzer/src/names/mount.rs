//! Mounts and swap. Values are those of the kernel's headers for programs.

use super::{Naming, Table};

/// Display hints of this family.
pub(super) const HINTS: &[(&str, Naming)] = &[
    ("mount_flags", Naming::Flags { zero: "0", bits: MOUNT_FLAGS }),
    ("umount_flags", Naming::Flags { zero: "0", bits: UMOUNT_FLAGS }),
    ("open_tree_flags", Naming::Flags { zero: "0", bits: OPEN_TREE_FLAGS }),
    ("move_mount_flags", Naming::Flags { zero: "0", bits: MOVE_MOUNT_FLAGS }),
    ("fsopen_flags", Naming::Flags { zero: "0", bits: FSOPEN_FLAGS }),
    ("fspick_flags", Naming::Flags { zero: "0", bits: FSPICK_FLAGS }),
    ("fsmount_flags", Naming::Flags { zero: "0", bits: FSMOUNT_FLAGS }),
    ("fsconfig_cmd", Naming::Enumeration(FSCONFIG_CMD)),
    ("mount_attr_flags", Naming::Flags { zero: "0", bits: MOUNT_ATTR_FLAGS }),
    ("mount_propagation", Naming::Enumeration(MOUNT_PROPAGATION)),
    ("swap_flags", Naming::Flags { zero: "0", bits: SWAP_FLAGS }),
];

/// `mount_flags`: `sys/mount.h`.
const MOUNT_FLAGS: Table = &[
    (0xc0ed0000, "MS_MGC_VAL"),
    (0x1, "MS_RDONLY"),
    (0x2, "MS_NOSUID"),
    (0x4, "MS_NODEV"),
    (0x8, "MS_NOEXEC"),
    (0x10, "MS_SYNCHRONOUS"),
    (0x20, "MS_REMOUNT"),
    (0x40, "MS_MANDLOCK"),
    (0x80, "MS_DIRSYNC"),
    (0x100, "MS_NOSYMFOLLOW"),
    (0x400, "MS_NOATIME"),
    (0x800, "MS_NODIRATIME"),
    (0x1000, "MS_BIND"),
    (0x2000, "MS_MOVE"),
    (0x4000, "MS_REC"),
    (0x8000, "MS_SILENT"),
    (0x10000, "MS_POSIXACL"),
    (0x20000, "MS_UNBINDABLE"),
    (0x40000, "MS_PRIVATE"),
    (0x80000, "MS_SLAVE"),
    (0x100000, "MS_SHARED"),
    (0x200000, "MS_RELATIME"),
    (0x400000, "MS_KERNMOUNT"),
    (0x800000, "MS_I_VERSION"),
    (0x1000000, "MS_STRICTATIME"),
    (0x2000000, "MS_LAZYTIME"),
    (0x40000000, "MS_ACTIVE"),
    (-2147483648, "MS_NOUSER"),
];

/// `umount_flags`: `sys/mount.h`.
const UMOUNT_FLAGS: Table = &[(0x1, "MNT_FORCE"), (0x2, "MNT_DETACH"), (0x4, "MNT_EXPIRE"), (0x8, "UMOUNT_NOFOLLOW")];

/// `open_tree_flags`: `fcntl.h` `linux/mount.h`.
const OPEN_TREE_FLAGS: Table = &[
    (0x1, "OPEN_TREE_CLONE"),
    (0x80000, "OPEN_TREE_CLOEXEC"),
    (0x100, "AT_SYMLINK_NOFOLLOW"),
    (0x800, "AT_NO_AUTOMOUNT"),
    (0x1000, "AT_EMPTY_PATH"),
    (0x8000, "AT_RECURSIVE"),
];

/// `move_mount_flags`: `linux/mount.h`.
const MOVE_MOUNT_FLAGS: Table = &[
    (0x1, "MOVE_MOUNT_F_SYMLINKS"),
    (0x2, "MOVE_MOUNT_F_AUTOMOUNTS"),
    (0x4, "MOVE_MOUNT_F_EMPTY_PATH"),
    (0x10, "MOVE_MOUNT_T_SYMLINKS"),
    (0x20, "MOVE_MOUNT_T_AUTOMOUNTS"),
    (0x40, "MOVE_MOUNT_T_EMPTY_PATH"),
    (0x100, "MOVE_MOUNT_SET_GROUP"),
    (0x200, "MOVE_MOUNT_BENEATH"),
];

/// `fsopen_flags`: `linux/mount.h`.
const FSOPEN_FLAGS: Table = &[(0x1, "FSOPEN_CLOEXEC")];

/// `fspick_flags`: `linux/mount.h`.
const FSPICK_FLAGS: Table = &[
    (0x1, "FSPICK_CLOEXEC"),
    (0x2, "FSPICK_SYMLINK_NOFOLLOW"),
    (0x4, "FSPICK_NO_AUTOMOUNT"),
    (0x8, "FSPICK_EMPTY_PATH"),
];

/// `fsmount_flags`: `linux/mount.h`.
const FSMOUNT_FLAGS: Table = &[(0x1, "FSMOUNT_CLOEXEC")];

/// `fsconfig_cmd`: `linux/mount.h`.
const FSCONFIG_CMD: Table = &[
    (0, "FSCONFIG_SET_FLAG"),
    (1, "FSCONFIG_SET_STRING"),
    (2, "FSCONFIG_SET_BINARY"),
    (3, "FSCONFIG_SET_PATH"),
    (4, "FSCONFIG_SET_PATH_EMPTY"),
    (5, "FSCONFIG_SET_FD"),
    (6, "FSCONFIG_CMD_CREATE"),
    (7, "FSCONFIG_CMD_RECONFIGURE"),
    (8, "FSCONFIG_CMD_CREATE_EXCL"),
];

/// `mount_attr_flags`: `linux/mount.h`.
const MOUNT_ATTR_FLAGS: Table = &[
    (0x1, "MOUNT_ATTR_RDONLY"),
    (0x2, "MOUNT_ATTR_NOSUID"),
    (0x4, "MOUNT_ATTR_NODEV"),
    (0x8, "MOUNT_ATTR_NOEXEC"),
    (0x10, "MOUNT_ATTR_NOATIME"),
    (0x20, "MOUNT_ATTR_STRICTATIME"),
    (0x80, "MOUNT_ATTR_NODIRATIME"),
    (0x100000, "MOUNT_ATTR_IDMAP"),
    (0x200000, "MOUNT_ATTR_NOSYMFOLLOW"),
];

/// `mount_propagation`: `sys/mount.h`.
const MOUNT_PROPAGATION: Table =
    &[(131072, "MS_UNBINDABLE"), (262144, "MS_PRIVATE"), (524288, "MS_SLAVE"), (1048576, "MS_SHARED")];

/// `swap_flags`: `sys/swap.h`.
const SWAP_FLAGS: Table = &[
    (0x8000, "SWAP_FLAG_PREFER"),
    (0x10000, "SWAP_FLAG_DISCARD"),
    (0x20000, "SWAP_FLAG_DISCARD_ONCE"),
    (0x40000, "SWAP_FLAG_DISCARD_PAGES"),
];
