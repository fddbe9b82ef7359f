//! Names for numbers: what a field's display hint (`open_flags`, `signal`, ...) makes of its value.
//!
//! One file per subject holds the tables; [`sockaddr`] and [`structure`] turn bytes into text. The tables are the kernel's
//! interface as of Linux 6.18: a value that is newer prints as a number.

use std::borrow::Cow;

use formats::arch::Arch;

mod aarch64;
mod bpf;
mod capability;
mod clock;
mod compat;
mod computed;
mod errno;
mod file;
mod ioctl;
mod ipc;
mod kernel;
mod memory;
mod mount;
mod prctl;
mod process;
mod recorder;
mod security;
mod signal;
pub mod sockaddr;
mod socket;
pub mod structure;
mod watch;

pub use sockaddr::{Sockaddr, ip_text, sockaddr_text};
pub use structure::structure_json;

/// Values with their names.
type Table = &'static [(i64, &'static str)];

/// How the values of one display hint are named. Look it up once per field, not per row.
#[derive(Clone, Copy, Debug)]
pub enum Naming {
    /// One name per value.
    Enumeration(Table),
    /// Names joined by `|`, bits without one in hexadecimal; `zero` when no bit is set.
    Flags {
        /// Name of 0.
        zero: &'static str,
        /// Name per bit, or per group of bits before the bits in it.
        bits: Table,
    },
    /// A number in the low bits, flags above it.
    Masked {
        /// The low bits.
        mask: i64,
        /// Names of what is in them; 0 without a name is left out.
        low: Table,
        /// Names of the rest.
        bits: Table,
    },
    /// Permission bits (0777) in octal, flags above them.
    Permissions(Table),
    /// Anything else.
    Computed(fn(i64) -> Option<String>),
    /// Calls of another table than the architecture's own: named by [`Naming::key`], not by the number alone.
    CompatCalls(Arch),
}

/// Every family of hints.
const FAMILIES: &[&[(&str, Naming)]] = &[
    bpf::HINTS,
    capability::HINTS,
    clock::HINTS,
    computed::HINTS,
    file::HINTS,
    ioctl::HINTS,
    ipc::HINTS,
    kernel::HINTS,
    memory::HINTS,
    mount::HINTS,
    prctl::HINTS,
    process::HINTS,
    recorder::HINTS,
    security::HINTS,
    signal::HINTS,
    socket::HINTS,
    watch::HINTS,
];

/// How the values of the hint are named in captures of hosts of this architecture; `None` for a hint that this build does
/// not know, or that is about bytes.
pub fn naming(display: &str, arch: Arch) -> Option<Naming> {
    if display == "compat_syscall" {
        return Some(Naming::CompatCalls(arch));
    }
    let own = if arch == Arch::Aarch64 { aarch64::HINTS } else { &[] };
    let mut hints = own.iter().chain(FAMILIES.iter().flat_map(|family| family.iter()));
    hints.find(|(hint, _)| *hint == display).map(|(_, naming)| *naming)
}

/// The name of a value whose meaning does not depend on the architecture; `None` when it has none and prints as the number
/// it is. Unsigned values of 64 bits are passed as the `i64` with the same bits.
pub fn number_name(display: &str, value: i64) -> Option<Cow<'static, str>> {
    naming(display, Arch::default())?.name(value)
}

/// The name of an error by its positive number.
pub fn errno_name(number: i64) -> Option<&'static str> {
    lookup(errno::ERRNOS, number)
}

/// The same, where the meaning depends on another number of the row, which `sibling` looks up by field name: a socket's
/// protocol on its family (`domain` or `family`), a socket option on its `level`.
pub fn name_in_row(display: &str, value: i64, sibling: impl Fn(&str) -> Option<i64>) -> Option<Cow<'static, str>> {
    match display {
        "socket_protocol" => match sibling("domain").or_else(|| sibling("family")) {
            None | Some(socket::AF_INET | socket::AF_INET6) => number_name(display, value),
            Some(socket::AF_NETLINK) => lookup(socket::NETLINK_FAMILIES, value).map(Cow::from),
            Some(_) => None,
        },
        "sockopt_name" if !matches!(sibling("level"), None | Some(socket::SOL_SOCKET)) => None,
        _ => number_name(display, value),
    }
}

/// Which field of a row a hint's names depend on, and for which of its values they hold: a socket option's on the level, a
/// protocol's on the family. Without the field they hold.
pub(crate) fn condition(display: &str) -> Option<(&'static [&'static str], &'static [i64])> {
    match display {
        "sockopt_name" => Some((&["level"], &[socket::SOL_SOCKET])),
        "socket_protocol" => Some((&["domain", "family"], &[socket::AF_INET, socket::AF_INET6])),
        _ => None,
    }
}

/// Whether this build knows the hint, for numbers or for structures.
pub fn is_known(display: &str) -> bool {
    naming(display, Arch::default()).is_some() || structure::is_known(display)
}

impl Naming {
    /// What a field's value is named by: the value itself, but for calls, of which the frame's flags say whose they are.
    pub fn key(&self, value: i64, flags: u16) -> i64 {
        match self {
            Naming::CompatCalls(_) => compat::key(value, flags),
            _ => value,
        }
    }

    /// SQL for the same, of a row's value and its flags.
    pub(crate) fn key_sql(&self, value: &str, flags: &str) -> String {
        match self {
            Naming::CompatCalls(_) => compat::key_sql(value, flags),
            _ => value.to_owned(),
        }
    }

    /// The name of a value, or of its key where that is another; `None` when it has none and prints as the number it is.
    pub fn name(&self, value: i64) -> Option<Cow<'static, str>> {
        match *self {
            Naming::Enumeration(table) => {
                lookup(table, value).or_else(|| lookup(table, low_word(value))).map(Cow::from)
            }
            Naming::Flags { zero, bits } => Some(flags(None, low_word(value), bits, zero)),
            Naming::Masked { mask, low, bits } => {
                let value = low_word(value);
                let number = value & mask;
                let first = match lookup(low, number) {
                    Some(name) => Some(Cow::from(name)),
                    None if number == 0 => None,
                    None => Some(format!("{number:#x}").into()),
                };
                Some(flags(first, value & !mask, bits, "0"))
            }
            Naming::Permissions(bits) => {
                let value = low_word(value);
                Some(flags(Some(computed::octal(value & 0o777).into()), value & !0o777, bits, "0"))
            }
            Naming::Computed(name) => name(value).map(Cow::from),
            Naming::CompatCalls(arch) => compat::name(arch, value).map(Cow::from),
        }
    }
}

/// A C `int` with its top bit set arrives sign-extended: its flags are those of its 32 bits.
fn low_word(value: i64) -> i64 {
    if (i64::from(i32::MIN)..0).contains(&value) { value & 0xffff_ffff } else { value }
}

fn lookup(table: Table, value: i64) -> Option<&'static str> {
    table.iter().find(|(entry, _)| *entry == value).map(|(_, name)| *name)
}

/// `first` and the names of the set bits joined by `|`; `zero` when there is nothing of either.
fn flags(first: Option<Cow<'static, str>>, value: i64, bits: Table, zero: &'static str) -> Cow<'static, str> {
    let mut left = value;
    let mut joined = first;
    let mut add = |name: Cow<'static, str>| {
        joined = Some(match joined.take() {
            None => name,
            Some(before) => format!("{before}|{name}").into(),
        });
    };
    for (bit, name) in bits {
        if left & bit == *bit {
            left &= !bit;
            add(Cow::from(*name));
        }
    }
    if left != 0 {
        add(format!("{left:#x}").into());
    }
    joined.unwrap_or(Cow::Borrowed(zero))
}

#[cfg(test)]
mod tests;
