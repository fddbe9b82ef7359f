//! Streams: the frames of one lane and CPU of a segment in order of their sequence, with one block in memory at a time
//! (more only where blocks overlap).

use std::collections::VecDeque;

use anyhow::Result;
use formats::block::BlockDecoder;
use formats::capture::{BlockEntry, Segment};
use formats::frame::{FRAME_HEADER_LEN, Frame, FrameHeader, Frames};

use crate::definitions::read;
use crate::event_key;

/// Blocks of one stream that may be in memory together. An honest recorder's blocks overlap by a few frames at most.
const OPEN_LIMIT: usize = 8;

/// Where a frame is placed in replay: by time, then CPU, lane and sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) boot_ns: u64,
    pub(crate) cpu: u32,
    pub(crate) lane: u8,
    pub(crate) sequence: u64,
}

struct OpenBlock {
    rows: Vec<u8>,
    /// Sequence number and offset in `rows` of the frames, in order of the former.
    frames: Vec<(u64, usize)>,
    next: usize,
}

impl OpenBlock {
    fn new(rows: Vec<u8>, first_sequence: u64) -> OpenBlock {
        let mut frames = Vec::new();
        let mut walk = Frames::new(&rows);
        loop {
            let at = rows.len() - walk.rest().len();
            let Some(Ok(frame)) = walk.next() else { break };
            frames.push((full_sequence(first_sequence, frame.header.sequence), at));
        }
        if !frames.is_sorted() {
            frames.sort_unstable();
        }
        OpenBlock { rows, frames, next: 0 }
    }

    fn sequence(&self) -> Option<u64> {
        self.frames.get(self.next).map(|(sequence, _)| *sequence)
    }

    fn frame(&self) -> Option<Frame<'_>> {
        let (_, at) = self.frames.get(self.next)?;
        let (header, behind) = self.rows.get(*at..)?.split_first_chunk::<FRAME_HEADER_LEN>()?;
        let header = FrameHeader::decode(header);
        Some(Frame { header, payload: behind.get(..header.length as usize)? })
    }
}

/// The full sequence number of a frame of which the low 32 bits are given, near the block's first.
pub(crate) fn full_sequence(first: u64, low: u32) -> u64 {
    let ahead = low.wrapping_sub(first as u32) as i32;
    first.wrapping_add_signed(ahead.into())
}

/// One lane and CPU of a segment.
pub(crate) struct Stream {
    pub(crate) lane: u8,
    pub(crate) cpu: u32,
    waiting: VecDeque<BlockEntry>,
    open: Vec<OpenBlock>,
    /// Which of `open` holds the next frame.
    current: usize,
    /// Time of replay never runs back within a stream.
    reached_ns: u64,
    /// Blocks that could not be read, and why.
    pub(crate) unreadable: Vec<(BlockEntry, &'static str)>,
}

impl Stream {
    /// A stream of no blocks yet.
    pub(crate) fn new(lane: u8, cpu: u32) -> Stream {
        Stream {
            lane,
            cpu,
            waiting: VecDeque::new(),
            open: Vec::new(),
            current: 0,
            reached_ns: 0,
            unreadable: Vec::new(),
        }
    }

    /// Adds a block. They need be added in no order, but before the frames behind them are asked for.
    pub(crate) fn add(&mut self, block: BlockEntry) {
        let order = |block: &BlockEntry| (block.header.first_sequence, block.offset);
        let at = if self.waiting.back().is_none_or(|last| order(last) <= order(&block)) {
            self.waiting.len()
        } else {
            self.waiting.partition_point(|other| order(other) <= order(&block))
        };
        self.waiting.insert(at, block);
    }

    /// A place that the stream's next frame is not before, known without decoding; `None` at the end.
    pub(crate) fn bound(&self) -> Option<Place> {
        let boot_ns = if self.open.iter().any(|block| block.sequence().is_some()) {
            self.reached_ns
        } else {
            self.waiting.front()?.header.min_boot_ns.max(self.reached_ns)
        };
        Some(Place { boot_ns, cpu: self.cpu, lane: self.lane, sequence: 0 })
    }

    /// Brings the next frame into memory and says where its place is; `None` at the end.
    ///
    /// # Errors
    /// The system refused to read.
    pub(crate) fn open_next(&mut self, segment: &Segment, decoder: &mut BlockDecoder) -> Result<Option<Place>> {
        self.open.retain(|block| block.next < block.frames.len());
        loop {
            let best = self.open.iter().enumerate().filter_map(|(index, block)| Some((block.sequence()?, index))).min();
            let is_next = |block: &BlockEntry| match best {
                Some((sequence, _)) => block.header.first_sequence < sequence && self.open.len() < OPEN_LIMIT,
                None => true,
            };
            if self.waiting.front().is_some_and(is_next)
                && let Some(block) = self.waiting.pop_front()
            {
                self.open_block(segment, block, decoder)?;
                continue;
            }
            let Some((_, index)) = best else { return Ok(None) };
            self.current = index;
            return Ok(self.place());
        }
    }

    fn open_block(&mut self, segment: &Segment, block: BlockEntry, decoder: &mut BlockDecoder) -> Result<()> {
        let mut rows = Vec::new();
        if !read(segment, &block, decoder, &mut rows)? {
            self.unreadable.push((block, "cannot be decoded"));
            return Ok(());
        }
        let opened = OpenBlock::new(rows, block.header.first_sequence);
        let has_key = |(sequence, _): &(u64, usize)| event_key::of(self.cpu, self.lane, *sequence).is_some();
        if !opened.frames.iter().all(has_key) {
            self.unreadable.push((block, "has numbers that no event can have"));
        } else if !opened.frames.is_empty() {
            self.open.push(opened);
        }
        Ok(())
    }

    /// The next frame, when it is in memory.
    pub(crate) fn frame(&self) -> Option<Frame<'_>> {
        self.open.get(self.current)?.frame()
    }

    fn place(&self) -> Option<Place> {
        let sequence = self.open.get(self.current)?.sequence()?;
        let boot_ns = self.frame()?.header.boot_ns.max(self.reached_ns);
        Some(Place { boot_ns, cpu: self.cpu, lane: self.lane, sequence })
    }

    /// Steps past the next frame. Gives the place of the one after; `None` when that one has to be looked for: ask
    /// [`Stream::bound`], and [`Stream::open_next`] when its time can have come.
    pub(crate) fn advance(&mut self, place: Place) -> Option<Place> {
        self.reached_ns = place.boot_ns;
        let block = self.open.get_mut(self.current)?;
        block.next += 1;
        let sequence = block.sequence()?;
        let alone = self.open.len() == 1;
        let next_block = self.waiting.front().map_or(u64::MAX, |block| block.header.first_sequence);
        if alone && sequence <= next_block { self.place() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::full_sequence;

    #[test]
    fn the_low_half_of_a_sequence_wraps() {
        assert_eq!(full_sequence(0xffff_fffe, 0xffff_ffff), 0xffff_ffff);
        assert_eq!(full_sequence(0xffff_fffe, 1), 0x1_0000_0001);
        assert_eq!(full_sequence(0x5_0000_0002, 0xffff_ffff), 0x4_ffff_ffff);
        assert_eq!(full_sequence(7, 7), 7);
    }
}
