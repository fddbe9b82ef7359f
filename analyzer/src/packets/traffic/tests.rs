use formats::events::packets::NET_PACKET_RAW;
use formats::payload::PayloadBuilder;

use super::*;
use crate::replay::{Options, replay};
use crate::testing::Recording;

/// TCP from a host of 10.0.0.0 to another: hosts, ports, flags, sequence number and payload.
fn tcp(hosts: (u8, u8), ports: (u16, u16), said: (u8, u32), payload: &[u8]) -> Vec<u8> {
    let total = (40 + payload.len() as u16).to_be_bytes();
    let mut packet =
        vec![0x45, 0, total[0], total[1], 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, hosts.0, 10, 0, 0, hosts.1];
    packet.extend([ports.0.to_be_bytes(), ports.1.to_be_bytes()].concat());
    packet.extend(said.1.to_be_bytes());
    packet.extend([0, 0, 0, 0, 0x50, said.0, 0, 1, 0, 0, 0, 0]);
    packet.extend(payload);
    packet
}

/// The packets, each sent at another millisecond, as this traffic takes them.
fn run(mut traffic: Traffic, sent: &[Vec<u8>]) -> (Vec<PacketRow>, Vec<Found>, usize) {
    let mut recording = Recording::new();
    for (number, bytes) in (1..).zip(sent) {
        let payload = PayloadBuilder::new(&NET_PACKET_RAW)
            .u64("length", bytes.len() as u64)
            .u64("net_namespace", 1)
            .u64("protocol", 0x0800)
            .u64("direction", 2)
            .u64("owner_by", 3)
            .u64("seen_at", 1)
            .bytes("data", bytes);
        recording.event(0, (number * 1_000_000, 0, 0), payload, &NET_PACKET_RAW);
    }
    recording.cut(sent.len() as u64 * 1_000_000 + 1);
    let (mut rows, mut found, mut most_held) = (Vec::new(), Vec::new(), 0);
    replay(&recording.open(), &Options::default(), &mut |row| {
        let packet = Packet::unread(row).unwrap();
        rows.push(traffic.take(rows.len() as i64 + 1, &packet, &packet.dissect(), &mut found));
        most_held = most_held.max(traffic.held_bytes);
        Ok(())
    })
    .unwrap();
    traffic.finish(&mut found);
    (rows, found, most_held)
}

fn flows(found: &[Found]) -> Vec<&FlowRow> {
    let mut flows: Vec<&FlowRow> =
        found.iter().filter_map(|found| if let Found::Flow(row) = found { Some(&**row) } else { None }).collect();
    flows.sort_by_key(|flow| flow.number);
    flows
}

fn http(found: &[Found]) -> Vec<&HttpRow> {
    found.iter().filter_map(|found| if let Found::Http(row) = found { Some(&**row) } else { None }).collect()
}

#[test]
fn flows_that_there_is_no_room_for_say_so() {
    let sent: Vec<Vec<u8>> = (1..=5).map(|port| tcp((1, 2), (port, 80), (2, 1), b"")).collect();
    let (rows, found, _) = run(Traffic::with_limits(2, Limits::default(), 1 << 20), &sent);
    let flows = flows(&found);
    assert_eq!(flows.len(), 5);
    let is_given_up = |flow: &&FlowRow| flow.problem.is_some_and(|problem| problem.contains("make room"));
    assert_eq!(flows.iter().map(is_given_up).collect::<Vec<_>>(), [true, true, true, false, false]);
    assert_eq!(rows.iter().map(|row| row.flow).collect::<Vec<_>>(), [1, 2, 3, 4, 5].map(Some));
}

#[test]
fn a_tuple_that_is_used_again_is_another_flow() {
    let sent = [(2, 1), (16, 2), (2, 900), (2, 900), (16, 901)].map(|said| tcp((1, 2), (7, 80), said, b""));
    let (rows, found, _) = run(Traffic::new(), &sent);
    assert_eq!(rows.iter().map(|row| row.flow).collect::<Vec<_>>(), [1, 1, 2, 2, 2].map(Some));
    let flows = flows(&found);
    assert_eq!(flows.iter().map(|flow| (flow.sent.packets, flow.problem)).collect::<Vec<_>>(), [(2, None), (3, None)]);
}

#[test]
fn heads_without_an_end_do_not_fill_the_memory() {
    let limit = 100_000;
    let mut sent = Vec::new();
    for port in 1_001..1_200 {
        sent.push(tcp((1, 2), (port, 80), (2, 0), b""));
        let mut sequence = 1;
        for part in 0..20 {
            let payload =
                if part == 0 { [&b"GET / HTTP/1.1\r\nX: "[..], &[b'x'; 1_000]].concat() } else { vec![b'y'; 1_000] };
            sent.push(tcp((1, 2), (port, 80), (16, sequence), &payload));
            sequence += payload.len() as u32;
        }
    }
    let (_, found, most_held) = run(Traffic::with_limits(1_000, Limits::default(), limit), &sent);
    assert!(most_held <= limit, "{most_held}");
    let flows = flows(&found);
    assert_eq!(flows.len(), 199);
    assert!(flows.iter().any(|flow| flow.problem.is_some_and(|problem| problem.contains("no room"))));
    // What there was of each request is there, and says that it is cut.
    let heads = http(&found);
    assert_eq!(heads.len(), 199);
    assert!(heads.iter().all(|row| row.problem.is_some() && row.body.is_none()));
}

#[test]
fn streams_that_there_is_no_room_for_begin_anew() {
    let mut sent = Vec::new();
    let ask = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for round in 0..3 {
        for port in 1..=4 {
            sent.push(tcp((1, 2), (port, 80), (16, 1 + round * ask.len() as u32), ask));
        }
    }
    let limits = Limits { streams: 2, ..Limits::default() };
    let (_, found, _) = run(Traffic::with_limits(1_000, limits, 1 << 20), &sent);
    assert_eq!(http(&found).len(), 12);
    assert!(flows(&found).iter().all(|flow| flow.problem.is_some_and(|problem| problem.contains("no room"))));
}

#[test]
fn a_beginning_in_pieces_is_recognised_and_another_is_not_read() {
    let pieces = |texts: &[&[u8]]| {
        let mut sequence = 1;
        let mut sent = vec![tcp((1, 2), (7, 80), (2, 0), b"")];
        for text in texts {
            sent.push(tcp((1, 2), (7, 80), (16, sequence), text));
            sequence += text.len() as u32;
        }
        run(Traffic::new(), &sent).1
    };
    let found = pieces(&[b"G", b"E", b"T", b" ", b"/x HTTP/1.0\r\n\r\n"]);
    assert_eq!((http(&found).len(), http(&found)[0].event_key, flows(&found)[0].content), (1, 6, Some("http")));
    let mut late = vec![&b"EHLO there\r\n"[..]; 100];
    late.push(b"GET / HTTP/1.1\r\n\r\n");
    let found = pieces(&late);
    assert_eq!((http(&found).len(), flows(&found)[0].content), (0, None));
    assert_eq!(http(&pieces(&late[90..])).len(), 1);
}

#[test]
fn connections_that_are_over_take_no_room_and_are_read_once() {
    let ask = b"GET / HTTP/1.0\r\n\r\n";
    let mut sent = Vec::new();
    for port in 1..=6 {
        let next = 1 + ask.len() as u32;
        sent.push(tcp((1, 2), (port, 80), (2, 0), b""));
        sent.push(tcp((1, 2), (port, 80), (17, 1), ask));
        sent.push(tcp((2, 1), (80, port), (17, 1), b"HTTP/1.0 200 OK\r\n\r\nx"));
        // What comes again after the end is nothing new.
        sent.push(tcp((1, 2), (port, 80), (17, 1), ask));
        sent.push(tcp((2, 1), (80, port), (17, 1), b"HTTP/1.0 200 OK\r\n\r\nx"));
        sent.push(tcp((1, 2), (port, 80), (16, next + 1), b""));
    }
    let limits = Limits { streams: 2, ..Limits::default() };
    let (_, found, _) = run(Traffic::with_limits(1_000, limits, 1 << 20), &sent);
    assert_eq!(http(&found).len(), 12);
    assert!(http(&found).iter().all(|row| row.problem.is_none() && row.end.is_some()));
    assert!(flows(&found).iter().all(|flow| (flow.content, flow.problem) == (Some("http"), None)));
}

#[test]
fn a_tunnel_is_read_for_what_goes_through_it() {
    let hello = [&[22u8, 3, 1, 0, 44, 2, 0, 0, 40, 3, 3][..], &[7; 32], &[0, 0x13, 1, 0, 0, 0]].concat();
    let ask: &[u8] = b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n";
    let agree: &[u8] = b"HTTP/1.1 200 OK\r\n\r\n";
    let sent = [
        tcp((1, 2), (7, 80), (16, 1), ask),
        tcp((2, 1), (80, 7), (16, 1), agree),
        tcp((2, 1), (80, 7), (16, 1 + agree.len() as u32), &hello),
    ];
    let (_, found, _) = run(Traffic::new(), &sent);
    assert_eq!(http(&found).len(), 2);
    assert!(found.iter().any(|found| matches!(found, Found::Tls(_))));
    assert_eq!((flows(&found)[0].content, flows(&found)[0].problem), (Some("tls"), None));
}

#[test]
fn a_packet_of_any_bytes_is_a_row() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let sent: Vec<Vec<u8>> = (0..3_000)
        .map(|_| {
            let length = (next() % 120) as usize;
            let mut bytes: Vec<u8> = (0..length).map(|_| next() as u8).collect();
            if next() % 4 > 0 && length > 20 {
                bytes[0] = 0x45;
                bytes[9] = [6, 17, 1, 58][(next() % 4) as usize];
            }
            bytes
        })
        .collect();
    let (rows, found, _) = run(Traffic::new(), &sent);
    assert_eq!(rows.len(), 3_000);
    let counted: u64 = flows(&found).iter().map(|flow| flow.sent.packets + flow.received.packets + flow.again).sum();
    assert_eq!(counted, rows.iter().filter(|row| row.flow.is_some()).count() as u64);
}
