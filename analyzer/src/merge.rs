//! The merge: every frame of a segment in the order of replay.

use std::cmp::Reverse;
use std::collections::binary_heap::PeekMut;
use std::collections::{BTreeMap, BinaryHeap};

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
pub(crate) struct Merge<'a> {
    streams: Vec<Stream<'a>>,
    heads: BinaryHeap<Reverse<Head>>,
    decoder: BlockDecoder,
}

impl<'a> Merge<'a> {
    /// A merge of those blocks that are wanted.
    pub(crate) fn new(segment: &'a Segment, wanted: impl Fn(&BlockEntry) -> bool) -> Result<Merge<'a>> {
        let mut by_stream: BTreeMap<(u8, u32), Vec<&BlockEntry>> = BTreeMap::new();
        for block in segment.frame_blocks().filter(|block| wanted(block)) {
            by_stream.entry((block.header.lane, block.header.cpu)).or_default().push(block);
        }
        let streams: Vec<Stream<'a>> =
            by_stream.into_iter().map(|((lane, cpu), blocks)| Stream::new(segment, lane, cpu, blocks)).collect();
        let mut heads = BinaryHeap::with_capacity(streams.len());
        for (stream, place) in streams.iter().map(Stream::bound).enumerate() {
            heads.extend(place.map(|place| Reverse(Head { place, known: false, stream })));
        }
        Ok(Merge { streams, heads, decoder: decoder(segment)? })
    }

    /// Gives every frame in order, with its place, until `each` says no.
    ///
    /// # Errors
    /// The system refused to read, or `each` failed.
    pub(crate) fn run(&mut self, mut each: impl FnMut(Place, &Frame<'_>) -> Result<bool>) -> Result<()> {
        while let Some(mut top) = self.heads.peek_mut() {
            let Reverse(Head { place, known, stream: index }) = *top;
            let stream = &mut self.streams[index];
            let next = if !known {
                stream.open_next(&mut self.decoder)?.map(|place| (place, true))
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
                }
            }
        }
        Ok(())
    }

    /// The blocks that could not be decoded so far.
    pub(crate) fn unreadable(&self) -> impl Iterator<Item = &'a BlockEntry> + '_ {
        self.streams.iter().flat_map(|stream| stream.unreadable.iter().copied())
    }
}
