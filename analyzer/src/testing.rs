//! Captures made frame by frame, for the tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use formats::block::{BlockEncoder, Effort, RawBlock};
use formats::capture::Capture;
use formats::event::{Event, Lane};
use formats::events::structure::{CONTEXT, FILE_OBJECT, LOSS, MARKER, SOCKET_OBJECT};
use formats::events::{self, lifecycle, recorder};
use formats::frame::FrameHeader;
use formats::payload::PayloadBuilder;
use formats::reason::{LossReason, MarkerPurpose};
use formats::schema::Schema;
use formats::segment::{SegmentHeader, SegmentWriter};
use tempfile::TempDir;

pub(crate) const BOOT_ID: [u8; 16] = [7; 16];
/// UTC nanoseconds at boot-time 0.
pub(crate) const OFFSET_NS: i64 = 1_700_000_000_000_000_000;

/// A task for [`Recording::context`].
#[derive(Clone, Copy)]
pub(crate) struct Task {
    pub(crate) id: u64,
    pub(crate) pid: u32,
    pub(crate) tid: u32,
    pub(crate) ppid: u32,
    pub(crate) exe: u64,
    pub(crate) comm: &'static [u8],
}

/// A start time for each process: boot-time nanoseconds.
pub(crate) fn start_of(pid: u32) -> u64 {
    u64::from(pid) * 1_000
}

pub(crate) fn key_of(pid: u32) -> i64 {
    formats::process_key(&BOOT_ID, start_of(pid), pid)
}

/// Frames with their sequence numbers.
type Frames = Vec<(u64, Vec<u8>)>;

/// A capture in the making.
pub(crate) struct Recording {
    directory: TempDir,
    schema: &'static Schema,
    capture_id: [u8; 16],
    host_id: [u8; 16],
    segment: u64,
    start_boot_ns: u64,
    /// Frames of a block.
    pub(crate) block_frames: usize,
    /// Sequence numbers and bytes by lane and CPU.
    frames: BTreeMap<(u8, u32), Frames>,
    sequences: BTreeMap<(u8, u32), u64>,
    previous_root: [u8; 32],
    /// The segment that is open, once something of it is written.
    writer: Option<SegmentWriter>,
}

impl Recording {
    pub(crate) fn new() -> Recording {
        Recording::with_schema(Schema::builtin())
    }

    pub(crate) fn with_schema(schema: &'static Schema) -> Recording {
        Recording {
            directory: tempfile::tempdir().unwrap(),
            schema,
            capture_id: [1; 16],
            host_id: [3; 16],
            segment: 1,
            start_boot_ns: 0,
            block_frames: 100,
            frames: BTreeMap::new(),
            sequences: BTreeMap::new(),
            previous_root: [0; 32],
            writer: None,
        }
    }

    /// One with this id that begins at a boot-time.
    pub(crate) fn starting(id: u8, boot_ns: u64) -> Recording {
        Recording { capture_id: [id; 16], start_boot_ns: boot_ns, ..Recording::new() }
    }

    /// The host is another.
    pub(crate) fn host(&mut self, id: u8) {
        self.host_id = [id; 16];
    }

    /// The next frame of this lane and CPU gets this sequence number.
    pub(crate) fn set_sequence(&mut self, lane: Lane, cpu: u32, sequence: u64) {
        self.sequences.insert((lane as u8, cpu), sequence - 1);
    }

    /// Adds a frame in the lane given; `length` of the header is the payload's.
    pub(crate) fn raw(&mut self, lane: Lane, cpu: u32, header: FrameHeader, payload: &[u8]) {
        let place = (lane as u8, cpu);
        let sequence = self.sequences.entry(place).or_default();
        *sequence += 1;
        let mut bytes = Vec::new();
        FrameHeader { sequence: *sequence as u32, ..header }.append(payload, &mut bytes).unwrap();
        self.frames.entry(place).or_default().push((*sequence, bytes));
    }

    /// Adds an event on a CPU: time, context and thread, payload.
    pub(crate) fn event(&mut self, cpu: u32, at: (u64, u64, u32), payload: PayloadBuilder<'_>, event: &Event) {
        let (boot_ns, context, tid) = at;
        let header = FrameHeader { boot_ns, context, tid, event: event.id, ..Default::default() };
        self.raw(event.lane, cpu, header, &payload.finish().unwrap());
    }

    /// Adds a context.
    pub(crate) fn context(&mut self, cpu: u32, boot_ns: u64, task: Task) {
        let payload = PayloadBuilder::new(&CONTEXT)
            .u64("id", task.id)
            .u64("host_pid", task.pid.into())
            .u64("host_tid", task.tid.into())
            .u64("host_ppid", task.ppid.into())
            .u64("pid", u64::from(task.pid) % 100)
            .u64("tid", u64::from(task.tid) % 100)
            .u64("ppid", u64::from(task.ppid) % 100)
            .u64("start_boot_ns", start_of(task.pid))
            .u64("thread_start_boot_ns", start_of(task.tid))
            .u64("parent_start_boot_ns", start_of(task.ppid))
            .u64("uid", 1000)
            .u64("mnt_ns", 4_026_531_840)
            .u64("pid_ns", 4_026_531_836)
            .u64("exe", task.exe)
            .bytes("comm", task.comm)
            .bytes("uts_name", b"host");
        self.event(cpu, (boot_ns, task.id, task.tid), payload, &CONTEXT);
    }

    /// Adds a file.
    pub(crate) fn file(&mut self, cpu: u32, boot_ns: u64, id: u64, path: &[u8]) {
        let payload = PayloadBuilder::new(&FILE_OBJECT).u64("id", id).u64("inode", id * 10).bytes("path", path);
        self.event(cpu, (boot_ns, 0, 0), payload, &FILE_OBJECT);
    }

    /// Adds a TCP socket between two loopback ports.
    pub(crate) fn socket(&mut self, cpu: u32, boot_ns: u64, id: u64, ports: (u16, u16)) {
        let payload = PayloadBuilder::new(&SOCKET_OBJECT)
            .u64("id", id)
            .u64("inode", id * 10)
            .u64("family", 2)
            .u64("type", 1)
            .u64("protocol", 6)
            .bytes("local", &address(ports.0))
            .bytes("peer", &address(ports.1));
        self.event(cpu, (boot_ns, 0, 0), payload, &SOCKET_OBJECT);
    }

    /// Adds what the recorder says of itself.
    pub(crate) fn info(&mut self, json: &str) {
        let payload = PayloadBuilder::new(&recorder::TRACEE_INFO).bytes("info", json.as_bytes());
        self.event(u32::MAX, (0, 0, 0), payload, &recorder::TRACEE_INFO);
    }

    /// Adds the last record of a capture.
    pub(crate) fn stop(&mut self, boot_ns: u64) {
        let payload = PayloadBuilder::new(&recorder::RECORDING_STOPPED).u64("reason", 1).i64("exit_status", 0);
        self.event(u32::MAX, (boot_ns, 0, 0), payload, &recorder::RECORDING_STOPPED);
    }

    /// Adds a loss on a CPU of `count` frames of the events lane, which are left out of its sequence.
    pub(crate) fn loss(&mut self, cpu: u32, boot_ns: u64, count: u64) {
        let next = self.sequences.entry((Lane::Events as u8, cpu)).or_default();
        let first = *next + 1;
        *next += count;
        let payload = PayloadBuilder::new(&LOSS)
            .u64("first_sequence", first)
            .u64("last_sequence", first + count - 1)
            .u64("first_boot_ns", boot_ns)
            .u64("last_boot_ns", boot_ns)
            .u64("count", count)
            .u64("cpu", cpu.into())
            .u64("lane", Lane::Events as u64)
            .u64("reason", LossReason::NoRoom.number().into());
        self.event(cpu, (boot_ns, 0, 0), payload, &LOSS);
    }

    /// Says that everything from before `boot_ns` is in the file, and writes that and all before it.
    pub(crate) fn watermark(&mut self, boot_ns: u64) {
        self.flush();
        let payload = PayloadBuilder::new(&MARKER).u64("purpose", MarkerPurpose::Watermark.number().into());
        self.event(u32::MAX, (boot_ns, 0, 0), payload, &MARKER);
        self.flush();
    }

    /// Writes what was added, as blocks of the segment that is open.
    pub(crate) fn flush(&mut self) {
        let header = SegmentHeader {
            capture_id: self.capture_id,
            boot_id: BOOT_ID,
            host_id: self.host_id,
            number: self.segment,
            start_boot_ns: self.start_boot_ns,
            clock_boot_ns: self.start_boot_ns,
            clock_monotonic_ns: 0,
            clock_realtime_ns: OFFSET_NS + self.start_boot_ns as i64,
            capture_start_boot_ns: 0,
            previous_root: self.previous_root,
        };
        let writer = self.writer.get_or_insert_with(|| {
            let path = self.directory.path().join(formats::segment::file_name(self.segment));
            let file = std::fs::File::create_new(&path).unwrap();
            SegmentWriter::with_sink(file, &path, header, self.schema).unwrap()
        });
        let mut encoder = BlockEncoder::with_schema(self.schema).unwrap();
        for ((lane, cpu), frames) in std::mem::take(&mut self.frames) {
            for block in frames.chunks(self.block_frames) {
                let raw = RawBlock {
                    lane: Lane::from_number(lane).unwrap(),
                    cpu,
                    keyframe: false,
                    first_sequence: block[0].0,
                    rows: block.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect(),
                };
                writer.append(&encoder.encode(&raw, Effort::Columns(1)).unwrap()).unwrap();
            }
        }
    }

    /// Writes and closes the segment; what is added from now on is in the next, which starts at `boot_ns`.
    pub(crate) fn cut(&mut self, boot_ns: u64) -> PathBuf {
        self.flush();
        let writer = self.writer.take().unwrap();
        let path = writer.path().to_owned();
        self.previous_root = writer.finish(boot_ns).unwrap().root;
        self.segment += 1;
        self.start_boot_ns = boot_ns;
        path
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The capture as far as it is written.
    pub(crate) fn open(&self) -> Capture {
        Capture::open(self.path()).unwrap()
    }
}

fn address(port: u16) -> Vec<u8> {
    let mut bytes = vec![2, 0];
    bytes.extend_from_slice(&port.to_be_bytes());
    bytes.extend_from_slice(&[127, 0, 0, 1]);
    bytes.extend_from_slice(&[0; 8]);
    bytes
}

/// The event of this name.
pub(crate) fn event(name: &str) -> &'static Event {
    events::all().find(|event| event.name == name).unwrap()
}

/// A `sched_process_fork` of process `child` by process `parent`.
pub(crate) fn fork(parent: u32, child: u32, child_context: u64) -> PayloadBuilder<'static> {
    PayloadBuilder::new(&lifecycle::SCHED_PROCESS_FORK)
        .u64("child_context", child_context)
        .u64("start_time", start_of(child))
        .u64("parent_pid", parent.into())
        .u64("parent_tid", parent.into())
        .u64("child_pid", child.into())
        .u64("child_tid", child.into())
        .u64("child_ns_pid", u64::from(child) % 100)
}

/// A capture of `segments` segments in which two CPUs run a small process tree with `calls` system calls a segment.
pub(crate) fn sample(segments: u64, calls: u64) -> Recording {
    let mut recording = Recording::new();
    let openat = event("openat");
    let read = event("read");
    for segment in 0..segments {
        let from = 1_000_000 + segment * 10_000_000;
        let object = segment * 1_000_000 + 10;
        recording.file(u32::MAX, from, 1, b"/usr/bin/sh");
        recording.context(u32::MAX, from, Task { id: 1, pid: 501, tid: 501, ppid: 1, exe: 1, comm: b"sh" });
        recording.context(u32::MAX, from, Task { id: 2, pid: 502, tid: 502, ppid: 501, exe: 1, comm: b"sh" });
        for call in 0..calls {
            let at = from + 100 + call * 50;
            let cpu = (call % 2) as u32;
            let (context, tid) = if call % 3 == 0 { (1, 501) } else { (2, 502) };
            if call % 5 == 0 {
                let payload = PayloadBuilder::new(openat)
                    .i64("ret", 3)
                    .i64("dirfd", -100)
                    .bytes("pathname", format!("/tmp/{call}").as_bytes())
                    .i64("flags", 0o2000000)
                    .u64("ret_object", object + call);
                recording.event(cpu, (at, context, tid), payload, openat);
                // The definition comes after the row that refers to it.
                recording.file(1 - cpu, at + 7, object + call, format!("/tmp/{call}").as_bytes());
            } else {
                let ret = if call % 7 == 0 { -11 } else { call as i64 };
                let payload = PayloadBuilder::new(read)
                    .i64("ret", ret)
                    .i64("fd", 3)
                    .u64("buf", 0x7fff_0000_1234)
                    .u64("count", 4096)
                    .u64("fd_object", object + call / 5 * 5);
                recording.event(cpu, (at, context, tid), payload, read);
            }
        }
        recording.cut(from + 9_000_000);
    }
    recording
}

/// Numbers that look like chance and are the same in every run (xorshift64).
pub(crate) fn chance() -> impl FnMut() -> u64 {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }
}
