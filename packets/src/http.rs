//! HTTP/1.x over a stream: heads of requests and responses, and how long bodies are (RFC 9112). Bodies are counted, not kept.
//!
//! Heads are judged by `httparse`. What it refuses is read line by line all the same and told as a problem, so that one odd
//! line does not hide what follows; so is all that senders and receivers are known to read differently. After a hole in the
//! stream, or a length that nobody can know, reading goes on at the next segment that begins like a head, and says so.

use std::collections::VecDeque;

use crate::bytes::Bytes;

/// Bytes of a head at most.
pub const HEAD: usize = 64 * 1024;
/// Header lines of a head at most.
pub const HEADERS: usize = 256;
/// Bytes of a chunk's line at most.
const CHUNK_LINE: usize = 4096;
/// Requests that wait for responses at most.
const PENDING: usize = 1024;

/// The end that sends requests, or the one that answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Sends requests.
    Client,
    /// Sends responses.
    Server,
}

/// The first line of a head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// Of a request.
    Request {
        /// The method.
        method: Vec<u8>,
        /// The target, as sent.
        target: Vec<u8>,
    },
    /// Of a response.
    Response {
        /// The status code.
        status: u16,
        /// The reason, as sent.
        reason: Vec<u8>,
    },
}

/// A header line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The name, as sent.
    pub name: Vec<u8>,
    /// The value, without the white space around it.
    pub value: Vec<u8>,
}

/// How long a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// There is none.
    None,
    /// So many bytes.
    Bytes(u64),
    /// In chunks.
    Chunked,
    /// To the end of the stream.
    UntilEnd,
    /// What follows is no HTTP/1.x: CONNECT, or an upgrade.
    Tunnel,
    /// Nobody can know.
    Unknown,
}

/// A head, as far as it could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The request's number in the connection from 1 on, and of a response that of its request; None when no request is
    /// known that it may answer.
    pub exchange: Option<u64>,
    /// Whether `exchange` is certain: nothing was lost before, in either direction.
    pub certain: bool,
    /// The first line.
    pub start: Start,
    /// The minor version: 0 or 1; None when the line is cut or malformed there.
    pub minor_version: Option<u8>,
    /// The header lines that could be read, in their order; at most 256.
    pub headers: Vec<Header>,
    /// How long the body is.
    pub body: Length,
    /// Bytes of the head, as far as it was read.
    pub bytes: usize,
    /// What receivers are known to read differently.
    pub oddities: Vec<&'static str>,
    /// What is malformed, or that the head is cut.
    pub problem: Option<&'static str>,
}

impl Head {
    /// The value of the first header line with this name, in any case.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        let same = |header: &&Header| header.name.eq_ignore_ascii_case(name.as_bytes());
        self.headers.iter().find(same).map(|header| header.value.as_slice())
    }

    /// The values of the header lines with this name, in any case.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
        self.headers
            .iter()
            .filter(move |header| header.name.eq_ignore_ascii_case(name.as_bytes()))
            .map(|header| header.value.as_slice())
    }
}

/// A body that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Body {
    /// The number that the head has.
    pub exchange: Option<u64>,
    /// Bytes that were seen, without the lines between chunks.
    pub bytes: u64,
    /// Bytes that the capture does not have.
    pub missing_bytes: u64,
    /// What is odd or malformed, or that its end was not seen.
    pub problem: Option<&'static str>,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A head.
    Head(Head),
    /// The body of the head before it, in the same direction, has ended. None comes of a head that has no body.
    Body(Role, Body),
    /// Why reading stopped in this direction; it goes on with a segment that begins like a head.
    Lost(Role, &'static str),
    /// What follows in this direction is no HTTP/1.x.
    Done(Role, &'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
enum State {
    #[default]
    Head,
    Bytes(u64),
    ChunkLine,
    Chunk(u64),
    ChunkEnd,
    Trailer,
    UntilEnd,
    Lost,
    Done,
}

#[derive(Debug, Default)]
struct Reader {
    state: State,
    /// A head, or a line between chunks, so far.
    have: Vec<u8>,
    /// Bytes of the trailer so far.
    trailer: usize,
    body: Body,
}

/// The methods with which a segment begins like a request.
const METHODS: [&[u8]; 20] = [
    b"GET",
    b"HEAD",
    b"POST",
    b"PUT",
    b"DELETE",
    b"CONNECT",
    b"OPTIONS",
    b"TRACE",
    b"PATCH",
    b"PROPFIND",
    b"PROPPATCH",
    b"MKCOL",
    b"COPY",
    b"MOVE",
    b"LOCK",
    b"UNLOCK",
    b"REPORT",
    b"SEARCH",
    b"NOTIFY",
    b"M-SEARCH",
];

/// Whether bytes begin like a head: a usual method and a space, or `HTTP/1.`.
pub fn is_head(role: Role, bytes: &[u8]) -> bool {
    match role {
        Role::Client => {
            METHODS.iter().any(|method| bytes.strip_prefix(*method).is_some_and(|rest| rest.starts_with(b" ")))
        }
        Role::Server => bytes.starts_with(b"HTTP/1."),
    }
}

/// One connection, both directions. It holds a head of each at most ([`HEAD`]); how many there are is the caller's to bound.
#[derive(Debug, Default)]
pub struct Connection {
    client: Reader,
    server: Reader,
    /// The requests without a response: number, and whether HEAD or CONNECT.
    pending: VecDeque<(u64, Method)>,
    requests: u64,
    lossy: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Head,
    Connect,
    Other,
}

impl Connection {
    /// Takes bytes of one direction, as they came in one segment.
    pub fn push(&mut self, role: Role, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        if self.reader(role).state == State::Lost && is_head(role, bytes) {
            self.reader(role).state = State::Head;
        }
        let mut bytes = Bytes::new(bytes);
        while !bytes.is_empty() && self.step(role, &mut bytes, &mut events) {}
        events
    }

    /// So many bytes of one direction are missing.
    pub fn gap(&mut self, role: Role, missing: u64) -> Vec<Event> {
        let mut events = Vec::new();
        if missing == 0 {
            return events;
        }
        let reader = self.reader(role);
        match reader.state {
            State::Bytes(left) if missing <= left => {
                reader.body.missing_bytes = reader.body.missing_bytes.saturating_add(missing);
                self.counted(role, left.saturating_sub(missing), &mut events);
            }
            State::Chunk(left) if missing <= left => {
                reader.body.missing_bytes = reader.body.missing_bytes.saturating_add(missing);
                let left = left.saturating_sub(missing);
                reader.state = if left == 0 { State::ChunkEnd } else { State::Chunk(left) };
            }
            State::UntilEnd => reader.body.missing_bytes = reader.body.missing_bytes.saturating_add(missing),
            State::Lost => self.lossy = true,
            State::Done => {}
            State::Head => {
                if !reader.have.is_empty() {
                    self.take_head(role, Some("cut in the head"), &mut events);
                }
                self.lose(role, "a hole in the stream", &mut events);
            }
            State::Bytes(_) | State::Chunk(_) | State::ChunkLine | State::ChunkEnd | State::Trailer => {
                self.lose(role, "a hole in the stream", &mut events);
            }
        }
        events
    }

    /// One direction has ended.
    pub fn end(&mut self, role: Role) -> Vec<Event> {
        let mut events = Vec::new();
        let reader = self.reader(role);
        match reader.state {
            State::Head if !reader.have.is_empty() => self.take_head(role, Some("cut in the head"), &mut events),
            State::UntilEnd => self.end_body(role, None, &mut events),
            State::Head | State::Lost | State::Done => {}
            _ => self.end_body(role, Some("the stream ended in the body"), &mut events),
        }
        self.reader(role).have = Vec::new();
        self.reader(role).state = State::Done;
        events
    }

    /// Bytes of heads and lines that are not whole yet.
    pub fn held_bytes(&self) -> usize {
        self.client.have.len().saturating_add(self.server.have.len())
    }

    fn reader(&mut self, role: Role) -> &mut Reader {
        match role {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    /// Takes what the state wants; false when nothing more is wanted.
    fn step(&mut self, role: Role, bytes: &mut Bytes<'_>, events: &mut Vec<Event>) -> bool {
        let reader = self.reader(role);
        match reader.state {
            State::Lost | State::Done => return false,
            State::Head => self.head(role, bytes, events),
            State::Bytes(left) => {
                let taken = bytes.up_to(narrow(left));
                reader.body.bytes = reader.body.bytes.saturating_add(wide(taken.len()));
                self.counted(role, left.saturating_sub(wide(taken.len())), events);
            }
            State::Chunk(left) => {
                let taken = bytes.up_to(narrow(left));
                reader.body.bytes = reader.body.bytes.saturating_add(wide(taken.len()));
                let left = left.saturating_sub(wide(taken.len()));
                reader.state = if left == 0 { State::ChunkEnd } else { State::Chunk(left) };
            }
            State::UntilEnd => {
                let taken = bytes.up_to(usize::MAX);
                reader.body.bytes = reader.body.bytes.saturating_add(wide(taken.len()));
            }
            State::ChunkLine | State::ChunkEnd | State::Trailer => self.line(role, bytes, events),
        }
        true
    }

    fn counted(&mut self, role: Role, left: u64, events: &mut Vec<Event>) {
        self.reader(role).state = State::Bytes(left);
        if left == 0 {
            self.end_body(role, None, events);
        }
    }

    fn end_body(&mut self, role: Role, problem: Option<&'static str>, events: &mut Vec<Event>) {
        let reader = self.reader(role);
        let mut body = std::mem::take(&mut reader.body);
        body.problem = problem.or(body.problem);
        reader.state = State::Head;
        reader.have.clear();
        events.push(Event::Body(role, body));
    }

    fn lose(&mut self, role: Role, why: &'static str, events: &mut Vec<Event>) {
        if !matches!(self.reader(role).state, State::Head | State::Lost | State::Done) {
            self.end_body(role, Some(why), events);
        }
        let reader = self.reader(role);
        reader.have = Vec::new();
        if reader.state != State::Done && reader.state != State::Lost {
            reader.state = State::Lost;
            events.push(Event::Lost(role, why));
        }
        self.lossy = true;
    }

    fn done(&mut self, role: Role, why: &'static str, events: &mut Vec<Event>) {
        let reader = self.reader(role);
        if reader.state != State::Done {
            reader.have = Vec::new();
            reader.state = State::Done;
            events.push(Event::Done(role, why));
        }
    }

    /// A line between chunks.
    fn line(&mut self, role: Role, bytes: &mut Bytes<'_>, events: &mut Vec<Event>) {
        let reader = self.reader(role);
        let rest = bytes.rest();
        let end = rest.iter().position(|byte| *byte == b'\n');
        let taken = bytes.up_to(end.map_or(rest.len(), |end| end.saturating_add(1)));
        let room = CHUNK_LINE.saturating_sub(reader.have.len());
        if taken.len() > room {
            self.lose(role, "a line between chunks of more bytes than are read", events);
            return;
        }
        reader.have.extend_from_slice(taken);
        // A chunk's end is two bytes: other bytes there need not be waited for.
        let wrong = reader.state == State::ChunkEnd && !matches!(reader.have.as_slice(), b"\r" | b"\n" | b"\r\n");
        if wrong {
            self.lose(role, "a chunk without a line end behind it", events);
            return;
        }
        if end.is_none() {
            return;
        }
        let line = std::mem::take(&mut reader.have);
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        if !line.ends_with(b"\r") {
            reader.body.problem = reader.body.problem.or(Some("a bare LF between chunks"));
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match reader.state {
            State::ChunkEnd => reader.state = State::ChunkLine,
            State::ChunkLine => match chunk_size(line) {
                Some(0) => {
                    reader.state = State::Trailer;
                    reader.trailer = 0;
                }
                Some(size) => {
                    let size_text = line.split(|byte| *byte == b';').next().unwrap_or_default();
                    if !size_text.iter().all(u8::is_ascii_hexdigit) {
                        reader.body.problem = reader.body.problem.or(Some("white space after a chunk's size"));
                    }
                    if line.contains(&b'\r') {
                        reader.body.problem = reader.body.problem.or(Some("a bare CR between chunks"));
                    }
                    reader.state = State::Chunk(size);
                }
                None => self.lose(role, "a malformed chunk size", events),
            },
            _ if line.is_empty() => self.end_body(role, None, events),
            _ => {
                reader.trailer = reader.trailer.saturating_add(line.len());
                if reader.trailer > HEAD {
                    self.lose(role, "a trailer of more bytes than are read", events);
                }
            }
        }
    }

    fn head(&mut self, role: Role, bytes: &mut Bytes<'_>, events: &mut Vec<Event>) {
        let reader = self.reader(role);
        if reader.have.is_empty() {
            // Empty lines before a head are no part of it (RFC 9112 2.2).
            while let Some(b'\r' | b'\n') = bytes.rest().first() {
                bytes.up_to(1);
            }
        }
        let room = HEAD.saturating_sub(reader.have.len());
        let line = bytes.rest().iter().position(|byte| *byte == b'\n');
        let taken = bytes.up_to(line.map_or(room, |end| end.saturating_add(1).min(room)));
        reader.have.extend_from_slice(taken);
        if !taken.is_empty() && (reader.have.ends_with(b"\n\n") || reader.have.ends_with(b"\n\r\n")) {
            self.take_head(role, None, events);
        } else if reader.have == b"PRI * HTTP/2.0\r\n" {
            self.done(role, "HTTP/2", events);
        } else if reader.have.len() >= HEAD {
            self.take_head(role, Some("a head of more bytes than are read"), events);
            self.lose(role, "a head of more bytes than are read", events);
        }
    }

    /// The head is whole, or there is a reason why it is not.
    fn take_head(&mut self, role: Role, cut: Option<&'static str>, events: &mut Vec<Event>) {
        let reader = self.reader(role);
        let have = std::mem::take(&mut reader.have);
        let Some(mut head) = parse(role, &have, cut) else {
            self.lose(role, "no head of HTTP/1.x", events);
            return;
        };
        head.certain = !self.lossy;
        let framing = self.exchange(&mut head);
        head.body = if cut.is_some() { Length::Unknown } else { framing };
        let (exchange, body) = (head.exchange, head.body);
        events.push(Event::Head(head));
        let reader = self.reader(role);
        reader.body = Body { exchange, ..Body::default() };
        match body {
            Length::None | Length::Bytes(0) => {}
            Length::Bytes(bytes) => reader.state = State::Bytes(bytes),
            Length::Chunked => reader.state = State::ChunkLine,
            Length::UntilEnd => reader.state = State::UntilEnd,
            Length::Tunnel => {
                self.done(Role::Client, "a tunnel", events);
                self.done(Role::Server, "a tunnel", events);
            }
            Length::Unknown if cut.is_some() => {}
            Length::Unknown => self.lose(role, "a body whose length nobody can know", events),
        }
    }

    /// Numbers a head and finds how long its body is (RFC 9112 6.3).
    fn exchange(&mut self, head: &mut Head) -> Length {
        match &head.start {
            Start::Request { method, .. } => {
                let method = match method.as_slice() {
                    b"HEAD" => Method::Head,
                    b"CONNECT" => Method::Connect,
                    _ => Method::Other,
                };
                self.requests = self.requests.saturating_add(1);
                head.exchange = Some(self.requests);
                if self.pending.len() < PENDING {
                    self.pending.push_back((self.requests, method));
                } else {
                    self.lossy = true;
                }
                told_length(head).unwrap_or(Length::None)
            }
            Start::Response { status, .. } => {
                let status = *status;
                let interim = (100..200).contains(&status) && status != 101;
                let answered = if interim { self.pending.front().copied() } else { self.pending.pop_front() };
                head.exchange = answered.map(|(exchange, _)| exchange);
                head.certain = head.certain && answered.is_some();
                let method = answered.map_or(Method::Other, |(_, method)| method);
                let told = told_length(head);
                match (method, status) {
                    (_, 101) => Length::Tunnel,
                    (Method::Connect, 200..300) => Length::Tunnel,
                    (Method::Head, _) | (_, 100..200 | 204 | 304) => Length::None,
                    _ => told.unwrap_or(Length::UntilEnd),
                }
            }
        }
    }
}

/// The size that a chunk's line has, without what extends it.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|byte| *byte == b';').next()?.trim_ascii_end();
    if digits.is_empty() || digits.len() > 16 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// How long the header lines say the body is; None when they do not.
fn told_length(head: &mut Head) -> Option<Length> {
    let codings: Vec<Vec<u8>> = list(head, "transfer-encoding");
    let lengths: Vec<Vec<u8>> = list(head, "content-length");
    let mut oddities = Vec::new();
    let length = if !codings.is_empty() {
        if !lengths.is_empty() {
            oddities.push("both Content-Length and Transfer-Encoding");
        }
        if head.minor_version == Some(0) {
            oddities.push("Transfer-Encoding in HTTP/1.0");
        }
        let chunked = codings.iter().filter(|coding| coding.eq_ignore_ascii_case(b"chunked")).count();
        if chunked > 1 {
            oddities.push("chunked more than once");
        }
        if codings.last().is_some_and(|coding| coding.eq_ignore_ascii_case(b"chunked")) {
            Some(Length::Chunked)
        } else {
            oddities.push("a transfer coding that does not end in chunked");
            Some(if matches!(head.start, Start::Request { .. }) { Length::Unknown } else { Length::UntilEnd })
        }
    } else if let Some(first) = lengths.first() {
        if lengths.len() > 1 {
            oddities.push("more than one Content-Length");
        }
        let digits = !first.is_empty() && first.iter().all(u8::is_ascii_digit);
        let bytes = std::str::from_utf8(first).ok().filter(|_| digits).and_then(|text| text.parse().ok());
        match bytes {
            None => {
                oddities.push("a malformed Content-Length");
                Some(Length::Unknown)
            }
            Some(_) if lengths.iter().any(|length| length != first) => {
                oddities.push("a Content-Length that contradicts another");
                Some(Length::Unknown)
            }
            Some(bytes) => Some(Length::Bytes(bytes)),
        }
    } else {
        None
    };
    head.oddities.extend(oddities);
    length
}

/// The members of a list in header lines.
fn list(head: &Head, name: &str) -> Vec<Vec<u8>> {
    head.values(name).flat_map(|value| value.split(|byte| *byte == b',')).map(|member| trim(member).to_vec()).collect()
}

/// Without the white space of HTTP around it, which is not all that others call so.
fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// Reads a head; None when its first line is none.
fn parse(role: Role, bytes: &[u8], cut: Option<&'static str>) -> Option<Head> {
    let (start, minor_version) = start_line(role, bytes)?;
    let mut head = Head {
        exchange: None,
        certain: false,
        start,
        minor_version,
        headers: Vec::new(),
        body: Length::Unknown,
        bytes: bytes.len(),
        oddities: Vec::new(),
        problem: cut,
    };
    if bytes.iter().enumerate().any(|(place, byte)| {
        *byte == b'\n' && place.checked_sub(1).and_then(|before| bytes.get(before)) != Some(&b'\r')
    }) {
        head.oddities.push("a bare LF in the head");
    }
    if bytes
        .iter()
        .enumerate()
        .any(|(place, byte)| *byte == b'\r' && bytes.get(place.saturating_add(1)).is_some_and(|after| *after != b'\n'))
    {
        head.oddities.push("a bare CR in the head");
    }
    if bytes.contains(&0) {
        head.oddities.push("a NUL in the head");
    }
    if cut.is_none() && strict(role, bytes, &mut head) {
        return Some(head);
    }
    head.headers.clear();
    lenient(bytes, cut.is_some(), &mut head);
    Some(head)
}

/// Has the library read the header lines; false, and a problem, when it refuses them.
fn strict(role: Role, bytes: &[u8], head: &mut Head) -> bool {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut []);
    let mut response = httparse::Response::new(&mut []);
    let (result, found) = match role {
        Role::Client => {
            request.headers = &mut headers;
            (request.parse(bytes), &*request.headers)
        }
        Role::Server => {
            response.headers = &mut headers;
            (response.parse(bytes), &*response.headers)
        }
    };
    match result {
        Ok(httparse::Status::Complete(length)) if length == bytes.len() => {
            head.headers = found
                .iter()
                .map(|header| Header { name: header.name.as_bytes().to_vec(), value: header.value.to_vec() })
                .collect();
            return true;
        }
        Ok(_) => head.problem = Some("a head that ends elsewhere for others"),
        Err(error) => {
            head.problem = Some(match error {
                httparse::Error::HeaderName => "a malformed header name",
                httparse::Error::HeaderValue => "a malformed header value",
                httparse::Error::NewLine => "a malformed line end",
                httparse::Error::Status => "a malformed status",
                httparse::Error::Token => "a malformed method or target",
                httparse::Error::TooManyHeaders => "more header lines than are read",
                httparse::Error::Version => "a malformed version",
            });
        }
    }
    false
}

/// Reads the header lines that there are, malformed ones as well.
fn lenient(bytes: &[u8], cut: bool, head: &mut Head) {
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    // What follows the last line end is a part of a line only.
    let rest = lines.pop();
    for line in lines.into_iter().skip(1) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            break;
        }
        if let [b' ' | b'\t', ..] = line {
            // A line goes on (obs-fold, RFC 9112 5.2).
            if !head.oddities.contains(&"a folded header line") {
                head.oddities.push("a folded header line");
            }
            if let Some(last) = head.headers.last_mut() {
                last.value.push(b' ');
                last.value.extend_from_slice(trim(line));
            }
            continue;
        }
        if head.headers.len() >= HEADERS {
            head.problem = head.problem.or(Some("more header lines than are read"));
            break;
        }
        let (name, value) = match line.iter().position(|byte| *byte == b':') {
            Some(colon) => (line.get(..colon), line.get(colon.saturating_add(1)..)),
            None => (Some(line), None),
        };
        let name = name.unwrap_or_default();
        if trim(name).len() != name.len() && !head.oddities.contains(&"white space before a colon") {
            head.oddities.push("white space before a colon");
        }
        let value = trim(value.unwrap_or_default()).to_vec();
        head.headers.push(Header { name: trim(name).to_vec(), value });
    }
    if cut && head.problem.is_none() && rest.is_some_and(|rest| !rest.is_empty()) {
        head.problem = Some("cut in the head");
    }
}

/// The first line, and the minor version. Of a request whose line is cut, the method and what there is of the target.
fn start_line(role: Role, bytes: &[u8]) -> Option<(Start, Option<u8>)> {
    let whole = bytes.iter().position(|byte| *byte == b'\n');
    let line = whole.and_then(|end| bytes.get(..end)).unwrap_or(bytes);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let minor = |version: &[u8]| match version {
        b"HTTP/1.0" => Some(0),
        b"HTTP/1.1" => Some(1),
        _ => None,
    };
    match role {
        Role::Client => {
            let space = line.iter().position(|byte| *byte == b' ')?;
            let (method, rest) = (line.get(..space)?, line.get(space.saturating_add(1)..)?);
            let token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
            if method.is_empty() || method.len() > 64 || !method.iter().all(token) {
                return None;
            }
            let last = rest.iter().rposition(|byte| *byte == b' ');
            let version = last.and_then(|last| rest.get(last.saturating_add(1)..)).unwrap_or_default();
            if whole.is_some() && !version.starts_with(b"HTTP/") {
                return None;
            }
            let target = match last {
                Some(last) if version.starts_with(b"HTTP/") => rest.get(..last)?,
                _ => rest,
            };
            let start = Start::Request { method: method.to_vec(), target: target.to_vec() };
            Some((start, whole.and_then(|_| minor(version))))
        }
        Role::Server => {
            if !line.starts_with(b"HTTP/") {
                return None;
            }
            let mut parts = line.splitn(3, |byte| *byte == b' ');
            let version = parts.next()?;
            let digits = parts.next().filter(|digits| digits.len() == 3)?;
            let status = std::str::from_utf8(digits).ok()?.parse().ok()?;
            let reason = parts.next().unwrap_or_default().to_vec();
            Some((Start::Response { status, reason }, minor(version)))
        }
    }
}

fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn narrow(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
