//! Gathering: two passes over a capture. The first finds the pieces and the records; the second holds every record against
//! the pieces that are there. Lists of pieces do not stay in memory.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use anyhow::Result;
use formats::artifact::{PIECE_BYTES, Piece};
use formats::block::BlockKind;
use formats::capture::{BlockEntry, Capture, Segment};
use formats::event::Lane;
use formats::events::content::{ARTIFACT, ARTIFACT_CONTENT, ARTIFACT_SOURCE, CONTENT};
use formats::frame::{Frame, Frames};
use formats::schema::{EventSchema, Schema};

use super::index::{Index, Indexed, Place};
use super::record::{Record, SourceRecord, piece};
use super::store::Store;
use super::{Draft, Head, Part, kind};
use crate::definitions::{decoder, read};
use crate::numbers::NumberMap;
use crate::replay::Damage;

/// Records of artifacts that are taken at the most; beyond it the capture is no honest recorder's.
const RECORD_LIMIT: usize = 1 << 21;
/// Bytes of lists of pieces that are kept from the first pass to the second; other lists are read once more.
const LIST_BYTES: usize = 64 << 20;
/// Findings that are kept.
const FINDING_LIMIT: usize = 1000;

/// What the sources of an artifact say of it together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sources {
    pub(super) count: u64,
    pub(super) first_boot_ns: u64,
    /// Whether one of them says that every byte is there.
    pub(super) is_complete: bool,
    /// Bytes that are missing, beside holes: what the best of them says.
    pub(super) missing: u64,
}

/// What is being gathered.
#[derive(Default)]
pub(super) struct Gathering {
    pub(super) index: Index,
    pub(super) drafts: BTreeMap<u64, Draft>,
    pub(super) sources: NumberMap<u64, Sources>,
    pub(super) damage: Vec<Damage>,
    /// Findings that are not in `damage` any more.
    unlisted: u64,
    records: usize,
    /// Lists of pieces by number and part, and their bytes.
    lists: BTreeMap<(u64, u32), Box<[u8]>>,
    list_bytes: usize,
}

/// A block that is being read.
struct At<'s> {
    segment: &'s Segment,
    block: &'s BlockEntry,
}

impl Gathering {
    /// Both passes.
    ///
    /// # Errors
    /// The system refused to read.
    pub(super) fn of(capture: &Capture) -> Result<Gathering> {
        let mut found = Gathering::default();
        for (number, source) in capture.segments().iter().enumerate() {
            match Segment::open(source) {
                Ok(segment) => found.scan(number as u32, &segment)?,
                Err(error) => {
                    let damage = Damage::whole(source, error)?;
                    found.note(damage);
                }
            }
        }
        found.index.settle();
        found.compare(capture)?;
        if found.unlisted > 0 {
            let what = format!("{} more findings about artifacts", found.unlisted);
            found.damage.push(Damage { segment: 0, offset: 0, length: 0, what });
        }
        Ok(found)
    }

    fn note(&mut self, damage: Damage) {
        if self.damage.len() < FINDING_LIMIT {
            self.damage.push(damage);
        } else {
            self.unlisted += 1;
        }
    }

    fn find(&mut self, at: &At<'_>, what: impl Into<String>) {
        self.note(Damage {
            segment: at.segment.header().number,
            offset: at.segment.file_offset(at.block.offset),
            length: at.block.header.block_len(),
            what: what.into(),
        });
    }

    /// The first pass over a segment.
    fn scan(&mut self, number: u32, segment: &Segment) -> Result<()> {
        const KINDS: [u16; 4] = [ARTIFACT_CONTENT.id, ARTIFACT.id, ARTIFACT_SOURCE.id, CONTENT.id];
        let mut decoder = decoder(segment)?;
        let mut rows = Vec::new();
        for (block_number, block) in segment.blocks().iter().enumerate() {
            let is_of_interest = block.header.kinds.iter().any(|kind| KINDS.contains(&kind.event));
            if !is_of_interest || block.header.kind != BlockKind::Frames {
                continue;
            }
            let at = At { segment, block };
            if !read(segment, block, &mut decoder, &mut rows)? {
                if block.header.lane() == Some(Lane::Artifacts) {
                    self.find(&at, format!("block {} cannot be decoded", block.header.ordinal));
                }
                continue;
            }
            let mut frames = Frames::new(&rows);
            loop {
                let place = Place {
                    segment: number,
                    block: block_number as u32,
                    at: (rows.len() - frames.rest().len()) as u32,
                };
                let Some(Ok(frame)) = frames.next() else { break };
                if KINDS.contains(&frame.header.event) {
                    self.take(&at, place, segment.schema(), &frame);
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, at: &At<'_>, place: Place, schema: &Schema, frame: &Frame<'_>) {
        let event = frame.header.event;
        let Some(schema) = schema.get(event) else { return };
        if event == ARTIFACT.id {
            match Record::decode(schema, frame.payload) {
                Some(record) => self.take_record(at, place, &record, frame.payload),
                None => self.find(at, "record of an artifact is malformed"),
            }
        } else if event == ARTIFACT_SOURCE.id {
            match SourceRecord::decode(schema, frame.payload) {
                Some(record) => self.take_source(&record),
                None => self.find(at, "source of an artifact is malformed"),
            }
        } else {
            self.take_piece(at, place, schema, frame.payload);
        }
    }

    fn take_piece(&mut self, at: &At<'_>, place: Place, schema: &EventSchema, payload: &[u8]) {
        let Some((digest, data)) = piece(schema, payload) else {
            self.find(at, "piece of content is malformed");
            return;
        };
        if data.is_empty() {
            return;
        }
        if data.len() > PIECE_BYTES {
            self.find(at, "piece of content is longer than a piece can be");
            return;
        }
        let is = blake3::hash(data);
        if !digest.is_empty() && digest != is.as_bytes() {
            self.find(at, "piece of content is not what its digest says");
        }
        let indexed = Indexed { length: data.len() as u32, kind: kind::of(data), place };
        if !self.index.add(is.as_bytes(), indexed) {
            self.find(at, "the capture has more pieces of content than this tracee takes");
        }
    }

    fn take_source(&mut self, record: &SourceRecord) {
        if record.artifact == 0 || self.sources.len() >= RECORD_LIMIT && !self.sources.contains_key(&record.artifact) {
            return;
        }
        let new = Sources { first_boot_ns: u64::MAX, missing: u64::MAX, ..Sources::default() };
        let sources = self.sources.entry(record.artifact).or_insert(new);
        sources.count += 1;
        sources.first_boot_ns = sources.first_boot_ns.min(record.at_ns);
        sources.is_complete |= record.is_complete;
        sources.missing = sources.missing.min(record.missing);
    }

    fn take_record(&mut self, at: &At<'_>, place: Place, record: &Record<'_>, payload: &[u8]) {
        if record.artifact == 0 || record.part >= record.parts {
            self.find(at, "record of an artifact has a number that cannot be");
            return;
        }
        if self.records >= RECORD_LIMIT {
            self.find(at, "the capture has more artifacts than this tracee takes");
            return;
        }
        self.records += 1;
        let is = *blake3::hash(payload).as_bytes().first_chunk().unwrap_or(&[0; 8]);
        let part = Part { place, is: u64::from_le_bytes(is), first: 0, end: 0 };
        let draft = match self.drafts.entry(record.artifact) {
            Entry::Vacant(entry) => entry.insert(Draft {
                size: record.size,
                stored: record.stored,
                sha256: record.sha256,
                expected: record.parts as u32,
                ..Draft::default()
            }),
            Entry::Occupied(entry) => entry.into_mut(),
        };
        let same = (record.size, record.stored, record.sha256, record.parts as u32)
            == (draft.size, draft.stored, draft.sha256, draft.expected);
        let agrees = same
            && match draft.parts.entry(record.part as u32) {
                Entry::Vacant(entry) => {
                    entry.insert(part);
                    if self.list_bytes + record.pieces.len() <= LIST_BYTES {
                        self.list_bytes += record.pieces.len();
                        self.lists.insert((record.artifact, record.part as u32), record.pieces.into());
                    }
                    true
                }
                Entry::Occupied(entry) => entry.get().is == part.is,
            };
        if !agrees {
            draft.contradicts = true;
            self.find(at, format!("records of artifact {} contradict each other", record.artifact));
        }
    }

    /// The second pass: what the records list, in the order that they lie in.
    fn compare(&mut self, capture: &Capture) -> Result<()> {
        let mut store = Store::new(capture.segments())?;
        let mut order: Vec<(Place, u64, u32)> = Vec::with_capacity(self.records);
        for (number, draft) in &self.drafts {
            order.extend(draft.parts.iter().map(|(index, part)| (part.place, *number, *index)));
        }
        order.sort_unstable();
        for (place, number, index) in order {
            let listed = |schema: &EventSchema, frame: &Frame<'_>| {
                Some(Piece::decode_all(Record::decode(schema, frame.payload)?.pieces))
            };
            let pieces = match self.lists.remove(&(number, index)) {
                Some(list) => Some(Piece::decode_all(&list)),
                None => store.frame(place, listed)?,
            };
            let Some(draft) = self.drafts.get_mut(&number) else { continue };
            let wrong = match pieces {
                Some(Ok(pieces)) => draft.take_pieces(index, &pieces, &self.index),
                Some(Err(wrong)) => Err(wrong.to_string()),
                None => Err("its record cannot be read".to_owned()),
            };
            if let Err(wrong) = wrong {
                draft.contradicts = true;
                self.find_in(capture, place, format!("artifact {number}: {wrong}"));
            }
        }
        let mut wrong = Vec::new();
        // One finding about an artifact is enough.
        for (number, draft) in self.drafts.iter_mut().filter(|(_, draft)| !draft.contradicts) {
            if let Err(why) = draft.settle() {
                draft.contradicts = true;
                wrong.extend(draft.parts.values().next().map(|part| (part.place, format!("artifact {number}: {why}"))));
            }
        }
        wrong.into_iter().for_each(|(place, what)| self.find_in(capture, place, what));
        Ok(())
    }

    /// The same as `find`, of a place that was left behind.
    fn find_in(&mut self, capture: &Capture, place: Place, what: String) {
        let source = capture.segments().get(place.segment as usize);
        let segment = source.and_then(|source| formats::segment::number_of(&source.name)).unwrap_or_default();
        let offset = source.map_or(0, |source| source.offset);
        self.note(Damage { segment, offset, length: 0, what });
    }
}

impl Draft {
    /// Takes what the part with this number lists.
    fn take_pieces(&mut self, number: u32, pieces: &[Piece], there: &Index) -> Result<(), String> {
        let Some(part) = self.parts.get_mut(&number) else { return Ok(()) };
        part.first = pieces.first().map_or(0, |piece| piece.offset);
        part.end = pieces.last().map_or(0, |piece| piece.offset.saturating_add(piece.length.into()));
        let mut wrong = Ok(());
        for piece in pieces {
            self.listed = self.listed.saturating_add(piece.length.into());
            match there.get(&piece.digest) {
                Some(found) if found.length == piece.length => {
                    self.present = self.present.saturating_add(piece.length.into());
                    if piece.offset == 0 {
                        self.head = Some(Head { kind: found.kind, length: found.length });
                    }
                }
                Some(_) => wrong = Err("a piece is not as long as its bytes".to_owned()),
                None => {}
            }
        }
        if part.end > self.size {
            wrong = Err("a piece lies behind the end".to_owned());
        }
        wrong
    }

    /// Now that all parts are known.
    fn settle(&mut self) -> Result<(), &'static str> {
        let mut end = 0;
        for part in self.parts.values().filter(|part| part.end > 0) {
            if part.first < end {
                return Err("its parts overlap");
            }
            end = part.end;
        }
        if self.has_all_parts() && self.listed != self.stored {
            return Err("its pieces are not as many bytes as it says");
        }
        Ok(())
    }
}
