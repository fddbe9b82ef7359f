//! Numbers of the recorder's own: reasons, lanes, bits of contexts and objects. The words are those of [`formats`].

use formats::event::Lane;
use formats::reason::{LossReason, MarkerPurpose, StopReason};

use super::Naming;

/// Display hints of this family.
pub(super) const HINTS: &[(&str, Naming)] = &[
    ("argv_source", Naming::Enumeration(&[(0, "not known"), (1, "exec"), (2, "memory")])),
    ("context_flags", Naming::Flags { zero: "0", bits: CONTEXT_FLAGS }),
    ("keyframe_subject", Naming::Enumeration(&[(1, "modules"), (2, "bpf programs")])),
    ("lane", Naming::Computed(lane)),
    ("loss_reason", Naming::Computed(loss_reason)),
    ("marker_purpose", Naming::Computed(marker_purpose)),
    ("object_flags", Naming::Flags { zero: "0", bits: OBJECT_FLAGS }),
    ("stop_reason", Naming::Computed(stop_reason)),
];

/// Bits of `context.flags`.
const CONTEXT_FLAGS: super::Table = &[(1, "kernel_thread"), (2, "ended"), (4, "outside_scope")];

/// Bits of `file_object.flags`.
const OBJECT_FLAGS: super::Table = &[(1, "unlinked"), (2, "unreachable"), (4, "path_cut")];

fn lane(value: i64) -> Option<String> {
    u8::try_from(value).ok().and_then(Lane::from_number).map(|lane| lane.name().to_owned())
}

fn loss_reason(value: i64) -> Option<String> {
    u16::try_from(value).ok().and_then(LossReason::from_number).map(|reason| reason.words().to_owned())
}

fn stop_reason(value: i64) -> Option<String> {
    u32::try_from(value).ok().and_then(StopReason::from_number).map(|reason| reason.words().to_owned())
}

fn marker_purpose(value: i64) -> Option<String> {
    u32::try_from(value).ok().and_then(MarkerPurpose::from_number).map(|purpose| purpose.words().to_owned())
}
