use packets::dns::{Data, Edns, Stream, code_name, kind, kind_name, parse};

use crate::bytes::{dns, dns_answer, name};

#[test]
fn an_answer_by_way_of_another_name() {
    let message = parse(&dns_answer()).unwrap();
    assert_eq!(message.problem, None);
    assert_eq!((message.id, message.response, message.recursion_available), (0x1234, true, true));
    assert_eq!((message.questions[0].name.as_str(), message.questions[0].kind), ("www.example.org", kind::A));
    let [alias, address] = message.answers.as_slice() else { panic!("{message:?}") };
    let Data::Name(target) = &alias.data else { panic!("{alias:?}") };
    assert_eq!((alias.name.as_str(), target.as_str(), alias.ttl_seconds), ("www.example.org", "web.example.org", 300));
    assert_eq!((address.name.as_str(), &address.data), ("web.example.org", &Data::A([192, 0, 2, 7].into())));
    assert_eq!(message.edns, Some(Edns { payload_bytes: 4096, version: 0, dnssec: true }));
    assert_eq!((message.code, code_name(message.code), kind_name(5)), (16, Some("BADVERS"), Some("CNAME")));
    assert!(message.additional.is_empty());
}

#[test]
fn data_of_each_type() {
    let record = |kind: u16, data: &[u8]| {
        let mut body = vec![0];
        body.extend(kind.to_be_bytes());
        body.extend([0, 1, 0, 0, 0, 9]);
        body.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        body.extend(data);
        let message = parse(&dns(0x8000, [0, 1, 0, 0], &body)).unwrap();
        message.answers.into_iter().next().map(|record| record.data).ok_or_else(|| message.problem.unwrap())
    };
    assert_eq!(record(kind::AAAA, &[0xfd; 16]), Ok(Data::Aaaa([0xfd; 16].into())));
    assert_eq!(record(kind::AAAA, &[0xfd; 15]), Err("malformed record"));
    assert_eq!(record(kind::A, &[1; 5]), Err("bytes after a record's data"));
    assert_eq!(record(kind::TXT, b"\x02hi\0\x01!"), Ok(Data::Text(vec![b"hi".to_vec(), vec![], b"!".to_vec()])));
    assert_eq!(record(kind::TXT, b"\x09hi"), Err("malformed record"));
    let exchange = [&[0, 10][..], &name("mx.test")].concat();
    let Ok(Data::Exchange { preference: 10, exchange }) = record(kind::MX, &exchange) else { panic!() };
    assert_eq!(exchange.as_str(), "mx.test");
    let service = [&[0, 1, 0, 2, 0x1f, 0x90][..], &name("host.test")].concat();
    let Ok(Data::Service { priority: 1, weight: 2, port: 8080, target }) = record(kind::SRV, &service) else {
        panic!()
    };
    assert_eq!(target.as_str(), "host.test");
    let start = [name("ns.test"), name("root.test"), vec![0, 0, 0, 5], vec![0; 16]].concat();
    assert!(matches!(record(kind::SOA, &start), Ok(Data::Start { serial: 5, .. })));
    assert_eq!(record(kind::SOA, &start[..30]), Err("malformed record"));
    let binding = [&[0, 1, 0][..], &[0, 1, 0, 3, 2, b'h', b'2']].concat();
    let Ok(Data::Binding { priority: 1, target, parameters }) = record(kind::HTTPS, &binding) else { panic!() };
    assert_eq!((target.as_str(), parameters.len()), (".", 7));
    assert_eq!(record(9999, b"raw"), Ok(Data::Other(b"raw".to_vec())));
    assert_eq!(record(kind::A, b""), Ok(Data::Other(vec![])));
}

#[test]
fn names_lose_nothing() {
    let mut body = vec![7];
    body.extend(b"a.b\\c\0\x1b");
    body.extend([4, 0xc3, 0xa9, b' ', b'Z', 0, 0, 1, 0, 1]);
    let message = parse(&dns(0, [1, 0, 0, 0], &body)).unwrap();
    assert_eq!(message.problem, None);
    assert_eq!(message.questions[0].name.as_str(), r"a\.b\\c\000\027.\195\169\032Z");
}

#[test]
fn compression_that_never_ends() {
    let problem = |body: &[u8]| parse(&dns(0, [1, 0, 0, 0], body)).unwrap().problem;
    assert_eq!(problem(&[0xc0, 12, 0, 1, 0, 1]), Some("a name that points forward or to itself"));
    assert_eq!(problem(&[0xc0, 14, 0xc0, 12, 0, 1]), Some("a name that points forward or to itself"));
    assert_eq!(problem(&[1, b'a', 0xc0, 12, 0, 1, 0, 1]), Some("a name that points forward or to itself"));
    assert_eq!(problem(&[0xc0, 3, 0, 1, 0, 1]), Some("a name that points into the header"));
    assert_eq!(problem(&[0x41, b'a', 0]), Some("a label of unknown type"));
    assert_eq!(problem(&[63]), Some("cut in the message"));
    // Four labels of 63 bytes are 257 on the wire.
    let mut long = [&[63][..], &[b'a'; 63]].concat().repeat(4);
    long.extend([0, 0, 1, 0, 1]);
    assert_eq!(problem(&long), Some("a name of more than 255 bytes"));
    // Pointers to pointers, each to the one before.
    let mut chain = vec![0, 0, 1, 0, 1];
    let mut target = 12_u16;
    for _ in 0..200 {
        let at = 12 + u16::try_from(chain.len()).unwrap();
        chain.extend((0xc000 | target).to_be_bytes());
        chain.extend([0, 1, 0, 1]);
        target = at;
    }
    let message = parse(&dns(0, [201, 0, 0, 0], &chain)).unwrap();
    assert_eq!((message.problem, message.questions.len()), (Some("a name of more pointers than are followed"), 128));
}

#[test]
fn a_message_that_grows_by_compression_is_bounded() {
    // One name of 255 bytes, and records that point to it.
    let mut body = [&[49][..], &[0; 49]].concat().repeat(5);
    body.extend([0, 0, 1, 0, 1]);
    for _ in 0..5000 {
        body.extend([0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 0, 0, 2, 0xc0, 12]);
    }
    let message = parse(&dns(0x8000, [1, 5000, 0, 0], &body)).unwrap();
    assert_eq!(message.problem, Some("more names and data than are kept"));
    let kept: usize = message.answers.iter().map(|record| record.name.as_str().len()).sum();
    assert!(kept < 256 * 1024 && message.answers.len() < 1024);
    let many = parse(&dns(0, [65_535, 0, 0, 0], &[0, 0, 1, 0, 1].repeat(10_000))).unwrap();
    assert_eq!((many.problem, many.questions.len()), (Some("more records than are read"), 1024));
}

#[test]
fn a_cut_message_keeps_what_is_there() {
    let whole = dns_answer();
    for length in 0..whole.len() {
        let Some(message) = parse(&whole[..length]) else {
            assert!(length < 12);
            continue;
        };
        assert_eq!(message.problem, Some("cut in the message"), "{length}");
        assert_eq!(message.counts, [1, 2, 0, 1]);
    }
    let message = parse(&whole[..55]).unwrap();
    assert_eq!((message.questions.len(), message.answers.len()), (1, 1));
    assert_eq!(parse(&[&whole[..], b"x"].concat()).unwrap().problem, Some("bytes after the message"));
}

#[test]
fn messages_of_a_tcp_stream() {
    let one = dns_answer();
    let mut bytes = Vec::new();
    for _ in 0..3 {
        bytes.extend(u16::try_from(one.len()).unwrap().to_be_bytes());
        bytes.extend(&one);
    }
    for size in [1, 2, 3, 50, 1000] {
        let mut stream = Stream::default();
        let found: Vec<_> = bytes.chunks(size).flat_map(|part| stream.push(part)).collect();
        assert_eq!(found.len(), 3, "in parts of {size}");
        assert!(found.iter().all(|message| *message == parse(&one).unwrap()));
    }
    // A hole in a message: what was before it, and the next one whole.
    let mut stream = Stream::default();
    assert!(stream.push(&bytes[..57]).is_empty());
    let hole = one.len() + 2 - 57;
    let found = stream.gap(hole as u64);
    assert_eq!((found.len(), found[0].problem, found[0].answers.len()), (1, Some("cut in the message"), 1));
    assert_eq!(stream.push(&bytes[one.len() + 2..2 * one.len() + 4]).len(), 1);
    // A hole inside, bytes behind it.
    stream.push(&bytes[..57]);
    assert!(stream.gap(5).is_empty());
    assert_eq!(stream.push(&bytes[62..one.len() + 2])[0].problem, Some("cut in the message"));
    // A hole over a length.
    assert!(stream.gap(1).is_empty() && stream.is_lost());
    assert!(stream.push(&bytes).is_empty());
}
