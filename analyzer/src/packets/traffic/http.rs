//! Requests and responses of HTTP/1.x, paired in their order.

use std::collections::VecDeque;
use std::net::SocketAddr;

use packets::flow::Side;
use packets::http::{Body, Connection, Event, Head, Length, Role, Start, is_head};
use packets::stream::Piece;

use super::Found;
use super::content::{At, Readers, index};

/// Requests of a connection that wait for responses.
const WAITING: usize = 1024;

/// A request or a response, as it is shown.
pub(crate) struct HttpRow {
    pub(crate) number: i64,
    pub(crate) flow: u64,
    /// The packet that completed the head, and its time.
    pub(crate) event_key: i64,
    pub(crate) ts_ns: i64,
    /// The same of the body's end.
    pub(crate) end: Option<(i64, i64)>,
    pub(crate) head: Head,
    /// Of a response: the request's row, and how long after its head this one came.
    pub(crate) request: Option<i64>,
    pub(crate) latency_ns: Option<i64>,
    /// Bytes of the body that were seen, and that are missing; `None` when nobody knows whether there is one.
    pub(crate) body: Option<(u64, u64)>,
    pub(crate) problem: Option<&'static str>,
}

/// The head of a request or a response that has just been completed.
pub(crate) struct HttpHead {
    /// The packet that completed it.
    pub(crate) event_key: i64,
    pub(crate) from: SocketAddr,
    pub(crate) to: SocketAddr,
    pub(crate) head: Head,
}

/// One connection.
pub(super) struct Http {
    connection: Connection,
    client: Side,
    /// Heads whose bodies go on, by sender.
    open: [Option<Box<HttpRow>>; 2],
    /// Requests without a response: exchange, row and time.
    asked: VecDeque<(u64, i64, i64)>,
    is_tunnel: bool,
}

/// Whether bytes begin a request (true) or a response (false).
pub(super) fn begins_http(bytes: &[u8]) -> Option<bool> {
    if is_head(Role::Client, bytes) {
        Some(true)
    } else if is_head(Role::Server, bytes) {
        Some(false)
    } else {
        None
    }
}

impl Http {
    pub(super) fn new(client: Side) -> Http {
        Http { connection: Connection::default(), client, open: [None, None], asked: VecDeque::new(), is_tunnel: false }
    }

    fn role(&self, side: Side) -> Role {
        if side == self.client { Role::Client } else { Role::Server }
    }

    fn side(&self, role: Role) -> Side {
        match role {
            Role::Client => self.client,
            Role::Server => self.client.other(),
        }
    }

    pub(super) fn held_bytes(&self) -> usize {
        let open: usize = self.open.iter().flatten().map(|row| row.head.bytes * 2 + size_of::<HttpRow>()).sum();
        self.connection.held_bytes() + open + self.asked.len() * size_of::<(u64, i64, i64)>()
    }

    /// Whether what follows is something else.
    pub(super) fn is_tunnel(&self) -> bool {
        self.is_tunnel
    }

    pub(super) fn piece(
        &mut self,
        at: &At,
        piece: Piece<'_>,
        readers: &mut Readers,
        found: &mut Vec<Found>,
    ) -> Option<&'static str> {
        let role = self.role(at.sender);
        let events = match piece {
            Piece::Data(bytes) => self.connection.push(role, &bytes),
            Piece::Gap(bytes, _) => self.connection.gap(role, bytes),
            Piece::End(_) => self.connection.end(role),
        };
        let mut problem = None;
        for event in events {
            match event {
                Event::Head(head) => self.head(at, head, readers, found),
                Event::Body(_, body) => self.body(at, &body, found),
                Event::Lost(role, why) => {
                    self.give_up(self.side(role), why, found);
                    problem = Some(why);
                }
                Event::Done(role, why) => {
                    self.give_up(self.side(role), why, found);
                    problem = Some(why).filter(|_| !self.is_tunnel);
                }
            }
        }
        problem
    }

    fn head(&mut self, at: &At, head: Head, readers: &mut Readers, found: &mut Vec<Found>) {
        // A head that follows another one ends that.
        self.give_up(at.sender, "its end was not seen", found);
        if readers.tells_heads {
            let (from, to) = at.ends();
            found.push(Found::Head(Box::new(HttpHead { event_key: at.event_key, from, to, head: head.clone() })));
        }
        let mut row = HttpRow {
            number: readers.next_http(),
            flow: at.flow,
            event_key: at.event_key,
            ts_ns: at.ts_ns,
            end: None,
            request: None,
            latency_ns: None,
            body: None,
            problem: head.problem,
            head,
        };
        match (&row.head.start, row.head.exchange) {
            (Start::Request { .. }, Some(exchange)) if self.asked.len() < WAITING => {
                self.asked.push_back((exchange, row.number, row.ts_ns));
            }
            (Start::Response { status, .. }, Some(exchange)) => {
                while self.asked.front().is_some_and(|(other, ..)| *other < exchange) {
                    self.asked.pop_front();
                }
                if let Some((_, request, asked_ns)) = self.asked.front().filter(|(other, ..)| *other == exchange) {
                    row.request = Some(*request);
                    row.latency_ns = Some(row.ts_ns.saturating_sub(*asked_ns));
                    let is_interim = (100..200).contains(status) && *status != 101;
                    if !is_interim {
                        self.asked.pop_front();
                    }
                }
            }
            _ => {}
        }
        match row.head.body {
            Length::Bytes(1..) | Length::Chunked | Length::UntilEnd => {
                self.open[index(at.sender)] = Some(Box::new(row));
                return;
            }
            Length::None | Length::Bytes(0) => {
                row.body = Some((0, 0));
                row.end = Some((row.event_key, row.ts_ns));
            }
            Length::Tunnel => self.is_tunnel = true,
            Length::Unknown => {}
        }
        found.push(Found::Http(Box::new(row)));
    }

    fn body(&mut self, at: &At, body: &Body, found: &mut Vec<Found>) {
        let Some(mut row) = self.open[index(at.sender)].take() else { return };
        row.end = Some((at.event_key, at.ts_ns));
        row.body = Some((body.bytes, body.missing_bytes));
        row.problem = row.problem.or(body.problem);
        if body.missing_bytes > 0 {
            row.problem = row.problem.or(Some("bytes of the body are missing"));
        }
        found.push(Found::Http(row));
    }

    fn give_up(&mut self, sender: Side, why: &'static str, found: &mut Vec<Found>) {
        if let Some(mut row) = self.open[index(sender)].take() {
            row.problem = row.problem.or(Some(why));
            found.push(Found::Http(row));
        }
    }

    /// No more comes.
    pub(super) fn close(&mut self, found: &mut Vec<Found>) {
        for side in [Side::Low, Side::High] {
            self.give_up(side, "its end was not seen", found);
        }
    }
}
