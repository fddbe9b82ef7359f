//! Columns of numbers: four forms, of which the writer takes the one that promises the fewest bytes.
//!
//! Numbers are signed 64-bit (4-byte ones sign-extended), so that -1 and errno values stay near zero. Multi-byte numbers
//! are split into planes (all low bytes, then all second bytes, ...), each a stream: zstd's one table of symbol
//! frequencies per stream then fits one kind of byte.

use super::stream::{Packer, Stream, Unpacker};
use crate::cursor::{Cursor, push_varint, unzigzag, zigzag};
use crate::error::Invalid;

/// `base + index * step`; nothing else is stored.
const LINEAR: u8 = 0;
/// Planes of the distance from the minimum.
const OFFSETS: u8 = 1;
/// The first number, then planes of the distance of each difference from the smallest difference.
const DELTAS: u8 = 2;
/// A table of at most 256 numbers, and one stream of indexes.
const DICTIONARY: u8 = 3;

/// Most entries of a dictionary: an index is one byte.
const DICTIONARY_LIMIT: usize = 256;
/// Numbers looked at to choose between offsets and deltas.
const SAMPLE: usize = 256;

/// Writes columns of numbers.
pub(super) struct ColumnPacker {
    plane: Vec<u8>,
    table: Vec<i64>,
    indexes: Vec<u8>,
    slots: Vec<u16>,
}

/// What one pass over a column finds.
struct Survey {
    first: i64,
    min: i64,
    max: i64,
    min_delta: i64,
    max_delta: i64,
}

impl Survey {
    fn of(numbers: &[i64]) -> Survey {
        let first = numbers.first().copied().unwrap_or(0);
        let mut found = Survey { first, min: first, max: first, min_delta: i64::MAX, max_delta: i64::MIN };
        // Most columns are constant; a comparison is half the price of the bounds.
        if numbers.iter().all(|number| *number == first) {
            return found;
        }
        for number in numbers {
            found.min = found.min.min(*number);
            found.max = found.max.max(*number);
        }
        for (before, after) in numbers.iter().zip(numbers.iter().skip(1)) {
            let delta = after.wrapping_sub(*before);
            found.min_delta = found.min_delta.min(delta);
            found.max_delta = found.max_delta.max(delta);
        }
        found
    }

    fn is_linear(&self) -> bool {
        self.min_delta >= self.max_delta
    }

    fn step(&self) -> i64 {
        if self.min_delta == self.max_delta { self.min_delta } else { 0 }
    }

    fn spread(&self) -> u64 {
        self.max.wrapping_sub(self.min) as u64
    }

    fn delta_spread(&self) -> u64 {
        self.max_delta.wrapping_sub(self.min_delta) as u64
    }

    /// Whether differences look smaller than distances from the minimum.
    fn prefers_deltas(&self, numbers: &[i64]) -> bool {
        let stride = (numbers.len() / SAMPLE).max(1);
        let pairs = numbers.iter().zip(numbers.iter().skip(1)).step_by(stride);
        let mut offset_bits = 0u32;
        let mut delta_bits = 0u32;
        for (before, after) in pairs {
            offset_bits = offset_bits.saturating_add(bits(after.wrapping_sub(self.min) as u64));
            delta_bits = delta_bits.saturating_add(bits(zigzag(after.wrapping_sub(*before) as u64)));
        }
        delta_bits < offset_bits
    }
}

fn bits(number: u64) -> u32 {
    u64::BITS.saturating_sub(number.leading_zeros())
}

/// Bytes that numbers up to `spread` take.
fn planes(spread: u64) -> usize {
    bits(spread).div_ceil(8) as usize
}

impl ColumnPacker {
    pub(super) fn new() -> ColumnPacker {
        ColumnPacker { plane: Vec::new(), table: Vec::new(), indexes: Vec::new(), slots: vec![0; SLOTS] }
    }

    /// Appends the column's descriptor to `directory` and its streams to `streams`.
    pub(super) fn pack(
        &mut self,
        numbers: &[i64],
        packer: &mut Packer,
        directory: &mut Vec<u8>,
        streams: &mut Vec<u8>,
    ) {
        let survey = Survey::of(numbers);
        if survey.is_linear() {
            directory.push(LINEAR);
            push_signed(directory, survey.first);
            push_signed(directory, survey.step());
            return;
        }
        let wide = survey.spread() > u64::from(u8::MAX);
        if wide && self.find_dictionary(numbers) {
            directory.push(DICTIONARY);
            push_bounds(directory, &survey);
            push_varint(directory, self.table.len() as u64);
            let mut before = 0i64;
            for entry in &self.table {
                push_signed(directory, entry.wrapping_sub(before));
                before = *entry;
            }
            packer.stream(&self.indexes, directory, streams);
        } else if wide && survey.prefers_deltas(numbers) {
            directory.push(DELTAS);
            push_bounds(directory, &survey);
            push_signed(directory, survey.first);
            push_signed(directory, survey.min_delta);
            let count = planes(survey.delta_spread());
            directory.push(count as u8);
            for plane in 0..count {
                let pairs = numbers.iter().zip(numbers.iter().skip(1));
                let distance =
                    |(before, after): (&i64, &i64)| after.wrapping_sub(*before).wrapping_sub(survey.min_delta);
                self.plane.clear();
                self.plane.extend(pairs.map(distance).map(|distance| byte_of(distance, plane)));
                packer.stream(&self.plane, directory, streams);
            }
        } else {
            directory.push(OFFSETS);
            push_bounds(directory, &survey);
            let count = planes(survey.spread());
            directory.push(count as u8);
            for plane in 0..count {
                self.plane.clear();
                self.plane.extend(numbers.iter().map(|number| byte_of(number.wrapping_sub(survey.min), plane)));
                packer.stream(&self.plane, directory, streams);
            }
        }
    }

    /// Fills `table` and `indexes`; gives up when numbers are too many or hardly repeat.
    fn find_dictionary(&mut self, numbers: &[i64]) -> bool {
        self.slots.fill(0);
        self.table.clear();
        self.indexes.clear();
        let mut last = None;
        for (at, number) in numbers.iter().enumerate() {
            let index = match last {
                Some((before, index)) if before == *number => index,
                _ => {
                    let Some(index) = self.entry(*number) else { return false };
                    if self.table.len() > (at / 4).saturating_add(48) {
                        return false;
                    }
                    last = Some((*number, index));
                    index
                }
            };
            self.indexes.push(index);
        }
        true
    }

    /// The index of `number` in the table, adding it if there is room.
    #[inline]
    fn entry(&mut self, number: i64) -> Option<u8> {
        let mut slot = slot_of(number);
        loop {
            let found = self.slots.get_mut(slot)?;
            let Some(index) = found.checked_sub(1) else {
                if self.table.len() == DICTIONARY_LIMIT {
                    return None;
                }
                self.table.push(number);
                *found = self.table.len() as u16;
                return Some(self.table.len().wrapping_sub(1) as u8);
            };
            if self.table.get(usize::from(index)) == Some(&number) {
                return Some(index as u8);
            }
            slot = slot.wrapping_add(1) & (SLOTS - 1);
        }
    }
}

/// Slots of the dictionary's hash table: four for each entry at most.
const SLOTS: usize = 1024;

fn slot_of(number: i64) -> usize {
    ((number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54) as usize
}

#[inline]
fn byte_of(number: i64, plane: usize) -> u8 {
    (number as u64 >> (plane as u32).wrapping_mul(8)) as u8
}

fn push_signed(directory: &mut Vec<u8>, number: i64) {
    push_varint(directory, zigzag(number as u64));
}

fn push_bounds(directory: &mut Vec<u8>, survey: &Survey) {
    push_signed(directory, survey.min);
    push_signed(directory, survey.max);
}

/// A column of numbers as the directory describes it.
#[derive(Clone, Debug)]
pub(super) struct Column<'a> {
    count: usize,
    form: Form<'a>,
}

#[derive(Clone, Debug)]
enum Form<'a> {
    Linear { base: i64, step: i64 },
    Offsets { min: i64, planes: Vec<Stream<'a>> },
    Deltas { first: i64, min_delta: i64, planes: Vec<Stream<'a>> },
    Dictionary { table: Vec<i64>, indexes: Stream<'a> },
}

impl<'a> Column<'a> {
    /// Reads the descriptor of a column of `count` numbers.
    pub(super) fn take(
        directory: &mut Cursor<'_>,
        streams: &mut Cursor<'a>,
        count: usize,
    ) -> Result<Column<'a>, Invalid> {
        let number = directory.u8()?;
        // The bounds are for readers that skip columns by them; the minimum is also what offsets are from.
        let min = if number == LINEAR { 0 } else { signed(directory)? };
        let _max = if number == LINEAR { 0 } else { signed(directory)? };
        let form = match number {
            LINEAR => Form::Linear { base: signed(directory)?, step: signed(directory)? },
            OFFSETS => Form::Offsets { min, planes: take_planes(directory, streams, count)? },
            DELTAS => {
                let first = signed(directory)?;
                let min_delta = signed(directory)?;
                Form::Deltas { first, min_delta, planes: take_planes(directory, streams, count.saturating_sub(1))? }
            }
            DICTIONARY => {
                let mut table = vec![0i64; directory.count(DICTIONARY_LIMIT)?];
                let mut before = 0i64;
                for entry in &mut table {
                    before = before.wrapping_add(signed(directory)?);
                    *entry = before;
                }
                Form::Dictionary { table, indexes: Stream::take(directory, streams, count)? }
            }
            _ => return Err(Invalid("column has a form that is not known")),
        };
        Ok(Column { count, form })
    }

    /// Whether the number can be in the column, as far as its form tells. Its bounds are only what the writer says, and are not
    /// asked.
    pub(super) fn may_hold(&self, number: i64) -> bool {
        match &self.form {
            Form::Linear { base, step } => *step != 0 || number == *base,
            Form::Offsets { min, planes } => {
                let bits = planes.len().saturating_mul(8) as u32;
                (number.wrapping_sub(*min) as u64).checked_shr(bits).is_none_or(|beyond| beyond == 0)
            }
            Form::Deltas { .. } => true,
            Form::Dictionary { table, .. } => table.contains(&number),
        }
    }

    /// Replaces `numbers` by the column's; `plane` is a buffer.
    pub(super) fn unpack(
        &self,
        unpacker: &mut Unpacker,
        plane: &mut Vec<u8>,
        numbers: &mut Vec<i64>,
    ) -> Result<(), Invalid> {
        numbers.clear();
        match &self.form {
            Form::Linear { base, step } => {
                let mut next = *base;
                numbers.resize_with(self.count, || {
                    let number = next;
                    next = next.wrapping_add(*step);
                    number
                });
            }
            Form::Offsets { min, planes } => {
                numbers.resize(self.count, *min);
                add_planes(planes, unpacker, plane, numbers)?;
            }
            Form::Deltas { first, min_delta, planes } => {
                numbers.resize(self.count, *min_delta);
                let (head, deltas) = numbers.split_first_mut().ok_or(Invalid("column of differences is empty"))?;
                *head = *first;
                add_planes(planes, unpacker, plane, deltas)?;
                let mut sum = *first;
                for delta in deltas {
                    sum = sum.wrapping_add(*delta);
                    *delta = sum;
                }
            }
            Form::Dictionary { table, indexes } => {
                unpacker.stream(*indexes, plane)?;
                let highest = plane.iter().max().map_or(0, |index| usize::from(*index).saturating_add(1));
                if highest > table.len() {
                    return Err(Invalid("column's index is beyond its dictionary"));
                }
                numbers.extend(plane.iter().map(|index| table.get(usize::from(*index)).copied().unwrap_or(0)));
            }
        }
        Ok(())
    }
}

fn signed(directory: &mut Cursor<'_>) -> Result<i64, Invalid> {
    Ok(unzigzag(directory.varint()?) as i64)
}

fn take_planes<'a>(
    directory: &mut Cursor<'_>,
    streams: &mut Cursor<'a>,
    count: usize,
) -> Result<Vec<Stream<'a>>, Invalid> {
    let planes = directory.u8()?;
    if planes > 8 {
        return Err(Invalid("column has more planes than a number has bytes"));
    }
    (0..planes).map(|_| Stream::take(directory, streams, count)).collect()
}

/// Adds the planes to numbers that hold the base already.
fn add_planes(
    planes: &[Stream<'_>],
    unpacker: &mut Unpacker,
    plane: &mut Vec<u8>,
    numbers: &mut [i64],
) -> Result<(), Invalid> {
    let mut shift = 0u32;
    for stream in planes {
        unpacker.stream(*stream, plane)?;
        for (number, byte) in numbers.iter_mut().zip(plane.iter()) {
            *number = number.wrapping_add(((u64::from(*byte)) << shift) as i64);
        }
        shift = shift.saturating_add(8);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(numbers: &[i64]) -> usize {
        let mut packer = Packer::new().unwrap();
        let (mut directory, mut streams) = (Vec::new(), Vec::new());
        ColumnPacker::new().pack(numbers, &mut packer, &mut directory, &mut streams);
        let mut directory_left = Cursor::new(&directory);
        let mut streams_left = Cursor::new(&streams);
        let column = Column::take(&mut directory_left, &mut streams_left, numbers.len()).unwrap();
        assert!(directory_left.is_empty() && streams_left.is_empty());
        let mut back = Vec::new();
        column.unpack(&mut Unpacker::new().unwrap(), &mut Vec::new(), &mut back).unwrap();
        assert_eq!(back, numbers);
        directory.len() + streams.len()
    }

    #[test]
    fn every_form_gives_the_numbers_back() {
        round_trip(&[]);
        round_trip(&[i64::MIN]);
        round_trip(&[i64::MIN, i64::MAX, 0, -1, i64::MIN]);
        round_trip(&(0..1000).map(|n| (n * 7919) % 1000).collect::<Vec<_>>());
        round_trip(&(0..1000i64).map(|n| n.wrapping_mul(0x1234_5678_9abc_def1)).collect::<Vec<_>>());
        round_trip(&(0..1000i64).map(|n| n * n * 1000).collect::<Vec<_>>());
        round_trip(&(0..1000i64).map(|n| (n % 256) << 40).collect::<Vec<_>>());
        round_trip(&(0..3000i64).map(|n| (n % 257) << 40).collect::<Vec<_>>());
    }

    #[test]
    fn constant_and_evenly_growing_columns_take_a_few_bytes() {
        assert!(round_trip(&vec![0x7f00_1234_5678; 10_000]) < 12);
        assert!(round_trip(&(0..10_000).map(|n| n + 5_000_000).collect::<Vec<_>>()) < 12);
    }

    #[test]
    fn few_large_numbers_take_a_dictionary() {
        let numbers: Vec<i64> = (0..8192i64).map(|n| 0x7f12_3456_0000 + ((n * n) % 7) * 0x1_0001).collect();
        assert!(round_trip(&numbers) < 1024);
    }
}
