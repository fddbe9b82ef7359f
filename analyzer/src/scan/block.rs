//! One block's frames by column.

use std::collections::HashSet;
use std::ops::Range;

use anyhow::Result;
use formats::block::{BlockColumns, BlockDecoder, FrameNumber};
use formats::capture::{BlockEntry, Segment};
use formats::error::{Error, Invalid};
use formats::events::structure::CONTEXT;
use formats::frame::{FRAME_HEADER_LEN, Frame, FrameHeader, Frames};
use formats::schema::{FieldSchema, Schema};

use super::columns::{is_signed, ret};
use crate::context::Context;
use crate::definitions::decoder;
use crate::event_key;
use crate::stream::full_sequence;

/// What is needed of the payloads of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    Nothing,
    /// What calls returned.
    Ret,
    Payload,
}

/// The frames of the block that was opened last. Buffers are kept from block to block.
#[derive(Default)]
pub(super) struct OpenBlock {
    pub(super) cpu: u32,
    pub(super) lane: u8,
    first_sequence: u64,
    pub(super) boot_ns: Vec<i64>,
    pub(super) contexts: Vec<i64>,
    pub(super) tids: Vec<u32>,
    sequences: Vec<i64>,
    pub(super) flags: Vec<i64>,
    pub(super) events: Vec<u16>,
    /// What calls returned, where that was asked for.
    pub(super) rets: Vec<Option<i64>>,
    /// The payloads that were asked for, and where each frame's is.
    payloads: Vec<u8>,
    places: Vec<Range<u32>>,
}

impl OpenBlock {
    /// Opens a block; false when none of the contexts is in it, or why it cannot be read.
    ///
    /// # Errors
    /// The system refused to read.
    pub(super) fn open(
        &mut self,
        segment: &Segment,
        entry: &BlockEntry,
        decoder: &mut BlockDecoder,
        contexts: Option<&HashSet<u64>>,
        schema: &Schema,
        needs: impl Fn(u16) -> Needs,
    ) -> Result<std::result::Result<bool, &'static str>> {
        const UNREADABLE: &str = "cannot be decoded";
        let stored = match segment.read(entry) {
            Ok(stored) => stored,
            Err(error @ Error::Io { .. }) => return Err(error.into()),
            Err(_) => return Ok(Err(UNREADABLE)),
        };
        (self.cpu, self.lane) = (entry.header.cpu, entry.header.lane);
        self.first_sequence = entry.header.first_sequence;
        let taken = match decoder.open(&entry.header, &stored) {
            Ok(Some(columns)) if contexts.is_some_and(|ids| !columns.may_have_context(ids)) => return Ok(Ok(false)),
            Ok(Some(columns)) => self.columns(entry, &columns, decoder, schema, needs),
            Ok(None) => self.rows(entry, &stored, decoder, schema, needs),
            Err(wrong) => Err(wrong),
        };
        let has_key = |sequence: &i64| event_key::of(self.cpu, self.lane, self.full(*sequence)).is_some();
        Ok(match taken {
            Err(_) => Err(UNREADABLE),
            Ok(()) if !self.sequences.iter().all(has_key) => Err("has numbers that no event can have"),
            Ok(()) => Ok(true),
        })
    }

    /// Takes a block that is regrouped by column.
    fn columns(
        &mut self,
        entry: &BlockEntry,
        columns: &BlockColumns<'_>,
        decoder: &mut BlockDecoder,
        schema: &Schema,
        needs: impl Fn(u16) -> Needs,
    ) -> std::result::Result<(), Invalid> {
        let header = &entry.header;
        let numbers = [
            (FrameNumber::BootNs, &mut self.boot_ns),
            (FrameNumber::Context, &mut self.contexts),
            (FrameNumber::Sequence, &mut self.sequences),
            (FrameNumber::Flags, &mut self.flags),
        ];
        for (which, into) in numbers {
            into.clear();
            into.extend_from_slice(decoder.numbers(columns, which)?);
        }
        self.tids = decoder.threads(columns)?;
        self.events.clear();
        self.events.extend_from_slice(decoder.events());
        self.rets.clear();
        self.rets.resize(self.events.len(), None);
        let mut by_payload = Vec::new();
        for (kind, event) in header.kinds.iter().map(|kind| kind.event).enumerate() {
            let needed = needs(event);
            let own = schema.get(event).filter(|_| needed == Needs::Ret);
            let widths = own.map(|schema| schema.fields.iter().filter_map(width));
            if !widths.is_some_and(|widths| columns.has_layout(kind, widths)) {
                by_payload.extend((needed != Needs::Nothing).then_some(event));
            } else if own.is_some_and(is_signed)
                && let Some(returned) = decoder.field(columns, kind, 0)?.map(<[i64]>::to_vec)
            {
                for (frame, ret) in decoder.frames_of(header, kind).iter().zip(returned) {
                    if let Some(slot) = self.rets.get_mut(*frame as usize) {
                        *slot = Some(ret);
                    }
                }
            }
        }
        self.places.clear();
        if !by_payload.is_empty() {
            let wanted = |event| by_payload.contains(&event);
            decoder.payloads(header, columns, wanted, &mut self.payloads, &mut self.places)?;
            self.read_rets(schema, wanted);
        }
        Ok(())
    }

    /// Takes a block of rows.
    fn rows(
        &mut self,
        entry: &BlockEntry,
        stored: &[u8],
        decoder: &mut BlockDecoder,
        schema: &Schema,
        needs: impl Fn(u16) -> Needs,
    ) -> std::result::Result<(), Invalid> {
        decoder.decode(&entry.header, stored, &mut self.payloads)?;
        for numbers in [&mut self.boot_ns, &mut self.contexts, &mut self.sequences, &mut self.flags] {
            numbers.clear();
        }
        (self.tids, self.events, self.places) = (Vec::new(), Vec::new(), Vec::new());
        let mut at = 0u32;
        for Frame { header, .. } in Frames::new(&self.payloads).map_while(std::result::Result::ok) {
            self.boot_ns.push(header.boot_ns as i64);
            self.contexts.push(header.context as i64);
            self.sequences.push((header.sequence as i32).into());
            self.flags.push(header.flags.into());
            self.tids.push(header.tid);
            self.events.push(header.event);
            let start = at.saturating_add(FRAME_HEADER_LEN as u32);
            at = start.saturating_add(header.length);
            self.places.push(start..at);
        }
        self.rets.clear();
        self.rets.resize(self.events.len(), None);
        self.read_rets(schema, |event| needs(event) != Needs::Nothing);
        Ok(())
    }

    /// Reads what calls returned off their payloads.
    fn read_rets(&mut self, schema: &Schema, wanted: impl Fn(u16) -> bool) {
        for ((event, place), slot) in self.events.iter().zip(&self.places).zip(&mut self.rets) {
            let known = schema.get(*event).filter(|schema| wanted(*event) && is_signed(schema));
            let payload = self.payloads.get(place.start as usize..place.end as usize);
            *slot = slot.or_else(|| ret(known?, payload?));
        }
    }

    /// A frame, of a kind of which payloads were asked for.
    pub(super) fn frame(&self, index: u32) -> Option<Frame<'_>> {
        let at = index as usize;
        let place = self.places.get(at)?;
        let payload = self.payloads.get(place.start as usize..place.end as usize)?;
        let header = FrameHeader {
            boot_ns: *self.boot_ns.get(at)? as u64,
            context: *self.contexts.get(at)? as u64,
            tid: *self.tids.get(at)?,
            sequence: *self.sequences.get(at)? as u32,
            event: *self.events.get(at)?,
            flags: *self.flags.get(at)? as u16,
            length: place.end.saturating_sub(place.start),
        };
        Some(Frame { header, payload })
    }

    /// The whole sequence number of a frame.
    pub(super) fn sequence(&self, frame: u32) -> u64 {
        self.sequences.get(frame as usize).map_or(0, |sequence| self.full(*sequence))
    }

    /// Key of the events of a frame.
    pub(super) fn key(&self, frame: u32) -> Option<i64> {
        event_key::of(self.cpu, self.lane, self.sequence(frame))
    }

    fn full(&self, sequence: i64) -> u64 {
        full_sequence(self.first_sequence, sequence as u32)
    }
}

/// Whether a segment may have rows of these processes: it has none where no context is of them, and what each row refers to
/// need not be known for that.
///
/// # Errors
/// The system refused to read.
pub(crate) fn may_have(segment: &Segment, process_keys: &HashSet<i64>) -> Result<bool> {
    let (mut decoder, mut block) = (decoder(segment)?, OpenBlock::default());
    let Some(schema) = segment.schema().get(CONTEXT.id) else { return Ok(true) };
    let boot_id = &segment.header().boot_id;
    let needs = |event| if event == CONTEXT.id { Needs::Payload } else { Needs::Nothing };
    let has_contexts = |entry: &&BlockEntry| entry.header.kinds.iter().any(|kind| kind.event == CONTEXT.id);
    for entry in segment.frame_blocks().filter(has_contexts) {
        if block.open(segment, entry, &mut decoder, None, segment.schema(), needs)?.is_err() {
            return Ok(true);
        }
        let is_context = |(_, event): &(u32, &u16)| **event == CONTEXT.id;
        for (frame, _) in (0u32..).zip(&block.events).filter(is_context) {
            let context = block.frame(frame).and_then(|frame| Context::decode(schema, frame.payload, boot_id));
            if context.and_then(|context| context.process_key).is_some_and(|key| process_keys.contains(&key)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Bytes of a field's column, 0 for a variable one; `None` for what is in no payload.
fn width(field: &FieldSchema) -> Option<u8> {
    let kind = field.kind?;
    if kind.is_variable() { Some(0) } else { u8::try_from(field.width).ok().filter(|width| *width > 0) }
}
