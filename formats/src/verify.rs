//! Whether a capture is whole: every hash, the chain of segments, every sequence number, and that it was closed.

mod sequences;

use std::path::{Path, PathBuf};

use crate::block::{BlockDecoder, BlockHeader, BlockKind, KindCount};
use crate::capture::{BlockEntry, Capture, Damage, Segment};
use crate::error::Error;
use crate::events::recorder::RECORDING_STOPPED;
use crate::events::structure::LOSS;
use crate::frame::{Frame, Frames};
use crate::pack;
use crate::payload::Value;
use crate::schema::Schema;
use crate::segment::{SegmentHeader, number_of};

use sequences::{Loss, Sequences};

/// Something that does not hold, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: PathBuf,
    /// Where in the file, in bytes.
    pub offset: u64,
    /// What does not hold; names the block by its ordinal where it is one.
    pub what: String,
}

/// What a capture holds, of what could be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Segments opened.
    pub segments: u64,
    /// Of those, segments with a whole footer.
    pub closed_segments: u64,
    /// Blocks but footers.
    pub blocks: u64,
    /// Of those, blocks that cannot be read.
    pub damaged_blocks: u64,
    /// Of those, blocks of kinds that this build does not know.
    pub skipped_blocks: u64,
    /// Frames.
    pub frames: u64,
    /// Frames that loss frames account for.
    pub lost_frames: u64,
    /// Bytes of the segments.
    pub bytes: u64,
    /// Bytes that the frames take as rows.
    pub raw_bytes: u64,
}

/// What verification found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Nothing is wrong.
    pub ok: bool,
    /// Whether the capture was closed: `recording_stopped` is there.
    pub closed: bool,
    /// What is wrong, in the order of the files.
    pub problems: Vec<Problem>,
    /// What there is.
    pub totals: Totals,
}

/// Reads all of the capture and says what does not hold.
pub fn verify(capture: &Capture) -> Report {
    let mut check = Check::default();
    for damage in capture.damage() {
        check.damage(damage);
    }
    let is_packed = capture.segments().iter().any(|source| source.path == capture.path() && source.offset > 0);
    if is_packed && capture.damage().is_empty() {
        match pack::check(capture.path()) {
            Ok(found) => found.iter().for_each(|damage| check.damage(damage)),
            Err(error) => check.error(capture.path(), &error),
        }
    }
    let mut before: Option<Link> = None;
    for source in capture.segments() {
        check.totals.bytes = check.totals.bytes.saturating_add(source.length);
        match Segment::open(source) {
            Ok(segment) => before = Some(check.segment(&segment, before)),
            Err(error) => {
                check.error(&source.path, &error);
                // What follows is numbered as if this one were there; its root is not known.
                let number = number_of(&source.name).unwrap_or(0);
                before = Some(Link { number, capture_id: before.and_then(|link| link.capture_id), root: None });
            }
        }
    }
    check.finish(capture)
}

/// What the next segment must follow.
#[derive(Clone, Copy)]
struct Link {
    number: u64,
    capture_id: Option<[u8; 16]>,
    root: Option<[u8; 32]>,
}

#[derive(Default)]
struct Check {
    problems: Vec<Problem>,
    totals: Totals,
    sequences: Sequences,
    starts_at_first: bool,
    closed: bool,
}

impl Check {
    fn problem(&mut self, file: &Path, offset: u64, what: impl Into<String>) {
        self.problems.push(Problem { file: file.to_path_buf(), offset, what: what.into() });
    }

    fn damage(&mut self, damage: &Damage) {
        self.problem(&damage.file, damage.offset, damage.what.clone());
    }

    fn error(&mut self, file: &Path, error: &Error) {
        match error {
            Error::Corrupt { path, offset, what } => self.problem(path, *offset, what.clone()),
            Error::Torn { path, offset } => self.problem(path, *offset, "the file ends here"),
            Error::NotACapture { path, why } => self.problem(path, 0, format!("not a segment: {why}")),
            _ => self.problem(file, 0, error.to_string()),
        }
    }

    fn segment(&mut self, segment: &Segment, before: Option<Link>) -> Link {
        self.totals.segments = self.totals.segments.saturating_add(1);
        if segment.is_complete() {
            self.totals.closed_segments = self.totals.closed_segments.saturating_add(1);
        }
        self.chain(segment, before);
        for damage in segment.damage() {
            self.damage(damage);
        }
        let Ok(mut decoder) = BlockDecoder::new() else {
            self.problem(segment.path(), segment.file_offset(0), "no memory to decode blocks");
            return link(segment);
        };
        let mut rows = Vec::new();
        for block in segment.blocks() {
            self.totals.blocks = self.totals.blocks.saturating_add(1);
            self.block(segment, block, &mut decoder, &mut rows);
        }
        link(segment)
    }

    /// Name, number, capture and root against the segment before.
    fn chain(&mut self, segment: &Segment, before: Option<Link>) {
        let header: &SegmentHeader = segment.header();
        let at = segment.file_offset(0);
        let path = segment.path();
        if number_of(&segment.source().name).is_some_and(|number| number != header.number) {
            self.problem(path, at, format!("{} holds segment {}", segment.source().name, header.number));
        }
        let last = before.map_or(0, |link| link.number);
        if header.number == last.saturating_add(1) {
            let expected = before.map_or(Some([0; 32]), |link| link.root);
            if expected.is_some_and(|root| root != header.previous_root) {
                self.problem(
                    path,
                    at,
                    format!("segment {} does not follow the one before it: its root differs", header.number),
                );
            }
        } else if header.number > last {
            let first = last.saturating_add(1);
            self.problem(path, at, format!("segments {first} to {} are missing", header.number.saturating_sub(1)));
        } else {
            self.problem(path, at, format!("segment {} comes after segment {last}", header.number));
        }
        self.starts_at_first |= header.number == 1;
        if before.and_then(|link| link.capture_id).is_some_and(|capture_id| capture_id != header.capture_id) {
            self.problem(path, at, format!("segment {} is of another capture", header.number));
        }
    }

    fn block(&mut self, segment: &Segment, block: &BlockEntry, decoder: &mut BlockDecoder, rows: &mut Vec<u8>) {
        let at = segment.file_offset(block.offset);
        let ordinal = block.header.ordinal;
        let read = match block.header.kind {
            BlockKind::Frames => segment.rows(block, decoder, rows).map(|()| true),
            BlockKind::Schema | BlockKind::Footer => segment.read(block).map(|_| false),
            BlockKind::Other(_) => {
                self.totals.skipped_blocks = self.totals.skipped_blocks.saturating_add(1);
                segment.read(block).map(|_| false)
            }
        };
        match read {
            Ok(true) => {
                self.totals.raw_bytes = self.totals.raw_bytes.saturating_add(rows.len() as u64);
                if let Err(what) = self.frames(segment, block, rows) {
                    self.problem(segment.path(), at, format!("block {ordinal}: {what}"));
                }
            }
            Ok(false) => {}
            Err(error) => {
                self.totals.damaged_blocks = self.totals.damaged_blocks.saturating_add(1);
                let what = match error {
                    Error::Corrupt { what, .. } => what,
                    Error::Torn { .. } => "the file ends within it".to_owned(),
                    other => other.to_string(),
                };
                self.problem(segment.path(), at, format!("block {ordinal}: {what}"));
            }
        }
    }

    /// Counts a block's frames and compares them with its header.
    fn frames(&mut self, segment: &Segment, block: &BlockEntry, rows: &[u8]) -> Result<(), &'static str> {
        let header: &BlockHeader = &block.header;
        let schema = segment.schema();
        let mut run = self.sequences.run(header.lane, header.cpu, segment.path(), segment.file_offset(block.offset));
        let mut counts = vec![0u32; header.kinds.len()];
        let (mut frames, mut earliest, mut latest) = (0u32, u64::MAX, 0);
        let mut last_sequence = header.first_sequence;
        let mut losses = Vec::new();
        for frame in Frames::new(rows) {
            let frame = frame.map_err(|wrong| wrong.0)?;
            let distance = frame.header.sequence.wrapping_sub(last_sequence as u32) as i32;
            last_sequence = last_sequence.saturating_add_signed(distance.into());
            run.add(last_sequence);
            frames = frames.saturating_add(1);
            earliest = earliest.min(frame.header.boot_ns);
            latest = latest.max(frame.header.boot_ns);
            let kind = header.kinds.binary_search_by_key(&frame.header.event, |kind: &KindCount| kind.event);
            match kind.ok().and_then(|kind| counts.get_mut(kind)) {
                Some(count) => *count = count.saturating_add(1),
                None => return Err("holds kinds that its header does not list"),
            }
            if frame.header.event == LOSS.id {
                losses.extend(loss(schema, &frame));
            }
            self.closed |= frame.header.event == RECORDING_STOPPED.id;
        }
        run.finish();
        for loss in losses {
            self.totals.lost_frames = self.totals.lost_frames.saturating_add(loss.count);
            self.sequences.lost(loss);
        }
        self.totals.frames = self.totals.frames.saturating_add(frames.into());
        let listed = header.kinds.iter().map(|kind| kind.count);
        if frames != header.frames || !listed.eq(counts) {
            return Err("holds other counts of frames than its header says");
        }
        if frames > 0 && (earliest, latest) != (header.min_boot_ns, header.max_boot_ns) {
            return Err("holds other times than its header says");
        }
        Ok(())
    }

    fn finish(mut self, capture: &Capture) -> Report {
        self.problems.extend(std::mem::take(&mut self.sequences).problems(self.starts_at_first));
        if !self.closed {
            let last = capture.segments().last();
            let (file, end) =
                last.map_or((capture.path(), 0), |last| (last.path.as_path(), last.offset.saturating_add(last.length)));
            self.problem(file, end, "the capture was not closed: there is no recording_stopped");
        }
        let Check { problems, totals, closed, .. } = self;
        Report { ok: problems.is_empty(), closed, problems, totals }
    }
}

fn link(segment: &Segment) -> Link {
    Link { number: segment.header().number, capture_id: Some(segment.header().capture_id), root: Some(segment.root()) }
}

/// What a loss frame says, by the capture's own schema or, should that be gone, by ours.
fn loss(schema: &Schema, frame: &Frame<'_>) -> Option<Loss> {
    let event = schema.get(LOSS.id).or_else(|| Schema::builtin().get(LOSS.id))?;
    let number = |name| match event.value(frame.payload, event.index(name)?) {
        Some(Value::U64(number)) => Some(number),
        _ => None,
    };
    Some(Loss {
        lane: u8::try_from(number("lane")?).ok()?,
        cpu: u32::try_from(number("cpu")?).ok()?,
        first: number("first_sequence")?,
        last: number("last_sequence")?,
        count: number("count")?,
    })
}
