//! One function per entry of the parsers: any bytes, no panic, and no more given out or kept than the bounds allow. The
//! fuzz targets (`packets/fuzz`) call these, and so do the tests with bytes mutated by a fixed sequence of numbers.

#![allow(dead_code, reason = "each fuzz target calls one")]

use packets::flow::{Flows, Side, Tuple};
use packets::fragments::{self, Fragments, Outcome};
use packets::http::{self, Connection, Event, Role};
use packets::layers::{Link, Tcp, Transport};
use packets::stream::{self, Piece, Streams};
use packets::{Packet, dissect, dns, tls};

/// Splits the bytes into parts: a byte of length (with `255` for a hole) before each.
fn parts(data: &[u8]) -> Vec<(&[u8], bool)> {
    let mut all = Vec::new();
    let mut rest = data;
    while let [length, more @ ..] = rest {
        let (part, behind) = more.split_at(usize::from(*length).min(more.len()));
        all.push((part, *length == 255));
        rest = behind;
    }
    all
}

fn within(part: &[u8], whole: &[u8]) -> bool {
    part.is_empty()
        || (whole.as_ptr_range().start <= part.as_ptr() && part.as_ptr_range().end <= whole.as_ptr_range().end)
}

fn check(packet: &Packet<'_>, data: &[u8]) {
    assert!(within(packet.payload, data) && within(packet.network_payload, data));
    assert!(packet.payload.len() <= packet.payload_bytes);
    assert!(packet.vlans.len() <= 4);
    if let Some(Transport::Tcp(_)) = packet.transport {
        assert_eq!(packet.protocol(), Some(6));
    }
}

/// A packet, of each kind of link.
pub(crate) fn layers(data: &[u8]) {
    for link in [Link::Ethernet, Link::Network(0x0800), Link::Network(0x86dd), Link::Network(0x0806)] {
        for length in [0, data.len(), data.len().saturating_mul(3)] {
            let packet = dissect(data, link, length);
            check(&packet, data);
            if let Some(quoted) = packet.quoted() {
                check(&quoted, data);
            }
            assert!(Tuple::quoted(&packet).is_none() || packet.quoted().is_some());
            packet.echo();
        }
    }
}

/// Packets, each in a part of the data, as fragments.
pub(crate) fn fragments(data: &[u8]) {
    let limits = fragments::Limits { datagrams: 4, bytes: 4096, wait_ns: 50 };
    let mut fragments = Fragments::new(limits);
    for (time, (part, six)) in parts(data).into_iter().enumerate() {
        let link = Link::Network(if six || part.first().is_some_and(|byte| byte >> 4 == 6) { 0x86dd } else { 0x0800 });
        let packet = dissect(part, link, part.len());
        if let Outcome::Whole(datagram) = fragments.push(0, &packet, time as u64) {
            assert!(datagram.bytes.len() <= 65_535);
            check(&datagram.packet(), &datagram.bytes);
        }
        assert!(fragments.bytes() <= limits.bytes);
    }
}

/// Packets, each in a part of the data, as flows.
pub(crate) fn flows(data: &[u8]) {
    let mut flows = Flows::new(4);
    let (mut packets, mut begun, mut counted) = (0, 0, 0);
    for (time, (part, _)) in parts(data).into_iter().enumerate() {
        let packet = dissect(part, Link::Network(0x0800), part.len());
        if let Some(update) = flows.push(0, &packet, time as u64, part.len() as u64, 1) {
            packets += 1;
            begun += u64::from(update.began);
            assert!(update.id <= begun);
        }
        counted += flows.take_done().iter().map(|flow| flow.sent.packets + flow.received.packets).sum::<u64>();
    }
    let left = flows.finish();
    assert!(left.len() <= 4);
    counted += left.iter().map(|flow| flow.sent.packets + flow.received.packets).sum::<u64>();
    assert_eq!(counted, packets);
}

/// Segments: each part has numbers, flags and bytes.
pub(crate) fn stream(data: &[u8]) {
    let limits = stream::Limits { stream_bytes: 1000, bytes: 2000, streams: 3 };
    let mut streams = Streams::new(limits);
    let (mut pushed, mut given) = (0, 0);
    let count = |pieces: &[stream::Delivered<'_>]| -> usize {
        pieces.iter().map(|one| if let Piece::Data(bytes) = &one.piece { bytes.len() } else { 0 }).sum()
    };
    for (part, cut) in parts(data) {
        let [flow, flags, high, low, acknowledged, bytes @ ..] = part else { continue };
        let header = Tcp {
            sequence: u32::from_be_bytes([high & 0x80, 0, high & 1, *low]),
            acknowledgment: u32::from(*acknowledged),
            flags: u16::from(*flags),
            ..Tcp::default()
        };
        let sender = if flow & 1 == 0 { Side::Low } else { Side::High };
        let length = if cut { bytes.len().saturating_mul(2) } else { bytes.len() };
        pushed += bytes.len();
        given += count(&streams.push(u64::from(flow >> 1 & 7), sender, &header, bytes, length));
        assert!(streams.waiting_bytes() <= limits.bytes && streams.flows().len() <= limits.streams);
    }
    for flow in streams.flows() {
        given += count(&streams.end(flow));
    }
    assert!(given <= pushed, "bytes are given once");
    assert_eq!(streams.waiting_bytes(), 0);
}

/// A message, and the same bytes as a TCP stream in parts.
pub(crate) fn dns(data: &[u8]) {
    if let Some(message) = dns::parse(data) {
        let records = [&message.answers, &message.authorities, &message.additional];
        let names: usize = records.iter().flat_map(|records| records.iter()).map(|one| one.name.as_str().len()).sum();
        assert!(names <= 256 * 1024);
        assert!(records.iter().map(|records| records.len()).sum::<usize>() + message.questions.len() <= 1024);
        for question in &message.questions {
            assert!(question.name.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
            assert!(!question.name.as_str().is_empty() && question.name.as_str().len() <= 4 * 255);
        }
    }
    let mut stream = dns::Stream::default();
    let mut messages = 0;
    for (part, hole) in parts(data) {
        messages += stream.push(part).len();
        if hole {
            messages += stream.gap(part.len() as u64).len();
        }
    }
    assert!(messages <= data.len());
}

/// Both directions of a connection, by turns, with holes.
pub(crate) fn http(data: &[u8]) {
    let mut connection = Connection::default();
    let mut events = Vec::new();
    for (index, (part, hole)) in parts(data).into_iter().enumerate() {
        let role = if index & 1 == 0 { Role::Client } else { Role::Server };
        events.extend(connection.push(role, part));
        if hole {
            events.extend(connection.gap(role, part.len() as u64));
        }
    }
    events.extend(connection.push(Role::Client, data));
    events.extend(connection.push(Role::Server, data));
    events.extend(connection.end(Role::Client));
    events.extend(connection.end(Role::Server));
    assert!(events.len() <= data.len().saturating_mul(2).saturating_add(8));
    for event in &events {
        if let Event::Head(head) = event {
            assert!(head.headers.len() <= http::HEADERS && head.bytes <= http::HEAD && head.oddities.len() <= 16);
            let bytes: usize = head.headers.iter().map(|header| header.name.len() + header.value.len()).sum();
            assert!(bytes <= 2 * head.bytes);
        }
    }
}

/// A direction of a stream, whole and in parts, and hellos without their records.
pub(crate) fn tls(data: &[u8]) {
    let hello = tls::client_hello(data);
    assert_eq!(hello.ja4().is_some(), hello.problem.is_none());
    assert_eq!(hello.ja3().is_some(), hello.problem.is_none());
    assert!(hello.ja4().is_none_or(|text| text.len() == 36 && text.is_ascii()));
    let hello = tls::server_hello(data);
    assert_eq!(hello.ja3s().is_some(), hello.problem.is_none());
    let mut whole = tls::Stream::default();
    let mut found = whole.push(data);
    let mut bytewise = tls::Stream::default();
    let mut same: Vec<tls::Hello> = data.chunks(3).flat_map(|part| bytewise.push(part)).collect();
    found.extend(whole.end());
    same.extend(bytewise.end());
    assert_eq!(found, same, "segments change nothing");
    assert!(found.len() <= 3);
}
