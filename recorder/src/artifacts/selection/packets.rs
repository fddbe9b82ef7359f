//! `--capture net[:snaplen=headers|N|max,filter='EXPR',events]`: what of packets is kept.

use policy::names::unknown_or;
use serde_json::{Value, json};

use super::packet_filter::{PacketFilter, Wrong};
use super::parse::shown;

/// Bytes of a packet, at the most.
const MOST_BYTES: u32 = 65_535;
const PARTS: [&str; 3] = ["snaplen", "filter", "events"];

/// How many of a packet's first bytes are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SnapLength {
    /// The headers of network and transport, and 128 bytes behind them.
    #[default]
    Headers,
    /// So many.
    Bytes(u32),
}

/// What of packets is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packets {
    /// How much of each.
    pub length: SnapLength,
    /// Which of them; `None` for all.
    pub filter: Option<PacketFilter>,
    /// The filter as it was written.
    filter_written: Option<String>,
    /// Whether events are asked for that replay makes of packets.
    pub events: bool,
}

impl Packets {
    /// As the manifest tells it.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "snaplen": match self.length {
                SnapLength::Headers => Value::from("headers"),
                SnapLength::Bytes(bytes) => Value::from(bytes),
            },
            "filter": self.filter_written,
            "events": self.events,
        })
    }
}

/// Reads an option that asks for packets; `None` when it asks for something else.
pub(super) fn parse(option: &str) -> Result<Option<Packets>, String> {
    let parts = match option.split_once(':') {
        Some(("net", parts)) => parts,
        None if option == "net" => return Ok(Some(Packets::default())),
        _ => return Ok(None),
    };
    let begin = option.len() - parts.len();
    match all(parts) {
        Ok(packets) => Ok(Some(packets)),
        Err((at, why)) => {
            let at = begin + at;
            let character = option.get(..at).map_or(at, |before| before.chars().count()) + 1;
            Err(format!("{}, character {character}: {why}", shown(option)))
        }
    }
}

fn all(parts: &str) -> Result<Packets, Wrong> {
    let mut packets = Packets::default();
    let mut at = 0;
    loop {
        let part = Part::at(parts, at)?;
        one(&mut packets, &part)?;
        at = part.end;
        if at == parts.len() {
            return Ok(packets);
        }
        at += 1;
    }
}

/// `NAME`, `NAME=VALUE`, `NAME='VALUE'` or `NAME="VALUE"`; only in quotes a value may have commas.
struct Part<'a> {
    name: Token<'a>,
    value: Option<Token<'a>>,
    end: usize,
}

type Token<'a> = (usize, &'a str);

impl<'a> Part<'a> {
    fn at(text: &'a str, at: usize) -> Result<Part<'a>, Wrong> {
        let rest = &text[at..];
        let end = rest.find([',', '=']).unwrap_or(rest.len());
        let name = (at, &rest[..end]);
        if !rest[end..].starts_with('=') {
            return Ok(Part { name, value: None, end: at + end });
        }
        let from = at + end + 1;
        let rest = &text[from..];
        let Some(quote) = rest.chars().next().filter(|first| matches!(first, '\'' | '"')) else {
            let end = rest.find(',').unwrap_or(rest.len());
            return Ok(Part { name, value: Some((from, &rest[..end])), end: from + end });
        };
        let Some(length) = rest[1..].find(quote) else {
            return Err((from, "the quote that begins here does not end".to_owned()));
        };
        let end = from + length + 2;
        if !matches!(text.as_bytes().get(end), None | Some(b',')) {
            return Err((end, "after a quote comes a comma, or nothing".to_owned()));
        }
        Ok(Part { name, value: Some((from + 1, &rest[1..=length])), end })
    }
}

fn one(packets: &mut Packets, part: &Part<'_>) -> Result<(), Wrong> {
    const LENGTHS: &str = "snaplen is headers, max, or a number of bytes from 1 to 65535";
    let (at, name) = part.name;
    match (name, part.value) {
        ("snaplen", Some((_, "headers"))) => packets.length = SnapLength::Headers,
        ("snaplen", Some((_, "max"))) => packets.length = SnapLength::Bytes(MOST_BYTES),
        ("snaplen", Some((_, number))) => {
            let bytes = number.parse().ok().filter(|bytes| (1..=MOST_BYTES).contains(bytes));
            packets.length = SnapLength::Bytes(bytes.ok_or((at, LENGTHS.to_owned()))?);
        }
        ("snaplen", None) => return Err((at, LENGTHS.to_owned())),
        ("filter", Some(_)) if packets.filter.is_some() => {
            return Err((at, "there can be one filter; conditions are joined by and and or".to_owned()));
        }
        ("filter", Some((from, text))) => {
            let filter = PacketFilter::parse(text).map_err(|(at, why)| (from + at, why))?;
            packets.filter = Some(filter);
            packets.filter_written = Some(text.to_owned());
        }
        ("filter", None) => return Err((at, "filter needs an expression, as in filter='tcp port 80'".to_owned())),
        ("events", None) => packets.events = true,
        ("events", Some(_)) => return Err((at, "events takes no value".to_owned())),
        _ => return Err((at, unknown_or("part", name, PARTS, "the parts are snaplen=, filter=, events"))),
    }
    Ok(())
}
