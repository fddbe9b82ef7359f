//! What is known of packets as a whole: how many each interface had, how many are missing and of those what is known.

use std::collections::BTreeMap;
use std::fmt::Write;

use packets::pcapng::LinkType;

use super::{Packet, lost};
use crate::loss::Loss;
use crate::origin::Origin;
use crate::text;

/// Losses that are told one by one.
const TOLD: usize = 200;

/// An interface: packets of one file with the same key share a description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct InterfaceKey {
    pub(crate) net_namespace: u32,
    pub(crate) ifindex: u32,
    pub(crate) link: LinkType,
}

/// Packets of an interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// In the capture.
    pub(crate) seen: u64,
    /// Of those, that were asked for.
    pub(crate) accepted: u64,
}

/// The counts of a whole capture, in whatever files the packets are.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    interfaces: BTreeMap<InterfaceKey, Counts>,
    losses: Vec<Loss>,
    /// Losses that are not in `losses` any more.
    untold: u64,
    lost: u64,
    last_ns: i64,
}

impl Tally {
    /// Counts a packet that is there.
    pub fn count(&mut self, packet: &Packet<'_>, is_accepted: bool) {
        let counts = self.interfaces.entry(packet.interface_key()).or_default();
        counts.seen += 1;
        counts.accepted += u64::from(is_accepted);
        self.last_ns = self.last_ns.max(packet.row.ts_ns());
    }

    /// Counts packets that are not there.
    pub fn add_loss(&mut self, loss: &Loss) {
        let count = lost(loss);
        if count == 0 {
            return;
        }
        self.lost = self.lost.saturating_add(count);
        if self.losses.len() < TOLD {
            self.losses.push(loss.clone());
        } else {
            self.untold += 1;
        }
    }

    /// Packets that are there.
    pub fn seen(&self) -> u64 {
        self.interfaces.values().map(|counts| counts.seen).sum()
    }

    /// Packets that are not there.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// The time of the last packet, UTC nanoseconds; 0 for none.
    pub(crate) fn last_ns(&self) -> i64 {
        self.last_ns
    }

    pub(crate) fn counts(&self, key: InterfaceKey) -> Counts {
        self.interfaces.get(&key).copied().unwrap_or_default()
    }

    /// What is lost, exactly: how many, of which CPU and sequence numbers, from when to when, and why.
    pub(crate) fn lost_words(&self, origin: &Origin) -> String {
        let mut line = format!("{} packets lost", self.lost);
        for (index, loss) in self.losses.iter().enumerate() {
            line.push_str(if index == 0 { ": " } else { "; " });
            let _ = write!(line, "{}", lost(loss));
            if let Some(cpu) = loss.cpu {
                let _ = write!(line, " of CPU {cpu}");
            }
            let (first, last) = loss.sequences;
            if first != 0 || last != 0 {
                let _ = write!(line, ", sequence {first} to {last}");
            }
            let time = |boot_ns| text::timestamp(origin.utc_ns(boot_ns));
            let _ = write!(line, ", {} to {}", time(loss.boot_ns.0), time(loss.boot_ns.1));
            let _ = write!(line, " ({})", loss.reason_words());
        }
        if self.untold > 0 {
            let _ = write!(line, "; {} more losses, which the table `losses` has", self.untold);
        }
        line
    }
}
