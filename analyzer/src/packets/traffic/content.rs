//! What the stream of a flow is, and who reads it: found out by how it begins, and of DNS by its port.

use std::net::{IpAddr, SocketAddr};

use packets::flow::{Side, Tuple};
use packets::layers::Udp;
use packets::stream::Piece;

use super::bounded::Bounded;
use super::dns::{DnsRow, DnsStreams, Queries};
use super::http::{Http, begins_http};
use super::tls::Hellos;
use super::{Found, Name};

/// Addresses that names are kept of.
const NAMES: usize = 65_536;
/// Pieces that are looked at before a stream whose beginning was seen is taken for something else.
const PIECES: u32 = 64;
/// Bytes of a beginning that is too short to tell.
const BEGINNING: usize = 10;

/// Where a piece stands: its flow, who sent it, the row and time of the packet that it came in.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    pub(super) flow: u64,
    pub(super) event_key: i64,
    pub(super) ts_ns: i64,
    pub(super) sender: Side,
    pub(super) net_namespace: u32,
    pub(super) tuple: Tuple,
}

impl At {
    /// Who sent it, and to whom.
    pub(super) fn ends(&self) -> (SocketAddr, SocketAddr) {
        (self.tuple.end(self.sender), self.tuple.end(self.sender.other()))
    }
}

/// What all flows share: numbers of rows, names, and questions that wait for answers.
pub(super) struct Readers {
    dns_messages: i64,
    http_messages: i64,
    tls_messages: i64,
    pub(super) queries: Queries,
    /// Whether heads of HTTP are told as soon as they are there.
    pub(super) tells_heads: bool,
    /// By network namespace, and of whatever namespace.
    named: Bounded<(u32, IpAddr), Name>,
    named_anywhere: Bounded<IpAddr, Name>,
}

impl Default for Readers {
    fn default() -> Readers {
        Readers {
            dns_messages: 0,
            http_messages: 0,
            tls_messages: 0,
            queries: Queries::new(),
            tells_heads: false,
            named: Bounded::new(NAMES),
            named_anywhere: Bounded::new(NAMES),
        }
    }
}

impl Readers {
    pub(super) fn next_dns(&mut self) -> i64 {
        self.dns_messages += 1;
        self.dns_messages
    }

    pub(super) fn next_http(&mut self) -> i64 {
        self.http_messages += 1;
        self.http_messages
    }

    pub(super) fn next_tls(&mut self) -> i64 {
        self.tls_messages += 1;
        self.tls_messages
    }

    /// The name that the address was given last in the network namespace, or else in another.
    pub(super) fn name(&self, net_namespace: u32, address: IpAddr) -> Option<&Name> {
        if self.named_anywhere.is_empty() {
            return None;
        }
        self.named.get(&(net_namespace, address)).or_else(|| self.named_anywhere.get(&address))
    }

    pub(super) fn learn(&mut self, net_namespace: u32, address: IpAddr, name: Name) {
        self.named.insert((net_namespace, address), name.clone());
        self.named_anywhere.insert(address, name);
    }

    /// Reads a datagram, when it is a message of DNS by its ports and by what it says.
    pub(super) fn datagram(&mut self, at: &At, header: &Udp, read: &packets::Packet<'_>) -> Option<DnsRow> {
        let (from, to) = (header.source, header.destination);
        if !packets::dns::is_port(from) && !packets::dns::is_port(to) {
            return None;
        }
        let message = packets::dns::parse(read.payload)?;
        let is_one = message.problem.is_none() || !message.questions.is_empty() || !message.answers.is_empty();
        is_one.then(|| DnsRow::new(at, false, message, self))
    }
}

/// What a flow's stream is.
pub(super) enum Content {
    /// Not known yet: pieces so far, and beginnings that are too short to tell, by sender.
    Unknown(u32, Box<[Vec<u8>; 2]>),
    /// Nothing, or nothing more, that is read of a stream: what was.
    Read(Option<&'static str>),
    Dns(Box<DnsStreams>),
    Http(Box<Http>),
    Tls(Box<Hellos>),
}

impl Default for Content {
    fn default() -> Content {
        Content::Unknown(0, Box::default())
    }
}

/// Number of a side, for arrays.
pub(super) fn index(side: Side) -> usize {
    match side {
        Side::Low => 0,
        Side::High => 1,
    }
}

impl Content {
    /// A word for it.
    pub(super) fn name(&self) -> Option<&'static str> {
        match self {
            Content::Unknown(..) => None,
            Content::Read(name) => *name,
            Content::Dns(_) => Some("dns"),
            Content::Http(_) => Some("http"),
            Content::Tls(_) => Some("tls"),
        }
    }

    /// Whether more of the stream is to be read.
    pub(super) fn is_wanted(&self) -> bool {
        !matches!(self, Content::Read(_))
    }

    /// Bytes of what is not whole yet.
    pub(super) fn held_bytes(&self) -> usize {
        match self {
            Content::Unknown(..) | Content::Read(_) => 0,
            Content::Dns(streams) => streams.held_bytes(),
            Content::Http(http) => http.held_bytes(),
            Content::Tls(hellos) => hellos.held_bytes(),
        }
    }

    /// Takes the next piece of one direction; what is odd about the stream as a whole is given back.
    pub(super) fn piece(
        &mut self,
        at: &At,
        piece: Piece<'_>,
        is_known_from_start: bool,
        readers: &mut Readers,
        found: &mut Vec<Found>,
    ) -> Option<&'static str> {
        if let Content::Unknown(pieces, beginnings) = self {
            let beginning = &mut beginnings[index(at.sender)];
            let Piece::Data(bytes) = piece else {
                beginning.clear();
                return None;
            };
            let bytes = if beginning.is_empty() {
                bytes
            } else {
                let mut whole = std::mem::take(beginning);
                whole.extend_from_slice(&bytes);
                whole.into()
            };
            let Some(content) = recognised(at, &bytes) else {
                if may_begin(&bytes) {
                    *beginning = bytes.into_owned();
                }
                *pieces = pieces.saturating_add(1);
                if is_known_from_start && *pieces > PIECES {
                    *self = Content::Read(None);
                }
                return None;
            };
            *self = content;
            return self.known(at, Piece::Data(bytes), readers, found);
        }
        self.known(at, piece, readers, found)
    }

    fn known(
        &mut self,
        at: &At,
        piece: Piece<'_>,
        readers: &mut Readers,
        found: &mut Vec<Found>,
    ) -> Option<&'static str> {
        match self {
            Content::Unknown(..) | Content::Read(_) => None,
            Content::Dns(streams) => streams.piece(at, piece, readers, found),
            Content::Http(http) => {
                let problem = http.piece(at, piece, readers, found);
                if http.is_tunnel() {
                    // What goes through the tunnel may be TLS.
                    self.close(found);
                    *self = Content::default();
                }
                problem
            }
            Content::Tls(hellos) => {
                let problem = hellos.piece(at, piece, readers, found);
                if hellos.is_done() {
                    // The rest is encrypted.
                    *self = Content::Read(Some("tls"));
                }
                problem
            }
        }
    }

    /// No more comes: what is not whole is given as it is.
    pub(super) fn close(&mut self, found: &mut Vec<Found>) {
        if let Content::Http(http) = self {
            http.close(found);
        }
        *self = Content::Read(self.name());
    }
}

fn recognised(at: &At, bytes: &[u8]) -> Option<Content> {
    let [low, high] = [at.tuple.low.port(), at.tuple.high.port()];
    if packets::dns::is_port(low) || packets::dns::is_port(high) {
        return Some(Content::Dns(Box::default()));
    }
    if packets::tls::is_hello(bytes) {
        return Some(Content::Tls(Box::default()));
    }
    let client = begins_http(bytes)?;
    Some(Content::Http(Box::new(Http::new(if client { at.sender } else { at.sender.other() }))))
}

/// Whether bytes that are no beginning yet may become one.
fn may_begin(bytes: &[u8]) -> bool {
    let is_method = |byte: &u8| byte.is_ascii_uppercase() || *byte == b'-';
    let is_tls = bytes.len() < 6 && matches!(bytes, [22] | [22, 3, ..]);
    bytes.len() < BEGINNING && (bytes.iter().all(is_method) || b"HTTP/1.".starts_with(bytes) || is_tls)
}
