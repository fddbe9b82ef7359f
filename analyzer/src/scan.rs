//! Scans: the rows of one segment in the columns of a table, and what indexes alone say. What is not asked for is left out as
//! early as it can be: by segment, by block, by frame.
//!
//! Events that are in packets (`net_packet_dns` and its like) and names that answers of DNS gave depend on packets of earlier
//! segments. For the former, packets of the segments before are read once more, without giving rows; for the latter, those
//! of all segments, once per scanner.

mod block;
mod columns;
mod counts;
mod rows;

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::ops::{ControlFlow, Range};
use std::sync::{Arc, OnceLock};

use anyhow::{Result, anyhow};
use formats::capture::{Capture, Segment};
use formats::event::FIRST_RECORDER_EVENT;
use formats::events::packets::NET_PACKET_RAW;

use crate::origin::Origin;
use crate::packets::Packet;
use crate::packets::events::PacketEvents;
use crate::packets::traffic::{Found, Traffic};
use crate::replay::{Damage, MATERIAL, Options, Part, Whose, parts, replay_segments};
use crate::row::Row;
use crate::tables::{Catalog, Cell, Given, Reader, Table};

pub(crate) use block::may_have;
pub use columns::{EachChunk, Values};
pub use counts::Totals;
pub use rows::EachRow;

/// What a scan needs of rows; what it leaves out is skipped by segment, block and frame.
#[derive(Clone, Debug, Default)]
pub struct ScanOptions {
    /// Names of the wanted events; `None` for all. The table of a kind has its own rows alone.
    pub events: Option<Vec<String>>,
    /// Rows from this time on, UTC nanoseconds.
    pub since_ns: Option<i64>,
    /// Rows before this time, UTC nanoseconds.
    pub until_ns: Option<i64>,
    /// Rows of these processes; `None` for all.
    pub process_keys: Option<Vec<i64>>,
    /// Rows of these containers; `None` for all.
    pub container_ids: Option<Vec<String>>,
}

/// Takes rows until it says that it wants no more.
pub type Each<'e> = &'e mut dyn FnMut(&[Cell<'_>]) -> ControlFlow<()>;

/// Scans a capture. Segments may be scanned by several threads at once.
pub struct Scanner {
    capture: Capture,
    origin: Origin,
    catalog: Catalog,
    names: OnceLock<Names>,
}

impl Scanner {
    /// Reads what the segments declare.
    ///
    /// # Errors
    /// No segment can be opened, or the system refused to read.
    pub fn of(capture: &Capture) -> Result<Scanner> {
        let origin = Origin::gather(capture)?;
        let catalog = Catalog::gather(capture, &origin)?;
        Ok(Scanner { capture: capture.clone(), origin, catalog, names: OnceLock::new() })
    }

    /// The capture.
    pub fn capture(&self) -> &Capture {
        &self.capture
    }

    /// Where and when it was made.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The tables. Those of events are scanned, the others are small and not in segments.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Segments of the capture.
    pub fn segments(&self) -> usize {
        self.capture.segments().len()
    }

    /// Whether rows of the table depend on packets of earlier segments: then many segments are better scanned by one call.
    pub fn reads_earlier_segments(&self, table: &Table, options: &ScanOptions) -> bool {
        PacketEvents::of(&self.wanted(table, options), &self.origin).is_some()
    }

    /// Gives `each` the rows of one segment in a table of events, in the order of replay, with the columns at these positions.
    /// What could not be read is returned.
    ///
    /// # Errors
    /// The table is none of events, or the system refused to read.
    pub fn scan_segment(
        &self,
        segment: usize,
        table: &Table,
        columns: &[usize],
        options: &ScanOptions,
        each: Each<'_>,
    ) -> Result<Vec<Damage>> {
        self.scan_segments(segment..segment.saturating_add(1), table, columns, options, each)
    }

    /// The same of consecutive segments, one after the other.
    ///
    /// # Errors
    /// Those of [`Scanner::scan_segment`].
    pub fn scan_segments(
        &self,
        segments: Range<usize>,
        table: &Table,
        columns: &[usize],
        options: &ScanOptions,
        each: Each<'_>,
    ) -> Result<Vec<Damage>> {
        let shown = self.catalog.shown(table).ok_or_else(|| anyhow!("{} is no table of events", table.name))?;
        let column = |at: &usize| shown.get(*at).ok_or_else(|| anyhow!("{} has no column {at}", table.name));
        let reader = Reader::new(columns.iter().map(column).collect::<Result<Vec<_>>>()?);
        let given: &dyn Given = if reader.reads_names() { self.names()? } else { &Nobody };
        let kind = self.catalog.kind_of(table).map(|kind| &kind.schema);
        let wanted = self.wanted(table, options);
        replay_segments(&self.capture, segments, &wanted, &self.origin, &mut |batch| {
            let mut cells = Vec::with_capacity(columns.len());
            for entry in &batch.entries {
                let row = batch.row(&self.origin, entry);
                // Rows of a kind of which a segment says something else are in the table of all events alone.
                let is_of_table = kind.is_none_or(|kind| {
                    row.schema().is_some_and(|schema| schema == kind && schema.is_well_formed(row.payload()))
                });
                if !is_of_table || !wanted.whose.has(row.context(), row.container_id()) {
                    continue;
                }
                reader.read(&row, given, &mut cells);
                if each(&cells).is_break() {
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        })
    }

    /// What replay is asked for: rows that no table has are not.
    fn wanted(&self, table: &Table, options: &ScanOptions) -> Options {
        let own = self.catalog.kind_of(table).map(|kind| kind.schema.name.clone());
        let events = match (own, &options.events) {
            (Some(own), Some(names)) if !names.contains(&own) => Some(Vec::new()),
            (Some(own), _) => Some(vec![own]),
            (None, names) => names.clone(),
        };
        let whose = Whose {
            process_keys: options.process_keys.as_ref().map(|keys| keys.iter().copied().collect()),
            container_ids: options.container_ids.as_ref().map(|ids| ids.iter().cloned().collect()),
        };
        Options { threads: 1, events, since_ns: options.since_ns, until_ns: options.until_ns, whose }
    }

    fn names(&self) -> Result<&Names> {
        if self.names.get().is_none() {
            let names = Names::gather(&self.capture, &self.origin)?;
            // Another thread may have been first, with the same.
            let _ = self.names.set(names);
        }
        self.names.get().ok_or_else(|| anyhow!("names were not kept"))
    }
}

/// No names.
struct Nobody;

impl Given for Nobody {
    fn given(&self, _: IpAddr, _: Option<u32>, _: &Row<'_>) -> Option<(Arc<str>, i64)> {
        None
    }
}

/// A name that an answer gave: time and key of its packet, number of the answer, the name.
type Answer = (i64, i64, i64, Arc<str>);

/// What answers of DNS said of addresses, by network namespace and by address alone.
#[derive(Default)]
struct Names {
    in_namespace: HashMap<(u32, IpAddr), Vec<Answer>>,
    anywhere: HashMap<IpAddr, Vec<Answer>>,
}

impl Names {
    fn gather(capture: &Capture, origin: &Origin) -> Result<Names> {
        let options = Options { events: Some(vec![NET_PACKET_RAW.name.to_owned()]), ..Options::default() };
        let mut names = Names::default();
        let mut traffic = Traffic::new();
        let mut found = Vec::new();
        parts(capture, &options, origin, &mut |part| {
            let Part::Rows(batch) = part else { return Ok(()) };
            for entry in &batch.entries {
                let Some(packet) = Packet::unread(&batch.row(origin, entry)) else { continue };
                traffic.take(packet.row.event_key(), &packet, &packet.dissect(), &mut found);
                names.learn(&mut found);
            }
            Ok(())
        })?;
        traffic.finish(&mut found);
        names.learn(&mut found);
        let order = |answer: &Answer| (answer.0, answer.1, answer.2);
        names
            .in_namespace
            .values_mut()
            .chain(names.anywhere.values_mut())
            .for_each(|answers| answers.sort_by_key(order));
        Ok(names)
    }

    fn learn(&mut self, found: &mut Vec<Found>) {
        for found in found.drain(..) {
            let Found::Dns(row) = found else { continue };
            for (address, name) in row.names() {
                let address = address.to_canonical();
                let answer: Answer = (row.ts_ns, row.event_key, row.number, name.into());
                self.in_namespace.entry((row.net_namespace, address)).or_default().push(answer.clone());
                self.anywhere.entry(address).or_default().push(answer);
            }
        }
    }
}

impl Given for Names {
    fn given(&self, address: IpAddr, net_namespace: Option<u32>, row: &Row<'_>) -> Option<(Arc<str>, i64)> {
        let at = (row.ts_ns(), row.event_key());
        let before = |answers: &Vec<Answer>| {
            let behind = answers.partition_point(|answer| (answer.0, answer.1) < at);
            let (_, _, number, name) = answers.get(behind.checked_sub(1)?)?;
            Some((Arc::clone(name), *number))
        };
        let own = net_namespace.and_then(|namespace| self.in_namespace.get(&(namespace, address)));
        own.and_then(before).or_else(|| self.anywhere.get(&address).and_then(before))
    }
}

/// Rows of events as the indexes of segments count them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventCounts {
    /// Frames by name of the event, in the order of names.
    pub counts: Vec<(String, u64)>,
    /// Whether rows of the table `events` are the same: not where policies choose rows, replay makes some, or parts cannot be
    /// read.
    pub is_exact: bool,
}

/// Counts events by the headers of blocks; no payload is decompressed but that of what the recorder says of itself.
///
/// # Errors
/// No segment can be opened, or the system refused to read.
pub fn event_counts(capture: &Capture) -> Result<EventCounts> {
    let origin = Origin::gather(capture)?;
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut is_exact = origin.replayed.is_empty() && origin.hidden.is_empty() && capture.damage().is_empty();
    for source in capture.segments() {
        let segment = match Segment::open(source) {
            Ok(segment) => segment,
            Err(error) => {
                Damage::whole(source, error)?;
                is_exact = false;
                continue;
            }
        };
        is_exact &= segment.damage().is_empty();
        for kind in segment.frame_blocks().flat_map(|block| &block.header.kinds) {
            if kind.event >= FIRST_RECORDER_EVENT && !MATERIAL.contains(&kind.event) {
                let schema = segment.schema().get(kind.event);
                is_exact &= schema.is_some();
                let name = schema.map_or_else(|| format!("event_{}", kind.event), |schema| schema.name.clone());
                *counts.entry(name).or_default() += u64::from(kind.count);
            }
        }
    }
    Ok(EventCounts { counts: counts.into_iter().collect(), is_exact: is_exact && !origin.has_policies })
}

/// Start of the first segment and end of the last, UTC nanoseconds, as their headers and footers say; of a segment without a
/// footer the time of its last frame.
///
/// # Errors
/// No segment can be opened, or the system refused to read.
pub fn time_range(capture: &Capture) -> Result<(i64, i64)> {
    let origin = Origin::gather(capture)?;
    let mut range: Option<(u64, u64)> = None;
    for source in capture.segments() {
        let segment = match Segment::open(source) {
            Ok(segment) => segment,
            Err(error) => {
                Damage::whole(source, error)?;
                continue;
            }
        };
        let (start, end) = boot_range(&segment);
        range = Some(range.map_or((start, end), |(first, last)| (first.min(start), last.max(end))));
    }
    let (start, end) = range.ok_or_else(|| anyhow!("{}: no segment can be opened", capture.path().display()))?;
    Ok((origin.utc_ns(start), origin.utc_ns(end)))
}

/// Start and end of a segment, boot-time nanoseconds.
pub(crate) fn boot_range(segment: &Segment) -> (u64, u64) {
    let start = segment.header().start_boot_ns;
    let last = segment.frame_blocks().map(|block| block.header.max_boot_ns).max();
    (start, segment.end_boot_ns().or(last).unwrap_or(start))
}

#[cfg(test)]
mod tests;
