//! Small captures, the same on every run.

use std::path::Path;

use formats::block::{BlockDecoder, BlockEncoder, Effort, EncodedBlock, RawBlock};
use formats::capture::{BlockEntry, Segment};
use formats::event::Lane;
use formats::events::lifecycle::TASK_RENAME;
use formats::events::recorder::RECORDING_STOPPED;
use formats::events::structure::MARKER;
use formats::frame::FrameHeader;
use formats::payload::PayloadBuilder;
use formats::schema::Schema;
use formats::segment::{SegmentHeader, SegmentRoot, SegmentWriter};

/// A deterministic generator (xorshift).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub(crate) fn bytes(&mut self, length: u64) -> Vec<u8> {
        (0..length).map(|_| self.next() as u8).collect()
    }
}

/// `count` frames of two kinds, `first` the sequence number of the first.
pub(crate) fn rows(first: u64, count: u64) -> Vec<u8> {
    let mut rows = Vec::new();
    for sequence in first..first + count {
        let header = FrameHeader {
            boot_ns: 1_000_000 + sequence * 917 % 5000,
            context: 7 + sequence % 3,
            tid: 100 + (sequence % 3) as u32,
            sequence: sequence as u32,
            event: if sequence % 5 == 0 { MARKER.id } else { TASK_RENAME.id },
            ..Default::default()
        };
        let payload = if sequence % 5 == 0 {
            PayloadBuilder::new(&MARKER).u64("serial", sequence).u64("sequence", sequence).u64("purpose", 1)
        } else {
            let name = format!("worker/{}", sequence % 7);
            PayloadBuilder::new(&TASK_RENAME)
                .u64("task", 100)
                .bytes("old_name", b"bash")
                .bytes("new_name", name.as_bytes())
        };
        header.append(&payload.finish().unwrap(), &mut rows).unwrap();
    }
    rows
}

/// A block of CPU 0's events lane.
pub(crate) fn raw(first: u64, count: u64) -> RawBlock {
    RawBlock { lane: Lane::Events, cpu: 0, keyframe: false, first_sequence: first, rows: rows(first, count) }
}

pub(crate) fn encode(raw: &RawBlock, effort: Effort) -> EncodedBlock {
    BlockEncoder::new().unwrap().encode(raw, effort).unwrap()
}

/// The recorder's last frame.
pub(crate) fn stopped() -> RawBlock {
    let header = FrameHeader { boot_ns: 2_000_000, sequence: 1, event: RECORDING_STOPPED.id, ..Default::default() };
    let payload = PayloadBuilder::new(&RECORDING_STOPPED).u64("reason", 1).finish().unwrap();
    let mut rows = Vec::new();
    header.append(&payload, &mut rows).unwrap();
    RawBlock { lane: Lane::Control, cpu: u32::MAX, keyframe: false, first_sequence: 1, rows }
}

pub(crate) fn header(number: u64, previous_root: [u8; 32]) -> SegmentHeader {
    SegmentHeader {
        capture_id: [0xc1; 16],
        boot_id: [0xb0; 16],
        host_id: [0x40; 16],
        number,
        start_boot_ns: 1_000_000,
        clock_boot_ns: 1_000_000,
        clock_monotonic_ns: 900_000,
        clock_realtime_ns: 1_700_000_000_000_000_000,
        capture_start_boot_ns: 1_000_000,
        previous_root,
    }
}

/// The blocks of segment `number`, 100 frames that follow the segment before: for columns, for rows, to be stored.
pub(crate) fn blocks(number: u64) -> Vec<RawBlock> {
    let first = 1 + (number - 1) * 100;
    vec![raw(first, 82), raw(first + 82, 12), raw(first + 94, 6)]
}

/// A capture of this many segments, closed in order.
pub(crate) fn capture(dir: &Path, segments: u64) {
    let mut previous = SegmentRoot { number: 0, root: [0; 32], bytes: 0 };
    for number in 1..=segments {
        let mut writer = SegmentWriter::create(dir, header(number, previous.root), Schema::builtin()).unwrap();
        for (block, effort) in blocks(number).iter().zip([Effort::Columns(1), Effort::Rows(1), Effort::Stored]) {
            writer.append(&encode(block, effort)).unwrap();
        }
        if number == segments {
            writer.append(&encode(&stopped(), Effort::Stored)).unwrap();
        }
        previous = writer.finish(3_000_000).unwrap();
    }
}

/// Every frame block that can be read, with its rows.
pub(crate) fn readable(segment: &Segment) -> Vec<(BlockEntry, Vec<u8>)> {
    let mut decoder = BlockDecoder::new().unwrap();
    let mut found = Vec::new();
    for block in segment.frame_blocks() {
        let mut rows = Vec::new();
        if segment.rows(block, &mut decoder, &mut rows).is_ok() {
            found.push((block.clone(), rows));
        }
    }
    found
}
