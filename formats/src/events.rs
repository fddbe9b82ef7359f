//! The event table: every event that exists, by family.
//!
//! To add an event, add a row to its family's file (and read `docs/adding-an-event.md`).

use crate::event::{AT_BOTH, AT_ENTRY, AT_EXIT, Event, FIRST_SYSCALL_EVENT};

pub mod containers;
pub mod content;
pub mod files;
pub mod identity;
pub mod io_uring;
pub mod kernel;
pub mod lifecycle;
pub mod memory;
pub mod packets;
pub mod recorder;
pub mod sockets;
pub mod structure;
pub mod syscalls;

/// Events that belong together; a file of the table, and one of `bpf/` when they have programs.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// Title for people.
    pub title: &'static str,
    /// First id that its events may have.
    pub first: u16,
    /// First id behind them.
    pub behind: u16,
    /// Its rows, in id order.
    pub events: &'static [Event],
}

/// Every family of the table, in id order.
pub const FAMILIES: &[Family] = &[
    Family { title: "The log's own frames", first: 1, behind: 64, events: structure::EVENTS },
    Family { title: "The recorder", first: 64, behind: 256, events: recorder::EVENTS },
    Family { title: "Life cycle", first: 256, behind: 272, events: lifecycle::EVENTS },
    Family { title: "Identity", first: 272, behind: 288, events: identity::EVENTS },
    Family { title: "Containers", first: 288, behind: 304, events: containers::EVENTS },
    Family { title: "io_uring", first: 304, behind: 320, events: io_uring::EVENTS },
    Family { title: "Files", first: 320, behind: 368, events: files::EVENTS },
    Family { title: "Memory", first: 368, behind: 400, events: memory::EVENTS },
    Family { title: "Sockets", first: 400, behind: 432, events: sockets::EVENTS },
    Family { title: "The kernel", first: 432, behind: 480, events: kernel::EVENTS },
    Family { title: "Content", first: 480, behind: 490, events: content::EVENTS },
    Family { title: "Packets", first: 490, behind: 512, events: packets::EVENTS },
    Family {
        title: "System calls without a row of their own",
        first: 4094,
        behind: FIRST_SYSCALL_EVENT,
        events: syscalls::GENERIC,
    },
    Family { title: "System calls", first: FIRST_SYSCALL_EVENT, behind: u16::MAX, events: syscalls::EVENTS },
];

/// Every event, in id order.
pub fn all() -> impl Iterator<Item = &'static Event> {
    FAMILIES.iter().flat_map(|family| family.events.iter())
}

/// The event of this name.
pub fn by_name(name: &str) -> Option<&'static Event> {
    all().find(|event| event.name == name)
}

/// Events that the kernel side makes at system calls besides the calls' own rows, each with its bit.
pub fn extras() -> impl Iterator<Item = (u32, &'static Event)> {
    let is_extra = |event: &&Event| [AT_ENTRY, AT_EXIT, AT_BOTH].iter().any(|at| event.calls(at).next().is_some());
    (0..).zip(all().filter(is_extra))
}

/// Whether ids ascend through the whole table (so none is there twice) within each family's range, and every row has a
/// layout that C shares.
const fn is_sound(families: &[Family]) -> bool {
    let mut rest = families;
    let mut next_id = 1;
    while let [family, behind @ ..] = rest {
        if family.first < next_id {
            return false;
        }
        next_id = family.first;
        let mut rows = family.events;
        while let [row, others @ ..] = rows {
            if row.id < next_id || row.id >= family.behind || !row.is_aligned() {
                return false;
            }
            next_id = row.id.saturating_add(1);
            rows = others;
        }
        rest = behind;
    }
    true
}

const _: () = assert!(is_sound(FAMILIES), "event ids must ascend within their family's range and rows be aligned");

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::event::Kind;

    #[test]
    fn names_are_unique_and_plain() {
        let plain =
            |name: &str| !name.is_empty() && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        let mut names = HashSet::new();
        for event in all() {
            assert!(plain(event.name), "{}", event.name);
            assert!(names.insert(event.name), "{} is there twice", event.name);
            let mut fields = HashSet::new();
            for field in event.fields {
                assert!(plain(field.name), "{}.{}", event.name, field.name);
                assert!(fields.insert(field.name), "{}.{} is there twice", event.name, field.name);
            }
        }
    }

    #[test]
    fn every_row_and_field_is_documented() {
        for event in all() {
            assert!(event.doc.ends_with('.'), "{}", event.name);
            for field in event.fields {
                assert!(field.doc.ends_with('.'), "{}.{}", event.name, field.name);
            }
        }
    }

    #[test]
    fn hooks_name_system_calls_and_events_that_there_are() {
        for event in all() {
            let is_call = |name: &str| syscalls::EVENTS.iter().any(|call| call.name == name);
            for call in [AT_ENTRY, AT_EXIT, AT_BOTH].iter().flat_map(|at| event.calls(at)) {
                assert!(call == "*" || is_call(call), "{}: {call}", event.name);
            }
            for source in event.sources() {
                assert!(is_call(source) || by_name(source).is_some_and(|source| source.sources().next().is_none()));
            }
        }
    }

    #[test]
    fn attributes_are_of_objects_of_their_row() {
        for event in all() {
            for field in event.fields.iter().filter(|field| field.kind == Kind::Attribute) {
                let (object, property) = field.display.split_once('.').unwrap();
                assert!(event.fields.iter().any(|other| other.name == object && other.kind == Kind::Object));
                let known = structure::FILE_OBJECT.fields.iter().chain(structure::SOCKET_OBJECT.fields);
                assert!(property == "path" || known.clone().any(|known| known.name == property), "{}", field.name);
            }
        }
    }
}
