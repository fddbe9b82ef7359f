//! The hellos of TLS handshakes over TCP: RFC 8446, RFC 5246, RFC 6066 (server name), RFC 7301 (ALPN).
//!
//! Nothing is decrypted. A hello may span records and segments; of one that is cut, what can be read is kept, with the
//! problem, and no fingerprint is made. Own code, as a partly captured hello is the common case here. JA4 is of the client
//! only: the server's (JA4S) is under a licence that this tree cannot take.

use md5::{Digest, Md5};
use sha2::Sha256;

use crate::bytes::Bytes;

/// Bytes of a record's body at most (RFC 5246 6.2.3).
const RECORD: usize = (1 << 14) + 2048;
/// Bytes of a hello at most: more than its lists can have is no hello.
const HELLO: usize = 128 * 1024;
/// Extensions that are read.
const EXTENSIONS: usize = 1024;

const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;

/// The random of a server's hello that asks for another one of the client (RFC 8446 4.1.3).
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11,
    0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// Extensions that are read (IANA TLS ExtensionType Values).
mod extension {
    pub(super) const SERVER_NAME: u16 = 0;
    pub(super) const GROUPS: u16 = 10;
    pub(super) const POINT_FORMATS: u16 = 11;
    pub(super) const SIGNATURES: u16 = 13;
    pub(super) const ALPN: u16 = 16;
    pub(super) const VERSIONS: u16 = 43;
    pub(super) const ENCRYPTED_HELLO: u16 = 0xfe0d;
}

/// A client's hello, as far as it could be read.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ClientHello {
    /// The version of old clients; 0x0303 since TLS 1.2.
    pub version: u16,
    /// The client's random.
    pub random: [u8; 32],
    /// The session's identifier, 0 to 32 bytes.
    pub session: Vec<u8>,
    /// The cipher suites, in the client's order.
    pub cipher_suites: Vec<u16>,
    /// The extensions' types, in the client's order.
    pub extensions: Vec<u16>,
    /// The server's name as the client wrote it; the outer one when the hello is encrypted.
    pub server_name: Option<Vec<u8>>,
    /// Protocols above, in the client's order.
    pub alpn: Vec<Vec<u8>>,
    /// The versions of `supported_versions`, in the client's order; empty without that extension.
    pub versions: Vec<u16>,
    /// The groups, in the client's order.
    pub groups: Vec<u16>,
    /// The formats of points.
    pub point_formats: Vec<u8>,
    /// The signature algorithms, in the client's order.
    pub signatures: Vec<u16>,
    /// Whether an encrypted hello is inside (or pretended to be: RFC 9849 6.2).
    pub encrypted_hello: bool,
    /// What is malformed, or where the hello is cut.
    pub problem: Option<&'static str>,
}

/// A server's hello, as far as it could be read.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ServerHello {
    /// The version of old servers; 0x0303 since TLS 1.2.
    pub version: u16,
    /// The server's random.
    pub random: [u8; 32],
    /// The session's identifier, 0 to 32 bytes.
    pub session: Vec<u8>,
    /// The cipher suite that the server chose.
    pub cipher_suite: u16,
    /// The extensions' types, in the server's order.
    pub extensions: Vec<u16>,
    /// The version that the server chose by `supported_versions`.
    pub chosen_version: Option<u16>,
    /// The protocol that the server chose, where it is not encrypted (up to TLS 1.2).
    pub alpn: Option<Vec<u8>>,
    /// Whether the server asks for another hello of the client.
    pub retry: bool,
    /// What is malformed, or where the hello is cut.
    pub problem: Option<&'static str>,
}

/// A hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hello {
    /// The client's.
    Client(ClientHello),
    /// The server's.
    Server(ServerHello),
}

/// Whether bytes may be the beginning of a TLS stream: a handshake record with a hello.
pub fn is_hello(bytes: &[u8]) -> bool {
    matches!(bytes, [HANDSHAKE, 3, 0..=4, _, _, 1 | 2, ..])
}

/// The name of a version; None of those that are unknown.
pub fn version_name(version: u16) -> Option<&'static str> {
    Some(match version {
        0x0300 => "SSL 3.0",
        0x0301 => "TLS 1.0",
        0x0302 => "TLS 1.1",
        0x0303 => "TLS 1.2",
        0x0304 => "TLS 1.3",
        _ => return None,
    })
}

/// Reserved values that clients send so that servers learn to ignore them (RFC 8701).
fn is_grease(value: u16) -> bool {
    let [high, low] = value.to_be_bytes();
    high == low && low & 0xf == 0xa
}

fn without_grease(values: &[u16]) -> impl Iterator<Item = u16> {
    values.iter().copied().filter(|value| !is_grease(*value))
}

fn joined(values: impl Iterator<Item = String>, between: &str) -> String {
    values.collect::<Vec<_>>().join(between)
}

fn decimal(values: &[u16]) -> String {
    joined(without_grease(values).map(|value| value.to_string()), "-")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The first twelve digits of a SHA-256; zeros of nothing.
fn short_hash(text: &str) -> String {
    if text.is_empty() {
        return "0".repeat(12);
    }
    hex(Sha256::digest(text.as_bytes()).get(..6).unwrap_or_default())
}

impl ClientHello {
    /// The text of JA3 (<https://github.com/salesforce/ja3>). None when the hello is not whole.
    pub fn ja3_text(&self) -> Option<String> {
        if self.problem.is_some() {
            return None;
        }
        let formats = joined(self.point_formats.iter().map(u8::to_string), "-");
        Some(format!(
            "{},{},{},{},{formats}",
            self.version,
            decimal(&self.cipher_suites),
            decimal(&self.extensions),
            decimal(&self.groups)
        ))
    }

    /// JA3: the MD5 of its text, 32 hexadecimal digits.
    pub fn ja3(&self) -> Option<String> {
        self.ja3_text().map(|text| hex(&Md5::digest(text.as_bytes())))
    }

    /// JA4 of a hello over TCP (<https://github.com/FoxIO-LLC/ja4>, technical_details/JA4.md). None when the hello is not
    /// whole.
    pub fn ja4(&self) -> Option<String> {
        if self.problem.is_some() {
            return None;
        }
        let version = match without_grease(&self.versions).max().unwrap_or(self.version) {
            0x0304 => "13",
            0x0303 => "12",
            0x0302 => "11",
            0x0301 => "10",
            0x0300 => "s3",
            0x0002 => "s2",
            _ => "00",
        };
        let name = if self.extensions.contains(&extension::SERVER_NAME) { 'd' } else { 'i' };
        let suites = without_grease(&self.cipher_suites).count().min(99);
        let extensions = without_grease(&self.extensions).count().min(99);
        let list = |values: &mut dyn Iterator<Item = u16>| joined(values.map(|value| format!("{value:04x}")), ",");
        let sorted = |values: Vec<u16>| {
            let mut values = values;
            values.sort_unstable();
            list(&mut values.into_iter())
        };
        let suites_hash = short_hash(&sorted(without_grease(&self.cipher_suites).collect()));
        let others = without_grease(&self.extensions)
            .filter(|kind| !matches!(*kind, extension::SERVER_NAME | extension::ALPN))
            .collect();
        let mut second = sorted(others);
        let signatures = list(&mut without_grease(&self.signatures));
        if !second.is_empty() && !signatures.is_empty() {
            second.push('_');
            second.push_str(&signatures);
        }
        let alpn = alpn_ends(self.alpn.first().map_or(&[], Vec::as_slice));
        Some(format!("t{version}{name}{suites:02}{extensions:02}{alpn}_{suites_hash}_{}", short_hash(&second)))
    }
}

/// The first and the last character of a protocol's name, as JA4 has them.
fn alpn_ends(name: &[u8]) -> String {
    let (Some(first), Some(last)) = (name.first(), name.last()) else { return "00".to_owned() };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return [char::from(*first), char::from(*last)].iter().collect();
    }
    let digits = hex(&[*first, *last]);
    digits.chars().take(1).chain(digits.chars().last()).collect()
}

impl ServerHello {
    /// The text of JA3S (<https://github.com/salesforce/ja3>). None when the hello is not whole.
    pub fn ja3s_text(&self) -> Option<String> {
        if self.problem.is_some() {
            return None;
        }
        Some(format!("{},{},{}", self.version, self.cipher_suite, decimal(&self.extensions)))
    }

    /// JA3S: the MD5 of its text, 32 hexadecimal digits.
    pub fn ja3s(&self) -> Option<String> {
        self.ja3s_text().map(|text| hex(&Md5::digest(text.as_bytes())))
    }
}

type Read<T> = Result<T, &'static str>;
const CUT: &str = "cut in the hello";

/// Reads the body of a client's hello (without the handshake header). Never fails: see [`ClientHello::problem`].
pub fn client_hello(body: &[u8]) -> ClientHello {
    let mut hello = ClientHello::default();
    hello.problem = hello.read(&mut Bytes::new(body)).err();
    hello
}

/// Reads the body of a server's hello (without the handshake header). Never fails: see [`ServerHello::problem`].
pub fn server_hello(body: &[u8]) -> ServerHello {
    let mut hello = ServerHello::default();
    hello.problem = hello.read(&mut Bytes::new(body)).err();
    hello
}

/// The values of a list of so many bytes; those that are there, when it is cut.
fn list(bytes: &mut Bytes<'_>, length: usize, into: &mut Vec<u16>) -> Read<()> {
    let mut within = Bytes::new(bytes.up_to(length));
    let whole = within.rest().len() == length;
    while let Some(value) = within.u16() {
        into.push(value);
    }
    match (whole, within.is_empty()) {
        (false, _) => Err(CUT),
        (true, false) => Err("a list of odd length"),
        (true, true) => Ok(()),
    }
}

/// Reads extensions; each is given with the bytes that are there of it, and whether that is all.
fn extensions(bytes: &mut Bytes<'_>, mut each: impl FnMut(u16, &[u8], bool) -> Read<()>) -> Read<()> {
    if bytes.is_empty() {
        // Hellos before TLS 1.3 may have none.
        return Ok(());
    }
    let length = usize::from(bytes.u16().ok_or(CUT)?);
    let mut within = Bytes::new(bytes.up_to(length));
    let whole = within.rest().len() == length;
    if whole && !bytes.is_empty() {
        return Err("bytes after the hello's extensions");
    }
    let mut count = 0_usize;
    while !within.is_empty() {
        count = count.saturating_add(1);
        if count > EXTENSIONS {
            return Err("more extensions than are read");
        }
        let short = if whole { "an extension beyond the hello" } else { CUT };
        let kind = within.u16().ok_or(short)?;
        let length = usize::from(within.u16().ok_or(short)?);
        let body = within.up_to(length);
        let all = body.len() == length;
        if whole && !all {
            return Err(short);
        }
        each(kind, body, all)?;
    }
    if whole { Ok(()) } else { Err(CUT) }
}

impl ClientHello {
    fn read(&mut self, bytes: &mut Bytes<'_>) -> Read<()> {
        self.version = bytes.u16().ok_or(CUT)?;
        self.random = bytes.array().ok_or(CUT)?;
        self.session = session(bytes)?;
        let length = usize::from(bytes.u16().ok_or(CUT)?);
        list(bytes, length, &mut self.cipher_suites)?;
        let length = usize::from(bytes.u8().ok_or(CUT)?);
        bytes.take(length).ok_or(CUT)?;
        extensions(bytes, |kind, body, all| self.extension(kind, body, all))
    }

    fn extension(&mut self, kind: u16, body: &[u8], all: bool) -> Read<()> {
        let again = self.extensions.contains(&kind) && !is_grease(kind);
        self.extensions.push(kind);
        if again {
            return Err("an extension that comes twice");
        }
        let short = if all { "a malformed extension" } else { CUT };
        let mut bytes = Bytes::new(body);
        match kind {
            extension::SERVER_NAME => {
                // Servers send it empty, and so may clients that do not know better.
                if body.is_empty() && all {
                    return Ok(());
                }
                bytes.u16().ok_or(short)?;
                while !bytes.is_empty() {
                    let kind = bytes.u8().ok_or(short)?;
                    let length = usize::from(bytes.u16().ok_or(short)?);
                    let name = bytes.take(length).ok_or(short)?;
                    if kind == 0 && self.server_name.is_none() {
                        self.server_name = Some(name.to_vec());
                    }
                }
            }
            extension::ALPN => {
                bytes.u16().ok_or(short)?;
                while !bytes.is_empty() {
                    let length = usize::from(bytes.u8().ok_or(short)?);
                    self.alpn.push(bytes.take(length).ok_or(short)?.to_vec());
                }
            }
            extension::VERSIONS => {
                let length = usize::from(bytes.u8().ok_or(short)?);
                list(&mut bytes, length, &mut self.versions).map_err(|_| short)?;
            }
            extension::GROUPS => {
                let length = usize::from(bytes.u16().ok_or(short)?);
                list(&mut bytes, length, &mut self.groups).map_err(|_| short)?;
            }
            extension::SIGNATURES => {
                let length = usize::from(bytes.u16().ok_or(short)?);
                list(&mut bytes, length, &mut self.signatures).map_err(|_| short)?;
            }
            extension::POINT_FORMATS => {
                let length = usize::from(bytes.u8().ok_or(short)?);
                self.point_formats = bytes.take(length).ok_or(short)?.to_vec();
            }
            extension::ENCRYPTED_HELLO => self.encrypted_hello = true,
            _ => {}
        }
        Ok(())
    }
}

fn session(bytes: &mut Bytes<'_>) -> Read<Vec<u8>> {
    let length = usize::from(bytes.u8().ok_or(CUT)?);
    if length > 32 {
        return Err("a session identifier of more than 32 bytes");
    }
    Ok(bytes.take(length).ok_or(CUT)?.to_vec())
}

impl ServerHello {
    fn read(&mut self, bytes: &mut Bytes<'_>) -> Read<()> {
        self.version = bytes.u16().ok_or(CUT)?;
        self.random = bytes.array().ok_or(CUT)?;
        self.retry = self.random == RETRY;
        self.session = session(bytes)?;
        self.cipher_suite = bytes.u16().ok_or(CUT)?;
        bytes.u8().ok_or(CUT)?;
        extensions(bytes, |kind, body, all| {
            if self.extensions.contains(&kind) {
                return Err("an extension that comes twice");
            }
            self.extensions.push(kind);
            let short = if all { "a malformed extension" } else { CUT };
            let mut bytes = Bytes::new(body);
            match kind {
                extension::VERSIONS => self.chosen_version = Some(bytes.u16().ok_or(short)?),
                extension::ALPN => {
                    bytes.u16().ok_or(short)?;
                    let length = usize::from(bytes.u8().ok_or(short)?);
                    self.alpn = Some(bytes.take(length).ok_or(short)?.to_vec());
                }
                _ => {}
            }
            Ok(())
        })
    }
}

/// What a stream's reader waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
enum Until {
    #[default]
    Hello,
    /// Another hello may follow a server's retry, and a client's first.
    Again,
    Done,
}

/// One direction of a stream, up to the end of its hellos.
#[derive(Debug, Default)]
pub struct Stream {
    /// The record's header and body so far.
    record: Vec<u8>,
    /// The handshake message so far, of one record or more.
    message: Vec<u8>,
    until: Until,
    problem: Option<&'static str>,
}

impl Stream {
    /// Takes bytes of the stream; gives the hellos that end in them.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Hello> {
        let mut hellos = Vec::new();
        let mut bytes = Bytes::new(bytes);
        while !bytes.is_empty() && self.until != Until::Done {
            match self.record_bytes() {
                None => {
                    let wanted = 5_usize.saturating_sub(self.record.len());
                    self.record.extend_from_slice(bytes.up_to(wanted));
                    if let Err(problem) = self.check() {
                        self.stop(problem, &mut hellos);
                    }
                }
                Some(length) => {
                    let wanted = length.saturating_sub(self.record.len());
                    self.record.extend_from_slice(bytes.up_to(wanted));
                }
            }
            if self.record_bytes() == Some(self.record.len()) {
                let record = std::mem::take(&mut self.record);
                self.take_record(&record, &mut hellos);
            }
        }
        hellos
    }

    /// Bytes are missing, or the stream ended: what there is of a hello is given, with its problem; nothing follows.
    pub fn end(&mut self) -> Vec<Hello> {
        let mut hellos = Vec::new();
        if self.until != Until::Done {
            let body = self.record.get(5..).unwrap_or_default();
            if self.record.first() == Some(&HANDSHAKE) {
                self.message.extend_from_slice(body);
            }
            self.stop(CUT, &mut hellos);
        }
        hellos
    }

    /// Whether nothing more will be given.
    pub fn is_done(&self) -> bool {
        self.until == Until::Done
    }

    /// Bytes of a record and a hello that are not whole yet.
    pub fn held_bytes(&self) -> usize {
        self.record.len().saturating_add(self.message.len())
    }

    /// Why no hello could be read.
    pub fn problem(&self) -> Option<&'static str> {
        self.problem
    }

    /// Bytes of the record, header included.
    fn record_bytes(&self) -> Option<usize> {
        match self.record.get(3..5) {
            Some(&[high, low]) => Some(usize::from(u16::from_be_bytes([high, low])).saturating_add(5)),
            _ => None,
        }
    }

    fn check(&self) -> Read<()> {
        match *self.record.as_slice() {
            [kind, ..] if !matches!(kind, 20..=23) => Err("no TLS record"),
            [_, major, ..] if major != 3 => Err("no TLS record"),
            [_, _, _, _, _] if self.record_bytes().is_some_and(|bytes| bytes > RECORD.saturating_add(5)) => {
                Err("a TLS record of more bytes than one may have")
            }
            _ => Ok(()),
        }
    }

    fn take_record(&mut self, record: &[u8], hellos: &mut Vec<Hello>) {
        let body = record.get(5..).unwrap_or_default();
        match record.first() {
            Some(&HANDSHAKE) if !body.is_empty() => {
                self.message.extend_from_slice(body);
                self.take_messages(hellos);
            }
            Some(&HANDSHAKE) => self.stop("an empty handshake record", hellos),
            // Sent between the two hellos of a client for the sake of middleboxes (RFC 8446 D.4).
            Some(&CHANGE_CIPHER_SPEC) if self.until == Until::Again && self.message.is_empty() => {}
            Some(&ALERT) => self.stop("an alert instead of a hello", hellos),
            _ => self.stop("another record than a hello's", hellos),
        }
    }

    fn take_messages(&mut self, hellos: &mut Vec<Hello>) {
        while self.until != Until::Done && !self.message.is_empty() {
            let mut bytes = Bytes::new(&self.message);
            let kind = bytes.u8().unwrap_or_default();
            if !matches!(kind, 1 | 2) {
                self.message.clear();
                self.stop("another handshake message than a hello", hellos);
                return;
            }
            let Some(length) = bytes.u24().and_then(|length| usize::try_from(length).ok()) else { return };
            if length > HELLO {
                self.stop("a hello of more bytes than one may have", hellos);
                return;
            }
            let Some(body) = bytes.take(length) else { return };
            let hello = read(kind, body);
            let rest = bytes.rest().to_vec();
            self.message = rest;
            let again = match &hello {
                Hello::Client(_) => true,
                Hello::Server(hello) => hello.retry,
            };
            self.until = if again && self.until == Until::Hello { Until::Again } else { Until::Done };
            hellos.push(hello);
        }
    }

    /// Nothing follows. Of a hello that is not whole, what there is is given.
    fn stop(&mut self, problem: &'static str, hellos: &mut Vec<Hello>) {
        let message = std::mem::take(&mut self.message);
        if let [kind @ (1 | 2), _, _, _, body @ ..] = message.as_slice() {
            let mut hello = read(*kind, body);
            match &mut hello {
                Hello::Client(hello) => hello.problem = hello.problem.or(Some(problem)),
                Hello::Server(hello) => hello.problem = hello.problem.or(Some(problem)),
            }
            hellos.push(hello);
        } else if self.until == Until::Hello {
            self.problem = Some(problem);
        }
        self.record = Vec::new();
        self.until = Until::Done;
    }
}

fn read(kind: u8, body: &[u8]) -> Hello {
    if kind == 1 { Hello::Client(client_hello(body)) } else { Hello::Server(server_hello(body)) }
}
