//! Segments stand alone: any one of a capture replays with every id resolved. And replay is a function of the capture,
//! whatever the number of threads.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;

use crate::capture::{Capture, LIMIT, number, query, segments_of, text, tracee};
use crate::{machine, process, program};

/// One recording of at least this many segments serves all tests of this file.
const SEGMENTS: usize = 20;

struct Recorded {
    capture: Capture,
    /// File that all three generations have open from the start.
    file: PathBuf,
}

fn recorded() -> &'static Recorded {
    static RECORDED: OnceLock<Recorded> = OnceLock::new();
    RECORDED.get_or_init(|| {
        let capture = Capture::planned();
        let file = capture.scratch().join("open-from-the-start");
        std::fs::write(&file, "sixteen bytes...").expect("a file");
        let program = program::build("lineage");
        let command = [program.as_os_str(), file.as_os_str(), "2400".as_ref()];
        // 2400 rounds of 2 ms and more: at least 5 seconds, cut every 200 ms.
        let finished = process::run(&mut capture.recorder(&["--segment-age", "200ms"], &command), LIMIT);
        assert_eq!(finished.code(), 0, "{}", finished.stderr);
        capture.verify();
        assert!(capture.segments().len() >= SEGMENTS, "{} segments", capture.segments().len());
        Recorded { capture, file }
    })
}

/// A directory that holds nothing but one segment of the capture.
fn alone(segment: &Path) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    std::fs::copy(segment, directory.path().join(segment.file_name().expect("a name"))).expect("a copy");
    directory
}

#[test]
fn any_one_segment_replays_with_every_id_resolved() {
    let Some(_turn) = machine::turn("any_one_segment_replays_with_every_id_resolved") else { return };
    let Recorded { capture, file } = recorded();
    let file = file.display();
    for segment in capture.segments() {
        let name = segment.file_name().unwrap().display().to_string();
        let directory = alone(&segment);
        let database = directory.path().join("replayed.db");
        let finished =
            process::run(tracee().arg("replay").arg(directory.path()).args(["--to", "sqlite"]).arg(&database), LIMIT);
        assert_eq!(finished.code(), 0, "{name}: {}", finished.stderr);
        let ask = |sql: &str| query(&database, sql);
        let count = |sql: &str| number(&ask(&format!("select count(*) as n {sql}"))[0], "n");

        let unresolved = ask(
            "select event, host_tid, comm, exe, ppid, uid from events where syscall is not null and (comm is null or comm = '' or \
             exe is null or exe = '' or process_key is null or host_pid is null or host_pid = 0 or uid is null or mnt_ns is null \
             or uts_name is null or host_ppid is null)",
        );
        assert_eq!(unresolved.len(), 0, "{name}: {:?}", unresolved.first());
        if count("from pread64") == 0 {
            // The last segment may hold nothing but the end.
            continue;
        }
        // Open files and sockets, opened once, long before most segments.
        assert_eq!(
            count(&format!("from pread64 where comm like 'generation-%' and fd_path is not '{file}'")),
            0,
            "{name}: the open file"
        );
        assert_eq!(
            count("from write where comm like 'generation-%' and fd_path not like 'socket:[%127.0.0.1:%->127.0.0.1:%'"),
            0,
            "{name}: the socket"
        );
        // Names, arguments and ancestors of all three generations that live all the time.
        for generation in 1..=3 {
            let rows = ask(&format!(
                "select p.argv_json, p.exe, p.cwd, p.parent_key, q.comm as parent, q.argv as parent_argv from processes p \
                 left join processes q on p.parent_key = q.process_key \
                 where p.process_key in (select process_key from pread64 where comm = 'generation-{generation}')"
            ));
            // In the first segment an older generation may already work while a younger one is not there yet.
            assert!(rows.len() <= 1, "{name}: generation {generation}: {rows:?}");
            let Some(row) = rows.first() else { continue };
            let argv: Vec<String> = serde_json::from_str(text(row, "argv_json")).expect("argv_json is JSON");
            assert_eq!(argv.len(), if generation == 1 { 3 } else { 4 }, "{name}: {argv:?}");
            assert_eq!(argv[1], file.to_string(), "{name}");
            assert_eq!(argv.get(3).map_or("1", String::as_str), generation.to_string(), "{name}");
            assert!(text(row, "exe").ends_with("/lineage"), "{name}: {row}");
            assert!(!text(row, "cwd").is_empty(), "{name}: {row}");
            // The first one's parent is the recorder, outside of the scope: of that, ids only.
            if generation > 1 {
                assert_eq!(text(row, "parent"), format!("generation-{}", generation - 1), "{name}: {row}");
                assert!(!text(row, "parent_argv").is_empty(), "{name}: {row}");
            }
        }
        let orphans = ask(
            "select p.host_pid, p.comm from processes p where p.process_key in (select process_key from events where syscall \
             is not null) and not exists (select 1 from processes q where q.process_key = p.parent_key)",
        );
        assert_eq!(orphans.len(), 0, "{name}: parents that are not in `processes`: {orphans:?}");
    }
}

#[test]
fn arguments_are_right_wherever_fork_and_exec_ran() {
    let Some(_turn) = machine::turn("arguments_are_right_wherever_fork_and_exec_ran") else { return };
    let program = program::build("chain");
    let mut links = 0;
    for _ in 0..3 {
        // Short segments: some execs come between the beginning of one and the end of its keyframe.
        let capture = Capture::record(&["--segment-age", "30ms"], &[program.as_os_str(), "60".as_ref()]);
        assert!(capture.segments().len() > 3, "{} segments", capture.segments().len());
        for segment in capture.segments() {
            let sql = "select distinct g.comm, p.argv_json, p.host_pid from getppid g \
                       join processes p on p.process_key = g.process_key";
            for row in query(&segment, sql) {
                let argv: Vec<String> = serde_json::from_str(text(&row, "argv_json")).expect("argv_json is JSON");
                assert_eq!(text(&row, "comm"), format!("link-{}", argv[1]), "{}: {row}", segment.display());
                links += 1;
            }
        }
    }
    assert!(links > 180, "{links} processes in all segments");
}

/// What identifies a row in every replay of its segment.
fn identity(row: &Value) -> String {
    ["event", "event_key"].map(|column| row[column].to_string()).join(" ")
}

#[test]
fn a_row_is_the_same_from_one_segment_as_from_all() {
    let Some(_turn) = machine::turn("a_row_is_the_same_from_one_segment_as_from_all") else { return };
    let Recorded { capture, .. } = recorded();
    let sql = "select * from events where syscall is not null";
    let all: BTreeMap<String, Value> = capture.query(sql).into_iter().map(|row| (identity(&row), row)).collect();
    let segments = capture.segments();
    let mut compared = 0;
    for segment in [&segments[0], &segments[SEGMENTS / 2], &segments[SEGMENTS - 3]] {
        for row in query(alone(segment).path(), sql) {
            let same = all.get(&identity(&row)).unwrap_or_else(|| panic!("{row} is not in the whole capture"));
            assert_eq!(*same, row);
            compared += 1;
        }
    }
    assert!(compared > 1000, "{compared} rows compared");
}

#[test]
fn replay_gives_the_same_bytes_on_one_two_and_four_threads() {
    let Some(_turn) = machine::turn("replay_gives_the_same_bytes_on_one_two_and_four_threads") else { return };
    let Recorded { capture, .. } = recorded();
    let scratch = tempfile::tempdir().unwrap();
    let mut first: Option<(Vec<u8>, Vec<u8>)> = None;
    for threads in ["1", "2", "4"] {
        let mut events = tracee();
        events.arg("events").arg(&capture.path).args(["--output", "json", "--threads", threads]);
        let printed = process::run(&mut events, LIMIT);
        assert_eq!(printed.code(), 0, "{}", printed.stderr);
        assert!(printed.stdout.len() > 100_000);
        let database = scratch.path().join(format!("threads-{threads}.db"));
        let mut replay = tracee();
        replay.arg("replay").arg(&capture.path).args(["--to", "sqlite", "--threads", threads]).arg(&database);
        let replayed = process::run(&mut replay, LIMIT);
        assert_eq!(replayed.code(), 0, "{}", replayed.stderr);
        let made = (printed.stdout, std::fs::read(&database).unwrap());
        match &first {
            None => first = Some(made),
            Some(first) => {
                assert!(first.0 == made.0, "events on {threads} threads differ from those on one");
                assert!(first.1 == made.1, "the database made on {threads} threads differs from the one made on one");
            }
        }
    }
}

#[test]
fn a_packed_capture_answers_the_same_and_unpacks_to_the_same_bytes() {
    let Some(_turn) = machine::turn("a_packed_capture_answers_the_same_and_unpacks_to_the_same_bytes") else { return };
    let Recorded { capture, .. } = recorded();
    let scratch = tempfile::tempdir().unwrap();
    let (packed, again) = (scratch.path().join("one.tracee"), scratch.path().join("two.tracee"));
    for file in [&packed, &again] {
        let finished = process::run(tracee().arg("pack").arg(&capture.path).arg("-o").arg(file), LIMIT);
        assert_eq!(finished.code(), 0, "{}", finished.stderr);
    }
    assert!(std::fs::read(&packed).unwrap() == std::fs::read(&again).unwrap(), "packing is a function");
    let sql = "select event, count(*) as n, sum(ret) as total from events group by event order by event";
    assert_eq!(query(&packed, sql), query(&capture.path, sql));
    let unpacked = scratch.path().join("unpacked");
    let finished = process::run(tracee().arg("unpack").arg(&packed).arg("-o").arg(&unpacked), LIMIT);
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    for (ours, theirs) in capture.segments().iter().zip(segments_of(&unpacked)) {
        assert!(std::fs::read(ours).unwrap() == std::fs::read(&theirs).unwrap(), "{} differs", theirs.display());
    }
    assert_eq!(capture.segments().len(), segments_of(&unpacked).len());
}
