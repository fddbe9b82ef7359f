//! Recorded bytes are data: nothing of them reaches a terminal as anything but text, and none of them is lost.

use std::process::Command;

use serde_json::Value;

use crate::capture::{Capture, LIMIT, text, tracee, unescape};
use crate::{machine, process, program};

const PATH: &[u8] = b"/nonexistent/\x1b[2J\xfe\xc3\x28\\x41\r\n\x7f\xc2\x9b1mend";
const COMM: &[u8] = b"\x1b[31m\xff\\\nx";
const ARGV: [&[u8]; 6] =
    [b"\x1b]0;owned\x07\xff", b"leaf", b"", b"'quoted' \"twice\"\\", "\u{1f4a3}".as_bytes(), b"<b>&amp;"];

fn record() -> Capture {
    Capture::record(&[], &[program::build("hostile")])
}

#[test]
fn hostile_bytes_come_back_from_sql_and_json() {
    let Some(_turn) = machine::turn("hostile_bytes_come_back_from_sql_and_json") else { return };
    let capture = record();
    let opened = capture.query("select pathname, comm from openat where pathname like '/nonexistent/%end'");
    assert_eq!(opened.len(), 1, "{opened:?}");
    assert_eq!(unescape(text(&opened[0], "pathname")), PATH);
    assert_eq!(unescape(text(&opened[0], "comm")), COMM);

    let argv = capture.query("select argv_json from processes where argv_json like '%leaf%'");
    assert_eq!(argv.len(), 1, "{argv:?}");
    let argv: Vec<String> = serde_json::from_str(text(&argv[0], "argv_json")).expect("argv_json is JSON");
    let argv: Vec<Vec<u8>> = argv.iter().map(|argument| unescape(argument)).collect();
    assert_eq!(argv, ARGV.map(<[u8]>::to_vec));

    let rows = capture.events(&["--event", "openat"]);
    let comms: Vec<Vec<u8>> = rows.iter().map(|row| unescape(text(row, "comm"))).collect();
    assert!(comms.iter().any(|comm| comm == COMM), "{comms:?}");
    let pathname = |row: &Value| {
        let args = row.get("args")?;
        // An object, or the same as text.
        let args: Value = match args {
            Value::String(text) => serde_json::from_str(text).ok()?,
            other => other.clone(),
        };
        Some(unescape(args.get("pathname")?.as_str()?))
    };
    assert!(rows.iter().filter_map(pathname).any(|path| path == PATH), "the path is in the JSON rows");
}

/// Output of a command of tracee with a terminal behind it, as script(1) makes one.
fn on_terminal(capture: &Capture, arguments: &[&str]) -> String {
    let line = format!("\"$TRACEE\" {} \"$CAPTURE\" {}", arguments[0], quoted(&arguments[1..]));
    let mut script = Command::new("script");
    script.args(["-qec", &line, "/dev/null"]).env("TRACEE", crate::capture::binary()).env("CAPTURE", &capture.path);
    let finished = process::run(&mut script, LIMIT);
    assert_eq!(finished.code(), 0, "{arguments:?}: {}", finished.stderr);
    finished.stdout_text()
}

fn quoted(arguments: &[&str]) -> String {
    arguments.iter().map(|argument| format!(" '{}'", argument.replace('\'', "'\\''"))).collect()
}

const SQL: &str = "select comm, pathname, args from openat union all select comm, argv, argv_json from processes";

#[test]
fn nothing_printed_controls_the_terminal() {
    let Some(_turn) = machine::turn("nothing_printed_controls_the_terminal") else { return };
    let capture = record();
    for arguments in [
        &["events"][..],
        &["events", "--output", "json"],
        &["events", "--output", "csv"],
        &["query", SQL],
        &["query", SQL, "--output", "csv"],
        &["query", SQL, "--output", "json"],
        &["info"],
        &["verify"],
    ] {
        let output = on_terminal(&capture, arguments);
        assert!(output.contains('\n'), "{arguments:?}: {output:?}");
        // The terminal driver turns a line feed into carriage return and line feed, and CSV has both already.
        let output = output.replace("\r\r\n", "\n").replace("\r\n", "\n");
        let control = output.chars().find(|c| c.is_control() && !['\n', '\t'].contains(c));
        assert_eq!(control, None, "{arguments:?}");
    }
}

#[test]
fn a_line_feed_in_a_name_makes_no_second_row() {
    let Some(_turn) = machine::turn("a_line_feed_in_a_name_makes_no_second_row") else { return };
    let capture = record();
    let rows = capture.number("select count(*) from openat");
    for (output, heading) in [("table", 1), ("json", 0)] {
        let mut events = tracee();
        events.arg("events").arg(&capture.path).args(["--event", "openat", "--output", output]);
        let lines = process::run(&mut events, LIMIT).stdout_text().lines().count();
        assert_eq!(lines as i64, rows + heading, "{output}");
    }
}

#[test]
fn a_path_on_a_page_that_nobody_has_read_yet_is_recorded() {
    let Some(_turn) = machine::turn("a_path_on_a_page_that_nobody_has_read_yet_is_recorded") else { return };
    let scratch = tempfile::tempdir().unwrap();
    let capture = Capture::record(&[], &[program::build("unread_page").as_os_str(), scratch.path().as_os_str()]);
    for (table, first) in [("openat", 0), ("unlink", 1)] {
        for number in (first..20).step_by(2) {
            let sql = format!("select count(*) from {table} where pathname = '/nonexistent/unread-{number}'");
            assert_eq!(capture.number(&sql), 1, "{table} {number}");
        }
    }
    // The kernel could read all of them: none is left a fault.
    let faults = capture.query("select event, args from events where truncated like '%fault%' and ret <> -14");
    assert_eq!(faults.len(), 0, "{faults:?}");
}
