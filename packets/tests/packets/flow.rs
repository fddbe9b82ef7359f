use packets::flow::{Flows, Side, State, Tuple, Update};
use packets::layers::Tcp;
use packets::{Link, dissect};

use crate::bytes::{CLIENT, SERVER, ipv4, ipv4_part, segment, udp};

const SYN: u16 = Tcp::SYN;
const ACK: u16 = Tcp::ACK;
const FIN: u16 = Tcp::FIN;
const RST: u16 = Tcp::RST;

fn push(flows: &mut Flows, bytes: &[u8], time_ns: u64) -> Update {
    let packet = dissect(bytes, Link::Network(0x0800), bytes.len());
    flows.push(1, &packet, time_ns, bytes.len() as u64, 0).unwrap()
}

/// A whole connection, and the state after each packet.
fn connection(flows: &mut Flows, from: u32) -> Vec<Update> {
    let client = |sequence, acknowledgment, flags, bytes: &[u8]| {
        segment(true, from.wrapping_add(sequence), acknowledgment, flags, bytes)
    };
    let server = |sequence, acknowledgment: u32, flags, bytes: &[u8]| {
        segment(false, sequence, from.wrapping_add(acknowledgment), flags, bytes)
    };
    let all = [
        client(0, 0, SYN, b""),
        server(500, 1, SYN | ACK, b""),
        client(1, 501, ACK, b""),
        client(1, 501, ACK, b"hello"),
        server(501, 6, ACK | FIN, b"bye"),
        client(6, 505, ACK | FIN, b""),
        server(505, 7, ACK, b""),
    ];
    all.iter().enumerate().map(|(time, bytes)| push(flows, bytes, time as u64)).collect()
}

#[test]
fn a_connection_from_request_to_end() {
    let mut flows = Flows::new(100);
    let updates = connection(&mut flows, u32::MAX);
    let states: Vec<State> = updates.iter().map(|update| update.state.unwrap()).collect();
    use State::{Closed, Established, HalfClosed, SynReceived, SynSent};
    assert_eq!(states, [SynSent, SynReceived, Established, Established, HalfClosed, HalfClosed, Closed]);
    let begun: Vec<bool> = updates.iter().map(|update| update.began).collect();
    assert_eq!(begun, [true, false, false, false, false, false, false]);
    assert_eq!(updates.iter().filter(|update| update.established).count(), 1);
    assert!(updates[6].ended && updates.iter().filter(|update| update.ended).count() == 1);
    assert!(flows.take_done().is_empty(), "late packets may come");
    let all = flows.finish();
    let flow = &all[0];
    assert_eq!((flow.sent.packets, flow.sent.payload_bytes, flow.sent.bytes), (4, 5, 4 * 40 + 5));
    assert_eq!((flow.received.packets, flow.received.payload_bytes), (3, 3));
    assert_eq!((flow.initiator, flow.initiator_known, flow.first_ns, flow.last_ns), (Side::Low, true, 0, 6));
    assert_eq!(flow.tuple.end(flow.initiator).to_string(), "10.0.0.1:40000");
}

#[test]
fn a_tuple_used_again_is_another_flow() {
    let mut flows = Flows::new(100);
    connection(&mut flows, 100);
    let again = connection(&mut flows, 9000);
    assert!(again[0].began && again[0].id == 2 && again[6].ended);
    let done = flows.take_done();
    assert_eq!((done.len(), done[0].id, done[0].state), (1, 1, Some(State::Closed)));
    assert_eq!(flows.finish().len(), 1);
}

#[test]
fn a_repeated_request_is_no_other_flow() {
    let mut flows = Flows::new(100);
    push(&mut flows, &segment(true, 5, 0, SYN, b""), 0);
    assert!(!push(&mut flows, &segment(true, 5, 0, SYN, b""), 1).began);
    let refused = push(&mut flows, &segment(false, 0, 6, RST | ACK, b""), 2);
    assert!(refused.ended && refused.state == Some(State::Reset) && !refused.from_initiator);
    assert!(!push(&mut flows, &segment(false, 0, 6, RST | ACK, b""), 3).ended, "it ends once");
    assert!(push(&mut flows, &segment(true, 77, 0, SYN, b""), 4).began);
}

#[test]
fn what_was_under_way_says_so() {
    let mut flows = Flows::new(100);
    let update = push(&mut flows, &segment(false, 5, 9, ACK, b"x"), 0);
    assert_eq!((update.state, update.from_initiator, update.sender), (Some(State::Midstream), true, Side::High));
    let mut flows = Flows::new(100);
    let update = push(&mut flows, &segment(false, 5, 9, SYN | ACK, b""), 0);
    assert_eq!((update.state, update.from_initiator), (Some(State::SynReceived), false));
}

#[test]
fn tuples_are_the_same_both_ways() {
    let there = ipv4(CLIENT, SERVER, 17, &udp(9, 53, b""));
    let back = ipv4(SERVER, CLIENT, 17, &udp(53, 9, b""));
    let link = Link::Network(0x0800);
    let (one, from) = Tuple::of(&dissect(&there, link, there.len())).unwrap();
    let (other, to) = Tuple::of(&dissect(&back, link, back.len())).unwrap();
    assert_eq!((one, from, to), (other, Side::Low, Side::High));
    let later = ipv4_part(CLIENT, SERVER, 17, 1, (8, false), b"x");
    assert_eq!(Tuple::of(&dissect(&later, link, later.len())), None, "its ports are in another packet");
    let cut = dissect(&there[..22], link, there.len());
    assert_eq!(Tuple::of(&cut), None);
}

#[test]
fn flows_under_way_are_bounded() {
    let mut flows = Flows::new(10);
    for port in 0..100 {
        push(&mut flows, &ipv4(CLIENT, SERVER, 17, &udp(port, 53, b"")), u64::from(port));
        push(&mut flows, &ipv4(CLIENT, SERVER, 17, &udp(0, 53, b"")), u64::from(port));
    }
    let done = flows.take_done();
    assert_eq!((done.len(), done[0].tuple.low.port()), (90, 1), "the one in use stays");
    assert_eq!(flows.finish().len(), 10);
}
