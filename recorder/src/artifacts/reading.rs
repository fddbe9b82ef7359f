//! Reads the whole of a file into pieces, and says whether it stood still meanwhile.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;

use formats::artifact::{PIECE_BYTES, Piece};
use sha2::{Digest as _, Sha256};

use super::newest::Newest;
use super::opening::Stamp;
use super::records::Artifact;
use super::store::{ARTIFACT_LIMIT, Process, Store, Stored};

/// Holes are hashed as zeros, up to so many bytes of them: a file of 1 TiB that holds nothing takes no longer than others.
const MOST_ZEROS: u64 = 1 << 30;
/// Parts of a sparse file that are looked at.
const MOST_PARTS: usize = 1 << 20;
/// How often a file that changes is read.
const TRIES: usize = 3;

/// What a file held.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    pub(crate) artifact: Artifact,
    pub(crate) stamp: Stamp,
    /// Bytes that are missing, beside its holes.
    pub(crate) missing: u64,
    /// It changed while it was read.
    pub(crate) changed: bool,
    /// What was written last somewhere is not what it holds.
    pub(crate) raced: bool,
    pub(crate) over_limit: bool,
    /// Why it is not complete.
    pub(crate) why: Option<String>,
}

impl Reading {
    /// Whether every byte is there, and nothing changed it meanwhile. A hash may be missing all the same.
    pub(crate) fn is_complete(&self) -> bool {
        self.missing == 0 && !self.changed
    }

    fn note(&mut self, why: impl Into<String>) {
        self.why.get_or_insert(why.into());
    }
}

/// What is read how.
pub(crate) struct Reader<'a> {
    pub(crate) store: &'a Store,
    /// On whose behalf.
    pub(crate) process: Process,
    /// Bytes that are kept at the most.
    pub(crate) most: u64,
    /// What was written to it.
    pub(crate) newest: &'a Newest,
}

impl Reader<'_> {
    /// Reads a file, again when it changed meanwhile.
    pub(crate) fn file(&self, file: &File) -> io::Result<Reading> {
        let mut reading = self.once(file)?;
        for _ in 1..TRIES {
            if !reading.changed {
                break;
            }
            reading = self.once(file)?;
        }
        Ok(reading)
    }

    /// Reads bytes that were taken when a file had this stamp: the whole of it.
    pub(crate) fn bytes(&self, bytes: &[u8], stamp: Stamp) -> Reading {
        let mut pass = Pass::new(self, stamp);
        pass.data(0, bytes.len() as u64, &mut |at, into| {
            into.copy_from_slice(&bytes[at as usize..at as usize + into.len()]);
            Ok(into.len())
        });
        pass.finish()
    }

    fn once(&self, file: &File) -> io::Result<Reading> {
        let stamp = Stamp::of(file)?;
        let mut pass = Pass::new(self, stamp);
        let mut at = 0;
        let mut parts = 0;
        while at < stamp.size && pass.goes_on() {
            let (from, to) = next_data(file, at, stamp.size);
            pass.hole(from - at);
            pass.data(from, to, &mut |at, into| read_full(file, into, at));
            parts += 1;
            at = to;
            if parts == MOST_PARTS && at < stamp.size {
                pass.leave_out(stamp.size - at, "it has more holes than are looked at");
            }
        }
        if pass.reading.over_limit {
            // What was not looked at any more is missing but for its holes.
            pass.count_rest(file, at, stamp.size);
        }
        let mut reading = pass.finish();
        let after = Stamp::of(file)?;
        if !after.holds_what_was(&stamp) {
            reading.changed = true;
            reading.artifact.sha256 = None;
            reading.note("it changed while it was read");
        }
        reading.stamp = after;
        Ok(reading)
    }
}

/// One pass over a file.
struct Pass<'r, 'a> {
    reader: &'r Reader<'a>,
    reading: Reading,
    sha256: Option<Sha256>,
    zeros: u64,
    stored: u64,
    is_over: bool,
    buffer: Vec<u8>,
}

impl<'r, 'a> Pass<'r, 'a> {
    fn new(reader: &'r Reader<'a>, stamp: Stamp) -> Pass<'r, 'a> {
        let reading =
            Reading { artifact: Artifact { size: stamp.size, ..Artifact::default() }, stamp, ..Reading::default() };
        Pass {
            reader,
            reading,
            sha256: Some(Sha256::new()),
            zeros: 0,
            stored: 0,
            is_over: false,
            buffer: vec![0; PIECE_BYTES],
        }
    }

    fn goes_on(&self) -> bool {
        !self.is_over
    }

    fn hole(&mut self, length: u64) {
        self.zeros += length;
        if self.zeros > MOST_ZEROS {
            self.sha256 = None;
        }
        let Some(sha256) = &mut self.sha256 else { return };
        self.buffer.fill(0);
        let mut left = length;
        while left > 0 {
            let part = left.min(PIECE_BYTES as u64);
            sha256.update(&self.buffer[..part as usize]);
            left -= part;
        }
    }

    /// Takes the bytes between two offsets, which `read` gives.
    fn data(&mut self, from: u64, to: u64, read: &mut dyn FnMut(u64, &mut [u8]) -> io::Result<usize>) {
        let mut at = from;
        while at < to && self.goes_on() {
            let end = self.reader.newest.cut(at, to);
            let mut buffer = std::mem::take(&mut self.buffer);
            let wanted = &mut buffer[..(end - at) as usize];
            match read(at, wanted) {
                Ok(length) => {
                    self.piece(at, &wanted[..length]);
                    if length < wanted.len() {
                        self.reading.changed = true;
                        self.leave_out(to - at - length as u64, "it became shorter while it was read");
                    }
                }
                Err(error) => self.leave_out(to - at, &format!("it cannot be read: {error}")),
            }
            self.buffer = buffer;
            at = end;
        }
    }

    fn piece(&mut self, offset: u64, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let Reader { store, process, most, newest } = self.reader;
        let length = bytes.len() as u64;
        if self.stored + length > *most {
            store.reached(ARTIFACT_LIMIT);
            self.reading.over_limit = true;
            self.leave_out(length, "a limit was reached");
            return;
        }
        let digest = *blake3::hash(bytes).as_bytes();
        self.reading.raced |= !newest.agrees(offset, bytes, &digest);
        if store.piece(*process, &digest, bytes) == Stored::OverLimit {
            self.reading.over_limit = true;
            self.leave_out(length, "a limit was reached");
            return;
        }
        self.stored += length;
        let piece = Piece { offset, length: bytes.len() as u32, flags: 0, digest };
        self.reading.artifact.pieces.push(piece);
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(bytes);
        }
    }

    /// So many bytes are missing, and what follows is not looked at.
    fn leave_out(&mut self, length: u64, why: &str) {
        self.reading.missing += length;
        self.reading.note(why);
        self.is_over = true;
    }

    /// Counts what lies between the last piece and the end, but for holes.
    fn count_rest(&mut self, file: &File, looked_at: u64, size: u64) {
        let last = self.reading.artifact.pieces.last().map_or(0, |piece| piece.offset + u64::from(piece.length));
        self.reading.missing = 0;
        let mut at = last;
        for _ in 0..4096 {
            if at >= size {
                return;
            }
            let (from, to) = next_data(file, at, size);
            self.reading.missing += to - from;
            at = to;
        }
        self.reading.missing += size.saturating_sub(at.max(looked_at));
    }

    fn finish(mut self) -> Reading {
        if self.is_over {
            self.sha256 = None;
        } else if self.zeros > MOST_ZEROS {
            self.reading.note("its holes are too large to hash");
        }
        self.reading.artifact.sha256 = self.sha256.take().map(|sha256| sha256.finalize().into());
        self.reading
    }
}

/// Where the next data begin, at `at` or behind, and where they end. Without holes, or where the file system does not tell,
/// that is the rest.
fn next_data(file: &File, at: u64, size: u64) -> (u64, u64) {
    let seek = |at: u64, whence| {
        // SAFETY: numbers only. The position is ours alone, and not used.
        let found = unsafe { libc::lseek(file.as_raw_fd(), at as libc::off_t, whence) };
        if found < 0 { Err(io::Error::last_os_error()) } else { Ok((found as u64).min(size)) }
    };
    match seek(at, libc::SEEK_DATA) {
        Ok(from) if from < size => (from, seek(from, libc::SEEK_HOLE).unwrap_or(size).max(from + 1)),
        Ok(_) => (size, size),
        Err(error) if error.raw_os_error() == Some(libc::ENXIO) => (size, size),
        Err(_) => (at, size),
    }
}

/// Reads until `into` is full or the file ends.
pub(crate) fn read_full(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut done = 0;
    while done < into.len() {
        match file.read_at(&mut into[done..], offset + done as u64) {
            Ok(0) => break,
            Ok(length) => done += length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::artifacts::newest::{Budget, Written};
    use crate::artifacts::selection::Limits;
    use crate::artifacts::testing::{Sink, sha256};

    const ME: Process = (1, 1);

    fn read(file: &File, most: u64, newest: &Newest, store: &Store) -> Reading {
        Reader { store, process: ME, most, newest }.file(file).unwrap()
    }

    fn store() -> Store {
        Store::new(Limits::default(), None, |_| {})
    }

    fn random(length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        blake3::Hasher::new().finalize_xof().fill(&mut bytes);
        bytes
    }

    #[test]
    fn a_file_comes_back_from_its_pieces() {
        let bytes = random(200_001);
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let sink = Sink::default();
        let store = Store::new(Limits::default(), None, sink.put());
        let reading = read(&file, u64::MAX, &Newest::default(), &store);
        assert!(reading.is_complete() && !reading.raced);
        assert_eq!(reading.artifact.sha256, Some(sha256(&bytes)));
        assert_eq!(reading.artifact.pieces.len(), 4);
        store.flush();
        assert!(sink.content(&reading.artifact) == bytes);
        let again = Reader { store: &store, process: ME, most: u64::MAX, newest: &Newest::default() };
        let again = again.bytes(&bytes, reading.stamp);
        assert_eq!((again.artifact.pieces, again.artifact.sha256), (reading.artifact.pieces, reading.artifact.sha256));
    }

    #[test]
    fn holes_are_holes_and_a_huge_sparse_file_is_quick() {
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(b"begin", 0).unwrap();
        file.write_all_at(b"end", 3 << 20).unwrap();
        let reading = read(&file, u64::MAX, &Newest::default(), &store());
        let mut content = vec![0; (3 << 20) + 3];
        content[..5].copy_from_slice(b"begin");
        content[3 << 20..].copy_from_slice(b"end");
        assert_eq!(reading.artifact.sha256, Some(sha256(&content)));
        assert!(reading.is_complete() && reading.artifact.stored() < 1 << 20, "{}", reading.artifact.stored());
        file.set_len(1 << 40).unwrap();
        let began = std::time::Instant::now();
        let reading = read(&file, u64::MAX, &Newest::default(), &store());
        assert!(began.elapsed().as_secs() < 5);
        assert_eq!((reading.artifact.size, reading.artifact.sha256, reading.missing), (1 << 40, None, 0));
        assert!(reading.why.as_deref().unwrap().contains("holes"));
    }

    #[test]
    fn a_limit_cuts_and_says_how_much_is_missing() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&random(300_000)).unwrap();
        let store = store();
        let reading = read(&file, 140_000, &Newest::default(), &store);
        assert_eq!((reading.artifact.stored(), reading.missing), (131_072, 300_000 - 131_072));
        assert!(reading.over_limit && !reading.is_complete() && reading.artifact.sha256.is_none());
        assert_eq!(store.limits_reached(), [(ARTIFACT_LIMIT.to_owned(), 1)]);
        let small = Store::new(Limits { total: 70_000, ..Limits::default() }, None, |_| {});
        let reading = read(&file, u64::MAX, &Newest::default(), &small);
        assert_eq!((reading.artifact.stored(), reading.missing), (65_536, 300_000 - 65_536));
    }

    #[test]
    fn what_was_written_cuts_the_pieces_and_is_compared() {
        let bytes = random(100_000);
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let budget = Budget::new(1 << 20);
        let written = |bytes: &[u8]| Written {
            length: bytes.len() as u64,
            at_ns: 1,
            digest: Some(*blake3::hash(bytes).as_bytes()),
            is_stored: true,
            bytes: budget.keep(bytes),
        };
        let mut newest = Newest::default();
        newest.put(4096, written(&bytes[4096..8192]));
        let store = store();
        assert_eq!(store.claim(ME, blake3::hash(&bytes[4096..8192]).as_bytes(), 4096), Stored::New);
        let reading = read(&file, u64::MAX, &newest, &store);
        let offsets: Vec<u64> = reading.artifact.pieces.iter().map(|piece| piece.offset).collect();
        assert_eq!(offsets, [0, 4096, 8192, 65536]);
        assert!(!reading.raced);
        newest.put(70_000, written(b"something else"));
        let reading = read(&file, u64::MAX, &newest, &store);
        assert!(reading.raced && reading.is_complete(), "the file's bytes are kept");
        assert_eq!(reading.artifact.sha256, Some(sha256(&bytes)));
    }

    #[test]
    fn a_file_that_never_stands_still_is_said_to_change() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(64 << 20).unwrap();
        file.as_file().write_all_at(&random(8 << 20), 0).unwrap();
        let is_over = std::sync::atomic::AtomicBool::new(false);
        let reading = std::thread::scope(|scope| {
            let writer = file.reopen().unwrap();
            let is_over = &is_over;
            scope.spawn(move || {
                let mut n = 0u8;
                while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                    n = n.wrapping_add(1);
                    writer.write_all_at(&[n], 5).unwrap();
                    writer.set_len((64 << 20) + u64::from(n)).unwrap();
                }
            });
            // Not before the other thread has begun.
            while Stamp::of(file.as_file()).unwrap().size == 64 << 20 {}
            let reading = read(file.as_file(), u64::MAX, &Newest::default(), &store());
            is_over.store(true, std::sync::atomic::Ordering::Relaxed);
            reading
        });
        assert!(reading.changed && !reading.is_complete() && reading.artifact.sha256.is_none());
    }
}
