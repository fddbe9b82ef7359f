//! Functions that were replaced: in the table of system calls, and in the sequences behind files of /proc.

use formats::arch::Arch;
use formats::events::kernel::{HOOKED_SEQ_OPS, HOOKED_SYSCALL};
use formats::events::syscalls::SYSCALLS;
use formats::payload::PayloadBuilder;

use super::symbols::{Symbols, function_at};
use super::{Finding, Read};

/// The table of system calls.
pub(super) const TABLE: &str = "sys_call_table";
/// The function that calls them by a switch, on x86_64 since 6.9 and in older kernels' later versions: where it is, nobody
/// calls through the table.
pub(super) const SWITCH: &str = "x64_sys_call";
/// Entries of the table that are looked at, at most.
const MOST_CALLS: u64 = 1024;

/// What lists network connections.
pub(super) const SEQUENCES: [&str; 8] = [
    "tcp4_seq_ops",
    "tcp6_seq_ops",
    "udp_seq_ops",
    "udp6_seq_ops",
    "raw_seq_ops",
    "raw6_seq_ops",
    "unix_seq_ops",
    "packet_seq_ops",
];
/// Members of `struct seq_operations`, in order.
const OPERATIONS: [&str; 4] = ["start", "stop", "next", "show"];

pub(super) fn hooked_calls(symbols: &Symbols, read: Read<'_>) -> Vec<Finding> {
    let Some(table) = symbols.address(TABLE) else { return Vec::new() };
    let is_used = symbols.address(SWITCH).is_none();
    let entries = words(table, (symbols.table_bytes() / 8).min(MOST_CALLS), read);
    // Behind the table there may be nothing before the next symbol.
    let hooked = entries.into_iter().enumerate().filter(|(_, address)| *address != 0 && !symbols.is_call(*address));
    hooked
        .map(|(number, address)| {
            let name = SYSCALLS.iter().find(|call| call.number_on(Arch::THIS).map(usize::from) == Some(number));
            let row = PayloadBuilder::new(&HOOKED_SYSCALL)
                .bytes("syscall", name.map_or("", |call| call.name).as_bytes())
                .u64("address", address);
            Finding {
                event: &HOOKED_SYSCALL,
                key: format!("{number} {address:x}"),
                row: owned_by(row, address).u64("number", number as u64).u64("is_used", is_used.into()),
            }
        })
        .collect()
}

pub(super) fn hooked_sequences(symbols: &Symbols, read: Read<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for sequence in SEQUENCES {
        let Some(start) = symbols.address(sequence) else { continue };
        let functions = words(start, OPERATIONS.len() as u64, read);
        for (operation, address) in OPERATIONS.iter().zip(functions) {
            if symbols.text().contains(&address) {
                continue;
            }
            let name = format!("{sequence}.{operation}");
            let row =
                PayloadBuilder::new(&HOOKED_SEQ_OPS).bytes("hooked_seq_ops", name.as_bytes()).u64("address", address);
            findings.push(Finding {
                event: &HOOKED_SEQ_OPS,
                key: format!("{name} {address:x}"),
                row: owned_by(row, address),
            });
        }
    }
    findings
}

fn owned_by(row: PayloadBuilder<'static>, address: u64) -> PayloadBuilder<'static> {
    let function = function_at(address);
    super::text_or_null(super::text_or_null(row, "function", function.name), "owner", function.owner)
}

/// `count` addresses from `start` on; fewer when not all can be read.
fn words(start: u64, count: u64, read: Read<'_>) -> Vec<u64> {
    let mut words = Vec::new();
    for index in 0..count {
        let mut bytes = [0; 8];
        if !read(start + index * 8, &mut bytes) {
            break;
        }
        words.push(u64::from_ne_bytes(bytes));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::super::symbols::tests::KALLSYMS;
    use super::*;

    fn memory(words: &[(u64, u64)]) -> impl Fn(u64, &mut [u8]) -> bool {
        move |address, into| {
            let found = words.iter().find(|(at, _)| *at == address);
            found.inspect(|(_, word)| into.copy_from_slice(&word.to_ne_bytes())).is_some()
        }
    }

    #[test]
    fn a_call_that_leads_out_of_the_kernel_or_to_no_call_is_hooked() {
        let symbols = Symbols::parse(KALLSYMS);
        let keys = |words: &[(u64, u64)]| -> Vec<String> {
            hooked_calls(&symbols, &memory(words)).into_iter().map(|finding| finding.key).collect()
        };
        assert_eq!(keys(&[(0x3000, 0x1100), (0x3008, 0x1200)]), [""; 0]);
        assert_eq!(keys(&[(0x3000, 0x9000), (0x3008, 0x1200)]), ["0 9000"]);
        assert_eq!(keys(&[(0x3000, 0x1100), (0x3008, 0x1300)]), ["1 1300"]);
        assert_eq!(keys(&[(0x3000, 0x1100), (0x3008, 0x1204)]), ["1 1204"]);
        assert_eq!(keys(&[(0x3000, 0x1100), (0x3008, 0)]), [""; 0]);
    }

    #[test]
    fn a_sequence_that_leads_out_of_the_kernel_is_hooked() {
        let symbols = Symbols::parse(KALLSYMS);
        let words = [(0x4000, 0x1100), (0x4008, 0x1100), (0x4010, 0x1100), (0x4018, 0x9000)];
        let keys: Vec<_> = hooked_sequences(&symbols, &memory(&words)).into_iter().map(|finding| finding.key).collect();
        assert_eq!(keys, ["tcp4_seq_ops.show 9000"]);
    }
}
