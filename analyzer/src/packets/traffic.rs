//! What packets come to together: flows, the messages of DNS and HTTP, the hellos of TLS, and names of addresses.
//!
//! One pass over the packets in the order of replay. A packet that was seen at two places counts once, and what it carries is
//! read once. Memory is bounded: what there is no room for is closed, and says so.

mod again;
mod bounded;
mod content;
mod conversation;
mod dns;
mod http;
mod tls;

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use packets::flow::{Flows, Side, State, Tuple};
use packets::fragments::{Fragments, Outcome};
use packets::layers::{Network, Tcp, Transport};
use packets::stream::{Delivered, Limits, Piece, Streams};

use super::Packet;
use crate::names;
use crate::numbers::NumberMap;
use again::Again;
use bounded::Bounded;
use content::{Content, Readers};
use conversation::Conversation;

pub(crate) use conversation::{EndRow, FlowRow};
pub(crate) use dns::{DnsRow, answers_json, flag_words, kind_name, record_data, record_json};
pub(crate) use http::{HttpHead, HttpRow};
pub(crate) use tls::TlsRow;

/// Flows under way at once.
const FLOWS: usize = 65_536;
/// Bytes of messages that are not whole yet, of all flows.
const HELD_BYTES: usize = 64 << 20;
/// Datagrams whose first fragment says which flow the others are of.
const DATAGRAMS: usize = 4096;

/// The name that an address was given last, and the number of the answer of DNS that did.
pub(crate) type Name = (Arc<str>, i64);

/// What was found, besides the packets themselves.
pub(crate) enum Found {
    /// A flow that is over, or of which no more will come.
    Flow(Box<FlowRow>),
    /// A message of DNS.
    Dns(Box<DnsRow>),
    /// A request or a response of HTTP.
    Http(Box<HttpRow>),
    /// The head of one, as soon as it is there; only where that was asked for.
    Head(Box<HttpHead>),
    /// A hello of TLS.
    Tls(Box<TlsRow>),
}

/// What a packet's bytes say.
#[derive(Clone, Debug, Default)]
pub(crate) struct PacketRow {
    pub(crate) protocol: Cow<'static, str>,
    pub(crate) src: Option<IpAddr>,
    pub(crate) src_port: Option<u16>,
    pub(crate) src_name: Option<Name>,
    pub(crate) dst: Option<IpAddr>,
    pub(crate) dst_port: Option<u16>,
    pub(crate) dst_name: Option<Name>,
    pub(crate) ttl: Option<u8>,
    pub(crate) tcp: Option<Tcp>,
    /// Type and code.
    pub(crate) icmp: Option<(u8, u8)>,
    pub(crate) payload_bytes: usize,
    /// Identification, place and whether more follow.
    pub(crate) fragment: Option<(u32, u32, bool)>,
    pub(crate) flow: Option<u64>,
    /// Of an ICMP error the flow of the packet that it quotes.
    pub(crate) about: Option<u64>,
    /// The row of the same packet when it was seen first.
    pub(crate) again: Option<i64>,
    pub(crate) problem: Option<&'static str>,
}

/// Network namespace, addresses, identification and protocol: what the fragments of a datagram share.
type DatagramKey = (u32, IpAddr, IpAddr, u32, Option<u8>);

/// All that is under way.
pub(crate) struct Traffic {
    again: Again,
    fragments: Fragments,
    datagrams: Bounded<DatagramKey, (u64, Side)>,
    flows: Flows,
    streams: Streams,
    conversations: NumberMap<u64, Conversation>,
    readers: Readers,
    held_bytes: usize,
    held_limit: usize,
}

impl Traffic {
    /// Nothing is under way yet.
    pub(crate) fn new() -> Traffic {
        Traffic::with_limits(FLOWS, Limits { streams: FLOWS, ..Limits::default() }, HELD_BYTES)
    }

    /// The same, which tells heads of HTTP as soon as they are there.
    pub(crate) fn with_heads() -> Traffic {
        let mut traffic = Traffic::new();
        traffic.readers.tells_heads = true;
        traffic
    }

    fn with_limits(flows: usize, streams: Limits, held_limit: usize) -> Traffic {
        Traffic {
            again: Again::new(),
            fragments: Fragments::default(),
            datagrams: Bounded::new(DATAGRAMS),
            flows: Flows::new(flows),
            streams: Streams::new(streams),
            conversations: NumberMap::default(),
            readers: Readers::default(),
            held_bytes: 0,
            held_limit,
        }
    }

    /// Takes the packet that is row `number`, taken apart as `read`; what it brought to an end is added to `found`.
    pub(crate) fn take(
        &mut self,
        number: i64,
        packet: &Packet<'_>,
        read: &packets::Packet<'_>,
        found: &mut Vec<Found>,
    ) -> PacketRow {
        let mut row = describe(read);
        let named = |address: Option<IpAddr>| self.readers.name(packet.net_namespace, address?).cloned();
        (row.src_name, row.dst_name) = (named(row.src), named(row.dst));
        row.again = self.again.row(number, packet, read);
        let sent = self.assign(number, packet, read, row.again.is_some(), found);
        row.flow = sent.map(|(flow, _)| flow);
        row.about = self.about(packet, read);
        if let Some(conversation) =
            row.about.filter(|_| row.again.is_none()).and_then(|about| self.conversations.get_mut(&about))
        {
            conversation.errors += 1;
        }
        if let Some((flow, sender)) = sent
            && let Some(conversation) = self.conversations.get_mut(&flow)
        {
            conversation.saw(packet, sender);
            let (own, other) = (&row.src_name, &row.dst_name);
            conversation.name(sender, own.as_ref(), other.as_ref());
        }
        if row.again.is_some() {
            return row;
        }
        // Fragments that a host sends to itself arrive under the numbers that they left with.
        let space = u64::from(packet.net_namespace) << 2 | packet.direction().map_or(0, |way| way as u64 + 1);
        match self.fragments.push(space, read, packet.row.boot_ns()) {
            Outcome::NotFragment => self.read(sent, read, found),
            Outcome::Whole(datagram) => self.read(sent, &datagram.packet(), found),
            Outcome::Waiting => {}
            Outcome::Problem(problem) => {
                row.problem = row.problem.or(Some(problem));
                // The first one has the beginning of a message.
                if matches!(read.transport, Some(Transport::Udp(_))) {
                    self.read(sent, read, found);
                }
            }
        }
        self.make_room(found);
        row
    }

    /// Nothing more comes.
    pub(crate) fn finish(mut self, found: &mut Vec<Found>) {
        for flow in std::mem::replace(&mut self.flows, Flows::new(1)).finish() {
            self.close(&flow, None, found);
        }
    }

    /// Finds the flow of a packet and counts it there; the flow and who of it sent the packet.
    fn assign(
        &mut self,
        number: i64,
        packet: &Packet<'_>,
        read: &packets::Packet<'_>,
        is_again: bool,
        found: &mut Vec<Found>,
    ) -> Option<(u64, Side)> {
        let space = u64::from(packet.net_namespace);
        let datagram = read.fragment().zip(read.addresses()).map(|(part, (from, to))| {
            let protocol = matches!(read.network, Some(Network::Ipv4(_))).then_some(part.protocol);
            (packet.net_namespace, from, to, part.identification, protocol)
        });
        let Some((tuple, sender)) = Tuple::of(read) else {
            // A later fragment is of the flow that the first one named.
            let (flow, sender) = *self.datagrams.get(&datagram?)?;
            let conversation = self.conversations.get_mut(&flow)?;
            if is_again {
                conversation.again += 1;
            } else {
                conversation.count_fragment(sender, number, packet, wide(length(packet, read)));
            }
            return Some((flow, sender));
        };
        if is_again {
            let flow = self.flows.get(space, &tuple)?.id;
            self.conversations.get_mut(&flow)?.again += 1;
            return Some((flow, sender));
        }
        let (at_ns, bytes) = (packet.row.boot_ns(), wide(length(packet, read)));
        let update = self.flows.push(space, read, at_ns, bytes, packet.gso_segs)?;
        for flow in self.flows.take_done() {
            let is_replaced = (flow.space, flow.tuple) == (space, tuple);
            let is_open = !is_replaced && !flow.state.is_some_and(State::is_over);
            let why = is_open.then_some("given up to make room; what followed is another flow");
            self.close(&flow, why, found);
        }
        let conversation = self
            .conversations
            .entry(update.id)
            .or_insert_with(|| Conversation::new(number, packet, tuple, read.tcp().is_some()));
        conversation.count(sender, number, packet, read.tcp());
        if let Some(datagram) = datagram {
            self.datagrams.insert(datagram, (update.id, sender));
        }
        Some((update.id, sender))
    }

    /// The flow, still under way, of the packet that an ICMP error quotes.
    fn about(&self, packet: &Packet<'_>, read: &packets::Packet<'_>) -> Option<u64> {
        let (tuple, _) = Tuple::quoted(read)?;
        Some(self.flows.get(packet.net_namespace.into(), &tuple)?.id)
    }

    /// Reads what a packet, or the datagram that it completed, carries.
    fn read(&mut self, sent: Option<(u64, Side)>, read: &packets::Packet<'_>, found: &mut Vec<Found>) {
        let Some((flow, sender)) = sent else { return };
        match &read.transport {
            Some(Transport::Udp(header)) => {
                let Some(conversation) = self.conversations.get_mut(&flow) else { return };
                let Some(at) = conversation.at(flow, sender) else { return };
                if let Some(row) = self.readers.datagram(&at, header, read) {
                    conversation.content = Content::Read(Some("dns"));
                    found.push(Found::Dns(Box::new(row)));
                }
            }
            Some(Transport::Tcp(segment)) => {
                let wanted = self.conversations.get(&flow).is_some_and(|conversation| conversation.content.is_wanted());
                if !wanted {
                    return;
                }
                let delivered = self.streams.push(flow, sender, segment, read.payload, read.payload_bytes);
                self.deliver(Some(flow), delivered, found);
                let Some(conversation) = self.conversations.get_mut(&flow) else { return };
                if conversation.is_over() {
                    self.held_bytes = self.held_bytes.saturating_sub(conversation.content.held_bytes());
                    conversation.content.close(found);
                }
                if !conversation.content.is_wanted() {
                    // What waits for its turn, and what follows, is of no interest any more.
                    self.streams.end(flow);
                }
            }
            _ => {}
        }
    }

    /// Hands pieces to the readers of their flows. Pieces of another flow than `of` are of one that had to make room.
    fn deliver(&mut self, of: Option<u64>, delivered: Vec<Delivered<'_>>, found: &mut Vec<Found>) {
        let mut evicted = Vec::new();
        for Delivered { flow, sender, piece } in delivered {
            if of.is_some_and(|of| of != flow) && evicted.last() != Some(&flow) {
                evicted.push(flow);
            }
            let Some(conversation) = self.conversations.get_mut(&flow) else { continue };
            if matches!(piece, Piece::End(_)) {
                conversation.ended(sender);
            }
            // Of an end that sent nothing there is nothing to read.
            let Some(at) = conversation.at(flow, sender) else { continue };
            let before = conversation.content.held_bytes();
            let is_known_from_start = conversation.is_known_from_start();
            let problem = conversation.content.piece(&at, piece, is_known_from_start, &mut self.readers, found);
            conversation.problem = conversation.problem.or(problem);
            self.held_bytes = (self.held_bytes + conversation.content.held_bytes()).saturating_sub(before);
        }
        for flow in evicted {
            self.forget(flow, "no room for more streams; its messages have gaps", found);
        }
    }

    /// Closes what is read of a flow; what follows is read as if it had begun in between.
    fn forget(&mut self, flow: u64, why: &'static str, found: &mut Vec<Found>) {
        let Some(conversation) = self.conversations.get_mut(&flow) else { return };
        if conversation.content.is_wanted() {
            self.held_bytes = self.held_bytes.saturating_sub(conversation.content.held_bytes());
            conversation.content.close(found);
            conversation.begin_anew();
            conversation.problem = Some(why);
        }
    }

    /// Lets go of messages that are not whole, of the flows that were quiet longest, when they take too much.
    fn make_room(&mut self, found: &mut Vec<Found>) {
        if self.held_bytes <= self.held_limit {
            return;
        }
        for flow in self.streams.flows() {
            if self.held_bytes <= self.held_limit / 2 {
                break;
            }
            let delivered = self.streams.end(flow);
            self.deliver(None, delivered, found);
            self.forget(flow, "no room for its messages; they have gaps", found);
        }
    }

    fn close(&mut self, flow: &packets::flow::Flow, why: Option<&'static str>, found: &mut Vec<Found>) {
        let delivered = self.streams.end(flow.id);
        self.deliver(None, delivered, found);
        let Some(mut conversation) = self.conversations.remove(&flow.id) else { return };
        self.held_bytes = self.held_bytes.saturating_sub(conversation.content.held_bytes());
        conversation.content.close(found);
        found.push(Found::Flow(Box::new(conversation.row(flow, why))));
    }
}

/// Bytes of the packet from its network header on.
fn length(packet: &Packet<'_>, read: &packets::Packet<'_>) -> usize {
    (packet.length as usize).saturating_sub(link_bytes(read))
}

/// Bytes of the headers before the network header.
fn link_bytes(read: &packets::Packet<'_>) -> usize {
    read.ethernet.map_or(0, |_| 14 + 4 * read.vlans.len())
}

fn describe(read: &packets::Packet<'_>) -> PacketRow {
    let (src, dst) = match &read.network {
        Some(Network::Arp(arp)) => (arp.sender.map(IpAddr::V4), arp.target.map(IpAddr::V4)),
        _ => read.addresses().unzip(),
    };
    let (src_port, dst_port) = read.ports().unzip();
    PacketRow {
        protocol: protocol(read),
        src,
        src_port,
        dst,
        dst_port,
        ttl: match &read.network {
            Some(Network::Ipv4(ip)) => Some(ip.ttl),
            Some(Network::Ipv6(ip)) => Some(ip.hop_limit),
            _ => None,
        },
        tcp: read.tcp().copied(),
        icmp: match &read.transport {
            Some(Transport::Icmp(icmp) | Transport::Icmpv6(icmp)) => Some((icmp.kind, icmp.code)),
            _ => None,
        },
        payload_bytes: read.payload_bytes,
        fragment: read.fragment().map(|part| (part.identification, part.offset_bytes, part.more)),
        problem: read.problem,
        ..PacketRow::default()
    }
}

fn protocol(read: &packets::Packet<'_>) -> Cow<'static, str> {
    match (&read.network, read.protocol(), read.ether_type) {
        (Some(Network::Arp(_)), ..) => "arp".into(),
        (Some(_), Some(number), _) => protocol_name(number),
        (_, _, Some(0x0800)) => "ipv4".into(),
        (_, _, Some(0x86dd)) => "ipv6".into(),
        (_, _, Some(kind)) => format!("{kind:#06x}").into(),
        (_, _, None) => "".into(),
    }
}

/// The word for a protocol above IP.
pub(crate) fn protocol_name(number: u8) -> Cow<'static, str> {
    match number {
        1 => "icmp".into(),
        6 => "tcp".into(),
        17 => "udp".into(),
        58 => "icmpv6".into(),
        _ => match names::number_name("socket_protocol", number.into()) {
            Some(name) => name.trim_start_matches("IPPROTO_").to_ascii_lowercase().into(),
            None => format!("ip/{number}").into(),
        },
    }
}

fn wide(length: usize) -> u64 {
    length as u64
}

#[cfg(test)]
mod tests;
