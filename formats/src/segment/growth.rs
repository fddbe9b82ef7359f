//! Growth: how far a segment that is being written has come.

/// What a look for new blocks came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    /// As many blocks as were asked for were taken; there may be more.
    More,
    /// What follows is not written yet, or not all of it, or is damaged.
    Waiting,
    /// Footer and trailer follow.
    Closed,
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::Growth;
    use crate::block::{BlockDecoder, BlockEncoder, Effort, RawBlock};
    use crate::capture::{Segment, SegmentSource};
    use crate::event::Lane;
    use crate::events::structure::MARKER;
    use crate::frame::FrameHeader;
    use crate::payload::PayloadBuilder;
    use crate::schema::Schema;
    use crate::segment::{SEGMENT_HEADER_LEN, SegmentHeader, SegmentWriter};

    fn block(sequence: u64) -> RawBlock {
        let payload = PayloadBuilder::new(&MARKER).u64("serial", sequence).finish().unwrap();
        let mut rows = Vec::new();
        let header = FrameHeader { sequence: sequence as u32, event: MARKER.id, ..Default::default() };
        header.append(&payload, &mut rows).unwrap();
        RawBlock { lane: Lane::Control, cpu: 0, keyframe: false, first_sequence: sequence, rows }
    }

    /// A closed segment of three blocks, and its path.
    fn written(folder: &std::path::Path) -> std::path::PathBuf {
        let header = SegmentHeader { number: 1, ..Default::default() };
        let mut writer = SegmentWriter::create(folder, header, Schema::builtin()).unwrap();
        let mut encoder = BlockEncoder::with_schema(Schema::builtin()).unwrap();
        for sequence in 1..=3 {
            writer.append(&encoder.encode(&block(sequence), Effort::Rows(1)).unwrap()).unwrap();
        }
        let path = writer.path().to_owned();
        writer.finish(9).unwrap();
        path
    }

    #[test]
    fn a_segment_that_grows_byte_by_byte_gives_each_block_once_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = std::fs::read(written(folder.path())).unwrap();
        let whole = Segment::open(&SegmentSource::file(&folder.path().join("00000001.seg")).unwrap()).unwrap();

        let path = folder.path().join("00000002.seg");
        let mut file = std::fs::File::create(&path).unwrap();
        file.write_all(&bytes[..SEGMENT_HEADER_LEN]).unwrap();
        let mut growing = Segment::begin(&SegmentSource::file(&path).unwrap()).unwrap();
        let mut decoder = BlockDecoder::new().unwrap();
        for (at, byte) in bytes.iter().enumerate().skip(SEGMENT_HEADER_LEN) {
            file.write_all(&[*byte]).unwrap();
            let growth = growing.grow(&mut decoder, 100).unwrap();
            assert_eq!(growth == Growth::Closed, at + 1 == bytes.len(), "at {at}");
            let expected = whole.blocks().iter().filter(|block| block.end() <= at as u64 + 1).count();
            assert_eq!(growing.blocks(), &whole.blocks()[..expected], "at {at}");
        }
        assert!(growing.schema().get(MARKER.id).is_some());
    }

    #[test]
    fn a_block_that_is_written_over_is_taken_as_it_ends_up() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = std::fs::read(written(folder.path())).unwrap();
        let path = folder.path().join("00000002.seg");
        // As a full disk leaves it for a moment: a block's length is there, its content is not.
        let mut torn = bytes.clone();
        let last = torn.len() - 200;
        torn[SEGMENT_HEADER_LEN + 100..last].fill(0);
        std::fs::write(&path, &torn).unwrap();
        let mut growing = Segment::begin(&SegmentSource::file(&path).unwrap()).unwrap();
        let mut decoder = BlockDecoder::new().unwrap();
        assert_eq!(growing.grow(&mut decoder, 100).unwrap(), Growth::Waiting);
        assert!(growing.blocks().is_empty());
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(growing.grow(&mut decoder, 1).unwrap(), Growth::More);
        assert_eq!(growing.grow(&mut decoder, 100).unwrap(), Growth::Closed);
        assert_eq!(growing.blocks().len(), 4);
    }
}
