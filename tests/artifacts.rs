//! `tracee artifacts` over captures that are made here frame by frame, honest ones and such as an enemy would make.

#[path = "artifacts/capture.rs"]
mod capture;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use capture::{Capture, Piece};

fn tracee(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tracee")).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// Standard output of what ends with this status.
fn ended(arguments: &[&str], status: i32) -> Vec<u8> {
    let output = tracee(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
    output.stdout
}

fn rows(output: &[u8]) -> Vec<Value> {
    let lines = std::str::from_utf8(output).unwrap().lines();
    lines.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))).collect()
}

/// What `tracee artifacts COMMAND CAPTURE ...` prints as JSON.
fn json(command: &str, capture: &Path, options: &[&str], status: i32) -> Vec<Value> {
    rows(&ended(&[&["artifacts", command, text(capture), "--output", "json"], options].concat(), status))
}

/// One line on standard error of what cannot be done; nothing on standard output.
fn refused(arguments: &[&str]) -> String {
    let output = tracee(arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    assert_eq!(said.matches('\n').count(), 1, "{said:?}");
    said
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn column<'a>(rows: &'a [Value], name: &str) -> Vec<&'a Value> {
    rows.iter().map(|row| &row[name]).collect()
}

/// The files of a directory by name.
fn files(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

struct Scene {
    folder: TempDir,
    capture: PathBuf,
    out: PathBuf,
}

impl Scene {
    /// A capture of what `fill` adds, and a name for a directory.
    fn of(fill: impl FnOnce(&mut Capture)) -> Scene {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("cap");
        let mut capture = Capture::create(&path);
        fill(&mut capture);
        capture.finish();
        Scene { capture: path, out: folder.path().join("out"), folder }
    }

    /// Extracts; the manifest.
    fn extract(&self, options: &[&str], status: i32) -> Vec<Value> {
        json("extract", &self.capture, &[&["-o", text(&self.out)], options].concat(), status)
    }
}

const ELF: &[u8] = b"\x7fELF a program";
const SCRIPT: &[u8] = b"#!/bin/sh\necho hello\n";

/// Two programs, one of them twice, and one that could not be kept.
fn programs() -> Scene {
    Scene::of(|capture| {
        capture.whole(1, ELF);
        capture.source(1, 100, b"/usr/bin/one");
        capture.whole(2, SCRIPT);
        capture.source(2, 200, b"/tmp/two.sh");
        capture.whole(3, ELF);
        capture.source(3, 300, b"/tmp/copy of one");
        capture.source(0, 400, b"/tmp/gone");
    })
}

#[test]
fn every_source_is_listed() {
    let scene = programs();
    let listed = json("list", &scene.capture, &[], 0);
    assert_eq!(column(&listed, "path"), ["/usr/bin/one", "/tmp/two.sh", "/tmp/copy of one", "/tmp/gone"]);
    assert_eq!(column(&listed, "type"), [&Value::from("elf"), &"script".into(), &"elf".into(), &Value::Null]);
    assert_eq!(column(&listed, "complete"), [1, 1, 1, 0]);
    assert_eq!(listed[2]["sha256"], hash(ELF));
    assert_eq!(listed[2]["artifact_key"], 1, "the same content is the same artifact");
    assert_eq!((&listed[1]["kind"], &listed[1]["way"]), (&"exec".into(), &"held".into()));
    let chosen = |filter: &str| column(&json("list", &scene.capture, &["--filter", filter], 0), "path").len();
    assert_eq!(chosen("type = 'elf' and path like '/tmp/%'"), 1);
    assert_eq!(chosen("artifact_key is null or kind <> 'exec'"), 1);
    let table = String::from_utf8(ended(&["artifacts", "list", text(&scene.capture)], 0)).unwrap();
    let header: Vec<&str> = table.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(header, ["ts", "kind", "sha256", "size", "complete", "way", "path", "exe"]);
    assert!(table.contains(&hash(SCRIPT)[..16]) && !table.contains(&hash(SCRIPT)));
    // The same in SQL.
    let sql = "SELECT sha256, sources FROM artifacts ORDER BY artifact_key";
    let asked = rows(&ended(&["query", text(&scene.capture), sql, "--output", "json"], 0));
    assert_eq!(column(&asked, "sha256"), [&hash(ELF), &hash(SCRIPT)]);
    assert_eq!(column(&asked, "sources"), [2, 1]);
}

#[test]
fn what_is_extracted_is_named_by_its_hash_and_can_not_be_executed() {
    let scene = programs();
    let manifest = scene.extract(&[], 0);
    assert_eq!(column(&manifest, "status"), ["extracted", "extracted"]);
    assert_eq!(column(&manifest, "file"), [&hash(ELF), &hash(SCRIPT)]);
    let mut names = [hash(ELF), hash(SCRIPT)];
    names.sort();
    assert_eq!(files(&scene.out), names);
    for bytes in [ELF, SCRIPT] {
        let file = scene.out.join(hash(bytes));
        assert_eq!(fs::read(&file).unwrap(), bytes);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o600);
    }
    // Again: nothing is written over.
    fs::write(scene.out.join(hash(ELF)), "precious").unwrap();
    assert_eq!(column(&scene.extract(&[], 2), "status"), ["exists", "exists"]);
    assert_eq!(fs::read(scene.out.join(hash(ELF))).unwrap(), b"precious");
}

#[test]
fn a_filter_chooses_what_is_extracted_and_hashed() {
    let scene = programs();
    let filter = ["--filter", "type = 'script'"];
    assert_eq!(column(&scene.extract(&filter, 0), "sha256"), [&hash(SCRIPT)]);
    assert_eq!(files(&scene.out), [hash(SCRIPT)]);
    let hashed = json("hash", &scene.capture, &filter, 0);
    assert_eq!((&hashed[0]["result"], &hashed[0]["computed"]), (&"match".into(), &hash(SCRIPT).into()));
    assert_eq!(hashed.len(), 1);
}

#[test]
fn a_packed_capture_is_read_in_place() {
    let scene = programs();
    let packed = scene.folder.path().join("cap.tracee");
    ended(&["pack", text(&scene.capture), "-o", text(&packed)], 0);
    assert_eq!(json("list", &packed, &[], 0), json("list", &scene.capture, &[], 0));
    assert_eq!(ended(&["artifacts", "cat", text(&packed), &hash(SCRIPT)[..8]], 0), SCRIPT);
}

#[test]
fn a_content_is_named_by_the_beginning_of_its_hash() {
    let scene = programs();
    let cat = |name: &str| ended(&["artifacts", "cat", text(&scene.capture), name], 0);
    assert_eq!(cat(&hash(ELF)), ELF);
    assert_eq!(cat(&hash(SCRIPT)[..10].to_uppercase()), SCRIPT);
    assert_eq!(cat("artifact-3"), ELF);
    let refuse = |name: &str| refused(&["artifacts", "cat", text(&scene.capture), name]);
    assert!(refuse("artifact-9").contains("no artifact-9"));
    assert!(refuse("../etc/passwd").contains("hexadecimal"));
    let none = if hash(ELF).starts_with("00") || hash(SCRIPT).starts_with("00") { "11" } else { "00" };
    assert!(refuse(none).contains("begins with"));
}

#[test]
fn a_beginning_that_several_hashes_have_is_refused_with_them() {
    let contents: Vec<Vec<u8>> = (0..17u8).map(|number| vec![number]).collect();
    let scene = Scene::of(|capture| {
        for (number, content) in (1..).zip(&contents) {
            capture.whole(number, content);
        }
    });
    // Of seventeen two begin with the same digit.
    let digit = (0..16).map(|digit| format!("{digit:x}"));
    let alike =
        |digit: &String| contents.iter().map(|content| hash(content)).filter(|hash| hash.starts_with(digit)).count();
    let digit = digit.max_by_key(alike).unwrap();
    let said = refused(&["artifacts", "cat", text(&scene.capture), &digit]);
    for candidate in contents.iter().map(|content| hash(content)).filter(|hash| hash.starts_with(&digit)) {
        assert!(said.contains(&candidate), "{said}");
    }
}

/// An artifact of which the second of two pieces is not in the capture.
fn half(capture: &mut Capture) {
    let there = capture.piece(0, b"there");
    let gone = Piece { offset: 5, length: 5, flags: 0, digest: [9; 32] };
    capture.artifact(1, 10, &sha(b"theregone!"), &[there, gone]);
    capture.source(1, 100, b"/tmp/half");
}

fn sha(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

#[test]
fn what_is_missing_is_told_and_never_made_up() {
    let scene = Scene::of(half);
    assert_eq!(json("list", &scene.capture, &[], 0)[0]["complete"], 0);
    assert_eq!(json("hash", &scene.capture, &[], 0)[0]["result"], "incomplete");
    let name = hash(b"theregone!");
    let said = refused(&["artifacts", "cat", text(&scene.capture), &name]);
    assert!(said.contains("5 bytes from 5 on: its bytes are not in the capture"), "{said}");
    assert_eq!(ended(&["artifacts", "cat", text(&scene.capture), &name, "--partial"], 1), b"there\0\0\0\0\0");
    assert_eq!(scene.extract(&[], 1)[0]["status"], "incomplete");
    assert!(files(&scene.out).is_empty());
    assert_eq!(scene.extract(&["--partial"], 1)[0]["status"], "partial");
    assert_eq!(files(&scene.out), [format!("{name}.partial")]);
    assert_eq!(fs::read(scene.out.join(format!("{name}.partial"))).unwrap(), b"there\0\0\0\0\0");
}

#[test]
fn a_record_that_lies_about_the_hash_is_found_out() {
    let scene = Scene::of(|capture| {
        let piece = capture.piece(0, b"malware");
        capture.artifact(1, 7, &sha(b"harmless"), &[piece]);
        capture.source(1, 100, b"/tmp/x");
    });
    let hashed = json("hash", &scene.capture, &[], 1);
    assert_eq!((&hashed[0]["result"], &hashed[0]["computed"]), (&"differs".into(), &hash(b"malware").into()));
    assert_eq!(scene.extract(&[], 1)[0]["status"], "differs");
    assert!(files(&scene.out).is_empty(), "nothing has a name that is another's hash");
    assert_eq!(scene.extract(&["--partial"], 1)[0]["file"], "artifact-1.partial");
    assert_eq!(fs::read(scene.out.join("artifact-1.partial")).unwrap(), b"malware");
    let output = tracee(&["artifacts", "cat", text(&scene.capture), "artifact-1"]);
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(1), &b"malware"[..]));
    assert!(String::from_utf8_lossy(&output.stderr).contains("another SHA-256"));
}

#[test]
fn a_piece_with_another_digest_does_not_count() {
    let scene = Scene::of(|capture| {
        capture.stored(&[9; 32], b"liar!");
        half(capture);
    });
    let output = tracee(&["artifacts", "hash", text(&scene.capture), "--output", "json"]);
    assert_eq!(rows(&output.stdout)[0]["result"], "incomplete");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("1 finding") && said.contains("not what its digest says"), "{said}");
    let damage = ended(&["query", text(&scene.capture), "SELECT what FROM damage", "--output", "csv"], 0);
    assert!(String::from_utf8(damage).unwrap().contains("not what its digest says"));
}

#[test]
fn records_that_are_there_twice_are_one_and_those_that_contradict_are_none() {
    let scene = Scene::of(|capture| {
        let piece = capture.piece(0, b"0123456789");
        capture.part(1, 10, (0, 1), &sha(b"0123456789"), &[piece]);
        capture.part(1, 10, (0, 1), &sha(b"0123456789"), &[piece]);
        capture.part(2, 10, (0, 1), &sha(b"x"), &[piece]);
        capture.part(2, 11, (0, 1), &sha(b"x"), &[piece]);
        capture.part(3, 5, (0, 1), &sha(b"y"), &[piece]);
    });
    let listed = json("list", &scene.capture, &[], 0);
    assert_eq!(column(&listed, "complete"), [1, 0, 0]);
    assert_eq!(column(&scene.extract(&["--partial"], 1), "status"), ["extracted", "partial", "partial"]);
    assert_eq!(fs::read(scene.out.join(hash(b"0123456789"))).unwrap(), b"0123456789");
    assert_eq!(fs::read(scene.out.join(format!("{}.partial", hash(b"y")))).unwrap(), b"01234");
}

#[test]
fn recorded_names_lead_nowhere() {
    let names: [&[u8]; 9] = [
        b"../../etc/x",
        b"/tmp/..",
        b"/tmp/a\nb\x1b[2J",
        b"/tmp/\xff\xfe",
        b"",
        b"/tmp/-rf",
        b"/tmp/.profile",
        b"/tmp/ordinary",
        &[b'n'; 4000],
    ];
    let scene = Scene::of(|capture| {
        for (number, name) in (1..).zip(names) {
            capture.whole(number, format!("content {number}").as_bytes());
            capture.source(number, number * 100, name);
        }
    });
    let before = files(scene.folder.path());
    let manifest = scene.extract(&["--names"], 0);
    assert_eq!(files(scene.folder.path()).len(), before.len() + 1);
    let digits = |number: usize| hash(format!("content {number}").as_bytes())[..16].to_owned();
    let long = format!("-{}", "n".repeat(100));
    let expected = ["-x", "-_", "-a_b__2J", "-_xff_xfe", "", "-rf", "-profile", "-ordinary", &long];
    for (number, (row, behind)) in (1..).zip(manifest.iter().zip(expected)) {
        assert_eq!(row["file"], format!("{}{behind}", digits(number)), "{:?}", row["path"]);
        let bytes = fs::read(scene.out.join(row["file"].as_str().unwrap())).unwrap();
        assert_eq!(bytes, format!("content {number}").as_bytes());
    }
    assert_eq!(files(&scene.out).len(), names.len());
    // Names in the rows are escaped for every reader.
    for format in ["table", "json"] {
        let printed = ended(&["artifacts", "list", text(&scene.capture), "--output", format], 0);
        assert!(!printed.contains(&0x1b) && std::str::from_utf8(&printed).is_ok());
    }
}

#[test]
fn a_sparse_file_of_a_tebibyte_stays_one() {
    const SIZE: u64 = 1 << 40;
    let scene = Scene::of(|capture| {
        let piece = capture.piece(SIZE - 3, b"end");
        capture.artifact(1, SIZE, b"", &[piece]);
        capture.source(1, 100, b"/tmp/sparse");
    });
    let listed = json("list", &scene.capture, &[], 0);
    assert_eq!((&listed[0]["complete"], &listed[0]["hole_bytes"]), (&1.into(), &(SIZE - 3).into()));
    assert_eq!(json("hash", &scene.capture, &[], 0)[0]["result"], "too_sparse");
    let said = refused(&["artifacts", "cat", text(&scene.capture), "artifact-1"]);
    assert!(said.contains("sparse"), "{said}");
    assert_eq!(scene.extract(&[], 0)[0]["status"], "extracted");
    let metadata = fs::metadata(scene.out.join("artifact-1")).unwrap();
    assert_eq!(metadata.len(), SIZE);
    assert!(metadata.blocks() * 512 < 1 << 20, "{} bytes on the disk", metadata.blocks() * 512);
}

#[test]
fn a_file_that_cannot_be_so_large_keeps_nobody_from_the_others() {
    let scene = Scene::of(|capture| {
        let piece = capture.piece(0, b"x");
        capture.artifact(1, i64::MAX as u64 + 10, b"", &[piece]);
        capture.source(1, 100, b"/tmp/x");
        capture.part(2, u64::MAX, (0, u32::MAX.into()), &sha(b"z"), &[piece]);
        capture.source(2, 200, b"/tmp/y");
        capture.whole(3, ELF);
        capture.source(3, 300, b"/tmp/z");
    });
    assert_eq!(column(&scene.extract(&["--partial"], 2), "status"), ["failed", "failed", "extracted"]);
    assert_eq!(files(&scene.out), [hash(ELF)]);
    let said = tracee(&["artifacts", "extract", text(&scene.capture), "-o", text(&scene.out)]).stderr;
    assert!(String::from_utf8(said).unwrap().contains("cannot write"));
}

#[test]
fn nothing_is_written_through_what_stands_in_the_directory() {
    let scene = programs();
    let precious = scene.folder.path().join("precious");
    fs::write(&precious, "precious").unwrap();
    fs::create_dir(&scene.out).unwrap();
    symlink(&precious, scene.out.join(hash(ELF))).unwrap();
    symlink(scene.folder.path().join("nothing"), scene.out.join(hash(SCRIPT))).unwrap();
    assert_eq!(column(&scene.extract(&[], 2), "status"), ["exists", "exists"]);
    assert_eq!(fs::read(&precious).unwrap(), b"precious");
    assert!(!scene.folder.path().join("nothing").exists());
    // The directory itself must be one.
    let said = refused(&["artifacts", "extract", text(&scene.capture), "-o", text(&precious)]);
    assert!(said.contains("precious"), "{said}");
}

#[test]
fn a_small_capture_does_not_fill_the_disk() {
    let scene = Scene::of(|capture| {
        let piece = capture.piece(0, &[7; 65536]);
        let mut pieces = vec![piece; 4096];
        (0..).zip(&mut pieces).for_each(|(n, piece)| piece.offset = n * 65536);
        capture.artifact(1, 4096 * 65536, b"", &pieces);
        capture.source(1, 100, b"/tmp/bomb");
    });
    assert_eq!(scene.extract(&["--max-size", "100MiB"], 2)[0]["status"], "over_limit");
    assert!(files(&scene.out).is_empty());
}

#[test]
fn wrong_arguments_are_refused_in_one_line() {
    let scene = programs();
    let capture = text(&scene.capture);
    let said = refused(&["artifacts", "list", capture, "--filter", "sice > 1"]);
    assert!(said.contains("--filter") && said.contains("line 1, column 1: no such column: sice"), "{said}");
    refused(&["artifacts", "list", capture, "--filter", ""]);
    refused(&["artifacts", "list", capture, "--filter", "1); drop table artifacts; select (1"]);
    refused(&["artifacts", "list", "/nonexistent"]);
    refused(&["artifacts", "extract", capture]);
    refused(&["artifacts", "extract", capture, "-o", "/nonexistent/a/b"]);
    refused(&["artifacts", "cat", capture]);
    refused(&["artifacts", "lsit", capture]);
}

#[test]
fn a_capture_without_artifacts_has_none() {
    let shell = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/shell.tracee");
    assert!(json("list", &shell, &[], 0).is_empty());
    assert!(json("hash", &shell, &[], 0).is_empty());
    let asked = ended(&["query", text(&shell), "SELECT count(*) AS n FROM artifact_writes", "--output", "json"], 0);
    assert_eq!(rows(&asked)[0]["n"], 0);
}
