//! A packet, as a row of `net_packet_raw` tells it.

use std::borrow::Cow;
use std::net::IpAddr;

use formats::events::packets::NET_PACKET_RAW;
use formats::packet::{PacketDirection, PacketHook, PacketLink, PacketOwnerBy};
use formats::payload::Value;
use packets::Link;
use packets::pcapng::Direction;

use super::Names;
use super::meaning::Meaning;
use crate::context::Context;
use crate::row::Row;
use crate::text;

/// One packet: one buffer of the kernel's, which may stand for several of the wire.
pub struct Packet<'a> {
    /// The row that it is.
    pub row: Row<'a>,
    /// Cookie of its socket, 0 for none.
    pub cookie: u64,
    /// Bytes that it had, from the first of `data` on.
    pub length: u32,
    /// Segments that it stands for; 0 and 1 are one.
    pub gso_segs: u32,
    /// Bytes of payload of each.
    pub gso_size: u32,
    /// Number of the interface.
    pub ifindex: u32,
    /// Number of the network namespace.
    pub net_namespace: u32,
    /// Ethernet type.
    pub ethernet_type: u32,
    /// Number of the direction.
    direction: u32,
    /// Number of how the owner is known.
    owner_by: u32,
    /// Number of what `data` begins with.
    link: u32,
    /// Number of the hook.
    hook: u32,
    /// Name of the interface.
    interface: &'a [u8],
    /// Its first bytes.
    pub data: &'a [u8],
    /// What these mean.
    pub meaning: Meaning,
    /// The last name that the sender's address was given before.
    pub src_name: Option<String>,
    /// The same of the receiver's.
    pub dst_name: Option<String>,
}

impl<'a> Packet<'a> {
    /// Takes a row; `None` when it is of another kind or malformed.
    pub fn of(row: &Row<'a>) -> Option<Packet<'a>> {
        let mut packet = Packet::unread(row)?;
        packet.meaning = Meaning::of(packet.data, packet.is_ethernet(), packet.ethernet_type as u16, packet.length);
        Some(packet)
    }

    /// The same without its meaning.
    pub(crate) fn unread(row: &Row<'a>) -> Option<Packet<'a>> {
        if row.event_id() != NET_PACKET_RAW.id {
            return None;
        }
        let mut packet = Packet {
            row: *row,
            cookie: 0,
            length: 0,
            gso_segs: 0,
            gso_size: 0,
            ifindex: 0,
            net_namespace: 0,
            ethernet_type: 0,
            direction: 0,
            owner_by: 0,
            link: 0,
            hook: 0,
            interface: &[],
            data: &[],
            meaning: Meaning::default(),
            src_name: None,
            dst_name: None,
        };
        for (field, value) in row.values()? {
            match value {
                Value::U64(number) => packet.set(&field.name, number),
                Value::Variable(_, variable) => match field.name.as_str() {
                    "interface" => packet.interface = variable.bytes,
                    "data" => packet.data = variable.bytes,
                    _ => {}
                },
                _ => {}
            }
        }
        Some(packet)
    }

    /// Takes its bytes apart.
    pub(crate) fn dissect(&self) -> packets::Packet<'a> {
        let link = if self.is_ethernet() { Link::Ethernet } else { Link::Network(self.ethernet_type as u16) };
        packets::dissect(self.data, link, self.length as usize)
    }

    /// Whether it was seen at a socket of this host, which then is at the end that it left or came to.
    pub(crate) fn is_at_socket(&self) -> bool {
        self.hook == PacketHook::CgroupSkb.number()
    }

    /// Whether the owner, when there is one, is known by the packet's own socket.
    pub(crate) fn is_owned_by_socket(&self) -> bool {
        self.owner_by == PacketOwnerBy::Socket.number()
    }

    fn set(&mut self, field: &str, number: u64) {
        let low = number as u32;
        match field {
            "cookie" => self.cookie = number,
            "length" => self.length = low,
            "gso_segs" => self.gso_segs = low,
            "gso_size" => self.gso_size = low,
            "ifindex" => self.ifindex = low,
            "net_namespace" => self.net_namespace = low,
            "protocol" => self.ethernet_type = low,
            "direction" => self.direction = low,
            "owner_by" => self.owner_by = low,
            "link" => self.link = low,
            "seen_at" => self.hook = low,
            _ => {}
        }
    }

    /// Names its addresses.
    pub fn name(&mut self, names: &Names) {
        let last = |address: Option<IpAddr>| names.of(address?).last().cloned();
        self.src_name = last(self.meaning.src);
        self.dst_name = last(self.meaning.dst);
    }

    /// Whether its data begins with an Ethernet header.
    pub fn is_ethernet(&self) -> bool {
        self.link == PacketLink::Ethernet.number()
    }

    /// Which way it went, when that is known.
    pub fn direction(&self) -> Option<Direction> {
        match PacketDirection::from_number(self.direction)? {
            PacketDirection::Ingress => Some(Direction::In),
            PacketDirection::Egress => Some(Direction::Out),
        }
    }

    /// The same in a word, or its number when this build does not know it.
    pub fn direction_word(&self) -> Cow<'static, str> {
        word(PacketDirection::from_number(self.direction).map(PacketDirection::words), self.direction)
    }

    /// The number of its direction, as recorded.
    pub(crate) fn direction_number(&self) -> u32 {
        self.direction
    }

    /// The number of how its owner is known, as recorded.
    pub(crate) fn owner_by_number(&self) -> u32 {
        self.owner_by
    }

    /// How its owner is known, in a word, or its number when this build does not know it.
    pub fn owner_by(&self) -> Cow<'static, str> {
        word(PacketOwnerBy::from_number(self.owner_by).map(PacketOwnerBy::words), self.owner_by)
    }

    /// The hook that saw it, in a word, or its number when this build does not know it.
    pub fn hook(&self) -> Cow<'static, str> {
        word(PacketHook::from_number(self.hook).map(PacketHook::words), self.hook)
    }

    /// Name of its interface, as a column shows it.
    pub fn interface(&self) -> Cow<'a, str> {
        text::escape(self.interface)
    }

    /// Who owns it; `None` when nobody does.
    pub fn owner(&self) -> Option<&'a Context> {
        self.row.context()
    }

    /// The owner's name at that moment, as a column shows it.
    pub fn comm(&self) -> Option<Cow<'a, str>> {
        self.row.comm().map(text::escape)
    }

    /// Segments that it stands for, when these are several.
    pub fn segments(&self) -> Option<u32> {
        (self.gso_segs > 1).then_some(self.gso_segs)
    }
}

fn word(known: Option<&'static str>, number: u32) -> Cow<'static, str> {
    known.map_or_else(|| number.to_string().into(), Cow::Borrowed)
}
