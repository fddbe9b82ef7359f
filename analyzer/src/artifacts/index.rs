//! The index of pieces: where the bytes with a digest lie in the capture.

use formats::artifact::PIECE_BYTES;

/// Where a frame lies: number of the segment among those of the capture, number of the block among those of the segment,
/// offset in the block's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) segment: u32,
    pub(super) block: u32,
    pub(super) at: u32,
}

/// Bytes of a digest that are kept: nobody finds two contents that have these in common, and whoever reads a piece compares
/// them all.
const PREFIX_BYTES: usize = 16;

/// Pieces that are indexed at the most, at 32 bytes each: 1 TiB in pieces of the usual size.
const LIMIT: usize = 16 << 20;

/// A piece's length fits.
const LENGTH_BITS: u32 = 24;
const LENGTH_MASK: u32 = (1 << LENGTH_BITS) - 1;
const _: () = assert!(PIECE_BYTES < 1 << LENGTH_BITS);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    prefix: [u8; PREFIX_BYTES],
    place: Place,
    /// Its length, and above that what it begins with.
    length_and_kind: u32,
}

/// What is known of a piece without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Indexed {
    pub(super) length: u32,
    /// What content that begins with it is, as far as it tells.
    pub(super) kind: u8,
    pub(super) place: Place,
}

/// Pieces by digest.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    entries: Vec<Entry>,
}

impl Index {
    /// Adds a piece of which the bytes were seen to have this digest; false when there are too many.
    pub(super) fn add(&mut self, digest: &[u8; 32], piece: Indexed) -> bool {
        if self.entries.len() >= LIMIT {
            self.settle();
            if self.entries.len() >= LIMIT {
                return false;
            }
        }
        let length_and_kind = piece.length & LENGTH_MASK | u32::from(piece.kind) << LENGTH_BITS;
        self.entries.push(Entry { prefix: prefix(digest), place: piece.place, length_and_kind });
        true
    }

    /// Makes it ready to be asked. Of pieces that are there more than once the first counts.
    pub(super) fn settle(&mut self) {
        self.entries.sort_unstable();
        self.entries.dedup_by_key(|entry| entry.prefix);
        self.entries.shrink_to_fit();
    }

    /// The piece with this digest.
    pub(super) fn get(&self, digest: &[u8; 32]) -> Option<Indexed> {
        let prefix = prefix(digest);
        let at = self.entries.binary_search_by(|entry| entry.prefix.cmp(&prefix)).ok()?;
        let Entry { place, length_and_kind, .. } = *self.entries.get(at)?;
        Some(Indexed { length: length_and_kind & LENGTH_MASK, kind: (length_and_kind >> LENGTH_BITS) as u8, place })
    }
}

fn prefix(digest: &[u8; 32]) -> [u8; PREFIX_BYTES] {
    *digest.first_chunk().unwrap_or(&[0; PREFIX_BYTES])
}

#[cfg(test)]
mod tests {
    use super::{Index, Indexed, Place};

    #[test]
    fn of_pieces_that_are_there_twice_the_first_counts() {
        let piece = |at| Indexed { length: 65536, kind: 200, place: Place { segment: 0, block: 1, at } };
        let mut index = Index::default();
        for (byte, at) in [(9, 50), (3, 40), (9, 10), (9, 70), (4, 0)] {
            assert!(index.add(&[byte; 32], piece(at)));
        }
        index.settle();
        assert_eq!(index.get(&[9; 32]), Some(piece(10)));
        assert_eq!(index.get(&[4; 32]), Some(piece(0)));
        assert_eq!(index.get(&[5; 32]), None);
    }
}
