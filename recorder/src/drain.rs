//! Takes frames out of the rings and gathers them into blocks, one stream for each lane of each CPU.
//!
//! Which segment a frame belongs to is decided by its time alone. While a segment is being cut, both the one that ends
//! and the one that begins are filled; a marker in each stream says that nothing more of the old one can come.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use formats::block::RawBlock;
use formats::event::Lane;
use formats::events::content::CONTENT;
use formats::events::lifecycle::SCHED_PROCESS_EXIT;
use formats::events::structure::{CONTAINER, CONTEXT, FILE_OBJECT, LOSS, MARKER, SOCKET_OBJECT};
use formats::frame::{FRAME_HEADER_LEN, FrameHeader, INTERRUPT_CPU, LATE};

use crate::artifacts::Rewriter;
use crate::clock;
use crate::describe::Seen;
use crate::lineage::{Key, Lineage, Snapshot};
use crate::programs::LaneRing;
use crate::ring::Ring;
use crate::writer::{BLOCK_BYTES, Writer};

/// Time that a frame may wait for its block to fill. Watermarks come sooner, unless a CPU does not take its marker.
const BLOCK_AGE: Duration = Duration::from_secs(3);
/// The ring for what is made in interrupts, among those of a CPU, and the first of packets; the others have the number of their
/// lane.
const INTERRUPT_RING: u32 = 3;
const PACKET_RING: u32 = 4;
/// What of a stream's number is the CPU's.
const CPU_BITS: u32 = INTERRUPT_CPU - 1;
/// Bytes taken out of one ring before the next is looked at.
const TURN_BYTES: u64 = 1 << 20;

/// Frames of one stream and segment that are not yet a block.
#[derive(Default)]
struct Gathered {
    rows: Vec<u8>,
    first_sequence: u64,
    since: Option<Instant>,
}

struct Stream {
    lane: Lane,
    cpu: u32,
    ring: Ring,
    /// Full number of the last frame that came.
    sequence: u64,
    /// Serial of the last marker that came.
    marker: u64,
    /// Full number of that marker.
    marker_sequence: u64,
    /// Whether anything but markers came since that marker.
    is_ahead: bool,
    /// Serial of the watermark's marker that is to come; 0 for none.
    awaited: u64,
    /// Bytes to take in this turn.
    limit: u64,
    /// For the segment that is open, and for the one to come while a cut is under way.
    gathered: [Gathered; 2],
}

impl Stream {
    /// Which of its CPU's rings it is, as the kernel side counts them.
    fn ring_index(&self) -> u32 {
        match (self.lane, self.cpu / INTERRUPT_CPU) {
            (Lane::Packets, level) => PACKET_RING + level,
            (lane, 0) => lane as u32,
            _ => INTERRUPT_RING,
        }
    }
}

/// A cut under way: frames from `boot_ns` on belong to the next segment.
#[derive(Clone, Copy)]
pub(crate) struct Cut {
    pub(crate) boot_ns: u64,
    /// Serial of the markers that end the old segment in each stream.
    pub(crate) serial: u64,
}

/// All streams.
pub(crate) struct Drain {
    streams: Vec<Stream>,
    segment_start: u64,
    lineage: Lineage,
    /// Life-cycle frames that another CPU may still have an earlier one to.
    pending: Vec<(FrameHeader, Vec<u8>)>,
    /// Containers that frames told of and that nobody has taken note of yet.
    pub(crate) containers: Vec<Seen>,
    /// What becomes of content.
    pub(crate) rewriter: Option<Rewriter>,
    /// Frames taken out of the rings.
    pub(crate) taken: u64,
    /// Frames that loss frames of the kernel side speak of.
    pub(crate) lost: u64,
}

impl Drain {
    /// Streams over these rings, for a segment that begins at `segment_start`.
    pub(crate) fn new(rings: Vec<LaneRing>, segment_start: u64) -> Drain {
        let stream = |(lane, cpu, ring): LaneRing| Stream {
            lane,
            cpu,
            ring,
            sequence: 0,
            marker: 0,
            marker_sequence: 0,
            is_ahead: false,
            awaited: 0,
            limit: 0,
            gathered: Default::default(),
        };
        Drain {
            streams: rings.into_iter().map(stream).collect(),
            segment_start,
            lineage: Lineage::default(),
            pending: Vec::new(),
            containers: Vec::new(),
            rewriter: None,
            taken: 0,
            lost: 0,
        }
    }

    /// The rings' descriptors.
    pub(crate) fn fds(&self) -> Vec<i32> {
        use std::os::fd::AsRawFd;
        self.streams.iter().map(|stream| stream.ring.fd().as_raw_fd()).collect()
    }

    /// Takes what there is; full blocks go to the writer. Returns the bytes taken.
    pub(crate) fn turn(&mut self, cut: Option<Cut>, writer: &Writer) -> u64 {
        let mut total = 0;
        let began = clock::boot_ns();
        // Of content nothing is taken before the objects and contexts that it refers to: the other rings have them.
        for stream in &mut self.streams {
            stream.limit = match stream.lane {
                Lane::Control => u64::MAX,
                Lane::Artifacts => stream.ring.waiting().min(TURN_BYTES),
                _ => TURN_BYTES,
            };
        }
        let (first, last): (Vec<_>, Vec<_>) =
            self.streams.iter_mut().partition(|stream| stream.lane != Lane::Artifacts);
        for stream in first.into_iter().chain(last) {
            let Stream { lane, cpu, ring, sequence, marker, marker_sequence, is_ahead, gathered, limit, .. } = stream;
            total += ring.drain(*limit, |record| {
                let Some(bytes) = record.first_chunk::<FRAME_HEADER_LEN>() else { return };
                let header = FrameHeader::decode(bytes);
                // Room was reserved in eights; the frame says how long it is.
                let Some(frame) = record.get(..FRAME_HEADER_LEN + header.length as usize) else { return };
                let payload = &frame[FRAME_HEADER_LEN..];
                self.taken += 1;
                let step = header.sequence.wrapping_sub(*sequence as u32) as i32;
                let full = sequence.wrapping_add_signed(step.into());
                *sequence = full.max(*sequence);
                *is_ahead = header.event != MARKER.id;
                if header.event < 512 {
                    if header.event == MARKER.id {
                        *marker = word(payload, 0);
                        *marker_sequence = full;
                    } else if header.event == LOSS.id {
                        self.lost += word(payload, 32);
                        if let Some(rewriter) = self.rewriter.as_ref().filter(|_| *lane == Lane::Artifacts) {
                            rewriter.see_loss(payload);
                        }
                    } else if header.event == FILE_OBJECT.id {
                        self.lineage.see_file(payload);
                        if let Some(rewriter) = &mut self.rewriter {
                            rewriter.see_file(payload, header.boot_ns);
                        }
                    } else if header.event == SOCKET_OBJECT.id {
                        if let Some(rewriter) = &mut self.rewriter {
                            rewriter.see_socket(payload, header.boot_ns);
                        }
                    } else if header.event == CONTAINER.id {
                        self.containers.extend(Seen::decode(payload));
                    } else if Lineage::is_about(header.event) {
                        if let Some(rewriter) = &mut self.rewriter {
                            if header.event == CONTEXT.id {
                                rewriter.see_context(payload);
                            } else if header.event == SCHED_PROCESS_EXIT.id {
                                rewriter.see_exit(&header, payload);
                            }
                        }
                        self.pending.push((header, payload.to_vec()));
                    }
                }
                let (target, is_late) = match cut {
                    Some(cut) if header.boot_ns >= cut.boot_ns => (1, false),
                    Some(cut) if *marker >= cut.serial && header.event != MARKER.id => (1, true),
                    Some(_) => (0, false),
                    None => (0, header.boot_ns < self.segment_start),
                };
                let into = &mut gathered[target];
                if into.rows.is_empty() {
                    if into.rows.capacity() == 0 {
                        into.rows = writer.buffer();
                    }
                    into.first_sequence = full;
                    into.since = Some(Instant::now());
                }
                let start = into.rows.len();
                match &mut self.rewriter {
                    Some(rewriter) if header.event == CONTENT.id => rewriter.rewrite(&header, payload, &mut into.rows),
                    _ => into.rows.extend_from_slice(frame),
                }
                if is_late {
                    into.rows[start + 26..start + 28].copy_from_slice(&(header.flags | LATE).to_le_bytes());
                }
                // Of the segment to come nothing can be written before it is open.
                if target == 0 && into.rows.len() >= BLOCK_BYTES {
                    send(*lane, *cpu, into, writer);
                }
            });
        }
        // Of a segment to come nothing is noted before the one at hand has told what it ends with.
        self.note_lineage(cut.map_or(began, |cut| began.min(cut.boot_ns)));
        total
    }

    /// Lets the lineage see, in order of time, the life-cycle frames from before `boot_ns`: what every ring had to say
    /// of that time has been taken.
    fn note_lineage(&mut self, boot_ns: u64) {
        self.pending.sort_by_key(|(header, _)| header.boot_ns);
        let ready = self.pending.partition_point(|(header, _)| header.boot_ns < boot_ns);
        for (header, payload) in self.pending.drain(..ready) {
            self.lineage.see(&header, &payload);
        }
    }

    /// Takes note of contexts that a keyframe told, and of the processes that it showed.
    pub(crate) fn note_contexts(&mut self, contexts: &[Vec<u8>], shown: &HashSet<Key>) {
        self.lineage.see_keyframe(shown, clock::boot_ns());
        for payload in contexts {
            if let Some(rewriter) = &mut self.rewriter {
                rewriter.see_context(payload);
            }
            self.lineage.see(&FrameHeader { event: CONTEXT.id, ..Default::default() }, payload);
        }
    }

    /// Takes note of objects that a keyframe told.
    pub(crate) fn note_files(&mut self, files: &[(u16, Vec<u8>)]) {
        let Some(rewriter) = &mut self.rewriter else { return };
        for (event, payload) in files {
            if *event == FILE_OBJECT.id {
                rewriter.see_file(payload, 0);
            } else {
                rewriter.see_socket(payload, 0);
            }
        }
    }

    /// What a segment that begins at `boot_ns` has to know of processes.
    pub(crate) fn snapshot(&mut self, boot_ns: u64) -> Snapshot {
        self.note_lineage(boot_ns);
        self.lineage.snapshot(boot_ns)
    }

    /// Hands on blocks that have waited long enough.
    pub(crate) fn flush_aged(&mut self, writer: &Writer) {
        for stream in &mut self.streams {
            if stream.gathered[0].since.is_some_and(|since| since.elapsed() >= BLOCK_AGE) {
                send(stream.lane, stream.cpu, &mut stream.gathered[0], writer);
            }
        }
    }

    /// Hands on everything of the segment that is open.
    pub(crate) fn flush(&mut self, writer: &Writer) {
        for stream in &mut self.streams {
            send(stream.lane, stream.cpu, &mut stream.gathered[0], writer);
        }
    }

    /// The rings of a CPU (a bit each, as the kernel side counts them) that have not shown the marker with this serial.
    pub(crate) fn lanes_without(&self, cpu: u32, serial: u64) -> u32 {
        self.lanes(cpu, |stream| stream.marker < serial)
    }

    fn lanes(&self, cpu: u32, which: impl Fn(&Stream) -> bool) -> u32 {
        self.streams
            .iter()
            .filter(|stream| stream.cpu & CPU_BITS == cpu && which(stream))
            .map(|stream| 1 << stream.ring_index())
            .sum()
    }

    /// Begins a watermark: from now on, markers with this serial are awaited in the streams in which anything came since
    /// their last one. In the others there is nothing from before now. False when that is all of them.
    pub(crate) fn begin_watermark(&mut self, serial: u64) -> bool {
        let mut any = false;
        for stream in &mut self.streams {
            let has_news = stream.is_ahead || !stream.ring.is_empty();
            stream.awaited = if has_news { serial } else { 0 };
            any |= has_news;
        }
        any
    }

    /// The rings of a CPU (a bit each) in which the watermark's marker is still awaited.
    pub(crate) fn lanes_awaited(&self, cpu: u32) -> u32 {
        self.lanes(cpu, |stream| stream.marker < stream.awaited)
    }

    /// Makes what was gathered for the segment to come that of the open one.
    pub(crate) fn begin_segment(&mut self, segment_start: u64) {
        self.segment_start = segment_start;
        for stream in &mut self.streams {
            stream.gathered.swap(0, 1);
        }
    }

    /// Frames that the kernel side numbered, as the last markers say.
    pub(crate) fn produced(&self) -> u64 {
        self.streams.iter().map(|stream| stream.marker_sequence).sum()
    }
}

fn word(payload: &[u8], at: usize) -> u64 {
    payload.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

fn send(lane: Lane, cpu: u32, gathered: &mut Gathered, writer: &Writer) {
    gathered.since = None;
    if gathered.rows.is_empty() {
        return;
    }
    let rows = std::mem::take(&mut gathered.rows);
    writer.block(RawBlock { lane, cpu, keyframe: false, first_sequence: gathered.first_sequence, rows });
}
