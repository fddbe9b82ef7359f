//! Cuts and altered bytes: what they did not touch is read, what they touched is named.

use std::fs;
use std::path::{Path, PathBuf};

use formats::block::{BlockHeader, BlockKind};
use formats::capture::{BlockEntry, Capture, Segment};
use formats::error::Error;
use formats::verify::verify;

use crate::sample::{capture, readable};

struct Whole {
    dir: tempfile::TempDir,
    path: PathBuf,
    bytes: Vec<u8>,
    /// Every block but the footer.
    blocks: Vec<BlockEntry>,
    readable: Vec<(BlockEntry, Vec<u8>)>,
    /// Where the last block ends.
    end: u64,
}

fn whole() -> Whole {
    let dir = tempfile::tempdir().unwrap();
    capture(dir.path(), 1);
    let path = dir.path().join("00000001.seg");
    let segment = open(&path).unwrap();
    assert!(segment.is_complete() && segment.damage().is_empty());
    let end = segment.blocks().iter().map(|block| block.offset + block.header.block_len()).max().unwrap();
    let readable = readable(&segment);
    assert_eq!(readable.len(), 4);
    Whole { bytes: fs::read(&path).unwrap(), blocks: segment.blocks().to_vec(), readable, path, dir, end }
}

fn open(path: &Path) -> Result<Segment, Error> {
    let capture = Capture::open(path)?;
    Segment::open(&capture.segments()[0])
}

#[test]
fn whole_capture_verifies() {
    let whole = whole();
    let report = verify(&Capture::open(whole.dir.path()).unwrap());
    assert!(report.ok && report.closed, "{:?}", report.problems);
    assert_eq!(report.totals.frames, 101);
    assert_eq!(report.totals.closed_segments, 1);
}

#[test]
fn cut_anywhere_reads_to_the_last_whole_block_and_says_where_it_ends() {
    let whole = whole();
    for cut in 0..whole.bytes.len() {
        fs::write(&whole.path, &whole.bytes[..cut]).unwrap();
        if cut < 256 {
            let error = open(&whole.path).err();
            assert!(matches!(error, Some(Error::Torn { offset: 0, .. })), "cut at {cut}: {error:?}");
        } else {
            let segment = open(&whole.path).unwrap();
            let kept: Vec<_> = whole
                .readable
                .iter()
                .filter(|(block, _)| block.offset + block.header.block_len() <= cut as u64)
                .cloned()
                .collect();
            assert_eq!(readable(&segment), kept, "cut at {cut}");
            let torn = whole
                .blocks
                .iter()
                .find(|block| block.offset < cut as u64 && block.offset + block.header.block_len() > cut as u64);
            if let Some(torn) = torn {
                let named = segment.damage().iter().any(|damage| damage.offset == torn.offset);
                assert!(named, "cut at {cut}: {:?}", segment.damage());
            }
            assert!(!segment.damage().is_empty(), "cut at {cut}");
        }
        let report = verify(&Capture::open(whole.dir.path()).unwrap());
        assert!(!report.ok && report.problems.iter().all(|problem| problem.file == whole.path), "cut at {cut}");
    }
}

#[test]
fn every_altered_byte_is_named_with_its_block_and_all_other_blocks_are_read() {
    altered(&whole(), true);
}

#[test]
fn every_altered_byte_of_a_segment_without_a_footer_is_named_too() {
    let mut whole = whole();
    let end = whole.end as usize;
    whole.bytes.truncate(end);
    altered(&whole, false);
}

fn altered(whole: &Whole, has_footer: bool) {
    for at in 0..whole.bytes.len() {
        let mut bytes = whole.bytes.clone();
        bytes[at] ^= 1 << (at % 8);
        fs::write(&whole.path, &bytes).unwrap();
        let segment = open(&whole.path).unwrap();
        let found = readable(&segment);
        let touched =
            |block: &BlockEntry| (block.offset..block.offset + block.header.block_len()).contains(&(at as u64));
        for (block, rows) in &whole.readable {
            if !touched(block) {
                let same = found.iter().any(|(other, found)| other == block && found == rows);
                assert!(same, "byte {at}: block {} is whole", block.header.ordinal);
            }
        }
        let untouched = whole.readable.iter().filter(|(block, _)| !touched(block)).count();
        assert_eq!(found.len(), untouched, "byte {at}: only whole blocks are given");
        let report = verify(&Capture::open(whole.dir.path()).unwrap());
        assert!(report.problems.iter().all(|problem| problem.file == whole.path));
        let expected_at =
            whole.blocks.iter().find(|block| touched(block)).map(|block| (block.offset, block.header.ordinal));
        match expected_at {
            Some((offset, ordinal)) => {
                let named = report
                    .problems
                    .iter()
                    .any(|problem| problem.offset == offset && problem.what.contains(&format!("block {ordinal}")));
                assert!(named, "byte {at} is in block {ordinal}: {:?}", report.problems);
            }
            None if at < 256 => assert!(report.problems.iter().any(|problem| problem.offset == 0), "byte {at}"),
            None => assert!(has_footer && !report.ok, "byte {at}"),
        }
    }
}

#[test]
fn missing_footer_is_rebuilt_from_the_blocks() {
    let whole = whole();
    fs::write(&whole.path, &whole.bytes[..whole.end as usize]).unwrap();
    let segment = open(&whole.path).unwrap();
    assert!(!segment.is_complete());
    assert_eq!(segment.blocks(), whole.blocks);
    assert_eq!(readable(&segment), whole.readable);
    assert!(segment.schema().by_name("task_rename").is_some());
}

#[test]
fn removed_block_of_a_segment_without_a_footer_is_named() {
    let whole = whole();
    let gone = &whole.blocks[2];
    let (start, end) = (gone.offset as usize, (gone.offset + gone.header.block_len()) as usize);
    let bytes = [&whole.bytes[..start], &whole.bytes[end..whole.end as usize]].concat();
    fs::write(&whole.path, bytes).unwrap();
    let segment = open(&whole.path).unwrap();
    assert!(segment.damage().iter().any(|damage| damage.what == "block 3 stands where block 2 should"));
    assert_eq!(segment.blocks().len(), whole.blocks.len() - 1);
}

#[test]
fn block_of_a_kind_that_is_not_known_is_skipped_and_counted() {
    let whole = whole();
    let mut header = BlockHeader::new(BlockKind::Other(200));
    header.stored_len = 5;
    header.seal(whole.blocks.len() as u64, b"later");
    let bytes = [&whole.bytes[..whole.end as usize], header.encode().as_slice(), b"later"].concat();
    fs::write(&whole.path, bytes).unwrap();
    let report = verify(&Capture::open(whole.dir.path()).unwrap());
    assert_eq!(report.totals.skipped_blocks, 1);
    assert_eq!(report.totals.damaged_blocks, 0);
    assert_eq!(report.totals.frames, 101);
}
