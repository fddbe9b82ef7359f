//! Packets where something is out of the ordinary: policies that do not speak of them, interfaces and namespaces that go away,
//! more flows than are remembered.

use super::packets;
use crate::capture::{Capture, LIMIT, text};
use crate::{machine, process, program};

#[test]
fn policies_that_do_not_speak_of_packets_leave_none_out() {
    let Some(_turn) = machine::turn("policies_that_do_not_speak_of_packets_leave_none_out") else { return };
    let capture = Capture::planned();
    let policy = capture.scratch().join("policy.yaml");
    let document = "apiVersion: tracee.aquasec.com/v1beta1\nkind: Policy\nmetadata:\n  name: names\n\
                    spec:\n  scope: [global]\n  rules:\n    - event: task_rename\n";
    std::fs::write(&policy, document).expect("a policy");
    let options = ["--policy", policy.to_str().expect("a path"), "--capture", "net"];
    let finished = process::run(&mut capture.recorder(&options, &[program::build("packets")]), LIMIT);
    assert!(finished.status.success(), "record: {}: {}", finished.status, finished.stderr);
    capture.verify();
    let packets = packets(&capture);
    assert!(packets.len() > 50, "{}", packets.len());
    assert!(packets.iter().all(|packet| packet.pid.is_some()), "{packets:?}");
    assert_eq!(capture.number("SELECT count(*) FROM events WHERE event = 'openat'"), 0);
    // Of packets alone there is no content.
    assert_eq!(capture.number("SELECT count(*) FROM artifacts"), 0);
}

#[test]
fn an_interface_or_a_namespace_may_go_away() {
    let Some(_turn) = machine::turn("an_interface_or_a_namespace_may_go_away") else { return };
    // Each step sends one datagram, to a port of its own.
    const STEPS: &str = "set -e
        say() { echo x > /dev/udp/$1/$2; }
        ip link set lo up
        ip link add tracee0 type veth peer name tracee1
        ip addr add 10.99.0.1/24 dev tracee0
        ip link set tracee1 up
        ip link set tracee0 up
        ip neigh replace 10.99.0.2 lladdr 02:00:00:00:00:02 dev tracee0 nud permanent
        say 10.99.0.2 4001
        ip link del tracee0
        say 127.0.0.1 4002
        unshare -n bash -c 'ip link set lo up; echo x > /dev/udp/127.0.0.1/4003'
        say 127.0.0.1 4004
        ip link add tracee0 type veth peer name tracee1
        ip addr add 10.99.0.1/24 dev tracee0
        ip link set tracee1 up
        ip link set tracee0 up
        ip neigh replace 10.99.0.2 lladdr 02:00:00:00:00:02 dev tracee0 nud permanent
        say 10.99.0.2 4005";
    let capture = Capture::record(&["--capture", "net"], &["unshare", "-n", "bash", "-c", STEPS]);
    capture.verify();
    assert_eq!(capture.number("SELECT lost FROM recording_stopped"), 0);
    let rows = capture.query(
        "SELECT dst_port, interface, ifindex, net_namespace, owner_by FROM packets
         WHERE direction = 'egress' AND protocol = 'udp' AND again IS NULL ORDER BY ts_ns",
    );
    let steps: Vec<_> = rows
        .iter()
        .map(|row| (row["dst_port"].as_i64().unwrap(), text(row, "interface"), text(row, "owner_by")))
        .collect();
    let expected = [(4001, "tracee0"), (4002, "lo"), (4003, "lo"), (4004, "lo"), (4005, "tracee0")];
    assert_eq!(steps, expected.map(|(port, interface)| (port, interface, "socket")));
    let namespace = |step: usize| rows[step]["net_namespace"].as_i64().unwrap();
    assert!(namespace(0) == namespace(4) && namespace(0) == namespace(3) && namespace(0) != namespace(2), "{rows:?}");
    assert_ne!(rows[0]["ifindex"], rows[4]["ifindex"]);
}

#[test]
fn owners_that_may_be_forgotten_are_told_of() {
    let Some(_turn) = machine::turn("owners_that_may_be_forgotten_are_told_of") else { return };
    const TOLD: &str =
        "SELECT coalesce(sum(count), 0) FROM limit_reached WHERE \"limit\" LIKE 'packets of unknown owner%'";
    for (flows, is_too_many) in [(1000, false), (90_000, true)] {
        let command = [program::build("many_flows").into_os_string(), flows.to_string().into()];
        let options = ["--events", "task_rename", "--capture", "net:snaplen=40,filter='src port 9'"];
        let capture = Capture::record(&options, &command);
        capture.verify();
        let told = capture.number(TOLD);
        assert_eq!(told > 0, is_too_many, "{flows}: {told}");
    }
}
