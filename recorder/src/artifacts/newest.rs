//! What was written to a file where, the newest everywhere: later writes cut earlier ones.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use formats::artifact::{Digest, PIECE_BYTES};

/// Pieces that are remembered of a file; beyond, only the file itself tells.
pub(crate) const MOST_PIECES: usize = 1 << 16;
/// Writes shorter than this make no pieces of their own: naming one costs 48 bytes.
const LEAST_CUT: u64 = 1024;

/// Memory that waits for files that could not be opened, all together.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    taken: Arc<AtomicU64>,
    most: u64,
}

impl Budget {
    pub(crate) fn new(most: u64) -> Budget {
        Budget { taken: Arc::default(), most }
    }

    /// Keeps a copy of bytes, when there is room.
    pub(crate) fn keep(&self, bytes: &[u8]) -> Option<Bytes> {
        let length = bytes.len() as u64;
        if self.taken.fetch_add(length, Ordering::Relaxed) + length > self.most {
            self.taken.fetch_sub(length, Ordering::Relaxed);
            return None;
        }
        let range = 0..bytes.len();
        Some(Bytes { kept: Arc::new(Kept { bytes: bytes.into(), budget: self.clone() }), range })
    }

    #[cfg(test)]
    pub(crate) fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }
}

#[derive(Debug)]
struct Kept {
    bytes: Box<[u8]>,
    budget: Budget,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.budget.taken.fetch_sub(self.bytes.len() as u64, Ordering::Relaxed);
    }
}

/// Bytes that are kept.
#[derive(Clone, Debug)]
pub(crate) struct Bytes {
    kept: Arc<Kept>,
    range: Range<usize>,
}

impl Bytes {
    pub(crate) fn get(&self) -> &[u8] {
        self.kept.bytes.get(self.range.clone()).unwrap_or_default()
    }

    fn part(&self, from: u64, to: u64) -> Bytes {
        let range = self.range.start + from as usize..self.range.start + to as usize;
        Bytes { kept: self.kept.clone(), range }
    }
}

/// Bytes that were written at once, or what later writes left of them.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) length: u64,
    /// When, boot-time nanoseconds.
    pub(crate) at_ns: u64,
    /// Of all its bytes; `None` when they are not known or some were cut off.
    pub(crate) digest: Option<Digest>,
    /// Whether the capture has the bytes of that digest.
    pub(crate) is_stored: bool,
    /// The bytes, where they are needed still.
    pub(crate) bytes: Option<Bytes>,
}

impl Written {
    /// The part of it between two distances from its beginning.
    fn part(&self, from: u64, to: u64) -> Written {
        if from == 0 && to == self.length {
            return self.clone();
        }
        Written {
            length: to - from,
            at_ns: self.at_ns,
            digest: None,
            is_stored: false,
            bytes: self.bytes.as_ref().map(|bytes| bytes.part(from, to)),
        }
    }
}

/// Pieces that are remembered of all files together: about 200 bytes each.
const MOST_IN_ALL: u64 = 2 << 20;
static IN_ALL: AtomicU64 = AtomicU64::new(0);

/// The newest of what was written to a file.
#[derive(Debug, Default)]
pub(crate) struct Newest {
    pieces: BTreeMap<u64, Written>,
    is_overflown: bool,
    /// Pieces of it that are counted among those of all.
    counted: u64,
}

impl Drop for Newest {
    fn drop(&mut self) {
        IN_ALL.fetch_sub(self.counted, Ordering::Relaxed);
    }
}

impl Newest {
    /// Takes note of a write at `offset`. It may come after later ones: then it lies under them.
    pub(crate) fn put(&mut self, offset: u64, written: Written) {
        let Some(end) = offset.checked_add(written.length).filter(|_| written.length > 0) else { return };
        if self.is_overflown {
            return;
        }
        let mut from = offset;
        for (at, old) in self.take(offset, end) {
            let old_end = at + old.length;
            if old.at_ns > written.at_ns {
                if at > from {
                    self.pieces.insert(from, written.part(from - offset, at - offset));
                }
                from = old_end;
                self.pieces.insert(at, old);
                continue;
            }
            if at < offset {
                self.pieces.insert(at, old.part(0, offset - at));
            }
            if old_end > end {
                self.pieces.insert(end, old.part(end - at, old.length));
            }
        }
        if from < end {
            self.pieces.insert(from, written.part(from - offset, end - offset));
        }
        let in_all = self.count();
        if self.pieces.len() > MOST_PIECES || in_all > MOST_IN_ALL {
            self.pieces.clear();
            self.is_overflown = true;
            self.count();
        }
    }

    /// Counts its pieces among those of all; how many these are.
    fn count(&mut self) -> u64 {
        let (old, new) = (self.counted, self.pieces.len() as u64);
        self.counted = new;
        // Wrapping, as the counter does.
        IN_ALL.fetch_add(new.wrapping_sub(old), Ordering::Relaxed).wrapping_add(new.wrapping_sub(old))
    }

    /// Takes out the pieces that lie in the range, or partly.
    fn take(&mut self, offset: u64, end: u64) -> Vec<(u64, Written)> {
        let before = self.pieces.range(..offset).next_back();
        let first = before.filter(|(at, old)| *at + old.length > offset).map_or(offset, |(at, _)| *at);
        let places: Vec<u64> = self.pieces.range(first..end).map(|(at, _)| *at).collect();
        places.into_iter().filter_map(|at| Some((at, self.pieces.remove(&at)?))).collect()
    }

    /// The file was given another size: what lay behind is gone.
    pub(crate) fn truncate(&mut self, size: u64, at_ns: u64) {
        let nothing = Written { length: u64::MAX - size, at_ns, digest: None, is_stored: false, bytes: None };
        self.put(size, nothing);
        // What is left of it there is the marker itself, unless something newer came meanwhile.
        self.pieces.retain(|at, piece| *at < size || piece.at_ns != at_ns || piece.digest.is_some());
    }

    /// Whether too many pieces came to remember them.
    pub(crate) fn is_overflown(&self) -> bool {
        self.is_overflown
    }

    /// The pieces, by their offset.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = (u64, &Written)> {
        self.pieces.iter().map(|(at, piece)| (*at, piece))
    }

    /// The byte behind the last piece.
    #[cfg(test)]
    fn end(&self) -> u64 {
        self.pieces.last_key_value().map_or(0, |(at, piece)| at + piece.length)
    }

    /// Drops all bytes that were kept: the file itself is there.
    pub(crate) fn drop_bytes(&mut self) {
        self.pieces.values_mut().for_each(|piece| piece.bytes = None);
    }

    /// Where the piece that begins at `from` ends, when the file is read up to `to`: with what was written there, or at the next
    /// multiple of 64 KiB.
    pub(crate) fn cut(&self, from: u64, to: u64) -> u64 {
        let makes_cut = |at: u64, piece: &Written| {
            piece.digest.is_some()
                && (LEAST_CUT..=PIECE_BYTES as u64).contains(&piece.length)
                && at.saturating_add(piece.length) <= to
        };
        if let Some(piece) = self.pieces.get(&from).filter(|piece| makes_cut(from, piece)) {
            return from + piece.length;
        }
        let grid = (from / PIECE_BYTES as u64 + 1) * PIECE_BYTES as u64;
        let end = grid.min(to);
        let next = self.pieces.range(from + 1..end).find(|(at, piece)| makes_cut(**at, piece));
        next.map_or(end, |(at, _)| *at)
    }

    /// Whether `bytes`, which the file holds at `offset`, are what was written last there, as far as that is known.
    pub(crate) fn agrees(&self, offset: u64, bytes: &[u8], digest: &Digest) -> bool {
        let end = offset + bytes.len() as u64;
        self.pieces.range(offset..end).all(|(at, piece)| {
            let (Some(wanted), true) = (&piece.digest, at + piece.length <= end) else { return true };
            if (*at, piece.length) == (offset, bytes.len() as u64) {
                return wanted == digest;
            }
            let from = (at - offset) as usize;
            bytes.get(from..from + piece.length as usize).is_some_and(|part| blake3::hash(part).as_bytes() == wanted)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(bytes: &[u8], at_ns: u64, budget: &Budget) -> Written {
        Written {
            length: bytes.len() as u64,
            at_ns,
            digest: Some(*blake3::hash(bytes).as_bytes()),
            is_stored: true,
            bytes: budget.keep(bytes),
        }
    }

    fn content(newest: &Newest) -> Vec<u8> {
        let mut content = vec![b'.'; newest.end() as usize];
        for (at, piece) in newest.pieces() {
            content[at as usize..][..piece.length as usize].copy_from_slice(piece.bytes.as_ref().unwrap().get());
        }
        content
    }

    #[test]
    fn later_writes_cut_earlier_ones_in_whatever_order_they_come() {
        let budget = Budget::new(1 << 20);
        let writes: [(u64, &[u8], u64); 5] =
            [(0, b"aaaaaaaa", 1), (4, b"bbbb", 2), (6, b"c", 3), (12, b"dd", 4), (7, b"eeeeee", 5)];
        let orders = [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3], [3, 4, 0, 2, 1]];
        for order in orders {
            let mut newest = Newest::default();
            for index in order {
                let (offset, bytes, at_ns) = writes[index];
                newest.put(offset, written(bytes, at_ns, &budget));
            }
            assert_eq!(content(&newest), b"aaaabbceeeeeed", "{order:?}");
            let whole: Vec<u64> =
                newest.pieces().filter(|(_, piece)| piece.digest.is_some()).map(|(at, _)| at).collect();
            assert_eq!(whole, [6, 7], "those that nothing was cut off");
        }
        assert_eq!(budget.taken(), 0, "what was kept is given back");
    }

    #[test]
    fn random_writes_are_as_a_file_would_have_them() {
        let budget = Budget::new(1 << 20);
        let mut random = 1u64;
        let mut next = |most: u64| {
            random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (random >> 33) % most
        };
        for _ in 0..200 {
            let (mut newest, mut file) = (Newest::default(), vec![b'.'; 300]);
            let mut writes: Vec<(u64, Vec<u8>, u64)> =
                (1..20).map(|n| (next(200), vec![b'a' + n as u8; next(60) as usize + 1], n)).collect();
            for (offset, bytes, _) in &writes {
                file[*offset as usize..][..bytes.len()].copy_from_slice(bytes);
            }
            for n in 0..writes.len() {
                let other = next(writes.len() as u64) as usize;
                writes.swap(n, other);
            }
            writes.iter().for_each(|(offset, bytes, at_ns)| newest.put(*offset, written(bytes, *at_ns, &budget)));
            let content = content(&newest);
            assert!(content == file[..content.len()] && file[content.len()..].iter().all(|byte| *byte == b'.'));
        }
    }

    #[test]
    fn a_truncation_takes_what_lay_behind() {
        let budget = Budget::new(1 << 20);
        let mut newest = Newest::default();
        newest.put(0, written(b"aaaaaaaa", 1, &budget));
        newest.put(100, written(b"later", 9, &budget));
        newest.truncate(3, 5);
        assert_eq!((newest.end(), newest.pieces().count()), (105, 2));
        newest.truncate(2, 10);
        assert_eq!((newest.end(), newest.pieces().count()), (2, 1));
        newest.truncate(0, 11);
        assert_eq!(newest.end(), 0);
    }

    #[test]
    fn cuts_follow_what_was_written_and_otherwise_the_grid() {
        let budget = Budget::new(1 << 20);
        let mut newest = Newest::default();
        newest.put(10_000, written(&[1; 4096], 1, &budget));
        newest.put(20_000, written(&[2; 100], 1, &budget));
        let mut cuts = Vec::new();
        let mut from = 0;
        while from < 100_000 {
            from = newest.cut(from, 100_000);
            cuts.push(from);
        }
        assert_eq!(cuts, [10_000, 14_096, 65_536, 100_000]);
        assert_eq!(newest.cut(10_000, 12_000), 12_000, "not beyond what is read");
        let mut file = vec![0; 100_000];
        file[10_000..14_096].fill(1);
        file[20_000..20_100].fill(2);
        let agrees = |file: &[u8], from: usize, to: usize| {
            newest.agrees(from as u64, &file[from..to], blake3::hash(&file[from..to]).as_bytes())
        };
        assert!(agrees(&file, 10_000, 14_096) && agrees(&file, 14_096, 65_536));
        file[20_050] = 3;
        assert!(!agrees(&file, 14_096, 65_536) && agrees(&file, 10_000, 14_096));
        file[10_001] = 3;
        assert!(!agrees(&file, 10_000, 14_096));
    }

    #[test]
    fn too_many_pieces_are_forgotten_and_memory_is_bounded() {
        let budget = Budget::new(10);
        assert!(budget.keep(&[0; 11]).is_none());
        let kept = budget.keep(&[0; 10]);
        assert!(budget.keep(&[0; 1]).is_none());
        drop(kept);
        assert!(budget.keep(&[0; 1]).is_some());
        let mut newest = Newest::default();
        for n in 0..=MOST_PIECES as u64 {
            let piece = Written { length: 1, at_ns: n, digest: None, is_stored: false, bytes: None };
            newest.put(n * 2, piece);
        }
        assert!(newest.is_overflown() && newest.end() == 0);
    }
}
