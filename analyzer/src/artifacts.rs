//! Artifacts: the content that a capture holds, what it is made of, and its bytes.
//!
//! Nothing that a capture says of itself is taken for granted: a piece counts when its bytes have its digest, and an artifact
//! is complete when all of its pieces are there. What does not fit together is damage, and told as such; its bytes are never
//! made up. Memory is bounded by what is there, not by the sizes that records tell.

mod content;
mod gather;
mod index;
mod kind;
mod listing;
mod record;
mod source;
mod store;

use std::collections::BTreeMap;

use anyhow::Result;
use formats::artifact::Digest;
use formats::capture::{Capture, SegmentSource};

use crate::numbers::NumberMap;
use crate::replay::Damage;
use crate::text;
use gather::{Gathering, Sources};
use index::{Index, Place};

pub use content::{HOLE_LIMIT, Reader, Run, Sum, Summing, Taker};
pub use listing::{COLUMNS, Listing, check_condition};
pub use source::Source;

/// One content, however many records of the capture are about it.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// Its number: the lowest that the capture gives this content.
    pub key: u64,
    /// SHA-256, as the capture has it; `None` when it does not know.
    pub sha256: Option<Digest>,
    /// Its size, with holes, in bytes.
    pub size: u64,
    /// Bytes of its pieces that the capture holds.
    pub stored_bytes: u64,
    /// Bytes that were a hole; `None` when it cannot be told from what is missing.
    pub hole_bytes: Option<u64>,
    /// Whether every byte is in the capture.
    pub is_complete: bool,
    /// What it is, by its first bytes: `elf`, `script`, `gzip`, ..., `text`, `data`, `empty`. `None` when they are not there.
    pub kind: Option<&'static str>,
    /// Sources that name it.
    pub sources: u64,
    /// The time of the first of them, boot-time nanoseconds.
    pub first_boot_ns: Option<u64>,
    /// Whether what lies in no piece is a hole: else it may also be missing.
    gaps_are_holes: bool,
    /// Its records.
    parts: BTreeMap<u32, Part>,
    /// How many there should be.
    expected: u32,
}

/// One `artifact` record.
#[derive(Clone, Copy, Debug)]
struct Part {
    place: Place,
    /// Tells it from another that says to be the same part.
    is: u64,
    /// Offset of its first piece.
    first: u64,
    /// End of its last piece; 0 when it has none.
    end: u64,
}

/// The piece that an artifact begins with.
#[derive(Clone, Copy, Debug)]
struct Head {
    kind: u8,
    length: u32,
}

/// What the records of one number say.
#[derive(Clone, Debug, Default)]
struct Draft {
    size: u64,
    stored: u64,
    sha256: Option<Digest>,
    expected: u32,
    parts: BTreeMap<u32, Part>,
    /// Bytes of the pieces that it lists.
    listed: u64,
    /// Of those, bytes that the capture holds.
    present: u64,
    head: Option<Head>,
    /// It cannot be right.
    contradicts: bool,
}

impl Draft {
    fn has_all_parts(&self) -> bool {
        self.parts.len() == self.expected as usize
    }

    fn into_artifact(self, key: u64, sources: Option<&Sources>) -> Artifact {
        let is_whole = !self.contradicts && self.has_all_parts();
        let said = self.sha256.is_some() || sources.is_some_and(|sources| sources.is_complete);
        let missing = if self.sha256.is_some() { Some(0) } else { sources.map(|sources| sources.missing) };
        let unlisted = self.size.saturating_sub(self.listed);
        Artifact {
            key,
            sha256: self.sha256,
            size: self.size,
            stored_bytes: self.present,
            hole_bytes: missing.filter(|_| is_whole).map(|missing| unlisted.saturating_sub(missing)),
            is_complete: is_whole && said && self.present == self.listed,
            kind: self.kind(is_whole && missing == Some(0)),
            sources: sources.map_or(0, |sources| sources.count),
            first_boot_ns: sources.map(|sources| sources.first_boot_ns),
            gaps_are_holes: is_whole && missing == Some(0),
            parts: self.parts,
            expected: self.expected,
        }
    }

    fn kind(&self, gaps_are_holes: bool) -> Option<&'static str> {
        let begins_with_hole =
            || gaps_are_holes && self.parts.values().next().is_none_or(|part| part.first > 0 || part.end == 0);
        match self.head {
            Some(head) => Some(kind::name(head.kind)),
            None if self.size == 0 => Some(kind::EMPTY),
            None if begins_with_hole() => Some("data"),
            None => None,
        }
    }
}

/// Short first pieces that are looked behind to tell what a content is.
const HEADS: usize = 4096;

/// The artifacts of a capture.
pub struct Artifacts {
    capture: Capture,
    list: Vec<Artifact>,
    /// Position in the list, by each number that a content has.
    positions: NumberMap<u64, u32>,
    damage: Vec<Damage>,
    index: Index,
}

impl Artifacts {
    /// Reads everything about artifacts in the capture, and checks every piece of content against its digest.
    ///
    /// # Errors
    /// The system refused to read, or a segment is of a newer version.
    pub fn of(capture: &Capture) -> Result<Artifacts> {
        let Gathering { index, drafts, sources, damage, .. } = Gathering::of(capture)?;
        let mut found =
            Artifacts { capture: capture.clone(), list: Vec::new(), positions: NumberMap::default(), damage, index };
        let mut by_hash: BTreeMap<(Digest, u64), u32> = BTreeMap::new();
        let mut short = Vec::new();
        for (number, draft) in drafts {
            let is_short = draft
                .head
                .is_some_and(|head| (head.length as usize) < kind::HEAD_BYTES && u64::from(head.length) < draft.size);
            let artifact = draft.into_artifact(number, sources.get(&number));
            let position = found.list.len() as u32;
            let known = artifact.sha256.map(|hash| *by_hash.entry((hash, artifact.size)).or_insert(position));
            match known.filter(|known| *known != position) {
                Some(known) => {
                    found.list[known as usize].absorb(artifact);
                    found.positions.insert(number, known);
                }
                None => {
                    found.positions.insert(number, position);
                    found.list.push(artifact);
                    short.extend(is_short.then_some(position as usize));
                }
            }
        }
        for position in short.into_iter().take(HEADS) {
            let head = found.reader()?.head(&found.list[position], kind::HEAD_BYTES)?;
            found.list[position].kind = Some(kind::name(kind::of(&head)));
        }
        Ok(found)
    }

    /// Every content, by number.
    pub fn list(&self) -> &[Artifact] {
        &self.list
    }

    /// The content that has this number in the capture, among others perhaps.
    pub fn get(&self, number: u64) -> Option<&Artifact> {
        self.list.get(*self.positions.get(&number)? as usize)
    }

    /// What is wrong with the records and pieces.
    pub fn damage(&self) -> &[Damage] {
        &self.damage
    }

    /// Reads content.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn reader(&self) -> Result<Reader<'_>> {
        Reader::new(self)
    }

    fn segments(&self) -> &[SegmentSource] {
        self.capture.segments()
    }
}

impl Artifact {
    /// Takes another number with the same content; what is complete stands for both.
    fn absorb(&mut self, other: Artifact) {
        self.sources += other.sources;
        self.first_boot_ns = match (self.first_boot_ns, other.first_boot_ns) {
            (Some(one), Some(another)) => Some(one.min(another)),
            (one, another) => one.or(another),
        };
        if !self.is_complete && other.is_complete {
            let (key, sources, first_boot_ns) = (self.key, self.sources, self.first_boot_ns);
            *self = Artifact { key, sources, first_boot_ns, ..other };
        }
    }

    /// SHA-256 in hexadecimal.
    pub fn hash(&self) -> Option<String> {
        self.sha256.map(|hash| text::hex(&hash))
    }
}

#[cfg(test)]
mod tests;
