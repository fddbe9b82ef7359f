//! Messages of DNS, each with the question that it answers.

use std::net::{IpAddr, SocketAddr};

use packets::dns::{self, Data, Message, Name, Record};
use packets::stream::Piece;

use super::Found;
use super::bounded::Bounded;
use super::content::{At, Readers, index};
use crate::packets::names::answers;
use crate::{json, text};

/// Questions that wait for answers.
const QUERIES: usize = 65_536;
/// Bytes of the answers that a row shows.
const ANSWER_BYTES: usize = 64 * 1024;

/// A message, as it is shown.
pub(crate) struct DnsRow {
    pub(crate) number: i64,
    pub(crate) flow: u64,
    /// The packet that it came in, or of a stream the one that completed it.
    pub(crate) event_key: i64,
    pub(crate) ts_ns: i64,
    pub(crate) is_tcp: bool,
    pub(crate) net_namespace: u32,
    pub(crate) from: SocketAddr,
    pub(crate) to: SocketAddr,
    pub(crate) message: Message,
    /// The question's row, how often it was asked, and how long before.
    pub(crate) query: Option<i64>,
    pub(crate) asked: Option<i64>,
    pub(crate) latency_ns: Option<i64>,
}

/// Who asked whom, in which network namespace, by which protocol and number.
type Key = (u32, bool, SocketAddr, SocketAddr, u16);

struct Query {
    number: i64,
    ts_ns: i64,
    question: Option<(Name, u16)>,
    asked: i64,
}

/// Questions that wait for their answers.
pub(super) struct Queries(Bounded<Key, Query>);

impl Queries {
    pub(super) fn new() -> Queries {
        Queries(Bounded::new(QUERIES))
    }
}

fn question(message: &Message) -> Option<(Name, u16)> {
    message.questions.first().map(|question| (question.name.clone(), question.kind))
}

fn is_same(one: &Option<(Name, u16)>, other: &Option<(Name, u16)>) -> bool {
    match (one, other) {
        (Some((name, kind)), Some((other, other_kind))) => {
            kind == other_kind && name.as_str().eq_ignore_ascii_case(other.as_str())
        }
        (None, None) => true,
        _ => false,
    }
}

impl DnsRow {
    pub(super) fn new(at: &At, is_tcp: bool, message: Message, readers: &mut Readers) -> DnsRow {
        let number = readers.next_dns();
        let (sender, receiver) = at.ends();
        let mut row = DnsRow {
            number,
            flow: at.flow,
            event_key: at.event_key,
            ts_ns: at.ts_ns,
            is_tcp,
            net_namespace: at.net_namespace,
            from: sender,
            to: receiver,
            message,
            query: None,
            asked: None,
            latency_ns: None,
        };
        let asks = question(&row.message);
        if row.message.response {
            let key = (at.net_namespace, is_tcp, receiver, sender, row.message.id);
            // An answer with another question than the one that was asked answers something else. Some have none.
            let queries = &mut readers.queries.0;
            let is_it = |query: &Query| asks.is_none() || is_same(&asks, &query.question);
            if queries.get(&key).is_some_and(is_it)
                && let Some(query) = queries.remove(&key)
            {
                row.query = Some(query.number);
                row.asked = Some(query.asked);
                row.latency_ns = Some(at.ts_ns.saturating_sub(query.ts_ns));
            }
            for (address, name) in row.names() {
                readers.learn(at.net_namespace, address, (name.into(), number));
            }
        } else {
            let key = (at.net_namespace, is_tcp, sender, receiver, row.message.id);
            match readers.queries.0.get_mut(&key).filter(|query| is_same(&query.question, &asks)) {
                Some(query) => query.asked += 1,
                None => {
                    let query = Query { number, ts_ns: at.ts_ns, question: asks, asked: 1 };
                    readers.queries.0.insert(key, query);
                }
            }
        }
        row
    }
}

impl DnsRow {
    /// The addresses that it gives names.
    pub(crate) fn names(&self) -> Vec<(IpAddr, &str)> {
        if dns::is_port(self.from.port()) { answers(&self.message) } else { Vec::new() }
    }

    /// What is wrong with it; `is_complete`: whether all of its records are shown.
    pub(crate) fn problem(&self, is_complete: bool) -> Option<&'static str> {
        self.message.problem.or((!is_complete).then_some("more answers than are shown"))
    }
}

/// The two directions of a stream of messages.
#[derive(Default)]
pub(super) struct DnsStreams {
    streams: [dns::Stream; 2],
}

impl DnsStreams {
    pub(super) fn held_bytes(&self) -> usize {
        self.streams.iter().map(dns::Stream::held_bytes).sum()
    }

    pub(super) fn piece(
        &mut self,
        at: &At,
        piece: Piece<'_>,
        readers: &mut Readers,
        found: &mut Vec<Found>,
    ) -> Option<&'static str> {
        let stream = &mut self.streams[index(at.sender)];
        let mut problem = None;
        let messages = match piece {
            Piece::Data(bytes) => stream.push(&bytes),
            Piece::Gap(bytes, _) => {
                let messages = stream.gap(bytes);
                if stream.is_lost() {
                    problem = Some("messages of DNS are missing behind a hole in the stream");
                }
                messages
            }
            Piece::End(_) => {
                // Of a message that is not whole there is what came.
                stream.gap(u64::MAX)
            }
        };
        for message in messages {
            found.push(Found::Dns(Box::new(DnsRow::new(at, true, message, readers))));
        }
        problem
    }
}

/// Words for the bits of a message's header.
pub(crate) fn flag_words(message: &Message) -> String {
    let flags = [
        (message.authoritative, "aa"),
        (message.truncated, "tc"),
        (message.recursion_desired, "rd"),
        (message.recursion_available, "ra"),
        (message.authentic, "ad"),
        (message.checking_disabled, "cd"),
    ];
    flags.iter().filter(|(is_set, _)| *is_set).map(|(_, word)| *word).collect::<Vec<_>>().join("|")
}

/// JSON of the answers, and whether that is all of them; `None` when there are none.
pub(crate) fn answers_json(message: &Message) -> Option<(String, bool)> {
    if message.answers.is_empty() {
        return None;
    }
    let mut out = String::from("[");
    for (index, record) in message.answers.iter().enumerate() {
        if out.len() > ANSWER_BYTES {
            out.push(']');
            return Some((out, false));
        }
        if index > 0 {
            out.push(',');
        }
        record_json(&mut out, record);
    }
    out.push(']');
    Some((out, true))
}

/// Appends a record.
pub(crate) fn record_json(out: &mut String, record: &Record) {
    let mut object = json::Object::new(out);
    object.text("name", record.name.as_str());
    object.text("type", &kind_name(record.kind));
    if record.class != 1 {
        object.number("class", Some(i64::from(record.class)));
    }
    object.number("ttl", Some(i64::from(record.ttl_seconds)));
    record_data(object.member("data"), record);
    if let Data::Binding { parameters, .. } = &record.data {
        object.text("parameters", &text::hex(parameters));
    }
    object.end();
}

/// Appends what a record says of its name.
pub(crate) fn record_data(out: &mut String, record: &Record) {
    let text = match &record.data {
        Data::A(address) => address.to_string(),
        Data::Aaaa(address) => address.to_string(),
        Data::Name(name) => name.as_str().to_owned(),
        Data::Exchange { preference, exchange } => format!("{preference} {exchange}"),
        Data::Start { server, mailbox, serial } => format!("{server} {mailbox} {serial}"),
        Data::Service { priority, weight, port, target } => format!("{priority} {weight} {port} {target}"),
        Data::Text(strings) => {
            return json::array(out, strings.iter(), |out, string| json::string(out, &text::escape(string)));
        }
        Data::Binding { priority, target, .. } => format!("{priority} {target}"),
        Data::Other(bytes) => text::hex(bytes),
    };
    json::string(out, &text);
}

/// The mnemonic of a record type, or `TYPE65280` (RFC 3597).
pub(crate) fn kind_name(kind: u16) -> String {
    dns::kind_name(kind).map_or_else(|| format!("TYPE{kind}"), str::to_owned)
}
