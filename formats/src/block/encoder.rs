//! Rows to blocks.

use super::column::ColumnPacker;
use super::grouping::{Grouping, Payload};
use super::header::{BlockHeader, BlockKind, KindCount};
use super::stream::Packer;
use super::{
    CODEC_NONE, CODEC_ZSTD, Effort, EncodedBlock, FLAG_KEYFRAME, LAYOUT_COLUMNS, LAYOUT_ROWS, RAW_LIMIT, RawBlock,
};
use crate::cursor::push_varint;
use crate::error::Invalid;
use crate::event::{Kind, VARIABLE_LENGTH_MASK};
use crate::payload::descriptor;
use crate::schema::{EventSchema, Schema};

/// Fewer frames of a kind than this go with the rest: columns of their own would cost more than they save.
const WORTH_COLUMNS: u32 = 64;
/// Blocks of fewer frames than this stay rows.
const WORTH_REGROUPING: usize = 32;

/// Encodes blocks; keeps its buffers, so keep it.
pub struct BlockEncoder<'s> {
    schema: &'s Schema,
    packer: Packer,
    columns: ColumnPacker,
    grouping: Grouping,
    numbers: Vec<i64>,
    tails: Vec<u32>,
    bytes: Vec<u8>,
    directory: Vec<u8>,
    streams: Vec<u8>,
}

impl BlockEncoder<'static> {
    /// An encoder of the events of this build.
    ///
    /// # Errors
    /// There is no memory for the compressor.
    pub fn new() -> Result<BlockEncoder<'static>, Invalid> {
        BlockEncoder::with_schema(Schema::builtin())
    }
}

impl<'s> BlockEncoder<'s> {
    /// An encoder that knows these events' fields. Payloads of others are compressed without knowing them.
    ///
    /// # Errors
    /// There is no memory for the compressor.
    pub fn with_schema(schema: &'s Schema) -> Result<BlockEncoder<'s>, Invalid> {
        Ok(BlockEncoder {
            schema,
            packer: Packer::new()?,
            columns: ColumnPacker::new(),
            grouping: Grouping::default(),
            numbers: Vec::new(),
            tails: Vec::new(),
            bytes: Vec::new(),
            directory: Vec::new(),
            streams: Vec::new(),
        })
    }

    /// Encodes a block. Rows that end within a frame are kept as they are, and their header counts the whole frames.
    ///
    /// # Errors
    /// The rows are longer than a block may be ([`RAW_LIMIT`]), or the level is none of zstd's.
    pub fn encode(&mut self, block: &RawBlock, effort: Effort) -> Result<EncodedBlock, Invalid> {
        if block.rows.len() > RAW_LIMIT {
            return Err(Invalid("rows are longer than a block may be"));
        }
        self.grouping.read(&block.rows);
        let mut header = self.header(block);
        let frames = self.grouping.boot_ns.len();
        let bytes = match effort {
            Effort::Columns(level) if !self.grouping.is_cut && frames >= WORTH_REGROUPING => {
                self.packer.set_level(level)?;
                self.columns(&block.rows, &mut header)
            }
            Effort::Columns(level) | Effort::Rows(level) => {
                self.packer.set_level(level)?;
                self.rows(&block.rows, &mut header)
            }
            Effort::Stored => block.rows.clone(),
        };
        header.stored_len = bytes.len() as u64;
        Ok(EncodedBlock { header, bytes })
    }

    fn header(&self, block: &RawBlock) -> BlockHeader {
        let frames = u32::try_from(self.grouping.boot_ns.len()).unwrap_or(u32::MAX);
        let first = block.first_sequence;
        let last = match self.grouping.last_sequence {
            // The frame has the low half; a block is shorter than 2^32 frames.
            Some(low) => first.saturating_add(low.wrapping_sub(first as u32).into()),
            None => first,
        };
        BlockHeader {
            lane: block.lane as u8,
            flags: if block.keyframe { FLAG_KEYFRAME } else { 0 },
            cpu: block.cpu,
            frames,
            first_sequence: first,
            last_sequence: last,
            min_boot_ns: if frames == 0 { 0 } else { self.grouping.min_boot_ns },
            max_boot_ns: self.grouping.max_boot_ns,
            raw_len: block.rows.len() as u64,
            kinds: self.grouping.kinds.clone(),
            layout: LAYOUT_ROWS,
            codec: CODEC_NONE,
            ..BlockHeader::new(BlockKind::Frames)
        }
    }

    fn rows(&mut self, rows: &[u8], header: &mut BlockHeader) -> Vec<u8> {
        match self.packer.zstd(rows) {
            Some(packed) => {
                header.codec = CODEC_ZSTD;
                packed.to_vec()
            }
            None => rows.to_vec(),
        }
    }

    fn columns(&mut self, rows: &[u8], header: &mut BlockHeader) -> Vec<u8> {
        self.directory.clear();
        self.streams.clear();
        let grouping = &self.grouping;
        for column in
            [&grouping.boot_ns, &grouping.context, &grouping.tid, &grouping.sequence, &grouping.kind, &grouping.flags]
        {
            self.columns.pack(column, &mut self.packer, &mut self.directory, &mut self.streams);
        }
        let regrouped = self.regrouped(rows);
        push_varint(&mut self.directory, regrouped.len() as u64);
        for (index, event, payloads) in &regrouped {
            push_varint(&mut self.directory, *index as u64);
            self.kind(rows, event, payloads.clone());
        }
        self.rest(rows, &regrouped);
        let mut out = Vec::with_capacity(self.directory.len().saturating_add(self.streams.len()));
        let directory = std::mem::take(&mut self.directory);
        let (form, stored) = match self.packer.zstd(&directory) {
            Some(packed) => (CODEC_ZSTD, packed),
            None => (CODEC_NONE, directory.as_slice()),
        };
        out.push(form);
        push_varint(&mut out, directory.len() as u64);
        out.extend_from_slice(stored);
        self.directory = directory;
        header.layout = LAYOUT_COLUMNS;
        header.directory_len = u32::try_from(out.len()).unwrap_or(u32::MAX);
        out.extend_from_slice(&self.streams);
        out
    }

    /// Kinds that get columns: index in the list of kinds, schema, range of their payloads.
    fn regrouped(&self, rows: &[u8]) -> Vec<(usize, &'s EventSchema, std::ops::Range<usize>)> {
        let mut start = 0usize;
        let mut found = Vec::new();
        for (index, KindCount { event, count }) in self.grouping.kinds.iter().copied().enumerate() {
            let range = start..start.saturating_add(count as usize);
            start = range.end;
            if count < WORTH_COLUMNS {
                continue;
            }
            let Some(event) = self.schema.get(event).filter(|event| event.is_known()) else { continue };
            let payloads = self.grouping.payloads.get(range.clone()).unwrap_or_default();
            if payloads.iter().all(|payload| bytes_of(rows, payload).is_some_and(|bytes| event.is_well_formed(bytes))) {
                found.push((index, event, range));
            }
        }
        found
    }

    /// Payloads without columns of their own: a column of lengths, and the bytes, kind by kind.
    fn rest(&mut self, rows: &[u8], regrouped: &[(usize, &EventSchema, std::ops::Range<usize>)]) {
        self.numbers.clear();
        self.bytes.clear();
        let mut regrouped = regrouped.iter().peekable();
        let mut start = 0usize;
        for (index, kind) in self.grouping.kinds.iter().enumerate() {
            let range = start..start.saturating_add(kind.count as usize);
            start = range.end;
            if regrouped.next_if(|(regrouped, ..)| *regrouped == index).is_some() {
                continue;
            }
            for payload in self.grouping.payloads.get(range).unwrap_or_default() {
                self.numbers.push(payload.length.into());
                self.bytes.extend_from_slice(bytes_of(rows, payload).unwrap_or_default());
            }
        }
        push_varint(&mut self.directory, self.bytes.len() as u64);
        self.columns.pack(&self.numbers, &mut self.packer, &mut self.directory, &mut self.streams);
        self.packer.stream(&self.bytes, &mut self.directory, &mut self.streams);
    }

    /// The columns of one kind.
    fn kind(&mut self, rows: &[u8], event: &EventSchema, range: std::ops::Range<usize>) {
        let payloads = self.grouping.payloads.get(range).unwrap_or_default();
        let is_variable = |kind: Option<Kind>| kind.is_some_and(Kind::is_variable);
        // An attribute takes no room, in rows as in columns.
        let fields = || event.fields.iter().filter(|field| field.kind != Some(Kind::Attribute));
        push_varint(&mut self.directory, fields().count() as u64);
        self.tails.clear();
        if event.fields.iter().any(|field| is_variable(field.kind)) {
            self.tails.extend(payloads.iter().map(|payload| payload.offset.wrapping_add(event.fixed_len)));
        }
        for field in fields() {
            if !is_variable(field.kind) {
                self.directory.push(field.width as u8);
                gather(rows, payloads, field.offset, field.width, &mut self.numbers);
                self.columns.pack(&self.numbers, &mut self.packer, &mut self.directory, &mut self.streams);
                continue;
            }
            self.directory.push(0);
            gather(rows, payloads, field.offset, 4, &mut self.numbers);
            self.columns.pack(&self.numbers, &mut self.packer, &mut self.directory, &mut self.streams);
            self.numbers.clear();
            self.bytes.clear();
            for (payload, tail) in payloads.iter().zip(&mut self.tails) {
                let slot = rows.get(payload.offset.wrapping_add(field.offset) as usize..).unwrap_or_default();
                let (word, full) = descriptor(slot).unwrap_or_default();
                let length = word & VARIABLE_LENGTH_MASK;
                self.numbers.push(i64::from(full.wrapping_sub(length) as i32));
                let bytes = rows.get(*tail as usize..).and_then(|bytes| bytes.get(..length as usize));
                self.bytes.extend_from_slice(bytes.unwrap_or_default());
                *tail = tail.wrapping_add(length);
            }
            self.columns.pack(&self.numbers, &mut self.packer, &mut self.directory, &mut self.streams);
            push_varint(&mut self.directory, self.bytes.len() as u64);
            self.packer.stream(&self.bytes, &mut self.directory, &mut self.streams);
        }
    }
}

fn bytes_of<'a>(rows: &'a [u8], payload: &Payload) -> Option<&'a [u8]> {
    rows.get(payload.offset as usize..)?.get(..payload.length as usize)
}

/// The numbers of `width` bytes at `offset` of each payload: 1 and 2 bytes unsigned, 4 and 8 signed.
fn gather(rows: &[u8], payloads: &[Payload], offset: u32, width: u16, numbers: &mut Vec<i64>) {
    numbers.clear();
    let slots =
        payloads.iter().map(|payload| rows.get(payload.offset.wrapping_add(offset) as usize..).unwrap_or_default());
    match width {
        1 => numbers.extend(slots.map(|slot| i64::from(slot.first().copied().unwrap_or(0)))),
        2 => numbers
            .extend(slots.map(|slot| i64::from(u16::from_le_bytes(slot.first_chunk().copied().unwrap_or_default())))),
        4 => numbers
            .extend(slots.map(|slot| i64::from(i32::from_le_bytes(slot.first_chunk().copied().unwrap_or_default())))),
        _ => numbers.extend(slots.map(|slot| i64::from_le_bytes(slot.first_chunk().copied().unwrap_or_default()))),
    }
}
