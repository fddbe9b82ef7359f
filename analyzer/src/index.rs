//! What the blocks' headers alone say of rows: how many of each event there are, and from when to when.
//!
//! Where replay makes rows of other rows' frames, leaves some out by the capture's policies, or cannot read a segment, the
//! headers do not say it, and neither does this.

use std::collections::{BTreeMap, HashSet};

use anyhow::Result;
use formats::capture::{BlockEntry, Capture, Segment};
use formats::event::{Event, FIRST_RECORDER_EVENT};
use formats::events::by_name;
use formats::events::packets::{NET_PACKET_RAW, is_decoded};
use formats::events::recorder::SCOPE_CHANGED;
use formats::frame::Frames;
use formats::schema::EventSchema;

use crate::definitions::{decoder, read};
use crate::origin::Origin;
use crate::replay::MATERIAL;

/// Rows by the capture's index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Rows by name of the event; `None` where replay may make some.
    rows: BTreeMap<String, Option<u64>>,
    /// First and last, UTC nanoseconds.
    times: Option<(i64, i64)>,
    has_packets: bool,
}

impl Index {
    /// Reads the segments' footers, and the few blocks that begin or end the capture together with frames that are no rows.
    /// `None` when a segment is damaged, segments declare events differently, or policies choose rows.
    ///
    /// # Errors
    /// No segment can be opened, or the system refused to read.
    pub fn gather(capture: &Capture) -> Result<Option<Index>> {
        let origin = Origin::gather(capture)?;
        if origin.has_policies || !capture.damage().is_empty() {
            return Ok(None);
        }
        let mut segments = Vec::new();
        for source in capture.segments() {
            match Segment::open(source) {
                Ok(segment) if segment.damage().is_empty() => segments.push(segment),
                _ => return Ok(None),
            }
        }
        let mut rows: BTreeMap<String, Option<u64>> = BTreeMap::new();
        let mut has_packets = false;
        let mut declared: BTreeMap<u16, EventSchema> = BTreeMap::new();
        for segment in &segments {
            let shown = Shown::of(segment, &origin);
            for kind in segment.frame_blocks().flat_map(|block| &block.header.kinds) {
                let Some(schema) = segment.schema().get(kind.event) else { return Ok(None) };
                if kind.event == SCOPE_CHANGED.id
                    || declared.entry(kind.event).or_insert_with(|| schema.clone()) != schema
                {
                    return Ok(None);
                }
                has_packets |= kind.event == NET_PACKET_RAW.id;
                if shown.has(kind.event) {
                    let rows = rows.entry(schema.name.clone()).or_insert(Some(0));
                    *rows = rows.map(|rows| rows.saturating_add(kind.count.into()));
                }
            }
            for event in made(segment, &origin) {
                rows.insert(event.name.to_owned(), None);
            }
        }
        // What replay makes has the time of what it is made of, which may be hidden itself.
        let is_hidden = !origin.hidden.is_empty() && rows.values().any(Option::is_none);
        let times = match (bound(&segments, &origin, End::First)?, bound(&segments, &origin, End::Last)?) {
            (Some(first), Some(last)) if !is_hidden => Some((origin.utc_ns(first), origin.utc_ns(last))),
            _ => None,
        };
        Ok(Some(Index { rows, times, has_packets }))
    }

    /// Rows of all events; `None` when replay makes some.
    pub fn rows(&self) -> Option<u64> {
        self.rows.values().copied().sum()
    }

    /// Rows of the event of this name; `None` when replay makes some.
    pub fn rows_of(&self, event: &str) -> Option<u64> {
        match self.rows.get(event) {
            Some(rows) => *rows,
            // Its table is read out of the packets, also where nobody asked for it among the events.
            None if self.has_packets && by_name(event).is_some_and(|event| is_decoded(event.id)) => None,
            None => Some(0),
        }
    }

    /// The events that replay does not make, with their numbers of rows.
    pub fn events(&self) -> impl Iterator<Item = (&str, u64)> {
        self.rows.iter().filter_map(|(event, rows)| Some((event.as_str(), (*rows)?)))
    }

    /// The events of which replay may make rows.
    pub fn made(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().filter(|(_, rows)| rows.is_none()).map(|(event, _)| event.as_str())
    }

    /// Times of the first and the last row, UTC nanoseconds; `None` when there are no rows, or the headers do not say it.
    pub fn times(&self) -> Option<(i64, i64)> {
        self.times
    }
}

/// Which frames of a segment are rows.
struct Shown {
    hidden: HashSet<u16>,
}

impl Shown {
    fn of(segment: &Segment, origin: &Origin) -> Shown {
        let events = segment.schema().events().iter();
        Shown { hidden: events.filter(|event| origin.hidden.contains(&event.name)).map(|event| event.id).collect() }
    }

    fn has(&self, event: u16) -> bool {
        event >= FIRST_RECORDER_EVENT && !MATERIAL.contains(&event) && !self.hidden.contains(&event)
    }
}

/// The events that replay may make of a segment's frames.
fn made(segment: &Segment, origin: &Origin) -> Vec<&'static Event> {
    let present: HashSet<u16> =
        segment.frame_blocks().flat_map(|block| &block.header.kinds).map(|kind| kind.event).collect();
    let is_there = |name| segment.schema().by_name(name).is_some_and(|event| present.contains(&event.id));
    let is_made =
        |event: &&Event| is_decoded(event.id) && present.contains(&NET_PACKET_RAW.id) || event.sources().any(is_there);
    origin.replayed.iter().copied().filter(|event| is_made(event)).collect()
}

/// An end of the capture.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    First,
    Last,
}

impl End {
    /// The bound of a block's times that lies at this end.
    fn of_block(self, block: &BlockEntry) -> u64 {
        if self == End::First { block.header.min_boot_ns } else { block.header.max_boot_ns }
    }

    /// Whether one time is nearer to this end than another.
    fn is_beyond(self, one: u64, other: u64) -> bool {
        if self == End::First { one < other } else { one > other }
    }
}

/// Boot-time of the row at one end of the capture. A block's header has the times of all its frames, so one that holds other
/// frames as well is decoded, when a row at the end may be in it.
fn bound(segments: &[Segment], origin: &Origin, end: End) -> Result<Option<u64>> {
    let shown: Vec<Shown> = segments.iter().map(|segment| Shown::of(segment, origin)).collect();
    let mut blocks: Vec<(&Segment, &Shown, &BlockEntry)> = Vec::new();
    for (segment, shown) in segments.iter().zip(&shown) {
        let of_interest = |block: &&BlockEntry| block.header.kinds.iter().any(|kind| shown.has(kind.event));
        blocks.extend(segment.frame_blocks().filter(of_interest).map(|block| (segment, shown, block)));
    }
    blocks.sort_by_key(|(_, _, block)| end.of_block(block));
    if end == End::Last {
        blocks.reverse();
    }
    let mut best: Option<u64> = None;
    let mut rows = Vec::new();
    for (segment, shown, block) in blocks {
        let at = end.of_block(block);
        if best.is_some_and(|best| !end.is_beyond(at, best)) {
            break;
        }
        if block.header.kinds.iter().all(|kind| shown.has(kind.event)) {
            best = Some(at);
        } else if read(segment, block, &mut decoder(segment)?, &mut rows)? {
            let frames = Frames::new(&rows).map_while(|frame| frame.ok());
            for frame in frames.filter(|frame| shown.has(frame.header.event)) {
                let boot_ns = frame.header.boot_ns;
                if best.is_none_or(|best| end.is_beyond(boot_ns, best)) {
                    best = Some(boot_ns);
                }
            }
        }
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use super::Index;
    use crate::replay::{Options, replay};
    use crate::testing::sample;

    #[test]
    fn the_index_says_what_counting_says() {
        let recording = sample(3, 300);
        let capture = recording.open();
        let (mut rows, mut times) = (0, None);
        let mut opened = 0;
        replay(&capture, &Options::default(), &mut |row| {
            rows += 1;
            opened += u64::from(row.event() == "openat");
            let (first, last) = times.unwrap_or((row.ts_ns(), row.ts_ns()));
            times = Some((row.ts_ns().min(first), row.ts_ns().max(last)));
            Ok(())
        })
        .unwrap();
        let index = Index::gather(&capture).unwrap().unwrap();
        assert_eq!(index.rows(), Some(rows));
        assert_eq!(index.rows_of("openat"), Some(opened));
        assert!(opened > 0);
        assert_eq!(index.rows_of("nothing"), Some(0));
        assert_eq!(index.times(), times);
    }
}
