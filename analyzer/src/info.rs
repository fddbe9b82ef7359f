//! Info: what a capture holds, what is missing from it and why, without replaying it.

use std::collections::BTreeMap;

use anyhow::Result;
use formats::capture::{Capture, Segment};
use formats::event::FIRST_RECORDER_EVENT;
use formats::events::structure::LOSS;
use formats::reason::StopReason;
use formats::schema::Schema;

use crate::definitions::scan;
use crate::loss::Loss;
use crate::manifest::Manifest;
use crate::origin::Origin;
use crate::replay::{Damage, MATERIAL};
use crate::scan::boot_range;
use crate::statements::{Statements, Stop};
use crate::{json, text};

/// One segment as its header and index tell it.
#[derive(Clone, Debug, Default)]
pub struct SegmentInfo {
    /// Its number.
    pub number: u64,
    /// Its file's length, in bytes.
    pub bytes: u64,
    /// Its start, UTC nanoseconds.
    pub start_ns: i64,
    /// Its end, UTC nanoseconds: the last frame's time when it was not closed.
    pub end_ns: i64,
    /// Frames in it.
    pub frames: u64,
    /// Whether it was closed.
    pub closed: bool,
}

/// Frames lost of one kind, in one lane, for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LossTotal {
    /// Name of the lane.
    pub lane: String,
    /// Why.
    pub reason: String,
    /// Name of the kind; `None` when it is not known.
    pub event: Option<String>,
    /// How many.
    pub count: u64,
}

/// What is known of a capture. Text is escaped.
#[derive(Clone, Debug, Default)]
pub struct Info {
    /// The capture's id, hexadecimal.
    pub capture_id: String,
    /// The host's id, hexadecimal.
    pub host_id: String,
    /// The boot's id, hexadecimal.
    pub boot_id: String,
    /// The host's name.
    pub host: Option<String>,
    /// The kernel's release.
    pub kernel: Option<String>,
    /// The recorded command; `None` when the whole host was recorded, or it is not known.
    pub command: Option<String>,
    /// The segments that are there and can be opened.
    pub segments: Vec<SegmentInfo>,
    /// Start of what is there, UTC nanoseconds.
    pub start_ns: i64,
    /// End of what is there, UTC nanoseconds.
    pub end_ns: i64,
    /// Frames per kind of event, most first. The log's own frames are not counted.
    pub events: Vec<(String, u64)>,
    /// What was lost.
    pub losses: Vec<LossTotal>,
    /// Hooks that the recorder wanted and did not get, a line each.
    pub missing_hooks: Vec<String>,
    /// How recording ended; `None` when the capture does not say.
    pub stop: Option<Stop>,
    /// What could not be read.
    pub damage: Vec<Damage>,
    /// Why the capture is not all there was, a line each; empty when it is.
    pub problems: Vec<String>,
    /// What the recorder said of itself: always JSON; what it is not is a string of what was said.
    pub recorder: Option<String>,
}

impl Info {
    /// Reads the segments' indexes, and the blocks with losses and with what the recorder says of itself.
    ///
    /// # Errors
    /// No segment can be opened, or the system refused to read.
    pub fn gather(capture: &Capture) -> Result<Info> {
        let origin = Origin::gather(capture)?;
        let mut info = Info {
            capture_id: origin.capture_id.clone(),
            host_id: origin.host_id.clone(),
            boot_id: origin.boot_id.clone(),
            ..Info::default()
        };
        let mut counts = BTreeMap::new();
        let mut losses = BTreeMap::new();
        let mut statements = Statements::default();
        let outside = capture.damage().iter().map(|damage| Damage::of(0, damage));
        info.damage.extend(outside);
        for source in capture.segments() {
            match Segment::open(source) {
                Ok(segment) => {
                    info.add(&segment, &origin, &mut counts);
                    add_statements(&segment, &mut statements, &mut losses)?;
                }
                Err(error) => info.damage.push(Damage::whole(source, error)?),
            }
        }
        info.start_ns = info.segments.iter().map(|segment| segment.start_ns).min().unwrap_or_default();
        info.end_ns = info.segments.iter().map(|segment| segment.end_ns).max().unwrap_or_default();
        info.events = counts.into_iter().collect();
        info.events.sort_by(|(name, count), (other, others)| others.cmp(count).then_with(|| name.cmp(other)));
        info.losses =
            losses.into_iter().map(|((lane, reason, event), count)| LossTotal { lane, reason, event, count }).collect();
        info.stop = statements.stop;
        let manifest = Manifest::parse(statements.info.as_deref());
        (info.host, info.kernel, info.command) = (manifest.host(), manifest.kernel(), manifest.command());
        info.missing_hooks = manifest.missing_hooks();
        info.recorder = statements.info.map(|json| valid_json(&json));
        info.problems = info.find_problems();
        if manifest.has_plan() && manifest.plan().is_none() {
            info.problems
                .push("its policies are not understood by this version: rows are not told apart by them".to_owned());
        }
        Ok(info)
    }

    fn add(&mut self, segment: &Segment, origin: &Origin, counts: &mut BTreeMap<String, u64>) {
        let header = segment.header();
        let (start_boot_ns, end_boot_ns) = boot_range(segment);
        self.segments.push(SegmentInfo {
            number: header.number,
            bytes: segment.source().length,
            start_ns: origin.utc_ns(start_boot_ns),
            end_ns: origin.utc_ns(end_boot_ns),
            frames: segment.frame_blocks().map(|block| u64::from(block.header.frames)).sum(),
            closed: segment.is_complete(),
        });
        self.damage.extend(segment.damage().iter().map(|damage| Damage::of(header.number, damage)));
        for kind in segment.frame_blocks().flat_map(|block| &block.header.kinds) {
            if kind.event >= FIRST_RECORDER_EVENT && !MATERIAL.contains(&kind.event) {
                let name = event_name(segment.schema(), kind.event);
                *counts.entry(name).or_default() += u64::from(kind.count);
            }
        }
    }

    fn find_problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut next = 1;
        for segment in &self.segments {
            if segment.number > next {
                problems.push(missing_segments(next, segment.number - 1));
            }
            next = segment.number.saturating_add(1);
        }
        match &self.stop {
            None => problems.push("the recording's end is not there".to_owned()),
            Some(_) if !self.segments.last().is_some_and(|last| last.closed) => {
                problems.push("the last segment was not closed".to_owned());
            }
            Some(_) => {}
        }
        if !self.damage.is_empty() {
            problems.push(format!("{} damaged", places(self.damage.len())));
        }
        if self.lost() > 0 {
            problems.push(format!("{} events lost", self.lost()));
        }
        if !self.missing_hooks.is_empty() {
            problems.push(format!("{} hooks missing", self.missing_hooks.len()));
        }
        problems
    }

    /// Rows of events.
    pub fn rows(&self) -> u64 {
        self.events.iter().map(|(_, count)| count).sum()
    }

    /// Frames lost.
    pub fn lost(&self) -> u64 {
        self.losses.iter().fold(0, |sum, loss| sum.saturating_add(loss.count))
    }

    /// Whether everything is there that was to be recorded.
    pub fn is_complete(&self) -> bool {
        self.problems.is_empty()
    }

    /// Why recording ended, in words.
    pub fn stop_reason(&self) -> Option<String> {
        let reason = self.stop.as_ref()?.reason;
        Some(StopReason::from_number(reason).map_or_else(|| reason.to_string(), |reason| reason.words().to_owned()))
    }

    /// Wait status of the command; `None` when there was none, it still ran, or the capture does not say.
    pub fn exit_status(&self) -> Option<i32> {
        self.stop.as_ref().map(|stop| stop.exit_status).filter(|status| *status != -1)
    }
}

/// The JSON as it is, since escaping would change it; other bytes as a JSON string of them as columns show them.
fn valid_json(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if serde_json::from_str::<serde_json::Value>(text).is_ok() => text.to_owned(),
        _ => {
            let mut out = String::new();
            json::string(&mut out, &text::escape(bytes));
            out
        }
    }
}

fn places(count: usize) -> String {
    if count == 1 { "1 place is".to_owned() } else { format!("{count} places are") }
}

fn missing_segments(first: u64, last: u64) -> String {
    if first == last {
        format!("segment {first} is missing")
    } else {
        format!("segments {first} to {last} are missing")
    }
}

fn event_name(schema: &Schema, event: u16) -> String {
    let schema = schema.get(event).or_else(|| Schema::builtin().get(event));
    schema.map_or_else(|| format!("event_{event}"), |schema| schema.name.clone())
}

/// Totals of losses by lane, reason and kind.
type Losses = BTreeMap<(String, String, Option<String>), u64>;

fn add_statements(segment: &Segment, statements: &mut Statements, losses: &mut Losses) -> Result<()> {
    let wanted = |event| event == LOSS.id || Statements::KINDS.contains(&event);
    scan(segment, wanted, |schema, frame| {
        let Some(kind) = schema.get(frame.header.event) else { return };
        if kind.id != LOSS.id {
            statements.add(kind, frame);
            return;
        }
        let Some(loss) = Loss::decode(kind, frame.payload) else { return };
        for (event, count) in &loss.kinds {
            let event = (*event != 0).then(|| event_name(schema, *event));
            let total = losses.entry((loss.lane_name(), loss.reason_words(), event)).or_default();
            *total = total.saturating_add(*count);
        }
    })
}

#[cfg(test)]
mod tests;
