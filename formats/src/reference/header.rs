//! `bpf/events.h`: the layouts that the kernel side fills, each offset asserted.

use std::fmt::Write;

use crate::artifact::{ContentKind, ContentWay, content_flags};
use crate::event::{
    BEHIND_HOOKED_EVENTS, Event, FIRST_HOOKED_EVENT, FIRST_SYSCALL_EVENT, FULL_LENGTH_UNKNOWN, Field, Kind, Lane,
    VARIABLE_FAULT, VARIABLE_LENGTH_MASK, VARIABLE_NULL,
};
use crate::events::syscalls::Collect;
use crate::events::{FAMILIES, extras};
use crate::frame::{FLAGS, FRAME_HEADER_LEN};
use crate::packet::{PacketDirection, PacketHook, PacketLink, PacketOwnerBy};
use crate::reason::{LossReason, MarkerPurpose};

/// The frame header's members: C type, name, offset.
const FRAME: &[(&str, &str, usize)] = &[
    ("__u64", "boot_ns", 0),
    ("__u64", "context", 8),
    ("__u32", "tid", 16),
    ("__u32", "sequence", 20),
    ("__u16", "event", 24),
    ("__u16", "flags", 26),
    ("__u32", "length", 28),
];

const COLLECT: &[Collect] = &[
    Collect::Scalar,
    Collect::Fd,
    Collect::DirFd,
    Collect::Path,
    Collect::Text,
    Collect::TextArray,
    Collect::SockaddrIn,
    Collect::SockaddrOut,
    Collect::IovecLengths,
    Collect::MsgName,
    Collect::MsgNameOut,
    Collect::FdPairOut,
    Collect::StructIn,
];

const OPENING: &str = "\
/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Generated from formats/src/events by `cargo run -p tracee-formats --example generate`. Do not edit. */
/* docs/format.md says what the members mean. Whoever includes this declares __u16, __u32, __u64, __s32 and __s64. */
#ifndef TRACEE_EVENTS_H
#define TRACEE_EVENTS_H

/* Descriptor of a variable field; its bytes follow the fixed part, in the order of the fields. */
struct tracee_var {
\t__u32 length; /* bytes stored, and TRACEE_VAR_FAULT, TRACEE_VAR_NULL */
\t__u32 full; /* bytes there were, or TRACEE_VAR_FULL_UNKNOWN */
};
_Static_assert(sizeof(struct tracee_var) == 8, \"struct tracee_var\");

";

/// The C header.
pub fn header() -> String {
    let mut out = OPENING.to_owned();
    define(&mut out, "TRACEE_VAR_FAULT", &format!("0x{VARIABLE_FAULT:x}u"));
    define(&mut out, "TRACEE_VAR_NULL", &format!("0x{VARIABLE_NULL:x}u"));
    define(&mut out, "TRACEE_VAR_LENGTH_MASK", &format!("0x{VARIABLE_LENGTH_MASK:x}u"));
    define(&mut out, "TRACEE_VAR_FULL_UNKNOWN", &format!("0x{FULL_LENGTH_UNKNOWN:x}u"));
    define(&mut out, "TRACEE_FIRST_HOOKED_EVENT", &FIRST_HOOKED_EVENT.to_string());
    define(&mut out, "TRACEE_HOOKED_EVENTS", &(BEHIND_HOOKED_EVENTS.saturating_sub(FIRST_HOOKED_EVENT)).to_string());
    define(&mut out, "TRACEE_FIRST_SYSCALL_EVENT", &FIRST_SYSCALL_EVENT.to_string());
    out.push('\n');
    enumeration(&mut out, "tracee_lane", Lane::ALL.iter().map(|lane| (format!("LANE_{}", lane.name()), *lane as u32)));
    enumeration(&mut out, "tracee_flag", FLAGS.iter().map(|(bit, name, _)| (format!("FLAG_{name}"), u32::from(*bit))));
    enumeration(
        &mut out,
        "tracee_loss_reason",
        LossReason::ALL
            .iter()
            .map(|reason| (format!("LOSS_{}", snake(&format!("{reason:?}"))), u32::from(reason.number()))),
    );
    enumeration(
        &mut out,
        "tracee_marker_purpose",
        MarkerPurpose::ALL
            .iter()
            .map(|purpose| (format!("MARKER_{}", snake(&format!("{purpose:?}"))), purpose.number())),
    );
    enumeration(
        &mut out,
        "tracee_content_kind",
        ContentKind::ALL.iter().map(|kind| (format!("CONTENT_KIND_{}", snake(&format!("{kind:?}"))), kind.number())),
    );
    enumeration(
        &mut out,
        "tracee_content_way",
        ContentWay::ALL.iter().map(|way| (format!("CONTENT_WAY_{}", snake(&format!("{way:?}"))), way.number())),
    );
    enumeration(
        &mut out,
        "tracee_content_flag",
        content_flags::ALL.iter().map(|(bit, name)| (format!("CONTENT_{name}"), bit)),
    );
    enumeration(
        &mut out,
        "tracee_packet_direction",
        PacketDirection::ALL
            .iter()
            .map(|one| (format!("PACKET_DIRECTION_{}", snake(&format!("{one:?}"))), one.number())),
    );
    enumeration(
        &mut out,
        "tracee_packet_owner_by",
        PacketOwnerBy::ALL.iter().map(|one| (format!("PACKET_OWNER_BY_{}", snake(&format!("{one:?}"))), one.number())),
    );
    enumeration(
        &mut out,
        "tracee_packet_link",
        PacketLink::ALL.iter().map(|one| (format!("PACKET_LINK_{}", snake(&format!("{one:?}"))), one.number())),
    );
    enumeration(
        &mut out,
        "tracee_packet_hook",
        PacketHook::ALL.iter().map(|one| (format!("PACKET_HOOK_{}", snake(&format!("{one:?}"))), one.number())),
    );
    enumeration(
        &mut out,
        "tracee_collect",
        COLLECT.iter().map(|collect| (format!("COLLECT_{}", snake(&format!("{collect:?}"))), *collect as u32)),
    );
    let none = std::iter::once(("EXTRA_NONE".to_owned(), 0));
    enumeration(
        &mut out,
        "tracee_extra",
        none.chain(extras().map(|(bit, event)| (format!("EXTRA_{}", event.name), 1 << bit))),
    );
    frame(&mut out);
    // A system call's row is put together by the table of calls.
    let families = || FAMILIES.iter().filter(|family| family.first < FIRST_SYSCALL_EVENT);
    let events = || families().flat_map(|family| family.events);
    enumeration(&mut out, "tracee_event", events().map(|event| (format!("EVENT_{}", event.name), u32::from(event.id))));
    for event in events() {
        structure(&mut out, event);
    }
    out.push_str("#endif /* TRACEE_EVENTS_H */\n");
    out
}

fn define(out: &mut String, name: &str, value: &str) {
    line(out, format_args!("#define {name} {value}"));
}

fn enumeration<N: std::fmt::Display>(out: &mut String, name: &str, members: impl Iterator<Item = (String, N)>) {
    line(out, format_args!("enum {name} {{"));
    for (member, value) in members {
        line(out, format_args!("\tTRACEE_{} = {value},", member.to_uppercase()));
    }
    line(out, format_args!("}};\n"));
}

fn frame(out: &mut String) {
    out.push_str("/* Header of every frame; the payload follows. */\nstruct tracee_frame {\n");
    for (kind, name, _) in FRAME {
        line(out, format_args!("\t{kind} {name};"));
    }
    out.push_str("};\n");
    for (_, name, offset) in FRAME {
        offset_assert(out, "tracee_frame", name, *offset);
    }
    size_assert(out, "tracee_frame", FRAME_HEADER_LEN);
}

fn structure(out: &mut String, event: &Event) {
    let name = format!("tracee_{}", event.name);
    line(out, format_args!("/* {} */", event.doc));
    line(out, format_args!("struct {name} {{"));
    for field in stored(event) {
        let kind = c_type(field.kind);
        line(out, format_args!("\t{kind} {}; /* {} */", field.name, field.doc));
    }
    out.push_str("};\n");
    for (index, field) in event.fields.iter().enumerate().filter(|(_, field)| field.kind != Kind::Attribute) {
        offset_assert(out, &name, field.name, event.offset(index).into());
    }
    size_assert(out, &name, event.fixed_len().into());
}

/// The fields that take room in the payload.
fn stored(event: &Event) -> impl Iterator<Item = &Field> {
    event.fields.iter().filter(|field| field.kind != Kind::Attribute)
}

fn c_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Attribute => "",
        Kind::U8 => "__u8",
        Kind::U16 => "__u16",
        Kind::U32 => "__u32",
        Kind::I32 => "__s32",
        Kind::I64 => "__s64",
        Kind::U64 | Kind::Int | Kind::Uint | Kind::Pointer | Kind::Object | Kind::Context => "__u64",
        Kind::Bytes
        | Kind::Text
        | Kind::TextArray
        | Kind::Sockaddr
        | Kind::U64Array
        | Kind::FdPair
        | Kind::LossCounts
        | Kind::IpAddress => "struct tracee_var",
    }
}

fn offset_assert(out: &mut String, structure: &str, member: &str, offset: usize) {
    let place = format!("__builtin_offsetof(struct {structure}, {member})");
    line(out, format_args!("_Static_assert({place} == {offset}, \"{structure}.{member}\");"));
}

fn size_assert(out: &mut String, structure: &str, size: usize) {
    line(out, format_args!("_Static_assert(sizeof(struct {structure}) == {size}, \"{structure}\");\n"));
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{text}");
}

/// `NoRoom` as `no_room`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}
