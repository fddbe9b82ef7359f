//! Every kind of socket between two network namespaces: the right process on both sides, and how it is known.

use crate::capture::{number, text};
use crate::machine;

use super::scene::Scene;

/// A packet on its way past a socket or an interface of one side.
#[derive(Debug, PartialEq)]
struct Seen {
    is_left: bool,
    is_egress: bool,
    pid: i64,
    owner_by: String,
    hook: String,
    flags: String,
    length: i64,
}

impl Seen {
    fn is(&self, is_left: bool, is_egress: bool, pid: i64, owner_by: &str) -> bool {
        (self.is_left, self.is_egress, self.pid, self.owner_by.as_str()) == (is_left, is_egress, pid, owner_by)
    }
}

/// Packets that go to or come from this port, in order.
fn of_port(scene: &Scene, port: u16) -> Vec<Seen> {
    seen(scene, &format!("{port} IN (src_port, dst_port)"))
}

fn seen(scene: &Scene, condition: &str) -> Vec<Seen> {
    let rows = scene.query(&format!(
        "SELECT net_namespace = LEFT_NS AS is_left, direction, coalesce(host_pid, -1) AS pid, owner_by, hook,
         coalesce(tcp_flags, '') AS flags, length FROM packets WHERE {condition} ORDER BY ts_ns, event_key"
    ));
    let seen = |row: &serde_json::Value| Seen {
        is_left: number(row, "is_left") == 1,
        is_egress: text(row, "direction") == "egress",
        pid: number(row, "pid"),
        owner_by: text(row, "owner_by").to_owned(),
        hook: text(row, "hook").to_owned(),
        flags: text(row, "flags").to_owned(),
        length: number(row, "length"),
    };
    rows.iter().map(seen).collect()
}

/// Each packet that left one side came to the other.
fn assert_all_arrived(port: u16, packets: &[Seen]) {
    for from_left in [true, false] {
        let count = |is_left: bool, is_egress: bool| {
            packets.iter().filter(|packet| (packet.is_left, packet.is_egress) == (is_left, is_egress)).count()
        };
        assert_eq!(
            count(from_left, true),
            count(!from_left, false),
            "{port}, from the left: {from_left}: {packets:#?}"
        );
    }
}

/// A connection whose client is one process, and whose server is one or, before it accepts, another.
fn assert_stream(port: u16, packets: &[Seen], client: i64, server: i64, listener: i64) {
    assert!(packets.len() >= 12, "{port}: {packets:#?}");
    assert_all_arrived(port, packets);
    for packet in packets {
        if packet.is_left {
            // What is left of an end that waits for what is late belongs to who had it.
            let is_last = packet.flags == "ACK" || packet.flags == "ACK|FIN" || packet.flags.contains("RST");
            let by = packet.owner_by.as_str();
            assert!(packet.pid == client && (by == "socket" || by == "flow" && is_last), "{port}: {packet:?}");
        } else if packet.is_egress && packet.flags == "ACK|PSH" {
            assert!(packet.pid == server && packet.owner_by == "socket", "{port}: {packet:?}");
        } else {
            // Until it is accepted it is its listener's, and has no user of its own.
            assert!(packet.pid == server || packet.pid == listener, "{port}: {packet:?}");
            assert!(packet.owner_by == "socket" || packet.owner_by == "flow", "{port}: {packet:?}");
        }
    }
    // What the client sends while there is a socket of its own is not told by the flow.
    let begins = packets.iter().filter(|packet| packet.is_left && (packet.flags == "SYN" || packet.flags == "ACK|PSH"));
    assert!(begins.clone().count() >= 2 && begins.clone().all(|packet| packet.owner_by == "socket"), "{packets:#?}");
}

#[test]
fn between_two_namespaces_every_packet_has_its_process_on_both_sides() {
    let Some(_turn) = machine::turn("between_two_namespaces_every_packet_has_its_process_on_both_sides") else {
        return;
    };
    let scene = Scene::record(&["--capture", "net"], &["kinds"]);
    scene.capture.verify();
    assert_eq!(scene.capture.number("SELECT count(*) FROM losses"), 0);
    let pid = |name: &str| scene.number(name);

    let late = of_port(&scene, 1001);
    let stray = late.iter().position(|packet| packet.pid == pid("stray")).expect("a stray segment");
    assert_stream(1001, &late[..stray], pid("tcp_client"), pid("tcp_server"), pid("tcp_server"));
    // It is answered by what is left of the client's end, whose answer finds nobody: the kernel resets.
    let (client, other) = (pid("tcp_client"), pid("stray"));
    let expected = [
        (false, true, other, "socket"),
        (true, false, client, "flow"),
        (true, true, client, "flow"),
        (false, false, other, "flow"),
        (false, true, other, "flow"),
        (true, false, client, "flow"),
    ];
    assert_eq!(late[stray..].len(), expected.len(), "{:#?}", &late[stray..]);
    for (packet, (is_left, is_egress, pid, by)) in late[stray..].iter().zip(expected) {
        assert!(packet.is(is_left, is_egress, pid, by), "{pid} by {by}: {packet:?}");
    }
    for (port, name) in [(1002, "tcp6"), (1004, "aborted"), (1005, "late"), (1007, "uring_stream")] {
        let (client, server) = (pid(&format!("{name}_client")), pid(&format!("{name}_server")));
        assert_stream(port, &of_port(&scene, port), client, server, server);
    }
    assert_stream(1003, &of_port(&scene, 1003), pid("prefork_client"), pid("prefork_worker"), pid("prefork_server"));
    // Each side has a row of its own for the connection, which names the process at both ends.
    for (port, name, state) in [(1002, "tcp6", "closed"), (1004, "aborted", "reset"), (1007, "uring_stream", "closed")]
    {
        let rows = scene.query(&format!(
            "SELECT here.host_pid, here.peer_host_pid, here.state, there.host_pid AS there_pid, there.direction AS there_way,
             here.packets_out = there.packets_in AND here.packets_in = there.packets_out AS is_same, here.payload_out AS out,
             here.payload_in AS came FROM net_flows AS here JOIN net_flows AS there ON there.flow_key = here.peer_flow_key
             WHERE here.peer_port = {port} AND here.net_namespace = LEFT_NS AND here.direction = 'outgoing'"
        ));
        assert_eq!(rows.len(), 1, "{port}: {rows:?}");
        let (client, server) = (pid(&format!("{name}_client")), pid(&format!("{name}_server")));
        let ends = ["host_pid", "peer_host_pid", "there_pid"].map(|column| number(&rows[0], column));
        assert_eq!(ends, [client, server, server], "{port}: {rows:?}");
        assert_eq!((text(&rows[0], "state"), text(&rows[0], "there_way")), (state, "incoming"), "{port}: {rows:?}");
        let counts = ["is_same", "out", "came"].map(|column| number(&rows[0], column));
        assert_eq!(counts, [1, 8, 6], "{port}: {rows:?}");
    }
    let is_reset = |packet: &&Seen| packet.flags.contains("RST");
    assert_eq!(of_port(&scene, 1004).iter().filter(is_reset).count(), 2, "by the client, and at the server");
    assert!(of_port(&scene, 1005).iter().filter(is_reset).count() >= 2, "by the server's kernel, and at the client");
    let refused = of_port(&scene, 1006);
    assert_eq!(refused.len(), 2, "{refused:#?}");
    for (packet, is_egress) in refused.iter().zip([true, false]) {
        assert!(packet.is(true, is_egress, pid("refused_client"), "socket"), "{packet:?}");
    }

    // Datagrams there, and back; those of 4000 and 3000 bytes are in fragments on the wire, not at the sockets.
    for (port, name, there, back, length) in [
        (2001, "udp", 4, 1, 36),
        (2002, "udp6", 4, 1, 56),
        (2003, "large", 1, 1, 4028),
        (2004, "large6", 1, 1, 4048),
        (2005, "raw", 1, 0, 32),
        (2006, "frame", 1, 0, 32),
        (2007, "cooked", 1, 0, 32),
        (2008, "uring", 1, 0, 39),
        (2009, "polled_uring", 1, 0, 39),
    ] {
        let packets = of_port(&scene, port);
        assert_all_arrived(port, &packets);
        assert_eq!(packets.len(), 2 * (there + back), "{port}: {packets:#?}");
        let (client, server) = (pid(&format!("{name}_client")), pid(&format!("{name}_server")));
        for packet in &packets {
            let owner = if packet.is_left { client } else { server };
            assert!(packet.pid == owner && packet.owner_by == "socket", "{port} ({owner}): {packet:?}");
            // What is put on an interface is not seen at a socket, and has its first header with it.
            let is_past_sockets = packet.is_left && matches!(port, 2006 | 2007);
            assert_eq!(packet.hook, if is_past_sockets { "net_dev_queue" } else { "cgroup_skb" }, "{port}: {packet:?}");
            if packet.is_left == packet.is_egress {
                assert_eq!(packet.length, length + if is_past_sockets { 14 } else { 0 }, "{port}: {packet:?}");
            }
        }
    }
    let unknown = seen(&scene, "protocol = '0x88b5'");
    assert_eq!(unknown.len(), 1, "what comes of a protocol that is nobody's is the kernel's: {unknown:#?}");
    assert!(unknown[0].is(true, true, pid("unknown_client"), "socket"), "{unknown:?}");

    for (port, server, first, second) in [
        (3001, "passed_server", "passed_client", "passed_user"),
        (3002, "inherited_server", "inherited_user", "inherited_client"),
    ] {
        let packets = of_port(&scene, port);
        assert_all_arrived(port, &packets);
        let (left, right): (Vec<&Seen>, Vec<&Seen>) = packets.iter().partition(|packet| packet.is_left);
        let owners: Vec<i64> = left.iter().map(|packet| packet.pid).collect();
        assert_eq!(owners, [pid(first), pid(second)], "{port}");
        assert!(right.iter().all(|packet| packet.pid == pid(server)), "{port}: {right:#?}");
        assert!(packets.iter().all(|packet| packet.owner_by == "socket"), "{port}: {packets:#?}");
    }

    // The other side's kernel answers, which is nobody's.
    for (protocol, names) in [("icmp", vec!["echo_client", "ping_client"]), ("icmpv6", vec!["echo6_client"])] {
        let packets = seen(&scene, &format!("protocol = '{protocol}' AND owner_by <> 'kernel'"));
        let owners = names.iter().flat_map(|name| [(true, pid(name)), (false, pid(name))]);
        let found = packets.iter().map(|packet| (packet.is_egress, packet.pid));
        assert!(found.eq(owners), "{protocol}: {packets:#?}");
        assert!(packets.iter().all(|packet| packet.is_left && packet.owner_by == "socket"), "{packets:#?}");
    }
    let rows = scene.query("SELECT count(*) AS n FROM packets WHERE host_pid IS NULL OR owner_by = 'kernel'");
    assert_eq!(number(&rows[0], "n"), 0, "only what somebody in scope owns is recorded");
}

#[test]
fn each_side_is_in_its_control_group() {
    let Some(_turn) = machine::turn("each_side_is_in_its_control_group") else { return };
    let scene = Scene::record(&["--capture", "net"], &["gone"]);
    if !scene.lines("no_group").is_empty() {
        eprintln!("each_side_is_in_its_control_group: no control groups of version 2 can be made here");
        return;
    }
    let of = |side: &str| {
        scene.query(&format!("SELECT DISTINCT cgroup_id FROM net_packet_raw WHERE net_namespace = {side}"))
    };
    let (left, right) = (of("LEFT_NS"), of("RIGHT_NS"));
    assert_eq!((left.len(), right.len()), (1, 1), "{left:?} {right:?}");
    assert_ne!(left, right);
}

#[test]
fn a_handshake_of_tls_has_the_names_that_both_sides_said() {
    let Some(_turn) = machine::turn("a_handshake_of_tls_has_the_names_that_both_sides_said") else { return };
    let scene = Scene::record(&["--capture", "net:snaplen=max"], &["tls"]);
    let rows = scene.query(
        "SELECT kind, direction, host_pid, net_namespace = LEFT_NS AS is_left, server_name, alpn, version, problem,
         json_array_length(cipher_suites) AS suites, ja3 IS NOT NULL AS has_ja3, ja4, client_key FROM tls ORDER BY ts_ns",
    );
    let (client, server) = (scene.number("tls_client"), scene.number("tls_server"));
    let expected = [
        ("client", "egress", client),
        ("client", "ingress", server),
        ("server", "egress", server),
        ("server", "ingress", client),
    ];
    assert_eq!(rows.len(), expected.len(), "{rows:#?}");
    for (row, (kind, direction, pid)) in rows.iter().zip(expected) {
        let found = (text(row, "kind"), text(row, "direction"), number(row, "host_pid"));
        assert_eq!(found, (kind, direction, pid), "{row}");
        assert_eq!(number(row, "is_left") == 1, pid == client, "{row}");
        assert_eq!((text(row, "server_name"), text(row, "version")), ("tls.wire.test", "TLS 1.3"), "{row}");
        assert_eq!(text(row, "problem"), "", "{row}");
        if kind == "client" {
            assert_eq!(text(row, "alpn"), r#"["h2","http/1.1"]"#, "{row}");
            assert!(number(row, "has_ja3") == 1 && text(row, "ja4").starts_with("t13d"), "{row}");
        } else {
            assert_eq!(number(row, "suites"), 1, "{row}");
            assert!(row["client_key"].is_number(), "{row}");
        }
    }
}
