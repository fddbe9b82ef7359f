//! Makes the bytes of packets.

use packets::layers::Tcp;

pub(crate) const CLIENT: [u8; 4] = [10, 0, 0, 1];
pub(crate) const SERVER: [u8; 4] = [10, 0, 0, 2];

/// An IPv4 datagram, or (offset in bytes, more) a fragment of one.
pub(crate) fn ipv4_part(
    from: [u8; 4],
    to: [u8; 4],
    protocol: u8,
    identification: u16,
    (offset, more): (u16, bool),
    payload: &[u8],
) -> Vec<u8> {
    let mut bytes = vec![0x45, 0];
    bytes.extend(u16::try_from(20 + payload.len()).unwrap().to_be_bytes());
    bytes.extend(identification.to_be_bytes());
    bytes.extend(((offset / 8) | if more { 0x2000 } else { 0 }).to_be_bytes());
    bytes.extend([64, protocol, 0, 0]);
    bytes.extend(from);
    bytes.extend(to);
    bytes.extend(payload);
    bytes
}

pub(crate) fn ipv4(from: [u8; 4], to: [u8; 4], protocol: u8, payload: &[u8]) -> Vec<u8> {
    ipv4_part(from, to, protocol, 7, (0, false), payload)
}

pub(crate) fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x6a, 0xb1, 0x23, 0x45];
    bytes.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
    bytes.extend([next, 63]);
    bytes.extend("fd00::1".parse::<std::net::Ipv6Addr>().unwrap().octets());
    bytes.extend("fd00::2".parse::<std::net::Ipv6Addr>().unwrap().octets());
    bytes.extend(payload);
    bytes
}

pub(crate) fn udp(from: u16, to: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(from.to_be_bytes());
    bytes.extend(to.to_be_bytes());
    bytes.extend(u16::try_from(8 + payload.len()).unwrap().to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend(payload);
    bytes
}

pub(crate) fn tcp(header: &Tcp, options: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(header.source.to_be_bytes());
    bytes.extend(header.destination.to_be_bytes());
    bytes.extend(header.sequence.to_be_bytes());
    bytes.extend(header.acknowledgment.to_be_bytes());
    let words = u16::try_from(5 + options.len() / 4).unwrap();
    bytes.extend(((words << 12) | header.flags).to_be_bytes());
    bytes.extend(header.window.to_be_bytes());
    bytes.extend([0, 0, 0, 0]);
    bytes.extend(options);
    bytes.extend(payload);
    bytes
}

/// A segment between the two hosts.
pub(crate) fn segment(from_client: bool, sequence: u32, acknowledgment: u32, flags: u16, payload: &[u8]) -> Vec<u8> {
    let (from, to, source, destination) =
        if from_client { (CLIENT, SERVER, 40_000, 80) } else { (SERVER, CLIENT, 80, 40_000) };
    let header = Tcp { source, destination, sequence, acknowledgment, flags, window: 1000, ..Tcp::default() };
    ipv4(from, to, 6, &tcp(&header, &[], payload))
}

pub(crate) fn ethernet(vlans: &[u16], ether_type: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
    for vlan in vlans {
        bytes.extend([0x81, 0]);
        bytes.extend(vlan.to_be_bytes());
    }
    bytes.extend(ether_type.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A name on the wire.
pub(crate) fn name(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in text.split('.').filter(|label| !label.is_empty()) {
        bytes.push(u8::try_from(label.len()).unwrap());
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes
}

/// A DNS message: header, question and records as given.
pub(crate) fn dns(flags: u16, counts: [u16; 4], body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x12, 0x34];
    bytes.extend(flags.to_be_bytes());
    for count in counts {
        bytes.extend(count.to_be_bytes());
    }
    bytes.extend(body);
    bytes
}

/// A response: the address of a name, by way of another.
pub(crate) fn dns_answer() -> Vec<u8> {
    let mut body = name("www.example.org");
    body.extend([0, 1, 0, 1]);
    // CNAME of the question's name: `web` in the question's `example.org`.
    body.extend([0xc0, 12, 0, 5, 0, 1, 0, 0, 1, 44, 0, 6, 3, b'w', b'e', b'b', 0xc0, 16]);
    // A of that, whose name is 18 bytes before.
    body.extend([0xc0, 12 + 21 + 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
    // OPT with an extended code.
    body.extend([0, 0, 41, 0x10, 0, 1, 0, 0x80, 0, 0, 0]);
    dns(0x8180, [1, 2, 0, 1], &body)
}

/// An extension of a hello.
pub(crate) fn extension(kind: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes = kind.to_be_bytes().to_vec();
    bytes.extend(u16::try_from(body.len()).unwrap().to_be_bytes());
    bytes.extend(body);
    bytes
}

pub(crate) fn numbers(values: &[u16]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

/// The body of a client's hello.
pub(crate) fn client_hello(version: u16, suites: &[u16], extensions: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = version.to_be_bytes().to_vec();
    bytes.extend([7; 32]);
    bytes.push(2);
    bytes.extend([8, 9]);
    bytes.extend(u16::try_from(2 * suites.len()).unwrap().to_be_bytes());
    bytes.extend(numbers(suites));
    bytes.extend([1, 0]);
    let all = extensions.concat();
    if !all.is_empty() {
        bytes.extend(u16::try_from(all.len()).unwrap().to_be_bytes());
        bytes.extend(all);
    }
    bytes
}

/// A handshake message in records of at most `size` bytes.
pub(crate) fn records(kind: u8, body: &[u8], size: usize) -> Vec<u8> {
    let mut message = vec![kind];
    message.extend(&u32::try_from(body.len()).unwrap().to_be_bytes()[1..]);
    message.extend(body);
    let mut bytes = Vec::new();
    for part in message.chunks(size) {
        bytes.extend([22, 3, 1]);
        bytes.extend(u16::try_from(part.len()).unwrap().to_be_bytes());
        bytes.extend(part);
    }
    bytes
}

/// The hello that the description of JA4 has as its example, with reserved values strewn in.
pub(crate) fn example_hello() -> Vec<u8> {
    let suites = [
        0x4a4a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d,
        0x002f, 0x0035,
    ];
    let mut signatures = numbers(&[0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601]);
    signatures.splice(0..0, [0, 16]);
    let mut server = vec![0, 14, 0, 0, 11];
    server.extend(b"example.org");
    let extensions = [
        extension(0xdada, &[]),
        extension(0x001b, &[2, 0, 2]),
        extension(0x0000, &server),
        extension(0x0033, &[0, 0]),
        extension(0x0010, b"\0\x0c\x02h2\x08http/1.1"),
        extension(0x4469, &[0, 3, 2, b'h', b'2']),
        extension(0x0017, &[]),
        extension(0x002d, &[1, 1]),
        extension(0x000d, &signatures),
        extension(0x0005, &[1, 0, 0, 0, 0]),
        extension(0x0023, &[]),
        extension(0x0012, &[]),
        extension(0x002b, &[6, 0xba, 0xba, 3, 4, 3, 3]),
        extension(0xff01, &[0]),
        extension(0x000b, &[1, 0]),
        extension(0x000a, &[0, 8, 0x1a, 0x1a, 0, 29, 0, 23, 0, 24]),
        extension(0x2a2a, &[0]),
        extension(0x0015, &[0; 20]),
    ];
    client_hello(0x0303, &suites, &extensions)
}
