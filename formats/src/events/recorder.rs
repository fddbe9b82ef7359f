//! What the recorder says of itself and of the clocks.

use super::content::{ARTIFACT, ARTIFACT_CONTENT, ARTIFACT_SOURCE};
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
        Field::new(
            "packets_left_out",
            Kind::U64,
            "Packets that would have been recorded but for the filter of `--capture net`; in none of the other numbers.",
        ),
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

/// What a container runtime says.
pub const CONTAINER_DESCRIBED: Event = Event {
    id: 68,
    name: "container_described",
    doc: "What a container runtime said of a container, or why nothing is known; repeated in each segment that has it.",
    lane: Lane::Control,
    hooks: &["recorder"],
    sets: &["default", "containers"],
    fields: &[
        Field::new("container", Kind::U64, "Key that contexts refer to the container by."),
        Field::new(
            "created_ns",
            Kind::I64,
            "When the runtime made it, UTC nanoseconds since 1970; 0 when it does not say.",
        ),
        Field::new("is_sandbox", Kind::U32, "1 when it only holds a pod together."),
        Field::new("reserved", Kind::U32, "0."),
        Field::new("id", Kind::Text, "The id that the runtime has for it."),
        Field::new("runtime", Kind::Text, "Who says so: docker, containerd, crio, podman, runc."),
        Field::new("name", Kind::Text, "Its name."),
        Field::new("image", Kind::Text, "Its image, as it was asked for."),
        Field::new("image_id", Kind::Text, "The image's id."),
        Field::new("image_digest", Kind::Text, "Digest of the image in its registry."),
        Field::new("pod_name", Kind::Text, "Name of its Kubernetes pod."),
        Field::new("pod_uid", Kind::Text, "Unique id of its pod."),
        Field::new("pod_namespace", Kind::Text, "Kubernetes namespace of its pod."),
        Field::new("labels", Kind::Text, "Its labels, a JSON object."),
        Field::new("why_not", Kind::Text, "Why nothing is known of it; NULL when something is."),
    ],
};

/// Another scope.
pub const SCOPE_CHANGED: Event = Event {
    id: 69,
    name: "scope_changed",
    doc: "The scope was changed while recording: rows before the first time are by the old one, rows after the second by the new.",
    lane: Lane::Control,
    hooks: &["recorder"],
    sets: &["default"],
    fields: &[
        Field::new("from_boot_ns", Kind::U64, "From then on tasks are judged by the new scope, boot-time nanoseconds."),
        Field::new("until_boot_ns", Kind::U64, "Until then they were by the old one, at the latest."),
        Field::new("active", Kind::U64, "The policies in force now, a bit each."),
        Field::new("by_pid", Kind::U32, "Who asked for it: process id as the recorder sees it."),
        Field::new("by_uid", Kind::U32, "Its user id."),
        Field::new("change", Kind::Text, "What was asked for: `add` or `remove`, and the policy."),
        Field::new(
            "policies",
            Kind::Text,
            "Every policy since the beginning, as the manifest has them, a JSON object.",
        ),
    ],
};

/// The family, in id order.
pub const EVENTS: &[Event] = &[
    TRACEE_INFO,
    CLOCK,
    RECORDING_STOPPED,
    LIMIT_REACHED,
    CONTAINER_DESCRIBED,
    SCOPE_CHANGED,
    ARTIFACT_CONTENT,
    ARTIFACT,
    ARTIFACT_SOURCE,
];
