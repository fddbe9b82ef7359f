//! The kernel itself: modules, kexec, reboot, perf, its message buffer. Values are those of the kernel's headers for programs.

use super::{Naming, Table};

/// Display hints of this family.
pub(super) const HINTS: &[(&str, Naming)] = &[
    ("perf_flags", Naming::Flags { zero: "0", bits: PERF_FLAGS }),
    ("perf_type", Naming::Enumeration(PERF_TYPE)),
    ("module_flags", Naming::Flags { zero: "0", bits: MODULE_FLAGS }),
    ("delete_module_flags", Naming::Flags { zero: "0", bits: DELETE_MODULE_FLAGS }),
    ("kexec_flags", Naming::Flags { zero: "0", bits: KEXEC_FLAGS }),
    ("kexec_file_flags", Naming::Flags { zero: "0", bits: KEXEC_FILE_FLAGS }),
    ("reboot_magic", Naming::Enumeration(REBOOT_MAGIC)),
    ("reboot_cmd", Naming::Enumeration(REBOOT_CMD)),
    ("syslog_action", Naming::Enumeration(SYSLOG_ACTION)),
    ("getrandom_flags", Naming::Flags { zero: "0", bits: GETRANDOM_FLAGS }),
    ("kernel_read_file_id", Naming::Enumeration(KERNEL_READ_FILE_ID)),
    ("umh_wait", Naming::Flags { zero: "UMH_NO_WAIT", bits: UMH_WAIT }),
];

/// `kernel_read_file_id`: `linux/kernel_read_file.h`.
const KERNEL_READ_FILE_ID: Table = &[
    (0, "READING_UNKNOWN"),
    (1, "READING_FIRMWARE"),
    (2, "READING_MODULE"),
    (3, "READING_KEXEC_IMAGE"),
    (4, "READING_KEXEC_INITRAMFS"),
    (5, "READING_POLICY"),
    (6, "READING_X509_CERTIFICATE"),
];

/// `umh_wait`: `linux/umh.h`.
const UMH_WAIT: Table = &[(1, "UMH_WAIT_EXEC"), (2, "UMH_WAIT_PROC"), (4, "UMH_KILLABLE"), (8, "UMH_FREEZABLE")];

/// `perf_flags`: `linux/perf_event.h`.
const PERF_FLAGS: Table = &[
    (0x1, "PERF_FLAG_FD_NO_GROUP"),
    (0x2, "PERF_FLAG_FD_OUTPUT"),
    (0x4, "PERF_FLAG_PID_CGROUP"),
    (0x8, "PERF_FLAG_FD_CLOEXEC"),
];

/// `perf_type`: `linux/perf_event.h`.
const PERF_TYPE: Table = &[
    (0, "PERF_TYPE_HARDWARE"),
    (1, "PERF_TYPE_SOFTWARE"),
    (2, "PERF_TYPE_TRACEPOINT"),
    (3, "PERF_TYPE_HW_CACHE"),
    (4, "PERF_TYPE_RAW"),
    (5, "PERF_TYPE_BREAKPOINT"),
];

/// `module_flags`: `linux/module.h`.
const MODULE_FLAGS: Table = &[
    (0x1, "MODULE_INIT_IGNORE_MODVERSIONS"),
    (0x2, "MODULE_INIT_IGNORE_VERMAGIC"),
    (0x4, "MODULE_INIT_COMPRESSED_FILE"),
];

/// `delete_module_flags`: `fcntl.h`.
const DELETE_MODULE_FLAGS: Table = &[(0x200, "O_TRUNC"), (0x800, "O_NONBLOCK")];

/// `kexec_flags`: `linux/kexec.h`.
const KEXEC_FLAGS: Table = &[
    (0x1, "KEXEC_ON_CRASH"),
    (0x2, "KEXEC_PRESERVE_CONTEXT"),
    (0x4, "KEXEC_UPDATE_ELFCOREHDR"),
    (0x8, "KEXEC_CRASH_HOTPLUG_SUPPORT"),
    (0x3e0000, "KEXEC_ARCH_X86_64"),
];

/// `kexec_file_flags`: `linux/kexec.h`.
const KEXEC_FILE_FLAGS: Table = &[
    (0x1, "KEXEC_FILE_UNLOAD"),
    (0x2, "KEXEC_FILE_ON_CRASH"),
    (0x4, "KEXEC_FILE_NO_INITRAMFS"),
    (0x8, "KEXEC_FILE_DEBUG"),
    (0x10, "KEXEC_FILE_NO_CMA"),
    (0x20, "KEXEC_FILE_FORCE_DTB"),
];

/// `reboot_magic`: `linux/reboot.h`.
const REBOOT_MAGIC: Table = &[
    (0xfee1dead, "LINUX_REBOOT_MAGIC1"),
    (0x28121969, "LINUX_REBOOT_MAGIC2"),
    (0x5121996, "LINUX_REBOOT_MAGIC2A"),
    (0x16041998, "LINUX_REBOOT_MAGIC2B"),
    (0x20112000, "LINUX_REBOOT_MAGIC2C"),
];

/// `reboot_cmd`: `linux/reboot.h`.
const REBOOT_CMD: Table = &[
    (0x1234567, "LINUX_REBOOT_CMD_RESTART"),
    (0xcdef0123, "LINUX_REBOOT_CMD_HALT"),
    (0x89abcdef, "LINUX_REBOOT_CMD_CAD_ON"),
    (0x0, "LINUX_REBOOT_CMD_CAD_OFF"),
    (0x4321fedc, "LINUX_REBOOT_CMD_POWER_OFF"),
    (0xa1b2c3d4, "LINUX_REBOOT_CMD_RESTART2"),
    (0xd000fce2, "LINUX_REBOOT_CMD_SW_SUSPEND"),
    (0x45584543, "LINUX_REBOOT_CMD_KEXEC"),
];

/// `syslog_action`: newer than the headers of this build.
const SYSLOG_ACTION: Table = &[
    (0, "SYSLOG_ACTION_CLOSE"),
    (1, "SYSLOG_ACTION_OPEN"),
    (2, "SYSLOG_ACTION_READ"),
    (3, "SYSLOG_ACTION_READ_ALL"),
    (4, "SYSLOG_ACTION_READ_CLEAR"),
    (5, "SYSLOG_ACTION_CLEAR"),
    (6, "SYSLOG_ACTION_CONSOLE_OFF"),
    (7, "SYSLOG_ACTION_CONSOLE_ON"),
    (8, "SYSLOG_ACTION_CONSOLE_LEVEL"),
    (9, "SYSLOG_ACTION_SIZE_UNREAD"),
    (10, "SYSLOG_ACTION_SIZE_BUFFER"),
];

/// `getrandom_flags`: `linux/random.h`.
const GETRANDOM_FLAGS: Table = &[(0x1, "GRND_NONBLOCK"), (0x2, "GRND_RANDOM"), (0x4, "GRND_INSECURE")];
