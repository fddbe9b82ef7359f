//! What the draining thread tells the tracker, and what that answers: nobody waits for anybody.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use formats::artifact::Digest;

use super::facts::FileFacts;
use super::store::Store;

/// Messages, and bytes of content in them, that wait at the most.
const MOST_WAITING: usize = 16 << 10;
const MOST_WAITING_BYTES: u64 = 64 << 20;

const MESSAGE_LIMIT: &str = "messages about written files that the tracker had no time for";
const BYTES_LIMIT: &str = "written bytes that the tracker had no room for";

/// A `content` frame, as the tracker needs it.
#[derive(Clone, Debug)]
pub(crate) struct PieceNote {
    /// When, boot-time nanoseconds.
    pub(crate) at_ns: u64,
    pub(crate) context: u64,
    pub(crate) tid: u32,
    /// As in the frame: object, offset, size, stream, address, fd, kind, way, flags.
    pub(crate) object: u64,
    pub(crate) offset: i64,
    pub(crate) size: u64,
    pub(crate) stream: u64,
    pub(crate) address: u64,
    pub(crate) fd: i32,
    pub(crate) kind: u32,
    pub(crate) way: u32,
    pub(crate) flags: u32,
    pub(crate) facts: Option<Arc<FileFacts>>,
    /// Of how many bytes there is a digest: those that were there.
    pub(crate) length: u64,
    pub(crate) digest: Option<Digest>,
    /// Whether the capture has the bytes.
    pub(crate) is_stored: bool,
    /// The bytes, where the tracker may need them.
    pub(crate) data: Option<Waiting>,
}

/// Bytes that wait in a message; counted as long as they do.
#[derive(Clone, Debug)]
pub(crate) struct Waiting(Arc<Counted>);

#[derive(Debug)]
struct Counted {
    bytes: Box<[u8]>,
    waiting: Arc<AtomicU64>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.waiting.fetch_sub(self.bytes.len() as u64, Ordering::Relaxed);
    }
}

impl Waiting {
    pub(crate) fn get(&self) -> &[u8] {
        &self.0.bytes
    }
}

/// A message to the tracker.
pub(crate) enum Told {
    Piece(Box<PieceNote>),
    /// What an object is, of which pieces came before that was known.
    Facts(u64, Arc<FileFacts>),
    /// A process has ended.
    Exited(u32),
    /// A file was executed: device and inode number.
    Executed(u32, u64),
    /// Recording ends.
    Finish,
}

/// What the tracker found out about an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// It has the file open: bytes need not be handed over any more.
    Open,
    /// What it holds is not asked for.
    Unwanted,
    /// It is.
    Wanted,
}

/// The teller's end. Clones are the same.
#[derive(Clone)]
pub(crate) struct Teller {
    to: SyncSender<Told>,
    waiting: Arc<AtomicU64>,
    replies: Replies,
    store: Store,
}

/// Answers that wait.
#[derive(Clone, Default)]
pub(crate) struct Replies(Arc<Answers>);

#[derive(Default)]
struct Answers {
    has_any: AtomicBool,
    waiting: Mutex<Vec<(u64, Reply)>>,
}

impl Replies {
    pub(crate) fn put(&self, object: u64, reply: Reply) {
        self.0.waiting.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push((object, reply));
        self.0.has_any.store(true, Ordering::Release);
    }

    /// Those that came since; costs next to nothing when there are none.
    pub(crate) fn take(&self) -> Vec<(u64, Reply)> {
        if !self.0.has_any.swap(false, Ordering::Acquire) {
            return Vec::new();
        }
        std::mem::take(&mut *self.0.waiting.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }
}

/// Both ends.
pub(crate) fn channel(store: &Store) -> (Teller, Receiver<Told>, Replies) {
    let (to, from) = sync_channel(MOST_WAITING);
    let replies = Replies::default();
    let teller = Teller { to, waiting: Arc::default(), replies: replies.clone(), store: store.clone() };
    (teller, from, replies)
}

impl Teller {
    /// Tells, unless too much waits: then that is counted.
    pub(crate) fn tell(&self, told: Told) {
        if self.to.try_send(told).is_err() {
            self.store.reached(MESSAGE_LIMIT);
            self.store.note_loss(0, crate::clock::boot_ns());
        }
    }

    /// Tells, and waits for room until then: not for the draining thread.
    pub(crate) fn tell_surely_until(&self, mut told: Told, until: Instant) {
        while let Err(TrySendError::Full(again)) = self.to.try_send(told) {
            if Instant::now() >= until {
                return;
            }
            told = again;
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// A copy of bytes for a message, unless too many wait.
    pub(crate) fn copy(&self, bytes: &[u8]) -> Option<Waiting> {
        let length = bytes.len() as u64;
        if self.waiting.fetch_add(length, Ordering::Relaxed) + length > MOST_WAITING_BYTES {
            self.waiting.fetch_sub(length, Ordering::Relaxed);
            self.store.reached(BYTES_LIMIT);
            return None;
        }
        Some(Waiting(Arc::new(Counted { bytes: bytes.into(), waiting: self.waiting.clone() })))
    }

    /// What the tracker answered since.
    pub(crate) fn replies(&self) -> Vec<(u64, Reply)> {
        self.replies.take()
    }
}
