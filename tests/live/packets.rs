//! Packets, with the process on them: `tests/programs/packets.c` sends and receives in a network namespace of its own and says
//! who did what; every packet must have that process, and say how it is known.

mod circumstances;
mod filter;
mod gone;
mod kinds;
mod load;
mod scene;
mod talk;
mod wireshark;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::capture::{Capture, LIMIT, text, tracee};
use crate::{machine, process, program};

/// A packet as the tests ask about it.
#[derive(Debug)]
struct Packet {
    pid: Option<u64>,
    owner_by: String,
    hook: String,
    is_egress: bool,
    is_ethernet: bool,
    length: u64,
    protocol: u64,
    data: Vec<u8>,
}

impl Packet {
    /// Transport protocol, and what follows the network header.
    fn transport(&self) -> Option<(u8, &[u8])> {
        let data = self.data.get(if self.is_ethernet { 14 } else { 0 }..)?;
        match self.protocol {
            0x0800 => Some((data[9], &data[usize::from(data[0] & 15) * 4..])),
            0x86dd => Some((data[6], &data[40..])),
            _ => None,
        }
    }

    /// Ports, from and to, of TCP and UDP.
    fn ports(&self) -> Option<(u16, u16)> {
        let (_, rest) = self.transport().filter(|(protocol, _)| matches!(protocol, 6 | 17))?;
        Some((u16::from_be_bytes([rest[0], rest[1]]), u16::from_be_bytes([rest[2], rest[3]])))
    }

    /// Whether it answers a request for a TCP connection.
    fn is_syn_ack(&self) -> bool {
        self.transport().is_some_and(|(protocol, rest)| protocol == 6 && rest[13] & 0x12 == 0x12)
    }

    /// Whether it says that no more will come of a TCP connection.
    fn is_fin(&self) -> bool {
        self.transport().is_some_and(|(protocol, rest)| protocol == 6 && rest[13] & 1 != 0)
    }

    /// Whether it was seen at the end that has this port, `None` when it has nothing to do with it.
    fn is_at_end_of(&self, port: u16) -> Option<bool> {
        let (from, to) = self.ports()?;
        (from == port || to == port).then_some(if self.is_egress { from == port } else { to == port })
    }
}

fn packets(capture: &Capture) -> Vec<Packet> {
    let number = |value: &serde_json::Value| value.as_u64().unwrap_or_else(|| panic!("{value} is no number"));
    let packet = |row: &serde_json::Value| Packet {
        pid: row["host_pid"].as_u64(),
        owner_by: text(row, "owner_by").to_owned(),
        hook: text(row, "seen_at").to_owned(),
        is_egress: text(row, "direction") == "egress",
        is_ethernet: text(row, "link") == "ethernet",
        length: number(&row["length"]),
        protocol: number(&row["protocol"]),
        data: bytes(text(row, "data")),
    };
    capture.query("SELECT * FROM net_packet_raw ORDER BY boot_ns, seq").iter().map(packet).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("hexadecimal")).collect()
}

/// Records the program with these options; who it said does what.
fn record(options: &[&str]) -> (Capture, BTreeMap<String, u64>) {
    let capture = Capture::planned();
    let finished = process::run(&mut capture.recorder(options, &[program::build("packets")]), LIMIT);
    assert!(finished.status.success(), "record: {}: {}", finished.status, finished.stderr);
    let said = finished.stdout_text();
    let line = |line: &str| line.split_once(' ').map(|(name, pid)| (name.to_owned(), pid.parse().expect("a pid")));
    (capture, said.lines().filter_map(line).collect())
}

#[test]
fn every_packet_has_the_process_that_sent_or_received_it() {
    let Some(_turn) = machine::turn("every_packet_has_the_process_that_sent_or_received_it") else { return };
    let (capture, who) = record(&["--capture", "net"]);
    capture.verify();
    let lost = capture.number("select coalesce(sum(count), 0) from losses where lane = 'packets'") as u32;
    let packets = packets(&capture);
    let of = |port: u16| packets.iter().filter(move |packet| packet.is_at_end_of(port).is_some());

    for (port, client, server) in
        [(1001, "tcp_client", "tcp_server"), (1002, "tcp6_client", "tcp6_server"), (1003, "late_client", "late_server")]
    {
        let (mut sent, mut received, mut by_flow, mut client_closed) = (0_u32, 0, 0, false);
        for packet in of(port) {
            let at_server = packet.is_at_end_of(port) == Some(true);
            assert_eq!(packet.pid, Some(who[if at_server { server } else { client }]), "{port}: {packet:?}");
            // What answers a request for a connection is shown to control groups since 6.5, and by some stable kernels before.
            let may_be_past_sockets = machine::kernel() < (6, 5) && packet.is_syn_ack() && packet.is_egress;
            // Who closes first has no socket any more when the other end closes: the kernel answers for it.
            let may_be_for_nobody = client_closed && !at_server && packet.is_egress;
            client_closed |= !at_server && packet.is_egress && packet.is_fin();
            let is_past_sockets = (may_be_past_sockets || may_be_for_nobody) && packet.hook == "net_dev_queue";
            assert!(packet.hook == "cgroup_skb" || is_past_sockets, "{port}: {packet:?}");
            let is_by_flow = (at_server || may_be_for_nobody) && packet.owner_by == "flow";
            assert!(packet.owner_by == "socket" || is_by_flow, "{port}: {packet:?}");
            by_flow += u32::from(at_server && packet.owner_by == "flow");
            *(if packet.is_egress { &mut sent } else { &mut received }) += 1;
        }
        // What is sent is received: nothing is there twice, and nothing is missing that was not counted as lost.
        let seen = || of(port).map(|packet| format!("{packet:?}\n")).collect::<String>();
        assert!(sent.abs_diff(received) <= lost, "{port}: {sent}, {received}, {lost} lost\n{}", seen());
        assert!(sent >= 9, "{port}: {sent}");
        // The client's question came before the connection was accepted, and was answered by the kernel.
        assert!(port != 1003 || by_flow >= 2, "{port}: {by_flow}");
    }
    // sendto, sendmsg, and two of sendmmsg.
    let (sent, received): (Vec<_>, Vec<_>) = of(2000).partition(|packet| packet.is_egress);
    assert_eq!((sent.len(), received.len()), (4, 4));
    for (packet, name) in sent
        .iter()
        .map(|packet| (packet, "datagram_sender"))
        .chain(received.iter().map(|packet| (packet, "datagram_receiver")))
    {
        assert_eq!(
            (packet.pid, packet.owner_by.as_str(), packet.length),
            (Some(who[name]), "socket", 36),
            "{packet:?}"
        );
    }

    let icmp = |is_egress: bool, kind: u8| {
        let is_it =
            |packet: &&Packet| packet.transport().is_some_and(|(protocol, rest)| protocol == 1 && rest[0] == kind);
        let found: Vec<_> = packets.iter().filter(is_it).filter(|packet| packet.is_egress == is_egress).collect();
        assert!(found.iter().all(|packet| packet.pid == Some(who["echo"]) && packet.owner_by == "socket"), "{found:?}");
        found.len()
    };
    // The kernel's own answer is nobody's; the raw socket is shown the request as well.
    assert_eq!((icmp(true, 8), icmp(false, 0), icmp(true, 0)), (1, 1, 0));

    let frames: Vec<_> = packets.iter().filter(|packet| packet.protocol == 0x88b5).collect();
    let [frame] = frames.as_slice() else { panic!("{frames:?}") };
    assert_eq!(
        (frame.pid, frame.owner_by.as_str(), frame.hook.as_str()),
        (Some(who["raw_frame"]), "socket", "net_dev_queue")
    );
    assert!(
        frame.is_ethernet && frame.is_egress && frame.length == 60 && frame.data[12..14] == [0x88, 0xb5],
        "{frame:?}"
    );

    let users = |port: u16| of(port).map(|packet| (packet.pid.unwrap(), packet.owner_by.as_str())).collect::<Vec<_>>();
    assert_eq!(users(3001), [(who["passed_maker"], "socket"), (who["passed_user"], "socket")]);
    assert_eq!(users(3002), [(who["inherited_user"], "socket")]);
    assert_eq!(users(7000), [(who["refused"], "socket"); 2]);
}

#[test]
fn so_much_of_a_packet_is_kept_as_was_asked_for() {
    let Some(_turn) = machine::turn("so_much_of_a_packet_is_kept_as_was_asked_for") else { return };
    for (option, most) in [("net:snaplen=24", 24), ("net:snaplen=max", u64::MAX)] {
        let (capture, _) = record(&["--capture", option]);
        let packets = packets(&capture);
        assert!(packets.len() > 50, "{option}: {}", packets.len());
        for packet in packets {
            assert_eq!(packet.data.len() as u64, packet.length.min(most), "{option}: {packet:?}");
        }
    }
}

#[test]
fn without_control_groups_of_version_2_packets_are_seen_at_interfaces() {
    let Some(_turn) = machine::turn("without_control_groups_of_version_2_packets_are_seen_at_interfaces") else {
        return;
    };
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").expect("mounts");
    let mounted: Vec<&str> = mounts
        .lines()
        .filter(|line| line.contains(" - cgroup2 "))
        .filter_map(|line| line.split(' ').nth(4))
        .filter(|path| Path::new(path).exists())
        .collect();
    let capture = Capture::planned();
    let mut command = Command::new("unshare");
    let script = format!("for i in {}; do umount -l $i || exit 9; done; exec \"$@\"", mounted.join(" "));
    command.args(["-m", "sh", "-c", &script, "sh"]).arg(tracee().get_program());
    command.args(["record", "-o"]).arg(&capture.path).args(["--capture", "net", "--"]).arg(program::build("packets"));
    let finished = process::run(&mut command, LIMIT);
    assert!(finished.status.success(), "{}: {}", finished.status, finished.stderr);
    assert!(finished.stderr.contains("the control groups of version 2 are mounted nowhere"), "{}", finished.stderr);
    let said = finished.stdout_text();
    let line = |line: &str| line.split_once(' ').map(|(name, pid)| (name.to_owned(), pid.parse::<u64>().unwrap()));
    let who: BTreeMap<String, u64> = said.lines().filter_map(line).collect();
    let packets = packets(&capture);
    let at_client = |packet: &&Packet| packet.is_at_end_of(1001) == Some(false);
    let (sent, received): (Vec<_>, Vec<_>) = packets.iter().filter(at_client).partition(|packet| packet.is_egress);
    assert!(sent.len() >= 5 && received.len() >= 3, "{} {}", sent.len(), received.len());
    for packet in sent {
        assert_eq!((packet.pid, packet.hook.as_str()), (Some(who["tcp_client"]), "net_dev_queue"), "{packet:?}");
    }
    for packet in received {
        let known = (packet.pid, packet.owner_by.as_str(), packet.hook.as_str());
        assert_eq!(known, (Some(who["tcp_client"]), "flow", "netif_receive_skb"), "{packet:?}");
    }
}
