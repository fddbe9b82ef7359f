//! Names that addresses were given: what answers of DNS said, over UDP (in fragments, too) and TCP, of what was asked.
//!
//! Nobody knows whether an answer was true, so a name is what somebody was told, no more. An address that an answer brings
//! along without being asked for it gets no name.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use packets::dns::{self, Data, Message, kind};
use packets::flow::{Side, Tuple};
use packets::fragments::{Fragments, Outcome};
use packets::layers::Transport;
use packets::stream::{Half, Piece};
use packets::{Link, dissect};

use super::Packet;

/// Addresses that names are kept of.
const ADDRESSES: usize = 65_536;
/// Names of one address.
const NAMES: usize = 8;
/// Streams of answers that are followed at once.
const STREAMS: usize = 256;
/// Bytes of one that wait for others.
const WAITING_BYTES: usize = 1 << 16;

/// One direction of a stream.
type StreamKey = (u64, Tuple, Side);

/// The names so far.
#[derive(Default)]
pub struct Names {
    by_address: HashMap<IpAddr, Vec<String>>,
    fragments: Fragments,
    streams: HashMap<StreamKey, (Half, dns::Stream)>,
    /// The streams in the order in which they began.
    order: VecDeque<StreamKey>,
}

impl Names {
    /// Names of the address, in the order in which they were told.
    pub fn of(&self, address: IpAddr) -> &[String] {
        self.by_address.get(&address).map_or(&[], Vec::as_slice)
    }

    /// Learns what the packet says.
    pub fn learn(&mut self, packet: &Packet<'_>) {
        let may_say = packet.meaning.is_fragment || packet.meaning.src_port.is_some_and(dns::is_port);
        if !may_say {
            return;
        }
        let link = if packet.is_ethernet() { Link::Ethernet } else { Link::Network(packet.ethernet_type as u16) };
        let read = dissect(packet.data, link, packet.length as usize);
        // A host that talks to itself has the same packet twice.
        let space = u64::from(packet.net_namespace) << 2 | packet.direction().map_or(0, |way| way as u64 + 1);
        match self.fragments.push(space, &read, packet.row.boot_ns()) {
            Outcome::NotFragment => self.take(space, &read),
            Outcome::Whole(datagram) => self.take(space, &datagram.packet()),
            Outcome::Waiting | Outcome::Problem(_) => {}
        }
    }

    fn take(&mut self, space: u64, read: &packets::Packet<'_>) {
        if !read.ports().is_some_and(|(from, _)| dns::is_port(from)) {
            return;
        }
        match &read.transport {
            Some(Transport::Udp(_)) => {
                if let Some(message) = dns::parse(read.payload) {
                    self.add(&message);
                }
            }
            Some(Transport::Tcp(segment)) => {
                let Some((tuple, side)) = Tuple::of(read) else { return };
                let key = (space, tuple, side);
                if !self.streams.contains_key(&key) {
                    self.order.push_back(key);
                    if self.order.len() > STREAMS
                        && let Some(oldest) = self.order.pop_front()
                    {
                        self.streams.remove(&oldest);
                    }
                }
                let (half, stream) = self.streams.entry(key).or_default();
                let mut pieces = Vec::new();
                half.push(segment, read.payload, read.payload_bytes, WAITING_BYTES, &mut pieces);
                let mut messages = Vec::new();
                let mut is_over = false;
                for piece in pieces {
                    match piece {
                        Piece::Data(bytes) => messages.extend(stream.push(&bytes)),
                        Piece::Gap(bytes, _) => messages.extend(stream.gap(bytes)),
                        Piece::End(_) => is_over = true,
                    }
                }
                if is_over {
                    self.streams.remove(&key);
                    self.order.retain(|other| *other != key);
                }
                for message in &messages {
                    self.add(message);
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, message: &Message) {
        for (address, name) in answers(message) {
            let is_known = self.by_address.contains_key(&address);
            if !is_known && self.by_address.len() >= ADDRESSES {
                continue;
            }
            let names = self.by_address.entry(address).or_default();
            if names.len() < NAMES && !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                names.push(name.to_owned());
            }
        }
    }
}

/// The class of the Internet, and the bit that means something else in multicast DNS.
const INTERNET: u16 = 1;
const CLASS: u16 = 0x7fff;

/// Addresses that a message gives the names that were asked for. Multicast answers come without questions; what they say is
/// taken by itself.
pub(super) fn answers(message: &Message) -> Vec<(IpAddr, &str)> {
    if !message.response || message.opcode != 0 || message.code != 0 {
        return Vec::new();
    }
    let question = message.questions.first().filter(|question| question.class & CLASS == INTERNET);
    let asked = match (question, message.questions.len()) {
        (Some(question), 1) => Some(question.name.as_str()),
        (None, 0) => None,
        _ => return Vec::new(),
    };
    // The name that was asked for, and what it is another name of.
    let mut same: Vec<&str> = asked.into_iter().collect();
    let mut found = Vec::new();
    for record in message.answers.iter().filter(|record| record.class & CLASS == INTERNET) {
        let owner = record.name.as_str();
        if asked.is_some() && !same.iter().any(|name| name.eq_ignore_ascii_case(owner)) {
            continue;
        }
        let name = asked.unwrap_or(owner);
        match &record.data {
            Data::A(address) => found.push((IpAddr::V4(*address), name)),
            Data::Aaaa(address) => found.push((IpAddr::V6(*address), name)),
            Data::Name(target) if record.kind == kind::CNAME && same.len() < NAMES => same.push(target.as_str()),
            _ => {}
        }
    }
    found
}
