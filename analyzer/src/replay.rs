//! Replay: from a capture to its rows, in one order, whatever the number of threads.
//!
//! Segments are replayed each on its own thread and handed on in their order, so that a reader sees one stream. What is
//! in memory is bounded: a few batches of rows per thread, and what each segment in work defines.

use std::collections::{BTreeMap, HashSet};
use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result, anyhow};
use formats::capture::{BlockEntry, Capture, Segment, SegmentSource};
use formats::error::Error;
use formats::event::{FIRST_HOOKED_EVENT, FIRST_RECORDER_EVENT};
use formats::events;
use formats::events::content::{ARTIFACT, ARTIFACT_CONTENT};
use formats::events::lifecycle::{SCHED_PROCESS_EXEC, SCHED_PROCESS_EXIT, SCHED_PROCESS_FORK, TASK_RENAME};
use formats::events::packets::NET_PACKET_RAW;
use formats::events::sockets::{NET_FLOW_TCP_BEGIN, NET_FLOW_TCP_END};
use formats::events::structure::{CONTEXT, KEYFRAME_PROCESS};
use formats::frame::{Frame, FrameHeader};
use formats::payload::Value;
use formats::schema::EventSchema;
use formats::segment::number_of;

use crate::context::Context;
use crate::definitions::{Definitions, NONE};
use crate::derive::{Derivation, Derived};
use crate::merge::Merge;
use crate::origin::Origin;
use crate::packets;
use crate::packets::events::PacketEvents;
use crate::processes::Processes;
use crate::row::{Batch, Entry, Row};
use crate::scan::may_have;
use crate::stream::Place;
use crate::threads::Threads;

/// Rows that are handed on together, at most.
const BATCH_ROWS: usize = 4096;
/// Bytes of payloads that are handed on together, about.
const BATCH_BYTES: usize = 1 << 20;
/// Batches of one segment that may wait for their reader.
const BATCHES_AHEAD: usize = 4;

/// Which rows are wanted, and how many threads may work on them.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Segments that are replayed at once; 0 for as many as there are processors.
    pub threads: usize,
    /// Names of the wanted events; `None` for all.
    pub events: Option<Vec<String>>,
    /// Rows from this time on, UTC nanoseconds.
    pub since_ns: Option<i64>,
    /// Rows before this time, UTC nanoseconds.
    pub until_ns: Option<i64>,
    /// Whose rows.
    pub whose: Whose,
}

/// Whose rows are wanted.
#[derive(Clone, Debug, Default)]
pub struct Whose {
    /// Those of these processes; `None` for all.
    pub process_keys: Option<HashSet<i64>>,
    /// Those of these containers; `None` for all.
    pub container_ids: Option<HashSet<String>>,
}

impl Whose {
    /// Whether a segment may have such rows.
    ///
    /// # Errors
    /// The system refused to read.
    pub(crate) fn may_have(&self, segment: &Segment) -> Result<bool> {
        self.process_keys.as_ref().map_or(Ok(true), |keys| may_have(segment, keys))
    }

    /// Whether rows of this context, which is in this container, are wanted.
    pub(crate) fn has(&self, context: Option<&Context>, container_id: Option<&str>) -> bool {
        let process_key = || context.and_then(|context| context.process_key);
        self.process_keys.as_ref().is_none_or(|keys| process_key().is_some_and(|key| keys.contains(&key)))
            && self.container_ids.as_ref().is_none_or(|ids| container_id.is_some_and(|id| ids.contains(id)))
    }
}

/// What a capture showed besides its rows.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Rows given.
    pub rows: u64,
    /// The processes, put together over all segments.
    pub processes: Processes,
    /// What could not be read.
    pub damage: Vec<Damage>,
}

/// A part of a capture that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Number of the segment.
    pub segment: u64,
    /// Where in its file, in bytes.
    pub offset: u64,
    /// How much, in bytes.
    pub length: u64,
    /// What is wrong.
    pub what: String,
}

impl Damage {
    /// What opening a segment showed.
    pub(crate) fn of(segment: u64, damage: &formats::capture::Damage) -> Damage {
        Damage { segment, offset: damage.offset, length: damage.length, what: damage.what.clone() }
    }

    /// A segment that cannot be opened at all; `Err` when that is no damage (the system's refusal, a newer version).
    pub(crate) fn whole(source: &SegmentSource, error: Error) -> Result<Damage> {
        match error {
            Error::Io { .. } | Error::Unsupported { .. } | Error::Exists { .. } => Err(error.into()),
            Error::NotACapture { .. } | Error::Corrupt { .. } | Error::Torn { .. } => Ok(Damage {
                segment: number_of(&source.name).unwrap_or_default(),
                offset: source.offset,
                length: source.length,
                what: format!("segment cannot be read: {error}"),
            }),
        }
    }
}

/// What a thread that replays a segment hands on.
pub(crate) enum Part {
    /// The segment begins; what its rows refer to.
    Begin(Arc<Definitions>),
    /// Its next rows.
    Rows(Batch),
    /// It is over; what it showed of processes and could not read.
    End(Processes, Vec<Damage>),
}

/// Gives every wanted row of the capture to `each`, in the order of replay.
///
/// # Errors
/// The capture cannot be read, or `each` failed.
pub fn replay(capture: &Capture, options: &Options, each: &mut dyn FnMut(&Row<'_>) -> Result<()>) -> Result<Summary> {
    let origin = Origin::gather(capture)?;
    parts(capture, options, &origin, &mut |part| {
        if let Part::Rows(batch) = part {
            for entry in &batch.entries {
                each(&batch.row(&origin, entry))?;
            }
        }
        Ok(())
    })
}

/// Names of every event that the capture or this build knows. Segments that cannot be opened add nothing.
pub fn event_names(capture: &Capture) -> Vec<String> {
    let mut names: BTreeMap<u16, String> = BTreeMap::new();
    for event in events::all() {
        names.insert(event.id, event.name.to_owned());
    }
    for source in capture.segments() {
        let Ok(segment) = Segment::open(source) else { continue };
        for event in segment.schema().events() {
            names.insert(event.id, event.name.clone());
        }
    }
    names.into_iter().filter(|(id, _)| *id >= FIRST_RECORDER_EVENT).map(|(_, name)| name).collect()
}

/// The capture's parts, segment by segment. Of `End`, the summary has everything: `each` need not keep it.
pub(crate) fn parts(
    capture: &Capture,
    options: &Options,
    origin: &Origin,
    each: &mut dyn FnMut(&Part) -> Result<()>,
) -> Result<Summary> {
    let segments = capture.segments();
    let threads = match options.threads {
        0 => std::thread::available_parallelism().map_or(1, |count| count.get()),
        threads => threads,
    };
    let (senders, receivers): (Vec<_>, Vec<_>) = segments.iter().map(|_| sync_channel(BATCHES_AHEAD)).unzip();
    let senders: Vec<Mutex<Option<SyncSender<Result<Part>>>>> =
        senders.into_iter().map(|sender| Mutex::new(Some(sender))).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(segments.len()) {
            scope.spawn(|| {
                while let Some((source, sender)) = take(&next, segments, &senders) {
                    if let Err(error) = replay_segment(source, options, origin, &sender) {
                        // A reader that has gone away needs no error.
                        let _ = sender.send(Err(error));
                    }
                }
            });
        }
        let result = consume(receivers, PacketEvents::of(options, origin), origin, each);
        // Threads that still work find that nobody reads, those that do not begin anything more.
        next.store(segments.len(), Ordering::Relaxed);
        result
    })
}

fn replay_segment(
    source: &SegmentSource,
    options: &Options,
    origin: &Origin,
    sender: &SyncSender<Result<Part>>,
) -> Result<()> {
    match Segment::open(source) {
        Ok(segment) => replay_opened(&segment, options, origin, sender),
        Err(error) => {
            // The others can be read without it.
            let damage = Damage::whole(source, error)?;
            let _ = sender.send(Ok(Part::End(Processes::default(), vec![damage])));
            Ok(())
        }
    }
}

fn take<'a, T>(
    next: &AtomicUsize,
    segments: &'a [T],
    senders: &[Mutex<Option<SyncSender<Result<Part>>>>],
) -> Option<(&'a T, SyncSender<Result<Part>>)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    let sender = senders.get(index)?.lock().ok()?.take()?;
    Some((segments.get(index)?, sender))
}

fn consume(
    receivers: Vec<Receiver<Result<Part>>>,
    mut packets: Option<PacketEvents>,
    origin: &Origin,
    each: &mut dyn FnMut(&Part) -> Result<()>,
) -> Result<Summary> {
    let mut summary = Summary::default();
    for receiver in receivers {
        loop {
            let part = receiver.recv().map_err(|_| anyhow!("a thread that replays stopped"))??;
            if let Part::Rows(batch) = part {
                let mut out = |batch: Batch| {
                    summary.rows += batch.entries.len() as u64;
                    let part = Part::Rows(batch);
                    each(&part)?;
                    match part {
                        Part::Rows(batch) => Ok(batch),
                        Part::Begin(_) | Part::End(..) => Err(anyhow!("a batch of rows became something else")),
                    }
                };
                match &mut packets {
                    Some(packets) => packets.read(batch, origin, &mut out)?,
                    None => _ = out(batch)?,
                }
                continue;
            }
            each(&part)?;
            match part {
                Part::Begin(_) | Part::Rows(_) => {}
                Part::End(processes, damage) => {
                    summary.processes.absorb(processes);
                    summary.damage.extend(damage);
                    break;
                }
            }
        }
    }
    Ok(summary)
}

/// Kinds that change what replay knows of threads and processes.
const STATE: [u16; 6] = [
    CONTEXT.id,
    KEYFRAME_PROCESS.id,
    SCHED_PROCESS_FORK.id,
    SCHED_PROCESS_EXEC.id,
    SCHED_PROCESS_EXIT.id,
    TASK_RENAME.id,
];

/// Kinds that are no event to anybody who does not ask for them by name: what artifacts are made of. There can be gigabytes
/// of it, and their tables say what it comes to.
pub(crate) const MATERIAL: [u16; 2] = [ARTIFACT_CONTENT.id, ARTIFACT.id];

/// `conn_direction` of a flow that came in.
const INCOMING: u64 = 2;

/// The replay of one segment.
pub(crate) struct Replayer {
    origin: Origin,
    pub(crate) definitions: Arc<Definitions>,
    pub(crate) wanted: Wanted,
    threads: Threads,
    processes: Processes,
    batch: Option<Batch>,
    /// Serial number of the batch, from 1.
    serial: u64,
}

/// Takes rows; false when nobody reads any more.
pub(crate) type Reader<'r> = &'r mut dyn FnMut(Batch) -> bool;

/// Which rows are wanted of a segment.
pub(crate) struct Wanted {
    events: Option<HashSet<u16>>,
    /// Kinds that nobody asked for when it was recorded.
    hidden: HashSet<u16>,
    derivation: Derivation,
    /// Whether something is read out of packets: then they are needed from the beginning on.
    reads_packets: bool,
    since_boot_ns: u64,
    until_boot_ns: u64,
    whose: Whose,
}

impl Wanted {
    pub(crate) fn of(options: &Options, definitions: &Definitions, origin: &Origin) -> Wanted {
        let named = |names: &Vec<String>| {
            names.iter().filter_map(|name| definitions.schema.by_name(name)).map(|event| event.id).collect()
        };
        let boot_ns = |utc_ns: i64| u64::try_from(i128::from(utc_ns) - i128::from(origin.offset_ns())).unwrap_or(0);
        let mut wanted = Wanted {
            events: options.events.as_ref().map(named),
            hidden: definitions
                .schema
                .events()
                .iter()
                .filter(|e| origin.hidden.contains(&e.name))
                .map(|e| e.id)
                .collect(),
            derivation: Derivation::default(),
            reads_packets: !packets::events::wanted(options, origin).is_empty(),
            since_boot_ns: options.since_ns.map_or(0, boot_ns),
            until_boot_ns: options.until_ns.map_or(u64::MAX, boot_ns),
            whose: options.whose.clone(),
        };
        let mut derivation = Derivation::of(origin, definitions);
        derivation.retain(|event| wanted.is_shown(event));
        wanted.derivation = derivation;
        wanted
    }

    fn has(&self, event: u16, boot_ns: u64) -> bool {
        self.is_shown(event) && self.is_in_time(boot_ns) || self.is_read(event) && boot_ns < self.until_boot_ns
    }

    /// Whether it is a packet that something is read out of.
    fn is_read(&self, event: u16) -> bool {
        self.reads_packets && event == NET_PACKET_RAW.id
    }

    /// Whether frames of the kind are wanted rows.
    pub(crate) fn is_shown(&self, event: u16) -> bool {
        event >= FIRST_RECORDER_EVENT
            && self.events.as_ref().map_or(!MATERIAL.contains(&event), |events| events.contains(&event))
            && !self.hidden.contains(&event)
    }

    /// Whether wanted rows are made from events of this kind.
    pub(crate) fn is_source(&self, event: u16) -> bool {
        self.derivation.is_source(event)
    }

    /// Gives what is made from a frame.
    pub(crate) fn derive(&self, definitions: &Definitions, frame: &Frame<'_>, each: impl FnMut(Derived<'_>)) {
        self.derivation.derive(definitions, frame, each);
    }

    /// Leaves out what a segment of which everything is known cannot have.
    pub(crate) fn narrow(&mut self, definitions: &Definitions) {
        self.derivation.narrow(definitions);
    }

    /// Whether only some contexts' rows are wanted.
    pub(crate) fn chooses(&self) -> bool {
        self.whose.process_keys.is_some() || self.whose.container_ids.is_some()
    }

    /// Whether rows of this context, which is in this container, are wanted.
    pub(crate) fn is_of(&self, context: Option<&Context>, container_id: Option<&str>) -> bool {
        self.whose.has(context, container_id)
    }

    /// Rows from then on are not wanted.
    pub(crate) fn until_boot_ns(&self) -> u64 {
        self.until_boot_ns
    }

    pub(crate) fn is_in_time(&self, boot_ns: u64) -> bool {
        boot_ns >= self.since_boot_ns && (boot_ns < self.until_boot_ns || self.until_boot_ns == u64::MAX)
    }

    /// Whether a block holds a wanted row, or something that rows depend on.
    pub(crate) fn has_block(&self, block: &BlockEntry) -> bool {
        self.has_rows(block) || block.header.kinds.iter().any(|kind| STATE.contains(&kind.event))
    }

    /// Whether a block holds a wanted row, or what one is made of.
    pub(crate) fn has_rows(&self, block: &BlockEntry) -> bool {
        let of_interest = |event| self.is_shown(event) || self.derivation.is_source(event);
        let in_time = block.header.max_boot_ns >= self.since_boot_ns && block.header.min_boot_ns <= self.until_boot_ns;
        let is_before_end = block.header.min_boot_ns <= self.until_boot_ns;
        let kinds = &mut block.header.kinds.iter().map(|kind| kind.event);
        kinds.any(|kind| in_time && of_interest(kind) || is_before_end && self.is_read(kind))
    }
}

fn replay_opened(
    segment: &Segment,
    options: &Options,
    origin: &Origin,
    sender: &SyncSender<Result<Part>>,
) -> Result<()> {
    let definitions = collect(segment, origin)?;
    let replayer = Replayer::new(definitions, options, origin);
    // Nobody listening is noticed with the first batch.
    let _ = sender.send(Ok(Part::Begin(Arc::clone(&replayer.definitions))));
    let mut out = |batch| sender.send(Ok(Part::Rows(batch))).is_ok();
    if let Some((processes, damage)) = run(segment, replayer, &mut out)? {
        let _ = sender.send(Ok(Part::End(processes, damage)));
    }
    Ok(())
}

pub(crate) fn collect(segment: &Segment, origin: &Origin) -> Result<Definitions> {
    let number = segment.header().number;
    let mut definitions = Definitions::collect(segment).with_context(|| format!("segment {number}"))?;
    definitions.declare(&origin.replayed);
    Ok(definitions)
}

/// Replays a segment to its end, and gives what it showed; `None` when nobody read it to there.
fn run(segment: &Segment, mut replayer: Replayer, out: Reader<'_>) -> Result<Option<(Processes, Vec<Damage>)>> {
    replayer.wanted.narrow(&replayer.definitions);
    let mut merge = Merge::new(segment)?;
    merge.add(segment.frame_blocks().filter(|block| replayer.wanted.has_block(block)));
    merge.run(segment, None, |place, frame| Ok(replayer.take(place, frame, out)))?;
    let is_read = replayer.hand_on(out);
    Ok(is_read.then(|| (replayer.processes, damage(segment, &merge))))
}

/// Gives the wanted rows of consecutive segments to `each`, in the order of replay and on this thread, until it wants no more.
/// What was found to be damaged in these segments is returned. Of segments before them, packets are read where rows come out
/// of those.
///
/// # Errors
/// The capture cannot be read.
pub(crate) fn replay_segments(
    capture: &Capture,
    wanted: Range<usize>,
    options: &Options,
    origin: &Origin,
    each: &mut dyn FnMut(&Batch) -> ControlFlow<()>,
) -> Result<Vec<Damage>> {
    let mut packets = PacketEvents::of(options, origin);
    let first = if packets.is_some() { 0 } else { wanted.start };
    let of_packets = packets::events::wanted(options, origin).iter().map(|event| event.name.to_owned()).collect();
    let before = Options { events: Some(of_packets), ..options.clone() };
    let mut damage = Vec::new();
    for (index, source) in capture.segments().iter().enumerate().take(wanted.end).skip(first) {
        let is_wanted = wanted.contains(&index);
        let segment = match Segment::open(source) {
            Ok(segment) => segment,
            Err(error) => {
                damage.extend(Some(Damage::whole(source, error)?).filter(|_| is_wanted));
                continue;
            }
        };
        let options = if is_wanted { options } else { &before };
        if !has_rows(&segment, options, origin) || packets.is_none() && !options.whose.may_have(&segment)? {
            let number = segment.header().number;
            let known = segment.damage().iter().map(|damage| Damage::of(number, damage));
            damage.extend(known.filter(|_| is_wanted));
            continue;
        }
        let definitions = collect(&segment, origin)?;
        let mut going_on = ControlFlow::Continue(());
        let mut failed = None;
        let mut give = |batch: Batch| {
            if is_wanted && going_on.is_continue() {
                going_on = each(&batch);
            }
            Ok(batch)
        };
        let mut out = |batch: Batch| {
            let given = match &mut packets {
                Some(packets) => packets.read(batch, origin, &mut give),
                None => give(batch).map(drop),
            };
            failed = given.err();
            failed.is_none()
        };
        let ended = run(&segment, Replayer::new(definitions, options, origin), &mut out)?;
        if let Some(error) = failed {
            return Err(error);
        }
        damage.extend(ended.into_iter().flat_map(|(_, damage)| damage).filter(|_| is_wanted));
        if going_on.is_break() {
            break;
        }
    }
    Ok(damage)
}

/// Whether a segment holds a wanted row, as far as its index tells.
pub(crate) fn has_rows(segment: &Segment, options: &Options, origin: &Origin) -> bool {
    let mut declared = Definitions::of(segment);
    declared.declare(&origin.replayed);
    let wanted = Wanted::of(options, &declared, origin);
    segment.frame_blocks().any(|block| wanted.has_rows(block))
}

/// What could not be read of a segment that was merged to its end.
pub(crate) fn damage(segment: &Segment, merge: &Merge) -> Vec<Damage> {
    unreadable(segment, merge.unreadable().map(|(block, why)| (block, *why)))
}

/// What could not be read of a segment: what opening it showed, and these blocks.
pub(crate) fn unreadable<'b>(
    segment: &Segment,
    blocks: impl Iterator<Item = (&'b BlockEntry, &'static str)>,
) -> Vec<Damage> {
    let number = segment.header().number;
    let mut damage: Vec<Damage> = segment.damage().iter().map(|damage| Damage::of(number, damage)).collect();
    damage.extend(blocks.map(|(block, why)| Damage {
        segment: number,
        offset: segment.file_offset(block.offset),
        length: block.header.block_len(),
        what: format!("block {} {why}", block.header.ordinal),
    }));
    damage.sort_by_key(|damage| damage.offset);
    damage
}

impl Replayer {
    /// A replay of rows that refer to `definitions`.
    pub(crate) fn new(definitions: Definitions, options: &Options, origin: &Origin) -> Replayer {
        Replayer {
            origin: origin.clone(),
            wanted: Wanted::of(options, &definitions, origin),
            threads: Threads::new(&definitions),
            processes: Processes::default(),
            batch: None,
            serial: 1,
            definitions: Arc::new(definitions),
        }
    }

    /// Lets `change` add to the definitions and say which threads' first names it revised; `None` when rows are on their
    /// way that refer to them as they are.
    pub(crate) fn learn(&mut self, change: impl FnOnce(&mut Definitions) -> Result<Vec<u32>>) -> Option<Result<()>> {
        let definitions = Arc::get_mut(&mut self.definitions)?;
        Some(change(definitions).map(|revised| self.threads.learn(&self.definitions, &revised)))
    }

    /// Takes the next frame; false when nobody reads any more.
    pub(crate) fn take(&mut self, place: Place, frame: &Frame<'_>, out: Reader<'_>) -> bool {
        let header = &frame.header;
        let mut going_on = true;
        if self.wanted.has(header.event, header.boot_ns) {
            going_on = self.push(place, frame, 0, out);
        }
        if self.wanted.derivation.is_source(header.event) && self.wanted.is_in_time(header.boot_ns) {
            going_on &= self.push_derived(place, frame, out);
        }
        if STATE.contains(&header.event) {
            self.observe(frame);
        }
        going_on
    }

    fn push(&mut self, place: Place, frame: &Frame<'_>, vouched: u32, out: Reader<'_>) -> bool {
        let header = &frame.header;
        let (context_id, tid) = who(&self.definitions, frame);
        let context = self.definitions.context_number(context_id);
        let whose = (self.definitions.contexts.get(context as usize), self.definitions.container_id(context));
        if !self.wanted.whose.has(whose.0, whose.1) && !self.wanted.is_read(header.event) {
            return true;
        }
        let batch = self.batch.get_or_insert_with(|| empty_batch(&self.definitions));
        let bytes = &mut batch.bytes;
        let comm = match self.definitions.threads.get(context as usize) {
            Some(thread) => self.threads.place(*thread, self.serial, bytes),
            None => (NONE, 0),
        };
        let payload = (bytes.len() as u32, frame.payload.len() as u32);
        bytes.extend_from_slice(frame.payload);
        let mut entry = Entry {
            boot_ns: header.boot_ns,
            sequence: place.sequence,
            context,
            context_id,
            tid,
            cpu: place.cpu,
            payload,
            comm,
            event: header.event,
            flags: header.flags,
            lane: place.lane,
            vouched,
            policies: 0,
        };
        // What the recorder says of itself belongs to no policy.
        if let Some(policies) = self.definitions.policies().filter(|_| header.event >= FIRST_HOOKED_EVENT) {
            entry.policies = policies.matched(&batch.row(&self.origin, &entry));
            if entry.policies == 0 && !self.wanted.is_read(header.event) {
                batch.bytes.truncate(payload.0 as usize);
                return true;
            }
        }
        batch.entries.push(entry);
        if batch.entries.len() < BATCH_ROWS && batch.bytes.len() < BATCH_BYTES { true } else { self.hand_on(out) }
    }

    /// Pushes what is made from a frame, behind it and at its place.
    fn push_derived(&mut self, place: Place, frame: &Frame<'_>, out: Reader<'_>) -> bool {
        let mut rows = Vec::new();
        self.wanted.derivation.derive(&self.definitions, frame, |row| {
            rows.push((row.event, row.payload.to_vec(), row.vouched));
        });
        rows.into_iter().all(|(event, payload, vouched)| {
            let length = payload.len() as u32;
            let header = FrameHeader { event, length, ..frame.header };
            self.push(place, &Frame { header, payload: &payload }, vouched, out)
        })
    }

    /// Hands on the rows that are not full a batch.
    pub(crate) fn hand_on(&mut self, out: Reader<'_>) -> bool {
        let Some(batch) = self.batch.take() else { return true };
        self.serial += 1;
        out(batch)
    }

    /// Learns what the frame changes for those that follow.
    fn observe(&mut self, frame: &Frame<'_>) {
        let definitions = &self.definitions;
        let event = frame.header.event;
        let Some(schema) = definitions.schema.get(event) else { return };
        if event == CONTEXT.id {
            let Some(context) = crate::context::Context::decode(schema, frame.payload, &definitions.boot_id) else {
                return;
            };
            self.processes.context_taken(&context, definitions);
            let number = definitions.context_number(context.id);
            if let Some(thread) = definitions.threads.get(number as usize) {
                self.threads.context_taken(*thread, context.host_tid, &context.comm);
            }
        } else if event == TASK_RENAME.id {
            if let Some((thread, comm)) = self.threads.renamed(schema, frame.payload)
                && let Some(thread) = definitions.first_seen.get(thread as usize)
            {
                self.processes.renamed(thread.key, thread.leads, comm);
            }
        } else {
            let context = definitions.context(frame.header.context);
            self.processes.observe(schema, frame.payload, frame.header.boot_ns, context, definitions);
        }
    }
}

/// Whether rows of the kind may be of others than those whose frames they are: see [`who`].
pub(crate) fn follows_socket(event: u16) -> bool {
    [NET_FLOW_TCP_BEGIN.id, NET_FLOW_TCP_END.id].contains(&event)
}

/// Context and thread that a row is of: its frame's, but of a flow that came in those that accepted it, which the kernel
/// side cannot know when it begins.
pub(crate) fn who(definitions: &Definitions, frame: &Frame<'_>) -> (u64, u32) {
    let header = &frame.header;
    let number = |schema: &EventSchema, field| match schema.value(frame.payload, schema.index(field)?)? {
        Value::U64(number) => Some(number),
        _ => None,
    };
    let acceptor = || {
        let schema = definitions.schema.get(header.event)?;
        (number(schema, "conn_direction")? == INCOMING).then_some(())?;
        definitions.socket_user(number(schema, "cookie")?)
    };
    match follows_socket(header.event).then(acceptor).flatten() {
        Some(context) => (context.id, context.host_tid),
        None => (header.context, header.tid),
    }
}

fn empty_batch(definitions: &Arc<Definitions>) -> Batch {
    Batch {
        definitions: Arc::clone(definitions),
        bytes: Vec::with_capacity(BATCH_BYTES / 2),
        entries: Vec::with_capacity(BATCH_ROWS),
    }
}

#[cfg(test)]
mod tests;
