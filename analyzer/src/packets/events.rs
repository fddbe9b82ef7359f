//! Events that are read out of packets (`net_packet_ipv4` to `net_packet_http_response`): rows behind the packet's own, with
//! who and when of that.
//!
//! Streams and fragments go over segments, so this is done where the parts of a capture come together in their order, and
//! only when such events are wanted: asked for by name, or when it was recorded.

use std::net::SocketAddr;

use anyhow::Result;
use formats::event::Event;
use formats::events::packets::{
    DECODED, NET_PACKET_DNS, NET_PACKET_DNS_REQUEST, NET_PACKET_DNS_RESPONSE, NET_PACKET_HTTP, NET_PACKET_HTTP_REQUEST,
    NET_PACKET_HTTP_RESPONSE, NET_PACKET_ICMP, NET_PACKET_ICMPV6, NET_PACKET_IPV4, NET_PACKET_IPV6, NET_PACKET_RAW,
    NET_PACKET_TCP, NET_PACKET_UDP, is_decoded,
};
use formats::payload::{PayloadBuilder, Variable};
use packets::layers::{Network, Transport};

use super::Packet;
use super::shape;
use super::traffic::{Found, PacketRow, Traffic};
use crate::origin::Origin;
use crate::replay::Options;
use crate::row::{Batch, Entry};

/// Bytes of the rows that come out of one batch and are handed on together, about.
const BYTES_TOGETHER: usize = 4 << 20;

/// Reads the wanted events out of packets, batch by batch.
pub(crate) struct PacketEvents {
    wanted: Vec<&'static Event>,
    /// Whether the packets themselves are wanted.
    shows_packets: bool,
    since_ns: Option<i64>,
    until_ns: Option<i64>,
    traffic: Traffic,
    found: Vec<Found>,
}

/// A row in the making: its event and payload.
type Made = (&'static Event, PayloadBuilder<'static>);

impl PacketEvents {
    /// For the rows that are wanted of a capture; `None` when nothing has to be read out of packets.
    pub(crate) fn of(options: &Options, origin: &Origin) -> Option<PacketEvents> {
        let wanted = wanted(options, origin);
        if wanted.is_empty() {
            return None;
        }
        let is_raw = |name: &String| name == NET_PACKET_RAW.name;
        let shows_packets = options.events.as_ref().is_none_or(|names| names.iter().any(is_raw));
        Some(PacketEvents {
            wanted,
            shows_packets: shows_packets && !origin.hidden.contains(NET_PACKET_RAW.name),
            since_ns: options.since_ns,
            until_ns: options.until_ns,
            traffic: Traffic::with_heads(),
            found: Vec::new(),
        })
    }

    /// Gives `out` the batch, with the rows that come out of its packets and without the packets that are only there for them;
    /// in several when these rows are long. `out` gives it back, to go on with.
    ///
    /// # Errors
    /// Those of `out`.
    pub(crate) fn read(
        &mut self,
        mut batch: Batch,
        origin: &Origin,
        out: &mut dyn FnMut(Batch) -> Result<Batch>,
    ) -> Result<()> {
        let own_bytes = batch.bytes.len();
        let entries = std::mem::take(&mut batch.entries);
        for entry in entries {
            if batch.bytes.len() - own_bytes > BYTES_TOGETHER {
                batch = out(batch)?;
                batch.entries.clear();
                batch.bytes.truncate(own_bytes);
            }
            if entry.event != NET_PACKET_RAW.id {
                batch.entries.push(entry);
                continue;
            }
            let ts_ns = origin.utc_ns(entry.boot_ns);
            let is_in_time =
                self.since_ns.is_none_or(|since| ts_ns >= since) && self.until_ns.is_none_or(|until| ts_ns < until);
            let made = self.made(&batch, origin, &entry);
            if !is_in_time {
                continue;
            }
            if self.shows_packets && (entry.policies != 0 || batch.definitions.policies().is_none()) {
                batch.entries.push(entry);
            }
            for (event, row) in made {
                // A test finds a row that sets what its event has not got; a capture cannot cause that.
                if let Ok(payload) = row.finish() {
                    push(&mut batch, origin, &entry, event, &payload);
                }
            }
        }
        out(batch).map(|_| ())
    }

    fn made(&mut self, batch: &Batch, origin: &Origin, entry: &Entry) -> Vec<Made> {
        let row = batch.row(origin, entry);
        let Some(packet) = Packet::unread(&row) else { return Vec::new() };
        let event_key = row.event_key();
        let read = packet.dissect();
        let row = self.traffic.take(event_key, &packet, &read, &mut self.found);
        let mut made = Vec::new();
        for event in &self.wanted {
            made.extend(of_packet(event, &packet, &read, &row).map(|row| (*event, row)));
        }
        for found in self.found.drain(..) {
            of_message(&self.wanted, &packet, event_key, &found, &mut made);
        }
        made
    }
}

/// The events that are to be read out of packets.
pub(crate) fn wanted(options: &Options, origin: &Origin) -> Vec<&'static Event> {
    let is_wanted = |event: &&Event| match &options.events {
        Some(names) => names.iter().any(|name| name == event.name),
        None => is_decoded(event.id) && origin.replayed.iter().any(|replayed| replayed.id == event.id),
    };
    DECODED.iter().filter(is_wanted).collect()
}

/// Appends a row that has who, when and where of the packet.
fn push(batch: &mut Batch, origin: &Origin, packet: &Entry, event: &Event, payload: &[u8]) {
    let start = batch.bytes.len();
    batch.bytes.extend_from_slice(payload);
    let mut entry = Entry { event: event.id, payload: (start as u32, payload.len() as u32), ..*packet };
    if let Some(policies) = batch.definitions.policies() {
        entry.policies = policies.matched(&batch.row(origin, &entry));
        if entry.policies == 0 {
            batch.bytes.truncate(start);
            return;
        }
    }
    batch.entries.push(entry);
}

/// What a packet's headers say, as a row of the event; `None` when it has no such header.
fn of_packet(
    event: &'static Event,
    packet: &Packet<'_>,
    read: &packets::Packet<'_>,
    row: &PacketRow,
) -> Option<PayloadBuilder<'static>> {
    let begin = || end(PayloadBuilder::new(event), packet, row.problem);
    let (network, transport) = (read.network.as_ref(), read.transport.as_ref());
    let (from, to) = read.addresses()?;
    let addressed = || address(address(begin(), "src", SocketAddr::new(from, 0)), "dst", SocketAddr::new(to, 0));
    let with_ports = |from: u16, to: u16| addressed().u64("src_port", from.into()).u64("dst_port", to.into());
    match (event.id, network?, transport) {
        (id, Network::Ipv4(ip), _) if id == NET_PACKET_IPV4.id => {
            Some(addressed().bytes("proto_ipv4", shape::ipv4(ip, row).as_bytes()))
        }
        (id, Network::Ipv6(ip), _) if id == NET_PACKET_IPV6.id => {
            Some(addressed().bytes("proto_ipv6", shape::ipv6(ip, row).as_bytes()))
        }
        (id, _, Some(Transport::Tcp(tcp))) if id == NET_PACKET_TCP.id => {
            Some(with_ports(tcp.source, tcp.destination).bytes("proto_tcp", shape::tcp(tcp).as_bytes()))
        }
        (id, _, Some(Transport::Udp(udp))) if id == NET_PACKET_UDP.id => {
            Some(with_ports(udp.source, udp.destination).bytes("proto_udp", shape::udp(udp).as_bytes()))
        }
        (id, _, Some(Transport::Icmp(icmp))) if id == NET_PACKET_ICMP.id => {
            Some(addressed().bytes("proto_icmp", shape::icmp(icmp, read.echo()).as_bytes()))
        }
        (id, _, Some(Transport::Icmpv6(icmp))) if id == NET_PACKET_ICMPV6.id => {
            Some(addressed().bytes("proto_icmpv6", shape::icmp(icmp, read.echo()).as_bytes()))
        }
        _ => None,
    }
}

/// What is found in streams and datagrams, as rows. A message that ends with another packet than this one is not whole and had
/// to make room: the tables have what is there of it.
fn of_message(wanted: &[&'static Event], packet: &Packet<'_>, event_key: i64, found: &Found, made: &mut Vec<Made>) {
    let mut rows = |ends: (SocketAddr, SocketAddr), events: [&'static Event; 2], json: [&str; 2], is_tcp, problem| {
        for (event, json) in events.into_iter().zip(json) {
            if !wanted.iter().any(|other| other.id == event.id) {
                continue;
            }
            let row = end(PayloadBuilder::new(event), packet, problem);
            let (from, to) = ends;
            let row = match event.fields.first() {
                Some(field) if field.name == "metadata" => {
                    row.bytes("metadata", shape::metadata(ends, is_tcp, packet).as_bytes())
                }
                _ => address(address(row, "src", from), "dst", to)
                    .u64("src_port", from.port().into())
                    .u64("dst_port", to.port().into()),
            };
            let says = event.fields.iter().find(|field| field.display == "json" && field.name != "metadata");
            made.extend(says.map(|field| (event, row.bytes(field.name, json.as_bytes()))));
        }
    };
    match found {
        Found::Dns(row) if row.event_key == event_key => {
            let kind = if row.message.response { &NET_PACKET_DNS_RESPONSE } else { &NET_PACKET_DNS_REQUEST };
            let (whole, brief) = (shape::dns(&row.message), shape::dns_brief(&row.message));
            let problem = row.problem(whole.is_complete);
            rows((row.from, row.to), [&NET_PACKET_DNS, kind], [&whole.json, &brief], row.is_tcp, problem);
        }
        Found::Head(head) if head.event_key == event_key => {
            let (whole, brief) = shape::http(&head.head);
            let is_request = matches!(head.head.start, packets::http::Start::Request { .. });
            let kind = if is_request { &NET_PACKET_HTTP_REQUEST } else { &NET_PACKET_HTTP_RESPONSE };
            rows((head.from, head.to), [&NET_PACKET_HTTP, kind], [&whole, &brief], true, head.head.problem);
        }
        _ => {}
    }
}

/// Sets what every such row ends with.
fn end(row: PayloadBuilder<'static>, packet: &Packet<'_>, problem: Option<&'static str>) -> PayloadBuilder<'static> {
    let bytes = problem.unwrap_or_default().as_bytes();
    let full_len = u32::try_from(bytes.len()).ok();
    row.u64("direction", packet.direction_number().into())
        .u64("owner_by", packet.owner_by_number().into())
        .variable("problem", Variable { bytes, full_len, fault: false, null: problem.is_none() })
}

fn address(row: PayloadBuilder<'static>, field: &str, end: SocketAddr) -> PayloadBuilder<'static> {
    match end {
        SocketAddr::V4(end) => row.bytes(field, &end.ip().octets()),
        SocketAddr::V6(end) => row.bytes(field, &end.ip().octets()),
    }
}
