//! Two captures of one host in one database: what each holds alone, and what they share once.

use std::path::Path;

use serde_json::json;

use crate::capture::{Capture, LIMIT, query, tracee};
use crate::{machine, process};

/// Loads a capture into a database that is there already.
fn append(capture: &Capture, database: &Path) {
    let mut command = tracee();
    command.arg("replay").arg(&capture.path).args(["--to", "sqlite", "--append"]).arg(database);
    let finished = process::run(&mut command, LIMIT);
    assert!(finished.status.success(), "{}: {}", finished.status, finished.stderr);
}

#[test]
fn captures_appended_hold_what_each_holds_alone() {
    let Some(_turn) = machine::turn("captures_appended_hold_what_each_holds_alone") else { return };
    let captures = [
        Capture::record(&[], &["sh", "-c", "cat /etc/hostname; true"]),
        Capture::record(&[], &["sh", "-c", "ls /etc/ssl; cat /no/such/file; true"]),
    ];
    let folder = tempfile::tempdir().expect("a temporary directory");
    let both = folder.path().join("both.db");
    std::fs::copy(captures[0].database(), &both).expect("a copy");
    append(&captures[1], &both);
    assert_eq!(query(&both, "PRAGMA integrity_check"), [json!({"integrity_check": "ok"})]);
    let of_events = [
        "SELECT ts_ns, event_key, event, process_key, comm, ret, args, from_user, marks, error FROM events",
        "SELECT ts_ns, event_key, event, operation, path, other_path, flags, mode, ret, from_user FROM file_accesses",
        "SELECT ts_ns, event_key, event, pathname, flags, ret_path, cwd_path FROM openat",
        "SELECT 0 AS ts_ns, 0 AS event_key, event, rows, lost FROM event_counts",
    ];
    for sql in of_events {
        for (capture, number) in captures.iter().zip(1..) {
            let alone = capture.query(&format!("{sql} ORDER BY ts_ns, event_key, event"));
            let found = query(&both, &format!("{sql} WHERE capture = {number} ORDER BY ts_ns, event_key, event"));
            assert!(!alone.is_empty() && alone == found, "{sql}: {} rows, {} of {number}", alone.len(), found.len());
        }
    }
    // Who recorded is in both, and one row.
    let count = |capture: &Capture| capture.number("SELECT count(*) FROM processes");
    let shared = query(&both, "SELECT count(*) AS n FROM processes")[0]["n"].as_i64().expect("a number");
    assert!(shared < count(&captures[0]) + count(&captures[1]), "{shared}");
    let whole = query(&both, "SELECT count(*) AS n FROM processes WHERE start_ns IS NULL OR end_ns < start_ns");
    assert_eq!(whole, [json!({"n": 0})]);
    let descent =
        "SELECT count(*) AS n FROM processes WHERE process_key NOT IN (SELECT process_key FROM process_ancestors)
        AND parent_key IS NOT NULL";
    assert_eq!(query(&both, descent), [json!({"n": 0})]);
}
