//! The tables of packets, flows and messages, over captures that are made here.

use serde_json::{Value, json};

use super::capture::{Capture, Says, Sent, Who, dns, echo, ethernet, fragments, tcp, udp};
use super::{CLIENT, ID, Random, SERVER, Scene, done, rows, text};

impl Scene {
    pub(super) fn ask(&self, sql: &str) -> Vec<Value> {
        rows(&done(&["query", text(&self.capture), sql, "--output", "json"]).0)
    }

    /// The only cell of the only row.
    pub(super) fn one(&self, sql: &str) -> Value {
        let rows = self.ask(sql);
        let [Value::Object(row)] = &rows[..] else { panic!("{sql}: {rows:?}") };
        assert_eq!(row.len(), 1, "{sql}");
        row.values().next().unwrap().clone()
    }
}

pub(super) const OTHER_NAMESPACE: u64 = 4_026_532_000;

/// Who hears what the client and the server say to each other.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Heard {
    /// Only the client is recorded.
    AtClient,
    /// Both are, in one network namespace.
    Here,
    /// Both are, each in its own.
    Apart,
}

/// A conversation by TCP, port 40000 of 10.0.0.1 with port 80 of 10.0.0.2 if nothing else is said.
pub(super) struct Talk<'c> {
    pub(super) capture: &'c mut Capture,
    heard: Heard,
    ports: (u16, u16),
    pub(super) at_ns: u64,
    /// The next sequence number of client and server.
    next: [u32; 2],
    kept: usize,
}

pub(super) const FIN: u8 = 1;
pub(super) const SYN: u8 = 2;
const RST: u8 = 4;
pub(super) const ACK: u8 = 16;

impl Talk<'_> {
    pub(super) fn new(capture: &mut Capture, heard: Heard) -> Talk<'_> {
        Talk { capture, heard, ports: (40_000, 80), at_ns: 1_000_000, next: [100, 900], kept: usize::MAX }
    }

    /// A packet of the client's, or of the server's.
    fn packet(&mut self, is_client: bool, packet: Vec<u8>) {
        self.at_ns += 1_000_000;
        let (from, to) = if is_client { (CLIENT, SERVER) } else { (SERVER, CLIENT) };
        let sent = Sent { kept: self.kept.min(packet.len()), cookie: 1, ..Sent::ip(from.context, self.at_ns, packet) };
        let namespaces = match self.heard {
            Heard::Apart if is_client => [sent.net_namespace, OTHER_NAMESPACE],
            Heard::Apart => [OTHER_NAMESPACE, sent.net_namespace],
            _ => [sent.net_namespace; 2],
        };
        if self.heard != Heard::AtClient || is_client {
            self.capture.packet(&Sent { net_namespace: namespaces[0], ..sent.clone() });
        }
        if self.heard != Heard::AtClient || !is_client {
            self.capture.packet(&Sent {
                net_namespace: namespaces[1],
                context: to.context,
                at_ns: self.at_ns + 10_000,
                direction: 1,
                cookie: 2,
                ..sent
            });
        }
    }

    pub(super) fn segment(&mut self, is_client: bool, flags: u8, payload: &[u8]) {
        let (own, other) = if is_client { (0, 1) } else { (1, 0) };
        let (client, server) = self.ports;
        let (ends, ports) = if is_client { ((1, 2), (client, server)) } else { ((2, 1), (server, client)) };
        let acknowledged = if flags & ACK > 0 { self.next[other] } else { 0 };
        let packet = tcp(ends, ports, (flags, self.next[own], acknowledged), payload);
        self.next[own] += payload.len() as u32 + u32::from(flags & (SYN | FIN) != 0);
        self.packet(is_client, packet);
    }

    pub(super) fn begin(&mut self) {
        self.segment(true, SYN, b"");
        self.segment(false, SYN | ACK, b"");
        self.segment(true, ACK, b"");
    }

    pub(super) fn end(&mut self) {
        self.segment(true, FIN | ACK, b"");
        self.segment(false, FIN | ACK, b"");
        self.segment(true, ACK, b"");
    }

    pub(super) fn client(&mut self, bytes: &[u8]) {
        self.segment(true, ACK, bytes);
    }

    pub(super) fn server(&mut self, bytes: &[u8]) {
        self.segment(false, ACK, bytes);
    }
}

/// Two requests in a pipeline, one of them in two segments; a counted body and a chunked one.
pub(super) fn http(heard: Heard) -> Scene {
    Scene::of(|capture| {
        capture.container(9, ID);
        capture.process(CLIENT, b"curl", b"/usr/bin/curl", 0);
        capture.process(SERVER, b"nginx", b"/usr/sbin/nginx", 9);
        let mut talk = Talk::new(capture, heard);
        exchange(&mut talk);
    })
}

/// What [`http`] is about.
pub(super) fn exchange(talk: &mut Talk<'_>) {
    talk.begin();
    talk.client(b"GET /a?x=1 HTTP/1.1\r\nHost: one.test\r\nUser-Agent: curl/8\r\n\r\nPOST /b HT");
    talk.client(b"TP/1.1\r\nHost: two.test\r\nContent-Length: 4\r\nContent-Type: text/plain\r\n\r\nbody");
    talk.server(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/html\r\n\r\nhello");
    talk.server(b"HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    talk.server(b"4\r\ndefg\r\n0\r\n\r\n");
    talk.end();
}

#[test]
fn a_connection_to_oneself_counts_once() {
    let scene = http(Heard::Here);
    assert_eq!(scene.one("SELECT count(*) FROM packets"), 22);
    // What came in was seen when it went out.
    assert_eq!(scene.one("SELECT count(*) FROM packets WHERE again IS NOT NULL"), 11);
    assert_eq!(
        scene.one("SELECT count(*) FROM packets p JOIN packets q ON q.event_key = p.again WHERE q.direction = 'egress' AND p.direction = 'ingress' AND p.tcp_seq = q.tcp_seq"),
        11
    );
    let flows = scene.ask("SELECT * FROM net_flows");
    let [flow] = &flows[..] else { panic!("{flows:?}") };
    for (name, expected) in [
        ("protocol", json!("tcp")),
        ("addr", json!("10.0.0.1")),
        ("port", json!(40_000)),
        ("peer_addr", json!("10.0.0.2")),
        ("peer_port", json!(80)),
        ("direction", json!("outgoing")),
        ("state", json!("closed")),
        ("packets_out", json!(6)),
        ("packets_in", json!(5)),
        ("seen_again", json!(11)),
        ("is_local", json!(1)),
        ("peer_is_local", json!(1)),
        ("comm", json!("curl")),
        ("host_pid", json!(501)),
        ("peer_comm", json!("nginx")),
        ("peer_host_pid", json!(601)),
        ("peer_container_id", json!(ID)),
        ("first_open", json!(0)),
        ("last_open", json!(0)),
        ("peer_flow_key", Value::Null),
        ("content", json!("http")),
        ("problem", Value::Null),
    ] {
        assert_eq!(flow[name], expected, "{name}");
    }
    let bytes = scene.one("SELECT sum(length) FROM packets WHERE again IS NULL AND src_port = 40000");
    assert_eq!(flow["bytes_out"], bytes);
    assert_eq!(scene.one("SELECT count(*) FROM packets WHERE flow_key = 1"), 22);
    exchanges(&scene, "egress", 2_000_000);
}

/// The four messages of [`http`], as they were seen in this direction.
fn exchanges(scene: &Scene, direction: &str, latency_ns: u64) {
    let found = scene.ask(&format!("SELECT * FROM http WHERE direction = '{direction}' ORDER BY http_key"));
    let shown = |name: &str| found.iter().map(|row| row[name].clone()).collect::<Vec<_>>();
    assert_eq!(shown("kind"), ["request", "request", "response", "response"]);
    assert_eq!(shown("method"), ["GET", "POST", "GET", "POST"]);
    assert_eq!(shown("target"), ["/a?x=1", "/b", "/a?x=1", "/b"]);
    assert_eq!(shown("host"), ["one.test", "two.test", "one.test", "two.test"]);
    assert_eq!(shown("status"), [Value::Null, Value::Null, json!(200), json!(404)]);
    assert_eq!(shown("body"), ["none", "counted", "counted", "chunked"]);
    assert_eq!(shown("body_bytes"), [0, 4, 5, 7]);
    assert_eq!(shown("content_type"), [Value::Null, json!("text/plain"), json!("text/html"), Value::Null]);
    assert_eq!(shown("user_agent"), [json!("curl/8"), Value::Null, json!("curl/8"), Value::Null]);
    assert_eq!(shown("exchange"), [1, 2, 1, 2]);
    assert_eq!(shown("certain"), [1, 1, 1, 1]);
    // Between two namespaces the server saw the requests that it answers come in, a little later than they went out.
    assert_eq!(shown("latency_ns"), [Value::Null, Value::Null, json!(latency_ns), json!(latency_ns)]);
    let asked = scene.ask(&format!(
        "SELECT q.kind, q.target FROM http r JOIN http q ON q.http_key = r.request_key AND q.flow_key = r.flow_key
            WHERE r.direction = '{direction}' ORDER BY r.http_key"
    ));
    assert_eq!(asked, ["/a?x=1", "/b"].map(|target| json!({"kind": "request", "target": target})));
    assert!(shown("problem").iter().all(Value::is_null));
    let who = if direction == "egress" { ["curl", "nginx"] } else { ["nginx", "curl"] };
    assert_eq!(shown("comm"), [who[0], who[0], who[1], who[1]]);
    assert_eq!(found[0]["headers"], json!([["Host", "one.test"], ["User-Agent", "curl/8"]]).to_string());
}

#[test]
fn a_connection_between_namespaces_has_a_row_in_each() {
    let scene = http(Heard::Apart);
    assert_eq!(scene.one("SELECT count(*) FROM packets WHERE again IS NOT NULL"), 0);
    let flows = scene.ask(
        "SELECT flow_key, net_namespace, addr, direction, comm, is_local, peer_is_local, peer_comm, peer_host_pid,
            peer_flow_key, packets_out, packets_in, state FROM net_flows ORDER BY flow_key",
    );
    assert_eq!(
        flows,
        [
            json!({"flow_key": 1, "net_namespace": 4_026_531_840u64, "addr": "10.0.0.1", "direction": "outgoing",
                "comm": "curl", "is_local": 1, "peer_is_local": null, "peer_comm": "nginx", "peer_host_pid": 601,
                "peer_flow_key": 2, "packets_out": 6, "packets_in": 5, "state": "closed"}),
            json!({"flow_key": 2, "net_namespace": OTHER_NAMESPACE, "addr": "10.0.0.2", "direction": "incoming",
                "comm": "nginx", "is_local": 1, "peer_is_local": null, "peer_comm": "curl", "peer_host_pid": 501,
                "peer_flow_key": 1, "packets_out": 5, "packets_in": 6, "state": "closed"}),
        ]
    );
    assert_eq!(scene.one("SELECT count(*) FROM http"), 8);
    exchanges(&scene, "egress", 1_990_000);
}

#[test]
fn the_other_end_has_no_process_when_nobody_saw_one() {
    let scene = http(Heard::AtClient);
    let flows = scene.ask("SELECT comm, packets_out, packets_in, seen_again, peer_comm, peer_host_pid, peer_is_local, peer_flow_key FROM net_flows");
    assert_eq!(
        flows,
        [json!({"comm": "curl", "packets_out": 6, "packets_in": 5, "seen_again": 0, "peer_comm": null,
            "peer_host_pid": null, "peer_is_local": null, "peer_flow_key": null})]
    );
    assert_eq!(scene.one("SELECT count(*) FROM http WHERE problem IS NULL"), 4);
}

#[test]
fn same_addresses_in_two_namespaces_are_not_taken_for_one_connection() {
    // The same two addresses and ports, and other sequence numbers.
    let scene = Scene::of(|capture| {
        let mut talk = Talk::new(capture, Heard::Apart);
        talk.begin();
        for (namespace, direction, sequence) in [(1, 2, 5), (2, 1, 6)] {
            for (ends, ports, flags, sequence, acknowledged) in
                [((3, 4), (1, 2), SYN, sequence, 0), ((4, 3), (2, 1), SYN | ACK, 70, sequence + 1)]
            {
                talk.at_ns += 1_000;
                let packet = tcp(ends, ports, (flags, sequence, acknowledged), b"");
                let direction = if ends.0 == 3 { direction } else { 3 - direction };
                let sent = Sent { net_namespace: namespace, direction, ..Sent::ip(0, talk.at_ns, packet) };
                talk.capture.packet(&sent);
            }
        }
    });
    let flows = scene.ask("SELECT addr, peer_flow_key FROM net_flows ORDER BY flow_key");
    let peers: Vec<_> = flows.iter().map(|flow| (flow["addr"].as_str().unwrap(), &flow["peer_flow_key"])).collect();
    assert_eq!(
        peers,
        [("10.0.0.1", &json!(2)), ("10.0.0.2", &json!(1)), ("10.0.0.3", &Value::Null), ("10.0.0.4", &Value::Null)]
    );
}

/// A message of this number about the addresses of a name: a question, or its answer.
pub(super) fn message(id: u16, name: &str, addresses: &[[u8; 4]]) -> Vec<u8> {
    let answers: Vec<_> = addresses.iter().map(|address| (name, Says::Address(*address))).collect();
    let mut message = dns(name, &answers);
    message[..2].copy_from_slice(&id.to_be_bytes());
    message
}

#[test]
fn answers_of_dns_name_what_comes_after_them() {
    let scene = Scene::of(|capture| {
        capture.process(CLIENT, b"curl", b"/usr/bin/curl", 0);
        let mut at_ns = 0;
        let mut put = |direction, packet| {
            at_ns += 500_000;
            capture.packet(&Sent { direction, ..Sent::ip(CLIENT.context, at_ns, packet) });
        };
        put(2, tcp((1, 2), (5_000, 80), (SYN, 1, 0), b""));
        // Asked twice, and answered once.
        put(2, udp((1, 9), (3_333, 53), &message(7, "Example.test", &[])));
        put(2, udp((1, 9), (3_333, 53), &message(7, "Example.test", &[])));
        put(1, udp((9, 1), (53, 3_333), &message(7, "example.test", &[[10, 0, 0, 2], [10, 0, 0, 3]])));
        // To another question than was asked.
        put(2, udp((1, 9), (3_333, 53), &message(8, "one.test", &[])));
        put(1, udp((9, 1), (53, 3_333), &message(8, "two.test", &[[10, 0, 0, 4]])));
        put(2, tcp((1, 2), (5_001, 80), (SYN, 1, 0), b""));
        put(2, udp((1, 9), (3_333, 53), b"no message of DNS"));
    });
    let found = scene.ask(
        "SELECT dns_key, kind, id, name, type, code, latency_ns, query_key, asked, comm, flags, problem FROM dns ORDER BY 1",
    );
    assert_eq!(found.len(), 5, "{found:?}");
    assert_eq!(
        found[2],
        json!({"dns_key": 3, "kind": "response", "id": 7, "name": "example.test", "type": "A", "code": "NOERROR",
            "latency_ns": 1_000_000, "query_key": 1, "asked": 2, "comm": "curl", "flags": "rd|ra", "problem": null})
    );
    assert_eq!((&found[4]["query_key"], &found[4]["latency_ns"]), (&Value::Null, &Value::Null));
    let answers = scene.one("SELECT answers FROM dns WHERE dns_key = 3");
    let first = json!({"name": "example.test", "type": "A", "ttl": 60, "data": "10.0.0.2"});
    assert_eq!(serde_json::from_str::<Value>(answers.as_str().unwrap()).unwrap()[0], first);
    let named = scene.ask("SELECT dst_name, dst_dns_key FROM packets WHERE dst_port = 80 ORDER BY ts_ns, event_key");
    let (before, after) =
        (json!({"dst_name": null, "dst_dns_key": null}), json!({"dst_name": "example.test", "dst_dns_key": 3}));
    assert_eq!(named, [before, after]);
    let flows = scene.ask("SELECT peer_name, peer_dns_key, content FROM net_flows ORDER BY flow_key");
    assert_eq!(flows[0], json!({"peer_name": null, "peer_dns_key": null, "content": null}));
    assert_eq!(flows[1]["content"], "dns");
    assert_eq!(flows[2], json!({"peer_name": "example.test", "peer_dns_key": 3, "content": null}));
}

#[test]
fn fragments_are_of_their_flow_and_read_together() {
    let scene = Scene::of(|capture| {
        let answer = message(7, "example.test", &[[10, 0, 0, 2]; 5]);
        let mut at_ns = 0;
        let mut put = |kept: usize, bytes: Vec<u8>| {
            at_ns += 1_000;
            let kept = kept.min(bytes.len());
            capture.packet(&Sent { direction: 1, kept, ..Sent::ip(0, at_ns, bytes) });
        };
        let [first, last] = fragments(&udp((9, 1), (53, 3_333), &answer), 96);
        put(usize::MAX, first.clone());
        put(usize::MAX, last);
        // Of a datagram that nobody can put together there is the beginning.
        put(80, udp((9, 1), (53, 4_444), &answer));
        let [mut first, mut last] = fragments(&udp((9, 1), (53, 5_555), &answer), 96);
        first[5] = 2;
        last[5] = 2;
        put(80, first);
        put(usize::MAX, last);
    });
    assert_eq!(
        scene.one("SELECT group_concat(coalesce(fragment, '-'), ' ') FROM packets"),
        "0+ of 0x1 96 of 0x1 - 0+ of 0x2 96 of 0x2"
    );
    let flows = scene.ask(
        "SELECT f.port, f.packets_in AS packets, f.bytes_in = sum(p.length) AS is_sum FROM net_flows f
            JOIN packets p ON p.flow_key = f.flow_key GROUP BY f.flow_key ORDER BY f.flow_key",
    );
    let expected = [(3_333, 2), (4_444, 1), (5_555, 2)];
    assert_eq!(flows, expected.map(|(port, packets)| json!({"port": port, "packets": packets, "is_sum": 1})));
    let messages = scene
        .ask("SELECT answer_count, json_array_length(answers) AS there, dst_port, problem FROM dns ORDER BY dns_key");
    assert_eq!(messages[0], json!({"answer_count": 5, "there": 5, "dst_port": 3_333, "problem": null}));
    assert_eq!((&messages[1]["there"], &messages[1]["dst_port"]), (&Value::Null, &json!(4_444)));
    for cut in &messages[1..] {
        assert_eq!((&cut["answer_count"], &cut["problem"]), (&json!(5), &json!("cut in the message")));
    }
    assert_eq!(messages.len(), 3);
    assert_eq!(scene.one("SELECT count(*) FROM packets WHERE problem LIKE '%fragment%'"), 2);
}

/// A client's hello with a name and protocols, or a server's.
pub(super) fn hello(is_client: bool) -> Vec<u8> {
    let sized = |bytes: &[u8]| [&(bytes.len() as u16).to_be_bytes(), bytes].concat();
    let extension = |kind: u16, body: &[u8]| [&kind.to_be_bytes()[..], &sized(body)].concat();
    let mut body = vec![3, 3];
    body.extend([7; 32]);
    body.push(0);
    if is_client {
        body.extend(sized(&[0x13, 1, 0xc0, 0x2f]));
        body.extend([1, 0]);
        let server = [&[0u8][..], &sized(b"\xffexample.test")].concat();
        let extensions = [
            extension(0, &sized(&server)),
            extension(16, &sized(b"\x02h2\x08http/1.1")),
            extension(43, &[4, 3, 4, 3, 3]),
        ];
        body.extend(sized(&extensions.concat()));
    } else {
        body.extend([0x13, 1, 0]);
        body.extend(sized(&extension(43, &[3, 4])));
    }
    let mut message = vec![if is_client { 1 } else { 2 }, 0];
    message.extend(sized(&body));
    [&[22, 3, 1][..], &sized(&message)].concat()
}

#[test]
fn hellos_of_tls_are_paired() {
    let scene = Scene::of(|capture| {
        capture.process(CLIENT, b"curl", b"/usr/bin/curl", 0);
        let mut talk = Talk { ports: (40_000, 443), ..Talk::new(capture, Heard::Here) };
        talk.begin();
        let asks = hello(true);
        talk.client(&asks[..1]);
        talk.client(&asks[1..40]);
        talk.client(&asks[40..]);
        talk.server(&hello(false));
        talk.client(b"\x17\x03\x03\x00\x05xxxxx");
        talk.server(b"GET / HTTP/1.1\r\n\r\n");
    });
    let found = scene.ask("SELECT * FROM tls ORDER BY tls_key");
    let [client, server] = &found[..] else { panic!("{found:?}") };
    assert_eq!((&client["kind"], &server["kind"]), (&json!("client"), &json!("server")));
    assert_eq!(
        (&client["server_name"], &server["server_name"]),
        (&json!("\\xffexample.test"), &json!("\\xffexample.test"))
    );
    assert_eq!((&client["alpn"], &client["version"]), (&json!("[\"h2\",\"http/1.1\"]"), &json!("TLS 1.3")));
    assert_eq!(
        (&client["versions"], &client["cipher_suites"]),
        (&json!("[\"TLS 1.3\",\"TLS 1.2\"]"), &json!("[\"0x1301\",\"0xc02f\"]"))
    );
    assert!(client["ja4"].as_str().unwrap().starts_with("t13d0203h2_"), "{client}");
    assert_eq!((client["ja3"].as_str().unwrap().len(), server["ja3s"].as_str().unwrap().len()), (32, 32));
    assert_eq!((&server["client_key"], &server["latency_ns"]), (&json!(1), &json!(1_000_000)));
    assert_eq!(server["version"], "TLS 1.3");
    assert!(client["problem"].is_null() && server["problem"].is_null());
    assert_eq!(scene.one("SELECT content FROM net_flows"), "tls");
    assert_eq!(scene.one("SELECT count(*) FROM http"), 0);
}

#[test]
fn what_is_cut_or_missing_says_so() {
    let scene = Scene::of(|capture| {
        let mut talk = Talk::new(capture, Heard::AtClient);
        // Under way already, and cut by the capture.
        talk.kept = 80;
        talk.client(b"GET /a-long-target-that-does-not-fit HTTP/1.1\r\nHost: one.test\r\nX: y\r\n\r\n");
        talk.kept = usize::MAX;
        talk.server(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n0123456789");
        // What is between was never seen; the client has it.
        talk.next[1] += 20;
        talk.server(b"01234");
        talk.client(b"");
        talk.server(b"56789");
        talk.segment(false, RST | ACK, b"");
    });
    let found =
        scene.ask("SELECT kind, target, certain, body_bytes, missing_bytes, problem FROM http ORDER BY http_key");
    let [request, response] = &found[..] else { panic!("{found:?}") };
    assert!(request["problem"].as_str().unwrap().contains("cut"), "{request}");
    assert_eq!((&request["certain"], &response["certain"]), (&json!(1), &json!(0)));
    assert_eq!((&response["body_bytes"], &response["missing_bytes"]), (&json!(20), &json!(20)), "{response}");
    assert_eq!(response["problem"], "the stream ended in the body");
    let flow = &scene.ask("SELECT first_open, last_open, state, direction, problem FROM net_flows")[0];
    assert_eq!((&flow["first_open"], &flow["last_open"], &flow["state"]), (&json!(1), &json!(0), &json!("reset")));
    assert_eq!(flow["direction"], Value::Null);
    assert_eq!(flow["problem"], "a hole in the stream");
    let packet = &scene.ask("SELECT length, captured, payload_bytes FROM packets ORDER BY ts_ns, event_key LIMIT 1")[0];
    assert_eq!(packet["captured"], 80);
    assert_eq!(packet["payload_bytes"].as_i64().unwrap() + 40, packet["length"].as_i64().unwrap());
}

#[test]
fn who_is_at_an_end_is_said_by_sockets_only() {
    let scene = Scene::of(|capture| {
        capture.process(CLIENT, b"relay", b"/usr/bin/relay", 0);
        let packet = |id: u8| udp((1, 2), (1_000, 2_000), &[id]);
        // Forwarded: in by one interface, out of another, with a hop less.
        let mut forwarded = packet(1);
        let sent =
            |at_ns, packet| Sent { context: 0, owner_by: 3, hook: 3, direction: 1, ..Sent::ip(0, at_ns, packet) };
        capture.packet(&sent(1_000, forwarded.clone()));
        forwarded[8] -= 1;
        forwarded[10] ^= 1;
        let framed = ethernet(0x0800, &forwarded);
        capture.packet(&Sent {
            hook: 2,
            direction: 2,
            link: 1,
            ifindex: 3,
            ethernet_type: 0x0800,
            ..sent(2_000, framed)
        });
        // Made by a process for an interface, under whatever address.
        let made = ethernet(0x0800, &udp((5, 6), (1_000, 2_000), b"made"));
        let made = Sent {
            context: CLIENT.context,
            owner_by: 1,
            hook: 2,
            direction: 2,
            link: 1,
            ethernet_type: 0x0800,
            ..sent(3_000, made)
        };
        capture.packet(&made);
    });
    let flows = scene.ask(
        "SELECT addr, is_local, comm, packets_out, seen_again, bytes_out, peer_is_local FROM net_flows ORDER BY flow_key",
    );
    assert_eq!(
        flows,
        [
            json!({"addr": "10.0.0.1", "is_local": null, "comm": null, "packets_out": 1, "seen_again": 1,
                "bytes_out": 29, "peer_is_local": null}),
            json!({"addr": "10.0.0.5", "is_local": null, "comm": "relay", "packets_out": 1, "seen_again": 0,
                "bytes_out": 32, "peer_is_local": null}),
        ]
    );
}

#[test]
fn the_same_datagram_sent_twice_is_two() {
    let scene = Scene::of(|capture| {
        for (at_ns, direction, cookie) in [(10, 2, 1), (11, 1, 2), (12, 1, 3), (20, 2, 1), (21, 1, 2), (22, 1, 3)] {
            let packet = udp((1, 2), (1_000, 2_000), b"to all");
            capture.packet(&Sent { direction, cookie, ..Sent::ip(0, at_ns, packet) });
        }
    });
    // Each as the number of the packet that it repeats.
    let again = scene.one(
        "SELECT group_concat(coalesce(number, '-')) FROM (SELECT q.number FROM packets p LEFT JOIN
            (SELECT event_key, row_number() OVER (ORDER BY ts_ns, event_key) AS number FROM packets) q
            ON q.event_key = p.again ORDER BY p.ts_ns, p.event_key)",
    );
    assert_eq!(again, "-,1,1,-,1,1");
    assert_eq!(scene.one("SELECT packets_out FROM net_flows"), 2);
}

#[test]
fn the_tables_are_there_without_packets_and_in_a_database() {
    let scene = Scene::of(|capture| capture.process(CLIENT, b"curl", b"/usr/bin/curl", 0));
    for table in ["packets", "net_flows", "dns", "http", "tls"] {
        assert!(scene.ask(&format!("SELECT * FROM {table}")).is_empty(), "{table}");
    }
    let scene = http(Heard::Here);
    let database = scene.folder.path().join("out.db");
    done(&["replay", text(&scene.capture), "--to", "sqlite", text(&database)]);
    let told = done(&["query", text(&database), "SELECT count(*) AS n FROM http", "--output", "json"]).0;
    assert_eq!(rows(&told), [json!({"n": 4})]);
}

#[test]
fn broken_packets_are_rows_and_nothing_grows_out_of_hand() {
    let mut random = Random(0xbad);
    let scene = Scene::of(|capture| {
        let who = Who { context: 1, pid: 501, tid: 502 };
        capture.process(who, b"x", b"/x", 0);
        let loops =
            b"\0\x07\x81\x80\0\x01\0\x01\0\0\0\0\x01a\0\0\x01\0\x01\xc0\x0c\0\x01\0\x01\0\0\0\x09\0\x04\x0a\0\0\x02";
        let smuggled: &[u8] =
            b"POST / HTTP/1.1\r\nHost : x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x";
        let good = [
            udp((1, 2), (53, 53), loops),
            tcp((1, 2), (80, 81), (24, 1, 1), smuggled),
            tcp((2, 1), (81, 80), (24, 1, 1), b"HTTP/1.1 200 OK\r\nContent-Length: 3, 4\r\n\r\n"),
            tcp((1, 2), (82, 53), (24, 1, 1), &[&[0, 200][..], loops].concat()),
            tcp((1, 2), (83, 443), (24, 1, 1), &hello(true)),
            tcp((2, 1), (443, 83), (24, 1, 1), &hello(false)),
        ];
        for number in 0..6_000 {
            let mut bytes = good[random.next(good.len())].clone();
            for _ in 0..random.next(8) {
                let at =
                    if random.next(2) == 0 { random.next(bytes.len()) } else { random.next(48).min(bytes.len() - 1) };
                bytes[at] = random.next(256) as u8;
            }
            let kept = if random.next(4) == 0 { random.next(bytes.len() + 1) } else { bytes.len() };
            let types = [0x0800, 0x0800, 0x0800, 0x86dd, 0x0806, 0xffff_ffff];
            capture.packet(&Sent {
                kept,
                ethernet_type: types[random.next(types.len())],
                direction: random.next(4) as u64,
                owner_by: random.next(5) as u64,
                link: (random.next(8) == 0).into(),
                hook: random.next(5) as u64,
                cookie: random.next(3) as u64,
                context: random.next(3) as u64,
                ..Sent::ip(0, number, bytes)
            });
        }
    });
    assert_eq!(scene.one("SELECT count(*) FROM packets"), 6_000);
    // Each packet is in one flow at most, and counts there once.
    let counted = scene.one("SELECT sum(packets_out + packets_in + seen_again) FROM net_flows");
    assert_eq!(counted, scene.one("SELECT count(*) FROM packets WHERE flow_key IS NOT NULL"));
    for table in ["dns", "http", "tls"] {
        assert!(
            scene.one(&format!("SELECT count(*) FROM {table} WHERE src IS NOT NULL")).as_u64() > Some(10),
            "{table}"
        );
        assert_eq!(
            scene.one(&format!("SELECT count(*) FROM {table} WHERE flow_key NOT IN (SELECT flow_key FROM net_flows)")),
            0
        );
    }
}

#[test]
fn an_icmp_error_is_about_the_flow_of_the_packet_that_it_quotes() {
    let scene = Scene::of(|capture| {
        capture.process(CLIENT, b"curl", b"/usr/bin/curl", 0);
        let mut at_ns = 0;
        let mut put = |context: u64, direction: u64, packet: Vec<u8>| {
            at_ns += 1_000;
            let owner_by = if context == 0 { 3 } else { 1 };
            capture.packet(&Sent { direction, owner_by, ..Sent::ip(context, at_ns, packet) });
        };
        let datagram = udp((1, 2), (5_000, 9), &[1; 40]);
        let segment = tcp((1, 2), (5_001, 81), (SYN, 7, 0), b"");
        // Type, code, four bytes, and the beginning of the packet: routers quote eight bytes behind its network header.
        let error = |from: u8, kind: u8, code: u8, quoted: &[u8]| {
            let mut packet = echo((from, 1), kind, 0);
            packet.truncate(28);
            packet[20..28].copy_from_slice(&[kind, code, 0, 0, 0, 0, 0, 0]);
            packet.extend_from_slice(quoted);
            let length = packet.len() as u16;
            packet[2..4].copy_from_slice(&length.to_be_bytes());
            packet
        };
        put(CLIENT.context, 2, datagram.clone());
        put(CLIENT.context, 2, segment.clone());
        put(0, 1, error(2, 3, 3, &datagram));
        put(0, 1, error(7, 11, 0, &segment[..28]));
        // About what nobody sent, about too little, and no error.
        put(0, 1, error(7, 11, 0, &udp((1, 2), (5_002, 9), b"x")));
        put(0, 1, error(7, 11, 0, &segment[..22]));
        put(0, 1, error(7, 8, 0, &segment));
    });
    let errors = scene.ask(
        "SELECT p.icmp_type AS type, f.protocol AS about, f.port, f.comm FROM packets p
            LEFT JOIN net_flows f ON f.flow_key = p.about_flow_key WHERE p.protocol = 'icmp' ORDER BY p.ts_ns, p.event_key",
    );
    let none = |kind: u64| json!({"type": kind, "about": null, "port": null, "comm": null});
    assert_eq!(
        errors,
        [
            json!({"type": 3, "about": "udp", "port": 5_000, "comm": "curl"}),
            json!({"type": 11, "about": "tcp", "port": 5_001, "comm": "curl"}),
            none(11),
            none(11),
            none(8)
        ]
    );
    assert_eq!(scene.one("SELECT sum(icmp_errors) FROM net_flows WHERE protocol IN ('udp', 'tcp')"), 2);
    assert_eq!(scene.one("SELECT sum(icmp_errors) FROM net_flows"), 2);
}
