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

#[test]
fn answers_are_files_of_columns_on_standard_output() {
    for engine in ["sqlite", "columnar"] {
        for (format, magic) in [("parquet", &b"PAR1"[..]), ("arrow", b"ARROW1"), ("arrow-stream", b"\xff\xff\xff\xff")]
        {
            let output = query(engine, &["SELECT event, ts FROM events LIMIT 5", "--output", format]);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && output.stdout.starts_with(magic), "{engine}, {format}: {said}");
            assert!(said.starts_with("tracee: complete: ") && said.lines().count() == 1, "{said}");
        }
        let output = query(engine, &["SELECT nosuch FROM events", "--output", "parquet"]);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    }
}

#[test]
fn appending_that_is_killed_leaves_what_was_there_or_all_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let replay = |name: &str, out: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tracee"));
        command.args(["replay", "--to", "parquet", "--append"]).arg(fixture(name)).arg(out);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let ask = |path: &Path, sql: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tracee"));
        let output =
            command.arg("query").arg(path).args([sql, "--output", "csv"]).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let made = |name: &str, with: &[&str]| {
        let path = folder.path().join(name);
        for fixture in with {
            assert!(replay(fixture, &path).status().unwrap().success());
        }
        path
    };
    // Rows of every kind of file: those of events, of one capture, of all captures together.
    let sql = "SELECT (SELECT count(*) FROM captures) AS captures, (SELECT count(*) FROM events) AS events,
        (SELECT count(*) FROM open_files) AS open_files, (SELECT count(*) FROM processes) AS processes,
        (SELECT count(DISTINCT process_key) FROM processes) AS keys, (SELECT sum(\"rows\") FROM event_kinds) AS kinds";
    let before = ask(&made("one", &["shell.tracee"]), sql);
    let after = ask(&made("two", &["shell.tracee", "losses.tracee"]), sql);
    assert_ne!(before, after);
    let mut found = Vec::new();
    for step in 0..60 {
        let path = made(&format!("set-{step}"), &["shell.tracee"]);
        let mut child = replay("losses.tracee", &path).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(step * step * 3));
        let ended = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        let answer = ask(&path, sql);
        assert!(answer == before || answer == after, "killed after step {step}: {answer}");
        // What it left is no hindrance.
        if answer == before {
            assert!(replay("losses.tracee", &path).status().unwrap().success(), "{step}");
            assert_eq!(ask(&path, sql), after);
        }
        found.push(answer == after);
        if ended {
            break;
        }
    }
    assert!(found.contains(&false) && found.contains(&true), "{found:?}");
}
