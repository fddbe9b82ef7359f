//! Events that replay reads out of packets: in the stream of events, and as tables.

use formats::events;
use formats::payload::PayloadBuilder;
use serde_json::{Value, json};

use super::capture::{Capture, Sent, dns, echo, fragments, tcp, udp, udp6};
use super::tables::{Heard, OTHER_NAMESPACE, Talk, exchange, http, message};
use super::{CLIENT, SERVER, Scene, done, rows, text};

const NAMES: [&str; 12] = [
    "net_packet_ipv4",
    "net_packet_ipv6",
    "net_packet_tcp",
    "net_packet_udp",
    "net_packet_icmp",
    "net_packet_icmpv6",
    "net_packet_dns",
    "net_packet_dns_request",
    "net_packet_dns_response",
    "net_packet_http",
    "net_packet_http_request",
    "net_packet_http_response",
];

impl Scene {
    /// What `tracee events` says.
    fn events(&self, options: &[&str]) -> Vec<Value> {
        rows(&done(&[&["events", text(&self.capture), "--output", "json"], options].concat()).0)
    }

    /// The same of one event.
    fn event(&self, name: &str) -> Vec<Value> {
        self.events(&["--event", name])
    }
}

/// Packets of every kind, whole, cut and in fragments.
fn of_everything(capture: &mut Capture) {
    capture.process(CLIENT, b"curl", b"/usr/bin/curl", 0);
    capture.process(SERVER, b"nginx", b"/usr/sbin/nginx", 0);
    let mut talk = Talk::new(capture, Heard::Here);
    exchange(&mut talk);
    let mut at_ns = talk.at_ns;
    let mut put = |sent: Sent| {
        at_ns += 1_000_000;
        capture.packet(&Sent { at_ns, ..sent });
    };
    let out = |packet| Sent::ip(CLIENT.context, 0, packet);
    let came = |packet| Sent { direction: 1, ..out(packet) };
    let answer = message(7, "example.test", &[[10, 0, 0, 2], [10, 0, 0, 3]]);
    put(out(udp((1, 9), (3_333, 53), &message(7, "example.test", &[]))));
    for part in fragments(&udp((9, 1), (53, 3_333), &answer), 48) {
        put(came(part));
    }
    // Two questions in one segment, and an answer of which the end is not kept.
    let asked = [message(1, "one.test", &[]), message(2, "two.test", &[])];
    let asked: Vec<u8> = asked.iter().flat_map(|one| [&(one.len() as u16).to_be_bytes()[..], one].concat()).collect();
    put(out(tcp((1, 9), (3_334, 53), (24, 1, 1), &asked)));
    put(Sent { kept: 70, ..came(udp((9, 1), (53, 3_335), &answer)) });
    put(out(echo((1, 2), 8, 1)));
    put(Sent { context: 0, owner_by: 3, interface: b"", ..came(echo((2, 1), 0, 1)) });
    put(out(udp6((40_003, 40_004), b"six")));
    let mut echo6 = udp6((1, 2), &[0; 8]);
    echo6[6] = 58;
    echo6[40..48].copy_from_slice(&[128, 0, 0, 0, 0, 3, 0, 4]);
    put(out(echo6));
    put(Sent { kept: 30, ..out(tcp((1, 2), (5, 6), (2, 1, 0), b"")) });
    put(out(udp((1, 9), (3_333, 53), &dns("un\"us\\ual\u{1b}.test", &[]))));
}

#[test]
fn an_event_asked_for_by_name_is_the_table_of_its_name() {
    let scene = Scene::of(of_everything);
    for name in NAMES {
        let events = scene.event(name);
        assert!(!events.is_empty(), "{name}");
        let rows = scene.ask(&format!("SELECT * FROM {name} ORDER BY boot_ns, event_key"));
        assert_eq!(rows.len(), events.len(), "{name}");
        for (row, event) in rows.iter().zip(&events) {
            let args: Value = serde_json::from_str(row["args"].as_str().unwrap()).unwrap();
            assert_eq!(args, event["args"], "{name}");
            for common in ["ts", "ts_ns", "cpu", "seq", "event", "hook", "process_key", "host_pid", "comm", "exe"] {
                assert_eq!(row[common], event[common], "{name}.{common}");
            }
            assert_eq!((&event["event"], &event["hook"]), (&json!(name), &json!("replay/net_packet_raw")));
            for (field, value) in event["args"].as_object().unwrap() {
                let shown = &row[field];
                let of_json = || serde_json::from_str::<Value>(shown.as_str().unwrap()).unwrap();
                assert_eq!(&if value.is_object() || value.is_array() { of_json() } else { shown.clone() }, value);
            }
        }
        assert_eq!(row_names(&rows), row_names(&events_table(&scene, name)), "{name}");
    }
}

/// A row of the table of an event that the capture has none of, for its columns.
fn events_table(scene: &Scene, name: &str) -> Vec<Value> {
    let _ = scene;
    let other = Scene::of(|capture| {
        capture.info(&json!({ "replayed": NAMES }).to_string());
        of_everything(capture);
    });
    other.ask(&format!("SELECT * FROM {name} LIMIT 1"))
}

fn row_names(rows: &[Value]) -> Vec<String> {
    rows[0].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn an_event_says_what_the_packet_says() {
    let scene = http(Heard::Here);
    let segments = scene.event("net_packet_tcp");
    assert_eq!(segments.len(), 22, "both sides see what they say to each other");
    assert_eq!(
        segments[0]["args"],
        json!({"src": "10.0.0.1", "dst": "10.0.0.2", "src_port": 40_000, "dst_port": 80,
            "proto_tcp": {"srcPort": 40_000, "dstPort": 80, "seq": 100, "ack": null, "FIN": 0, "SYN": 1, "RST": 0,
                "PSH": 0, "ACK": 0, "URG": 0, "ECE": 0, "CWR": 0, "NS": 0, "window": 64_240},
            "direction": "egress", "owner_by": "socket", "problem": null})
    );
    assert_eq!((&segments[0]["comm"], &segments[1]["comm"]), (&json!("curl"), &json!("nginx")));
    let requests = scene.event("net_packet_http_request");
    assert_eq!(requests.len(), 2, "a message is read once");
    // In two segments: it is there with the second one.
    assert_eq!(requests[1]["args"]["http_request"]["uri_path"], "/b");
    assert_eq!(requests[1]["ts_ns"], scene.one("SELECT ts_ns FROM http WHERE target = '/b' AND kind = 'request'"));
    let length =
        scene.one("SELECT length FROM packets WHERE event_key = (SELECT event_key FROM http WHERE target = '/a?x=1')");
    assert_eq!(
        requests[0]["args"],
        json!({"metadata": {"src_ip": "10.0.0.1", "dst_ip": "10.0.0.2", "src_port": 40_000, "dst_port": 80, "protocol": 6,
                "packet_len": length, "iface": "eth0"},
            "http_request": {"method": "GET", "protocol": "HTTP/1.1", "host": "one.test", "uri_path": "/a?x=1",
                "headers": {"Host": ["one.test"], "User-Agent": ["curl/8"]}, "content_length": 0},
            "direction": "egress", "owner_by": "socket", "problem": null})
    );
    assert_eq!(requests[0]["from_user"], "http_request");
    let responses = scene.event("net_packet_http");
    let last = &responses[3]["args"]["proto_http"];
    assert_eq!(
        (&last["direction"], &last["status_code"], &last["status"]),
        (&json!("response"), &json!(404), &json!("404 No"))
    );
    assert_eq!((&last["content_length"], &last["uri_path"]), (&Value::Null, &Value::Null));
}

#[test]
fn messages_of_dns_are_events_whatever_carries_them() {
    let scene = Scene::of(of_everything);
    let questions = scene.event("net_packet_dns_request");
    let asked: Vec<_> = questions.iter().map(|row| &row["args"]["dns_questions"][0]["query"]).collect();
    assert_eq!(asked, ["example.test", "one.test", "two.test", "un\"us\\\\ual\\027.test"]);
    let answers = scene.event("net_packet_dns_response");
    let address = |data: &str| json!({"answer_type": "A", "ttl": 60, "answer": data});
    assert_eq!(
        answers[0]["args"]["dns_response"],
        json!([{"query_data": {"query": "example.test", "query_type": "A", "query_class": "IN"},
            "dns_answer": [address("10.0.0.2"), address("10.0.0.3")]}])
    );
    // Out of fragments, of which the second has no ports itself.
    assert_eq!(answers[0]["args"]["metadata"]["dst_port"], 3_333);
    assert_eq!(answers[1]["args"]["dns_response"][0]["dns_answer"], json!([]));
    assert!(answers[1]["args"]["problem"].is_string(), "{}", answers[1]);
    let whole = scene.event("net_packet_dns");
    assert_eq!(whole.len(), 6);
    let first = &whole[1]["args"]["proto_dns"];
    assert_eq!((&first["QR"], &first["ANCount"], &first["responseCode"]), (&json!(1), &json!(2), &json!("NOERROR")));
    assert_eq!(first["answers"][0], json!({"name": "example.test", "type": "A", "ttl": 60, "data": "10.0.0.2"}));
}

#[test]
fn what_is_read_out_of_packets_is_told_when_it_was_asked_for() {
    let kinds = |scene: &Scene| {
        let sql = "SELECT event, count(*) AS count FROM events WHERE event LIKE 'net%' GROUP BY event ORDER BY 1";
        let listed: Vec<(String, u64)> = scene
            .ask(sql)
            .iter()
            .map(|row| (row["event"].as_str().unwrap().to_owned(), row["count"].as_u64().unwrap()))
            .collect();
        let mut told = std::collections::BTreeMap::new();
        for row in scene.events(&[]) {
            let event = row["event"].as_str().unwrap().to_owned();
            if event.starts_with("net") {
                *told.entry(event).or_insert(0) += 1;
            }
        }
        assert_eq!(listed, told.into_iter().collect::<Vec<_>>());
        listed
    };
    let unasked = Scene::of(of_everything);
    assert_eq!(kinds(&unasked), [("net_packet_raw".to_owned(), 33)]);
    let asked = Scene::of(|capture| {
        capture.info(r#"{"replayed":["net_packet_dns","net_packet_tcp"]}"#);
        of_everything(capture);
    });
    let expected = [("net_packet_dns", 6), ("net_packet_raw", 33), ("net_packet_tcp", 23)];
    assert_eq!(kinds(&asked), expected.map(|(name, count)| (name.to_owned(), count)));
    // By whatever way a row came there, it says the same.
    for name in NAMES {
        let args = |scene: &Scene| scene.ask(&format!("SELECT ts_ns, args FROM {name} ORDER BY boot_ns, event_key"));
        let normal = |rows: Vec<Value>| -> Vec<Value> {
            rows.iter().map(|row| serde_json::from_str(row["args"].as_str().unwrap()).unwrap()).collect()
        };
        assert_eq!(normal(args(&asked)), normal(args(&unasked)), "{name}");
    }
    // Threads change nothing, and a time from which on rows are wanted nothing of what they say.
    let all = asked.events(&["--threads", "4"]);
    assert_eq!(all, asked.events(&["--threads", "1"]));
    assert_eq!(all, asked.events(&["--follow"]));
    let requests = unasked.event("net_packet_http_request");
    let since = requests[1]["ts"].as_str().unwrap();
    let later = unasked.events(&["--event", "net_packet_http_request", "--since", since]);
    assert_eq!(later, requests[1..]);
    assert!(
        unasked.events(&["--event", "net_packet_http*", "--until", requests[0]["ts"].as_str().unwrap()]).is_empty()
    );
}

#[test]
fn addresses_of_other_events_have_the_names_that_answers_gave_them_before() {
    let scene = Scene::of(|capture| {
        capture.process(CLIENT, b"curl", b"/usr/bin/curl", 0);
        let answers = [
            ("first.test", 1_000, 4_026_531_840),
            ("second.test", 3_000, OTHER_NAMESPACE),
            ("third.test", 5_000, 4_026_531_840),
        ];
        for (name, at_ns, net_namespace) in answers {
            let packet = udp((9, 1), (53, 3_333), &message(7, name, &[[10, 0, 0, 2]]));
            capture.packet(&Sent { direction: 1, net_namespace, ..Sent::ip(CLIENT.context, at_ns, packet) });
        }
        let inet = |address: [u8; 4]| [&[2, 0, 0, 80][..], &address, &[0; 8]].concat();
        let mapped = [&[10, 0, 0, 80, 0, 0, 0, 0][..], &[0; 10], &[0xff, 0xff, 10, 0, 0, 2], &[0; 4]].concat();
        let path = [&[1, 0][..], b"10.0.0.2:80"].concat();
        let [connect, tcp_connect, begin] =
            ["connect", "net_tcp_connect", "net_flow_tcp_begin"].map(|name| events::by_name(name).unwrap());
        let at = |capture: &mut Capture, at_ns: u64, address: &[u8]| {
            let call = PayloadBuilder::new(connect).bytes("addr", address);
            capture.event(CLIENT.context, at_ns, call, connect);
        };
        at(capture, 500, &inet([10, 0, 0, 2]));
        at(capture, 2_000, &inet([10, 0, 0, 2]));
        at(capture, 4_000, &mapped);
        at(capture, 4_100, &inet([10, 0, 0, 3]));
        // A path that looks like an address is none.
        at(capture, 4_200, &path);
        let address = PayloadBuilder::new(tcp_connect).bytes("dst", &[10, 0, 0, 2]).i64("dst_port", 80);
        capture.event(CLIENT.context, 6_000, address, tcp_connect);
        for (at_ns, net_ns) in [(7_000, OTHER_NAMESPACE), (8_000, 4_026_531_840)] {
            let ends = PayloadBuilder::new(begin).bytes("src", &[10, 0, 0, 1]).bytes("dst", &[10, 0, 0, 2]);
            capture.event(CLIENT.context, at_ns, ends.u64("net_ns", net_ns), begin);
        }
    });
    let named =
        |sql: &str| scene.ask(sql).iter().map(|row| (row["name"].clone(), row["dns_key"].clone())).collect::<Vec<_>>();
    let none = (Value::Null, Value::Null);
    assert_eq!(
        named("SELECT addr_name AS name, addr_dns_key AS dns_key FROM connect ORDER BY ts_ns"),
        [none.clone(), (json!("first.test"), json!(1)), (json!("second.test"), json!(2)), none.clone(), none.clone()]
    );
    assert_eq!(
        named("SELECT dst_name AS name, dst_dns_key AS dns_key FROM net_tcp_connect"),
        [(json!("third.test"), json!(3))]
    );
    // Of several names that of its own network namespace.
    assert_eq!(
        named("SELECT dst_name AS name, dst_dns_key AS dns_key FROM net_flow_tcp_begin ORDER BY ts_ns"),
        [(json!("second.test"), json!(2)), (json!("third.test"), json!(3))]
    );
    assert_eq!(named("SELECT src_name AS name, src_dns_key AS dns_key FROM net_flow_tcp_begin LIMIT 1"), [none]);
    let given =
        scene.ask("SELECT net_namespace, address, name, from_ns, until_ns, dns_key FROM dns_names ORDER BY dns_key");
    let from = |row: &Value, column: &str| row[column].as_i64().map(|ns| ns - super::capture::BOOT_NS);
    let shown: Vec<_> =
        given.iter().map(|row| (row["name"].as_str().unwrap(), from(row, "from_ns"), from(row, "until_ns"))).collect();
    assert_eq!(
        shown,
        [
            ("first.test", Some(1_000), Some(5_000)),
            ("second.test", Some(3_000), None),
            ("third.test", Some(5_000), None)
        ]
    );
    assert!(given.iter().all(|row| row["address"] == "10.0.0.2"));
}
