//! Following: the rows of a capture that is being written, in the order of replay, as soon as it is certain.
//!
//! The recorder says from time to time up to when everything is in the file (a watermark). Up to there the streams are
//! merged as replay does it, with what is defined so far. A segment that was closed, or is not written to any more, is
//! replayed to its end. Rows are therefore those of [`crate::replay`] and in its order, but for what only the future
//! knows: who will accept a connection that just came in.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use formats::block::BlockDecoder;
use formats::capture::{BlockEntry, Capture, Growth, Segment, SegmentSource, is_being_written};
use formats::error::Error;
use formats::event::Lane;
use formats::events::recorder::TRACEE_INFO;
use formats::events::structure::MARKER;
use formats::frame::{Frame, Frames};
use formats::payload::Value;
use formats::reason::MarkerPurpose;
use formats::schema::Schema;
use formats::segment::{file_name, number_of};

use crate::definitions::{Definitions, Seen, decoder, defines, read};
use crate::loss::Loss;
use crate::merge::Merge;
use crate::origin::Origin;
use crate::packets::events::PacketEvents;
use crate::replay::{Damage, Options, Replayer, Wanted, damage};
use crate::row::{Batch, RECORDER_CPU, Row};

/// Blocks that are looked at before rows are given again.
const BLOCKS_AT_ONCE: usize = 256;
/// Rows are given so much later than they would be complete: another CPU may define a moment later what they refer to.
const SETTLE_NS: u64 = 10_000_000;

/// What a follower has to tell.
pub enum Told<'a> {
    /// The next row.
    Row(Row<'a>),
    /// Frames that are missing.
    Lost(&'a Loss),
}

/// Whether there is more to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// At once.
    More,
    /// Later: everything that is there was given.
    Waiting,
    /// Nothing.
    Ended(End),
}

/// Why nothing more comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The recording was stopped, and has said so.
    Stopped,
    /// Nobody writes to the capture any more, and it was not closed.
    Abandoned,
    /// The time that was asked for is over.
    Until,
}

/// A reader of a capture that may still be written.
pub struct Follower {
    directory: PathBuf,
    origin: Origin,
    options: Options,
    /// What is read out of packets.
    packets: Option<PacketEvents>,
    decoder: BlockDecoder,
    current: Option<Current>,
    /// Number of the last segment that is done with.
    done: u64,
    damaged: u64,
}

impl Follower {
    /// Begins to follow the capture in a directory; `None` when there is too little of it yet: try again.
    ///
    /// # Errors
    /// It is no directory of segments, or cannot be read.
    pub fn begin(directory: &Path) -> Result<Option<Follower>> {
        if directory.metadata().is_ok_and(|metadata| !metadata.is_dir()) {
            bail!("{}: only a directory of segments can be followed", directory.display());
        }
        let is_written = is_being_written(directory);
        let capture = match Capture::open(directory) {
            Err(Error::NotACapture { .. }) if is_written => return Ok(None),
            capture => capture?,
        };
        let decoder = BlockDecoder::new().map_err(|wrong| wrong.at(directory, 0))?;
        let Some(origin) = origin(&capture, is_written)? else { return Ok(None) };
        let options = Options::default();
        let packets = PacketEvents::of(&options, &origin);
        let directory = directory.to_owned();
        Ok(Some(Follower { directory, origin, options, packets, decoder, current: None, done: 0, damaged: 0 }))
    }

    /// What is the same for every row.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Says which rows are wanted; before the first step. `threads` has no meaning here.
    pub fn select(&mut self, options: Options) {
        self.packets = PacketEvents::of(&options, &self.origin);
        self.options = options;
    }

    /// Parts of the capture that could not be read so far.
    pub fn damaged(&self) -> u64 {
        self.damaged
    }

    /// Gives what is new to `each`.
    ///
    /// # Errors
    /// The capture cannot be read, or `each` failed.
    pub fn step(&mut self, each: &mut dyn FnMut(Told<'_>) -> Result<()>) -> Result<State> {
        // Asked first: what was written before the answer is found below.
        let is_written = is_being_written(&self.directory);
        let Some(current) = &mut self.current else { return self.open_next(is_written) };
        let has_next = self.directory.join(file_name(current.number() + 1)).exists();
        let growth = current.segment.grow(&mut self.decoder, BLOCKS_AT_ONCE)?;
        let is_over = match growth {
            Growth::More => false,
            Growth::Waiting => has_next || !is_written,
            Growth::Closed => true,
        };
        if is_over {
            current.reopen()?;
        }
        current.feed(&self.origin, &self.options, &mut self.decoder, each)?;
        let before_ns = current.watermark_ns.saturating_sub(SETTLE_NS);
        current.give(&self.origin, &mut self.packets, (!is_over).then_some(before_ns), each)?;
        if is_over {
            self.done = current.number();
            self.damaged += damage(&current.segment, &current.merge).len() as u64;
            let has_stopped = current.replayer.definitions.statements.stop.is_some();
            self.current = None;
            return Ok(if has_stopped { State::Ended(End::Stopped) } else { State::More });
        }
        if before_ns >= current.replayer.wanted.until_boot_ns() {
            return Ok(State::Ended(End::Until));
        }
        Ok(if growth == Growth::More { State::More } else { State::Waiting })
    }

    fn open_next(&mut self, is_written: bool) -> Result<State> {
        let capture = Capture::open(&self.directory)?;
        let next = capture.segments().iter().find(|source| number_of(&source.name).is_some_and(|n| n > self.done));
        let nothing = if is_written { State::Waiting } else { State::Ended(End::Abandoned) };
        let Some(source) = next else { return Ok(nothing) };
        match Segment::begin(source) {
            Ok(segment) => {
                let mut current = Current::new(segment, &self.options, &self.origin)?;
                // The recorder makes haste while somebody reads.
                current.lock = File::open(&source.path).ok().filter(|file| is_written && file.lock_shared().is_ok());
                self.current = Some(current);
            }
            // Its header is just being written.
            Err(Error::Torn { .. }) if is_written => return Ok(State::Waiting),
            Err(error) => {
                self.done = Damage::whole(source, error)?.segment;
                self.damaged += 1;
            }
        }
        Ok(State::More)
    }
}

/// The origin, once the recorder has said of itself what it depends on.
fn origin(capture: &Capture, is_written: bool) -> Result<Option<Origin>> {
    let Some(source) = capture.segments().first().filter(|_| is_written) else {
        return Origin::gather(capture).map(Some);
    };
    let mut segment = match Segment::begin(source) {
        Ok(segment) => segment,
        Err(Error::Torn { .. }) => return Ok(None),
        Err(_) => return Origin::gather(capture).map(Some),
    };
    let growth = segment.grow(&mut decoder(&segment)?, BLOCKS_AT_ONCE)?;
    let is_told = segment.frame_blocks().any(|block| has_kind(block, TRACEE_INFO.id));
    if is_told || growth != Growth::Waiting { Origin::of(&segment).map(Some) } else { Ok(None) }
}

fn has_kind(block: &BlockEntry, event: u16) -> bool {
    block.header.kinds.iter().any(|kind| kind.event == event)
}

/// The segment that is being followed.
struct Current {
    segment: Segment,
    replayer: Replayer,
    merge: Merge,
    seen: Seen,
    /// Blocks that have been looked at.
    fed: usize,
    /// Kinds that the schema had then.
    kinds: usize,
    losses_told: usize,
    /// Up to when everything is in the blocks that have been looked at.
    watermark_ns: u64,
    /// Tells the recorder that somebody reads.
    lock: Option<File>,
}

impl Current {
    fn new(segment: Segment, options: &Options, origin: &Origin) -> Result<Current> {
        Ok(Current {
            replayer: Replayer::new(Definitions::of(&segment), options, origin),
            merge: Merge::new(&segment)?,
            segment,
            seen: Seen::default(),
            fed: 0,
            kinds: 0,
            losses_told: 0,
            watermark_ns: 0,
            lock: None,
        })
    }

    fn number(&self) -> u64 {
        self.segment.header().number
    }

    /// Nothing more comes: what is left is found as in any other capture, around damage too.
    fn reopen(&mut self) -> Result<()> {
        let fed_to =
            self.fed.checked_sub(1).and_then(|last| self.segment.blocks().get(last)).map_or(0, BlockEntry::end);
        self.segment = Segment::open(&SegmentSource::file(self.segment.path())?)?;
        self.fed = self.segment.blocks().partition_point(|block| block.offset < fed_to);
        Ok(())
    }

    /// Learns what the new blocks define, and lines them up.
    fn feed(
        &mut self,
        origin: &Origin,
        options: &Options,
        decoder: &mut BlockDecoder,
        each: &mut dyn FnMut(Told<'_>) -> Result<()>,
    ) -> Result<()> {
        let segment = &self.segment;
        let new = segment.blocks().get(self.fed..).unwrap_or_default();
        if new.is_empty() {
            return Ok(());
        }
        let is_of_frames = |block: &&BlockEntry| block.header.kind == formats::block::BlockKind::Frames;
        let (seen, watermark_ns) = (&mut self.seen, &mut self.watermark_ns);
        let kinds = segment.schema().events().len();
        let knew_info = self.replayer.definitions.statements.info.is_some();
        let has_kinds = kinds != self.kinds;
        let learnt = self.replayer.learn(|definitions| {
            if has_kinds {
                definitions.know_schema(segment.schema());
            }
            let mut rows = Vec::new();
            for block in new.iter().filter(is_of_frames) {
                let is_ours = block.header.cpu == RECORDER_CPU && block.header.lane == Lane::Control as u8;
                let has_marker = is_ours && has_kind(block, MARKER.id);
                let is_needed = has_marker || block.header.kinds.iter().any(|kind| defines(kind.event));
                if !is_needed || !read(segment, block, decoder, &mut rows)? {
                    continue;
                }
                for frame in Frames::new(&rows).map_while(Result::ok) {
                    if defines(frame.header.event) {
                        definitions.add(&frame, seen);
                    } else if has_marker && is_watermark(segment.schema(), &frame) {
                        *watermark_ns = frame.header.boot_ns.max(*watermark_ns);
                    }
                }
            }
            definitions.name_programs();
            let has_info = !knew_info && definitions.statements.info.is_some();
            if has_info {
                // It tells the architecture, by which numbers are named.
                definitions.know_schema(segment.schema());
            }
            if has_info || has_kinds {
                definitions.declare(&origin.replayed);
            }
            Ok(std::mem::take(&mut seen.revised))
        });
        match learnt {
            Some(learnt) => learnt?,
            None => bail!("rows are still in use"),
        }
        if has_kinds {
            self.replayer.wanted = Wanted::of(options, &self.replayer.definitions, origin);
        }
        let wanted = &self.replayer.wanted;
        self.merge.add(new.iter().filter(is_of_frames).filter(|block| wanted.has_block(block)));
        (self.kinds, self.fed) = (kinds, segment.blocks().len());
        let losses = &self.replayer.definitions.losses;
        for loss in losses.iter().skip(self.losses_told).filter(|loss| wanted.is_in_time(loss.boot_ns.1)) {
            each(Told::Lost(loss))?;
        }
        self.losses_told = losses.len();
        Ok(())
    }

    /// Gives the rows from before a boot-time, or all.
    fn give(
        &mut self,
        origin: &Origin,
        packets: &mut Option<PacketEvents>,
        before_ns: Option<u64>,
        each: &mut dyn FnMut(Told<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut failed = None;
        let mut out = |batch: Batch| {
            let mut show = |batch: Batch| {
                for entry in &batch.entries {
                    each(Told::Row(batch.row(origin, entry)))?;
                }
                Ok(batch)
            };
            let shown = match packets {
                Some(packets) => packets.read(batch, origin, &mut show),
                None => show(batch).map(|_| ()),
            };
            failed = shown.err();
            failed.is_none()
        };
        let replayer = &mut self.replayer;
        self.merge.run(&self.segment, before_ns, |place, frame| Ok(replayer.take(place, frame, &mut out)))?;
        replayer.hand_on(&mut out);
        failed.map_or(Ok(()), Err)
    }
}

/// Whether a frame says that everything from before it is in the file.
fn is_watermark(schema: &Schema, frame: &Frame<'_>) -> bool {
    let purpose = || {
        let schema = schema.get(frame.header.event)?;
        schema.value(frame.payload, schema.index("purpose")?)
    };
    frame.header.event == MARKER.id
        && matches!(purpose(), Some(Value::U64(number)) if number == u64::from(MarkerPurpose::Watermark.number()))
}

#[cfg(test)]
mod tests;
