use packets::tls::{Hello, Stream, client_hello, is_hello, server_hello};

use crate::bytes::{self, example_hello, extension, numbers, records};

fn groups(values: &[u16]) -> Vec<u8> {
    let mut body = u16::try_from(2 * values.len()).unwrap().to_be_bytes().to_vec();
    body.extend(numbers(values));
    extension(10, &body)
}

/// <https://github.com/salesforce/ja3>, README: both examples with their hashes.
#[test]
fn ja3_of_its_description() {
    let suites = [47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4];
    let extensions = [extension(0, &[]), groups(&[23, 24, 25]), extension(11, &[1, 0])];
    let hello = client_hello(&bytes::client_hello(769, &suites, &extensions));
    assert_eq!(hello.problem, None);
    let text = "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0";
    assert_eq!(hello.ja3_text().as_deref(), Some(text));
    assert_eq!(hello.ja3().as_deref(), Some("ada70206e40642a3e4461f35503241d5"));
    let hello = client_hello(&bytes::client_hello(769, &[4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99], &[]));
    assert_eq!(hello.ja3_text().as_deref(), Some("769,4-5-10-9-100-98-3-6-19-18-99,,,"));
    assert_eq!(hello.ja3().as_deref(), Some("de350869b8c85de67a350c8d186f11e6"));
}

/// <https://github.com/FoxIO-LLC/ja4>, technical_details/JA4.md: its example.
#[test]
fn ja4_of_its_description() {
    let hello = client_hello(&example_hello());
    assert_eq!(hello.problem, None);
    assert_eq!(hello.server_name.as_deref(), Some(&b"example.org"[..]));
    assert_eq!(hello.alpn, [b"h2".to_vec(), b"http/1.1".to_vec()]);
    assert_eq!(hello.versions, [0xbaba, 0x0304, 0x0303]);
    assert_eq!(hello.ja4().as_deref(), Some("t13d1516h2_8daaf6152771_e5627efa2ab1"));
}

#[test]
fn ja4_where_little_is_offered() {
    // Hashes of the same page: extensions without signature algorithms, and none of either.
    let kinds = [0x05, 0x0a, 0x0b, 0x0d, 0x12, 0x15, 0x17, 0x1b, 0x23, 0x2b, 0x2d, 0x33, 0x4469, 0xff01];
    let list = kinds.map(|kind| match kind {
        0x0a | 0x0d => extension(kind, &[0, 0]),
        0x0b | 0x2b => extension(kind, &[0]),
        _ => extension(kind, &[]),
    });
    let hello = client_hello(&bytes::client_hello(0x0303, &[], &list));
    assert_eq!((hello.problem, hello.ja4().as_deref()), (None, Some("t12i001400_000000000000_6d807ffa2a79")));
    let hello = client_hello(&bytes::client_hello(0x0300, &[0x0a0a], &[]));
    assert_eq!(hello.ja4().as_deref(), Some("ts3i000000_000000000000_000000000000"));
    let many: Vec<u16> = (0..150).collect();
    let hello = client_hello(&bytes::client_hello(0x7777, &many, &[]));
    assert!(hello.ja4().unwrap().starts_with("t00i990000_"));
}

#[test]
fn ja4_of_protocols_with_other_characters() {
    let ends = |name: &[u8]| {
        let mut body = vec![0, u8::try_from(name.len() + 1).unwrap(), u8::try_from(name.len()).unwrap()];
        body.extend(name);
        let hello = client_hello(&bytes::client_hello(0x0303, &[1], &[extension(16, &body)]));
        hello.ja4().unwrap()[8..10].to_owned()
    };
    // The page's list.
    assert_eq!(ends(&[0xab]), "ab");
    assert_eq!(ends(&[0xab, 0xcd]), "ad");
    assert_eq!(ends(&[0x30, 0xab]), "3b");
    assert_eq!(ends(&[0x30, 0x31, 0xab, 0xcd]), "3d");
    assert_eq!(ends(&[0x30, 0xab, 0xcd, 0x31]), "01");
    assert_eq!(ends(b"http/1.1"), "h1");
    assert_eq!(ends(b"x"), "xx");
    assert_eq!(ends(b""), "00");
}

#[test]
fn a_hello_over_records_and_segments() {
    let body = example_hello();
    let wanted = client_hello(&body);
    for size in [1, 7, 100, 16_000] {
        let bytes = records(1, &body, size);
        for part in [1, 6, 300, 100_000] {
            let mut stream = Stream::default();
            let found: Vec<Hello> = bytes.chunks(part).flat_map(|bytes| stream.push(bytes)).collect();
            assert_eq!(found, [Hello::Client(wanted.clone())], "records of {size}, segments of {part}");
        }
    }
    assert!(is_hello(&records(1, &body, 16_000)) && !is_hello(b"GET / HTTP/1.1\r\n"));
}

#[test]
fn a_cut_hello_keeps_what_is_there_and_has_no_fingerprint() {
    let body = example_hello();
    for length in 0..body.len() {
        let hello = client_hello(&body[..length]);
        // Without its extensions a hello is whole, too.
        let bare = 2 + 32 + 3 + 2 + 32 + 2;
        if length == bare {
            continue;
        }
        assert_eq!(hello.problem, Some("cut in the hello"), "{length}");
        assert_eq!((hello.ja3(), hello.ja4()), (None, None));
    }
    let bytes = records(1, &body, 16_000);
    let mut stream = Stream::default();
    assert!(stream.push(&bytes[..128]).is_empty());
    let found = stream.end();
    let [Hello::Client(hello)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((hello.problem, hello.server_name.as_deref()), (Some("cut in the hello"), Some(&b"example.org"[..])));
    assert!(stream.is_done() && stream.push(&bytes).is_empty() && stream.end().is_empty());
}

/// A server's hello.
fn server(random: [u8; 32], extensions: &[Vec<u8>]) -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend(random);
    body.extend([0, 0x13, 0x01, 0]);
    let all = extensions.concat();
    body.extend(u16::try_from(all.len()).unwrap().to_be_bytes());
    body.extend(all);
    body
}

#[test]
fn a_server_chooses() {
    let hello = server_hello(&server([1; 32], &[extension(43, &[3, 4]), extension(16, b"\0\x03\x02h2")]));
    assert_eq!((hello.problem, hello.cipher_suite, hello.chosen_version), (None, 0x1301, Some(0x0304)));
    assert_eq!((hello.alpn.as_deref(), hello.retry), (Some(&b"h2"[..]), false));
    assert_eq!(hello.ja3s_text().as_deref(), Some("771,4865,43-16"));
    let hello = server_hello(&server([1; 32], &[extension(43, &[3])]));
    assert_eq!((hello.problem, hello.ja3s()), (Some("a malformed extension"), None));
}

#[test]
fn a_retry_and_the_second_hello() {
    let retry = [
        0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2,
        0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
    ];
    let mut bytes = records(2, &server(retry, &[extension(43, &[3, 4])]), 100);
    bytes.extend([20, 3, 3, 0, 1, 1]);
    bytes.extend(records(2, &server([1; 32], &[extension(43, &[3, 4])]), 100));
    bytes.extend([23, 3, 3, 0, 1, 0]);
    let mut stream = Stream::default();
    let found = stream.push(&bytes);
    let [Hello::Server(first), Hello::Server(second)] = found.as_slice() else { panic!("{found:?}") };
    assert!(first.retry && !second.retry && stream.is_done() && stream.problem().is_none());

    let mut bytes = records(1, &example_hello(), 16_000);
    bytes.extend([20, 3, 3, 0, 1, 1]);
    bytes.extend(records(1, &example_hello(), 16_000));
    assert_eq!(Stream::default().push(&bytes).len(), 2);
}

#[test]
fn what_is_no_hello_says_so() {
    let problem = |bytes: &[u8]| {
        let mut stream = Stream::default();
        assert!(stream.push(bytes).is_empty());
        assert!(stream.is_done());
        stream.problem()
    };
    assert_eq!(problem(b"GET / HTTP/1.1\r\n"), Some("no TLS record"));
    assert_eq!(problem(&[22, 3, 1, 0xff, 0xff]), Some("a TLS record of more bytes than one may have"));
    assert_eq!(problem(&[21, 3, 1, 0, 2, 2, 40]), Some("an alert instead of a hello"));
    assert_eq!(problem(&[22, 3, 1, 0, 0]), Some("an empty handshake record"));
    assert_eq!(problem(&[22, 3, 1, 0, 4, 11, 0, 0, 0]), Some("another handshake message than a hello"));
    let mut stream = Stream::default();
    let found = stream.push(&[22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff]);
    let [Hello::Client(hello)] = found.as_slice() else { panic!("{found:?}") };
    assert!(hello.problem.is_some() && stream.is_done());
}

#[test]
fn malformed_hellos() {
    let problem = |extensions: &[Vec<u8>]| client_hello(&bytes::client_hello(0x0303, &[1], extensions)).problem;
    assert_eq!(problem(&[extension(23, &[]), extension(23, &[])]), Some("an extension that comes twice"));
    assert_eq!(problem(&[extension(16, b"\0\x09\x08h2")]), Some("a malformed extension"));
    assert_eq!(problem(&[extension(0, &[0, 9, 0, 0, 200, b'x'])]), Some("a malformed extension"));
    assert_eq!(problem(&[vec![0, 0, 0, 9]]), Some("an extension beyond the hello"));
    let reserved: Vec<Vec<u8>> = (0..1100).map(|_| extension(0x0a0a, &[])).collect();
    assert_eq!(problem(&reserved), Some("more extensions than are read"));
    let mut hello = bytes::client_hello(0x0303, &[1], &[]);
    hello[34] = 33;
    assert_eq!(client_hello(&hello).problem, Some("a session identifier of more than 32 bytes"));
}
