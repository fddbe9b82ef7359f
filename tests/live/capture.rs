//! Recording a command and asking the capture, both through the `tracee` binary.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::process::{self, Finished};

/// How long one command of tracee may take in these tests.
pub(crate) const LIMIT: Duration = Duration::from_secs(120);

/// Path of the `tracee` binary under test: the one built with these tests, or the one that TRACEE_BIN names (in a guest
/// the build's folders are not there).
pub(crate) fn binary() -> PathBuf {
    std::env::var_os("TRACEE_BIN").map_or_else(|| env!("CARGO_BIN_EXE_tracee").into(), PathBuf::from)
}

/// A command line that begins with the `tracee` binary under test.
pub(crate) fn tracee() -> Command {
    Command::new(binary())
}

/// A capture in a directory of its own, and what the recorder said.
pub(crate) struct Capture {
    scratch: TempDir,
    /// The capture: a directory of segments.
    pub(crate) path: PathBuf,
}

impl Capture {
    /// Room for a capture that is not recorded yet.
    pub(crate) fn planned() -> Capture {
        let scratch = tempfile::tempdir().expect("a temporary directory");
        let path = scratch.path().join("capture");
        Capture { scratch, path }
    }

    /// Records a command with the given options of `record`.
    ///
    /// # Panics
    /// When the recorder does not exit with status 0, so neither it nor the command failed.
    pub(crate) fn record<S: AsRef<OsStr>>(options: &[&str], command: &[S]) -> Capture {
        let (capture, finished) = Capture::attempt(options, command);
        assert!(finished.status.success(), "record: {}: {}", finished.status, finished.stderr);
        capture
    }

    /// Records a command that may fail, or that the recorder may refuse.
    pub(crate) fn attempt<S: AsRef<OsStr>>(options: &[&str], command: &[S]) -> (Capture, Finished) {
        let capture = Capture::planned();
        let finished = process::run(&mut capture.recorder(options, command), LIMIT);
        (capture, finished)
    }

    /// The command line that records `command` into this capture.
    pub(crate) fn recorder<S: AsRef<OsStr>>(&self, options: &[&str], command: &[S]) -> Command {
        let mut recorder = tracee();
        recorder.args(["record", "-o"]).arg(&self.path).args(options).arg("--").args(command);
        // Who runs tests in the background has them ignore interrupts, and so would the command.
        let interrupts = || {
            // SAFETY: the default of a signal.
            unsafe { libc::signal(libc::SIGINT, libc::SIG_DFL) };
            Ok(())
        };
        // SAFETY: it calls nothing but signal().
        unsafe { recorder.pre_exec(interrupts) };
        recorder
    }

    /// Starts recording with the command's standard input and output as pipes.
    pub(crate) fn start<S: AsRef<OsStr>>(&self, options: &[&str], command: &[S]) -> Child {
        let mut recorder = self.recorder(options, command);
        recorder.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        recorder.spawn().expect("the recorder starts")
    }

    /// Whether its recording has begun, and not ended.
    pub(crate) fn answers(&self) -> bool {
        process::run(tracee().arg("ctl").arg(&self.path).arg("status"), LIMIT).status.success()
    }

    /// A directory beside the capture that ends with it.
    pub(crate) fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    /// Rows of an SQL query; the capture is replayed to SQLite once and kept.
    pub(crate) fn query(&self, sql: &str) -> Vec<Value> {
        query(&self.database(), sql)
    }

    /// The capture, replayed to SQLite.
    pub(crate) fn database(&self) -> PathBuf {
        let database = self.scratch().join("replayed.db");
        if !database.exists() {
            let finished =
                process::run(tracee().arg("replay").arg(&self.path).args(["--to", "sqlite"]).arg(&database), LIMIT);
            assert!(finished.status.success(), "replay: {}: {}", finished.status, finished.stderr);
        }
        database
    }

    /// The single value of a query with one row and one column.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        let rows = self.query(sql);
        let [Value::Object(row)] = rows.as_slice() else { panic!("{sql}: {} rows", rows.len()) };
        let value = row.values().next().expect("one column");
        value.as_i64().unwrap_or_else(|| panic!("{sql}: {value} is not a number"))
    }

    /// Rows of `tracee events`, decoded straight from the segments.
    pub(crate) fn events(&self, options: &[&str]) -> Vec<Value> {
        let finished =
            process::run(tracee().arg("events").arg(&self.path).args(["--output", "json"]).args(options), LIMIT);
        assert!(finished.status.success(), "events: {}: {}", finished.status, finished.stderr);
        rows(&finished)
    }

    /// Segment files, in order.
    pub(crate) fn segments(&self) -> Vec<PathBuf> {
        segments_of(&self.path)
    }

    /// Ends with a failed assertion unless `tracee verify` finds nothing.
    pub(crate) fn verify(&self) {
        let finished = process::run(tracee().arg("verify").arg(&self.path), LIMIT);
        assert_eq!(finished.code(), 0, "verify: {}{}", finished.stdout_text(), finished.stderr);
    }
}

/// Segment files of a capture directory, in order.
pub(crate) fn segments_of(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("the capture is a directory");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// Rows of an SQL query on a capture or a database.
pub(crate) fn query(source: &Path, sql: &str) -> Vec<Value> {
    let finished = process::run(tracee().arg("query").arg(source).arg(sql).args(["--output", "json"]), LIMIT);
    assert!(finished.status.success(), "query {sql}: {}: {}", finished.status, finished.stderr);
    rows(&finished)
}

/// One JSON object a line.
pub(crate) fn rows(finished: &Finished) -> Vec<Value> {
    let text = finished.stdout_text();
    let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    text.lines().map(parse).collect()
}

/// The column of a row as text; empty when NULL.
pub(crate) fn text<'a>(row: &'a Value, column: &str) -> &'a str {
    match row.get(column) {
        Some(Value::String(text)) => text,
        Some(Value::Null) => "",
        other => panic!("column {column} of {row}: {other:?} is not text"),
    }
}

/// The column of a row as a number.
pub(crate) fn number(row: &Value, column: &str) -> i64 {
    row.get(column).and_then(Value::as_i64).unwrap_or_else(|| panic!("column {column} of {row} is not a number"))
}

/// Bytes behind a text column: `\xHH` is that byte, `\\` a backslash, everything else itself.
pub(crate) fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('\\') {
            bytes.push(b'\\');
            rest = after;
        } else {
            let pair = rest.strip_prefix('x').and_then(|rest| rest.get(..2)).expect("\\xHH");
            bytes.push(u8::from_str_radix(pair, 16).expect("\\xHH"));
            rest = &rest[3..];
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}
