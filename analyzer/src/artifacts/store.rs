//! The store: frames by their place. Blocks that were decoded are kept for a while, since what is read one after the other
//! mostly lies together.

use std::collections::VecDeque;

use anyhow::{Context as _, Result};
use formats::block::BlockDecoder;
use formats::capture::{Segment, SegmentSource};
use formats::error::Error;
use formats::frame::{FRAME_HEADER_LEN, Frame, FrameHeader};
use formats::schema::EventSchema;

use super::index::Place;
use crate::definitions::read;

/// Bytes of decoded blocks that are kept; one block is kept however large it is.
const CACHE_BYTES: usize = 64 << 20;
/// Segments that are open at once.
const OPEN_SEGMENTS: usize = 32;

/// Frames of a capture by their place.
pub(super) struct Store<'c> {
    sources: &'c [SegmentSource],
    decoder: BlockDecoder,
    /// The last used first; `None` for a segment that cannot be opened.
    segments: VecDeque<(u32, Option<Segment>)>,
    /// The same.
    blocks: VecDeque<Block>,
}

struct Block {
    segment: u32,
    number: u32,
    /// Empty when the block cannot be decoded.
    rows: Vec<u8>,
}

impl<'c> Store<'c> {
    pub(super) fn new(sources: &'c [SegmentSource]) -> Result<Store<'c>> {
        let decoder = BlockDecoder::new().context("cannot make a decoder")?;
        Ok(Store { sources, decoder, segments: VecDeque::new(), blocks: VecDeque::new() })
    }

    /// Gives the frame at a place to `take`, with its kind; `None` when it cannot be read, or `take` makes nothing of it.
    ///
    /// # Errors
    /// The system refused to read.
    pub(super) fn frame<T>(
        &mut self,
        place: Place,
        take: impl FnOnce(&EventSchema, &Frame<'_>) -> Option<T>,
    ) -> Result<Option<T>> {
        self.load(place)?;
        let segment = self.segments.front().and_then(|(_, segment)| segment.as_ref());
        let rows = self.blocks.front().map(|block| block.rows.as_slice());
        let found = || {
            let (header, behind) = rows?.get(place.at as usize..)?.split_first_chunk::<FRAME_HEADER_LEN>()?;
            let header = FrameHeader::decode(header);
            let frame = Frame { header, payload: behind.get(..header.length as usize)? };
            take(segment?.schema().get(header.event)?, &frame)
        };
        Ok(found())
    }

    /// Brings segment and block of the place to the front.
    fn load(&mut self, place: Place) -> Result<()> {
        if let Some(at) = self.segments.iter().position(|(number, _)| *number == place.segment) {
            self.segments.make_contiguous()[..=at].rotate_right(1);
        } else {
            let segment = match self.sources.get(place.segment as usize).map(Segment::open) {
                Some(Err(error @ Error::Io { .. })) => return Err(error.into()),
                Some(Ok(segment)) => Some(segment),
                Some(Err(_)) | None => None,
            };
            self.segments.push_front((place.segment, segment));
            self.segments.truncate(OPEN_SEGMENTS);
        }
        let is_it = |block: &Block| (block.segment, block.number) == (place.segment, place.block);
        if let Some(at) = self.blocks.iter().position(is_it) {
            self.blocks.make_contiguous()[..=at].rotate_right(1);
            return Ok(());
        }
        let mut rows = Vec::new();
        if let Some((_, Some(segment))) = self.segments.front()
            && let Some(block) = segment.blocks().get(place.block as usize)
            && !read(segment, block, &mut self.decoder, &mut rows)?
        {
            rows.clear();
        }
        self.blocks.push_front(Block { segment: place.segment, number: place.block, rows });
        while self.blocks.len() > 1 && self.kept_bytes() > CACHE_BYTES {
            self.blocks.pop_back();
        }
        Ok(())
    }

    fn kept_bytes(&self) -> usize {
        self.blocks.iter().map(|block| block.rows.capacity()).sum()
    }
}
