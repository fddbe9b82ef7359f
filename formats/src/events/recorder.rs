//! What the recorder says of itself and of the clocks.

use crate::event::{Event, Field, Kind, Lane};

/// Who recorded, on what, with what.
pub const TRACEE_INFO: Event = Event {
    id: 64,
    name: "tracee_info",
    doc: "The recorder, the kernel, the options, the hooks it got and did not get; repeated at the start of each segment.",
    lane: Lane::Control,
    hooks: &["recorder"],
    sets: &["default"],
    fields: &[Field::new("info", Kind::Text, "A JSON object; docs/format.md lists its members.")],
};

/// The clocks, read together.
pub const CLOCK: Event = Event {
    id: 65,
    name: "clock",
    doc: "Boot-time, monotonic and real-time clock read together; at the start, at each segment, at a step, at the end.",
    lane: Lane::Control,
    hooks: &["recorder"],
    sets: &["default"],
    fields: &[
        Field::new("boot_ns", Kind::U64, "CLOCK_BOOTTIME, nanoseconds."),
        Field::new("monotonic_ns", Kind::U64, "CLOCK_MONOTONIC, nanoseconds."),
        Field::new("realtime_ns", Kind::I64, "CLOCK_REALTIME, UTC nanoseconds since 1970."),
        Field::new(
            "step_ns",
            Kind::I64,
            "How far the real-time clock moved against boot-time since the record before, nanoseconds.",
        ),
        Field::new(
            "uncertainty_ns",
            Kind::U64,
            "Time between the two readings that bracket the real-time one, nanoseconds.",
        ),
    ],
};

/// Why recording ended.
pub const RECORDING_STOPPED: Event = Event {
    id: 66,
    name: "recording_stopped",
    doc: "The last record of a capture that ended in order: the reason and the totals per lane.",
    lane: Lane::Control,
    hooks: &["recorder"],
    sets: &["default"],
    fields: &[
        Field::new("produced", Kind::U64, "Frames that the kernel side numbered, all lanes."),
        Field::new("written", Kind::U64, "Of those, frames written to the capture."),
        Field::new("lost", Kind::U64, "Of those, frames that loss frames account for."),
        Field::new("exit_status", Kind::I32, "Wait status of the command; -1 when there was none or it still runs."),
        Field::new("reason", Kind::U32, "Why it ended.").shown_as("stop_reason"),
        Field::new("detail", Kind::Text, "For people: the signal, the error."),
    ],
};

/// Programs of ours that did not run when they should have.
pub const LIMIT_REACHED: Event = Event {
    id: 67,
    name: "limit_reached",
    doc: "A limit of the recorder was reached (memory, stash, storage): what it was and how often.",
    lane: Lane::Control,
    hooks: &["recorder"],
    sets: &["default"],
    fields: &[
        Field::new("count", Kind::U64, "How often since the record before."),
        Field::new("limit", Kind::Text, "Name of the limit."),
    ],
};

/// The family, in id order.
pub const EVENTS: &[Event] = &[TRACEE_INFO, CLOCK, RECORDING_STOPPED, LIMIT_REACHED];
