//! A disk that fills at every possible byte.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use formats::block::Effort;
use formats::capture::Capture;
use formats::error::Error;
use formats::schema::Schema;
use formats::segment::{Segment, SegmentWriter, Sink};

use crate::sample::{blocks, encode, header, readable};

/// Takes this many bytes and no more.
struct Disk<'a> {
    room: usize,
    written: &'a mut Vec<u8>,
}

impl Write for Disk<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let fits = bytes.len().min(self.room - self.written.len());
        if fits == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.written.extend_from_slice(&bytes[..fits]);
        Ok(fits)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Disk<'_> {
    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.written.truncate(length as usize);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes until the disk is full; gives how many blocks were taken and whether the segment was closed.
fn fill(room: usize, written: &mut Vec<u8>) -> Option<(usize, bool)> {
    let path = Path::new("disk");
    let sink = Disk { room, written };
    let mut writer = SegmentWriter::with_sink(sink, path, header(1, [0; 32]), Schema::builtin()).ok()?;
    let mut taken = 0;
    for block in blocks(1) {
        match writer.append(&encode(&block, Effort::Columns(1))) {
            Ok(()) => taken += 1,
            Err(Error::Io { source, .. }) => assert_eq!(source.kind(), io::ErrorKind::StorageFull),
            Err(other) => panic!("{other}"),
        }
    }
    Some((taken, writer.finish(9).is_ok()))
}

#[test]
fn full_disk_leaves_a_segment_that_reads_to_its_last_whole_block() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("00000001.seg");
    let mut all = Vec::new();
    assert_eq!(fill(usize::MAX, &mut all), Some((3, true)));
    for room in 0..=all.len() {
        let mut written = Vec::new();
        let Some((taken, closed)) = fill(room, &mut written) else {
            assert!(room < 256);
            continue;
        };
        fs::write(&path, &written).unwrap();
        let segment = Segment::open(&Capture::open(&path).unwrap().segments()[0]).unwrap();
        assert_eq!(readable(&segment).len(), taken, "room for {room}");
        assert_eq!(segment.is_complete(), closed, "room for {room}");
        let only_unclosed = segment.damage().iter().all(|damage| damage.what.contains("not closed"));
        assert!(only_unclosed, "room for {room}: {:?}", segment.damage());
    }
}

#[test]
fn segment_is_never_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    drop(SegmentWriter::create(dir.path(), header(1, [0; 32]), Schema::builtin()).unwrap());
    let again = SegmentWriter::create(dir.path(), header(1, [0; 32]), Schema::builtin());
    assert!(matches!(again, Err(Error::Exists { .. })));
}
