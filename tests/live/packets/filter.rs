//! `filter=` of `--capture net`: recorders inside each other see the same packets, one without a filter, the others with one.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::{Packet, packets};
use crate::capture::{Capture, LIMIT, binary};
use crate::{machine, process, program};

/// What tells packets apart: the first bytes, where it was seen, and which way it went.
type Key = (Vec<u8>, String, bool);

fn counted<'a>(packets: impl Iterator<Item = &'a Packet>) -> BTreeMap<Key, u32> {
    let mut counts = BTreeMap::new();
    for packet in packets {
        *counts.entry((packet.data.clone(), packet.hook.clone(), packet.is_egress)).or_default() += 1;
    }
    counts
}

/// Addresses of IP as text, from and to.
fn addresses(packet: &Packet) -> Option<(String, String)> {
    let data = packet.data.get(if packet.is_ethernet { 14 } else { 0 }..)?;
    let v4 = |at: usize| std::net::Ipv4Addr::from(<[u8; 4]>::try_from(&data[at..at + 4]).unwrap()).to_string();
    let v6 = |at: usize| std::net::Ipv6Addr::from(<[u8; 16]>::try_from(&data[at..at + 16]).unwrap()).to_string();
    match packet.protocol {
        0x0800 => Some((v4(12), v4(16))),
        0x86dd => Some((v6(8), v6(24))),
        _ => None,
    }
}

fn is_transport(packet: &Packet, protocol: u8) -> bool {
    packet.transport().is_some_and(|(of, _)| of == protocol)
}

/// Whether a process owns the packet, however that is known.
fn is_known(packet: &Packet) -> bool {
    matches!(packet.owner_by.as_str(), "socket" | "flow")
}

#[test]
fn what_the_filter_lets_through_is_what_it_says_and_the_rest_is_counted() {
    let Some(_turn) = machine::turn("what_the_filter_lets_through_is_what_it_says_and_the_rest_is_counted") else {
        return;
    };
    type Condition = fn(&Packet) -> bool;
    let cases: [(&str, Condition); 3] = [
        ("tcp port 1001 or udp dst port 2000", |packet| {
            packet.ports().is_some_and(|(from, to)| {
                is_transport(packet, 6) && (from == 1001 || to == 1001) || is_transport(packet, 17) && to == 2000
            })
        }),
        ("(ip6 and not src port 1002) || icmp || dst portrange 3000-3001", |packet| {
            packet.protocol == 0x86dd && packet.ports().is_none_or(|(from, _)| from != 1002)
                || is_transport(packet, 1)
                || packet.ports().is_some_and(|(_, to)| (3000..=3001).contains(&to))
        }),
        ("!(src net 127.0.0.0/8 and dst host 127.0.0.1)", |packet| {
            addresses(packet).is_none_or(|(from, to)| !(from.starts_with("127.") && to == "127.0.0.1"))
        }),
    ];
    let all = Capture::planned();
    let filtered = [(); 3].map(|()| Capture::planned());
    // The outermost has no filter; each of the others is what the one before records.
    let mut command: Vec<OsString> = Vec::new();
    for (capture, (expression, _)) in filtered.iter().zip(cases) {
        command.extend([binary().into(), "record".into(), "-o".into(), capture.path.clone().into()]);
        command.extend(["--events", "task_rename", "--capture"].map(OsString::from));
        command.extend([format!("net:filter='{expression}'").into(), "--".into()]);
    }
    command.push(program::build("packets").into());
    let mut recorder = all.recorder(&["--events", "task_rename", "--capture", "net"], &command);
    let finished = process::run(&mut recorder, LIMIT);
    assert!(finished.status.success(), "record: {}: {}", finished.status, finished.stderr);

    let everything = packets(&all);
    assert!(everything.len() > 50, "{}", everything.len());
    assert_eq!(all.number("SELECT packets_left_out FROM recording_stopped"), 0);
    for (capture, (expression, condition)) in filtered.iter().zip(cases) {
        capture.verify();
        let kept = packets(capture);
        let expected: Vec<&Packet> = everything.iter().filter(|packet| condition(packet)).collect();
        assert!(!expected.is_empty() && expected.len() < everything.len(), "{expression}: {}", expected.len());
        assert_eq!(counted(kept.iter()), counted(expected.into_iter()), "{expression}");
        let left_out = capture.number("SELECT packets_left_out FROM recording_stopped");
        assert_eq!(left_out + kept.len() as i64, everything.len() as i64, "{expression}");
        assert_eq!(capture.number("SELECT lost FROM recording_stopped"), 0, "{expression}");
        // Who owns what is kept is known as well as without a filter. How it is known may differ where a connection is being
        // accepted: one recorder may have seen the new socket's user at that moment and the other not yet.
        let owners = |packets: &[Packet]| {
            let owned = packets.iter().filter(|packet| condition(packet));
            let mut owners: Vec<_> = owned.map(|packet| (packet.data.clone(), packet.pid, is_known(packet))).collect();
            owners.sort_unstable();
            owners
        };
        let (ours, theirs) = (owners(&kept), owners(&everything));
        let differ: Vec<_> = ours.iter().zip(&theirs).filter(|(ours, theirs)| ours != theirs).collect();
        assert!(ours.len() == theirs.len() && differ.is_empty(), "{expression}: {differ:?}");
    }
}

#[test]
fn a_filter_that_is_none_is_refused_with_its_place() {
    for (option, said) in [
        ("net:filter='tcp prot 80'", "character 17: \"prot\" follows without and or or"),
        ("net:filter='hots 10.0.0.1'", "character 13: unknown word \"hots\"; did you mean host?"),
        ("net:snaplen=max,filter='port 80,events", "character 24: the quote that begins here does not end"),
    ] {
        let (_, finished) = Capture::attempt(&["--capture", option], &["true"]);
        assert!(!finished.status.success() && finished.stderr.contains(said), "{option}: {}", finished.stderr);
        assert_eq!(finished.stderr.lines().count(), 1, "{}", finished.stderr);
    }
}
