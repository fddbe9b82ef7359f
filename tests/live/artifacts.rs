//! The bytes behind the events: what was executed, written, read or held in memory is in the capture, and is what it was.
//!
//! `tests/programs/artifacts` makes content that the tests make too, or leaves it in files; everything that is kept is
//! compared with that by SHA-256.

mod exec;
mod extract;
mod hold;
mod limits;
mod memory;
mod storm;
mod streams;
mod writes;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::capture::{Capture, LIMIT, number, rows, text, tracee};
use crate::process::{self, Finished};
use crate::program;

/// SHA-256 as the tables have it.
fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes that repeat nowhere, as the test program makes them.
fn pattern(seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length + 8);
    let first = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for at in 0..length.div_ceil(8) as u64 {
        let mut word = at.wrapping_add(first);
        word = (word ^ word >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
        word = (word ^ word >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        bytes.extend_from_slice(&(word ^ word >> 33).to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// A script as the test program makes it.
fn script(name: &str, seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = format!("#!/bin/true\n# {name}\n").into_bytes();
    bytes.extend(pattern(seed, length - bytes.len()));
    bytes
}

/// A recording of a command in a directory of its own, and what the command said.
struct Kept {
    capture: Capture,
    scene: PathBuf,
    finished: Finished,
}

impl Kept {
    /// Room for a recording and its directory.
    fn planned() -> (Capture, PathBuf) {
        let capture = Capture::planned();
        let scene = capture.scratch().join("scene");
        std::fs::create_dir(&scene).expect("a directory");
        (capture, scene)
    }

    /// Records the program `artifacts`; `{}` in its arguments is the directory, `{self}` a program that can be copied.
    fn record(options: &[&str], arguments: &[&str]) -> Kept {
        let (capture, scene) = Kept::planned();
        let program = program::build_static("artifacts");
        let copied = program::build("artifacts").display().to_string();
        let fill = |word: &&str| word.replace("{self}", &copied).replace("{}", &scene.display().to_string());
        let options: Vec<String> = options.iter().map(fill).collect();
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let command: Vec<OsString> =
            std::iter::once(program.into()).chain(arguments.iter().map(fill).map(OsString::from)).collect();
        Kept::finish(capture, scene, &options, &command)
    }

    /// Records a shell script that runs in the directory.
    fn shell(options: &[&str], script: &str) -> Kept {
        let (capture, scene) = Kept::planned();
        let script = format!("cd '{}' && {{ {script}\n}}", scene.display());
        Kept::finish(capture, scene, options, &["sh", "-c", &script])
    }

    fn finish<S: AsRef<OsStr>>(capture: Capture, scene: PathBuf, options: &[&str], command: &[S]) -> Kept {
        let finished = process::run(&mut capture.recorder(options, command), LIMIT);
        assert_eq!(finished.code(), 0, "{options:?}: {}", finished.stderr);
        capture.verify();
        Kept { capture, scene, finished }
    }

    /// What the program said behind a word, line by line.
    fn said(&self, word: &str) -> Vec<Vec<String>> {
        let text = self.finished.stdout_text();
        let lines = text.lines().map(|line| line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        lines.filter(|line| line[0] == word).map(|line| line[1..].to_vec()).collect()
    }

    /// Sources of a kind of files in the directory of which the names begin so; executed ones also where nothing could be
    /// had, so that the path is only what the program was called by.
    fn of(&self, kind: &str, name: &str) -> Vec<Value> {
        let path = self.scene.join(name);
        let path = path.display();
        let called =
            if kind == "exec" { format!("OR s.artifact_key IS NULL AND s.exe LIKE '{path}%'") } else { String::new() };
        sources(&self.capture, &format!("s.kind = '{kind}' AND (s.path LIKE '{path}%' {called})"))
    }

    /// The same, of the file of exactly this name, in order of time.
    fn of_file(&self, kind: &str, name: &str) -> Vec<Value> {
        let path = self.scene.join(name);
        sources(&self.capture, &format!("s.kind = '{kind}' AND s.path = '{}'", path.display()))
    }

    /// Bytes of a file of the directory.
    fn file(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.scene.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn nothing_lost(&self) {
        assert_eq!(self.capture.query("SELECT * FROM losses"), Vec::<Value>::new());
    }
}

/// Rows of `artifact_sources` (`s`) with what is known of each one's artifact (`a`), in order of time.
fn sources(capture: &Capture, condition: &str) -> Vec<Value> {
    capture.query(&format!(
        "SELECT s.*, a.size AS artifact_size, a.stored_bytes, a.hole_bytes, a.type FROM artifact_sources s
         LEFT JOIN artifacts a ON a.artifact_key = s.artifact_key WHERE {condition} ORDER BY s.ts_ns, s.version"
    ))
}

/// What is to be seen of rows that are not as they should be.
fn brief(rows: &[Value]) -> String {
    let columns = ["path", "version", "way", "flags", "size", "missing_bytes", "held_ns", "sha256", "why"];
    rows.iter().map(|row| format!("\n  {}", columns.map(|name| row[name].to_string()).join(" "))).collect()
}

fn has_flag(row: &Value, flag: &str) -> bool {
    text(row, "flags").split('|').any(|set| set == flag)
}

/// Whether the row says that every byte is there, and these are they.
fn is_whole(row: &Value, sha256: &str) -> bool {
    number(row, "complete") == 1
        && number(row, "missing_bytes") == 0
        && has_flag(row, "complete")
        && row["why"].is_null()
        && text(row, "sha256") == sha256
}

/// Fails unless each of these hashes is that of exactly one of the rows, and all rows are whole.
#[track_caller]
fn assert_all_there(rows: &[Value], expected: &[String]) {
    let mut of: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for sha256 in expected {
        of.entry(sha256).or_default().0 += 1;
    }
    for row in rows {
        if is_whole(row, text(row, "sha256")) {
            of.entry(text(row, "sha256")).or_default().1 += 1;
        }
    }
    let right: usize = of.values().map(|(wanted, found)| wanted.min(found)).sum();
    let wrong: Vec<_> = rows.iter().filter(|row| !expected.contains(&text(row, "sha256").to_owned())).take(3).collect();
    assert!(
        right == expected.len() && rows.len() == expected.len(),
        "{right} of {} are right, in {} rows; not expected: {wrong:#?}",
        expected.len(),
        rows.len()
    );
}

/// Says how the bytes were obtained, and how long programs were held for it: microseconds of the middle one, of that which
/// 95 of 100 are not longer than, and of the longest.
fn tell(what: &str, rows: &[Value]) -> [i64; 3] {
    let mut ways: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        *ways.entry(text(row, "way")).or_default() += 1;
    }
    let mut held: Vec<i64> = rows.iter().map(|row| number(row, "held_ns") / 1000).filter(|held| *held > 0).collect();
    held.sort_unstable();
    let at =
        |share: usize| held.get((held.len() * share / 100).min(held.len().saturating_sub(1))).copied().unwrap_or(0);
    let times = [at(50), at(95), at(100)];
    eprintln!("{what}: {ways:?}, {} of {} held for {times:?} us", held.len(), rows.len());
    times
}

/// Runs `tracee artifacts` on a capture.
fn artifacts<S: AsRef<OsStr>>(capture: &Path, subcommand: &str, arguments: &[S]) -> Finished {
    process::run(tracee().args(["artifacts", subcommand]).arg(capture).args(arguments), LIMIT)
}

/// Rows of `tracee artifacts list`.
fn list(capture: &Path, filter: &str) -> Vec<Value> {
    let finished = artifacts(capture, "list", &["--output", "json", "--filter", filter]);
    assert_eq!(finished.code(), 0, "{filter}: {}", finished.stderr);
    rows(&finished)
}

/// Rounds on a machine that is so much slower.
fn rounds(on_hardware: usize) -> usize {
    let slowness = process::slowness() as usize;
    on_hardware.div_ceil(slowness * slowness)
}

/// Everything below is compared with what these functions make, or with files.
#[test]
fn what_the_programs_make_is_what_the_tests_expect() {
    let scratch = tempfile::tempdir().expect("a temporary directory");
    let run = |words: &[&str]| {
        let mut program = std::process::Command::new(program::build_static("artifacts"));
        let finished = process::run(program.args(words).current_dir(scratch.path()), LIMIT);
        assert_eq!(finished.code(), 0, "{words:?}: {}", finished.stderr);
        finished.stdout_text()
    };
    let file = |name: &str| std::fs::read(scratch.path().join(name)).expect(name);
    run(&["versions", "."]);
    assert_eq!(file("renamed"), script("third", 3, 70_000));
    run(&["sizes", ".", "3000", "2", "2"]);
    assert_eq!(file("1-1"), script("1-1", 1001, 3000));
    run(&["kinds", "."]);
    assert_eq!(file("data"), pattern(12, 9000));
    run(&["two", "."]);
    let (blocks, last) = (writes::blocks(), file("final"));
    assert_eq!(blocks.len(), 66);
    assert_eq!(last.len(), (64 << 12) - 1000);
    for (number, block) in last.chunks(4096).enumerate().skip(1) {
        let expected = pattern(if number == 10 { 2010 } else { 1000 + number as u64 }, 4096);
        assert_eq!(block, &expected[..block.len()], "block {number}");
    }
    assert_eq!(&last[..4], b"\x7fELF");
    let names = run(&["names", "."]);
    assert_eq!(names, format!("named {}\n", extract::HOSTILE.len()));
    for (number, name) in extract::HOSTILE.iter().enumerate() {
        let path = scratch.path().join(OsStr::from_bytes(name));
        assert_eq!(std::fs::read(&path).expect("a file"), script("hostile", 50 + number as u64, 5000), "{path:?}");
    }
    assert_eq!(run(&["ways", "."]).lines().count(), 20);
    for how in ["removed", "at-once", "replaced", "itself"] {
        let template = program::build("artifacts").display().to_string();
        assert_eq!(run(&["execs", ".", &template, "3", how]).lines().count(), 3, "{how}");
    }
    assert_eq!(run(&["memfds", "."]).lines().count(), 20);
    for how in ["untraced", "polling", "handler", "traced"] {
        assert_eq!(run(&["parent", how, ".", "/bin/true", "3"]).lines().last(), Some("told 0"), "{how}");
    }
    assert_eq!(run(&["regions"]).lines().count(), 3);
}
