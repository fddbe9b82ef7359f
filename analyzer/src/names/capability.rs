//! Capabilities: sets by bit, and single ones by number. Values are those of the kernel's headers for programs.

use super::{Naming, Table};

/// Display hints of this family.
pub(super) const HINTS: &[(&str, Naming)] = &[
    ("cap", Naming::Computed(single)),
    ("capabilities", Naming::Computed(|set| Some(super::flags(None, set, CAPABILITIES, "0").into_owned()))),
    ("capabilities_high", Naming::Computed(|set| Some(super::flags(None, set << 32, CAPABILITIES, "0").into_owned()))),
];

/// One capability by number.
fn single(number: i64) -> Option<String> {
    let bit = u32::try_from(number).ok().and_then(|number| 1_i64.checked_shl(number))?;
    super::lookup(CAPABILITIES, bit).map(str::to_owned)
}

/// By bit: `linux/capability.h`.
const CAPABILITIES: Table = &[
    (0x1, "CAP_CHOWN"),
    (0x2, "CAP_DAC_OVERRIDE"),
    (0x4, "CAP_DAC_READ_SEARCH"),
    (0x8, "CAP_FOWNER"),
    (0x10, "CAP_FSETID"),
    (0x20, "CAP_KILL"),
    (0x40, "CAP_SETGID"),
    (0x80, "CAP_SETUID"),
    (0x100, "CAP_SETPCAP"),
    (0x200, "CAP_LINUX_IMMUTABLE"),
    (0x400, "CAP_NET_BIND_SERVICE"),
    (0x800, "CAP_NET_BROADCAST"),
    (0x1000, "CAP_NET_ADMIN"),
    (0x2000, "CAP_NET_RAW"),
    (0x4000, "CAP_IPC_LOCK"),
    (0x8000, "CAP_IPC_OWNER"),
    (0x10000, "CAP_SYS_MODULE"),
    (0x20000, "CAP_SYS_RAWIO"),
    (0x40000, "CAP_SYS_CHROOT"),
    (0x80000, "CAP_SYS_PTRACE"),
    (0x100000, "CAP_SYS_PACCT"),
    (0x200000, "CAP_SYS_ADMIN"),
    (0x400000, "CAP_SYS_BOOT"),
    (0x800000, "CAP_SYS_NICE"),
    (0x1000000, "CAP_SYS_RESOURCE"),
    (0x2000000, "CAP_SYS_TIME"),
    (0x4000000, "CAP_SYS_TTY_CONFIG"),
    (0x8000000, "CAP_MKNOD"),
    (0x10000000, "CAP_LEASE"),
    (0x20000000, "CAP_AUDIT_WRITE"),
    (0x40000000, "CAP_AUDIT_CONTROL"),
    (0x80000000, "CAP_SETFCAP"),
    (0x100000000, "CAP_MAC_OVERRIDE"),
    (0x200000000, "CAP_MAC_ADMIN"),
    (0x400000000, "CAP_SYSLOG"),
    (0x800000000, "CAP_WAKE_ALARM"),
    (0x1000000000, "CAP_BLOCK_SUSPEND"),
    (0x2000000000, "CAP_AUDIT_READ"),
    (0x4000000000, "CAP_PERFMON"),
    (0x8000000000, "CAP_BPF"),
    (0x10000000000, "CAP_CHECKPOINT_RESTORE"),
];
