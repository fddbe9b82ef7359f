//! Content that has no place of its own: what went through a pipe or socket, one write behind the other.

use std::time::Duration;

use formats::artifact::{Digest, PIECE_BYTES, Piece};
use sha2::{Digest as _, Sha256};

use super::newest::Bytes;
use super::records::Artifact;
use super::store::{ARTIFACT_LIMIT, Process, Store, Stored};

/// Frames of other CPUs come this much later at the most, or are out of order.
const SETTLED: Duration = Duration::from_millis(500);
/// Writes shorter than this are put together before they are stored: a shell reads its script byte by byte.
const LEAST_PIECE: usize = 4096;

/// What went through at once.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) at_ns: u64,
    /// Bytes that went through; fewer may be known.
    pub(crate) size: u64,
    pub(crate) length: u64,
    pub(crate) digest: Option<Digest>,
    pub(crate) is_stored: bool,
    pub(crate) bytes: Option<Bytes>,
}

/// What became of it.
pub(crate) struct Whole {
    pub(crate) artifact: Artifact,
    pub(crate) missing: u64,
    pub(crate) over_limit: bool,
    pub(crate) why: Option<String>,
}

impl Whole {
    /// Nobody knows whether it is what there was.
    pub(crate) fn doubt(&mut self, why: &str) {
        self.artifact.sha256 = None;
        self.why.get_or_insert_with(|| why.to_owned());
    }
}

/// A stream that goes on.
pub(crate) struct Stream {
    /// On whose behalf it is stored.
    process: Process,
    most: u64,
    waiting: Vec<Part>,
    gathered: Vec<u8>,
    pieces: Vec<Piece>,
    sha256: Option<Sha256>,
    size: u64,
    stored: u64,
    missing: u64,
    over_limit: bool,
    why: Option<String>,
}

impl Stream {
    pub(crate) fn new(process: Process, most: u64) -> Stream {
        Stream {
            process,
            most,
            waiting: Vec::new(),
            gathered: Vec::new(),
            pieces: Vec::new(),
            sha256: Some(Sha256::new()),
            size: 0,
            stored: 0,
            missing: 0,
            over_limit: false,
            why: None,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.size == 0
    }

    /// Takes what went through next, or a little earlier than what came last.
    pub(crate) fn put(&mut self, part: Part, store: &Store) {
        let newest = part.at_ns;
        self.waiting.push(part);
        if self.waiting.len() >= 4096 {
            self.settle(newest, store);
        }
    }

    /// Takes into order what nothing earlier can come to any more.
    pub(crate) fn settle(&mut self, now_ns: u64, store: &Store) {
        let before = now_ns.saturating_sub(SETTLED.as_nanos() as u64);
        // Parts of one moment keep the order in which they came: they are of one call.
        self.waiting.sort_by_key(|part| part.at_ns);
        let mut settled = self.waiting.partition_point(|part| part.at_ns <= before);
        if self.waiting.len() - settled > 3072 {
            // So many that memory counts for more than order.
            settled = self.waiting.len() - 1024;
        }
        let parts: Vec<Part> = self.waiting.drain(..settled).collect();
        parts.into_iter().for_each(|part| self.take(part, store));
    }

    fn take(&mut self, part: Part, store: &Store) {
        if self.over_limit || self.stored + part.length > self.most {
            if !self.over_limit {
                self.flush(store);
                store.reached(ARTIFACT_LIMIT);
                self.over_limit = true;
            }
            self.leave_out(part.size, "a limit was reached");
            return;
        }
        match (&part.bytes, &part.digest) {
            (Some(bytes), _) if bytes.get().len() < LEAST_PIECE => {
                self.gather(bytes.get(), store);
            }
            (bytes, Some(digest)) if part.is_stored => {
                self.flush(store);
                match (bytes, &mut self.sha256) {
                    (Some(bytes), Some(sha256)) => sha256.update(bytes.get()),
                    _ => {
                        self.sha256 = None;
                        self.why.get_or_insert("there was no memory to hash it".to_owned());
                    }
                }
                self.push(*digest, part.length);
            }
            (Some(bytes), _) => {
                let bytes = bytes.clone();
                self.flush(store);
                self.store(bytes.get(), store);
            }
            (None, _) => {
                self.flush(store);
                self.leave_out(part.length, "bytes were not copied");
            }
        }
        if part.size > part.length {
            self.flush(store);
            self.leave_out(part.size - part.length, "memory could not be read");
        }
    }

    fn gather(&mut self, bytes: &[u8], store: &Store) {
        if self.gathered.len() + bytes.len() > PIECE_BYTES {
            self.flush(store);
        }
        self.gathered.extend_from_slice(bytes);
        self.stored += bytes.len() as u64;
    }

    fn flush(&mut self, store: &Store) {
        if !self.gathered.is_empty() {
            let gathered = std::mem::take(&mut self.gathered);
            self.stored -= gathered.len() as u64;
            self.store(&gathered, store);
        }
    }

    fn store(&mut self, bytes: &[u8], store: &Store) {
        let digest = *blake3::hash(bytes).as_bytes();
        if store.piece(self.process, &digest, bytes) == Stored::OverLimit {
            self.over_limit = true;
            return self.leave_out(bytes.len() as u64, "a limit was reached");
        }
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(bytes);
        }
        self.push(digest, bytes.len() as u64);
    }

    fn push(&mut self, digest: Digest, length: u64) {
        self.pieces.push(Piece { offset: self.size, length: length as u32, flags: 0, digest });
        self.size += length;
        self.stored += length;
    }

    fn leave_out(&mut self, length: u64, why: &str) {
        if length > 0 {
            self.size += length;
            self.missing += length;
            self.sha256 = None;
            self.why.get_or_insert(why.to_owned());
        }
    }

    /// What there was, from the beginning or the last end on.
    pub(crate) fn finish(&mut self, store: &Store) -> Whole {
        self.settle(u64::MAX, store);
        self.waiting.drain(..).collect::<Vec<_>>().into_iter().for_each(|part| self.take(part, store));
        self.flush(store);
        let ended = std::mem::replace(self, Stream::new(self.process, self.most));
        let sha256 = ended.sha256.map(|sha256| sha256.finalize().into());
        let artifact = Artifact { size: ended.size, sha256, pieces: ended.pieces };
        Whole { artifact, missing: ended.missing, over_limit: ended.over_limit, why: ended.why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifacts::newest::Budget;
    use crate::artifacts::selection::Limits;
    use crate::artifacts::testing::{Sink, sha256};

    fn part(bytes: &[u8], at_ns: u64, budget: &Budget) -> Part {
        Part {
            at_ns,
            size: bytes.len() as u64,
            length: bytes.len() as u64,
            digest: Some(*blake3::hash(bytes).as_bytes()),
            is_stored: false,
            bytes: budget.keep(bytes),
        }
    }

    #[test]
    fn small_parts_become_large_pieces_in_the_order_of_their_time() {
        let (sink, budget) = (Sink::default(), Budget::new(1 << 20));
        let store = Store::new(Limits::default(), None, sink.put());
        let mut stream = Stream::new((1, 1), u64::MAX);
        let text: Vec<u8> = (0..100_000u32).map(|n| (n % 251) as u8).collect();
        let mut parts: Vec<(u64, &[u8])> = (0..).zip(text.chunks(7)).collect();
        parts.swap(3, 9);
        for (at_ns, bytes) in parts {
            stream.put(part(bytes, at_ns, &budget), &store);
        }
        let whole = stream.finish(&store);
        store.flush();
        assert_eq!(whole.artifact.sha256, Some(sha256(&text)));
        assert_eq!(whole.artifact.pieces.len(), 2);
        assert!(sink.content(&whole.artifact) == text && whole.missing == 0);
        assert!(stream.is_empty() && budget.taken() == 0);
    }

    #[test]
    fn large_parts_are_the_pieces_that_are_there() {
        let (sink, budget) = (Sink::default(), Budget::new(1 << 20));
        let store = Store::new(Limits::default(), None, sink.put());
        let large = vec![5; 65536];
        let digest = *blake3::hash(&large).as_bytes();
        assert_eq!(store.piece((1, 1), &digest, &large), Stored::New);
        let mut stream = Stream::new((1, 1), u64::MAX);
        stream.put(part(b"a", 1, &budget), &store);
        stream.put(Part { is_stored: true, ..part(&large, 2, &budget) }, &store);
        stream.put(part(b"b", 3, &budget), &store);
        let whole = stream.finish(&store);
        store.flush();
        assert_eq!(whole.artifact.pieces[1].digest, digest);
        let content = [&b"a"[..], &large, b"b"].concat();
        assert!(sink.content(&whole.artifact) == content && whole.artifact.sha256 == Some(sha256(&content)));
    }

    #[test]
    fn what_never_ends_is_cut_and_what_is_missing_is_told() {
        let budget = Budget::new(1 << 20);
        let store = Store::new(Limits::default(), None, |_| {});
        let mut stream = Stream::new((1, 1), 10_000);
        for n in 0..100_000u64 {
            stream.put(part(&[n as u8; 10], n, &budget), &store);
            assert!(budget.taken() <= 10 * 4096);
        }
        let whole = stream.finish(&store);
        assert_eq!((whole.artifact.stored(), whole.missing), (10_000, 990_000));
        assert!(whole.over_limit && whole.artifact.sha256.is_none() && whole.why.is_some());
        stream.put(Part { size: 20, bytes: None, digest: None, ..part(b"0123456789", 1, &budget) }, &store);
        let whole = stream.finish(&store);
        assert_eq!((whole.artifact.size, whole.missing), (20, 20));
    }
}
