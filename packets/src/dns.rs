//! Queries and answers of the domain name system: RFC 1035, also as multicast (RFC 6762) and link-local (RFC 4795) DNS.
//!
//! What is read of a message that is cut or malformed is kept, with the problem. Own code, as libraries refuse such
//! messages whole, and packets are captured by their beginning only.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::bytes::Bytes;

/// Bytes of a header.
const HEADER: usize = 12;
/// Bytes of a name on the wire at most (RFC 1035 2.3.4).
const NAME: usize = 255;
/// Pointers of a name that are followed: a name has no more labels.
const POINTERS: usize = 127;
/// Questions and records of a message that are read.
const ENTRIES: usize = 1024;
/// Bytes of names and data of a message that are kept: compression makes many of few.
const KEPT: usize = 256 * 1024;
/// Bytes of one record's data that are kept, when it has no fields of its own.
const DATA: usize = 4096;

/// Types of records that have fields here (IANA DNS parameters).
pub mod kind {
    /// An IPv4 address.
    pub const A: u16 = 1;
    /// A name server.
    pub const NS: u16 = 2;
    /// The name that another stands for.
    pub const CNAME: u16 = 5;
    /// The start of a zone.
    pub const SOA: u16 = 6;
    /// The name of an address.
    pub const PTR: u16 = 12;
    /// A mail exchange.
    pub const MX: u16 = 15;
    /// Text.
    pub const TXT: u16 = 16;
    /// An IPv6 address (RFC 3596).
    pub const AAAA: u16 = 28;
    /// A service (RFC 2782).
    pub const SRV: u16 = 33;
    /// The tree that another stands for (RFC 6672).
    pub const DNAME: u16 = 39;
    /// Options of the message itself (RFC 6891).
    pub const OPT: u16 = 41;
    /// A service's parameters (RFC 9460).
    pub const SVCB: u16 = 64;
    /// The same, of HTTPS.
    pub const HTTPS: u16 = 65;
    /// Any type, in questions.
    pub const ANY: u16 = 255;
}

/// Whether this port is one of DNS, multicast DNS or LLMNR.
pub fn is_port(port: u16) -> bool {
    matches!(port, 53 | 5353 | 5355)
}

/// The mnemonic of a record type; None of those that are rare.
pub fn kind_name(kind: u16) -> Option<&'static str> {
    Some(match kind {
        kind::A => "A",
        kind::NS => "NS",
        kind::CNAME => "CNAME",
        kind::SOA => "SOA",
        kind::PTR => "PTR",
        kind::MX => "MX",
        kind::TXT => "TXT",
        kind::AAAA => "AAAA",
        kind::SRV => "SRV",
        35 => "NAPTR",
        kind::DNAME => "DNAME",
        kind::OPT => "OPT",
        43 => "DS",
        46 => "RRSIG",
        47 => "NSEC",
        48 => "DNSKEY",
        50 => "NSEC3",
        52 => "TLSA",
        kind::SVCB => "SVCB",
        kind::HTTPS => "HTTPS",
        250 => "TSIG",
        251 => "IXFR",
        252 => "AXFR",
        kind::ANY => "ANY",
        257 => "CAA",
        _ => return None,
    })
}

/// The mnemonic of a response code (RFC 1035, 2136, 6891); None of those that are rare.
pub fn code_name(code: u16) -> Option<&'static str> {
    const NAMES: [&str; 11] = [
        "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH",
        "NOTZONE",
    ];
    match code {
        16 => Some("BADVERS"),
        _ => NAMES.get(usize::from(code)).copied(),
    }
}

/// A name as people write it (RFC 1035 5.1): labels with dots between and none at the end, `.` for the root. A dot and a
/// backslash in a label are `\.` and `\\`, bytes that are not printable ASCII `\DDD`, so that nothing is lost.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Name(String);

impl Name {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A message, as far as it could be read.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Message {
    /// What the answer shares with the query.
    pub id: u16,
    /// Whether it is a response.
    pub response: bool,
    /// 0 query, 4 notify, 5 update.
    pub opcode: u8,
    /// Whether the server is an authority.
    pub authoritative: bool,
    /// Whether the server left out what did not fit.
    pub truncated: bool,
    /// Whether recursion is asked for.
    pub recursion_desired: bool,
    /// Whether the server offers recursion.
    pub recursion_available: bool,
    /// Whether the server verified the data.
    pub authentic: bool,
    /// Whether the asker verifies the data itself.
    pub checking_disabled: bool,
    /// The response code; with the upper bits of EDNS when there is an OPT record.
    pub code: u16,
    /// How many questions, answers, authorities and additional records the header promises.
    pub counts: [u16; 4],
    /// Questions.
    pub questions: Vec<Question>,
    /// Answers.
    pub answers: Vec<Record>,
    /// Records of authorities.
    pub authorities: Vec<Record>,
    /// Additional records, without OPT.
    pub additional: Vec<Record>,
    /// The OPT record.
    pub edns: Option<Edns>,
    /// What is malformed, or where the message is cut.
    pub problem: Option<&'static str>,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The name.
    pub name: Name,
    /// The type of records.
    pub kind: u16,
    /// The class, 1 for the Internet; in multicast DNS the top bit asks for a unicast answer.
    pub class: u16,
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The name.
    pub name: Name,
    /// The type.
    pub kind: u16,
    /// The class, 1 for the Internet; in multicast DNS the top bit says that older records are void.
    pub class: u16,
    /// How long the record may be kept.
    pub ttl_seconds: u32,
    /// The data.
    pub data: Data,
}

/// The data of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// Of A.
    A(Ipv4Addr),
    /// Of AAAA.
    Aaaa(Ipv6Addr),
    /// Of CNAME, NS, PTR and DNAME.
    Name(Name),
    /// Of MX.
    Exchange {
        /// The lower the better.
        preference: u16,
        /// The mail server.
        exchange: Name,
    },
    /// Of SOA.
    Start {
        /// The first name server.
        server: Name,
        /// The mailbox of who is responsible.
        mailbox: Name,
        /// The zone's version.
        serial: u32,
    },
    /// Of SRV.
    Service {
        /// The lower the better.
        priority: u16,
        /// The share among equals.
        weight: u16,
        /// The port.
        port: u16,
        /// The host.
        target: Name,
    },
    /// Of TXT: its strings.
    Text(Vec<Vec<u8>>),
    /// Of SVCB and HTTPS.
    Binding {
        /// 0 when the name stands for the target.
        priority: u16,
        /// The host.
        target: Name,
        /// The parameters as sent, at most 4096 bytes.
        parameters: Vec<u8>,
    },
    /// Of other types: the bytes as sent, at most 4096.
    Other(Vec<u8>),
}

/// What the OPT record says (RFC 6891).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edns {
    /// Bytes of UDP payload that the sender takes.
    pub payload_bytes: u16,
    /// The version.
    pub version: u8,
    /// Whether DNSSEC records are wanted.
    pub dnssec: bool,
}

type Read<T> = Result<T, &'static str>;
const CUT: &str = "cut in the message";

/// Reads a message. `bytes` are what was captured of it; what it had more than that makes it a cut one. Never fails: see
/// [`Message::problem`]. None when there is not even a header.
pub fn parse(bytes: &[u8]) -> Option<Message> {
    let mut reader = Reader { message: bytes, at: 0, kept: 0, entries: 0 };
    let mut message = Message { id: reader.u16().ok()?, ..Message::default() };
    let flags = reader.u16().ok()?;
    for count in &mut message.counts {
        *count = reader.u16().ok()?;
    }
    message.response = flags & 0x8000 != 0;
    message.opcode = u8::try_from((flags >> 11) & 0xf).unwrap_or_default();
    message.authoritative = flags & 0x0400 != 0;
    message.truncated = flags & 0x0200 != 0;
    message.recursion_desired = flags & 0x0100 != 0;
    message.recursion_available = flags & 0x0080 != 0;
    message.authentic = flags & 0x0020 != 0;
    message.checking_disabled = flags & 0x0010 != 0;
    message.code = flags & 0xf;
    message.problem = reader.body(&mut message).err();
    Some(message)
}

struct Reader<'a> {
    message: &'a [u8],
    at: usize,
    kept: usize,
    entries: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a [u8] {
        self.message.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, length: usize) -> Read<&'a [u8]> {
        let taken = self.rest().get(..length).ok_or(CUT)?;
        self.at = self.at.saturating_add(length);
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        self.take(N)?.try_into().map_err(|_| CUT)
    }

    fn u16(&mut self) -> Read<u16> {
        self.array().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Read<u32> {
        self.array().map(u32::from_be_bytes)
    }

    fn body(&mut self, message: &mut Message) -> Read<()> {
        let [questions, answers, authorities, additional] = message.counts;
        for _ in 0..questions {
            self.entry()?;
            let (name, kind, class) = (self.name()?, self.u16()?, self.u16()?);
            message.questions.push(Question { name, kind, class });
        }
        for _ in 0..answers {
            message.answers.push(self.record()?);
        }
        for _ in 0..authorities {
            message.authorities.push(self.record()?);
        }
        for _ in 0..additional {
            let record = self.record()?;
            if record.kind == kind::OPT {
                let [high, version, flags, _] = record.ttl_seconds.to_be_bytes();
                message.code |= u16::from(high) << 4;
                message.edns = Some(Edns { payload_bytes: record.class, version, dnssec: flags & 0x80 != 0 });
            } else {
                message.additional.push(record);
            }
        }
        if self.rest().is_empty() { Ok(()) } else { Err("bytes after the message") }
    }

    fn entry(&mut self) -> Read<()> {
        self.entries = self.entries.saturating_add(1);
        if self.entries > ENTRIES { Err("more records than are read") } else { Ok(()) }
    }

    fn keep(&mut self, bytes: usize) -> Read<()> {
        self.kept = self.kept.saturating_add(bytes);
        if self.kept > KEPT { Err("more names and data than are kept") } else { Ok(()) }
    }

    fn record(&mut self) -> Read<Record> {
        self.entry()?;
        let (name, kind, class, ttl_seconds) = (self.name()?, self.u16()?, self.u16()?, self.u32()?);
        let length = usize::from(self.u16()?);
        let end = self.at.saturating_add(length);
        // The data may point back, and may not go beyond its end.
        let within = self.message.get(..end).ok_or(CUT)?;
        let mut inner = Reader { message: within, at: self.at, kept: self.kept, entries: self.entries };
        let data = inner.data(kind).map_err(|problem| if problem == CUT { "malformed record" } else { problem })?;
        self.kept = inner.kept;
        self.at = end;
        Ok(Record { name, kind, class, ttl_seconds, data })
    }

    fn data(&mut self, kind: u16) -> Read<Data> {
        let data = match kind {
            // A deletion in an update has no data (RFC 2136).
            _ if self.rest().is_empty() => Data::Other(Vec::new()),
            kind::A => Data::A(Ipv4Addr::from(self.array::<4>()?)),
            kind::AAAA => Data::Aaaa(Ipv6Addr::from(self.array::<16>()?)),
            kind::NS | kind::CNAME | kind::PTR | kind::DNAME => Data::Name(self.name()?),
            kind::MX => Data::Exchange { preference: self.u16()?, exchange: self.name()? },
            kind::SOA => {
                let (server, mailbox, serial) = (self.name()?, self.name()?, self.u32()?);
                self.take(16)?;
                Data::Start { server, mailbox, serial }
            }
            kind::SRV => {
                Data::Service { priority: self.u16()?, weight: self.u16()?, port: self.u16()?, target: self.name()? }
            }
            kind::TXT => {
                let mut strings = Vec::new();
                while let Some(length) = self.rest().first() {
                    self.take(1)?;
                    let string = self.take(usize::from(*length))?;
                    self.keep(string.len().saturating_add(size_of::<Vec<u8>>()))?;
                    strings.push(string.to_vec());
                }
                Data::Text(strings)
            }
            kind::SVCB | kind::HTTPS => {
                Data::Binding { priority: self.u16()?, target: self.name()?, parameters: self.bytes()? }
            }
            _ => Data::Other(self.bytes()?),
        };
        if self.rest().is_empty() { Ok(data) } else { Err("bytes after a record's data") }
    }

    /// The rest of a record's data, up to the bytes that are kept.
    fn bytes(&mut self) -> Read<Vec<u8>> {
        let rest = self.rest();
        self.at = self.message.len();
        let kept = rest.get(..DATA).unwrap_or(rest);
        self.keep(kept.len())?;
        Ok(kept.to_vec())
    }

    /// A name. Pointers go back, each further than the one before, so that they end.
    fn name(&mut self) -> Read<Name> {
        let mut text = String::new();
        let mut wire = 1_usize;
        let mut at = self.at;
        let mut limit = self.at;
        let mut after = None;
        let mut pointers = 0_usize;
        loop {
            let length = *self.message.get(at).ok_or(CUT)?;
            let next = at.saturating_add(1);
            match length >> 6 {
                0 if length == 0 => {
                    self.at = after.unwrap_or(next);
                    break;
                }
                0 => {
                    let end = next.saturating_add(usize::from(length));
                    let label = self.message.get(next..end).ok_or(CUT)?;
                    wire = wire.saturating_add(label.len()).saturating_add(1);
                    if wire > NAME {
                        return Err("a name of more than 255 bytes");
                    }
                    if !text.is_empty() {
                        text.push('.');
                    }
                    write_label(&mut text, label);
                    at = end;
                }
                3 => {
                    let low = *self.message.get(next).ok_or(CUT)?;
                    let target = usize::from(u16::from_be_bytes([length & 0x3f, low]));
                    after.get_or_insert(next.saturating_add(1));
                    pointers = pointers.saturating_add(1);
                    if pointers > POINTERS {
                        return Err("a name of more pointers than are followed");
                    }
                    if target >= limit {
                        return Err("a name that points forward or to itself");
                    }
                    if target < HEADER {
                        return Err("a name that points into the header");
                    }
                    limit = target;
                    at = target;
                }
                _ => return Err("a label of unknown type"),
            }
        }
        if text.is_empty() {
            text.push('.');
        }
        self.keep(text.len())?;
        Ok(Name(text))
    }
}

fn write_label(text: &mut String, label: &[u8]) {
    for byte in label {
        match byte {
            b'.' | b'\\' => {
                text.push('\\');
                text.push(char::from(*byte));
            }
            b'!'..=b'~' => text.push(char::from(*byte)),
            _ => text.push_str(&format!("\\{byte:03}")),
        }
    }
}

/// Messages of one direction of a TCP stream, each after its length (RFC 1035 4.2.2).
#[derive(Debug, Default)]
pub struct Stream {
    /// The length's bytes, then the message's.
    have: Vec<u8>,
    /// Bytes of the message that are missing behind those in `have`.
    missing: usize,
    lost: bool,
}

impl Stream {
    /// Takes bytes of the stream; gives the messages that end in them.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Message> {
        let mut messages = Vec::new();
        let mut bytes = Bytes::new(bytes);
        while !bytes.is_empty() && !self.lost {
            let wanted = self.wanted();
            let taken = bytes.up_to(wanted);
            if self.missing > 0 {
                // After a hole nothing has a place.
                self.missing = self.missing.saturating_add(taken.len());
            } else {
                self.have.extend_from_slice(taken);
            }
            self.finish(&mut messages);
        }
        messages
    }

    /// So many bytes of the stream are missing. A message with a hole is read up to it. A hole in a length loses the
    /// stream's rest ([`Stream::is_lost`]).
    pub fn gap(&mut self, bytes: u64) -> Vec<Message> {
        let mut messages = Vec::new();
        if self.lost || bytes == 0 {
            return messages;
        }
        let wanted = u64::try_from(self.wanted()).unwrap_or(u64::MAX);
        if self.have.len() < 2 || bytes > wanted {
            self.lost = true;
            if self.have.len() > 2 {
                messages.extend(self.read(true));
            }
            return messages;
        }
        self.missing = self.missing.saturating_add(usize::try_from(bytes).unwrap_or(usize::MAX));
        self.finish(&mut messages);
        messages
    }

    /// Bytes of a message that is not whole yet.
    pub fn held_bytes(&self) -> usize {
        self.have.len()
    }

    /// Whether nothing more can be read.
    pub fn is_lost(&self) -> bool {
        self.lost
    }

    fn told(&self) -> Option<usize> {
        self.have.first_chunk().map(|length| usize::from(u16::from_be_bytes(*length)))
    }

    /// Bytes to the end of the length, or of the message.
    fn wanted(&self) -> usize {
        match self.told() {
            None => 2_usize.saturating_sub(self.have.len()),
            Some(told) => told.saturating_add(2).saturating_sub(self.have.len()).saturating_sub(self.missing),
        }
    }

    fn finish(&mut self, messages: &mut Vec<Message>) {
        if self.told().is_some() && self.wanted() == 0 {
            messages.extend(self.read(self.missing > 0));
            self.have.clear();
            self.missing = 0;
        }
    }

    fn read(&self, cut: bool) -> Option<Message> {
        let mut message = parse(self.have.get(2..)?)?;
        if cut && message.problem.is_none() {
            message.problem = Some(CUT);
        }
        Some(message)
    }
}
