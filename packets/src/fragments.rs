//! Puts fragments of IP datagrams together (RFC 791, RFC 8200 4.5), within bounds.
//!
//! Bytes that two fragments claim are told, not resolved: receivers differ in which they take (RFC 5722 has IPv6 drop the
//! datagram), so that a datagram whose fragments overlap with other bytes is not put together at all.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use crate::layers::{Network, Packet, dissect_datagram};

/// The number of the fragment header.
const FRAGMENT: u8 = 44;
/// Bytes of a datagram's payload at most.
const DATAGRAM: usize = 65_535;
/// What a fragment that waits costs beside its bytes, roughly.
const PART: usize = 64;
/// Fragments of one datagram at most: as many as the smallest ones make.
const PARTS: usize = 8192;

/// What is kept at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Datagrams that wait for fragments.
    pub datagrams: usize,
    /// Memory that the fragments of all of them take, in bytes.
    pub bytes: usize,
    /// How long a datagram waits for the next fragment, in nanoseconds of the packets' clock.
    pub wait_ns: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { datagrams: 1024, bytes: 8 << 20, wait_ns: 30_000_000_000 }
    }
}

/// What became of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is no fragment.
    NotFragment,
    /// Fragments are missing still.
    Waiting,
    /// The datagram is whole.
    Whole(Datagram),
    /// The datagram is given up: why. A first fragment still has its ports and the beginning of the payload.
    Problem(&'static str),
}

/// A datagram that came in fragments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// The first fragment's network header, without `fragment`.
    pub network: Network,
    /// What IP carried.
    pub bytes: Vec<u8>,
    /// Packets that it came in.
    pub fragments: usize,
}

impl Datagram {
    /// The datagram as a packet: its transport header and payload.
    pub fn packet(&self) -> Packet<'_> {
        let mut packet = dissect_datagram(self.network.clone(), &self.bytes);
        packet.network_payload = &self.bytes;
        packet.network_payload_bytes = self.bytes.len();
        packet
    }
}

type Key = (u64, IpAddr, IpAddr, u32, u8);

#[derive(Debug, Default)]
struct Parts {
    parts: BTreeMap<usize, Vec<u8>>,
    first: Option<Network>,
    total: Option<usize>,
    bytes: usize,
    fragments: usize,
    last_ns: u64,
    order: u64,
    given_up: Option<&'static str>,
}

/// Datagrams that wait for fragments.
#[derive(Debug)]
pub struct Fragments {
    limits: Limits,
    waiting: HashMap<Key, Parts>,
    order: BTreeMap<u64, Key>,
    next: u64,
    bytes: usize,
    abandoned: u64,
}

impl Default for Fragments {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Fragments {
    /// Nothing waits yet.
    pub fn new(limits: Limits) -> Self {
        Self { limits, waiting: HashMap::new(), order: BTreeMap::new(), next: 0, bytes: 0, abandoned: 0 }
    }

    /// Datagrams that never became whole and wait no more.
    pub fn abandoned(&self) -> u64 {
        self.abandoned
    }

    /// Memory that waiting fragments take, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes a packet. `space` keeps apart what may use the same addresses: network namespaces, say, and the directions of
    /// packets that a host sends to itself. `time_ns` is the packet's.
    pub fn push(&mut self, space: u64, packet: &Packet<'_>, time_ns: u64) -> Outcome {
        let (Some(part), Some((source, destination)), Some(network)) =
            (packet.fragment(), packet.addresses(), packet.network.as_ref())
        else {
            return Outcome::NotFragment;
        };
        self.expire(time_ns);
        // Of IPv6 the protocol is not the same in every fragment and no part of what they share.
        let protocol = match network {
            Network::Ipv4(_) => part.protocol,
            _ => 0,
        };
        let key = (space, source, destination, part.identification, protocol);
        let mut parts = self.remove(&key).unwrap_or_default();
        if let Some(problem) = parts.given_up {
            parts.last_ns = time_ns;
            self.insert(key, parts);
            return Outcome::Problem(problem);
        }
        match parts.add(packet, network, time_ns) {
            Err(problem) => {
                // Its other fragments are of no use, and say so.
                self.abandoned = self.abandoned.saturating_add(1);
                self.insert(key, Parts { last_ns: time_ns, given_up: Some(problem), ..Parts::default() });
                Outcome::Problem(problem)
            }
            Ok(false) => {
                self.insert(key, parts);
                Outcome::Waiting
            }
            Ok(true) => parts.whole().map_or(Outcome::Problem("fragments without a first one"), Outcome::Whole),
        }
    }

    fn insert(&mut self, key: Key, mut parts: Parts) {
        self.next = self.next.saturating_add(1);
        parts.order = self.next;
        self.order.insert(parts.order, key);
        self.bytes = self.bytes.saturating_add(parts.cost());
        self.waiting.insert(key, parts);
        while self.bytes > self.limits.bytes || self.waiting.len() > self.limits.datagrams {
            if !self.abandon_oldest() {
                break;
            }
        }
    }

    fn remove(&mut self, key: &Key) -> Option<Parts> {
        let parts = self.waiting.remove(key)?;
        self.order.remove(&parts.order);
        self.bytes = self.bytes.saturating_sub(parts.cost());
        Some(parts)
    }

    fn abandon_oldest(&mut self) -> bool {
        let Some(key) = self.order.first_key_value().map(|(_, key)| *key) else { return false };
        if let Some(parts) = self.remove(&key)
            && parts.given_up.is_none()
        {
            self.abandoned = self.abandoned.saturating_add(1);
        }
        true
    }

    fn expire(&mut self, time_ns: u64) {
        while let Some((_, key)) = self.order.first_key_value() {
            let waited = self.waiting.get(key).map_or(u64::MAX, |parts| time_ns.saturating_sub(parts.last_ns));
            if waited <= self.limits.wait_ns || !self.abandon_oldest() {
                break;
            }
        }
    }
}

impl Parts {
    fn cost(&self) -> usize {
        self.bytes.saturating_add(self.parts.len().saturating_mul(PART))
    }

    /// Whether the datagram is whole now.
    fn add(&mut self, packet: &Packet<'_>, network: &Network, time_ns: u64) -> Result<bool, &'static str> {
        self.last_ns = time_ns;
        let part = packet.fragment().ok_or("no fragment")?;
        let bytes = packet.network_payload;
        if bytes.len() < packet.network_payload_bytes {
            return Err("a fragment was cut by the capture");
        }
        let start = usize::try_from(part.offset_bytes).unwrap_or(usize::MAX);
        let end = start.saturating_add(bytes.len());
        if bytes.is_empty() {
            return Err("an empty fragment");
        }
        if end > DATAGRAM {
            return Err("a fragment beyond the largest datagram");
        }
        if part.more && !bytes.len().is_multiple_of(8) {
            return Err("a fragment that is no multiple of eight bytes");
        }
        if !part.more {
            if self.total.is_some_and(|total| total != end) {
                return Err("two last fragments");
            }
            self.total = Some(end);
        }
        let furthest = self.parts.last_key_value().map_or(0, |(start, bytes)| start.saturating_add(bytes.len()));
        if self.total.is_some_and(|total| end.max(furthest) > total) {
            return Err("a fragment beyond the last one");
        }
        if start == 0 && self.first.is_none() {
            self.first = Some(whole(network.clone()));
        }
        self.fragments = self.fragments.saturating_add(1);
        if self.fragments > PARTS {
            return Err("more fragments than are kept");
        }
        if self.seen(start, bytes)? {
            return Ok(false);
        }
        self.bytes = self.bytes.saturating_add(bytes.len());
        self.parts.insert(start, bytes.to_vec());
        // Parts do not overlap, so that enough bytes are all of them.
        Ok(self.total == Some(self.bytes))
    }

    /// Whether a fragment is a duplicate; an error when it overlaps otherwise.
    fn seen(&self, start: usize, bytes: &[u8]) -> Result<bool, &'static str> {
        let end = start.saturating_add(bytes.len());
        let Some((other, kept)) = self.parts.range(..end).next_back() else { return Ok(false) };
        if other.saturating_add(kept.len()) <= start {
            return Ok(false);
        }
        if *other == start && kept == bytes { Ok(true) } else { Err("fragments overlap") }
    }

    fn whole(self) -> Option<Datagram> {
        let mut bytes = Vec::with_capacity(self.bytes);
        for part in self.parts.values() {
            bytes.extend_from_slice(part);
        }
        Some(Datagram { network: self.first?, bytes, fragments: self.fragments })
    }
}

/// The header of the whole datagram: as far as every fragment has it.
fn whole(mut network: Network) -> Network {
    match &mut network {
        Network::Ipv4(ip) => {
            ip.protocol = ip.fragment.take().map_or(ip.protocol, |part| part.protocol);
        }
        Network::Ipv6(ip) => {
            if let Some(part) = ip.fragment.take() {
                ip.protocol = part.protocol;
                let shared = ip.extensions.iter().position(|number| *number == FRAGMENT);
                ip.extensions.truncate(shared.map_or(0, |place| place.saturating_add(1)));
            }
        }
        Network::Arp(_) => {}
    }
    network
}
