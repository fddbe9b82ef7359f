//! Content by its digest: each piece once in a capture, within limits.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use formats::artifact::Digest;

use super::records::{self, Artifact, Source};
use super::selection::Limits;
use crate::clock;

/// Rows are handed on when they are this long, or when there is nothing more to do.
const BATCH_BYTES: usize = 1 << 20;
/// Digests that are remembered, 48 bytes each. What is not remembered could be stored twice, so nothing is stored after.
const MOST_DIGESTS: usize = 10_000_000;
/// Processes whose bytes are counted.
const MOST_PROCESSES: usize = 1 << 16;

/// The limits, as the end of the recording names them.
pub(crate) const ARTIFACT_LIMIT: &str = "artifacts cut at --artifact-max (or max=)";
const PROCESS_LIMIT: &str = "pieces of artifacts beyond --artifacts-per-process";
const TOTAL_LIMIT: &str = "pieces of artifacts beyond --artifacts-total";
const DIGEST_LIMIT: &str = "pieces of artifacts beyond ten million";

/// Why nothing is said to be whole that was put together while content was lost.
pub(crate) const GAP: &str = "content was lost meanwhile, perhaps of this";

/// What became of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    /// It is kept from now on.
    New,
    /// It was there.
    Before,
    /// It is not there, and will not be.
    OverLimit,
}

/// A process as quotas count it: host pid and start.
pub(crate) type Process = (u32, u64);

/// The store of a capture. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Store(Arc<Shared>);

struct Shared {
    known: Mutex<Known>,
    rows: Mutex<Rows>,
    last_artifact: AtomicU64,
    limits: Limits,
    reached: Mutex<BTreeMap<String, u64>>,
    losses: Losses,
}

/// What of the content was lost on its way here.
#[derive(Default)]
struct Losses {
    /// Frames that loss frames have told of.
    told: AtomicU64,
    /// The time of the last one that is known, boot-time nanoseconds.
    newest_ns: AtomicU64,
    /// What the kernel side counts itself: it knows of losses before it can tell of them.
    counted: Option<LostCount>,
}

/// A count of lost frames in memory that the kernel side writes. It must stay mapped as long as anybody has this.
#[derive(Clone, Copy)]
pub(crate) struct LostCount(pub(crate) *mut u64);

// SAFETY: the memory is not tied to a thread, and is only read as a whole word.
unsafe impl Send for LostCount {}
// SAFETY: as above.
unsafe impl Sync for LostCount {}

impl LostCount {
    fn get(self) -> u64 {
        // SAFETY: mapped and aligned; the kernel side writes it as a whole word.
        unsafe { AtomicU64::from_ptr(self.0) }.load(Ordering::Acquire)
    }
}

#[derive(Default)]
struct Known {
    digests: HashSet<Digest>,
    total: u64,
    processes: HashMap<Process, u64>,
}

struct Rows {
    rows: Vec<u8>,
    /// `None` when nothing more can be put.
    sink: Option<Box<dyn Fn(Vec<u8>) + Send>>,
}

impl Store {
    /// An empty one; `sink` puts rows into the log, from whichever thread. `counted` is what the kernel side has lost.
    pub(crate) fn new(limits: Limits, counted: Option<LostCount>, sink: impl Fn(Vec<u8>) + Send + 'static) -> Store {
        Store(Arc::new(Shared {
            known: Mutex::default(),
            rows: Mutex::new(Rows { rows: Vec::new(), sink: Some(Box::new(sink)) }),
            last_artifact: AtomicU64::new(0),
            limits,
            reached: Mutex::default(),
            losses: Losses { counted, ..Losses::default() },
        }))
    }

    /// Stores a piece on behalf of a process.
    pub(crate) fn piece(&self, process: Process, digest: &Digest, bytes: &[u8]) -> Stored {
        let stored = self.claim(process, digest, bytes.len());
        if stored == Stored::New {
            self.put(|rows| records::put_content(digest, bytes, rows));
        }
        stored
    }

    /// The same for a piece whose bytes the caller puts into the log when they are new.
    pub(crate) fn claim(&self, process: Process, digest: &Digest, length: usize) -> Stored {
        let mut known = lock(&self.0.known);
        if known.digests.contains(digest) {
            return Stored::Before;
        }
        let length = length as u64;
        let of_process = known.processes.get(&process).copied().unwrap_or(0) + length;
        let limit = match () {
            () if known.total + length > self.0.limits.total => TOTAL_LIMIT,
            () if of_process > self.0.limits.process => PROCESS_LIMIT,
            () if known.digests.len() >= MOST_DIGESTS => DIGEST_LIMIT,
            () => {
                known.digests.insert(*digest);
                known.total += length;
                if known.processes.len() >= MOST_PROCESSES {
                    // Those that have taken little are as good as new.
                    let most = self.0.limits.process / 64;
                    known.processes.retain(|_, taken| *taken > most);
                }
                known.processes.insert(process, of_process);
                return Stored::New;
            }
        };
        drop(known);
        self.reached(limit);
        Stored::OverLimit
    }

    /// A number for an artifact.
    pub(crate) fn number(&self) -> u64 {
        self.0.last_artifact.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Puts the list of an artifact's pieces.
    pub(crate) fn artifact(&self, number: u64, artifact: &Artifact) {
        self.put(|rows| records::put_artifact(number, artifact, rows));
    }

    /// Puts where an artifact came from.
    pub(crate) fn source(&self, source: &Source) {
        self.put(|rows| records::put_source(source, rows));
    }

    /// Hands on what waits.
    pub(crate) fn flush(&self) {
        lock(&self.0.rows).flush();
    }

    /// Hands on what waits, and nothing after that: whoever writes the log may end.
    pub(crate) fn close(&self) {
        let mut rows = lock(&self.0.rows);
        rows.flush();
        rows.sink = None;
    }

    /// Content was lost on its way, the last of it at that time: `count` frames of those that the kernel side counts.
    pub(crate) fn note_loss(&self, count: u64, last_ns: u64) {
        self.0.losses.newest_ns.fetch_max(last_ns, Ordering::AcqRel);
        self.0.losses.told.fetch_add(count, Ordering::AcqRel);
    }

    /// Whether content may have been lost from that time on: what is put together from what came may lack some of it. Of what
    /// the kernel side has counted and not told of yet, nobody knows the time.
    pub(crate) fn lost_since(&self, boot_ns: u64) -> bool {
        let losses = &self.0.losses;
        let told = losses.told.load(Ordering::Acquire);
        let newest_ns = losses.newest_ns.load(Ordering::Acquire);
        (newest_ns != 0 && newest_ns >= boot_ns) || losses.counted.is_some_and(|counted| counted.get() > told)
    }

    /// Counts a limit that was reached.
    pub(crate) fn reached(&self, limit: &str) {
        let mut reached = lock(&self.0.reached);
        match reached.get_mut(limit) {
            Some(count) => *count += 1,
            // Names are few: they are ours.
            None => drop(reached.insert(limit.to_owned(), 1)),
        }
    }

    /// The limits that were reached, and how often.
    pub(crate) fn limits_reached(&self) -> Vec<(String, u64)> {
        lock(&self.0.reached).clone().into_iter().collect()
    }

    fn put(&self, fill: impl FnOnce(&mut Vec<u8>)) {
        let mut rows = lock(&self.0.rows);
        fill(&mut rows.rows);
        if rows.rows.len() >= BATCH_BYTES {
            rows.flush();
        }
    }
}

impl Rows {
    fn flush(&mut self) {
        if !self.rows.is_empty() {
            let mut rows = std::mem::take(&mut self.rows);
            // The time of a frame is when it is put: a watermark promises that nothing earlier comes.
            records::stamp(&mut rows, clock::boot_ns());
            if let Some(sink) = &self.sink {
                sink(rows);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

#[cfg(test)]
mod tests {
    use formats::events::content::ARTIFACT_CONTENT;
    use formats::frame::Frames;

    use super::*;
    use crate::artifacts::testing::Sink;

    const ME: Process = (1, 1);

    #[test]
    fn a_piece_is_stored_once() {
        let sink = Sink::default();
        let store = Store::new(Limits::default(), None, sink.put());
        assert_eq!(store.piece(ME, &[1; 32], b"one"), Stored::New);
        assert_eq!(store.piece((2, 2), &[1; 32], b"one"), Stored::Before);
        assert_eq!(store.claim(ME, &[2; 32], 5), Stored::New);
        assert_eq!(store.piece(ME, &[2; 32], b"other"), Stored::Before);
        store.flush();
        let rows = sink.rows();
        let events: Vec<u16> = Frames::new(&rows).map(|frame| frame.unwrap().header.event).collect();
        assert_eq!(events, [ARTIFACT_CONTENT.id], "what was claimed is put by who claimed it");
    }

    #[test]
    fn limits_hold_and_are_counted() {
        let limits = Limits { artifact: 100, process: 10, total: 15 };
        let store = Store::new(limits, None, |_| {});
        assert_eq!(store.piece(ME, &[1; 32], &[0; 8]), Stored::New);
        assert_eq!(store.piece(ME, &[2; 32], &[0; 8]), Stored::OverLimit, "of the process");
        assert_eq!(store.piece((2, 2), &[2; 32], &[0; 8]), Stored::OverLimit, "of all");
        assert_eq!(store.piece((2, 2), &[2; 32], &[0; 7]), Stored::New);
        assert_eq!(store.piece(ME, &[2; 32], &[0; 7]), Stored::Before, "what is there costs nothing");
        assert_eq!(store.limits_reached().iter().map(|(_, count)| count).sum::<u64>(), 2);
    }

    #[test]
    fn a_loss_is_known_before_anything_has_told_of_it() {
        let count = Box::leak(Box::new(0u64));
        let store = Store::new(Limits::default(), Some(LostCount(&raw mut *count)), |_| {});
        assert!(!store.lost_since(0));
        *count = 3;
        assert!(store.lost_since(u64::MAX), "of three frames nobody knows when they were lost");
        store.note_loss(2, 50);
        assert!(store.lost_since(u64::MAX), "nor of one");
        store.note_loss(1, 40);
        assert!(store.lost_since(0) && store.lost_since(50) && !store.lost_since(51));
        store.note_loss(0, 70);
        assert!(
            store.lost_since(70) && !store.lost_since(71),
            "what we lost ourselves the kernel side has not counted"
        );
    }

    #[test]
    fn rows_are_handed_on_in_batches() {
        let sink = Sink::default();
        let store = Store::new(Limits::default(), None, sink.put());
        let bytes = [0; 65536];
        for n in 0..17u8 {
            store.piece(ME, &[n; 32], &bytes);
        }
        assert_eq!(sink.count(), 1);
        store.flush();
        store.flush();
        assert_eq!(sink.count(), 2);
        store.piece(ME, &[99; 32], b"last");
        store.close();
        store.piece(ME, &[98; 32], b"too late");
        store.flush();
        assert_eq!(sink.count(), 3);
    }
}
