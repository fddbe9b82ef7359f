//! Blocks to rows. Needs no schema: the directory tells the widths.

use std::ops::Range;

use super::column::Column;
use super::grouping::Threads;
use super::header::{BlockHeader, BlockKind};
use super::stream::{Stream, Unpacker};
use super::{CODEC_NONE, CODEC_ZSTD, LAYOUT_COLUMNS, LAYOUT_ROWS, RAW_LIMIT, bounded};
use crate::cursor::Cursor;
use crate::error::Invalid;
use crate::event::VARIABLE_LENGTH_MASK;
use crate::frame::{FRAME_HEADER_LEN, FrameHeader};

/// Most bytes that a directory decodes to.
const DIRECTORY_LIMIT: usize = 16 << 20;
/// Most fields of one kind.
const FIELD_LIMIT: usize = 256;

mod columns;

pub use columns::{BlockColumns, FrameNumber};

const OUT_OF_PLACE: Invalid = Invalid("columns do not add up to rows");

/// Decodes blocks; keeps its buffers, so keep it.
pub struct BlockDecoder {
    unpacker: Unpacker,
    directory: Vec<u8>,
    plane: Vec<u8>,
    numbers: Vec<i64>,
    /// Length words of the variable field at hand.
    words: Vec<i64>,
    /// Time, context, thread, sequence, kind, flags of each frame.
    globals: [Vec<i64>; 6],
    /// Event id of each frame.
    events: Vec<u16>,
    /// Frames (their places in the rows' order) grouped by kind.
    by_kind: Vec<u32>,
    /// Payload length of each frame, then its payload's place in the rows.
    places: Vec<u32>,
    /// For each frame of a kind, where its payload goes.
    starts: Vec<u32>,
    /// For each frame of a kind, where its next variable bytes go.
    tails: Vec<u32>,
}

/// A field's columns.
enum Parts<'a> {
    Fixed { width: u8, numbers: Column<'a> },
    Variable { words: Column<'a>, fulls: Column<'a>, bytes: Stream<'a> },
}

/// A kind that has columns of its own.
struct Regrouped<'a> {
    index: usize,
    fields: Vec<Parts<'a>>,
}

impl BlockDecoder {
    /// A decoder.
    ///
    /// # Errors
    /// There is no memory for the decompressor.
    pub fn new() -> Result<BlockDecoder, Invalid> {
        Ok(BlockDecoder {
            unpacker: Unpacker::new()?,
            directory: Vec::new(),
            plane: Vec::new(),
            numbers: Vec::new(),
            words: Vec::new(),
            globals: Default::default(),
            events: Vec::new(),
            by_kind: Vec::new(),
            places: Vec::new(),
            starts: Vec::new(),
            tails: Vec::new(),
        })
    }

    /// Replaces `out` by what the stored payload decodes to: rows, or the raw payload of a block of another kind.
    ///
    /// # Errors
    /// The bytes are not what the header says, or use a layout, codec or cipher that this build does not know.
    pub fn decode(&mut self, header: &BlockHeader, stored: &[u8], out: &mut Vec<u8>) -> Result<(), Invalid> {
        let raw_len = bounded(header.raw_len, RAW_LIMIT)?;
        out.clear();
        if header.cipher != 0 {
            return Err(Invalid("block is encrypted"));
        }
        match (header.layout, header.codec) {
            (LAYOUT_ROWS, CODEC_NONE) if stored.len() == raw_len => out.extend_from_slice(stored),
            (LAYOUT_ROWS, CODEC_NONE) => return Err(Invalid("block has another length than it says")),
            (LAYOUT_ROWS, CODEC_ZSTD) => {
                out.resize(raw_len, 0);
                self.unpacker.zstd(stored, out)?;
            }
            (LAYOUT_COLUMNS, _) if header.kind == BlockKind::Frames => self.columns(header, stored, raw_len, out)?,
            _ => return Err(Invalid("block has a layout or codec that this tracee does not know")),
        }
        Ok(())
    }

    fn columns(
        &mut self,
        header: &BlockHeader,
        stored: &[u8],
        raw_len: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), Invalid> {
        let columns = self.locate(header, stored, raw_len)?;
        self.regroup(header, &columns, raw_len, out)
    }

    /// Finds the columns by the directory.
    fn locate<'a>(
        &mut self,
        header: &BlockHeader,
        stored: &'a [u8],
        raw_len: usize,
    ) -> Result<BlockColumns<'a>, Invalid> {
        let frames = bounded(header.frames.into(), raw_len / FRAME_HEADER_LEN)?;
        let counted = header.kinds.iter().fold(0u64, |sum, kind| sum.saturating_add(kind.count.into()));
        if counted != frames as u64 {
            return Err(Invalid("block's kinds do not add up to its frames"));
        }
        let (directory, streams) = stored.split_at_checked(header.directory_len as usize).ok_or(OUT_OF_PLACE)?;
        let mut bytes = std::mem::take(&mut self.directory);
        let located =
            self.open_directory(directory, &mut bytes).and_then(|()| read_directory(header, &bytes, streams, raw_len));
        self.directory = bytes;
        located
    }

    fn open_directory(&mut self, stored: &[u8], raw: &mut Vec<u8>) -> Result<(), Invalid> {
        let mut cursor = Cursor::new(stored);
        let form = cursor.u8()?;
        let length = cursor.count(DIRECTORY_LIMIT)?;
        raw.clear();
        match form {
            CODEC_NONE if cursor.rest().len() == length => raw.extend_from_slice(cursor.rest()),
            CODEC_ZSTD => {
                raw.resize(length, 0);
                self.unpacker.zstd(cursor.rest(), raw)?;
            }
            _ => return Err(Invalid("column directory has a form or length that is wrong")),
        }
        Ok(())
    }

    fn regroup(
        &mut self,
        header: &BlockHeader,
        columns: &BlockColumns<'_>,
        raw_len: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), Invalid> {
        let BlockColumns { globals, regrouped, rest_lengths, rest_bytes } = columns;
        for (column, numbers) in globals.iter().zip(&mut self.globals) {
            column.unpack(&mut self.unpacker, &mut self.plane, numbers)?;
        }
        self.order(header)?;
        self.lengths(header, regrouped, rest_lengths)?;
        self.headers(raw_len, out)?;
        self.fill_rest(header, regrouped, *rest_bytes, out)?;
        let mut kinds = regrouped.iter().peekable();
        for (index, range) in ranges(header).enumerate() {
            if let Some(kind) = kinds.next_if(|kind| kind.index == index) {
                self.fill(range, kind, out)?;
            }
        }
        Ok(())
    }

    /// Sorts frames by kind, checking that there are as many of each as the header says.
    fn order(&mut self, header: &BlockHeader) -> Result<(), Invalid> {
        let mut nexts: Vec<Range<usize>> = ranges(header).collect();
        let [_, _, _, _, kinds, _] = &self.globals;
        self.by_kind.clear();
        self.by_kind.resize(kinds.len(), 0);
        self.events.clear();
        for (frame, index) in (0u32..).zip(kinds) {
            let index = usize::try_from(*index).map_err(|_| OUT_OF_PLACE)?;
            let next = nexts.get_mut(index).and_then(Iterator::next).ok_or(OUT_OF_PLACE)?;
            *self.by_kind.get_mut(next).ok_or(OUT_OF_PLACE)? = frame;
            self.events.push(header.kinds.get(index).ok_or(OUT_OF_PLACE)?.event);
        }
        Ok(())
    }

    /// Puts the payload length of every frame into `places`.
    fn lengths(&mut self, header: &BlockHeader, regrouped: &[Regrouped<'_>], rest: &Column<'_>) -> Result<(), Invalid> {
        self.places.clear();
        self.places.resize(self.by_kind.len(), 0);
        rest.unpack(&mut self.unpacker, &mut self.plane, &mut self.numbers)?;
        let mut rest_lengths = self.numbers.iter();
        let mut kinds = regrouped.iter().peekable();
        let mut variable = Vec::new();
        for (index, range) in ranges(header).enumerate() {
            let frames = self.by_kind.get(range).ok_or(OUT_OF_PLACE)?;
            let Some(kind) = kinds.next_if(|kind| kind.index == index) else {
                for (frame, length) in frames.iter().zip(&mut rest_lengths) {
                    let length = u32::try_from(*length).map_err(|_| OUT_OF_PLACE)?;
                    *self.places.get_mut(*frame as usize).ok_or(OUT_OF_PLACE)? = length;
                }
                continue;
            };
            let fixed_len = kind.fixed_len();
            for frame in frames {
                *self.places.get_mut(*frame as usize).ok_or(OUT_OF_PLACE)? = fixed_len;
            }
            variable.extend(kind.fields.iter().filter_map(|parts| match parts {
                Parts::Variable { words, .. } => Some((frames, words)),
                Parts::Fixed { .. } => None,
            }));
        }
        for (frames, words) in variable {
            words.unpack(&mut self.unpacker, &mut self.plane, &mut self.numbers)?;
            for (frame, word) in frames.iter().zip(&self.numbers) {
                let length = self.places.get_mut(*frame as usize).ok_or(OUT_OF_PLACE)?;
                *length = length.checked_add(*word as u32 & VARIABLE_LENGTH_MASK).ok_or(OUT_OF_PLACE)?;
            }
        }
        Ok(())
    }

    /// Makes `out` as long as the rows and writes every frame's header; `places` becomes where payloads go.
    fn headers(&mut self, raw_len: usize, out: &mut Vec<u8>) -> Result<(), Invalid> {
        let lengths = self.places.iter().map(|length| u64::from(*length).saturating_add(FRAME_HEADER_LEN as u64));
        if lengths.fold(0u64, u64::saturating_add) != raw_len as u64 {
            return Err(OUT_OF_PLACE);
        }
        out.resize(raw_len, 0);
        let [times, contexts, threads, sequences, _, flags] = &self.globals;
        let kinds = &self.events;
        let mut known = Threads::default();
        let mut rest = out.as_mut_slice();
        let mut at = 0u32;
        let columns = times.iter().zip(contexts).zip(threads).zip(sequences).zip(kinds).zip(flags);
        for ((((((time, context), thread), sequence), event), flags), place) in columns.zip(&mut self.places) {
            let context = *context as u64;
            let header = FrameHeader {
                boot_ns: *time as u64,
                context,
                tid: known.thread(context, *thread),
                sequence: *sequence as u32,
                event: *event,
                flags: *flags as u16,
                length: *place,
            };
            let (bytes, behind) = rest.split_first_chunk_mut().ok_or(OUT_OF_PLACE)?;
            *bytes = header.encode();
            rest = behind.get_mut(header.length as usize..).ok_or(OUT_OF_PLACE)?;
            // Bounded by raw_len, checked above.
            *place = at.wrapping_add(FRAME_HEADER_LEN as u32);
            at = place.wrapping_add(header.length);
        }
        Ok(())
    }

    /// Payloads that have no columns.
    fn fill_rest(
        &mut self,
        header: &BlockHeader,
        regrouped: &[Regrouped<'_>],
        bytes: Stream<'_>,
        out: &mut [u8],
    ) -> Result<(), Invalid> {
        self.unpacker.stream(bytes, &mut self.plane)?;
        let mut bytes = Cursor::new(&self.plane);
        let mut kinds = regrouped.iter().peekable();
        for (index, range) in ranges(header).enumerate() {
            if kinds.next_if(|kind| kind.index == index).is_some() {
                continue;
            }
            for frame in self.by_kind.get(range).ok_or(OUT_OF_PLACE)? {
                let place = *self.places.get(*frame as usize).ok_or(OUT_OF_PLACE)? as usize;
                let length = place.checked_sub(4).and_then(|at| out.get(at..)?.first_chunk().copied());
                let length = u32::from_le_bytes(length.ok_or(OUT_OF_PLACE)?) as usize;
                let payload = out.get_mut(place..).and_then(|rest| rest.get_mut(..length)).ok_or(OUT_OF_PLACE)?;
                payload.copy_from_slice(bytes.bytes(length)?);
            }
        }
        if bytes.is_empty() { Ok(()) } else { Err(OUT_OF_PLACE) }
    }

    /// Payloads of one kind, column by column.
    fn fill(&mut self, range: Range<usize>, kind: &Regrouped<'_>, out: &mut [u8]) -> Result<(), Invalid> {
        let frames = self.by_kind.get(range).ok_or(OUT_OF_PLACE)?;
        self.starts.clear();
        for frame in frames {
            self.starts.push(*self.places.get(*frame as usize).ok_or(OUT_OF_PLACE)?);
        }
        let fixed_len = kind.fixed_len();
        self.tails.clear();
        self.tails.extend(self.starts.iter().map(|start| start.wrapping_add(fixed_len)));
        let mut offset = 0u32;
        for parts in &kind.fields {
            match parts {
                Parts::Fixed { width, numbers } => {
                    numbers.unpack(&mut self.unpacker, &mut self.plane, &mut self.numbers)?;
                    scatter(&self.numbers, &self.starts, offset, *width, out)?;
                    offset = offset.wrapping_add((*width).into());
                }
                Parts::Variable { words, fulls, bytes } => {
                    words.unpack(&mut self.unpacker, &mut self.plane, &mut self.numbers)?;
                    scatter(&self.numbers, &self.starts, offset, 4, out)?;
                    std::mem::swap(&mut self.words, &mut self.numbers);
                    fulls.unpack(&mut self.unpacker, &mut self.plane, &mut self.numbers)?;
                    for (full, word) in self.numbers.iter_mut().zip(&self.words) {
                        *full = full.wrapping_add(i64::from(*word as u32 & VARIABLE_LENGTH_MASK));
                    }
                    scatter(&self.numbers, &self.starts, offset.wrapping_add(4), 4, out)?;
                    offset = offset.wrapping_add(8);
                    self.unpacker.stream(*bytes, &mut self.plane)?;
                    let mut bytes = Cursor::new(&self.plane);
                    for (tail, word) in self.tails.iter_mut().zip(&self.words) {
                        let length = *word as u32 & VARIABLE_LENGTH_MASK;
                        let stored = bytes.bytes(length as usize)?;
                        let room = out.get_mut(*tail as usize..).and_then(|rest| rest.get_mut(..stored.len()));
                        room.ok_or(OUT_OF_PLACE)?.copy_from_slice(stored);
                        *tail = tail.wrapping_add(length);
                    }
                    if !bytes.is_empty() {
                        return Err(OUT_OF_PLACE);
                    }
                }
            }
        }
        Ok(())
    }
}

impl Regrouped<'_> {
    fn fixed_len(&self) -> u32 {
        let widths = self.fields.iter().map(|parts| match parts {
            Parts::Fixed { width, .. } => u32::from(*width),
            Parts::Variable { .. } => 8,
        });
        widths.fold(0, u32::saturating_add)
    }
}

/// The places of each kind's frames when frames are sorted by kind.
fn ranges(header: &BlockHeader) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = 0usize;
    header.kinds.iter().map(move |kind| {
        let range = start..start.saturating_add(kind.count as usize);
        start = range.end;
        range
    })
}

/// Where the directory says that the columns are.
fn read_directory<'a>(
    header: &BlockHeader,
    directory: &[u8],
    streams: &'a [u8],
    raw_len: usize,
) -> Result<BlockColumns<'a>, Invalid> {
    let frames = header.frames as usize;
    let mut directory = Cursor::new(directory);
    let mut streams = Cursor::new(streams);
    let mut global = || Column::take(&mut directory, &mut streams, frames);
    let globals = [global()?, global()?, global()?, global()?, global()?, global()?];
    let mut regrouped: Vec<Regrouped<'_>> = Vec::new();
    let mut in_rest = frames;
    for _ in 0..directory.count(header.kinds.len())? {
        let index = directory.count(header.kinds.len())?;
        let kind = header.kinds.get(index).ok_or(OUT_OF_PLACE)?;
        if regrouped.last().is_some_and(|before| before.index >= index) {
            return Err(Invalid("column directory's kinds are not in order"));
        }
        let fields = take_fields(&mut directory, &mut streams, kind.count as usize, raw_len)?;
        regrouped.push(Regrouped { index, fields });
        in_rest = in_rest.checked_sub(kind.count as usize).ok_or(OUT_OF_PLACE)?;
    }
    let rest_len = directory.count(raw_len)?;
    let rest_lengths = Column::take(&mut directory, &mut streams, in_rest)?;
    let rest_bytes = Stream::take(&mut directory, &mut streams, rest_len)?;
    if !directory.is_empty() || !streams.is_empty() {
        return Err(Invalid("block is longer than its columns"));
    }
    Ok(BlockColumns { globals, regrouped, rest_lengths, rest_bytes })
}

fn take_fields<'a>(
    directory: &mut Cursor<'_>,
    streams: &mut Cursor<'a>,
    count: usize,
    raw_len: usize,
) -> Result<Vec<Parts<'a>>, Invalid> {
    let mut fields = Vec::new();
    for _ in 0..directory.count(FIELD_LIMIT)? {
        fields.push(match directory.u8()? {
            0 => {
                let words = Column::take(directory, streams, count)?;
                let fulls = Column::take(directory, streams, count)?;
                let length = directory.count(raw_len)?;
                Parts::Variable { words, fulls, bytes: Stream::take(directory, streams, length)? }
            }
            width @ (1 | 2 | 4 | 8) => Parts::Fixed { width, numbers: Column::take(directory, streams, count)? },
            _ => return Err(Invalid("column has a width that no field has")),
        });
    }
    Ok(fields)
}

/// Writes the low `width` bytes of each number at `offset` behind its start.
fn scatter(numbers: &[i64], starts: &[u32], offset: u32, width: u8, out: &mut [u8]) -> Result<(), Invalid> {
    fn put<const N: usize>(numbers: &[i64], starts: &[u32], offset: u32, out: &mut [u8]) -> Result<(), Invalid> {
        for (number, start) in numbers.iter().zip(starts) {
            let slot = out.get_mut(start.wrapping_add(offset) as usize..).and_then(<[u8]>::first_chunk_mut::<N>);
            let bytes = number.to_le_bytes();
            *slot.ok_or(OUT_OF_PLACE)? = *bytes.first_chunk().ok_or(OUT_OF_PLACE)?;
        }
        Ok(())
    }
    match width {
        1 => put::<1>(numbers, starts, offset, out),
        2 => put::<2>(numbers, starts, offset, out),
        4 => put::<4>(numbers, starts, offset, out),
        _ => put::<8>(numbers, starts, offset, out),
    }
}
