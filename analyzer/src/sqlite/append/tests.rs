use formats::payload::PayloadBuilder;

use super::*;
use crate::query::{Cell, Database};
use crate::sqlite::load;
use crate::testing::{OFFSET_NS, Recording, Task, event, fork, key_of};

/// A database in a directory of its own.
struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    fn of(first: &Recording) -> Place {
        let place = Place { directory: tempfile::tempdir().unwrap() };
        load(&first.open(), &place.path(), &LoadOptions { threads: 1 }, &|_, _| {}).unwrap();
        place
    }

    fn path(&self) -> std::path::PathBuf {
        self.directory.path().join("out.db")
    }

    fn append(&self, recording: &Recording) -> Result<LoadSummary> {
        append(&recording.open(), &self.path(), &LoadOptions { threads: 1 }, &|_, _| {})
    }

    fn ask(&self, sql: &str) -> Vec<String> {
        let show = |cell: &Cell| match cell {
            Cell::Null => "-".to_owned(),
            Cell::Integer(number) => number.to_string(),
            Cell::Text(text) => text.clone(),
            cell => format!("{cell:?}"),
        };
        let mut lines = Vec::new();
        let mut row = |cells: &[Cell]| {
            lines.push(cells.iter().map(show).collect::<Vec<_>>().join("|"));
            Ok(())
        };
        Database::open_file(&self.path()).unwrap().run(sql, &mut |_| {}, &mut row).unwrap();
        lines
    }
}

/// A capture of a shell, 501, in which it opens `path`; `from` and `until` are boot-times. Ids are the same in each.
fn capture(id: u8, from: u64, until: u64, path: &[u8]) -> Recording {
    let mut recording = Recording::starting(id, from);
    let openat = event("openat");
    recording.file(0, from, 4, path);
    recording.context(0, from + 10, Task { id: 1, pid: 501, tid: 501, ppid: 100, exe: 0, comm: b"sh" });
    let payload = PayloadBuilder::new(openat).i64("ret", 3).i64("dirfd", -100).bytes("pathname", path);
    recording.event(0, (from + 20, 1, 501), payload.u64("ret_object", 4), openat);
    if id == 1 {
        recording.event(0, (from + 30, 1, 501), fork(501, 502, 2), event("sched_process_fork"));
        recording.context(0, from + 40, Task { id: 2, pid: 502, tid: 502, ppid: 501, exe: 0, comm: b"child" });
    } else {
        let ended = PayloadBuilder::new(event("sched_process_exit")).u64("process_group_exit", 1).i64("exit_code", 4);
        recording.event(0, (from + 50, 1, 501), ended, event("sched_process_exit"));
    }
    recording.cut(until);
    recording
}

#[test]
fn two_captures_are_one_database() {
    let (first, second) = (capture(1, 400_000, 600_000, b"/a"), capture(2, 550_000, 900_000, b"/b"));
    let place = Place::of(&first);
    let alone = place.ask("SELECT ts_ns, event, ret_path FROM openat");
    place.append(&second).unwrap();
    assert_eq!(place.ask("PRAGMA integrity_check"), ["ok"]);
    let both = place.ask("SELECT ts_ns, event, ret_path FROM openat ORDER BY capture");
    assert_eq!(both, [alone, Place::of(&second).ask("SELECT ts_ns, event, ret_path FROM openat")].concat());
    // Keys are each capture's own.
    assert_eq!(place.ask("SELECT count(*), count(DISTINCT event_key) FROM openat"), ["2|1"]);
    assert_eq!(place.ask("SELECT capture, path FROM file_accesses ORDER BY capture"), ["1|/a", "2|/b"]);
    assert_eq!(place.ask("SELECT capture, count(*) FROM events GROUP BY capture"), ["1|2", "2|2"]);
    assert_eq!(place.ask("SELECT capture, path FROM objects ORDER BY capture"), ["1|/a", "2|/b"]);
    assert_eq!(
        place.ask("SELECT capture, event, rows FROM event_counts WHERE event = 'openat'"),
        ["1|openat|1", "2|openat|1"]
    );
    assert_eq!(place.ask("SELECT rows FROM event_kinds WHERE event = 'openat'"), ["2"]);
    assert_eq!(place.ask("SELECT captures FROM hosts"), ["2"]);
    assert_eq!(
        place.ask("SELECT capture, capture_id FROM captures"),
        [format!("1|{}", "01".repeat(16)), format!("2|{}", "02".repeat(16))]
    );
}

#[test]
fn a_process_of_both_captures_is_one_row() {
    let place = Place::of(&capture(1, 400_000, 600_000, b"/a"));
    place.append(&capture(2, 700_000, 900_000, b"/b")).unwrap();
    let ns = |boot_ns: i64| OFFSET_NS + boot_ns;
    let sql = "SELECT host_pid, start_ns, start_open, end_ns, end_open, exit_code FROM processes ORDER BY host_pid";
    assert_eq!(
        place.ask(sql),
        [format!("501|{}|0|{}|0|4", ns(501_000), ns(700_050)), format!("502|{}|0|{}|1|-", ns(502_000), ns(600_000)),]
    );
    let sql = format!("SELECT ancestor_key, depth, cut FROM process_ancestors WHERE process_key = {}", key_of(502));
    assert_eq!(place.ask(&sql), [format!("{}|1|0", key_of(501)), format!("{}|2|1", key_of(100))]);
    assert_eq!(place.ask("SELECT host_tid, end_open FROM threads ORDER BY 1"), ["501|0", "502|1"]);
}

#[test]
fn the_order_of_appending_changes_no_process() {
    let captures = || (capture(1, 400_000, 600_000, b"/a"), capture(2, 700_000, 900_000, b"/b"));
    let sql = "SELECT * FROM processes ORDER BY process_key";
    let (first, second) = captures();
    let there = Place::of(&first);
    there.append(&second).unwrap();
    let back = Place::of(&second);
    back.append(&first).unwrap();
    assert_eq!(there.ask(sql), back.ask(sql));
}

#[test]
fn a_third_capture_is_put_to_the_first_two() {
    let place = Place::of(&capture(1, 400_000, 600_000, b"/a"));
    place.append(&capture(2, 700_000, 900_000, b"/b")).unwrap();
    place.append(&capture(3, 700_000, 900_000, b"/c")).unwrap();
    assert_eq!(place.ask("SELECT path FROM file_accesses ORDER BY capture"), ["/a", "/b", "/c"]);
    assert_eq!(place.ask("SELECT count(*) FROM events"), ["6"]);
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let first = capture(1, 400_000, 600_000, b"/a");
    let place = Place::of(&first);
    let before = std::fs::read(place.path()).unwrap();
    let refused = |recording: &Recording| format!("{:#}", place.append(recording).unwrap_err());
    assert!(refused(&first).contains("holds this capture already"), "{}", refused(&first));
    let mut stranger = Recording::starting(2, 0);
    stranger.host(9);
    stranger.cut(1_000);
    assert!(refused(&stranger).contains("of another host"), "{}", refused(&stranger));
    assert_eq!(std::fs::read(place.path()).unwrap(), before);
    Connection::open(place.path()).unwrap().execute_batch("PRAGMA user_version=1").unwrap();
    let second = capture(2, 700_000, 900_000, b"/b");
    assert!(refused(&second).contains("its layout is 1, not"), "{}", refused(&second));
}

#[test]
fn an_error_midway_leaves_the_database_as_it_was() {
    let place = Place::of(&capture(1, 400_000, 600_000, b"/a"));
    // The name that the second capture's table needs is taken.
    Connection::open(place.path()).unwrap().execute_batch("CREATE TABLE c2_raw_openat (x)").unwrap();
    let before = std::fs::read(place.path()).unwrap();
    place.append(&capture(2, 700_000, 900_000, b"/b")).unwrap_err();
    assert_eq!(std::fs::read(place.path()).unwrap(), before);
}

#[test]
fn only_tables_are_renamed_in_views() {
    let renamed = HashMap::from([("names", "c2_names".to_owned()), ("openat", "c2_openat".to_owned())]);
    let sql = "SELECT e.names AS \"names\", 'FROM names' FROM \"openat\" e LEFT JOIN names n ON n.x=(SELECT 'it''s' FROM names)";
    let expected = "SELECT e.names AS \"names\", 'FROM names' FROM \"c2_openat\" e LEFT JOIN \"c2_names\" n ON n.x=(SELECT 'it''s' FROM \"c2_names\")";
    assert_eq!(retarget(sql, &renamed), expected);
    assert_eq!(
        retarget("SELECT \"from\"\"names\" FROM (SELECT 1", &renamed),
        "SELECT \"from\"\"names\" FROM (SELECT 1"
    );
}
