//! Well-formed bytes, changed by a fixed sequence of numbers.

use packets::layers::Tcp;

use crate::{bytes, entries};

/// Numbers that look random and are the same every time (xorshift).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    /// Changes bytes here and there.
    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(6) {
            if bytes.is_empty() {
                bytes.push(0);
            }
            let at = self.below(bytes.len());
            match self.below(7) {
                0 => bytes[at] = u8::try_from(self.below(256)).unwrap(),
                1 => bytes[at] ^= 1 << self.below(8),
                2 => bytes[at] = [0, 1, 0x7f, 0x80, 0xc0, 0xff, b'\r', b'\n'][self.below(8)],
                3 => bytes.truncate(at),
                4 => {
                    let end = (at + self.below(20)).min(bytes.len());
                    let copy = bytes[at..end].to_vec();
                    let to = self.below(bytes.len());
                    bytes.splice(to..to, copy);
                }
                5 => {
                    bytes.remove(at);
                }
                _ => bytes.insert(at, u8::try_from(self.below(256)).unwrap()),
            }
        }
        bytes.truncate(70_000);
    }
}

fn hammer(entry: fn(&[u8]), seeds: &[Vec<u8>], rounds: usize) {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for seed in seeds {
        entry(seed);
        for _ in 0..rounds {
            let mut bytes = seed.clone();
            random.mutate(&mut bytes);
            entry(&bytes);
        }
        for length in 0..seed.len().min(300) {
            entry(&seed[..length]);
        }
    }
    let mut noise = Vec::new();
    for _ in 0..rounds {
        noise.clear();
        noise.extend((0..random.below(200)).map(|_| u8::try_from(random.below(256)).unwrap()));
        entry(&noise);
    }
}

/// Parts as the entries split them.
fn parts(all: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in all {
        bytes.push(u8::try_from(part.len()).unwrap());
        bytes.extend(part);
    }
    bytes
}

fn packets() -> Vec<Vec<u8>> {
    let header = Tcp { source: 1, destination: 2, flags: Tcp::SYN, ..Tcp::default() };
    let options = [2, 4, 5, 0xb4, 1, 3, 3, 7, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 8];
    let mut extended = vec![60, 0, 0, 0, 0, 0, 0, 0, 44, 0, 0, 0, 0, 0, 0, 0, 17, 0, 0, 1, 0, 0, 0, 3];
    extended.extend(bytes::udp(1, 2, &[0; 16]));
    let mut error = vec![3, 3, 0, 0, 0, 0, 0, 0];
    error.extend(bytes::segment(true, 1, 2, Tcp::ACK, b""));
    vec![
        bytes::ipv4(bytes::CLIENT, bytes::SERVER, 6, &bytes::tcp(&header, &options, b"x")),
        bytes::ipv4(bytes::CLIENT, bytes::SERVER, 17, &bytes::udp(1000, 53, &bytes::dns_answer())),
        bytes::ipv4(bytes::CLIENT, bytes::SERVER, 1, &error),
        bytes::ipv6(0, &extended),
        bytes::ethernet(&[1, 2], 0x86dd, &bytes::ipv6(58, &[128, 0, 0, 0, 0, 1, 0, 2])),
        vec![0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2],
    ]
}

#[test]
fn layers() {
    hammer(entries::layers, &packets(), 4000);
}

#[test]
fn fragments() {
    let whole = bytes::udp(53, 1000, &bytes::dns_answer());
    let part = |from: usize, to: usize| {
        let place = (u16::try_from(from).unwrap(), to < whole.len());
        bytes::ipv4_part(bytes::SERVER, bytes::CLIENT, 17, 3, place, &whole[from..to])
    };
    let seed = parts(&[part(0, 24), part(48, whole.len()), part(24, 48), part(0, 48), part(40, 64)]);
    hammer(entries::fragments, &[seed], 10_000);
}

#[test]
fn flows() {
    let one = [
        bytes::segment(true, 1, 0, Tcp::SYN, b""),
        bytes::segment(false, 1, 2, Tcp::SYN | Tcp::ACK, b""),
        bytes::segment(true, 2, 2, Tcp::ACK | Tcp::FIN, b"x"),
        bytes::segment(false, 2, 4, Tcp::ACK | Tcp::FIN, b""),
        bytes::segment(true, 4, 3, Tcp::ACK, b""),
        bytes::segment(true, 9, 0, Tcp::SYN, b""),
    ];
    hammer(entries::flows, &[parts(&one)], 5000);
}

#[test]
fn streams() {
    let one = |flow, flags, at, acknowledged, bytes: &[u8]| [&[flow, flags, 0, at, acknowledged][..], bytes].concat();
    let seed = parts(&[
        one(0, 2, 0, 0, b""),
        one(0, 16, 5, 0, b"efgh"),
        one(0, 16, 1, 0, b"abcdefgh"),
        one(1, 16, 1, 9, b"answer"),
        one(2, 16, 9, 0, b"other"),
        one(0, 17, 30, 7, b"end"),
        one(1, 16, 20, 20, b"late"),
        one(1, 4, 7, 0, b""),
        one(4, 16, 9, 0, b"third"),
        one(6, 16, 9, 0, b"fourth"),
    ]);
    hammer(entries::stream, &[seed], 20_000);
}

#[test]
fn dns() {
    let mut body = bytes::name("a.very.long.name.example.org");
    body.extend([0, 255, 0, 1]);
    for kind in [2, 5, 6, 15, 16, 33, 64, 65, 99] {
        body.extend([0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 1, 0, 9, 0, 1, 0, 0, 0, 0, 0xc0, 14, 0]);
    }
    hammer(entries::dns, &[bytes::dns_answer(), bytes::dns(0x8000, [1, 9, 0, 0], &body)], 15_000);
}

#[test]
fn http() {
    let request =
        b"POST /a HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nT: 1\r\n\r\n";
    let response = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: folded\r\n y\r\n\r\nhello";
    let seed = parts(&[
        request.to_vec(),
        response.to_vec(),
        b"HEAD / HTTP/1.0\r\n\r\nCONNECT x HTTP/1.1\r\n\r\n".to_vec(),
        b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 204 N\r\n\r\nHTTP/1.0 200\n\nrest".to_vec(),
    ]);
    hammer(entries::http, &[seed, request.to_vec(), response.to_vec()], 10_000);
}

#[test]
fn tls() {
    let hello = bytes::example_hello();
    let seeds = [hello.clone(), bytes::records(1, &hello, 16_000), bytes::records(1, &hello, 50)];
    hammer(entries::tls, &seeds, 3000);
}
