//! The merge: every frame of a segment in the order of replay.

use std::cmp::Reverse;
use std::collections::binary_heap::PeekMut;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use anyhow::Result;
use formats::block::BlockDecoder;
use formats::capture::{BlockEntry, Segment};
use formats::frame::Frame;

use crate::definitions::decoder;
use crate::stream::{Place, Stream};

/// Where a stream's next frame is. Ordered by place; an earliest possible place comes before a known one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Head {
    place: Place,
    /// Whether the frame is in memory; else `place` is only where it can be at the earliest.
    known: bool,
    stream: usize,
}

/// The frames of a segment's blocks, merged by time, CPU, lane and sequence.
pub(crate) struct Merge {
    streams: Vec<Stream>,
    /// Index of each lane and CPU in `streams`.
    by_lane: BTreeMap<(u8, u32), usize>,
    heads: BinaryHeap<Reverse<Head>>,
    /// Streams that have no head: nothing of theirs was left.
    headless: BTreeSet<usize>,
    decoder: BlockDecoder,
}

impl Merge {
    /// A merge of no blocks yet.
    pub(crate) fn new(segment: &Segment) -> Result<Merge> {
        Ok(Merge {
            streams: Vec::new(),
            by_lane: BTreeMap::new(),
            heads: BinaryHeap::new(),
            headless: BTreeSet::new(),
            decoder: decoder(segment)?,
        })
    }

    /// Adds blocks. None of their frames may have its place before one that was given.
    pub(crate) fn add<'b>(&mut self, blocks: impl Iterator<Item = &'b BlockEntry>) {
        for block in blocks {
            let (lane, cpu) = (block.header.lane, block.header.cpu);
            let index = *self.by_lane.entry((lane, cpu)).or_insert_with(|| {
                self.headless.insert(self.streams.len());
                self.streams.push(Stream::new(lane, cpu));
                self.streams.len() - 1
            });
            self.streams[index].add(block.clone());
        }
        let streams = &self.streams;
        let heads = &mut self.heads;
        self.headless.retain(|&stream| match streams[stream].bound() {
            Some(place) => {
                heads.push(Reverse(Head { place, known: false, stream }));
                false
            }
            None => true,
        });
    }

    /// Gives every frame with a place before this boot-time (`None` for all) in order, with its place, until `each` says no.
    ///
    /// # Errors
    /// The system refused to read, or `each` failed.
    pub(crate) fn run(
        &mut self,
        segment: &Segment,
        before_ns: Option<u64>,
        mut each: impl FnMut(Place, &Frame<'_>) -> Result<bool>,
    ) -> Result<()> {
        while let Some(mut top) = self.heads.peek_mut() {
            let Reverse(Head { place, known, stream: index }) = *top;
            if before_ns.is_some_and(|before_ns| place.boot_ns >= before_ns) {
                return Ok(());
            }
            let stream = &mut self.streams[index];
            let next = if !known {
                stream.open_next(segment, &mut self.decoder)?.map(|place| (place, true))
            } else {
                if let Some(frame) = stream.frame()
                    && !each(place, &frame)?
                {
                    return Ok(());
                }
                match stream.advance(place) {
                    Some(place) => Some((place, true)),
                    None => stream.bound().map(|place| (place, false)),
                }
            };
            match next {
                Some((place, known)) => *top = Reverse(Head { place, known, stream: index }),
                None => {
                    PeekMut::pop(top);
                    self.headless.insert(index);
                }
            }
        }
        Ok(())
    }

    /// The blocks that could not be read so far, and why.
    pub(crate) fn unreadable(&self) -> impl Iterator<Item = &(BlockEntry, &'static str)> + '_ {
        self.streams.iter().flat_map(|stream| stream.unreadable.iter())
    }
}
