//! Written files: the last version is right, whichever way it came about, and the history explains it.

use std::collections::{BTreeSet, HashMap};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde_json::Value;

use super::{Kept, assert_all_there, brief, has_flag, is_whole, list, pattern, script, sha256, sources};
use crate::capture::{number, text};
use crate::{machine, program};

const BLOCK: usize = 4096;
const BLOCKS: usize = 64;

/// Sources of kind `write` of a file, whatever it was called.
fn versions(kept: &Kept, file: &Path) -> Vec<Value> {
    let inode = std::fs::metadata(file).expect("the file is still there").ino();
    sources(&kept.capture, &format!("s.kind = 'write' AND s.inode = {inode}"))
}

/// What was done with a file, in order of time; the digest as hexadecimal text.
fn history(kept: &Kept, file: &Path) -> Vec<Value> {
    let inode = std::fs::metadata(file).expect("the file is still there").ino();
    kept.capture.query(&format!(
        "SELECT \"offset\", size, way, kind, flags, host_pid, pathname,
         CASE typeof(digest) WHEN 'blob' THEN lower(hex(digest)) ELSE digest END AS digest
         FROM content WHERE inode = {inode} ORDER BY ts_ns, event_key"
    ))
}

fn blake3(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// The blocks that the two processes write, and the head, by their digests.
pub(super) fn blocks() -> HashMap<String, Vec<u8>> {
    let program = std::fs::read(program::build_static("artifacts")).expect("the program");
    let numbers = (1000..1000 + BLOCKS as u64).chain([2010]);
    let blocks = numbers.map(|seed| pattern(seed, BLOCK)).chain([program[..64].to_vec()]);
    blocks.map(|block| (blake3(&block), block)).collect()
}

/// The file that a history leads to.
fn follow(rows: &[Value], blocks: &HashMap<String, Vec<u8>>) -> Vec<u8> {
    let mut file = Vec::new();
    for row in rows {
        let size = number(row, "size") as usize;
        match text(row, "way") {
            "buffer" => {
                let bytes =
                    blocks.get(text(row, "digest")).unwrap_or_else(|| panic!("bytes that nobody wrote: {row:#}"));
                assert_eq!(bytes.len(), size, "{row:#}");
                let at = number(row, "offset") as usize;
                file.resize(file.len().max(at + size), 0);
                file[at..at + size].copy_from_slice(bytes);
            }
            "truncate" => file.resize(size, 0),
            way => assert_eq!(way, "close", "{row:#}"),
        }
    }
    file
}

#[test]
fn a_file_by_two_processes_is_right_and_its_history_explains_it() {
    let Some(_turn) = machine::turn("a_file_by_two_processes_is_right_and_its_history_explains_it") else { return };
    let kept = Kept::record(&["--capture", "write:path={}/*"], &["two", "{}"]);
    let path = kept.scene.join("final");
    let file = kept.file("final");
    let last = versions(&kept, &path).pop().expect("a version");
    assert!(is_whole(&last, &sha256(&file)), "{last:#}");
    assert_eq!(text(&last, "path"), path.display().to_string());

    let rows = history(&kept, &path);
    assert_eq!(follow(&rows, &blocks()), file);
    let of = |way: &str| rows.iter().filter(|row| text(row, "way") == way).collect::<Vec<_>>();
    assert_eq!((of("buffer").len(), of("truncate").len()), (BLOCKS + 2, 1));
    assert!(rows.iter().all(|row| text(row, "kind") == "write" && !has_flag(row, "unsure_offset")), "{}", brief(&rows));
    let closed = of("close").iter().filter(|row| has_flag(row, "last_close")).count();
    assert_eq!(closed, 3, "each of them opened it");
    let writers: BTreeSet<i64> = rows.iter().map(|row| number(row, "host_pid")).collect();
    assert_eq!(writers.len(), 3);
    kept.nothing_lost();
}

#[test]
fn what_becomes_a_program_last_of_all_is_kept_without_being_asked_for() {
    let test = "what_becomes_a_program_last_of_all_is_kept_without_being_asked_for";
    let Some(_turn) = machine::turn(test) else { return };
    let kept = Kept::record(&["--capture", "write"], &["two", "{}"]);
    let rows = versions(&kept, &kept.scene.join("final"));
    // Who of the two closed it first, and whether that was read before the other one was done, is left to chance; but
    // before the head was there it was nothing.
    let last = rows.last().expect("a version");
    assert!(is_whole(last, &sha256(&kept.file("final"))), "{}", brief(&rows));
    // Between two closes it may have had no name any more when it was to be read; that is said, then.
    let is_right = |row: &Value| text(row, "type") == "elf" && number(row, "complete") == 1;
    let is_told = |row: &Value| number(row, "complete") == 0 && row["artifact_key"].is_null() && !row["why"].is_null();
    assert!(rows.iter().all(|row| is_right(row) || is_told(row)), "{}", brief(&rows));
}

#[test]
fn files_written_in_every_way_are_kept_as_they_are() {
    let Some(_turn) = machine::turn("files_written_in_every_way_are_kept_as_they_are") else { return };
    let kept = Kept::record(&["--capture", "write"], &["ways", "{}"]);
    let names = kept.said("file");
    assert_eq!(names.len(), 20);
    let mut wrong = Vec::new();
    for name in names.iter().map(|words| &words[0]) {
        let expected = sha256(&kept.file(name));
        let rows = versions(&kept, &kept.scene.join(name));
        if !rows.last().is_some_and(|row| is_whole(row, &expected)) {
            eprintln!("{name} is {expected}: {}", brief(&rows));
            wrong.push(name.clone());
        }
    }
    assert!(wrong.is_empty(), "not kept as they are: {wrong:?}");
    kept.nothing_lost();
}

#[test]
fn versions_of_a_file_are_kept_or_can_be_rebuilt() {
    let Some(_turn) = machine::turn("versions_of_a_file_are_kept_or_can_be_rebuilt") else { return };
    let kept = Kept::record(&["--capture", "write:path={}/*"], &["versions", "{}"]);
    let path = kept.scene.join("renamed");
    let (first, more, third) = (script("first", 1, 100_000), pattern(2, 5000), script("third", 3, 70_000));
    let second = [first.clone(), more].concat();
    // One that was there for a moment only may have been followed by the next when it was read: then that is what was read.
    let rows = versions(&kept, &path);
    let states = [&first, &second, &third].map(|bytes| sha256(bytes));
    let found: Vec<usize> = rows
        .iter()
        .map(|row| {
            let state = states.iter().position(|sha256| is_whole(row, sha256));
            state.unwrap_or_else(|| panic!("what the file never was: {}", brief(&rows)))
        })
        .collect();
    assert!(found.is_sorted() && found.last() == Some(&2), "{}", brief(&rows));
    let numbers: Vec<i64> = rows.iter().map(|row| number(row, "version")).collect();
    assert!(numbers.is_sorted() && numbers[0] == 1, "{}", brief(&rows));
    assert_eq!(text(rows.last().expect("a version"), "path"), path.display().to_string());
    // From what was written each can be made again: up to the close that ended it.
    let pieces = |bytes: &[u8]| bytes.chunks(65536).map(|piece| (blake3(piece), piece.to_vec())).collect::<Vec<_>>();
    let blocks = [&first, &second[100_000..], &third].into_iter().flat_map(pieces).collect();
    let rows = history(&kept, &path);
    let closes: Vec<usize> = (0..rows.len()).filter(|at| text(&rows[*at], "way") == "close").collect();
    assert_eq!(closes.len(), 3, "{rows:#?}");
    assert!(follow(&rows[..closes[0]], &blocks) == first, "the first version");
    assert!(follow(&rows[..closes[1]], &blocks) == second, "the second one");
    // The third begins with nothing: that is in the row of its open.
    assert!(follow(&rows[closes[1]..], &blocks) == third, "the third one");
    let emptied =
        format!("SELECT count(*) FROM openat WHERE ret_path = '{}' AND flags LIKE '%O_TRUNC%'", path.display());
    assert_eq!(kept.capture.number(&emptied), 1);
}

#[test]
fn of_what_nobody_asked_for_only_programs_and_scripts_are_kept() {
    let Some(_turn) = machine::turn("of_what_nobody_asked_for_only_programs_and_scripts_are_kept") else { return };
    let kept = Kept::record(&["--capture", "write"], &["kinds", "{}"]);
    for name in ["elf", "script", "made-executable", "becomes-executable", "becomes-executable-later"] {
        let rows = versions(&kept, &kept.scene.join(name));
        assert!(rows.last().is_some_and(|row| is_whole(row, &sha256(&kept.file(name)))), "{name}: {}", brief(&rows));
    }
    assert_eq!(versions(&kept, &kept.scene.join("data")), Vec::<Value>::new());
    let data = sha256(&kept.file("data"));
    assert_eq!(kept.capture.number(&format!("SELECT count(*) FROM artifacts WHERE sha256 = '{data}'")), 0);
}

#[test]
fn filters_by_path_and_type_keep_what_fits_and_nothing_else() {
    let Some(_turn) = machine::turn("filters_by_path_and_type_keep_what_fits_and_nothing_else") else { return };
    let keeps = |filter: &str| {
        let kept = Kept::record(&["--capture", filter], &["kinds", "{}"]);
        let rows = kept.of("write", "");
        let names = rows.iter().map(|row| Path::new(text(row, "path")).file_name().unwrap().display().to_string());
        names.collect::<BTreeSet<String>>().into_iter().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(keeps("write:path={}/data"), "data");
    assert_eq!(keeps("write:path=*/da*,path=*/scr*t"), "data script");
    assert_eq!(keeps("write:type=elf"), "elf");
    assert_eq!(keeps("write:type=script,path={}/*"), "script");
    assert_eq!(keeps("write:type=script,path=/nowhere/*"), "");
}

#[test]
fn a_buffer_that_changes_after_the_call_is_told_or_does_not_matter() {
    let Some(_turn) = machine::turn("a_buffer_that_changes_after_the_call_is_told_or_does_not_matter") else { return };
    // The other thread wins now and then; when it never did, what was checked is that nothing was marked.
    let won = (0..5).any(|_| race() > 0);
    eprintln!("the other thread {}", if won { "won" } else { "never won" });
}

/// Records the race once and checks what it left; how many pieces are not what the file held.
fn race() -> usize {
    let kept = Kept::record(&["--capture", "write:path={}/*"], &["race", "{}/raced", "400"]);
    let path = kept.scene.join("raced");
    let file = kept.file("raced");
    let last = versions(&kept, &path).pop().expect("a version");
    assert!(is_whole(&last, &sha256(&file)), "the file's bytes are kept: {last:#}");
    let rows = history(&kept, &path);
    let pieces: Vec<_> = rows.iter().filter(|row| text(row, "way") == "buffer").collect();
    assert_eq!(pieces.len(), 400);
    let differ = |row: &&&Value| {
        let at = number(row, "offset") as usize;
        text(row, "digest") != blake3(&file[at..at + number(row, "size") as usize])
    };
    let raced = pieces.iter().filter(differ).count();
    eprintln!("{raced} of 400 pieces are not what the file held");
    assert_eq!(has_flag(&last, "raced"), raced > 0, "{last:#}");
    raced
}

/// Ranges of a file that no piece of its history covers.
fn missing(rows: &[Value], size: i64) -> Vec<(i64, i64)> {
    let mut pieces: Vec<(i64, i64)> = rows
        .iter()
        .filter(|row| text(row, "way") == "buffer" && !text(row, "digest").is_empty())
        .map(|row| (number(row, "offset"), number(row, "size")))
        .collect();
    pieces.sort_unstable();
    let (mut at, mut missing) = (0, Vec::new());
    for (offset, length) in pieces.into_iter().chain([(size, 0)]) {
        if offset > at {
            missing.push((at, offset - at));
        }
        at = at.max(offset + length);
    }
    missing
}

#[test]
fn of_two_hundred_megabytes_almost_all_is_kept_and_the_rest_is_listed() {
    let test = "of_two_hundred_megabytes_almost_all_is_kept_and_the_rest_is_listed";
    let Some(_turn) = machine::turn(test) else { return };
    const SIZE: usize = 200 << 20;
    const PIECES: i64 = (SIZE / 65536) as i64;
    let (capture, scene) = Kept::planned();
    let bytes = pattern(9, SIZE);
    let source = capture.scratch().join("source");
    std::fs::write(&source, &bytes).expect("room for it");
    let expected = sha256(&bytes);
    drop(bytes);
    let (filter, target) = (format!("write:path={}/*", scene.display()), scene.join("target"));
    let arguments = [format!("if={}", source.display()), format!("of={}", target.display())];
    let command = ["dd", &arguments[0], &arguments[1], "bs=1M"];
    let kept = Kept::finish(capture, scene, &["--capture", &filter], &command);
    eprintln!("{}", kept.finished.stderr);

    let row = versions(&kept, &target).pop().expect("a version");
    assert_eq!(number(&row, "size"), SIZE as i64, "{row:#}");
    if !is_whole(&row, &expected) {
        assert!(number(&row, "missing_bytes") > 0 && !row["why"].is_null(), "{row:#}");
        assert!(number(&row, "missing_bytes") <= SIZE as i64 / 100, "{row:#}");
    }
    // Every piece that was written is a row or a loss.
    let rows = history(&kept, &target);
    let pieces = rows.iter().filter(|row| text(row, "way") == "buffer").count() as i64;
    let lost = kept.capture.number("SELECT coalesce(sum(count), 0) FROM losses WHERE event = 'content'");
    let ranges = missing(&rows, SIZE as i64);
    let share = ranges.iter().map(|(_, length)| length).sum::<i64>() as f64 / SIZE as f64 * 100.0;
    eprintln!("of the history {share:.2} % is missing, in {} ranges; {lost} pieces lost", ranges.len());
    assert!((PIECES..=PIECES + 1).contains(&(pieces + lost)), "{pieces} rows and {lost} losses, of {PIECES}");
    assert_eq!(lost == 0, ranges.is_empty(), "what is missing is listed: {ranges:?}");
    let others = kept.capture.query("SELECT * FROM losses WHERE lane <> 'artifacts'");
    assert_eq!(others, Vec::<Value>::new(), "the other lanes lose nothing");
    let writes = kept.capture.number(&format!("SELECT count(*) FROM write WHERE fd_path = '{}'", target.display()));
    assert_eq!(writes, 200);
}

#[test]
fn what_is_listed_is_what_the_tables_have() {
    let Some(_turn) = machine::turn("what_is_listed_is_what_the_tables_have") else { return };
    let kept = Kept::record(&["--capture", "write"], &["sizes", "{}", "3000", "4", "3"]);
    let expected: Vec<String> = (0..12_u64)
        .map(|file| (file / 4, file % 4))
        .map(|(process, number)| sha256(&script(&format!("{process}-{number}"), 1000 * process + number, 3000)))
        .collect();
    assert_all_there(&kept.of("write", ""), &expected);
    let rows = list(&kept.capture.path, "kind = 'write'");
    let listed: BTreeSet<&str> = rows.iter().map(|row| text(row, "sha256")).collect();
    assert_eq!(listed, expected.iter().map(String::as_str).collect());
    assert_eq!(rows.len(), 12);
    let one = list(&kept.capture.path, "kind = 'write' AND path LIKE '%/1-2'");
    assert_eq!(one.len(), 1, "{one:#?}");
    assert_eq!(text(&one[0], "sha256"), expected[6]);
    let wrong = super::artifacts(&kept.capture.path, "list", &["--filter", "no_such_column = 1"]);
    assert_eq!(wrong.code(), 2, "{}", wrong.stderr);
    assert!(wrong.stderr.contains("no_such_column"), "{}", wrong.stderr);
}
