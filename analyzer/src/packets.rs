//! Packets: rows of packets with what their bytes mean, chosen by a condition, and as files that other programs read.
//!
//! What was sent is read here and nowhere before: recording keeps bytes. Who it was is what the capture says of the owner;
//! where it says nothing, nobody is named.

mod columns;
mod comment;
pub(crate) mod events;
mod file;
mod meaning;
mod names;
mod packet;
pub(crate) mod shape;
mod tally;
pub(crate) mod traffic;

use anyhow::Result;
use formats::capture::{Capture, Segment};
use formats::event::Lane;
use formats::events::packets::NET_PACKET_RAW;
use formats::events::structure::LOSS;

use crate::definitions::scan;
use crate::filter::Condition;
use crate::loss::Loss;
use crate::query::Cell;

pub use columns::{COLUMNS, Column, SHOWN};
pub use comment::comment;
pub use file::{About, File};
pub(crate) use meaning::FLAGS;
pub use meaning::Meaning;
pub use names::Names;
pub use packet::Packet;
pub use tally::Tally;

/// Name of the event that packets are rows of.
pub const EVENT: &str = NET_PACKET_RAW.name;

/// A condition that packets are asked for.
pub struct Filter(Condition);

impl Filter {
    /// Reads the condition over [`COLUMNS`].
    ///
    /// # Errors
    /// It is no condition; the message says where.
    pub fn new(condition: &str) -> Result<Filter> {
        let columns: Vec<(&str, bool)> = COLUMNS.iter().map(|column| (column.name, column.is_number)).collect();
        Condition::new(condition, &columns).map(Filter)
    }

    /// Whether the condition is true of the packet.
    ///
    /// # Errors
    /// It cannot be evaluated (as JSON that is none).
    pub fn accepts(&self, packet: &Packet<'_>) -> Result<bool> {
        self.0.accepts(|index| COLUMNS.get(index).map_or(Cell::Null, |column| (column.value)(packet)))
    }
}

/// How many packets a loss is of; kinds that are not known and travelled with packets were packets.
pub(crate) fn lost(loss: &Loss) -> u64 {
    let is_lane = loss.lane == Lane::Packets as u16;
    let counts = loss.kinds.iter().filter(|(kind, _)| *kind == NET_PACKET_RAW.id || is_lane && *kind == 0);
    counts.fold(0, |sum, (_, count)| sum.saturating_add(*count))
}

/// Every loss of packets, in the order of the segments. Segments that cannot be opened say nothing.
///
/// # Errors
/// The system refused to read.
pub fn losses(capture: &Capture) -> Result<Vec<Loss>> {
    let mut found = Vec::new();
    for source in capture.segments() {
        let Ok(segment) = Segment::open(source) else { continue };
        scan(
            &segment,
            |event| event == LOSS.id,
            |schema, frame| {
                let loss = schema.get(LOSS.id).and_then(|schema| Loss::decode(schema, frame.payload));
                found.extend(loss.filter(|loss| lost(loss) > 0));
            },
        )?;
    }
    Ok(found)
}
