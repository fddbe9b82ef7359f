use packets::http::{Body, Connection, Event, Head, Length, Role, Start};

use Role::{Client, Server};

fn heads(events: &[Event]) -> Vec<&Head> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::Head(head) => Some(head),
            _ => None,
        })
        .collect()
}

fn target(head: &Head) -> String {
    match &head.start {
        Start::Request { target, .. } => String::from_utf8_lossy(target).into_owned(),
        other => panic!("{other:?}"),
    }
}

/// The only head of a request alone.
fn request(bytes: &[u8]) -> Head {
    let events = Connection::default().push(Client, bytes);
    let found = heads(&events);
    assert_eq!(found.len(), 1, "{events:?}");
    found[0].clone()
}

#[test]
fn pipelined_requests_and_their_responses_in_parts_of_any_size() {
    let requests = b"GET /one HTTP/1.1\r\nHost: a.test\r\n\r\n\
        HEAD /two HTTP/1.1\r\nHost: a.test\r\n\r\n\
        POST /three HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhello\
        \r\nGET /four HTTP/1.0\r\n\r\n";
    let responses =
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nWiki\r\n6;x=y\r\npedia \r\n0\r\nT: 1\r\n\r\n\
        HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n\
        HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nno!\
        HTTP/1.0 200\r\n\r\nto the end";
    for size in [1, 2, 3, 17, 1000] {
        let mut connection = Connection::default();
        let sent: Vec<Event> = requests.chunks(size).flat_map(|part| connection.push(Client, part)).collect();
        let mut received: Vec<Event> = responses.chunks(size).flat_map(|part| connection.push(Server, part)).collect();
        received.extend(connection.end(Server));
        let found = heads(&sent);
        let targets: Vec<String> = found.iter().map(|head| target(head)).collect();
        assert_eq!(targets, ["/one", "/two", "/three", "/four"], "in parts of {size}");
        assert!(found.iter().all(|head| head.problem.is_none() && head.oddities.is_empty() && head.certain));
        assert_eq!(found[0].header("HOST"), Some(&b"a.test"[..]));
        assert_eq!((found[2].body, found[3].minor_version), (Length::Bytes(5), Some(0)));
        let found = heads(&received);
        let statuses: Vec<_> = found
            .iter()
            .map(|head| match &head.start {
                Start::Response { status, .. } => (*status, head.exchange.unwrap(), head.body),
                other => panic!("{other:?}"),
            })
            .collect();
        let wanted = [
            (200, 1, Length::Chunked),
            (200, 2, Length::None),
            (100, 3, Length::None),
            (404, 3, Length::Bytes(3)),
            (200, 4, Length::UntilEnd),
        ];
        assert_eq!(statuses, wanted, "in parts of {size}");
        let bodies: Vec<Body> = received
            .iter()
            .filter_map(|event| match event {
                Event::Body(Server, body) => Some(*body),
                _ => None,
            })
            .collect();
        let body = |exchange, bytes| Body { exchange: Some(exchange), bytes, ..Body::default() };
        assert_eq!(bodies, [body(1, 10), body(3, 3), body(4, 10)]);
    }
}

#[test]
fn both_lengths_are_told_and_chunks_win() {
    let bytes = b"POST / HTTP/1.1\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /hidden HTTP/1.1\r\n\r\n";
    let events = Connection::default().push(Client, bytes);
    let found = heads(&events);
    assert_eq!(found[0].oddities, ["both Content-Length and Transfer-Encoding"]);
    assert_eq!((found[0].body, target(found[1])), (Length::Chunked, "/hidden".to_owned()));
}

#[test]
fn lengths_that_contradict() {
    let with = |lines: &str| {
        let head = request(format!("POST / HTTP/1.1\r\n{lines}\r\n\r\n").as_bytes());
        (head.body, head.oddities)
    };
    let odd = |text| vec![text];
    assert_eq!(
        with("Content-Length: 5\r\nContent-Length: 6"),
        (Length::Unknown, vec!["more than one Content-Length", "a Content-Length that contradicts another"])
    );
    assert_eq!(with("Content-Length: 5, 5"), (Length::Bytes(5), odd("more than one Content-Length")));
    assert_eq!(with("Content-Length: +5"), (Length::Unknown, odd("a malformed Content-Length")));
    assert_eq!(with("Content-Length: 0x5"), (Length::Unknown, odd("a malformed Content-Length")));
    assert_eq!(with("Content-Length: 99999999999999999999"), (Length::Unknown, odd("a malformed Content-Length")));
    assert_eq!(
        with("Transfer-Encoding: chunked, identity"),
        (Length::Unknown, odd("a transfer coding that does not end in chunked"))
    );
    assert_eq!(
        with("Transfer-Encoding: xchunked"),
        (Length::Unknown, odd("a transfer coding that does not end in chunked"))
    );
    assert_eq!(
        with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
        (Length::Chunked, odd("chunked more than once"))
    );
}

#[test]
fn smuggling_bytes_in_heads() {
    let head = request(b"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n");
    assert_eq!((head.oddities, head.problem, head.headers.len()), (vec!["a bare LF in the head"], None, 2));
    let head = request(b"GET / HTTP/1.1\r\nHost: a\rTransfer-Encoding: chunked\r\n\r\n");
    assert_eq!(head.oddities, ["a bare CR in the head"]);
    assert!(head.problem.is_some() && head.body == Length::None, "{head:?}");
    let head = request(b"GET / HTTP/1.1\r\nHost: a\r\n b\r\nX: y\r\n\r\n");
    assert_eq!(head.oddities, ["a folded header line"]);
    assert_eq!((head.header("host"), head.header("x")), (Some(&b"a b"[..]), Some(&b"y"[..])));
    assert!(head.problem.is_some());
    let head = request(b"POST / HTTP/1.1\r\nTransfer-Encoding : chunked\r\n\r\n");
    assert_eq!((head.oddities, head.body), (vec!["white space before a colon"], Length::Chunked));
    assert_eq!(head.problem, Some("a malformed header name"));
    let head = request(b"GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n");
    assert_eq!(head.oddities, ["a NUL in the head"]);
    assert_eq!((head.header("Host"), head.problem), (Some(&b"a\0b"[..]), Some("a malformed header value")));
    let head = request(b"GET / HTTP/1.1\r\nX: \x1b[31mred\r\n\r\n");
    assert_eq!(head.header("X"), Some(&b"\x1b[31mred"[..]));
    let head = request(b"GET /a b HTTP/1.1\r\n\r\n");
    assert_eq!((target(&head), head.problem), ("/a b".to_owned(), Some("a malformed version")));
}

#[test]
fn chunks_that_others_read_differently() {
    let body = |chunks: &[u8]| {
        let mut connection = Connection::default();
        let mut events = connection.push(Client, b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
        events.extend(connection.push(Client, chunks));
        let body = events.iter().find_map(|event| match event {
            Event::Body(Client, body) => Some((body.bytes, body.problem)),
            _ => None,
        });
        body.unwrap()
    };
    assert_eq!(body(b"3\nabc\r\n0\r\n\r\n"), (3, Some("a bare LF between chunks")));
    assert_eq!(body(b"3 \r\nabc\r\n0\r\n\r\n"), (3, Some("white space after a chunk's size")));
    assert_eq!(body(b"3;a=\rb\r\nabc\r\n0\r\n\r\n"), (3, Some("a bare CR between chunks")));
    assert_eq!(body(b"0x3\r\nabc\r\n"), (0, Some("a malformed chunk size")));
    assert_eq!(body(b"-1\r\nabc\r\n"), (0, Some("a malformed chunk size")));
    assert_eq!(body(b"11111111111111111\r\n"), (0, Some("a malformed chunk size")));
    assert_eq!(body(b"3\r\nabcXX0\r\n"), (3, Some("a chunk without a line end behind it")));
    let long = [&b"3;"[..], &[b'x'; 5000]].concat();
    assert_eq!(body(&long), (0, Some("a line between chunks of more bytes than are read")));
    let trailer = [&b"0\r\n"[..], &b"A: b\r\n".repeat(20_000)].concat();
    assert_eq!(body(&trailer), (0, Some("a trailer of more bytes than are read")));
}

#[test]
fn heads_are_bounded() {
    let mut bytes = b"GET /long HTTP/1.1\r\nHost: a\r\nX: ".to_vec();
    bytes.extend(vec![b'y'; 70_000]);
    let mut connection = Connection::default();
    let events: Vec<Event> = bytes.chunks(1000).flat_map(|part| connection.push(Client, part)).collect();
    let found = heads(&events);
    assert_eq!((found.len(), found[0].problem), (1, Some("a head of more bytes than are read")));
    assert_eq!((found[0].bytes, found[0].header("host")), (65_536, Some(&b"a"[..])));
    assert_eq!(events[1], Event::Lost(Client, "a head of more bytes than are read"));
    // 64 KiB that just fit.
    let mut bytes = b"GET /long HTTP/1.1\r\nX: ".to_vec();
    bytes.extend(vec![b'y'; 65_536 - bytes.len() - 4]);
    bytes.extend(b"\r\n\r\n");
    assert_eq!(request(&bytes).problem, None);
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(300));
    let head = request(many.as_bytes());
    assert_eq!((head.headers.len(), head.problem), (256, Some("more header lines than are read")));
    let garbage = vec![b'\x16'; 100_000];
    let events = Connection::default().push(Client, &garbage);
    assert_eq!(events, [Event::Lost(Client, "no head of HTTP/1.x")]);
}

#[test]
fn after_a_hole_reading_goes_on_at_a_head() {
    let mut connection = Connection::default();
    let mut events = connection.push(Client, b"GET /one HTTP/1.1\r\nHost: a.test\r\nCook");
    events.extend(connection.gap(Client, 500));
    events.extend(connection.push(Client, b"the rest of something\r\n\r\n"));
    events.extend(connection.push(Client, b"GET /two HTTP/1.1\r\n\r\n"));
    let found = heads(&events);
    assert_eq!((found.len(), found[0].problem, found[0].certain), (2, Some("cut in the head"), true));
    assert_eq!((found[0].header("Host"), found[0].header("Cook")), (Some(&b"a.test"[..]), None));
    assert_eq!((target(found[1]), found[1].certain, found[1].exchange), ("/two".to_owned(), false, Some(2)));
    assert!(events.contains(&Event::Lost(Client, "a hole in the stream")));
}

#[test]
fn a_hole_inside_a_body_is_counted() {
    let mut connection = Connection::default();
    connection.push(Client, b"GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n");
    let mut events = connection.push(Server, b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
    events.extend(connection.gap(Server, 97));
    events.extend(connection.push(Server, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nab"));
    events.extend(connection.gap(Server, 8));
    events.extend(connection.push(Server, b"\r\n0\r\n\r\n"));
    let body = |exchange, bytes, missing_bytes| {
        Event::Body(Server, Body { exchange: Some(exchange), bytes, missing_bytes, problem: None })
    };
    assert!(events.contains(&body(1, 3, 97)) && events.contains(&body(2, 2, 8)), "{events:?}");
    assert!(heads(&events).iter().all(|head| head.certain));
    // Over the end of a chunk nothing is known.
    events = connection.push(Server, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nab");
    assert_eq!(heads(&events)[0].exchange, None);
    events.extend(connection.gap(Server, 9));
    assert!(events.contains(&Event::Lost(Server, "a hole in the stream")));
}

#[test]
fn tunnels_and_other_protocols_end_it() {
    let mut connection = Connection::default();
    connection.push(Client, b"CONNECT a.test:443 HTTP/1.1\r\n\r\n");
    let events = connection.push(Server, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nGET / HTTP/1.1\r\n\r\n");
    assert_eq!(heads(&events)[0].body, Length::Tunnel);
    assert_eq!(heads(&events).len(), 1);
    assert!(connection.push(Client, b"GET / HTTP/1.1\r\n\r\n").is_empty());
    let mut connection = Connection::default();
    connection.push(Client, b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n");
    let events = connection.push(Server, b"HTTP/1.1 101 Switching\r\n\r\n");
    assert!(events.contains(&Event::Done(Server, "a tunnel")) && events.contains(&Event::Done(Client, "a tunnel")));
    let events = Connection::default().push(Client, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert_eq!(events, [Event::Done(Client, "HTTP/2")]);
}

#[test]
fn the_end_of_a_stream_in_a_body_or_head() {
    let mut connection = Connection::default();
    connection.push(Client, b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc");
    let problem = Some("the stream ended in the body");
    let body = Body { exchange: Some(1), bytes: 3, missing_bytes: 0, problem };
    assert_eq!(connection.end(Client), [Event::Body(Client, body)]);
    assert!(connection.end(Client).is_empty());
    let mut connection = Connection::default();
    connection.push(Client, b"GET /cut HTTP/1.1\r\nHost: a");
    let events = connection.end(Client);
    assert_eq!((heads(&events)[0].problem, target(heads(&events)[0])), (Some("cut in the head"), "/cut".to_owned()));
}

#[test]
fn requests_without_responses_are_bounded() {
    let mut connection = Connection::default();
    let events = connection.push(Client, &b"GET / HTTP/1.1\r\n\r\n".repeat(3000));
    assert_eq!(heads(&events).len(), 3000);
    assert!(!heads(&events)[2999].certain);
    let events = connection.push(Server, &b"HTTP/1.1 204 No\r\n\r\n".repeat(3000));
    assert_eq!(heads(&events).iter().filter(|head| head.exchange.is_some()).count(), 1024);
}
