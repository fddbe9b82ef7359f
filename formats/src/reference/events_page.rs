//! `docs/events.md`: every event with its fields, and one table for the system calls.

use std::fmt::Write;

use crate::arch::Arch;
use crate::event::{Event, FIRST_SYSCALL_EVENT, Field, Kind};
use crate::events::{FAMILIES, syscalls};

const OPENING: &str = "\
<!-- Generated from formats/src/events by `cargo run -p tracee-formats --example generate`. Do not edit. -->

# Events

Each event has a number that is never reused, a lane that it travels in, and fields in the order of its payload.
[format.md](format.md) says how the kinds of field are stored and what the display hints print.
A field marked *user* was read from the program's memory; what it says is the program's word, not the kernel's. One marked *user at calls* was, where a capture has no better hook for the
event than the entry or exit of a call; its rows say so.
";

/// The page of events.
pub fn events_page() -> String {
    let mut out = OPENING.to_owned();
    for group in FAMILIES.iter().filter(|group| group.first < FIRST_SYSCALL_EVENT) {
        family(&mut out, group.title, group.events);
    }
    calls(&mut out);
    out
}

fn family(out: &mut String, title: &str, events: &[Event]) {
    let _ = writeln!(out, "\n## {title}");
    for event in events {
        let _ = writeln!(out, "\n### {}\n\n{}\n", event.name, event.doc);
        let _ = write!(out, "Number {}, lane {}", event.id, event.lane.name());
        for (what, list) in [("sets", event.sets), ("hooks", event.hooks)] {
            if !list.is_empty() {
                let _ = write!(out, ", {what} {}", list.join(", "));
            }
        }
        out.push_str(".\n\n| offset | field | kind | shown as | meaning |\n|---|---|---|---|---|\n");
        for (index, field) in event.fields.iter().enumerate() {
            let user = match field {
                Field { from_user: true, .. } => " *user*",
                Field { from_user_at_calls: true, .. } => " *user at calls*",
                _ => "",
            };
            let _ = writeln!(
                out,
                "| {} | {} | {}{user} | {} | {} |",
                event.offset(index),
                field.name,
                kind_name(field.kind),
                field.display,
                cell(field.doc)
            );
        }
    }
}

fn calls(out: &mut String) {
    out.push_str(
        "\n## System calls\n\nEvery field is an 8-byte slot. `*` marks a field read from user memory. `x86_64` \
         and `aarch64` are the call's own numbers there.\n\n\
         | number | event | x86_64 | aarch64 | lane | sets | fields |\n|---|---|---|---|---|---|---|\n",
    );
    for (call, event) in syscalls::SYSCALLS.iter().zip(syscalls::EVENTS) {
        let numbers = Arch::ALL.map(|arch| call.number_on(arch).map_or_else(String::new, |number| number.to_string()));
        let fields: Vec<String> = event.fields.iter().map(call_field).collect();
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            event.id,
            event.name,
            numbers.join(" | "),
            event.lane.name(),
            event.sets.join(" "),
            fields.join(", ")
        );
    }
}

fn call_field(field: &Field) -> String {
    let mark = if field.from_user { "\\*" } else { "" };
    format!("{}{mark} {}", field.name, kind_name(field.kind))
}

/// A text that stays within its cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn kind_name(kind: Kind) -> String {
    format!("{kind:?}")
}
