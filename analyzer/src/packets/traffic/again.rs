//! Packets that were seen before: at the socket that sent them and at the one that got them, or on two interfaces.
//!
//! The same packet is one of the same bytes, in the same network namespace, at another place, soon. What routers change (hop
//! limit, checksum of the header) does not count. Several of the same bytes (a datagram that was sent twice) are several:
//! one is the same only when another place saw as many before.

use packets::layers::Network;

use super::bounded::Bounded;
use crate::packets::Packet;

/// How long after the first time.
const WINDOW_NS: u64 = 2_000_000_000;
/// Packets that are remembered.
const PACKETS: usize = 65_536;
/// Places of one packet: a datagram to many may reach many sockets.
const PLACES: usize = 64;
/// Bytes that are compared: headers, and some of what they carry.
const BYTES: usize = 96;

/// Direction, whether at a socket, and the socket's cookie or the interface.
type Place = (u8, bool, u64);

struct Seen {
    row: i64,
    first_ns: u64,
    /// Where it was seen first, and how often there.
    place: Place,
    count: u32,
    elsewhere: Vec<(Place, u32)>,
}

impl Seen {
    /// Counts it at a place; how often it is there now, and how often at the other place that has most.
    fn count(&mut self, place: Place) -> (u32, u32) {
        let mut most = 0;
        let mut here = None;
        let first = std::iter::once((&self.place, &mut self.count));
        for (other, count) in first.chain(self.elsewhere.iter_mut().map(|(place, count)| (&*place, count))) {
            if *other == place {
                *count = count.saturating_add(1);
                here = Some(*count);
            } else {
                most = most.max(*count);
            }
        }
        if here.is_none() && self.elsewhere.len() < PLACES {
            self.elsewhere.push((place, 1));
        }
        (here.unwrap_or(1), most)
    }
}

/// The packets of the last moments.
pub(super) struct Again(Bounded<[u8; 16], Seen>);

impl Again {
    pub(super) fn new() -> Again {
        Again(Bounded::new(PACKETS))
    }

    /// The row of the first time, when the packet was seen before. Only packets of IP are compared.
    pub(super) fn row(&mut self, row: i64, packet: &Packet<'_>, read: &packets::Packet<'_>) -> Option<i64> {
        let now_ns = packet.row.boot_ns();
        let key = key(packet, read)?;
        let place = place(packet);
        self.0.forget(|seen| now_ns.saturating_sub(seen.first_ns) > WINDOW_NS);
        let Some(seen) = self.0.get_mut(&key) else {
            self.0.insert(key, Seen { row, first_ns: now_ns, place, count: 1, elsewhere: Vec::new() });
            return None;
        };
        let (here, elsewhere) = seen.count(place);
        (here <= elsewhere).then_some(seen.row)
    }
}

fn place(packet: &Packet<'_>) -> Place {
    let direction = packet.direction().map_or(0, |way| way as u8 + 1);
    let is_at_socket = packet.is_at_socket();
    (direction, is_at_socket, if is_at_socket { packet.cookie } else { packet.ifindex.into() })
}

fn key(packet: &Packet<'_>, read: &packets::Packet<'_>) -> Option<[u8; 16]> {
    let changed: &[usize] = match read.network.as_ref()? {
        Network::Ipv4(_) => &[8, 10, 11],
        Network::Ipv6(_) => &[7],
        Network::Arp(_) => return None,
    };
    let link_bytes = super::link_bytes(read);
    let bytes = packet.data.get(link_bytes..)?;
    let mut compared = [0; BYTES];
    let length = bytes.len().min(BYTES);
    compared[..length].copy_from_slice(&bytes[..length]);
    for at in changed {
        compared[*at] = 0;
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(&packet.net_namespace.to_le_bytes());
    hasher.update(&(packet.length as usize - link_bytes.min(packet.length as usize)).to_le_bytes());
    hasher.update(&compared);
    hasher.finalize().as_bytes().first_chunk().copied()
}
