//! Values of which the name is computed: modes, devices, results, real-time signals.

use formats::event::FIRST_SYSCALL_EVENT;

use super::{Naming, errno, signal};

/// Display hints of this family.
pub(super) const HINTS: &[(&str, Naming)] = &[
    ("address", Naming::Computed(address)),
    ("dev", Naming::Computed(kernel_device)),
    ("dirfd", Naming::Enumeration(&[(-100, "AT_FDCWD")])),
    ("encoded_dev", Naming::Computed(encoded_device)),
    ("errno", Naming::Computed(error)),
    ("file_time", Naming::Enumeration(&[(i64::MAX, "now"), (i64::MIN, "unchanged")])),
    ("mode", Naming::Computed(mode)),
    ("hex", Naming::Computed(|value| Some(format!("{value:#x}")))),
    ("rlimit_value", Naming::Enumeration(&[(-1, "RLIM_INFINITY")])),
    ("signal", Naming::Computed(signal_name)),
    ("syscall", Naming::Computed(syscall)),
    ("time_nsec", Naming::Enumeration(&[(0x3fff_ffff, "UTIME_NOW"), (0x3fff_fffe, "UTIME_OMIT")])),
];

/// File types by `S_IFMT` bits: `linux/stat.h`.
const FILE_TYPES: super::Table = &[
    (0o140000, "S_IFSOCK"),
    (0o120000, "S_IFLNK"),
    (0o100000, "S_IFREG"),
    (0o060000, "S_IFBLK"),
    (0o040000, "S_IFDIR"),
    (0o020000, "S_IFCHR"),
    (0o010000, "S_IFIFO"),
];

/// Octal as C writes it: 0644, and 0 for 0.
pub(super) fn octal(value: i64) -> String {
    if value == 0 { "0".into() } else { format!("0{value:o}") }
}

/// Type and permissions: `S_IFREG|0644`, or `0644` alone.
fn mode(value: i64) -> Option<String> {
    match super::lookup(FILE_TYPES, value & 0o170000) {
        Some(kind) => Some(format!("{kind}|{}", octal(value & !0o170000))),
        None => Some(octal(value)),
    }
}

/// `-ENOENT` for a failure; a result that is none prints as the number it is.
fn error(value: i64) -> Option<String> {
    let number = value.checked_neg().filter(|number| (1..4096).contains(number))?;
    super::lookup(errno::ERRNOS, number).map(|name| format!("-{name}"))
}

/// A result that is an address: hexadecimal, or the failure.
fn address(value: i64) -> Option<String> {
    error(value).or_else(|| Some(format!("{value:#x}")))
}

/// `major:minor` of a `dev_t` as the kernel keeps it: `linux/kdev_t.h`, MAJOR and MINOR.
fn kernel_device(value: i64) -> Option<String> {
    Some(format!("{}:{}", (value & 0xffff_ffff) >> 20, value & 0xf_ffff))
}

/// `major:minor` of a `dev_t` as programs pass it: `linux/kdev_t.h`, new_decode_dev.
fn encoded_device(value: i64) -> Option<String> {
    Some(format!("{}:{}", (value & 0xf_ff00) >> 8, (value & 0xff) | ((value >> 12) & 0xf_ff00)))
}

/// A system call of this program's table, by its number on x86_64.
fn syscall(value: i64) -> Option<String> {
    let id = u16::try_from(value.checked_add(i64::from(FIRST_SYSCALL_EVENT))?).ok()?;
    let calls = formats::events::syscalls::EVENTS;
    let at = calls.binary_search_by_key(&id, |call| call.id).ok()?;
    Some(calls.get(at)?.name.to_owned())
}

/// Standard signals by name, real-time ones as `SIGRT_n` from the kernel's first (32): the C library keeps some to itself
/// and its SIGRTMIN is not the kernel's.
fn signal_name(value: i64) -> Option<String> {
    match value {
        32..=64 => Some(format!("SIGRT_{}", value - 32)),
        _ => super::lookup(signal::SIGNALS, value).map(str::to_owned),
    }
}
