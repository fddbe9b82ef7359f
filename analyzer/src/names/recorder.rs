//! Numbers of the recorder's own: reasons, lanes, bits of contexts and objects. The words are those of [`formats`].

use formats::artifact::{ArtifactKind, ArtifactWay, ContentKind, ContentWay, artifact_flags, content_flags};
use formats::event::Lane;
use formats::packet::{PacketDirection, PacketHook, PacketLink, PacketOwnerBy};
use formats::reason::{LossReason, MarkerPurpose, StopReason};

use super::Naming;

/// Display hints of this family.
pub(super) const HINTS: &[(&str, Naming)] = &[
    ("artifact_flags", Naming::Flags { zero: "0", bits: artifact_flags::ALL }),
    ("artifact_kind", Naming::Computed(artifact_kind)),
    ("artifact_way", Naming::Computed(artifact_way)),
    ("content_flags", Naming::Flags { zero: "0", bits: content_flags::ALL }),
    ("content_kind", Naming::Computed(content_kind)),
    ("content_way", Naming::Computed(content_way)),
    ("argv_source", Naming::Enumeration(&[(0, "not known"), (1, "exec"), (2, "memory")])),
    ("context_flags", Naming::Flags { zero: "0", bits: CONTEXT_FLAGS }),
    ("keyframe_subject", Naming::Enumeration(&[(1, "modules"), (2, "bpf programs")])),
    ("lane", Naming::Computed(lane)),
    ("loss_reason", Naming::Computed(loss_reason)),
    ("marker_purpose", Naming::Computed(marker_purpose)),
    ("object_flags", Naming::Flags { zero: "0", bits: OBJECT_FLAGS }),
    ("packet_direction", Naming::Computed(packet_direction)),
    ("packet_hook", Naming::Computed(packet_hook)),
    ("packet_link", Naming::Computed(packet_link)),
    ("packet_owner_by", Naming::Computed(packet_owner_by)),
    ("stop_reason", Naming::Computed(stop_reason)),
];

/// Bits of `context.flags`.
const CONTEXT_FLAGS: super::Table = &[(1, "kernel_thread"), (2, "ended"), (4, "outside_scope")];

/// Bits of `file_object.flags`.
const OBJECT_FLAGS: super::Table = &[(1, "unlinked"), (2, "unreachable"), (4, "path_cut")];

fn artifact_kind(value: i64) -> Option<String> {
    u32::try_from(value).ok().and_then(ArtifactKind::from_number).map(|kind| kind.words().to_owned())
}

fn artifact_way(value: i64) -> Option<String> {
    u32::try_from(value).ok().and_then(ArtifactWay::from_number).map(|way| way.words().to_owned())
}

fn content_kind(value: i64) -> Option<String> {
    u32::try_from(value).ok().and_then(ContentKind::from_number).map(|kind| kind.words().to_owned())
}

fn content_way(value: i64) -> Option<String> {
    u32::try_from(value).ok().and_then(ContentWay::from_number).map(|way| way.words().to_owned())
}

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

fn packet_direction(value: i64) -> Option<String> {
    u32::try_from(value).ok().and_then(PacketDirection::from_number).map(|known| known.words().to_owned())
}

fn packet_hook(value: i64) -> Option<String> {
    u32::try_from(value).ok().and_then(PacketHook::from_number).map(|known| known.words().to_owned())
}

fn packet_link(value: i64) -> Option<String> {
    u32::try_from(value).ok().and_then(PacketLink::from_number).map(|known| known.words().to_owned())
}

fn packet_owner_by(value: i64) -> Option<String> {
    u32::try_from(value).ok().and_then(PacketOwnerBy::from_number).map(|known| known.words().to_owned())
}
