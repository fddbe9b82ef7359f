//! Keys, Landlock, security modules. Values are those of the kernel's headers for programs.

use super::{Naming, Table};

/// Display hints of this family.
pub(super) const HINTS: &[(&str, Naming)] = &[
    ("keyctl_cmd", Naming::Enumeration(KEYCTL_CMD)),
    ("keyring", Naming::Enumeration(KEYRING)),
    ("lsm_attr", Naming::Enumeration(LSM_ATTR)),
    ("landlock_create_flags", Naming::Flags { zero: "0", bits: LANDLOCK_CREATE_FLAGS }),
    ("landlock_rule_type", Naming::Enumeration(LANDLOCK_RULE_TYPE)),
    ("landlock_access_fs", Naming::Flags { zero: "0", bits: LANDLOCK_ACCESS_FS }),
    ("landlock_access_net", Naming::Flags { zero: "0", bits: LANDLOCK_ACCESS_NET }),
    ("landlock_scope", Naming::Flags { zero: "0", bits: LANDLOCK_SCOPE }),
    ("securebits", Naming::Flags { zero: "0", bits: SECUREBITS }),
];

/// `securebits`: `linux/securebits.h`.
const SECUREBITS: Table = &[
    (0x1, "SECBIT_NOROOT"),
    (0x2, "SECBIT_NOROOT_LOCKED"),
    (0x4, "SECBIT_NO_SETUID_FIXUP"),
    (0x8, "SECBIT_NO_SETUID_FIXUP_LOCKED"),
    (0x10, "SECBIT_KEEP_CAPS"),
    (0x20, "SECBIT_KEEP_CAPS_LOCKED"),
    (0x40, "SECBIT_NO_CAP_AMBIENT_RAISE"),
    (0x80, "SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED"),
    (0x100, "SECBIT_EXEC_RESTRICT_FILE"),
    (0x200, "SECBIT_EXEC_RESTRICT_FILE_LOCKED"),
    (0x400, "SECBIT_EXEC_DENY_INTERACTIVE"),
    (0x800, "SECBIT_EXEC_DENY_INTERACTIVE_LOCKED"),
];

/// `keyctl_cmd`: `linux/keyctl.h`.
const KEYCTL_CMD: Table = &[
    (0, "KEYCTL_GET_KEYRING_ID"),
    (1, "KEYCTL_JOIN_SESSION_KEYRING"),
    (2, "KEYCTL_UPDATE"),
    (3, "KEYCTL_REVOKE"),
    (4, "KEYCTL_CHOWN"),
    (5, "KEYCTL_SETPERM"),
    (6, "KEYCTL_DESCRIBE"),
    (7, "KEYCTL_CLEAR"),
    (8, "KEYCTL_LINK"),
    (9, "KEYCTL_UNLINK"),
    (10, "KEYCTL_SEARCH"),
    (11, "KEYCTL_READ"),
    (12, "KEYCTL_INSTANTIATE"),
    (13, "KEYCTL_NEGATE"),
    (14, "KEYCTL_SET_REQKEY_KEYRING"),
    (15, "KEYCTL_SET_TIMEOUT"),
    (16, "KEYCTL_ASSUME_AUTHORITY"),
    (17, "KEYCTL_GET_SECURITY"),
    (18, "KEYCTL_SESSION_TO_PARENT"),
    (19, "KEYCTL_REJECT"),
    (20, "KEYCTL_INSTANTIATE_IOV"),
    (21, "KEYCTL_INVALIDATE"),
    (22, "KEYCTL_GET_PERSISTENT"),
    (23, "KEYCTL_DH_COMPUTE"),
    (24, "KEYCTL_PKEY_QUERY"),
    (25, "KEYCTL_PKEY_ENCRYPT"),
    (26, "KEYCTL_PKEY_DECRYPT"),
    (27, "KEYCTL_PKEY_SIGN"),
    (28, "KEYCTL_PKEY_VERIFY"),
    (29, "KEYCTL_RESTRICT_KEYRING"),
    (30, "KEYCTL_MOVE"),
    (31, "KEYCTL_CAPABILITIES"),
    (32, "KEYCTL_WATCH_KEY"),
];

/// `keyring`: `linux/keyctl.h`.
const KEYRING: Table = &[
    (-1, "KEY_SPEC_THREAD_KEYRING"),
    (-2, "KEY_SPEC_PROCESS_KEYRING"),
    (-3, "KEY_SPEC_SESSION_KEYRING"),
    (-4, "KEY_SPEC_USER_KEYRING"),
    (-5, "KEY_SPEC_USER_SESSION_KEYRING"),
    (-6, "KEY_SPEC_GROUP_KEYRING"),
    (-7, "KEY_SPEC_REQKEY_AUTH_KEY"),
    (-8, "KEY_SPEC_REQUESTOR_KEYRING"),
];

/// `lsm_attr`: newer than the headers of this build.
const LSM_ATTR: Table = &[
    (100, "LSM_ATTR_CURRENT"),
    (101, "LSM_ATTR_EXEC"),
    (102, "LSM_ATTR_FSCREATE"),
    (103, "LSM_ATTR_KEYCREATE"),
    (104, "LSM_ATTR_PREV"),
    (105, "LSM_ATTR_SOCKCREATE"),
];

/// `landlock_create_flags`: newer than the headers of this build.
const LANDLOCK_CREATE_FLAGS: Table =
    &[(0x1, "LANDLOCK_CREATE_RULESET_VERSION"), (0x2, "LANDLOCK_CREATE_RULESET_ERRATA")];

/// `landlock_rule_type`: newer than the headers of this build.
const LANDLOCK_RULE_TYPE: Table = &[(1, "LANDLOCK_RULE_PATH_BENEATH"), (2, "LANDLOCK_RULE_NET_PORT")];

/// `landlock_access_fs`: `linux/landlock.h`.
const LANDLOCK_ACCESS_FS: Table = &[
    (0x1, "LANDLOCK_ACCESS_FS_EXECUTE"),
    (0x2, "LANDLOCK_ACCESS_FS_WRITE_FILE"),
    (0x4, "LANDLOCK_ACCESS_FS_READ_FILE"),
    (0x8, "LANDLOCK_ACCESS_FS_READ_DIR"),
    (0x10, "LANDLOCK_ACCESS_FS_REMOVE_DIR"),
    (0x20, "LANDLOCK_ACCESS_FS_REMOVE_FILE"),
    (0x40, "LANDLOCK_ACCESS_FS_MAKE_CHAR"),
    (0x80, "LANDLOCK_ACCESS_FS_MAKE_DIR"),
    (0x100, "LANDLOCK_ACCESS_FS_MAKE_REG"),
    (0x200, "LANDLOCK_ACCESS_FS_MAKE_SOCK"),
    (0x400, "LANDLOCK_ACCESS_FS_MAKE_FIFO"),
    (0x800, "LANDLOCK_ACCESS_FS_MAKE_BLOCK"),
    (0x1000, "LANDLOCK_ACCESS_FS_MAKE_SYM"),
    (0x2000, "LANDLOCK_ACCESS_FS_REFER"),
    (0x4000, "LANDLOCK_ACCESS_FS_TRUNCATE"),
    (0x8000, "LANDLOCK_ACCESS_FS_IOCTL_DEV"),
];

/// `landlock_access_net`: newer than the headers of this build.
const LANDLOCK_ACCESS_NET: Table = &[(0x1, "LANDLOCK_ACCESS_NET_BIND_TCP"), (0x2, "LANDLOCK_ACCESS_NET_CONNECT_TCP")];

/// `landlock_scope`: newer than the headers of this build.
const LANDLOCK_SCOPE: Table = &[(0x1, "LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET"), (0x2, "LANDLOCK_SCOPE_SIGNAL")];
