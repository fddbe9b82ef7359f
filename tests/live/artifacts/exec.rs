//! Executed files: each is kept, whatever becomes of it meanwhile.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::Value;

use super::{Kept, assert_all_there, brief, has_flag, is_whole, rounds, sha256, sources, tell};
use crate::capture::{number, text};
use crate::{machine, process, program};

const TIMES: usize = 500;

/// How long a program may be held.
const HELD: Duration = Duration::from_millis(2);

fn with_trailers(program: &str, trailers: impl Iterator<Item = String>) -> Vec<String> {
    let program = std::fs::read(program).expect("the program");
    trailers.map(|trailer| sha256(&[&program, trailer.as_bytes()].concat())).collect()
}

/// Records programs that go `how`; each must be kept, with its own hash.
fn go(how: &str, template: &str, options: &[&str]) -> (Kept, Vec<Value>) {
    let times = rounds(TIMES).to_string();
    let options = [&["--capture", "exec"], options].concat();
    let kept = Kept::record(&options, &["execs", "{}", template, &times, how]);
    let template =
        if template == "{self}" { program::build("artifacts").display().to_string() } else { template.into() };
    let said = kept.said("run").into_iter().map(|mut words| words.remove(0));
    let expected = with_trailers(&template, said);
    assert_eq!(expected.len(), rounds(TIMES));
    let rows = kept.of("exec", "x");
    let times = tell(how, &rows);
    assert_all_there(&rows, &expected);
    kept.nothing_lost();
    let limit = (HELD * process::slowness()).as_micros() as i64;
    // Others run beside: of a few this says more of them.
    // An emulated machine says nothing of it.
    assert!(
        times[0] < limit || std::env::var_os("TRACEE_IN_GUEST").is_some(),
        "{how}: one in two is held for less than {limit} us: {times:?}"
    );
    (kept, rows)
}

#[test]
fn copies_that_a_shell_runs_and_removes_are_all_kept() {
    let Some(_turn) = machine::turn("copies_that_a_shell_runs_and_removes_are_all_kept") else { return };
    let times = rounds(TIMES);
    let loop_ = format!(
        "i=0; while [ $i -lt {times} ]; do cp /bin/true x; echo trailer $i >>x; ./x || exit 1; rm x; i=$((i+1)); done"
    );
    let kept = Kept::shell(&["--capture", "exec"], &loop_);
    let rows = kept.of("exec", "x");
    tell("cp, run, rm", &rows);
    assert_all_there(&rows, &with_trailers("/bin/true", (0..times).map(|i| format!("trailer {i}\n"))));
    kept.nothing_lost();
    // What ran again and again is one artifact, of as many sources.
    let copies = sources(&kept.capture, "s.kind = 'exec' AND s.path LIKE '%/cp'");
    assert_eq!(copies.len(), times);
    assert!(copies.iter().all(|row| row["artifact_key"] == copies[0]["artifact_key"]), "one content");
    let stored =
        kept.capture.number(&format!("SELECT sources FROM artifacts WHERE sha256 = '{}'", text(&copies[0], "sha256")));
    assert!(stored >= times as i64, "{stored} sources");
    // A process has the hash of the file that it ran; of two files of one inode and change time it has none.
    let known: HashSet<&str> = rows.iter().map(|row| text(row, "sha256")).collect();
    let hashes = kept.capture.query("SELECT exe_sha256 FROM processes WHERE exe LIKE '%/x' AND exe_sha256 IS NOT NULL");
    assert!(hashes.iter().all(|row| known.contains(text(row, "exe_sha256"))), "a hash of nothing that ran");
    assert!(hashes.len() * 2 > times, "{} of {times} processes have a hash", hashes.len());
    let different: HashSet<&str> = hashes.iter().map(|row| text(row, "exe_sha256")).collect();
    assert_eq!(different.len(), hashes.len(), "each ran a file of its own");
}

#[test]
fn programs_that_are_removed_after_their_end_are_all_held_and_kept() {
    let Some(_turn) = machine::turn("programs_that_are_removed_after_their_end_are_all_held_and_kept") else { return };
    let (_kept, rows) = go("removed", "/bin/true", &[]);
    // Their parent is told of no stop, so there is no reason not to; a busy machine's recorder may be late now and then.
    let held = rows.iter().filter(|row| number(row, "held_ns") > 0 && text(row, "way") == "held").count();
    assert!(held * 10 >= rows.len() * 9, "{held} of {} were held", rows.len());
    for row in &rows {
        let unheld = number(row, "held_ns") == 0;
        assert!(unheld || !has_flag(row, "not_held"), "{row:#}");
        assert!(has_flag(row, "new"), "made since recording began: {row:#}");
    }
}

#[test]
fn programs_that_are_removed_at_once_are_all_kept() {
    let Some(_turn) = machine::turn("programs_that_are_removed_at_once_are_all_kept") else { return };
    go("at-once", "/bin/true", &[]);
}

#[test]
fn programs_of_which_the_name_goes_to_another_file_are_all_kept() {
    let Some(_turn) = machine::turn("programs_of_which_the_name_goes_to_another_file_are_all_kept") else { return };
    go("replaced", "/bin/true", &[]);
}

#[test]
fn programs_that_remove_themselves_are_all_kept() {
    let Some(_turn) = machine::turn("programs_that_remove_themselves_are_all_kept") else { return };
    let (kept, rows) = go("itself", "{self}", &[]);
    // The rows say who, when and what: by the process that executed it.
    let unknown = sources(
        &kept.capture,
        "s.kind = 'exec' AND (s.process_key IS NULL OR s.ts IS NULL OR s.inode IS NULL OR s.dev IS NULL OR s.mode IS NULL)",
    );
    assert_eq!(unknown, Vec::<Value>::new());
    let matching = "SELECT count(*) FROM artifact_sources s JOIN sched_process_exec e ON e.process_key = s.process_key
         WHERE s.kind = 'exec' AND e.pathname = './x'";
    assert_eq!(kept.capture.number(matching), rows.len() as i64);
}

#[test]
fn without_a_hold_what_is_there_is_right_and_what_is_not_says_why() {
    let Some(_turn) = machine::turn("without_a_hold_what_is_there_is_right_and_what_is_not_says_why") else { return };
    let kept = Kept::record(&["--capture", "exec", "--hold", "none"], &["execs", "{}", "{self}", "200", "itself"]);
    let said = kept.said("run").into_iter().map(|mut words| words.remove(0));
    let expected = with_trailers(&program::build("artifacts").display().to_string(), said);
    let rows = kept.of("exec", "x");
    tell("not held", &rows);
    assert_eq!(rows.len(), 200, "each has a row");
    for row in &rows {
        assert_eq!(number(row, "held_ns"), 0, "{row:#}");
        if number(row, "complete") == 1 {
            assert!(expected.contains(&text(row, "sha256").to_owned()), "{row:#}");
        } else {
            assert!(!row["why"].is_null() && !has_flag(row, "complete"), "{row:#}");
        }
    }
}

#[test]
fn payloads_in_memory_are_kept_however_they_are_filled_and_run() {
    let Some(_turn) = machine::turn("payloads_in_memory_are_kept_however_they_are_filled_and_run") else { return };
    let kept = Kept::record(&["--capture", "exec", "--capture", "write"], &["memfds", "{}"]);
    let program = std::fs::read(program::build_static("artifacts")).expect("the program");
    let mut right = 0;
    let payloads = kept.said("payload");
    assert_eq!(payloads.len(), 20);
    for words in &payloads {
        let (name, seed) = (&words[0], words[1].parse().expect("a seed"));
        let mut payload = program.clone();
        payload.extend(super::pattern(seed, (1 << 20) - program.len()));
        let is_run = name != "not-run";
        let kind = if is_run { "exec" } else { "write" };
        let rows = sources(&kept.capture, &format!("s.kind = '{kind}' AND s.path LIKE '%memfd:{name}%'"));
        let whole = rows.len() == 1 && is_whole(&rows[0], &sha256(&payload)) && has_flag(&rows[0], "memfd");
        let sealed = rows.iter().any(|row| has_flag(row, "sealed")) == (name == "sealed");
        if whole && sealed {
            right += usize::from(is_run);
        } else {
            eprintln!("{name}: {}", brief(&rows));
        }
        assert!(is_run || whole, "{name}: what is written and closed is kept too: {}", brief(&rows));
    }
    assert_eq!(right, 19, "six ways to fill it, three to run it, and one that is sealed");
    kept.nothing_lost();
}

#[test]
fn a_script_its_interpreter_and_a_new_library_are_kept() {
    let Some(_turn) = machine::turn("a_script_its_interpreter_and_a_new_library_are_kept") else { return };
    // A library that is there for certain: this program's own.
    let maps = std::fs::read_to_string("/proc/self/maps").expect("what is mapped");
    let library =
        maps.lines().filter_map(|line| line.split_whitespace().nth(5)).find(|path| path.contains("/libgcc_s"));
    let library = library.expect("a library");
    let kept = Kept::shell(
        &["--capture", "exec"],
        &format!(
            "printf '#!/bin/sh\\nexit 0\\n# kept' >script; chmod +x script; ./script; rm script
             cp {library} new.so; echo new >>new.so; LD_PRELOAD=./new.so /bin/true; rm new.so"
        ),
    );
    let only = |kind: &str, name: &str| {
        let mut rows = kept.of(kind, name);
        assert_eq!(rows.len(), 1, "{kind} {name}: {}", brief(&rows));
        rows.remove(0)
    };
    let row = only("script", "script");
    assert!(is_whole(&row, &sha256(b"#!/bin/sh\nexit 0\n# kept")), "{row:#}");
    assert_eq!(text(&row, "type"), "script", "{row:#}");
    let row = only("shared_object", "new.so");
    assert!(number(&row, "held_ns") > 0, "the program waits while its library is taken: {row:#}");
    let library = [std::fs::read(library).expect("the library"), b"new\n".to_vec()].concat();
    assert!(is_whole(&row, &sha256(&library)), "{row:#}");
    // The shell that read the script, and the loader that started it, are kept as what they are.
    let shell = sha256(&std::fs::read("/bin/sh").expect("a shell"));
    let rows = sources(&kept.capture, &format!("a.sha256 = '{shell}' AND s.kind IN ('exec', 'interpreter')"));
    assert!(!rows.is_empty(), "the interpreter is kept");
    let loader = std::fs::read("/lib64/ld-linux-x86-64.so.2").expect("a loader");
    let rows = sources(&kept.capture, &format!("a.sha256 = '{}'", sha256(&loader)));
    assert!(rows.iter().any(|row| text(row, "kind") == "interpreter"), "the loader is kept: {}", brief(&rows));
}

#[test]
fn the_same_content_is_stored_once() {
    let Some(_turn) = machine::turn("the_same_content_is_stored_once") else { return };
    let kept = Kept::shell(
        &["--capture", "exec", "--capture", "write", "--capture", "write:path=*/big*"],
        "cp /bin/true a; cp /bin/true b; ./a; ./b; ./a; mv a c; ./c; cp c d; ./d
         head -c 4194304 /dev/urandom >big; for i in 1 2 3 4 5; do cp big big-$i; cat big >big-too-$i; done",
    );
    let program = std::fs::read("/bin/true").expect("a program");
    let rows = kept.capture.query(&format!("SELECT * FROM artifacts WHERE sha256 = '{}'", sha256(&program)));
    assert_eq!(rows.len(), 1, "{}", brief(&rows));
    assert_eq!(number(&rows[0], "size"), program.len() as i64);
    assert_eq!(text(&rows[0], "type"), "elf");
    let count = |sha256: &str, kind: &str| {
        let condition = format!("a.sha256 = '{sha256}' AND s.kind = '{kind}' AND s.path LIKE '%/scene/%'");
        sources(&kept.capture, &condition).len()
    };
    let program = sha256(&program);
    assert_eq!((count(&program, "exec"), count(&program, "write")), (5, 3));
    // Eleven files of 4 MiB that do not compress.
    let big = sha256(&kept.file("big"));
    assert_eq!(count(&big, "write"), 11);
    let size = crate::recording::size(&kept.capture.path);
    assert!(size < 16 << 20, "a capture of {size} bytes");
}

#[test]
fn a_script_of_which_the_name_is_a_descriptor_is_kept() {
    let Some(_turn) = machine::turn("a_script_of_which_the_name_is_a_descriptor_is_kept") else { return };
    // What has no name any more when the interpreter opens it.
    let kept = Kept::shell(
        &["--capture", "exec"],
        "printf '#!/bin/sh\\nexit 0\\n# gone' >gone; chmod +x gone; exec 9<gone; rm gone; /proc/self/fd/9",
    );
    let rows = sources(&kept.capture, "s.kind = 'script'");
    assert_eq!(rows.len(), 1, "{}", brief(&rows));
    assert!(is_whole(&rows[0], &sha256(b"#!/bin/sh\nexit 0\n# gone")), "{}", brief(&rows));
    assert!(has_flag(&rows[0], "unlinked"), "{}", brief(&rows));
}
