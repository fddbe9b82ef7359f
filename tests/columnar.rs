//! `tracee query --engine columnar`: what it prints is what SQLite has it print.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

fn query(engine: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tracee"))
        .arg("query")
        .arg(fixture("shell.tracee"))
        .args(["--engine", engine])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn both_engines_print_the_same() {
    for sql in [
        "SELECT event, count(*) AS n FROM events GROUP BY event ORDER BY n DESC, event",
        "SELECT ts, ts_ns, late, exe, args FROM openat ORDER BY ts_ns, event_key LIMIT 20",
        "SELECT p.comm, count(*) FROM events e JOIN processes p ON p.process_key = e.process_key GROUP BY p.comm ORDER BY p.comm",
        "SELECT operation, count(*) FROM file_accesses GROUP BY operation ORDER BY operation",
        "SELECT 1 AS one; SELECT 2 AS two",
    ] {
        for format in ["table", "csv", "json", "markdown"] {
            let [sqlite, columnar] = ["sqlite", "columnar"].map(|engine| query(engine, &[sql, "--output", format]));
            assert!(columnar.status.success(), "{sql}: {}", String::from_utf8_lossy(&columnar.stderr));
            let text = |output: &[u8]| String::from_utf8_lossy(output).into_owned();
            assert_eq!(text(&columnar.stdout), text(&sqlite.stdout), "{sql} as {format}");
            // Whether it is complete is said alike.
            assert_eq!(text(&columnar.stderr), text(&sqlite.stderr), "{sql}");
        }
    }
}

#[test]
fn what_is_wrong_is_one_line_and_status_2() {
    for (sql, words) in [
        ("SELECT comn FROM events", "SQL, line 1, column 8: unknown column \"comn\"; did you mean comm"),
        ("DELETE FROM events", "SQL, line 1, column 1: DELETE is no question"),
    ] {
        let output = query("columnar", &[sql]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(words) && said.lines().count() == 1, "{said}");
    }
}

#[test]
fn a_question_that_takes_too_long_is_given_up() {
    let sql = "SELECT count(*) FROM range(0, 500) a CROSS JOIN range(0, 1000000000) b WHERE a.value + b.value = -1";
    let output = query("columnar", &[sql, "--timeout", "200ms"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("time-out"));
}
