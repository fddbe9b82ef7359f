//! Too much, without an end, hardly there, no room: recorded as what it is, bounded, and harmless.

use std::collections::BTreeSet;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Kept, artifacts, brief, has_flag, is_whole, pattern, script, sha256, sources};
use crate::capture::{Capture, LIMIT, number, query, segments_of, text, tracee};
use crate::{machine, process, program, recording};

/// Bytes that are stored of a source.
fn stored(row: &Value) -> i64 {
    row["stored_bytes"].as_i64().unwrap_or(0)
}

#[test]
fn an_artifact_is_cut_at_its_limit_and_says_so() {
    let Some(_turn) = machine::turn("an_artifact_is_cut_at_its_limit_and_says_so") else { return };
    let limits: [&[&str]; 2] =
        [&["--capture", "write", "--artifact-max", "128KiB"], &["--capture", "write:path={}/*,max=128KiB"]];
    for options in limits {
        let kept = Kept::record(options, &["sizes", "{}", "1000000", "1", "1"]);
        let rows = kept.of_file("write", "0-0");
        assert_eq!(rows.len(), 1, "{options:?}: {}", brief(&rows));
        let row = &rows[0];
        assert!(has_flag(row, "over_limit") && !has_flag(row, "complete"), "{row:#}");
        assert!(number(row, "complete") == 0 && !row["why"].is_null(), "{row:#}");
        assert_eq!(number(row, "size"), 1_000_000, "{row:#}");
        assert!(stored(row) <= 128 << 10, "{row:#}");
        assert_eq!(number(row, "missing_bytes"), 1_000_000 - stored(row), "{row:#}");
        // It does not come out as if it were whole.
        let directory = kept.capture.scratch().join("out");
        std::fs::create_dir(&directory).expect("a directory");
        let extract = |more: &[&str]| {
            let arguments = [&["-o", directory.to_str().expect("a path")], more].concat();
            artifacts(&kept.capture.path, "extract", &arguments)
        };
        let count = || std::fs::read_dir(&directory).expect("the directory").count();
        let finished = extract(&[]);
        assert!(finished.code() != 0 && count() == 0, "{}", finished.stderr);
        if stored(row) > 0 {
            let finished = extract(&["--partial"]);
            assert!(finished.code() != 0 && count() == 1, "{}", finished.stderr);
        }
    }
}

#[test]
fn a_process_is_limited_and_the_next_one_is_not() {
    let Some(_turn) = machine::turn("a_process_is_limited_and_the_next_one_is_not") else { return };
    let options = ["--capture", "write", "--artifacts-per-process", "300KiB"];
    let kept = Kept::record(&options, &["sizes", "{}", "100000", "6", "2"]);
    for process in 0..2_u64 {
        let mut bytes = 0;
        for file in 0..6 {
            let name = format!("{process}-{file}");
            let rows = kept.of_file("write", &name);
            assert_eq!(rows.len(), 1, "{name}: {}", brief(&rows));
            bytes += stored(&rows[0]);
            let expected = sha256(&script(&name, 1000 * process + file, 100_000));
            if file < 2 {
                assert!(is_whole(&rows[0], &expected), "{name}: {}", brief(&rows));
            }
            if file > 2 {
                assert!(has_flag(&rows[0], "over_limit") && !rows[0]["why"].is_null(), "{name}: {}", brief(&rows));
            }
        }
        assert!(bytes <= 300 << 10, "process {process}: {bytes} bytes");
    }
}

#[test]
fn a_capture_is_limited_and_everything_else_goes_on() {
    let Some(_turn) = machine::turn("a_capture_is_limited_and_everything_else_goes_on") else { return };
    let options = ["--capture", "write", "--artifacts-total", "1MiB"];
    let kept = Kept::record(&options, &["sizes", "{}", "200000", "10", "3"]);
    let rows = kept.of("write", "");
    // A piece may come after the closing that another CPU told of: then the file is taken twice.
    let paths =
        |rows: &mut dyn Iterator<Item = &Value>| rows.map(|row| text(row, "path")).collect::<BTreeSet<_>>().len();
    assert_eq!(paths(&mut rows.iter()), 30, "each file has a row");
    let whole = paths(&mut rows.iter().filter(|row| number(row, "complete") == 1));
    assert!((4..=5).contains(&whole), "{whole} files fit into 1 MiB");
    assert!(rows.iter().all(|row| number(row, "complete") == 1 || has_flag(row, "over_limit")), "{}", brief(&rows));
    let bytes = kept.capture.number("SELECT sum(stored_bytes) FROM artifacts");
    assert!(bytes <= 1 << 20, "{bytes} bytes");
    // These bytes do not compress.
    let size = recording::size(&kept.capture.path);
    assert!(size < 3 << 20, "a capture of {size} bytes");
    assert!(kept.finished.stderr.to_lowercase().contains("artifact"), "it says so: {}", kept.finished.stderr);
    let files = format!("fd_path LIKE '{}/%'", kept.scene.display());
    assert_eq!(kept.capture.number(&format!("SELECT count(*) FROM write WHERE {files}")), 30);
    assert_eq!(kept.capture.number("SELECT count(*) FROM sched_process_exit WHERE process_group_exit = 1"), 4);
}

#[test]
fn a_full_disk_holds_nobody_and_leaves_a_valid_capture() {
    let Some(_turn) = machine::turn("a_full_disk_holds_nobody_and_leaves_a_valid_capture") else { return };
    let (outside, scene) = Kept::planned();
    let small = outside.scratch().join("small");
    std::fs::create_dir(&small).expect("a directory");
    // The mount is private to this shell; what was recorded on it is copied out before it goes.
    let script = "set -e
        mount -t tmpfs -o size=4m tmpfs \"$1\"
        status=0
        \"$2\" record -o \"$1/capture\" --capture exec --capture write -- \
            sh -c '\"$1\" sizes . 200000 20 3 && \"$1\" execs . /bin/true 100 removed && echo done' sh \"$3\" || status=$?
        cp -r \"$1/capture\" \"$4\"
        exit $status";
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", script, "sh"]).arg(&small).arg(crate::capture::binary());
    command.arg(program::build_static("artifacts")).arg(&outside.path).current_dir(&scene);
    let finished = process::run(&mut command, LIMIT);
    assert_eq!(finished.code(), 125, "{}", finished.stderr);
    assert!(finished.stderr.to_lowercase().contains("no space left"), "it says why: {}", finished.stderr);
    assert!(finished.stdout_text().ends_with("done\n"), "the command ran to its end: {}", finished.stdout_text());
    assert!(!segments_of(&outside.path).is_empty());
    let info = process::run(tracee().arg("info").arg(&outside.path), LIMIT).stdout_text();
    assert!(info.contains("disk full"), "the capture itself says why it ended:\n{info}");
    outside.verify();
    // What got in is right.
    let rows = query(
        &outside.path,
        "SELECT s.* FROM artifact_sources s WHERE s.kind = 'write' AND s.complete AND s.path LIKE '%/scene/_-%'",
    );
    for row in &rows {
        let file = std::fs::read(text(row, "path")).expect("the file");
        assert_eq!(text(row, "sha256"), sha256(&file), "{row:#}");
    }
    eprintln!("{} of 60 files got into 4 MiB", rows.len());
    let finished = artifacts::<&str>(&outside.path, "hash", &[]);
    assert!([0, 1].contains(&finished.code()), "{}", finished.stderr);
    assert!(!finished.stdout_text().contains("differs"), "{}", finished.stdout_text());
}

#[test]
fn a_fifo_that_never_ends_is_bounded() {
    let Some(_turn) = machine::turn("a_fifo_that_never_ends_is_bounded") else { return };
    let options =
        ["--capture", "write:type=pipe", "--capture", "read:type=pipe", "--capture", "exec", "--artifact-max", "1MiB"];
    let began = Instant::now();
    let kept = Kept::record(&options, &["fifo", "{}/endless", "2"]);
    let took = began.elapsed();
    assert!(took < Duration::from_secs(60) * process::slowness(), "it took {took:?}");
    let wrote: i64 = kept.said("wrote")[0][0].parse().expect("a number");
    for kind in ["write", "read"] {
        let rows = kept.of_file(kind, "endless");
        assert!(!rows.is_empty(), "{kind}");
        let bytes: i64 = rows.iter().map(stored).sum();
        eprintln!("{kind}: {bytes} of {wrote} bytes in {} rows", rows.len());
        assert!(rows.iter().all(|row| stored(row) <= 1 << 20 && number(row, "complete") == 0), "{}", brief(&rows));
        assert!(rows.iter().any(|row| has_flag(row, "over_limit") && !row["why"].is_null()), "{}", brief(&rows));
    }
    // What is missing of the history is listed, and the other lanes are not disturbed.
    assert_eq!(kept.capture.query("SELECT * FROM losses WHERE lane = 'control'"), Vec::<Value>::new());
    let size = recording::size(&kept.capture.path);
    assert!(size < 256 << 20, "a capture of {size} bytes");
}

#[test]
fn a_sparse_file_of_a_tebibyte_is_a_few_pieces_and_a_hole() {
    let Some(_turn) = machine::turn("a_sparse_file_of_a_tebibyte_is_a_few_pieces_and_a_hole") else { return };
    const TEBIBYTE: i64 = 1 << 40;
    let began = Instant::now();
    let kept = Kept::record(&["--capture", "write"], &["sparse", "{}/s"]);
    let took = began.elapsed();
    assert!(took < Duration::from_secs(30) * process::slowness(), "it took {took:?}");
    let rows = kept.of_file("write", "s");
    assert_eq!(rows.len(), 1, "{}", brief(&rows));
    let row = &rows[0];
    assert_eq!((number(row, "size"), number(row, "artifact_size")), (TEBIBYTE, TEBIBYTE), "{row:#}");
    assert_eq!(number(row, "missing_bytes"), 0, "holes are the file's own: {row:#}");
    assert!((2 * 4096..=4 << 16).contains(&stored(row)), "{row:#}");
    assert_eq!(number(row, "hole_bytes"), TEBIBYTE - stored(row), "{row:#}");

    let directory = kept.capture.scratch().join("out");
    std::fs::create_dir(&directory).expect("a directory");
    let arguments = ["-o", directory.to_str().expect("a path"), "--partial", "--filter", "path LIKE '%/scene/s'"];
    artifacts(&kept.capture.path, "extract", &arguments);
    let mut files = std::fs::read_dir(&directory).expect("the directory").map(|entry| entry.expect("an entry").path());
    let extracted = files.next().expect("a file");
    let data = std::fs::metadata(&extracted).expect("a file");
    assert_eq!(data.len(), TEBIBYTE as u64);
    assert!(data.blocks() * 512 < 1 << 20, "{} blocks", data.blocks());
    let file = std::fs::File::open(&extracted).expect("a file");
    let mut block = [0; 4096];
    file.read_exact_at(&mut block, 0).expect("its beginning");
    assert_eq!((&block[..4], &block[4..]), (&b"\x7fELF"[..], &pattern(41, 4096)[4..]));
    file.read_exact_at(&mut block, TEBIBYTE as u64 - 4096).expect("its end");
    assert_eq!(block[..], pattern(42, 4096));
    file.read_exact_at(&mut block, 1 << 39).expect("its middle");
    assert_eq!(block, [0; 4096]);
}

#[test]
fn what_cannot_be_captured_is_refused_with_a_word_that_helps() {
    let Some(_turn) = machine::turn("what_cannot_be_captured_is_refused_with_a_word_that_helps") else { return };
    for (options, word) in [
        (["--capture", "exce"], "exec"),
        (["--capture", "write:pth=/tmp/*"], "path"),
        (["--capture", "write:type=elv"], "elf"),
        (["--capture", "read:fd=stdim"], "stdin"),
        (["--capture", "write:max=many"], "max"),
        (["--hold", "memdf"], "memfd"),
        (["--artifact-max", "much"], "artifact-max"),
        (["--events", "content"], "--capture"),
    ] {
        let (capture, finished) = Capture::attempt(&options, &["true"]);
        let options = options.join(" ");
        assert!([2, 125].contains(&finished.code()), "{options}: {}", finished.stderr);
        assert!(finished.stderr.contains(word), "{options}: {}", finished.stderr);
        assert!(!capture.path.exists() || segments_of(&capture.path).is_empty(), "{options}: nothing is recorded");
    }
    let kept = Kept::record(&["--capture", "exec"], &["execs", "{}", "/bin/true", "1", "removed"]);
    assert_eq!(sources(&kept.capture, "s.kind = 'write'"), Vec::<Value>::new(), "what was not asked for is not kept");
}
