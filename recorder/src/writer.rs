//! The writing thread: regroups, compresses and writes blocks, off the thread that drains the rings.
//!
//! It is given work over a bounded queue. A long queue makes it use faster codecs; a full one makes the drain wait, and
//! then the kernel side counts what does not fit. A disk that refuses makes it count what it could not write.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result};
use formats::block::{BlockEncoder, Effort, RawBlock};
use formats::capture::{Segment, SegmentSource};
use formats::event::Lane;
use formats::events::structure::{LOSS, MARKER};
use formats::frame::{FrameHeader, Frames};
use formats::payload::PayloadBuilder;
use formats::reason::{LossReason, MarkerPurpose};
use formats::schema::Schema;
use formats::segment::{SegmentHeader, SegmentWriter};

use crate::clock;

/// Rows of a full block, bytes.
pub(crate) const BLOCK_BYTES: usize = 2 << 20;
/// Rows that may wait, bytes. Blocks are often small, when a live view is not to wait for them: their number says little.
const QUEUE_BYTES: usize = 8 * BLOCK_BYTES;
/// Pieces of work that may wait, whatever their size.
const QUEUE: usize = 1024;
/// Emptied buffers that are kept.
const BUFFERS: usize = 4;
/// Room on the disk that is kept for the last blocks of a capture whose disk is full.
const RESERVE_BYTES: usize = 512 * 1024;
const RESERVE_NAME: &str = "reserve.tmp";

/// Stands for bytes that wait in vain.
const ENDED: usize = usize::MAX;

/// What the writer is told.
enum Work {
    Open(Box<SegmentHeader>),
    Block(RawBlock),
    Close {
        end_boot_ns: u64,
    },
    /// The last blocks: room for them was kept.
    Last(RawBlock),
    /// Says that everything before it is done.
    Answer(SyncSender<()>),
}

impl Work {
    /// Bytes of rows in it.
    fn bytes(&self) -> usize {
        match self {
            Work::Block(block) | Work::Last(block) => block.rows.len(),
            Work::Open(_) | Work::Close { .. } | Work::Answer(_) => 0,
        }
    }
}

/// What it has come to, for all to see.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Bytes of the segment that is open.
    pub(crate) segment_bytes: AtomicU64,
    /// Bytes of closed segments.
    pub(crate) closed_bytes: AtomicU64,
    /// Segments opened.
    pub(crate) segments: AtomicU64,
    /// Bytes of rows that wait; [`ENDED`] when nobody takes them any more.
    queued: Mutex<usize>,
    /// Told when fewer do.
    room: Condvar,
    has_failed: AtomicBool,
    failure: Mutex<Option<String>>,
    unwritten: Mutex<BTreeMap<(u8, u32), Unwritten>>,
}

/// Frames of a lane and CPU that the disk did not take.
#[derive(Clone, Debug, Default)]
struct Unwritten {
    first_sequence: u64,
    last_sequence: u64,
    first_boot_ns: u64,
    last_boot_ns: u64,
    counts: BTreeMap<u16, u32>,
}

impl Progress {
    /// Why nothing is written any more, if so.
    pub(crate) fn failure(&self) -> Option<String> {
        if !self.has_failed.load(Ordering::Acquire) {
            return None;
        }
        self.failure.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    /// Bytes of rows that wait.
    pub(crate) fn queued(&self) -> usize {
        *self.queued.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Waits until there is room, and takes it.
    fn queue(&self, bytes: usize) {
        let mut queued = self.queued.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        while *queued >= QUEUE_BYTES && *queued != ENDED {
            queued = self.room.wait(queued).unwrap_or_else(|poisoned| poisoned.into_inner());
        }
        *queued = queued.saturating_add(bytes);
    }

    /// Gives room back; how much is still taken.
    fn unqueue(&self, bytes: usize) -> usize {
        let mut queued = self.queued.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        *queued = queued.saturating_sub(bytes);
        self.room.notify_all();
        *queued
    }

    /// Nobody takes anything any more: nobody is to wait for that.
    fn end(&self) {
        *self.queued.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = ENDED;
        self.room.notify_all();
    }

    fn fail(&self, why: String) {
        self.failure.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).get_or_insert(why);
        self.has_failed.store(true, Ordering::Release);
    }

    /// Loss frames, without sequence numbers, of what was not written, and how many frames that is without our own.
    pub(crate) fn unwritten(&self) -> (Vec<u8>, u64) {
        let unwritten = self.unwritten.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut rows = Vec::new();
        let mut total = 0;
        for (&(lane, cpu), missing) in unwritten.iter() {
            let count: u64 = missing.counts.values().map(|&count| u64::from(count)).sum();
            if cpu != u32::MAX {
                total += count;
            }
            let counts: Vec<u8> = missing
                .counts
                .iter()
                .flat_map(|(event, count)| [&event.to_le_bytes()[..], &[0, 0], &count.to_le_bytes()].concat())
                .collect();
            let payload = PayloadBuilder::new(&LOSS)
                .u64("first_sequence", missing.first_sequence)
                .u64("last_sequence", missing.last_sequence)
                .u64("first_boot_ns", missing.first_boot_ns)
                .u64("last_boot_ns", missing.last_boot_ns)
                .u64("count", count)
                .u64("cpu", cpu.into())
                .u64("lane", lane.into())
                .u64("reason", LossReason::Disk as u64)
                .bytes("counts", &counts)
                .finish()
                .unwrap_or_default();
            let header = FrameHeader { boot_ns: clock::boot_ns(), event: LOSS.id, ..Default::default() };
            let _ = header.append(&payload, &mut rows);
        }
        (rows, total)
    }

    fn count_unwritten(&self, block: &RawBlock) {
        let mut unwritten = self.unwritten.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let missing = unwritten.entry((block.lane as u8, block.cpu)).or_default();
        let mut sequence = block.first_sequence;
        for frame in Frames::new(&block.rows).map_while(Result::ok) {
            let header = frame.header;
            let step = header.sequence.wrapping_sub(sequence as u32) as i32;
            sequence = sequence.wrapping_add_signed(step.into());
            if missing.counts.is_empty() {
                missing.first_sequence = sequence;
                missing.first_boot_ns = header.boot_ns;
            }
            missing.first_sequence = missing.first_sequence.min(sequence);
            missing.last_sequence = missing.last_sequence.max(sequence);
            missing.last_boot_ns = missing.last_boot_ns.max(header.boot_ns);
            *missing.counts.entry(header.event).or_default() += 1;
        }
    }
}

/// The sender's side of the writer. Clones may be used from other threads.
#[derive(Clone)]
pub(crate) struct Writer {
    work: SyncSender<Work>,
    progress: Arc<Progress>,
    /// Emptied row buffers to use again.
    buffers: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Writer {
    /// Makes the capture's directory and starts the thread, which ends when the last sender is dropped. Segments declare
    /// their events as `schema` has them.
    pub(crate) fn start(directory: &Path, schema: &'static Schema) -> Result<(Writer, JoinHandle<()>)> {
        fs::create_dir(directory).with_context(|| format!("cannot make {}", directory.display()))?;
        // Whoever reads meanwhile sees by it that more is to come. There are file systems without locks.
        let lock = File::open(directory).ok().filter(|directory| directory.try_lock().is_ok());
        let reserve = Reserve::take(directory);
        let (work, queue) = sync_channel(QUEUE);
        let progress = Arc::new(Progress::default());
        let buffers = Arc::new(Mutex::new(Vec::new()));
        let thread = Thread {
            directory: directory.to_owned(),
            schema,
            progress: progress.clone(),
            buffers: buffers.clone(),
            reserve: Some(reserve),
            open: None,
            previous_root: [0; 32],
            pending: None,
            _lock: lock,
        };
        let handle = thread::Builder::new()
            .name("tracee-writer".to_owned())
            .spawn(move || thread.run(&queue))
            .context("cannot start a thread")?;
        Ok((Writer { work, progress, buffers }, handle))
    }

    /// How it is getting on.
    pub(crate) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Begins a segment; its previous root is filled in by the writer.
    pub(crate) fn open(&self, header: SegmentHeader) {
        self.send(Work::Open(Box::new(header)));
    }

    /// Adds a block to the segment that is open. Waits when the queue is full.
    pub(crate) fn block(&self, block: RawBlock) {
        self.send(Work::Block(block));
    }

    /// Adds one of the last blocks, for which there is room even when the disk is full.
    pub(crate) fn last(&self, block: RawBlock) {
        self.send(Work::Last(block));
    }

    /// Closes the segment that is open.
    pub(crate) fn close(&self, end_boot_ns: u64) {
        self.send(Work::Close { end_boot_ns });
    }

    /// Waits until everything so far is written or counted as not written.
    pub(crate) fn wait(&self) {
        let (answer, answered) = sync_channel(1);
        self.send(Work::Answer(answer));
        let _ = answered.recv();
    }

    /// An empty buffer for rows, perhaps one that was used before.
    pub(crate) fn buffer(&self) -> Vec<u8> {
        self.buffers.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).pop().unwrap_or_default()
    }

    fn send(&self, work: Work) {
        self.progress.queue(work.bytes());
        if self.work.send(work).is_err() {
            self.progress.fail("the writing thread has ended".to_owned());
        }
    }
}

/// A file that holds room on the disk for a capture's last words.
struct Reserve(PathBuf);

impl Reserve {
    fn take(directory: &Path) -> Reserve {
        let path = directory.join(RESERVE_NAME);
        // A small disk is not to be filled by this alone. Without it the last words may not fit; that is no reason not
        // to record.
        let bytes = free_bytes(directory).map_or(RESERVE_BYTES, |free| RESERVE_BYTES.min((free / 8) as usize));
        let _ = File::create_new(&path).and_then(|mut file| file.write_all(&vec![0; bytes]));
        Reserve(path)
    }
}

/// What the file system that a directory is on has left for us.
fn free_bytes(directory: &Path) -> Option<u64> {
    use std::os::unix::ffi::OsStrExt;
    let path = std::ffi::CString::new(directory.as_os_str().as_bytes()).ok()?;
    // SAFETY: a NUL-terminated path and a structure of ours, which is plain numbers.
    unsafe {
        let mut status: libc::statvfs = std::mem::zeroed();
        (libc::statvfs(path.as_ptr(), &mut status) == 0).then(|| status.f_bavail.saturating_mul(status.f_frsize))
    }
}

impl Drop for Reserve {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

struct Thread {
    directory: PathBuf,
    schema: &'static Schema,
    progress: Arc<Progress>,
    buffers: Arc<Mutex<Vec<Vec<u8>>>>,
    reserve: Option<Reserve>,
    open: Option<SegmentWriter>,
    previous_root: [u8; 32],
    /// A segment that there was no room to begin.
    pending: Option<SegmentHeader>,
    /// Held until the last byte is written.
    _lock: Option<File>,
}

impl Thread {
    fn run(mut self, queue: &Receiver<Work>) {
        let mut encoder = match BlockEncoder::with_schema(self.schema) {
            Ok(encoder) => encoder,
            Err(error) => return self.progress.fail(error.to_string()),
        };
        while let Ok(work) = queue.recv() {
            let waiting = self.progress.unqueue(work.bytes());
            match work {
                Work::Open(header) => self.begin(*header),
                Work::Close { end_boot_ns } => self.finish(end_boot_ns),
                Work::Answer(answer) => drop(answer.send(())),
                Work::Block(block) => self.write(&mut encoder, block, effort(waiting)),
                Work::Last(block) => {
                    self.reserve = None;
                    self.progress.has_failed.store(false, Ordering::Release);
                    if let Some(header) = self.pending.take() {
                        self.begin(header);
                    }
                    self.write(&mut encoder, block, Effort::Columns(3));
                    if self.progress.failure.lock().is_ok_and(|failure| failure.is_some()) {
                        self.progress.has_failed.store(true, Ordering::Release);
                    }
                }
            }
        }
    }

    fn begin(&mut self, mut header: SegmentHeader) {
        if self.progress.has_failed.load(Ordering::Relaxed) {
            self.pending = Some(header);
            return;
        }
        header.previous_root = self.previous_root;
        match SegmentWriter::create(&self.directory, header.clone(), self.schema) {
            Ok(segment) => {
                self.open = Some(segment);
                self.progress.segments.fetch_add(1, Ordering::Relaxed);
                self.note_size();
            }
            Err(formats::error::Error::Exists { path }) => {
                self.progress.fail(format!("{}: exists already", path.display()));
            }
            Err(error) => {
                // Made by us just now, and without a whole header no segment.
                let _ = fs::remove_file(self.directory.join(formats::segment::file_name(header.number)));
                self.pending = Some(header);
                self.progress.fail(error.to_string());
            }
        }
    }

    fn write(&mut self, encoder: &mut BlockEncoder<'_>, mut block: RawBlock, effort: Effort) {
        let written = if self.progress.has_failed.load(Ordering::Relaxed) {
            false
        } else {
            let result =
                encoder.encode(&block, effort).map_err(|error| error.to_string()).and_then(|encoded| {
                    match self.open.as_mut() {
                        Some(segment) => segment.append(&encoded).map_err(|error| error.to_string()),
                        None => Err("no segment is open".to_owned()),
                    }
                });
            result.map_err(|error| self.progress.fail(error)).is_ok()
        };
        if !written {
            self.progress.count_unwritten(&block);
        }
        self.note_size();
        block.rows.clear();
        let mut buffers = self.buffers.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if buffers.len() < BUFFERS {
            buffers.push(block.rows);
        }
    }

    fn finish(&mut self, end_boot_ns: u64) {
        let Some(segment) = self.open.take() else { return };
        let path = segment.path().to_owned();
        match segment.finish(end_boot_ns) {
            Ok(finished) => {
                self.previous_root = finished.root;
                self.progress.closed_bytes.fetch_add(finished.bytes, Ordering::Relaxed);
            }
            Err(error) => {
                // Its blocks stand; the next segment is chained to them all the same.
                let root =
                    SegmentSource::file(&path).and_then(|source| Segment::open(&source)).map(|found| found.root());
                self.previous_root = root.unwrap_or(self.previous_root);
                self.progress.fail(error.to_string());
            }
        }
        self.progress.segment_bytes.store(0, Ordering::Relaxed);
    }

    fn note_size(&self) {
        let bytes = self.open.as_ref().map_or(0, SegmentWriter::bytes);
        self.progress.segment_bytes.store(bytes, Ordering::Relaxed);
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.progress.end();
    }
}

/// The more bytes wait, the less trouble is taken.
fn effort(waiting: usize) -> Effort {
    match waiting / BLOCK_BYTES {
        // Level 3 takes a third more time and saves a twentieth of the bytes.
        0..=5 => Effort::Columns(1),
        6 => Effort::Rows(1),
        _ => Effort::Stored,
    }
}

/// Sequence numbers for frames that the recorder makes itself; CPU `u32::MAX`.
#[derive(Clone, Default)]
pub(crate) struct OwnFrames {
    numbers: Arc<Mutex<OwnNumbers>>,
}

#[derive(Default)]
struct OwnNumbers {
    /// The last of each lane.
    last: [u64; 4],
    /// Whether any was given since the last watermark.
    has_news: bool,
}

impl OwnNumbers {
    fn block(&mut self, lane: Lane, keyframe: bool, mut rows: Vec<u8>) -> Option<RawBlock> {
        self.has_news |= !rows.is_empty();
        let last = &mut self.last[lane as usize];
        let first_sequence = *last + 1;
        let mut at = 0;
        while let Some(header) = rows.get(at..).and_then(|rest| rest.first_chunk()).map(FrameHeader::decode) {
            *last += 1;
            rows[at + 20..at + 24].copy_from_slice(&(*last as u32).to_le_bytes());
            at += formats::frame::FRAME_HEADER_LEN + header.length as usize;
        }
        (*last >= first_sequence).then_some(RawBlock { lane, cpu: u32::MAX, keyframe, first_sequence, rows })
    }
}

impl OwnFrames {
    /// Rows of our own as a block: numbers them.
    pub(crate) fn block(&self, lane: Lane, keyframe: bool, rows: Vec<u8>) -> Option<RawBlock> {
        self.numbers().block(lane, keyframe, rows)
    }

    /// Hands rows of our own to the writer. In the order of their numbers, whichever thread they come from: a watermark
    /// says that everything before it is there.
    pub(crate) fn put(&self, writer: &Writer, lane: Lane, keyframe: bool, rows: Vec<u8>) {
        let mut numbers = self.numbers();
        if let Some(block) = numbers.block(lane, keyframe, rows) {
            writer.block(block);
        }
    }

    /// Says that everything from before `boot_ns`, of every lane and CPU, is in the file before this.
    pub(crate) fn put_watermark(&self, writer: &Writer, boot_ns: u64, serial: u64) {
        let mut numbers = self.numbers();
        let payload = PayloadBuilder::new(&MARKER)
            .u64("serial", serial)
            .u64("sequence", numbers.last[Lane::Control as usize] + 1)
            .u64("purpose", MarkerPurpose::Watermark.number().into())
            .u64("lane", Lane::Control as u64)
            .finish();
        let mut rows = Vec::new();
        // A few numbers of a kind of ours always fit.
        let _ = FrameHeader { boot_ns, event: MARKER.id, ..Default::default() }
            .append(&payload.unwrap_or_default(), &mut rows);
        if let Some(block) = numbers.block(Lane::Control, false, rows) {
            writer.block(block);
        }
        numbers.has_news = false;
    }

    /// Whether anything was made since the last watermark.
    pub(crate) fn has_news(&self) -> bool {
        self.numbers().has_news
    }

    fn numbers(&self) -> std::sync::MutexGuard<'_, OwnNumbers> {
        self.numbers.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
