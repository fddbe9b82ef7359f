//! The hellos of TLS, the server's with the client's that it answers.

use packets::stream::Piece;
use packets::tls::{Hello, Stream};

use super::Found;
use super::content::{At, Readers, index};

/// A hello, as it is shown.
pub(crate) struct TlsRow {
    pub(crate) number: i64,
    pub(crate) flow: u64,
    /// The packet that completed it.
    pub(crate) event_key: i64,
    pub(crate) hello: Hello,
    /// Of a server's hello: the row of the client's, and how long after it this one came.
    pub(crate) client: Option<i64>,
    pub(crate) latency_ns: Option<i64>,
}

/// The two directions of a stream, up to the end of their hellos.
#[derive(Default)]
pub(super) struct Hellos {
    streams: [Stream; 2],
    ended: [bool; 2],
    /// Whether anything was said there, or is missing.
    begun: [bool; 2],
    /// Row and time of the client's last hello.
    client: Option<(i64, i64)>,
}

impl Hellos {
    pub(super) fn held_bytes(&self) -> usize {
        self.streams.iter().map(Stream::held_bytes).sum()
    }

    /// Whether no more hellos will come.
    pub(super) fn is_done(&self) -> bool {
        self.streams.iter().zip(self.ended).all(|(stream, ended)| stream.is_done() || ended)
    }

    pub(super) fn piece(
        &mut self,
        at: &At,
        piece: Piece<'_>,
        readers: &mut Readers,
        found: &mut Vec<Found>,
    ) -> Option<&'static str> {
        let stream = &mut self.streams[index(at.sender)];
        self.begun[index(at.sender)] |= !matches!(piece, Piece::End(_));
        let hellos = match piece {
            Piece::Data(bytes) => stream.push(&bytes),
            Piece::Gap(..) => stream.end(),
            Piece::End(_) => {
                self.ended[index(at.sender)] = true;
                stream.end()
            }
        };
        for hello in hellos {
            let number = readers.next_tls();
            let mut row =
                TlsRow { number, flow: at.flow, event_key: at.event_key, hello, client: None, latency_ns: None };
            match (&row.hello, self.client) {
                (Hello::Client(_), _) => self.client = Some((number, at.ts_ns)),
                (Hello::Server(_), Some((client, asked_ns))) => {
                    row.client = Some(client);
                    row.latency_ns = Some(at.ts_ns.saturating_sub(asked_ns));
                }
                (Hello::Server(_), None) => {}
            }
            found.push(Found::Tls(Box::new(row)));
        }
        self.streams[index(at.sender)].problem().filter(|_| self.begun[index(at.sender)])
    }
}
