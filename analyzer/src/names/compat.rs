//! System calls by the interfaces that a 64-bit kernel has beside its own: i386 and x32 on x86_64, 32-bit Arm on aarch64.

use std::collections::HashMap;
use std::sync::LazyLock;

use formats::arch::Arch;
use formats::frame::COMPAT32;

/// Set in every number of x32.
const X32_BIT: i64 = 0x4000_0000;

/// Names in i386's, x32's and 32-bit Arm's table, by number.
static NAMES: LazyLock<HashMap<i64, [&str; 3]>> = LazyLock::new(|| {
    let lines = include_str!("../../data/compat_syscalls.tsv").lines();
    lines.filter_map(|line| parse(line.split('\t'))).collect()
});

fn parse<'a>(mut columns: impl Iterator<Item = &'a str>) -> Option<(i64, [&'a str; 3])> {
    let number = columns.next()?.parse().ok()?;
    Some((number, [columns.next()?, columns.next()?, columns.next()?]))
}

/// The number with the one bit of the frame's flags that says which table it is of: any program can pass any number by any
/// interface, so the number alone does not.
pub(super) fn key(number: i64, flags: u16) -> i64 {
    (number & 0xffff_ffff) | (i64::from(flags & COMPAT32) << 30)
}

/// SQL for the same, of a row's `number` and its `flags`.
pub(super) fn key_sql(number: &str, flags: &str) -> String {
    format!("(({number}&4294967295)|(({flags}&{COMPAT32})<<30))")
}

/// The call's name; `None` when its table has none.
pub(super) fn name(arch: Arch, key: i64) -> Option<&'static str> {
    let number = key & 0xffff_ffff;
    let is_compat32 = key >> 32 != 0;
    let (number, table) = match arch {
        Arch::X86_64 if is_compat32 => (number, 0),
        Arch::X86_64 if number & X32_BIT != 0 => (number & !X32_BIT, 1),
        Arch::Aarch64 if is_compat32 => (number, 2),
        _ => return None,
    };
    NAMES.get(&number).map(|names| names[table]).filter(|name| *name != "-")
}

#[cfg(test)]
mod tests {
    use formats::events::syscalls::by_number;
    use formats::frame::X32;

    use super::*;

    fn call(arch: Arch, number: i64, flags: u16) -> Option<&'static str> {
        name(arch, key(number, flags))
    }

    #[test]
    fn the_table_is_the_one_of_architecture_and_interface() {
        assert_eq!(call(Arch::X86_64, 4, COMPAT32), Some("write"));
        assert_eq!(call(Arch::X86_64, 11, COMPAT32), Some("execve"));
        assert_eq!(call(Arch::X86_64, 102, COMPAT32), Some("socketcall"));
        assert_eq!(call(Arch::X86_64, 0x4000_0001, X32), Some("write"));
        assert_eq!(call(Arch::X86_64, 0x4000_0208, X32), Some("execve"));
        assert_eq!(call(Arch::Aarch64, 4, COMPAT32), Some("write"));
        assert_eq!(call(Arch::Aarch64, 281, COMPAT32), Some("socket"));
        assert_eq!(call(Arch::Aarch64, 0xf0002, COMPAT32), Some("cacheflush"));
    }

    #[test]
    fn a_number_passed_by_the_wrong_interface_has_no_name() {
        assert_eq!(call(Arch::X86_64, 0x4000_0001, COMPAT32), None);
        assert_eq!(call(Arch::X86_64, 0x4000_003b, X32), None, "execve of x86_64 is not x32's");
        assert_eq!(call(Arch::X86_64, 1, X32), None);
        assert_eq!(call(Arch::X86_64, 222, COMPAT32), None, "a hole in i386's table");
        assert_eq!(call(Arch::X86_64, -1, COMPAT32), None);
        assert_eq!(call(Arch::Aarch64, 0x4000_0001, X32), None);
    }

    #[test]
    fn tables_agree_with_that_of_x86_64_where_they_must() {
        assert_eq!(NAMES.len(), 512);
        for (number, [i386, x32, arm]) in NAMES.iter() {
            let Ok(number) = u16::try_from(*number) else { continue };
            // x32 took what it could; since 5.1 a new call has the same number everywhere.
            if let (Some(call), true) = (by_number(number), *x32 != "-") {
                assert_eq!(call.name, *x32, "{number}");
            }
            if let (Some(call), 424..) = (by_number(number), number) {
                assert!([i386, arm].iter().all(|name| [call.name, "-"].contains(*name)), "{number}");
            }
        }
    }
}
