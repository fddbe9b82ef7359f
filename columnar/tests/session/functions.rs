//! Functions: those that all engines have give the same here as in SQLite.

use analyzer::query::{Database, Question};

use crate::asking::{Asked, columnar, fixtures, refusal};

#[test]
fn functions_give_what_they_give_in_sqlite() {
    let capture = fixtures().remove(0);
    let session = columnar(&capture);
    let database = Database::open_capture(&capture, 1, &|_, _| ()).unwrap();
    for expression in [
        "time_bucket('5s', 12345678901)",
        "time_bucket('1h30m', -1)",
        "time_bucket('5s', NULL)",
        "cidr_match('10.1.2.3', '10.0.0.0/8')",
        "cidr_match('[fe80::1]:53', 'fe80::/10')",
        "cidr_match('192.0.2.1:80', '10.0.0.0/8')",
        "cidr_match('nothing', '10.0.0.0/8')",
        "cidr_match(NULL, '10.0.0.0/8')",
        "path_match('/etc/passwd', '/etc/*')",
        "path_match('/etc/ssh/sshd_config', '/etc/*')",
        "path_match('/etc/ssh/sshd_config', '/etc/**')",
        "path_match(NULL, '/etc/**')",
        "hex('abc')",
        "hex(x'00ff')",
        "hex(NULL)",
        "entropy('abab')",
        "entropy('')",
        "entropy(NULL)",
        "entropy(1212)",
    ] {
        let sql = format!("SELECT {expression}");
        assert_eq!(Asked::of(&session, &sql).rows, Asked::of(&database, &sql).rows, "{expression}");
    }
    for sql in [
        "SELECT count(*) FROM events WHERE path_match(exe, '/usr/**')",
        "SELECT event, time_bucket('100ms', ts_ns) AS b, count(*) FROM events GROUP BY event, b ORDER BY event, b",
        "SELECT DISTINCT entropy(comm) AS e FROM events WHERE comm IS NOT NULL ORDER BY e",
    ] {
        assert_eq!(Asked::of(&session, sql).rows, Asked::of(&database, sql).rows, "{sql}");
    }
}

#[test]
fn who_descends_from_whom_is_the_same_as_in_sqlite() {
    for capture in fixtures() {
        let session = columnar(&capture);
        let database = Database::open_capture(&capture, 1, &|_, _| ()).unwrap();
        for sql in [
            "SELECT process_key, ancestors(process_key), descendants(process_key), callchain(process_key) FROM processes
                ORDER BY process_key",
            "SELECT callchain(NULL), ancestors(-1), descendants(-1), callchain(-1)",
            "SELECT Callchain(process_key) AS chain, count(*) FROM events GROUP BY chain ORDER BY chain",
        ] {
            assert_eq!(Asked::of(&session, sql).rows, Asked::of(&database, sql).rows, "{sql}");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("set");
        columnar::parquet::write(&capture, &path, &Default::default(), &|_, _| ()).unwrap();
        let dataset = columnar::parquet::Dataset::open(&path).unwrap();
        let session = columnar::Session::over_dataset(dataset, &Default::default()).unwrap();
        let sql = "SELECT process_key, callchain(process_key) AS chain FROM processes
            WHERE callchain(process_key) LIKE '% > %' ORDER BY process_key";
        assert_eq!(Asked::of(&session, sql).rows, Asked::of(&database, sql).rows);
    }
}

#[test]
fn what_is_no_argument_is_said() {
    let session = columnar(&fixtures()[0]);
    for (sql, words) in [
        ("SELECT time_bucket('soon', ts_ns) FROM events", "time_bucket"),
        ("SELECT time_bucket('5s', comm) FROM events WHERE comm IS NOT NULL", "a whole number of nanoseconds"),
        ("SELECT cidr_match('10.0.0.1', '10.0.0.0/33')", "a network is like"),
        ("SELECT ancestors(comm) FROM processes WHERE comm IS NOT NULL", "a process_key is a whole number"),
    ] {
        let said = format!("{:#}", refusal(&session, &Question { sql, ..Question::default() }));
        assert!(said.contains(words), "{sql}: {said}");
    }
}
