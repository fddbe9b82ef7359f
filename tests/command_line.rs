//! What the program does with what it cannot use: one line that says what is wrong, the right status, and nothing
//! overwritten.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// Status when it could not be done, and the same for `record`.
const FAILED: i32 = 2;
const RECORD_FAILED: i32 = 125;

fn tracee(arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_tracee");
    Command::new(program).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// Runs what must fail with `status`, saying nothing on standard output and one line on standard error; returns that line.
fn refused(arguments: &[&str], status: i32) -> String {
    let output = tracee(arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
    assert!(output.stdout.is_empty(), "{arguments:?} printed {:?}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(said.matches('\n').count(), 1, "{arguments:?} said {said:?}");
    assert!(said.starts_with("tracee: ") && said.ends_with('\n'), "{arguments:?} said {said:?}");
    said.trim_end().to_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A shipped capture.
fn fixture() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut captures: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "tracee"))
        .collect();
    captures.sort();
    captures.into_iter().next().expect("fixtures/ holds packed captures")
}

/// Every way to open a capture, with a path that is to be refused.
fn readers<'a>(path: &'a str, database: &'a str) -> Vec<Vec<&'a str>> {
    vec![
        vec!["info", path],
        vec!["verify", path],
        vec!["events", path],
        vec!["query", path, "SELECT 1"],
        vec!["replay", path, "--to", "sqlite", database],
    ]
}

#[test]
fn what_is_not_a_capture_is_refused_by_every_reader() {
    let folder = TempDir::new().unwrap();
    let database = folder.path().join("out.db");
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("notes.txt"), "no segment").unwrap();
    let junk = folder.path().join("junk");
    fs::write(&junk, "plain text, long enough to hold any header: ".repeat(20)).unwrap();
    let nothing = folder.path().join("nothing");
    fs::write(&nothing, "").unwrap();
    for path in [&empty, &other, &junk, &nothing] {
        for arguments in readers(text(path), text(&database)) {
            let said = refused(&arguments, FAILED);
            assert!(said.contains(text(path)) && said.contains("not a capture"), "{said}");
        }
    }
    for arguments in readers("/nonexistent/cap", text(&database)) {
        let said = refused(&arguments, FAILED);
        assert!(said.contains("/nonexistent/cap") && said.contains("No such file"), "{said}");
    }
    assert!(!database.exists());
    assert_eq!(fs::read_dir(&empty).unwrap().count(), 0, "an empty directory stays empty");
}

#[test]
fn a_newer_format_is_refused_by_its_version() {
    let folder = TempDir::new().unwrap();
    let capture = folder.path().join("cap");
    assert!(tracee(&["unpack", text(&fixture()), "-o", text(&capture)]).status.success());
    let segment = capture.join("00000001.seg");
    let mut bytes = fs::read(&segment).unwrap();
    bytes[8] = 9;
    let hash = blake3::hash(&bytes[..224]);
    bytes[224..256].copy_from_slice(hash.as_bytes());
    fs::write(&segment, bytes).unwrap();
    let database = folder.path().join("out.db");
    for arguments in readers(text(&capture), text(&database)) {
        let said = refused(&arguments, FAILED);
        assert!(said.contains("00000001.seg") && said.contains("9.0 is newer"), "{said}");
    }
    assert!(!database.exists(), "nothing is left of what could not be made");
}

#[test]
fn an_unknown_event_is_refused_with_the_nearest_names() {
    let said = refused(&["record", "--events", "sched_proces_exec", "--", "true"], RECORD_FAILED);
    assert!(said.contains("\"sched_proces_exec\"; did you mean sched_process_exec"), "{said}");
    let said = refused(&["events", text(&fixture()), "--event", "execv"], FAILED);
    assert!(said.contains("\"execv\"; did you mean execve"), "{said}");
    let said = refused(&["events", text(&fixture()), "--event", "zzzzzzzzzzzz"], FAILED);
    assert!(said.contains("unknown event \"zzzzzzzzzzzz\""), "{said}");
}

#[test]
fn events_of_packets_are_refused_where_no_packets_are_recorded() {
    for event in ["net_packet_raw", "net_packet_dns", "openat,net_packet_http_request", "packets"] {
        let said = refused(&["record", "--events", event, "--", "true"], RECORD_FAILED);
        assert!(said.contains("--capture net"), "{said}");
    }
}

#[test]
fn bad_sql_is_refused_with_its_position() {
    let fixture = fixture();
    let query = |sql: &str| refused(&["query", text(&fixture), sql], FAILED);
    let said = query("SELECT pid,\n  nosuchcolumn FROM processes");
    assert!(
        said.contains("no such column: nosuchcolumn") && said.contains("line 2") && said.contains("column 3"),
        "{said}"
    );
    let said = query("SELEC 1");
    assert!(said.contains("syntax error") && said.contains("line 1") && said.contains("column 1"), "{said}");
    assert!(query("SELECT * FROM nosuchtable").contains("no such table: nosuchtable"));
    assert!(query("SELECT proces_key FROM processes").contains("did you mean process_key?"));
    for change in ["DELETE FROM processes", "PRAGMA query_only = OFF", "ATTACH '/tmp/x' AS y"] {
        assert!(query(change).contains("only questions are allowed"), "{change}");
    }
    query("");
    assert!(query("@what-rann").contains("did you mean what-ran?"));
    assert!(query("@touched-by-process").contains("needs --param pid=INTEGER"));
    let said = refused(&["query", text(&fixture), "-f", "/nonexistent.sql"], FAILED);
    assert!(said.contains("/nonexistent.sql"), "{said}");
}

const ENDLESS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT";

#[test]
fn a_question_that_takes_too_much_says_so() {
    let fixture = fixture();
    let limited = |sql: &str, limit: [&str; 2]| {
        let output = tracee(&[&["query", text(&fixture), sql], &limit[..]].concat());
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (status, said) = limited(&format!("{ENDLESS} count(*) FROM n"), ["--timeout", "200ms"]);
    assert_eq!(status, Some(FAILED));
    assert!(said.contains("not done after 200ms, the time-out"), "{said}");
    let (status, said) = limited("SELECT length(hex(zeroblob(100000000)))", ["--memory", "64MiB"]);
    assert_eq!(status, Some(FAILED));
    assert!(said.contains("needs more memory than 64 MiB"), "{said}");
    // A sort of 100 MiB goes to temporary files.
    let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000)";
    let sort =
        format!("{rows} SELECT count(*) FROM (SELECT hex(zeroblob(500)) || i AS t FROM n ORDER BY t LIMIT 90000)");
    let (status, said) = limited(&sort, ["--memory", "64MiB"]);
    assert_eq!(status, Some(0), "{said}");
}

#[test]
fn a_question_is_read_from_standard_input_and_has_parameters() {
    let fixture = fixture();
    let mut query = Command::new(env!("CARGO_BIN_EXE_tracee"));
    query.args(["query", text(&fixture), "--param", "n=41", "--output", "json"]);
    let mut query = query.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut query.stdin.take().unwrap(), b"SELECT :n + 1 AS answer").unwrap();
    let output = query.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "{\"answer\":42}\n");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("complete: "), "{said}");
    let output = tracee(&["query", text(&fixture), "SELECT 1", "--quiet"]);
    assert!(output.status.success() && output.stderr.is_empty());
}

#[test]
fn a_bad_condition_or_column_is_refused_before_anything_is_shown() {
    let fixture = fixture();
    let capture = text(&fixture);
    let error = refused(&["events", capture, "--filter", "event = 'openat' an ret < 0"], FAILED);
    assert!(error.contains("line 1, column 18"), "{error}");
    let error = refused(&["events", capture, "--filter", "rett < 0"], FAILED);
    assert!(error.contains("no such column: rett"), "{error}");
    let error = refused(&["events", capture, "--columns", "time,comn"], FAILED);
    assert!(error.contains("unknown column"), "{error}");
    let error = refused(&["events", capture, "--follow"], FAILED);
    assert!(error.contains("only a directory"), "{error}");
}

#[test]
fn bad_numbers_and_words_are_refused_by_the_option_that_has_them() {
    for (option, value) in [
        ("--segment-size", "12parsecs"),
        ("--segment-size", "0"),
        ("--buffer-size", "1.5GiB"),
        ("--segment-age", "5"),
        ("--duration", "soon"),
        ("--duration", "0s"),
    ] {
        let said = refused(&["record", option, value, "--", "true"], RECORD_FAILED);
        assert!(said.contains(option) && said.contains(value), "{said}");
    }
    for (option, value) in [("--since", "yesterday"), ("--until", "+5"), ("--output", "xml"), ("--threads", "0")] {
        let said = refused(&["events", "cap", option, value], FAILED);
        assert!(said.contains(option) && said.contains(value), "{said}");
    }
    refused(&["record", "--"], RECORD_FAILED);
    refused(&["record", "--nosuchoption"], RECORD_FAILED);
    refused(&["events"], FAILED);
    refused(&["nosuchcommand"], FAILED);
    refused(&["replay", "cap", "--to", "parchment", "x"], FAILED);
}

#[test]
fn nothing_that_exists_is_overwritten() {
    let folder = TempDir::new().unwrap();
    let capture = folder.path().join("cap");
    fs::create_dir(&capture).unwrap();
    fs::write(capture.join("00000001.seg"), "precious").unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "precious").unwrap();
    let fixture = fixture();
    let unpacked = folder.path().join("unpacked");
    assert!(tracee(&["unpack", text(&fixture), "-o", text(&unpacked)]).status.success());

    let recorded = refused(&["record", "-o", text(&capture), "--", "true"], RECORD_FAILED);
    assert!(recorded.contains(text(&capture)) && recorded.contains("exists"), "{recorded}");
    for arguments in [
        ["unpack", text(&fixture), "-o", text(&capture)].as_slice(),
        ["pack", text(&unpacked), "-o", text(&file)].as_slice(),
        ["replay", text(&fixture), "--to", "sqlite", text(&file)].as_slice(),
    ] {
        assert!(refused(arguments, FAILED).contains("exists"), "{arguments:?}");
    }
    assert_eq!(fs::read(capture.join("00000001.seg")).unwrap(), b"precious");
    assert_eq!(fs::read_dir(&capture).unwrap().count(), 1);
    assert_eq!(fs::read(&file).unwrap(), b"precious");
}

#[test]
fn unpack_and_pack_give_back_the_same_file() {
    let folder = TempDir::new().unwrap();
    let (capture, packed) = (folder.path().join("cap"), folder.path().join("again.tracee"));
    assert!(tracee(&["unpack", text(&fixture()), "-o", text(&capture)]).status.success());
    assert!(tracee(&["pack", text(&capture), "-o", text(&packed)]).status.success());
    assert_eq!(fs::read(packed).unwrap(), fs::read(fixture()).unwrap());
    let read = |path: &Path| tracee(&["events", text(path), "--output", "json"]).stdout;
    let in_place = read(&fixture());
    assert!(!in_place.is_empty());
    assert_eq!(read(&capture), in_place, "a packed capture is read in place as its directory is");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    for arguments in [["list", "events", "--output", "json"].as_slice(), &["events", text(&fixture())]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tracee"))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_list_of_events_is_the_event_table() {
    let output = tracee(&["list", "events", "--output", "json"]);
    let rows: Vec<serde_json::Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let openat = rows.iter().find(|row| row["name"] == "openat").unwrap();
    assert_eq!(openat["lane"], "events");
    assert!(openat["fields"].as_str().unwrap().split(' ').any(|field| field == "pathname"), "{openat}");
    let structure = formats::events::structure::EVENTS.len();
    assert_eq!(rows.len(), formats::events::all().count() - structure);
}

#[test]
fn errors_cannot_drive_a_terminal() {
    let said = refused(&["info", "/nonexistent/\x1b[2J"], FAILED);
    assert!(said.contains("\\x1b[2J") && !said.contains('\x1b'), "{said:?}");
}
