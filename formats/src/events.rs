//! The event table: every event that exists, by family.
//!
//! To add an event, add a row to its family's file (and read `docs/adding-an-event.md`).

use crate::event::Event;

pub mod lifecycle;
pub mod recorder;
pub mod structure;
pub mod syscalls;

/// Every family of the table, in id order.
pub const FAMILIES: &[&[Event]] =
    &[structure::EVENTS, recorder::EVENTS, lifecycle::EVENTS, syscalls::GENERIC, syscalls::EVENTS];

/// Every event, in id order.
pub fn all() -> impl Iterator<Item = &'static Event> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

/// Whether ids ascend through the whole table (so none is there twice) and every row has a layout that C shares.
const fn is_sound(families: &[&[Event]]) -> bool {
    let mut rest = families;
    let mut next_id: u32 = 1;
    while let [family, behind @ ..] = rest {
        let mut rows = *family;
        while let [row, others @ ..] = rows {
            if (row.id as u32) < next_id || !row.is_aligned() {
                return false;
            }
            next_id = (row.id as u32).saturating_add(1);
            rows = others;
        }
        rest = behind;
    }
    true
}

const _: () = assert!(is_sound(FAMILIES), "event ids must ascend and rows be aligned");

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::event::{FIRST_LIFECYCLE_EVENT, FIRST_RECORDER_EVENT, FIRST_SYSCALL_EVENT};

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
    fn families_keep_to_their_ranges() {
        let within =
            |family: &[Event], first: u16, behind: u16| family.iter().all(|row| (first..behind).contains(&row.id));
        assert!(within(structure::EVENTS, 1, FIRST_RECORDER_EVENT));
        assert!(within(recorder::EVENTS, FIRST_RECORDER_EVENT, FIRST_LIFECYCLE_EVENT));
        assert!(within(lifecycle::EVENTS, FIRST_LIFECYCLE_EVENT, FIRST_SYSCALL_EVENT));
        assert!(within(syscalls::EVENTS, FIRST_SYSCALL_EVENT, u16::MAX));
    }
}
