//! Columns of a block, read one by one: who wants few of them needs no rows.

use std::collections::HashSet;
use std::ops::Range;

use super::{BlockDecoder, BlockHeader, BlockKind, OUT_OF_PLACE, Parts, Regrouped, ranges};
use crate::block::column::Column;
use crate::block::grouping::Threads;
use crate::block::stream::Stream;
use crate::block::{LAYOUT_COLUMNS, RAW_LIMIT, bounded};
use crate::cursor::Cursor;
use crate::error::Invalid;
use crate::event::VARIABLE_LENGTH_MASK;

/// A block that is regrouped by column: where each column is.
pub struct BlockColumns<'a> {
    /// Time, context, thread, sequence, kind, flags of each frame.
    pub(super) globals: [Column<'a>; 6],
    pub(super) regrouped: Vec<Regrouped<'a>>,
    pub(super) rest_lengths: Column<'a>,
    pub(super) rest_bytes: Stream<'a>,
}

/// A number that each frame has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameNumber {
    /// Boot-time, nanoseconds.
    BootNs = 0,
    /// Id of the context.
    Context = 1,
    /// Low 32 bits of the sequence number.
    Sequence = 3,
    /// The header's bits.
    Flags = 5,
}

impl<'a> BlockColumns<'a> {
    /// Whether frames of the kind at this place in the header's list have columns of these widths in bytes, 0 for a variable
    /// field. Kinds with few frames have none.
    pub fn has_layout(&self, kind: usize, widths: impl Iterator<Item = u8>) -> bool {
        let width = |parts: &Parts<'_>| match parts {
            Parts::Fixed { width, .. } => *width,
            Parts::Variable { .. } => 0,
        };
        self.of(kind).is_some_and(|kind| kind.fields.iter().map(width).eq(widths))
    }

    /// Whether frames of these contexts may be in the block. That it tells no lies is the column's own doing: what it cannot
    /// hold is not looked for.
    pub fn may_have_context(&self, ids: &HashSet<u64>) -> bool {
        let [_, contexts, ..] = &self.globals;
        ids.iter().any(|id| contexts.may_hold(*id as i64))
    }

    fn of(&self, kind: usize) -> Option<&Regrouped<'a>> {
        self.regrouped.iter().find(|regrouped| regrouped.index == kind)
    }
}

impl BlockDecoder {
    /// Finds a block's columns and the kind of each frame; `None` when the block holds rows.
    ///
    /// # Errors
    /// The bytes are not what the header says.
    pub fn open<'a>(&mut self, header: &BlockHeader, stored: &'a [u8]) -> Result<Option<BlockColumns<'a>>, Invalid> {
        if header.cipher != 0 || header.layout != LAYOUT_COLUMNS || header.kind != BlockKind::Frames {
            return Ok(None);
        }
        let raw_len = bounded(header.raw_len, RAW_LIMIT)?;
        let columns = self.locate(header, stored, raw_len)?;
        self.unpack_global(&columns, 4)?;
        self.order(header)?;
        Ok(Some(columns))
    }

    /// Event of each frame of the block that was opened last.
    pub fn events(&self) -> &[u16] {
        &self.events
    }

    /// The frames of the kind at this place in the header's list, in order, of the block that was opened last.
    pub fn frames_of(&self, header: &BlockHeader, kind: usize) -> &[u32] {
        ranges(header).nth(kind).and_then(|range| self.by_kind.get(range)).unwrap_or_default()
    }

    /// A number of each frame.
    ///
    /// # Errors
    /// The column does not decode.
    pub fn numbers(&mut self, columns: &BlockColumns<'_>, which: FrameNumber) -> Result<&[i64], Invalid> {
        self.unpack_global(columns, which as usize)
    }

    /// Thread id of each frame.
    ///
    /// # Errors
    /// A column does not decode.
    pub fn threads(&mut self, columns: &BlockColumns<'_>) -> Result<Vec<u32>, Invalid> {
        self.unpack_global(columns, 1)?;
        self.unpack_global(columns, 2)?;
        let [_, contexts, distances, ..] = &self.globals;
        let mut known = Threads::default();
        let of = |(context, distance): (&i64, &i64)| known.thread(*context as u64, *distance);
        Ok(contexts.iter().zip(distances).map(of).collect())
    }

    /// The numbers of a field of fixed width, for the frames of the kind at this place in the header's list; `None` when it has
    /// no such column.
    ///
    /// # Errors
    /// The column does not decode.
    pub fn field(&mut self, columns: &BlockColumns<'_>, kind: usize, field: usize) -> Result<Option<&[i64]>, Invalid> {
        let Some(Parts::Fixed { width, numbers }) = columns.of(kind).and_then(|kind| kind.fields.get(field)) else {
            return Ok(None);
        };
        numbers.unpack(&mut self.unpacker, &mut self.plane, &mut self.numbers)?;
        if *width == 4 {
            // As rows have them.
            self.numbers.iter_mut().for_each(|number| *number = (*number as i32).into());
        }
        Ok((*width >= 4).then_some(&self.numbers))
    }

    /// Replaces `out` by the payloads of the wanted kinds and `places` by where each frame's lies in it; of other frames it is
    /// empty.
    ///
    /// # Errors
    /// The columns do not add up to payloads.
    pub fn payloads(
        &mut self,
        header: &BlockHeader,
        columns: &BlockColumns<'_>,
        wanted: impl Fn(u16) -> bool,
        out: &mut Vec<u8>,
        places: &mut Vec<Range<u32>>,
    ) -> Result<(), Invalid> {
        self.places.clear();
        self.places.resize(self.by_kind.len(), 0);
        let kinds: Vec<(usize, Range<usize>, bool)> = ranges(header)
            .zip(&header.kinds)
            .enumerate()
            .map(|(index, (range, kind))| (index, range, wanted(kind.event)))
            .collect();
        let is_rest = |index: usize| columns.of(index).is_none();
        // The lengths of all others without columns are needed to find those that are wanted.
        let needs_rest = kinds.iter().any(|(index, _, wanted)| *wanted && is_rest(*index));
        if needs_rest {
            columns.rest_lengths.unpack(&mut self.unpacker, &mut self.plane, &mut self.numbers)?;
        }
        let rest_lengths = if needs_rest { self.numbers.clone() } else { Vec::new() };
        let mut rest = rest_lengths.iter();
        for (index, range, is_wanted) in &kinds {
            let Some(kind) = columns.of(*index) else {
                let frames = self.by_kind.get(range.clone()).ok_or(OUT_OF_PLACE)?;
                for (frame, length) in frames.iter().zip(&mut rest).filter(|_| *is_wanted) {
                    let length = u32::try_from(*length).map_err(|_| OUT_OF_PLACE)?;
                    *self.places.get_mut(*frame as usize).ok_or(OUT_OF_PLACE)? = length;
                }
                continue;
            };
            if *is_wanted {
                self.lengths_of(range.clone(), kind)?;
            }
        }
        let raw_len = bounded(header.raw_len, RAW_LIMIT)?;
        places.clear();
        let mut at = 0u32;
        for place in &mut self.places {
            let end = at.checked_add(*place).filter(|end| *end as usize <= raw_len).ok_or(OUT_OF_PLACE)?;
            places.push(at..end);
            (*place, at) = (at, end);
        }
        out.clear();
        out.resize(at as usize, 0);
        for (index, range, _) in kinds.iter().filter(|(.., wanted)| *wanted) {
            if let Some(kind) = columns.of(*index) {
                self.fill(range.clone(), kind, out)?;
            }
        }
        if needs_rest {
            self.copy_rest(columns, &kinds, &rest_lengths, places, out)?;
        }
        Ok(())
    }

    /// Adds the lengths of a kind's payloads to `places`.
    fn lengths_of(&mut self, range: Range<usize>, kind: &Regrouped<'_>) -> Result<(), Invalid> {
        let frames = self.by_kind.get(range).ok_or(OUT_OF_PLACE)?;
        let fixed_len = kind.fixed_len();
        for frame in frames {
            *self.places.get_mut(*frame as usize).ok_or(OUT_OF_PLACE)? = fixed_len;
        }
        for parts in &kind.fields {
            let Parts::Variable { words, .. } = parts else { continue };
            words.unpack(&mut self.unpacker, &mut self.plane, &mut self.numbers)?;
            for (frame, word) in frames.iter().zip(&self.numbers) {
                let length = self.places.get_mut(*frame as usize).ok_or(OUT_OF_PLACE)?;
                *length = length.checked_add(*word as u32 & VARIABLE_LENGTH_MASK).ok_or(OUT_OF_PLACE)?;
            }
        }
        Ok(())
    }

    /// Copies the wanted payloads of kinds that have no columns.
    fn copy_rest(
        &mut self,
        columns: &BlockColumns<'_>,
        kinds: &[(usize, Range<usize>, bool)],
        lengths: &[i64],
        places: &[Range<u32>],
        out: &mut [u8],
    ) -> Result<(), Invalid> {
        self.unpacker.stream(columns.rest_bytes, &mut self.plane)?;
        let mut bytes = Cursor::new(&self.plane);
        let mut lengths = lengths.iter();
        for (_, range, is_wanted) in kinds.iter().filter(|(index, ..)| columns.of(*index).is_none()) {
            for (frame, length) in self.by_kind.get(range.clone()).ok_or(OUT_OF_PLACE)?.iter().zip(&mut lengths) {
                let stored = bytes.bytes(usize::try_from(*length).map_err(|_| OUT_OF_PLACE)?)?;
                if *is_wanted {
                    let place = places.get(*frame as usize).ok_or(OUT_OF_PLACE)?;
                    let room = out.get_mut(place.start as usize..place.end as usize);
                    room.filter(|room| room.len() == stored.len()).ok_or(OUT_OF_PLACE)?.copy_from_slice(stored);
                }
            }
        }
        Ok(())
    }

    fn unpack_global(&mut self, columns: &BlockColumns<'_>, index: usize) -> Result<&[i64], Invalid> {
        let (column, numbers) = columns.globals.get(index).zip(self.globals.get_mut(index)).ok_or(OUT_OF_PLACE)?;
        column.unpack(&mut self.unpacker, &mut self.plane, numbers)?;
        Ok(numbers)
    }
}
