//! Sockets and the flows through them.

use serde_json::Value;

use super::{Checked, Needs, Scenario, Seen};

const fn scenario(event: &'static str, run: &'static str, near: &'static [&'static str], check: fn(&Seen)) -> Scenario {
    Scenario { event, run, near, needs: Needs::Tracepoints, check }
}

pub(super) const SCENARIOS: &[Scenario] = &[
    scenario("security_socket_create", "socket_create", &["socket_create_near"], create),
    scenario("security_socket_bind", "socket_bind", &["socket_bind_near"], bind),
    scenario("security_socket_listen", "socket_listen", &["socket_listen_near"], listen),
    scenario("security_socket_accept", "socket_accept", &["socket_accept_near"], accept),
    scenario("security_socket_connect", "socket_connect", &["socket_connect_near"], connect),
    scenario("security_socket_setsockopt", "socket_setsockopt", &["socket_setsockopt_near"], setsockopt),
    scenario("security_socket_sendmsg", "socket_sendmsg", &["socket_sendmsg_near"], sendmsg),
    scenario("socket_dup", "socket_dup", &["socket_dup_near"], dup),
    scenario("net_tcp_connect", "tcp_connect", &["tcp_connect_near"], tcp_connect),
    scenario("net_flow_tcp_begin", "tcp_flow", &["tcp_flow_near"], flow_begin),
    scenario("net_flow_tcp_end", "tcp_flow", &["tcp_flow_near"], flow_end),
    scenario("net_flow_tcp_begin", "tcp_flow_accepted", &[], flow_accepted),
    scenario("net_flow_tcp_end", "tcp_flow_accepted", &[], flow_ended),
];

/// Whether a socket is shown to end so.
fn ends(row: &Checked<'_>, end: &str) {
    row.fits("socket_path", |path| {
        path.as_str().is_some_and(|path| path.starts_with("socket:[") && path.ends_with(end))
    });
}

fn create(seen: &Seen) {
    assert_eq!(seen.len(), 3);
    seen.row(0).is("family", "AF_NETLINK").is("type", "SOCK_RAW").is("protocol", 15).is("kern", 0).from_user("");
    for index in [1, 2] {
        seen.row(index).is("family", "AF_UNIX").is("type", "SOCK_SEQPACKET").is("protocol", 0).is("kern", 0);
    }
}

fn bind(seen: &Seen) {
    let addresses = ["127.0.0.1:4101", "[::1]:4102", "./bound", "@bound", "AF_PACKET ifindex:1 protocol:0x88b5"];
    assert_eq!(seen.len(), addresses.len());
    for (index, address) in addresses.into_iter().enumerate() {
        let row = seen.row(index);
        row.is("sockfd", 21 + index as i64).is("local_addr", address);
        row.from_user(if seen.upper { "" } else { "local_addr" }).is("marks", Value::Null);
        if !seen.upper {
            ends(&row, &format!(" {address}"));
        } else {
            ends(&row, "");
        }
    }
}

fn listen(seen: &Seen) {
    assert_eq!(seen.len(), 2);
    for index in [0, 1] {
        let row = seen.row(index);
        row.is("sockfd", 21).is("local_addr", "127.0.0.1:4103").is("backlog", 7 + index as i64).from_user("");
        ends(&row, " TCP 127.0.0.1:4103");
    }
}

fn accept(seen: &Seen) {
    let row = seen.only();
    row.is("sockfd", 21).is("local_addr", "127.0.0.1:4104").from_user("");
    ends(&row, " TCP 127.0.0.1:4104");
}

fn connect(seen: &Seen) {
    let expected = [
        (22, "SOCK_STREAM", "127.0.0.1:4105", "->127.0.0.1:4105"),
        (23, "SOCK_STREAM", "127.0.0.1:4106", ""),
        (24, "SOCK_DGRAM", "[::1]:4107", "->[::1]:4107"),
        (24, "SOCK_DGRAM", "AF_UNSPEC", ""),
        (26, "SOCK_DGRAM", "./connected", "->./connected"),
        (28, "SOCK_STREAM", "@connected", "->@connected"),
    ];
    assert_eq!(seen.len(), expected.len());
    for (index, (sockfd, kind, address, end)) in expected.into_iter().enumerate() {
        let row = seen.row(index);
        row.is("sockfd", sockfd).is("type", kind).is("remote_addr", address).is("marks", Value::Null);
        row.from_user(if seen.upper { "" } else { "remote_addr" });
        ends(&row, if seen.upper { "" } else { end });
    }
}

fn setsockopt(seen: &Seen) {
    assert_eq!(seen.len(), 2);
    let row = seen.row(0);
    row.is("sockfd", 21).is("level", "SOL_SOCKET").is("optname", "SO_KEEPALIVE").is("local_addr", "127.0.0.1:4108");
    row.from_user("");
    ends(&row, " TCP 127.0.0.1:4108");
    let row = seen.row(1);
    // Option 1 of that level is not that of sockets.
    row.is("sockfd", 22).is("level", "SOL_TCP").is("optname", 1).null("local_addr");
    ends(&row, " TCP");
}

fn sendmsg(seen: &Seen) {
    let expected = [
        (24, "127.0.0.1:4110", 10),
        (24, "127.0.0.1:4111", 8),
        (25, "@sent", 1),
        (24, "127.0.0.1:4111", 3),
        (24, "127.0.0.1:4110", 5),
        (24, "127.0.0.1:4111", 3),
    ];
    assert_eq!(seen.len(), expected.len());
    for (index, (sockfd, address, size)) in expected.into_iter().enumerate() {
        let row = seen.row(index);
        row.is("sockfd", sockfd).is("type", "SOCK_DGRAM").is("remote_addr", address).is("size", size);
        row.from_user(if seen.upper { "" } else { "remote_addr,size" });
        row.is("marks", if seen.upper { Value::Null } else { "args_at_exit".into() });
        if sockfd == 24 {
            let inode = seen.fact("inode");
            row.fits("socket_path", |path| path.as_str().unwrap().starts_with(&format!("socket:[{inode}] UDP")));
        }
    }
}

fn dup(seen: &Seen) {
    // The scenario puts its sockets to their places by dup3.
    let own = |row: &Value| row["newfd"] != 21 && row["newfd"] != 22;
    let lowest = seen.number("lowest");
    let path = format!(" TCP 127.0.0.1:{}->127.0.0.1:4113", seen.fact("port"));
    for (oldfd, newfd, peer, path) in [
        (22, 30, Some("127.0.0.1:4113"), path.as_str()),
        (22, 31, Some("127.0.0.1:4113"), &path),
        (22, 32, Some("127.0.0.1:4113"), &path),
        (21, 33, None, " TCP 127.0.0.1:4113"),
        (22, lowest, Some("127.0.0.1:4113"), &path),
    ] {
        let row = seen.find(|row| own(row) && row["newfd"] == newfd);
        row.is("oldfd", oldfd).is("newfd", newfd).is("remote_addr", peer).from_user("");
        ends(&row, path);
    }
    assert_eq!(seen.len(), 7);
}

fn tcp_connect(seen: &Seen) {
    let expected = [("127.0.0.1", 4114), ("127.0.0.1", 4115), ("::1", 4115), ("127.0.0.1", 4114)];
    assert_eq!(seen.len(), expected.len());
    for (index, (address, port)) in expected.into_iter().enumerate() {
        let row = seen.row(index);
        row.is("dst", address).is("dst_port", port).is_fact("cookie", &format!("cookie{index}")).from_user("");
    }
}

/// The ends of two connections: which of them, that of the client or of the server, and its row.
fn ends_of_flows<'a>(seen: &'a Seen) -> Vec<(usize, &'static str, Checked<'a>)> {
    assert_eq!(seen.len(), 4);
    let mut all = Vec::new();
    for connection in 0..2 {
        for end in ["client", "server"] {
            let cookie = seen.number(&format!("{end}{connection}.cookie"));
            let row = seen.find(|row| row["cookie"] == cookie);
            let (address, port) = [("127.0.0.1", 4117), ("::1", 4118)][connection];
            row.is("conn_direction", if end == "client" { "outgoing" } else { "incoming" });
            row.is("src", address).is("dst", address).is("dst_port", port).is("cookie", cookie);
            row.is_fact("src_port", &format!("client{connection}.port"));
            row.is_fact("net_ns", "net_ns").is_fact("owner_pid", "pid").from_user("");
            let start = seen.number("start");
            row.fits("owner_start_boot_ns", |ns| ns.as_i64().unwrap() / 10_000_000 == start);
            all.push((connection, end, row));
        }
    }
    all
}

fn flow_begin(seen: &Seen) {
    ends_of_flows(seen);
}

/// Each end's row is of the process that has it, though the listening socket is another's.
fn flow_accepted(seen: &Seen) {
    assert_eq!(seen.len(), 2);
    for (direction, process) in [("outgoing", "listener"), ("incoming", "acceptor")] {
        let row = seen.find(|row| row["conn_direction"] == direction);
        row.is_fact("host_pid", process).is_fact("host_tid", process).is_fact("owner_pid", "listener");
        row.is("src", "127.0.0.1").is("dst", "127.0.0.1").is("dst_port", 4120);
        row.is("conn_direction", direction).from_user("");
        for elsewhere in ["src_port", "cookie", "owner_start_boot_ns", "net_ns"] {
            row.fits(elsewhere, Value::is_i64);
        }
    }
}

fn flow_ended(seen: &Seen) {
    flow_accepted(seen);
    for (direction, sent, received) in [("outgoing", 1, 0), ("incoming", 0, 1)] {
        let row = seen.find(|row| row["conn_direction"] == direction);
        row.is("bytes_sent", sent).is("bytes_received", received).fits("duration_ns", |ns| ns.as_i64().unwrap() > 0);
    }
}

fn flow_end(seen: &Seen) {
    for (connection, end, row) in ends_of_flows(seen) {
        let (sent, received) = if end == "client" { (10_000, 300) } else { (300, 10_000) };
        row.is("bytes_sent", sent).is("bytes_received", received);
        let longest = seen.number(&format!("longest{connection}"));
        row.fits("duration_ns", |ns| (50_000_000..longest).contains(&ns.as_i64().unwrap()));
    }
}
