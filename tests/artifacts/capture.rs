//! A capture of one segment with artifacts in it, made frame by frame.

use std::path::Path;

pub(crate) use formats::artifact::Piece;
use formats::artifact::artifact_flags;
use formats::block::{BlockEncoder, Effort, RawBlock};
use formats::event::{Event, Lane};
use formats::events::content::{ARTIFACT, ARTIFACT_CONTENT, ARTIFACT_SOURCE};
use formats::events::recorder::RECORDING_STOPPED;
use formats::frame::FrameHeader;
use formats::payload::PayloadBuilder;
use formats::schema::Schema;
use formats::segment::{SegmentHeader, SegmentWriter};
use sha2::{Digest, Sha256};

pub(crate) struct Capture {
    writer: SegmentWriter,
    rows: Vec<u8>,
    frames: u32,
}

impl Capture {
    pub(crate) fn create(path: &Path) -> Capture {
        std::fs::create_dir(path).unwrap();
        let path = path.join("00000001.seg");
        let header = SegmentHeader {
            capture_id: [1; 16],
            boot_id: [2; 16],
            host_id: [3; 16],
            number: 1,
            start_boot_ns: 0,
            clock_boot_ns: 0,
            clock_monotonic_ns: 0,
            clock_realtime_ns: 1_700_000_000_000_000_000,
            capture_start_boot_ns: 0,
            previous_root: [0; 32],
        };
        let file = std::fs::File::create_new(&path).unwrap();
        let writer = SegmentWriter::with_sink(file, &path, header, Schema::builtin()).unwrap();
        Capture { writer, rows: Vec::new(), frames: 0 }
    }

    fn put(&mut self, payload: PayloadBuilder<'_>, event: &Event) {
        self.frames += 1;
        let header = FrameHeader { boot_ns: 10, sequence: self.frames, event: event.id, ..FrameHeader::default() };
        header.append(&payload.finish().unwrap(), &mut self.rows).unwrap();
    }

    /// Bytes under a digest.
    pub(crate) fn stored(&mut self, digest: &[u8], bytes: &[u8]) {
        self.put(
            PayloadBuilder::new(&ARTIFACT_CONTENT).bytes("digest", digest).bytes("data", bytes),
            &ARTIFACT_CONTENT,
        );
    }

    /// Bytes under their own digest, and their entry in an artifact's list.
    pub(crate) fn piece(&mut self, offset: u64, bytes: &[u8]) -> Piece {
        let digest = *blake3::hash(bytes).as_bytes();
        self.stored(&digest, bytes);
        Piece { offset, length: bytes.len() as u32, flags: 0, digest }
    }

    /// One record of an artifact: which part of how many.
    pub(crate) fn part(&mut self, number: u64, size: u64, part: (u64, u64), sha256: &[u8], pieces: &[Piece]) {
        let mut list = Vec::new();
        pieces.iter().for_each(|piece| piece.encode(&mut list));
        let payload = PayloadBuilder::new(&ARTIFACT)
            .u64("artifact", number)
            .u64("size", size)
            .u64("stored", pieces.iter().map(|piece| u64::from(piece.length)).sum())
            .u64("part", part.0)
            .u64("parts", part.1)
            .bytes("sha256", sha256)
            .bytes("pieces", &list);
        self.put(payload, &ARTIFACT);
    }

    /// An artifact of one record.
    pub(crate) fn artifact(&mut self, number: u64, size: u64, sha256: &[u8], pieces: &[Piece]) {
        self.part(number, size, (0, 1), sha256, pieces);
    }

    /// An artifact that is this content.
    pub(crate) fn whole(&mut self, number: u64, content: &[u8]) {
        let piece = self.piece(0, content);
        self.artifact(number, content.len() as u64, &Sha256::digest(content), &[piece]);
    }

    /// Says that it was executed at this time, complete; 0 for nothing that could be kept.
    pub(crate) fn source(&mut self, number: u64, at_ns: u64, path: &[u8]) {
        let flags = if number == 0 { 0 } else { artifact_flags::COMPLETE };
        let payload = PayloadBuilder::new(&ARTIFACT_SOURCE)
            .u64("artifact", number)
            .u64("at_ns", at_ns)
            .u64("kind", 1)
            .u64("way", 1)
            .u64("flags", flags.into())
            .bytes("path", path);
        self.put(payload, &ARTIFACT_SOURCE);
    }

    /// Writes and closes it.
    pub(crate) fn finish(mut self) {
        let mut encoder = BlockEncoder::with_schema(Schema::builtin()).unwrap();
        let block = |lane, rows| RawBlock { lane, cpu: u32::MAX, keyframe: false, first_sequence: 1, rows };
        let artifacts = block(Lane::Artifacts, std::mem::take(&mut self.rows));
        self.frames = 0;
        self.put(PayloadBuilder::new(&RECORDING_STOPPED).u64("reason", 1), &RECORDING_STOPPED);
        let control = block(Lane::Control, std::mem::take(&mut self.rows));
        for block in [artifacts, control] {
            self.writer.append(&encoder.encode(&block, Effort::Columns(1)).unwrap()).unwrap();
        }
        self.writer.finish(1_000_000).unwrap();
    }
}
