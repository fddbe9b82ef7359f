//! From packets to exchanges, as a replay does it.

use std::collections::HashMap;

use packets::flow::{Flows, Side};
use packets::http::{Connection, Event, Length, Role, Start};
use packets::layers::Tcp;
use packets::stream::{Piece, Streams};
use packets::{Link, dissect};

use crate::bytes::segment;
use crate::hostile::Random;

/// What a client and a server exchange: request and response, and what both know of it.
fn exchange(index: usize) -> (Vec<u8>, Vec<u8>, u64, u64) {
    let sent = index % 7 * 50;
    let mut request = format!("POST /item/{index} HTTP/1.1\r\nHost: h{index}.test\r\nContent-Length: {sent}\r\n\r\n");
    request.extend(std::iter::repeat_n('q', sent));
    let got = index % 11 * 90;
    let response = if index.is_multiple_of(2) {
        let mut text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned();
        let body = "r".repeat(got);
        for chunk in body.as_bytes().chunks(64) {
            text.push_str(&format!("{:x}\r\n{}\r\n", chunk.len(), std::str::from_utf8(chunk).unwrap()));
        }
        text + "0\r\n\r\n"
    } else {
        format!("HTTP/1.1 404 Not Found\r\nContent-Length: {got}\r\n\r\n{}", "r".repeat(got))
    };
    (request.into_bytes(), response.into_bytes(), sent as u64, got as u64)
}

#[derive(Default)]
struct Replay {
    flows: Option<Flows>,
    streams: Streams,
    connections: HashMap<u64, Connection>,
    events: Vec<Event>,
}

impl Replay {
    /// Takes the first `captured` bytes of a packet.
    fn packet(&mut self, bytes: &[u8], captured: usize) {
        let packet = dissect(&bytes[..captured.min(bytes.len())], Link::Network(0x0800), bytes.len());
        let flows = self.flows.get_or_insert_with(|| Flows::new(10));
        let update = flows.push(0, &packet, 0, bytes.len() as u64, 1).unwrap();
        let connection = self.connections.entry(update.id).or_default();
        let client = if update.from_initiator { update.sender } else { update.sender.other() };
        let tcp = packet.tcp().unwrap();
        for one in self.streams.push(update.id, update.sender, tcp, packet.payload, packet.payload_bytes) {
            let role = if one.sender == client { Role::Client } else { Role::Server };
            self.events.extend(match one.piece {
                Piece::Data(bytes) => connection.push(role, &bytes),
                Piece::Gap(bytes, _) => connection.gap(role, bytes),
                Piece::End(_) => connection.end(role),
            });
        }
    }
}

/// The segments of 200 exchanges, pipelined by fives. Each has its place in time.
fn segments(random: &mut Random, disorder: bool) -> Vec<Vec<u8>> {
    let mut all = vec![
        segment(true, 99, 0, Tcp::SYN, b""),
        segment(false, 4_294_967_000, 100, Tcp::SYN | Tcp::ACK, b""),
        segment(true, 100, 4_294_967_001, Tcp::ACK, b""),
    ];
    let (mut client, mut server) = (100_u32, 4_294_967_001_u32);
    for round in 0..40 {
        let (mut requests, mut responses) = (Vec::new(), Vec::new());
        for index in round * 5..round * 5 + 5 {
            let (request, response, ..) = exchange(index);
            requests.extend(request);
            responses.extend(response);
        }
        for (from_client, bytes) in [(true, requests), (false, responses)] {
            let (next, other) = if from_client { (&mut client, server) } else { (&mut server, client) };
            let mut part = Vec::new();
            for bytes in bytes.chunks(200) {
                part.push(segment(from_client, *next, other, Tcp::ACK, bytes));
                if disorder && random.below(4) == 0 {
                    // Lost on the way, and sent again.
                    part.push(part[random.below(part.len())].clone());
                }
                *next = next.wrapping_add(u32::try_from(bytes.len()).unwrap());
            }
            if disorder {
                for index in 1..part.len() {
                    if random.below(3) == 0 {
                        part.swap(index - 1, index);
                    }
                }
            }
            all.extend(part);
        }
    }
    all.push(segment(true, client, server, Tcp::ACK | Tcp::FIN, b""));
    all.push(segment(false, server, client.wrapping_add(1), Tcp::ACK | Tcp::FIN, b""));
    all.push(segment(true, client.wrapping_add(1), server.wrapping_add(1), Tcp::ACK, b""));
    all
}

#[test]
fn two_hundred_exchanges_equal_what_both_ends_know() {
    for disorder in [false, true] {
        let mut replay = Replay::default();
        for bytes in segments(&mut Random(7), disorder) {
            replay.packet(&bytes, usize::MAX);
        }
        let (mut requests, mut responses, mut bodies) = (0, 0, HashMap::new());
        for event in &replay.events {
            match event {
                Event::Head(head) => {
                    assert!(head.certain && head.problem.is_none() && head.oddities.is_empty(), "{head:?}");
                    let index = usize::try_from(head.exchange.unwrap() - 1).unwrap();
                    match &head.start {
                        Start::Request { method, target } => {
                            assert_eq!((index, method.as_slice()), (requests, &b"POST"[..]));
                            assert_eq!(*target, format!("/item/{index}").into_bytes());
                            assert_eq!(head.header("Host"), Some(format!("h{index}.test").as_bytes()));
                            requests += 1;
                        }
                        Start::Response { status, .. } => {
                            assert_eq!((index, *status), (responses, if index.is_multiple_of(2) { 200 } else { 404 }));
                            assert_eq!(head.body == Length::Chunked, index.is_multiple_of(2));
                            responses += 1;
                        }
                    }
                }
                Event::Body(role, body) => {
                    assert_eq!((body.missing_bytes, body.problem), (0, None));
                    bodies.insert((*role, body.exchange.unwrap()), body.bytes);
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((requests, responses), (200, 200));
        for index in 0..200 {
            let (.., sent, got) = exchange(index);
            let number = index as u64 + 1;
            assert_eq!(bodies.get(&(Role::Client, number)).copied().unwrap_or(0), sent, "{index}");
            assert_eq!(bodies.get(&(Role::Server, number)).copied().unwrap_or(0), got, "{index}");
        }
        let flows = replay.flows.unwrap().finish();
        assert_eq!((flows.len(), flows[0].state), (1, Some(packets::flow::State::Closed)));
        assert_eq!(replay.streams.notes(flows[0].id, Side::Low).unwrap().conflicts, 0);
    }
}

#[test]
fn packets_that_were_cut_or_lost_make_no_exchange_up() {
    let truth: Vec<Vec<u8>> = (0..200).map(|index| format!("/item/{index}").into_bytes()).collect();
    for (captured, lost) in [(150, 0), (usize::MAX, 6), (150, 6)] {
        let mut replay = Replay::default();
        let mut random = Random(3);
        for bytes in segments(&mut Random(7), true) {
            if lost == 0 || random.below(lost) != 0 {
                replay.packet(&bytes, captured);
            }
        }
        let mut found = 0;
        let mut told = false;
        for event in &replay.events {
            match event {
                Event::Head(head) => {
                    let Start::Request { target, .. } = &head.start else { continue };
                    found += 1;
                    if head.problem.is_none() {
                        assert!(truth.contains(target), "{head:?}");
                    }
                    if head.certain && head.problem.is_none() {
                        assert_eq!(*target, truth[usize::try_from(head.exchange.unwrap() - 1).unwrap()]);
                    }
                }
                Event::Lost(..) => told = true,
                _ => {}
            }
        }
        assert!(told && found > 20, "{found} of 200 were found");
    }
}
