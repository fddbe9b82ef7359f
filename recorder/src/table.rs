//! The syscall table as the kernel side has it: one small row per call, made from the event table of `formats`.

use std::collections::BTreeMap;

use formats::arch::Arch;
use formats::event::{AT_BOTH, AT_ENTRY, AT_EXIT};
use formats::events;
use formats::events::syscalls::{Collect, SYSCALLS, Syscall};

/// Rows in the kernel side's table.
pub(crate) const MAX_SYSCALLS: usize = 512;

const ENABLED: u8 = 1;
const HAS_OBJECTS: u8 = 2;
const STASH: u8 = 4;
const EXIT_MEMORY: u8 = 8;
const RETURNS_FD: u8 = 16;
const NAMES_PATH: u8 = 32;
const MOVES_PATH: u8 = 64;
const NEVER_RETURNS: u8 = 128;
const NO_ARGUMENT: u8 = 0xff;

/// Calls after which the path of an open file may be another.
const MOVERS: &[&str] = &["rename", "renameat", "renameat2", "mount", "umount2", "pivot_root", "move_mount"];
/// Calls that give a new descriptor to a file that is open already.
const DUPLICATORS: &[&str] = &["dup", "dup2", "dup3", "pidfd_getfd"];
/// Calls after which a socket may have another address (1), a peer (2) or be in another state (3): it is looked at again when
/// they are done.
const READDRESSERS: &[(&str, u8)] = &[("bind", 1), ("connect", 2), ("listen", 3)];

/// Structures that are larger on aarch64 than the list says, which is for x86_64: call, argument, bytes.
const LARGER_ON_AARCH64: &[(&str, usize, u8)] = &[("epoll_ctl", 3, 16)];

/// `struct syscall_row` of `bpf/state.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) event: u16,
    pub(crate) flags: u8,
    pub(crate) args: u8,
    pub(crate) lane: u8,
    pub(crate) fds: u8,
    pub(crate) fd: [u8; 2],
    pub(crate) pair: u8,
    pub(crate) duplicates: u8,
    pub(crate) collect: [u8; 6],
    pub(crate) aux: [u8; 6],
    pub(crate) readdresses: u8,
    pub(crate) taken: u8,
    pub(crate) entry_extras: u32,
    pub(crate) exit_extras: u32,
}

impl Row {
    /// The row of a call on an architecture; `enabled` when its rows are wanted.
    pub(crate) fn new(call: &Syscall, arch: Arch, enabled: bool) -> Row {
        let mut row = Row {
            event: call.event(),
            flags: 0,
            args: call.args.len() as u8,
            lane: call.lane as u8,
            fds: 0,
            fd: [0; 2],
            pair: NO_ARGUMENT,
            duplicates: DUPLICATORS.contains(&call.name).into(),
            collect: [0; 6],
            aux: [0; 6],
            readdresses: READDRESSERS.iter().find(|(name, _)| *name == call.name).map_or(0, |(_, what)| *what),
            taken: enabled.into(),
            entry_extras: 0,
            exit_extras: 0,
        };
        let mut set = |condition: bool, bit: u8| row.flags |= if condition { bit } else { 0 };
        let is_result = |collect| matches!(collect, Collect::SockaddrOut | Collect::MsgNameOut | Collect::FdPairOut);
        let is_descriptor = |collect| matches!(collect, Collect::Fd | Collect::DirFd);
        let has = |wanted: &dyn Fn(Collect) -> bool| call.args.iter().any(|arg| wanted(arg.collect));
        set(enabled, ENABLED);
        set(call.returns_fd, RETURNS_FD);
        set(call.names_path, NAMES_PATH);
        set(has(&is_result), EXIT_MEMORY);
        set(has(&|collect| collect as u8 >= Collect::Path as u8 && !is_result(collect)), STASH);
        set(
            call.returns_fd || call.names_path || has(&is_descriptor) || has(&|c| c == Collect::FdPairOut),
            HAS_OBJECTS,
        );
        set(MOVERS.contains(&call.name), MOVES_PATH);
        set(matches!(call.name, "exit" | "exit_group"), NEVER_RETURNS);
        for (index, arg) in call.args.iter().enumerate().take(6) {
            row.collect[index] = arg.collect as u8;
            row.aux[index] = arg.aux;
            if is_descriptor(arg.collect) && row.fds < 2 {
                row.fd[usize::from(row.fds)] = index as u8;
                row.fds += 1;
            }
            if arg.collect == Collect::FdPairOut {
                row.pair = index as u8;
            }
        }
        let larger = LARGER_ON_AARCH64.iter().filter(|(name, ..)| arch == Arch::Aarch64 && *name == call.name);
        for (_, index, bytes) in larger {
            row.aux[*index] = *bytes;
        }
        row
    }
}

/// The rows by system call number on an architecture; calls that `wanted` refuses are known but not recorded, though what
/// those that `looked_at` names were given is taken. `entries` says which entry of its row each event is seen by: some are
/// made at the entry or exit of calls, and those made at the exit of calls that they name find the arguments taken, too.
pub(crate) fn rows(
    arch: Arch,
    wanted: impl Fn(&str) -> bool,
    looked_at: impl Fn(&str) -> bool,
    entries: &BTreeMap<String, &'static str>,
) -> Vec<Option<Row>> {
    let mut rows = vec![None; MAX_SYSCALLS];
    for call in SYSCALLS {
        if let Some(slot) = call.number_on(arch).and_then(|number| rows.get_mut(usize::from(number))) {
            let row = slot.insert(Row::new(call, arch, wanted(call.name)));
            for (bit, event) in events::extras() {
                let Some(entry) = entries.get(event.name) else { continue };
                let bits = |prefix| if is_made_at(entry, prefix, call.name) { 1 << bit } else { 0 };
                row.entry_extras |= bits(AT_ENTRY) | bits(AT_BOTH);
                row.exit_extras |= bits(AT_EXIT) | bits(AT_BOTH);
                let is_named = |prefix| event.calls(prefix).any(|name| name == call.name) && bits(prefix) != 0;
                row.taken |= u8::from(is_named(AT_EXIT) || is_named(AT_BOTH));
            }
            row.taken |= u8::from(looked_at(call.name));
            row.taken &= u8::from(row.flags & (HAS_OBJECTS | STASH) != 0);
        }
    }
    rows
}

/// Whether an entry of an event's row names the call behind this prefix.
fn is_made_at(entry: &str, prefix: &str, call: &str) -> bool {
    entry.strip_prefix(prefix).is_some_and(|calls| calls.split('+').any(|name| name == "*" || name == call))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str) -> Row {
        Row::new(SYSCALLS.iter().find(|call| call.name == name).unwrap(), Arch::X86_64, true)
    }

    /// The kernel side puts as many slots as the row says; the schema must count the same.
    #[test]
    fn kernel_rows_and_schema_have_the_same_slots() {
        for call in SYSCALLS {
            let row = Row::new(call, Arch::X86_64, true);
            let event = events::all().find(|event| event.id == call.event()).unwrap();
            let slots = 1
                + row.args
                + row.fds
                + if row.pair == NO_ARGUMENT { 0 } else { 2 }
                + u8::from(row.flags & RETURNS_FD != 0)
                + u8::from(row.flags & NAMES_PATH != 0);
            assert_eq!(event.fields.len(), usize::from(slots), "{}", call.name);
            assert_eq!(event.fixed_len(), u16::from(slots) * 8, "{}", call.name);
        }
    }

    /// The stash holds entry bytes first and exit bytes after: arguments must come in that order too.
    #[test]
    fn results_in_memory_follow_arguments_in_memory() {
        for call in SYSCALLS {
            let results = [Collect::SockaddrOut, Collect::MsgNameOut, Collect::FdPairOut];
            let kinds: Vec<bool> = call
                .args
                .iter()
                .filter(|arg| arg.collect as u8 >= Collect::Path as u8)
                .map(|arg| results.contains(&arg.collect))
                .collect();
            assert!(kinds.is_sorted(), "{}", call.name);
            assert!(call.args.iter().filter(|arg| matches!(arg.collect, Collect::Fd | Collect::DirFd)).count() <= 2);
        }
    }

    #[test]
    fn an_entry_names_its_calls() {
        assert!(is_made_at("sys_enter/mmap+mprotect", AT_ENTRY, "mprotect"));
        assert!(!is_made_at("sys_enter/mmap+mprotect", AT_EXIT, "mprotect"));
        assert!(!is_made_at("sys_enter/mprotect", AT_ENTRY, "mmap") && is_made_at("sys_exit/*", AT_EXIT, "mmap"));
    }

    #[test]
    fn a_row_stands_at_the_number_that_its_architecture_gives_the_call() {
        let all = |arch| rows(arch, |_| true, |_| false, &BTreeMap::new());
        let event = |arch: Arch, number: usize| all(arch)[number].as_ref().map(|row| row.event);
        assert_eq!(event(Arch::X86_64, 257), Some(4096 + 257));
        assert_eq!(event(Arch::Aarch64, 56), Some(4096 + 257), "openat is one event");
        assert_eq!(event(Arch::Aarch64, 257), None);
        for arch in Arch::ALL {
            let known = SYSCALLS.iter().filter(|call| call.number_on(arch).is_some()).count();
            assert_eq!(all(arch).iter().flatten().count(), known, "{}", arch.name());
        }
        let epoll = |arch| all(arch).iter().flatten().find(|row| row.event == 4096 + 233).unwrap().aux[3];
        assert_eq!((epoll(Arch::X86_64), epoll(Arch::Aarch64)), (12, 16));
    }

    #[test]
    fn flags_say_what_a_call_needs() {
        assert_eq!(row("getpid").flags, ENABLED);
        assert_eq!(row("read").flags, ENABLED | HAS_OBJECTS);
        assert_eq!(row("openat").flags, ENABLED | HAS_OBJECTS | STASH | RETURNS_FD | NAMES_PATH);
        assert_eq!(row("pipe2").flags, ENABLED | HAS_OBJECTS | EXIT_MEMORY);
        assert_eq!(row("exit_group").flags, ENABLED | NEVER_RETURNS);
        assert_eq!(row("rename").flags, ENABLED | HAS_OBJECTS | STASH | NAMES_PATH | MOVES_PATH);
        assert_eq!((row("dup2").duplicates, row("openat").duplicates), (1, 0));
        assert_eq!(row("mmap").fd, [4, 0]);
    }
}
