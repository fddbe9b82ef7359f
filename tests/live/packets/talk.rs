//! HTTP and DNS over interfaces that lose packets: what the tables say is what client and server said and understood.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::capture::{number, text};
use crate::machine;

use super::scene::{Scene, assert_same_rows, sorted, sorted_words};

/// Of a hundred packets that arrive, so many are lost.
const PERCENT: &str = "5";

#[test]
fn http_and_dns_are_what_client_and_server_said() {
    let Some(_turn) = machine::turn("http_and_dns_are_what_client_and_server_said") else { return };
    let scene = Scene::record(&["--capture", "net:snaplen=max,events"], &["talk", PERCENT]);
    scene.capture.verify();
    assert_eq!(scene.capture.number("SELECT count(*) FROM losses"), 0);
    let again = scene.number("sent_again");
    eprintln!("lost by {}; {again} segments were sent again", scene.lines("lost_by")[0][0]);
    assert!(again > 0, "nothing was lost");
    let repeated = scene.query(
        "SELECT coalesce(sum(n - 1), 0) AS n FROM (SELECT count(*) AS n FROM packets WHERE direction = 'egress'
         AND payload_bytes > 0 AND protocol = 'tcp' GROUP BY flow_key, src_port, tcp_seq)",
    );
    assert!(number(&repeated[0], "n") > 0, "what was sent again is in the capture again");
    http(&scene);
    dns(&scene);
    events(&scene);
}

/// What was read out of packets is among the events too, of the same processes.
fn events(scene: &Scene) {
    let same = [
        ("net_packet_http", "http", "1"),
        ("net_packet_http_request", "http", "kind = 'request'"),
        ("net_packet_http_response", "http", "kind = 'response'"),
        ("net_packet_dns", "dns", "1"),
        ("net_packet_dns_request", "dns", "kind = 'query'"),
        ("net_packet_dns_response", "dns", "kind = 'response'"),
        ("net_packet_tcp", "packets", "tcp_seq IS NOT NULL"),
        ("net_packet_ipv4", "packets", "protocol IS NOT NULL AND src LIKE '%.%'"),
    ];
    for (event, table, which) in same {
        let counted = |table: &str, which: &str| {
            let rows = scene.query(&format!(
                "SELECT host_pid, comm, count(*) AS n FROM {table} WHERE {which} GROUP BY 1, 2 ORDER BY 1, 2"
            ));
            sorted_words(&rows, &["host_pid", "comm", "n"])
        };
        let rows = counted("events", &format!("event = '{event}'"));
        assert!(!rows.is_empty(), "{event}");
        assert_same_rows(event, &rows, &counted(table, which));
    }
}

fn http(scene: &Scene) {
    assert_eq!(scene.lines("http_asked").len(), 240);
    for (kind, direction, side, said) in [
        ("request", "egress", "LEFT_NS", "http_asked"),
        ("request", "ingress", "RIGHT_NS", "http_seen"),
        ("response", "egress", "RIGHT_NS", "http_answered"),
        ("response", "ingress", "LEFT_NS", "http_got"),
    ] {
        let (port, columns) = match kind {
            "request" => ("src_port", ["method", "target", "body_bytes"]),
            _ => ("dst_port", ["status", "body", "body_bytes"]),
        };
        let rows = scene.query(&format!(
            "SELECT * FROM http
             WHERE kind = '{kind}' AND direction = '{direction}' AND net_namespace = {side}"
        ));
        let found = sorted_words(&rows, &[&[port, "exchange"][..], &columns].concat());
        assert_same_rows(&format!("{kind} {direction}"), &found, &sorted(scene.lines(said)));
    }
    let odd = scene.query(
        "SELECT * FROM http WHERE problem IS NOT NULL OR oddities IS NOT NULL OR certain = 0 OR missing_bytes <> 0
         OR host IS NOT 'web.talk.test' OR (kind = 'response') <> (request_key IS NOT NULL)",
    );
    assert!(odd.is_empty(), "{odd:#?}");
    assert_eq!(scene.query("SELECT * FROM http").len(), 4 * 240);
    // Each request says who it is, and each response is told to be that request's.
    let rows = scene.query(
        "SELECT answer.http_key, answer.target, answer.method, answer.user_agent, ask.target AS asked_target,
         ask.method AS asked_method, ask.user_agent AS asked_agent, ask.exchange FROM http AS answer
         JOIN http AS ask ON ask.http_key = answer.request_key AND ask.flow_key = answer.flow_key",
    );
    assert_eq!(rows.len(), 2 * 240);
    for row in &rows {
        for (column, asked) in [("target", "asked_target"), ("method", "asked_method"), ("user_agent", "asked_agent")] {
            assert_eq!(row[column], row[asked], "{row}");
        }
        assert_eq!(text(row, "user_agent"), format!("wire/{}", number(row, "exchange") - 1), "{row}");
    }
    // The process that sent or got a message is the one of the connection.
    for row in scene.query(
        "SELECT host_pid, net_namespace = LEFT_NS AS is_left, min(src_port + dst_port) - 80 AS port
                            FROM http WHERE owner_by = 'socket' GROUP BY 1, 2",
    ) {
        let who = if number(&row, "is_left") == 1 { "client" } else { "server" };
        // Until the server's process for it has the connection, it is the listener's.
        let is_listener = number(&row, "host_pid") == scene.number("http_server");
        let pid = scene.number(&format!("http_{who}_{}", number(&row, "port")));
        assert!(number(&row, "host_pid") == pid || is_listener && who == "server", "{row}: {pid}");
    }
}

fn dns(scene: &Scene) {
    let rows = |kind: &str, direction: &str, side: &str| {
        let (port, rest): (_, &[&str]) = match kind {
            "query" => ("src_port", &["type_number", "name"]),
            _ => ("dst_port", &["code_number", "answer_count", "name"]),
        };
        // A datagram that the filter dropped at the interface was not read by anybody, though it had arrived.
        let rows = scene.query(&format!(
            "SELECT dns.*, CASE dns.type WHEN 'A' THEN 1 WHEN 'AAAA' THEN 28 END AS type_number,
             CASE dns.code WHEN 'NOERROR' THEN 0 WHEN 'NXDOMAIN' THEN 3 END AS code_number
             FROM dns JOIN packets USING (event_key) WHERE dns.kind = '{kind}' AND dns.direction = '{direction}'
             AND dns.net_namespace = {side} AND (transport = 'tcp' OR packets.hook = 'cgroup_skb')"
        ));
        sorted_words(&rows, &[&["transport", port, "id"][..], rest].concat())
    };
    for (kind, direction, side, said) in [
        ("query", "egress", "LEFT_NS", "dns_sent"),
        ("query", "ingress", "RIGHT_NS", "dns_seen"),
        ("response", "egress", "RIGHT_NS", "dns_answered"),
    ] {
        let rows = rows(kind, direction, side);
        assert!(rows.len() >= 240, "{kind} {direction}: {}", rows.len());
        assert_same_rows(&format!("{kind} {direction}"), &rows, &sorted(scene.lines(said)));
    }
    // Who has its answer does not wait for another one, which comes all the same.
    let came = count(rows("response", "ingress", "LEFT_NS"));
    let (got, answered) = (count(sorted(scene.lines("dns_got"))), count(sorted(scene.lines("dns_answered"))));
    for (answer, times) in &came {
        assert!(got.get(answer).is_some_and(|got| got <= times), "{answer:?} came {times} times");
        assert!(answered.get(answer).is_some_and(|sent| times <= sent), "{answer:?} came {times} times");
    }
    assert_eq!(came.len(), got.len());

    // Addresses, through the other name where there is one.
    let expected = |row: &Value| {
        let (name, kind) = (text(row, "name"), text(row, "type"));
        let (label, rest) = name.split_once('.').expect("labels");
        let n: u32 = label[1..].parse().expect("a number");
        let address = match kind {
            "A" => format!("10.77.{}.{}", n >> 8, n & 255),
            _ => format!("fd77::{n:x}"),
        };
        let other = format!("other.{rest}");
        match n {
            n if n % 7 == 0 => serde_json::json!([]),
            n if n % 5 == 0 => serde_json::json!([
                { "name": name, "type": "CNAME", "ttl": 60, "data": other },
                { "name": other, "type": kind, "ttl": 60, "data": address },
            ]),
            _ => serde_json::json!([{ "name": name, "type": kind, "ttl": 60, "data": address }]),
        }
    };
    let responses =
        scene.query("SELECT name, type, answers, problem, query_key, asked, flags FROM dns WHERE kind = 'response'");
    for row in &responses {
        let answers: Value = serde_json::from_str(text(row, "answers")).unwrap_or(serde_json::json!([]));
        assert_eq!(answers, expected(row), "{row}");
        assert!(row["problem"].is_null() && row["query_key"].is_number() && number(row, "asked") >= 1, "{row}");
        assert_eq!(text(row, "flags"), "aa|rd|ra", "{row}");
    }
}

/// How often each is there.
fn count(rows: Vec<Vec<String>>) -> BTreeMap<Vec<String>, usize> {
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(row).or_default() += 1;
    }
    counts
}
