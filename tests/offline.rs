//! What a capture gives offline, whichever way it is read: packed or as a directory, on one thread or on four, one of its
//! segments alone, a part of its events.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const FIXTURES: [&str; 3] = ["shell", "network", "losses"];

fn tracee(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tracee")).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// Standard output of what must be done without a word on standard error.
fn done(arguments: &[&str]) -> String {
    let output = tracee(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{arguments:?}: {}: {said}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name).with_extension("tracee");
    path.to_str().unwrap().to_owned()
}

fn unpacked(name: &str, folder: &TempDir) -> PathBuf {
    let capture = folder.path().join(name);
    assert!(tracee(&["unpack", &fixture(name), "-o", text(&capture)]).status.success());
    capture
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn rows(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))).collect()
}

fn events(capture: &str, options: &[&str]) -> Vec<Value> {
    rows(&done(&[&["events", capture, "--output", "json"], options].concat()))
}

fn query(capture: &str, sql: &str) -> Vec<Value> {
    rows(&done(&["query", capture, sql, "--output", "json", "--quiet"]))
}

/// The bytes that a text column stands for: `\\`, `\x00`, and `\x80` to `\xff` where the bytes were no UTF-8.
fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let escape = &rest[at + 1..];
        if let Some(after) = escape.strip_prefix('\\') {
            bytes.push(b'\\');
            rest = after;
        } else {
            bytes.push(u8::from_str_radix(escape.strip_prefix('x')?.get(..2)?, 16).ok()?);
            rest = &escape[3..];
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    Some(bytes)
}

/// The one way to write `bytes` as a text column.
fn escape(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        out.push_str(&chunk.valid().replace('\\', "\\\\").replace('\0', "\\x00"));
        chunk.invalid().iter().for_each(|byte| out.push_str(&format!("\\x{byte:02x}")));
    }
    out
}

fn strings<'a>(value: &'a Value, out: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => out.push(text),
        Value::Array(values) => values.iter().for_each(|value| strings(value, out)),
        Value::Object(values) => values.values().for_each(|value| strings(value, out)),
        _ => {}
    }
}

#[test]
fn every_fixture_is_whole() {
    for name in FIXTURES {
        let output = tracee(&["verify", &fixture(name)]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{name}: {said}");
        assert!(said.contains(": whole;"), "{said}");
        assert!(output.stdout.is_empty(), "a finding: {}", String::from_utf8_lossy(&output.stdout));
        let lost = &query(&fixture(name), "SELECT coalesce(sum(count), 0) AS lost FROM losses")[0]["lost"];
        assert_eq!(*lost != 0, name == "losses");
        assert!(said.replace(',', "").contains(&format!(" frames {lost} lost and accounted for")), "{said}");
    }
}

#[test]
fn a_changed_byte_is_found_and_named() {
    let folder = TempDir::new().unwrap();
    let segment = unpacked("shell", &folder).join("00000001.seg");
    let mut bytes = fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    fs::write(&segment, bytes).unwrap();
    let output = tracee(&["verify", text(segment.parent().unwrap())]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("00000001.seg"), "{output:?}");
}

#[test]
fn packed_and_unpacked_are_the_same_capture() {
    for name in FIXTURES {
        let folder = TempDir::new().unwrap();
        let (capture, again) = (unpacked(name, &folder), folder.path().join("again.tracee"));
        assert!(tracee(&["pack", text(&capture), "-o", text(&again)]).status.success());
        assert!(
            fs::read(&again).unwrap() == fs::read(fixture(name)).unwrap(),
            "{name}: packing again gives other bytes"
        );
        let read = |path: &str| done(&["events", path, "--output", "json"]);
        assert!(read(text(&capture)) == read(&fixture(name)), "{name}: the directory gives other events");
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    for name in FIXTURES {
        for command in [
            ["events", &fixture(name), "--output", "json"].as_slice(),
            &["query", &fixture(name), "SELECT * FROM events", "--output", "csv", "--quiet"],
            &["query", &fixture(name), "SELECT * FROM processes ORDER BY process_key", "--output", "csv", "--quiet"],
            &["query", &fixture(name), "SELECT * FROM open_files", "--output", "csv", "--quiet"],
            &["query", &fixture(name), "SELECT * FROM objects", "--output", "csv", "--quiet"],
        ] {
            let on = |threads: &str| done(&[command, &["--threads", threads]].concat());
            let one = on("1");
            assert!(one.lines().count() > 1, "{command:?}");
            for threads in ["2", "4"] {
                assert!(on(threads) == one, "{command:?} on {threads} threads gives other rows than on one");
            }
        }
    }
}

/// Segments of the `losses` fixture, each alone in a directory.
fn segments_alone(folder: &TempDir) -> Vec<PathBuf> {
    let whole = unpacked("losses", folder);
    let mut names: Vec<_> = fs::read_dir(&whole).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert!(names.len() >= 3, "{names:?}");
    let alone = |name: &std::ffi::OsString| {
        let directory = folder.path().join(format!("alone-{}", name.display()));
        fs::create_dir(&directory).unwrap();
        fs::copy(whole.join(name), directory.join(name)).unwrap();
        directory
    };
    names.iter().map(alone).collect()
}

#[test]
fn a_segment_alone_names_every_process_and_file() {
    let folder = TempDir::new().unwrap();
    for directory in segments_alone(&folder) {
        let capture = text(&directory);
        let seen = query(
            capture,
            "SELECT count(*) AS active, count(process.comm) AS comm, count(process.exe) AS exe, \
                    count(process.argv) AS argv, count(process.pid) AS pid, \
                    count(process.start_ns) AS start, count(parent.process_key) AS parent \
             FROM (SELECT DISTINCT process_key FROM events WHERE host_pid IS NOT NULL) \
             LEFT JOIN processes process USING (process_key) \
             LEFT JOIN processes parent ON parent.process_key = process.parent_key",
        );
        let counts = seen[0].as_object().unwrap();
        assert!(counts["active"].as_u64() >= Some(2), "{capture}: {counts:?}");
        assert!(counts.values().all(|count| *count == counts["active"]), "{capture}: {counts:?}");
        let shell = query(capture, "SELECT argv, exe FROM processes WHERE comm = 'sh' AND ppid = 1");
        assert_eq!(shell.len(), 1);
        assert_eq!(shell[0]["argv"], "/bin/sh /scene/losses.sh");
        let files = query(capture, "SELECT count(*) AS all_of, count(path) AS named FROM open_files");
        assert!(
            files[0]["all_of"].as_u64() >= Some(3) && files[0]["all_of"] == files[0]["named"],
            "{capture}: {files:?}"
        );
        let unnamed = "SELECT count(*) AS unnamed FROM events WHERE host_pid IS NOT NULL AND (comm IS NULL OR exe IS NULL \
                       OR uid IS NULL OR mnt_ns IS NULL OR uts_name IS NULL)";
        assert_eq!(query(capture, unnamed)[0]["unnamed"], 0, "{capture}");
    }
}

#[test]
fn segments_alone_give_together_what_all_of_them_give() {
    let folder = TempDir::new().unwrap();
    let mut parts = String::new();
    for directory in segments_alone(&folder) {
        let segment = fs::read_dir(&directory).unwrap().next().unwrap().unwrap().path();
        let in_place = done(&["events", text(&segment), "--output", "json"]);
        assert!(in_place == done(&["events", text(&directory), "--output", "json"]), "a file and its directory differ");
        parts.push_str(&in_place);
    }
    let whole = done(&["events", &fixture("losses"), "--output", "json"]);
    let other = parts.lines().zip(whole.lines()).find(|(part, row)| part != row);
    assert!(other.is_none(), "a segment alone, and the same row of all:\n{other:#?}");
    assert_eq!(parts.len(), whole.len());
}

#[test]
fn a_segment_alone_is_said_to_lack_the_others() {
    let folder = TempDir::new().unwrap();
    let alone = segments_alone(&folder);
    for (at, directory) in alone.iter().enumerate() {
        let output = tracee(&["verify", text(directory)]);
        let findings = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{findings}");
        assert_eq!(findings.contains(&format!("segments 1 to {at} are missing")), at > 0, "{findings}");
        assert_eq!(findings.contains("not closed"), at + 1 < alone.len(), "{findings}");
    }
}

#[test]
fn events_are_chosen_by_name_and_time() {
    let all = events(&fixture("shell"), &[]);
    let kept = |keep: &dyn Fn(&Value) -> bool| all.iter().filter(|row| keep(row)).cloned().collect::<Vec<_>>();
    let some = |rows: Vec<Value>| {
        assert!(!rows.is_empty() && rows.len() < all.len(), "{} of {} rows", rows.len(), all.len());
        rows
    };
    assert_eq!(events(&fixture("shell"), &["--event", "openat"]), some(kept(&|row| row["event"] == "openat")));
    let two = some(kept(&|row| row["event"] == "kill" || row["event"] == "rename"));
    assert_eq!(events(&fixture("shell"), &["--event", "rename,kill"]), two);
    let scheduler = some(kept(&|row| row["event"].as_str().unwrap().starts_with("sched_process_")));
    assert_eq!(events(&fixture("shell"), &["--event", "sched_process_*"]), scheduler);

    let (from, to) = (all[all.len() / 3]["ts"].as_str().unwrap(), all[all.len() * 2 / 3]["ts"].as_str().unwrap());
    let (since, until) =
        (some(kept(&|row| row["ts"].as_str() >= Some(from))), some(kept(&|row| row["ts"].as_str() < Some(to))));
    assert_eq!(events(&fixture("shell"), &["--since", from]), since);
    assert_eq!(events(&fixture("shell"), &["--until", to]), until);
    assert_eq!(since.len() + kept(&|row| row["ts"].as_str() < Some(from)).len(), all.len());
    let rfc3339 = from.replace(' ', "T") + "Z";
    let opened = some(kept(&|row| {
        row["event"] == "openat" && row["ts"].as_str() >= Some(from) && row["ts"].as_str() < Some(to)
    }));
    assert_eq!(events(&fixture("shell"), &["--event", "openat", "--since", &rfc3339, "--until", to]), opened);
    assert!(events(&fixture("shell"), &["--until", all[0]["ts"].as_str().unwrap()]).is_empty());

    let start = query(&fixture("network"), "SELECT start_ns FROM captures")[0]["start_ns"].as_i64().unwrap();
    let network = events(&fixture("network"), &[]);
    let later: Vec<Value> =
        network.iter().filter(|row| row["ts_ns"].as_i64().unwrap() >= start + 300_000_000).cloned().collect();
    assert!(!later.is_empty() && later.len() < network.len());
    assert_eq!(events(&fixture("network"), &["--since", "+300ms"]), later);
}

#[test]
fn columns_are_chosen_by_name_or_preset() {
    let shell = fixture("shell");
    assert_eq!(events(&shell, &[]), rows(&done(&["events", &shell, "-j"])), "-j is --output json");
    let header = |columns: &str| {
        let table = done(&["events", &shell, "--event", "execve", "--columns", columns]);
        table.lines().next().unwrap().split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(header("readme"), "TIME(s) UTS_NAME MNT_NS PID_NS UID EVENT COMM PID TID PPID RET ARGS");
    assert_eq!(header("kubernetes"), "TIME_STAMP COMM PID TID SYSCALL ARGS");
    assert_eq!(header("ts,RET"), "ts RET");

    // Every column, chosen by name, has the value that it has unchosen.
    let all = events(&shell, &[]);
    let names: Vec<&str> = all[0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(all, events(&shell, &["--columns", &names.join(",")]));

    let args = |most: &str| {
        let table = done(&["events", &shell, "--event", "execve", "--columns", "ARGS", "--max-args", most]);
        table.lines().nth(1).unwrap().to_owned()
    };
    assert!(!args("20").contains("..."), "{}", args("20"));
    assert!(args("1").ends_with(", ..."), "{}", args("1"));
}

#[test]
fn text_gives_back_the_bytes_that_were_recorded() {
    let mut hostile = BTreeSet::new();
    for name in FIXTURES {
        for row in events(&fixture(name), &[]) {
            let mut found = Vec::new();
            strings(&row, &mut found);
            for text in found.into_iter().filter(|text| !text.starts_with("{\"bpf\"")) {
                let bytes = unescape(text).unwrap_or_else(|| panic!("{text:?} in {row}"));
                assert_eq!(escape(&bytes), text, "written in another way");
                if text.contains('\\') {
                    hostile.insert(bytes);
                }
            }
        }
    }
    let expected = [b"odd\x1b[31m\xffname".to_vec(), b"/tmp/odd\x1b[31m\xffname".to_vec()];
    assert_eq!(hostile, expected.into(), "the one name that is no UTF-8, and its path");
    for (format, shown) in [("table", "odd\\x1b[31m\\xffname"), ("json", "odd\\u001b[31m\\\\xffname")] {
        let printed = done(&["events", &fixture("shell"), "--event", "openat", "--output", format]);
        assert!(printed.contains(shown) && !printed.contains('\x1b'), "{printed}");
    }
}

#[test]
fn events_and_sql_give_the_same_rows() {
    for name in FIXTURES {
        let mut rows = events(&fixture(name), &[]);
        let asked = query(&fixture(name), "SELECT * FROM events ORDER BY ts_ns, event_key");
        assert_eq!(rows.len(), asked.len());
        for (row, mut other) in rows.iter_mut().zip(asked) {
            for column in
                ["ts", "ts_ns", "cpu", "seq", "event", "process_key", "pid", "tid", "ppid", "uid", "comm", "ret"]
            {
                assert_eq!(row[column].take(), other[column].take(), "{column} of {row}");
            }
            let args: Value = serde_json::from_str(other["args"].as_str().unwrap()).unwrap();
            assert_eq!(row["args"].take(), args, "of {row}");
        }
    }
}

#[test]
fn info_says_what_is_there_and_what_is_not() {
    for name in FIXTURES {
        let said = done(&["info", "--all", &fixture(name)]);
        let value = |key: &str| {
            let line = said.lines().find(|line| line.split_whitespace().next() == Some(key));
            line.map(|line| line[key.len()..].trim().replace(',', ""))
        };
        let row = &query(&fixture(name), "SELECT * FROM captures")[0];
        assert_eq!(value("capture").as_deref(), row["capture_id"].as_str());
        assert_eq!(value("command").as_deref(), row["command"].as_str());
        for key in ["events", "lost", "segments"] {
            assert_eq!(value(key), Some(row[key].to_string()), "{key}: {said}");
        }
        assert_eq!(value("complete").is_some(), name != "losses", "{said}");
        assert_eq!(value("partial").is_some(), name == "losses", "{said}");
        let kinds = said.lines().filter(|line| line.starts_with("event  ")).count() as u64;
        assert_eq!(
            query(&fixture(name), "SELECT count(*) AS kinds FROM event_kinds WHERE rows > 0")[0]["kinds"],
            kinds
        );
    }
}

#[test]
fn appending_that_is_killed_leaves_a_database_as_it_was_or_all_of_it() {
    let folder = TempDir::new().unwrap();
    let replay = |name: &str, out: &Path, append: bool| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tracee"));
        command.args(["replay", "--to", "sqlite"]).args(append.then_some("--append")).arg(fixture(name)).arg(out);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let sql = "SELECT (SELECT count(*) FROM captures) AS captures, (SELECT count(*) FROM events) AS events,
        (SELECT count(*) FROM processes) AS processes, (SELECT sum(rows) FROM event_kinds) AS kinds";
    let ask = |path: &Path| {
        let output = tracee(&["query", text(path), sql, "--output", "csv"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let first = folder.path().join("first.db");
    assert!(replay("shell", &first, false).status().unwrap().success());
    let before = ask(&first);
    let both = folder.path().join("both.db");
    fs::copy(&first, &both).unwrap();
    assert!(replay("losses", &both, true).status().unwrap().success());
    let after = ask(&both);
    assert_ne!(before, after);
    let mut found = Vec::new();
    for step in 0..60 {
        let path = folder.path().join(format!("{step}.db"));
        fs::copy(&first, &path).unwrap();
        let mut child = replay("losses", &path, true).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(step * step * 2));
        let ended = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        let answer = ask(&path);
        assert!(answer == before || answer == after, "killed after step {step}: {answer}");
        let connection = rusqlite::Connection::open(&path).unwrap();
        let whole: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(whole, "ok");
        found.push(answer == after);
        if ended {
            break;
        }
    }
    assert!(found.contains(&false) && found.contains(&true), "{found:?}");
}
