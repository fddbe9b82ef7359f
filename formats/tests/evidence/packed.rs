//! Packed captures: the same bytes for the same capture, read in place, the same files back.

use std::fs;
use std::path::Path;

use formats::capture::{Capture, Segment};
use formats::error::Error;
use formats::pack::{pack, unpack};
use formats::verify::verify;

use crate::sample::{capture, readable};

fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    found.sort();
    found
}

#[test]
fn packing_twice_gives_the_same_file_and_unpacking_the_same_segments() {
    let dir = tempfile::tempdir().unwrap();
    let (from, back) = (dir.path().join("from"), dir.path().join("back"));
    fs::create_dir(&from).unwrap();
    capture(&from, 3);
    let (one, two) = (dir.path().join("one.tracee"), dir.path().join("two.tracee"));
    assert_eq!(pack(&from, &one).unwrap(), pack(&from, &two).unwrap());
    assert_eq!(fs::read(&one).unwrap(), fs::read(&two).unwrap());
    unpack(&one, &back).unwrap();
    assert_eq!(files(&from), files(&back));
    assert!(matches!(pack(&from, &one), Err(Error::Exists { .. })));
    assert!(matches!(unpack(&one, &back), Err(Error::Exists { .. })));
    // A packed capture packs to itself.
    let again = dir.path().join("again.tracee");
    pack(&one, &again).unwrap();
    assert_eq!(fs::read(&one).unwrap(), fs::read(&again).unwrap());
}

#[test]
fn packed_capture_is_read_in_place() {
    let dir = tempfile::tempdir().unwrap();
    let (from, packed) = (dir.path().join("from"), dir.path().join("x.tracee"));
    fs::create_dir(&from).unwrap();
    capture(&from, 3);
    pack(&from, &packed).unwrap();
    let (plain, packed) = (Capture::open(&from).unwrap(), Capture::open(&packed).unwrap());
    assert_eq!(plain.segments().len(), packed.segments().len());
    for (one, other) in plain.segments().iter().zip(packed.segments()) {
        assert_eq!(readable(&Segment::open(one).unwrap()), readable(&Segment::open(other).unwrap()));
    }
    let report = verify(&packed);
    assert!(report.ok, "{:?}", report.problems);
    assert_eq!(report.totals, verify(&plain).totals);
}

#[test]
fn altered_or_cut_packed_captures_are_told_and_never_panic() {
    let dir = tempfile::tempdir().unwrap();
    let (from, packed) = (dir.path().join("from"), dir.path().join("x.tracee"));
    fs::create_dir(&from).unwrap();
    capture(&from, 1);
    pack(&from, &packed).unwrap();
    let whole = fs::read(&packed).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x41;
        fs::write(&packed, bytes).unwrap();
        match Capture::open(&packed) {
            Ok(capture) => assert!(!verify(&capture).ok, "byte {at}"),
            Err(error) => assert!(at < 8, "byte {at}: {error}"),
        }
    }
    for cut in 0..whole.len() {
        fs::write(&packed, &whole[..cut]).unwrap();
        match Capture::open(&packed) {
            Ok(capture) => assert!(!verify(&capture).ok, "cut at {cut}"),
            Err(error) => assert!(cut < 8, "cut at {cut}: {error}"),
        }
    }
}
