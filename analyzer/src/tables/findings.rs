//! The tables of what signatures found, where `tracee detect --save` keeps it beside the capture.

use super::Fixed;
use super::Type::{Boolean, Integer, Text, Timestamp};

pub(crate) const FINDINGS: Fixed = Fixed {
    name: "findings",
    doc: "A row per finding of signatures that was kept (`tracee detect --save`).",
    is_keyed: true,
    columns: &[
        ("finding_key", Integer, "Which finding: the same whenever the same rows of the same capture make it."),
        ("signature", Text, "Id of the signature."),
        ("title", Text, "What the signature calls it."),
        ("version", Text, "Version of the signature, or the day when it was changed last."),
        ("severity", Text, "How bad it is: `info`, `low`, `medium`, `high`, `critical`."),
        ("techniques", Text, "Techniques of ATT&CK, joined by one space."),
        ("ts_ns", Integer, "When, UTC nanoseconds: the last of its rows."),
        ("ts", Timestamp, "When."),
        ("boot_ns", Integer, "When, in nanoseconds since the host was started."),
        ("event", Text, "Name of the event with which it began to hold."),
        ("event_key", Integer, "Key of that event."),
        ("process_key", Integer, "Who did it; NULL where no process did."),
        ("host_pid", Integer, "Its id in the initial PID namespace."),
        ("comm", Text, "Name of the thread."),
        ("exe", Text, "Path of its program."),
        ("command_line", Text, "Its arguments, joined by one space."),
        ("uid", Integer, "User id."),
        ("container_id", Text, "Id of the container that it is in."),
        (
            "fingerprint",
            Text,
            "The same for findings of other captures that differ in times and numbers of processes only.",
        ),
        ("loss", Boolean, "Events are missing from the time in which its rows lie."),
        ("forgot", Boolean, "The signature had forgotten rows for want of room."),
        ("suppressed", Text, "Why it does not count; NULL where it does."),
    ],
};

pub(crate) const FINDING_EVENTS: Fixed = Fixed {
    name: "finding_events",
    doc: "The rows that make findings.",
    is_keyed: false,
    columns: &[
        ("finding_key", Integer, "Which finding."),
        ("number", Integer, "Which of its rows, from 1; the last one is the one with which it began to hold."),
        ("source", Text, "The table in which the signature read it."),
        ("event", Text, "Name of the event that it was made of."),
        ("event_key", Integer, "Key of that event."),
        ("ts_ns", Integer, "When, UTC nanoseconds."),
        ("ts", Timestamp, "When."),
        ("boot_ns", Integer, "When, in nanoseconds since the host was started."),
        ("fields", Text, "The columns that the signature looked at, and their values: a JSON object of texts."),
    ],
};
