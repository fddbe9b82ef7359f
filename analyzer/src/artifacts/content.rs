//! The bytes of an artifact, piece by piece.

use anyhow::Result;
use formats::artifact::{Digest, PIECE_BYTES, Piece};
use sha2::{Digest as _, Sha256};

use super::record::{Record, piece};
use super::store::Store;
use super::{Artifact, Artifacts};

/// A stretch of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run<'a> {
    /// Its bytes, at most 64 KiB, which have the digest that their piece has.
    Data(&'a [u8]),
    /// A hole: it reads as zeros.
    Hole,
    /// It is not in the capture, and why.
    Missing(&'static str),
}

const NO_RECORD: &str = "the record that lists its pieces is not in the capture";
const NOT_TAKEN: &str = "it was not captured, or is a hole";
const NO_BYTES: &str = "its bytes are not in the capture";
const ODD_BYTES: &str = "its bytes cannot be read or are not what their digest says";

/// Takes runs in order: offset, length, what is there.
pub type Taker<'t> = &'t mut dyn FnMut(u64, u64, Run<'_>) -> Result<()>;

/// Reads artifacts.
pub struct Reader<'a> {
    artifacts: &'a Artifacts,
    store: Store<'a>,
    bytes: Vec<u8>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(artifacts: &'a Artifacts) -> Result<Reader<'a>> {
        let store = Store::new(artifacts.segments())?;
        Ok(Reader { artifacts, store, bytes: Vec::with_capacity(PIECE_BYTES) })
    }

    /// Gives the content from its beginning to its end.
    ///
    /// # Errors
    /// The system refused to read, or `each` failed.
    pub fn read(&mut self, artifact: &Artifact, each: Taker<'_>) -> Result<()> {
        let gap = if artifact.gaps_are_holes { Run::Hole } else { Run::Missing(NOT_TAKEN) };
        let mut at = 0;
        let mut next_part = 0;
        for (number, part) in &artifact.parts {
            // What lies between two parts of which one between them is not there is in nobody's list.
            let before = if *number == next_part { gap } else { Run::Missing(NO_RECORD) };
            next_part = number.saturating_add(1);
            let pieces = self.store.frame(part.place, |schema, frame| {
                Piece::decode_all(Record::decode(schema, frame.payload)?.pieces).ok()
            })?;
            let Some(pieces) = pieces else {
                next_part = *number;
                continue;
            };
            for (index, piece) in pieces.iter().enumerate() {
                let end = piece.offset.saturating_add(piece.length.into()).min(artifact.size);
                // Only a record that contradicts itself or another says so.
                if piece.offset < at || end <= piece.offset {
                    continue;
                }
                if piece.offset > at {
                    each(at, piece.offset - at, if index == 0 { before } else { gap })?;
                }
                let length = end - piece.offset;
                let why = self.load(piece)?;
                let run = match (why, self.bytes.get(..length as usize)) {
                    (None, Some(bytes)) => Run::Data(bytes),
                    (why, _) => Run::Missing(why.unwrap_or(ODD_BYTES)),
                };
                each(piece.offset, length, run)?;
                at = end;
            }
        }
        if at < artifact.size {
            let behind = if next_part == artifact.expected { gap } else { Run::Missing(NO_RECORD) };
            each(at, artifact.size - at, behind)?;
        }
        Ok(())
    }

    /// Replaces `bytes` by a piece's, or says why not.
    fn load(&mut self, wanted: &Piece) -> Result<Option<&'static str>> {
        self.bytes.clear();
        let Some(found) = self.artifacts.index.get(&wanted.digest) else { return Ok(Some(NO_BYTES)) };
        let bytes = &mut self.bytes;
        self.store.frame(found.place, |schema, frame| {
            bytes.extend_from_slice(piece(schema, frame.payload)?.1);
            Some(())
        })?;
        let is_it =
            self.bytes.len() == wanted.length as usize && *blake3::hash(&self.bytes).as_bytes() == wanted.digest;
        Ok((!is_it).then_some(ODD_BYTES))
    }

    /// First bytes, `most` at the most, up to a hole or what is missing.
    pub(super) fn head(&mut self, artifact: &Artifact, most: usize) -> Result<Vec<u8>> {
        let mut head = Vec::new();
        // An error ends the reading early; it is none.
        let ended = self.read(artifact, &mut |_, _, run| match run {
            Run::Data(bytes) if head.len() < most => {
                head.extend_from_slice(&bytes[..bytes.len().min(most - head.len())]);
                Ok(())
            }
            _ => Err(Enough.into()),
        });
        match ended {
            Err(error) if !error.is::<Enough>() => Err(error),
            _ => Ok(head),
        }
    }

    /// SHA-256 of the content.
    ///
    /// # Errors
    /// The system refused to read.
    pub fn sum(&mut self, artifact: &Artifact) -> Result<Sum> {
        let mut summing = Summing::default();
        let ended = self.read(artifact, &mut |_, length, run| {
            if summing.add(length, run) { Ok(()) } else { Err(Enough.into()) }
        });
        match ended {
            Err(error) if !error.is::<Enough>() => Err(error),
            _ => Ok(summing.end()),
        }
    }
}

/// Ends a reading: no more is needed.
#[derive(Debug)]
struct Enough;

impl std::fmt::Display for Enough {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("enough")
    }
}

impl std::error::Error for Enough {}

/// Bytes of holes that are hashed, or written as zeros to where no holes can be: seconds, where the size that a capture tells
/// could mean years.
pub const HOLE_LIMIT: u64 = 4 << 30;

/// What came out of hashing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sum {
    /// SHA-256.
    Is(Digest),
    /// Bytes are missing.
    Incomplete,
    /// It has more than [`HOLE_LIMIT`] bytes of holes.
    TooSparse,
}

/// Hashes runs.
pub struct Summing {
    hash: Sha256,
    holes: u64,
    is_incomplete: bool,
}

impl Default for Summing {
    fn default() -> Summing {
        Summing { hash: Sha256::new(), holes: 0, is_incomplete: false }
    }
}

impl Summing {
    /// Takes the next run; false when there will be no hash.
    pub fn add(&mut self, length: u64, run: Run<'_>) -> bool {
        static ZEROS: [u8; PIECE_BYTES] = [0; PIECE_BYTES];
        match run {
            _ if self.is_incomplete || self.holes > HOLE_LIMIT => {}
            Run::Data(bytes) => self.hash.update(bytes),
            Run::Missing(_) => self.is_incomplete = true,
            Run::Hole => {
                self.holes = self.holes.saturating_add(length);
                let mut left = if self.holes > HOLE_LIMIT { 0 } else { length };
                while left > 0 {
                    let some = left.min(ZEROS.len() as u64);
                    self.hash.update(&ZEROS[..some as usize]);
                    left -= some;
                }
            }
        }
        !self.is_incomplete && self.holes <= HOLE_LIMIT
    }

    /// What came out.
    pub fn end(self) -> Sum {
        if self.is_incomplete {
            Sum::Incomplete
        } else if self.holes > HOLE_LIMIT {
            Sum::TooSparse
        } else {
            Sum::Is(self.hash.finalize().into())
        }
    }
}
