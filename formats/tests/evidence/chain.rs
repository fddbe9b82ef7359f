//! Segments taken away, exchanged, repeated: each is named.

use std::fs;
use std::path::Path;

use formats::capture::Capture;
use formats::segment::file_name;
use formats::verify::{Report, verify};

use crate::sample::capture;

fn report(change: impl Fn(&Path)) -> Report {
    let dir = tempfile::tempdir().unwrap();
    capture(dir.path(), 4);
    change(dir.path());
    verify(&Capture::open(dir.path()).unwrap())
}

/// Whether a problem of this file contains the text.
fn names(report: &Report, number: u64, text: &str) -> bool {
    report.problems.iter().any(|problem| problem.file.ends_with(file_name(number)) && problem.what.contains(text))
}

#[test]
fn whole_chain_verifies() {
    let report = report(|_| {});
    assert!(report.ok && report.closed, "{:?}", report.problems);
    assert_eq!((report.totals.segments, report.totals.frames), (4, 4 * 100 + 1));
}

#[test]
fn deleted_segment_is_named() {
    let middle = report(|dir| fs::remove_file(dir.join(file_name(2))).unwrap());
    assert!(names(&middle, 3, "segments 2 to 2 are missing"), "{:?}", middle.problems);
    assert!(names(&middle, 3, "frames 101 to 200 of lane events, CPU 0 are missing"), "{:?}", middle.problems);
    let first = report(|dir| fs::remove_file(dir.join(file_name(1))).unwrap());
    assert!(names(&first, 2, "segments 1 to 1 are missing"), "{:?}", first.problems);
}

#[test]
fn cut_tail_is_found_as_not_closed() {
    let report = report(|dir| fs::remove_file(dir.join(file_name(4))).unwrap());
    assert!(!report.ok && !report.closed);
    assert!(names(&report, 3, "not closed"), "{:?}", report.problems);
}

#[test]
fn exchanged_segments_are_named() {
    let report = report(|dir| {
        let (two, three) = (dir.join(file_name(2)), dir.join(file_name(3)));
        fs::rename(&two, dir.join("x")).unwrap();
        fs::rename(&three, &two).unwrap();
        fs::rename(dir.join("x"), &three).unwrap();
    });
    assert!(names(&report, 2, "00000002.seg holds segment 3"), "{:?}", report.problems);
    assert!(names(&report, 3, "00000003.seg holds segment 2"), "{:?}", report.problems);
}

#[test]
fn repeated_segment_is_named() {
    let report = report(|dir| {
        fs::copy(dir.join(file_name(2)), dir.join(file_name(5))).unwrap();
    });
    assert!(names(&report, 5, "00000005.seg holds segment 2"), "{:?}", report.problems);
    assert!(names(&report, 5, "segment 2 comes after segment 4"), "{:?}", report.problems);
}

#[test]
fn segment_that_was_replaced_by_another_whole_one_breaks_the_chain() {
    let report = report(|dir| {
        // Whole in itself, same number, other end: its root is another.
        let other = tempfile::tempdir().unwrap();
        capture(other.path(), 2);
        fs::copy(other.path().join(file_name(2)), dir.join(file_name(2))).unwrap();
    });
    assert!(names(&report, 3, "does not follow the one before it"), "{:?}", report.problems);
}
