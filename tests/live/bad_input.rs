//! What is wrong with the input is said in one line, with exit status 2, and nothing is overwritten. Needs no kernel.

use std::path::Path;

use crate::capture::{Capture, LIMIT, tracee};
use crate::machine;
use crate::process::{self, Finished};

fn run(arguments: &[&str]) -> Finished {
    process::run(tracee().args(arguments), LIMIT)
}

/// Asserts exit status 2 and one line that holds all of `words`.
fn assert_refused(arguments: &[&str], words: &[&str]) {
    let finished = run(arguments);
    assert_eq!(finished.code(), 2, "{arguments:?}: {}", finished.stderr);
    assert_eq!(finished.stderr.lines().count(), 1, "{arguments:?}: {}", finished.stderr);
    assert!(finished.stdout.is_empty(), "{arguments:?}");
    for word in words {
        assert!(finished.stderr.contains(word), "{arguments:?} does not name {word}: {}", finished.stderr);
    }
}

fn shown(path: &Path) -> &str {
    path.to_str().expect("a temporary path is UTF-8")
}

#[test]
fn what_is_no_capture_is_refused_by_name() {
    let scratch = tempfile::tempdir().unwrap();
    let (empty, garbage, missing) =
        (scratch.path().join("empty"), scratch.path().join("garbage"), scratch.path().join("missing"));
    std::fs::create_dir(&empty).unwrap();
    std::fs::write(&garbage, b"\x7fELF and so on, not a capture at all").unwrap();
    for path in [&empty, &garbage, &missing] {
        for arguments in [&["info"][..], &["events"], &["verify"], &["query", "select 1"]] {
            let mut line = vec![arguments[0], shown(path)];
            line.extend(&arguments[1..]);
            assert_refused(&line, &[shown(path)]);
        }
    }
}

#[test]
fn questions_that_make_no_sense_are_refused_with_help() {
    let Some(_turn) = machine::turn("questions_that_make_no_sense_are_refused_with_help") else { return };
    let capture = Capture::record(&[], &["true"]);
    let path = shown(&capture.path);
    assert_refused(&["events", path, "--event", "opennat"], &["opennat", "openat"]);
    let finished = run(&["query", path, "select count(*)\nfrom openat\nwhere where pathname = 'x'"]);
    assert_eq!(finished.code(), 2);
    assert!(finished.stderr.contains("line 3") || finished.stderr.contains("3:"), "the position: {}", finished.stderr);
    assert_refused(&["query", path, "select nosuchcolumn from openat"], &["nosuchcolumn"]);
    let occupied = capture.scratch().join("occupied.db");
    std::fs::write(&occupied, "precious").unwrap();
    assert_refused(&["replay", path, "--to", "sqlite", shown(&occupied)], &["occupied.db"]);
    assert_refused(&["pack", path, "-o", shown(&occupied)], &["occupied.db"]);
    assert_eq!(std::fs::read_to_string(&occupied).unwrap(), "precious");
}

#[test]
fn a_newer_format_is_refused_by_its_version() {
    let Some(_turn) = machine::turn("a_newer_format_is_refused_by_its_version") else { return };
    let capture = Capture::record(&[], &["true"]);
    let segment = &capture.segments()[0];
    let mut bytes = std::fs::read(segment).unwrap();
    // The major version, behind the magic; the header's hash is made again, so that it is a newer format and not damage.
    bytes[8] = 2;
    let hash = blake3::hash(&bytes[..224]);
    bytes[224..256].copy_from_slice(hash.as_bytes());
    std::fs::write(segment, bytes).unwrap();
    assert_refused(&["info", shown(&capture.path)], &["2.0", "newer", "00000001.seg"]);
}
