//! The same rows from the columnar engine as from SQLite, for every table of every fixture; and the same rows however they
//! are read.

use analyzer::query::{Cell, Database};
use analyzer::tables::Catalog;
use columnar::{Options, Session};

use crate::asking::{Asked, columnar, fixtures, sorted};

#[test]
fn every_table_has_the_same_rows_as_in_sqlite() {
    for capture in fixtures() {
        let database = Database::open_capture(&capture, 1, &|_, _| ()).unwrap();
        let session = columnar(&capture);
        let catalog = Catalog::of(&capture).unwrap();
        for table in catalog.tables() {
            let sql = format!("SELECT * FROM \"{}\"", table.name);
            let (expected, found) = (Asked::of(&database, &sql), Asked::of(&session, &sql));
            let place = format!("{} of {}", table.name, capture.path().display());
            assert_eq!(expected.columns, found.columns, "{place}");
            let (expected, found) = (sorted(expected.rows), sorted(found.rows));
            assert_eq!(expected.len(), found.len(), "{place}");
            for (row, (expected, found)) in expected.iter().zip(&found).enumerate() {
                assert_eq!(expected, found, "row {row} of {place}");
            }
        }
    }
}

#[test]
fn what_is_left_out_early_is_what_is_left_out_late() {
    for capture in fixtures() {
        let early = columnar(&capture);
        let late = Session::over_capture(&capture, &Options { pushdown: false, ..Options::default() }).unwrap();
        let bounds = Asked::of(&early, "SELECT min(ts_ns), max(ts_ns), min(boot_ns) FROM events");
        let [Cell::Integer(first), Cell::Integer(last), Cell::Integer(boot)] = bounds.rows[0][..] else {
            panic!("{bounds:?}")
        };
        let middle = first + (last - first) / 2;
        let process = Asked::of(&early, "SELECT process_key FROM events WHERE process_key IS NOT NULL LIMIT 1");
        let process = match process.rows[0][0] {
            Cell::Integer(key) => key,
            _ => panic!("no process in {}", capture.path().display()),
        };
        let text = |ns| analyzer::text::timestamp(ns);
        let conditions = [
            "event = 'openat'".to_owned(),
            "event IN ('openat', 'sched_process_exec', 'nothing')".to_owned(),
            "event IN ('openat', 'close') AND event <> 'close'".to_owned(),
            "'sched_process_exit' = event OR event = 'openat'".to_owned(),
            "event = 'unknown_event'".to_owned(),
            "event IS NULL OR event = 'close'".to_owned(),
            format!("ts_ns >= {middle}"),
            format!("ts_ns < {middle} AND event = 'openat'"),
            format!("ts_ns BETWEEN {first} AND {middle}"),
            format!("ts_ns = {first} OR ts_ns = {last}"),
            format!("ts_ns > {last}"),
            format!("{middle} < ts_ns AND {last} >= ts_ns"),
            format!("ts > '{}'", text(middle)),
            format!("ts <= '{}' AND ts >= '{}'", text(middle), text(first)),
            format!("boot_ns <= {}", boot + (middle - first)),
            format!("boot_ns = {boot}"),
            format!("process_key = {process}"),
            format!("process_key IN ({process}, 1) AND ts_ns < {middle}"),
            format!("process_key <> {process}"),
            "process_key IS NULL".to_owned(),
            "container_id = 'none'".to_owned(),
            "container_id IS NULL AND event = 'close'".to_owned(),
            "ts_ns > 9223372036854775806".to_owned(),
            "boot_ns > 9223372036854775806".to_owned(),
        ];
        for table in ["events", "openat", "sched_process_exec"] {
            for condition in &conditions {
                let sql = format!("SELECT * FROM {table} WHERE {condition}");
                let (early, late) = (Asked::of(&early, &sql), Asked::of(&late, &sql));
                assert_eq!(sorted(early.rows), sorted(late.rows), "{sql} of {}", capture.path().display());
            }
        }
    }
}

#[test]
fn one_column_or_none_is_the_same_as_all() {
    for capture in fixtures() {
        let session = columnar(&capture);
        let all = Asked::of(&session, "SELECT * FROM events");
        for (at, column) in all.columns.iter().enumerate() {
            let one = Asked::of(&session, &format!("SELECT {column} FROM events"));
            let expected = all.rows.iter().map(|row| vec![row[at].clone()]).collect();
            assert_eq!(sorted(one.rows), sorted(expected), "{column} of {}", capture.path().display());
        }
        let none = Asked::of(&session, "SELECT 1 FROM events");
        assert_eq!(none.rows.len(), all.rows.len());
        let some = Asked::of(&session, "SELECT event FROM events WHERE event = 'openat' LIMIT 3");
        assert!(some.rows.len() <= 3);
    }
}

#[test]
fn threads_change_nothing() {
    for capture in fixtures() {
        let rows = |threads| {
            let session = Session::over_capture(&capture, &Options { threads, ..Options::default() }).unwrap();
            let sql = "SELECT event, count(*), min(ts_ns), count(DISTINCT process_key) FROM events GROUP BY event ORDER BY event";
            Asked::of(&session, sql).rows
        };
        let one = rows(1);
        assert_eq!(one, rows(2));
        assert_eq!(one, rows(4));
    }
}

#[test]
fn the_index_counts_what_counting_counts() {
    for capture in fixtures() {
        let session = columnar(&capture);
        let counting = Session::over_capture(&capture, &Options { pushdown: false, ..Options::default() }).unwrap();
        for sql in [
            "SELECT count(*) FROM events",
            "SELECT count(*), min(ts_ns), max(ts_ns), min(ts), max(ts) FROM events",
            "SELECT count(ts_ns), count(exe) FROM events",
            "SELECT count(*) FROM openat",
            "SELECT count(*) FROM close",
            "SELECT count(*) FROM security_file_open",
            "SELECT count(*) FROM net_packet_dns",
            "SELECT count(*) FROM tracee_info",
            "SELECT min(ts_ns) FROM openat",
        ] {
            let place = format!("{sql} of {}", capture.path().display());
            assert_eq!(Asked::of(&session, sql).rows, Asked::of(&counting, sql).rows, "{place}");
        }
    }
}

#[test]
fn a_count_of_one_event_reads_no_block() {
    for capture in fixtures() {
        let session = columnar(&capture);
        let plan = Asked::of(&session, "EXPLAIN SELECT count(*) FROM close");
        let plan = format!("{:?}", plan.rows);
        assert!(plan.contains("PlaceholderRowExec") && !plan.contains("SegmentsExec"), "{plan}");
        if Asked::of(&session, "SELECT count(*) FROM close").rows == [[Cell::Integer(0)]] {
            // It is known that there is none, whatever is asked of it.
            continue;
        }
        let plan = format!("{:?}", Asked::of(&session, "EXPLAIN SELECT count(*) FROM close WHERE uid = 0").rows);
        assert!(plan.contains("SegmentsExec"), "{plan}");
    }
}

#[test]
fn only_what_is_named_is_read() {
    let capture = fixtures().remove(0);
    let plan = |sql: &str| format!("{:?}", Asked::of(&columnar(&capture), &format!("EXPLAIN {sql}")).rows);
    let found = plan("SELECT comm FROM events WHERE event = 'openat' AND ts_ns >= 5 AND ts_ns < 9");
    assert!(found.contains("columns=[comm], since_ns=5, until_ns=9, events=[openat]"), "{found}");
    assert!(!found.contains("FilterExec"), "{found}");
    let found = plan("SELECT comm FROM events WHERE process_key = 7 LIMIT 3");
    assert!(found.contains("columns=[comm], process_keys=[7], limit=3"), "{found}");
    let found = plan("SELECT comm FROM events WHERE ts >= '2026-01-31 08:00:00' AND container_id IN ('a', 'b')");
    assert!(found.contains("since_ns=1769846400000000000, container_ids=[a, b]"), "{found}");
}
