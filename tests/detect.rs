//! `tracee detect` and `tracee signatures test`, through the binary.

#[path = "detect/server.rs"]
mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use server::{Answer, Server};

/// A program that the workload of the fixture `shell` copied and ran, and every opening of a file that is not there.
const SIGNATURES: &str = "\
title: A copy of busybox is executed
id: 11111111-1111-1111-1111-111111111111
tracee: T-1
level: high
description: A [copy](of) {busybox}.
tags: [attack.t1036]
table: sched_process_exec
detection:
  selection:
    pathname|endswith: busybox-dropped
  condition: selection
---
title: A file that is not there
id: 22222222-2222-2222-2222-222222222222
level: low
table: openat
detection:
  selection:
    error: ENOENT
    pathname: /no/such/file
  condition: selection
---
title: Never
id: 33333333-3333-3333-3333-333333333333
level: critical
table: openat
detection:
  selection:
    pathname: /never/opened
  condition: selection
";

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name).with_extension("tracee");
    path.to_str().unwrap().to_owned()
}

/// A folder with the signatures, and room for what else a test needs.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Place {
        let place = Place { folder: TempDir::new().unwrap() };
        place.write("s.yaml", SIGNATURES);
        place
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.folder.path().join(name), text).unwrap();
        self.path(name)
    }

    /// The fixture as a capture of its own, with nothing beside it.
    fn capture(&self, fixture_name: &str) -> String {
        let path = self.path(&format!("{fixture_name}.tracee"));
        fs::copy(fixture(fixture_name), &path).unwrap();
        path
    }

    /// Runs with these signatures alone.
    fn detect(&self, arguments: &[&str]) -> Output {
        let signatures = self.path("s.yaml");
        tracee(&[&["detect", "--no-builtin", "--signatures", &signatures], arguments].concat())
    }
}

fn tracee(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tracee")).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn rows(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Runs what must fail: status 2, one line on standard error, nothing on standard output.
fn refused(arguments: &[&str]) -> String {
    let output = tracee(arguments);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    assert_eq!(said.matches('\n').count(), 1, "{arguments:?}: {said}");
    said
}

#[test]
fn findings_are_printed_for_people_and_for_programs() {
    let place = Place::new();
    let shell = fixture("shell");
    let text = place.detect(&[&shell]);
    assert_eq!(text.status.code(), Some(0), "{}", said(&text));
    let lines = printed(&text);
    assert!(lines.contains("HIGH A copy of busybox is executed [T-1]\n  ATT&CK     T1036\n"), "{lines}");
    assert!(lines.contains("LOW A file that is not there [22222222-"), "{lines}");
    assert!(said(&text).contains("2 findings (1 high, 1 low); 3 signatures"), "{}", said(&text));

    let json = rows(&printed(&place.detect(&["--output", "json", &shell])));
    assert_eq!(json.len(), 2);
    assert_eq!(json[0]["severity"], "high");
    assert_eq!(json[0]["evidence"][0]["table"], "sched_process_exec");
    assert!(json[0]["process"]["host_pid"].is_number());
    assert!(json[0]["ts_ns"].as_i64() < json[1]["ts_ns"].as_i64(), "in the order of time");
}

#[test]
fn sarif_has_a_rule_for_each_signature_and_a_result_for_each_finding() {
    let place = Place::new();
    let suppress = place.write("q.yaml", "suppressions:\n  - {id: T-1, reason: known, expires: never}\n");
    let output = place.detect(&["--output", "sarif", "--suppress", &suppress, &fixture("shell")]);
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 3);
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    for result in results {
        let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(result["message"]["text"].is_string() && result["suppressions"].is_array());
        assert!(result["partialFingerprints"]["traceeFinding/v1"].is_string());
    }
    assert_eq!(results[0]["suppressions"][0]["justification"], "known");
    assert_eq!((&results[0]["level"], &results[1]["level"]), (&"error".into(), &"note".into()));
    assert!(rules[0]["fullDescription"]["text"].as_str().unwrap().contains("%5Bcopy%5D"));
}

#[test]
fn the_status_says_whether_something_is_bad_enough() {
    let place = Place::new();
    let shell = fixture("shell");
    for (level, status) in [("critical", 0), ("high", 1), ("info", 1)] {
        assert_eq!(place.detect(&["--fail-on", level, &shell]).status.code(), Some(status), "{level}");
    }
    let one = place.detect(&["--fail-on", "medium", "--signature", "22222222-2222-2222-2222-222222222222", &shell]);
    assert_eq!(one.status.code(), Some(0));
    assert!(said(&one).contains("1 finding (1 low)"), "{}", said(&one));
}

#[test]
fn what_is_suppressed_does_not_count_and_what_ended_is_told() {
    let place = Place::new();
    let shell = fixture("shell");
    let yaml = "suppressions:\n  - id: T-1\n    reason: the test's own\n    expires: 2999-12-31\n    where:\n      pathname: '*busybox*'\n\
                \x20 - {id: '*', reason: long ago, expires: 2020-01-01}\n";
    let suppress = place.write("q.yaml", yaml);
    let output = place.detect(&["--fail-on", "high", "--suppress", &suppress, &shell]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(!printed(&output).contains("A copy of busybox"));
    assert!(said(&output).contains("1 finding (1 low), 1 suppressed"), "{}", said(&output));
    assert!(said(&output).contains("q.yaml:7: the suppression of * ended on 2020-01-01"), "{}", said(&output));
    let shown = printed(&place.detect(&["--show-suppressed", "--suppress", &suppress, &shell]));
    assert!(shown.contains("  suppressed the test's own until 2999-12-31"), "{shown}");

    for (yaml, told) in [
        ("suppressions:\n  - {id: T-1, expires: never}\n", "q.yaml:2:5: suppressions[0]: the field reason is missing"),
        ("suppressions:\n  - {id: T-9, reason: r, expires: never}\n", "no signature is called \"T-9\""),
        ("suppressions: {", "q.yaml:"),
    ] {
        let suppress = place.write("q.yaml", yaml);
        let signatures = place.path("s.yaml");
        let error = refused(&["detect", "--no-builtin", "--signatures", &signatures, "--suppress", &suppress, &shell]);
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn an_explanation_names_the_fields() {
    let place = Place::new();
    let shown = printed(&place.detect(&["--explain", &fixture("shell")]));
    assert!(shown.contains("because pathname ends with \"busybox-dropped\": \""), "{shown}");
    let json = rows(&printed(&place.detect(&["--explain", "--output", "json", &fixture("shell")])));
    assert_eq!(json[1]["explanation"][0][0]["field"], "error");
}

#[test]
fn findings_have_bounds_in_time() {
    let place = Place::new();
    let shell = fixture("shell");
    let all = rows(&printed(&place.detect(&["--output", "json", &shell])));
    let at = all[1]["ts"].as_str().unwrap();
    let since = rows(&printed(&place.detect(&["--output", "json", "--since", at, &shell])));
    let until = rows(&printed(&place.detect(&["--output", "json", "--until", at, &shell])));
    assert_eq!([since.len(), until.len()], [1, 1]);
    assert_eq!((&since[0], &until[0]), (&all[1], &all[0]));
}

#[test]
fn findings_that_are_kept_are_tables() {
    let place = Place::new();
    let capture = place.capture("shell");
    let query = |sql: &str| printed(&tracee(&["query", &capture, sql, "--output", "json", "--quiet"]));
    assert_eq!(query("SELECT count(*) AS n FROM findings"), "{\"n\":0}\n");
    let detected = place.detect(&["--save", "--output", "json", &capture]);
    let findings = rows(&printed(&detected));
    let sql = "SELECT f.finding_key, f.title, e.event, x.event_key = e.event_key AS same FROM findings f
        JOIN finding_events e USING (finding_key) JOIN events x ON x.event_key = e.event_key AND x.event = e.event ORDER BY f.ts_ns";
    let rows = rows(&query(sql));
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["finding_key"], findings[0]["finding_key"]);
    assert_eq!((&rows[0]["event"], &rows[0]["same"]), (&"sched_process_exec".into(), &1.into()));
    let key = format!("finding={}", findings[0]["finding_key"]);
    let before =
        printed(&tracee(&["query", &capture, "@before-finding", "--param", &key, "--output", "json", "--quiet"]));
    assert!(before.lines().last().unwrap().contains("sched_process_exec"), "{before}");
    let database = place.path("out.db");
    assert!(tracee(&["replay", &capture, "--to", "sqlite", &database]).status.success());
    let listed = printed(&tracee(&["query", &database, "@findings", "--output", "csv", "--quiet"]));
    assert_eq!(listed.lines().count(), 3, "{listed}");

    // Again: the same, and not twice. Of another capture: refused.
    place.detect(&["--save", &capture]);
    assert_eq!(query("SELECT count(*) AS n FROM findings"), "{\"n\":2}\n");
    let other = place.capture("network");
    fs::rename(format!("{capture}.findings"), format!("{other}.findings")).unwrap();
    assert!(refused(&["query", &other, "SELECT 1"]).contains("findings of another capture"));
    fs::write(format!("{other}.findings"), "{\"format\":\"tracee-findings\"").unwrap();
    assert!(refused(&["query", &other, "SELECT 1"]).contains(".findings:1: a line that is cut"));
}

#[test]
fn many_captures_are_summed_up() {
    let place = Place::new();
    let (shell, network, again) = (fixture("shell"), fixture("network"), place.capture("shell"));
    let captures = [shell.as_str(), &network, &again];
    let alone = |threads: &str| {
        let arguments = [&["--output", "json", "--threads", threads], &captures[..]].concat();
        printed(&place.detect(&arguments))
    };
    assert_eq!(alone("1"), alone("3"), "the order does not depend on threads");
    let output = place.detect(&[&["--summary", "json"], &captures[..]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let hits: Vec<u64> =
        summary["captures"].as_array().unwrap().iter().map(|row| row["hits"].as_u64().unwrap()).collect();
    assert_eq!(hits, [2, 0, 2]);
    let signature = &summary["signatures"][0];
    assert_eq!((&signature["hits"], signature["captures"].as_array().unwrap().len()), (&2.into(), 2));
    assert_eq!(summary["never_fired"], serde_json::json!(["33333333-3333-3333-3333-333333333333"]));
    assert!(summary["captures"][0]["rows"].as_u64().unwrap() > 0);

    let text = printed(&place.detect(&[&["--summary", "text"], &captures[..]].concat()));
    assert!(text.contains("1 signature never fired:") && text.contains("ns_per_row"), "{text}");

    let missing = place.path("none");
    let output = place.detect(&["--fail-on", "high", &shell, &missing, &network]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("none: ") && said(&output).contains("2 findings"), "{}", said(&output));
}

#[test]
fn a_webhook_gets_each_finding() {
    let place = Place::new();
    let server = Server::new(&[Answer::Status(503), Answer::Status(200)]);
    let template = place.write("t.json", "{\"text\": \"{{title}} ({{severity}}) by {{process.comm}}\"}");
    let output = place.detect(&["--webhook", &server.url, "--webhook-template", &template, &fixture("shell")]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let bodies: Vec<Value> = server.bodies().iter().map(|body| serde_json::from_str(body).unwrap()).collect();
    assert_eq!(bodies.len(), 4, "each was sent again after the first refusal");
    assert_eq!(bodies[1]["text"], "A copy of busybox is executed (high) by busybox-dropped");
}

#[test]
fn a_webhook_that_hangs_is_said_and_holds_nobody_up() {
    let place = Place::new();
    let server = Server::new(&[Answer::Hang]);
    let began = Instant::now();
    let arguments =
        ["--webhook", &server.url, "--webhook-timeout", "200ms", "--webhook-patience", "1s", &fixture("shell")];
    let output = place.detect(&arguments);
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("webhook: 2 findings not delivered"), "{}", said(&output));
    assert!(!said(&output).contains("/hook"), "the path of a webhook is a secret");
    assert_eq!(printed(&output).matches(" [").count(), 2, "findings are printed all the same");
}

#[test]
fn what_cannot_be_used_is_refused_in_one_line() {
    let place = Place::new();
    let (shell, signatures) = (fixture("shell"), place.path("s.yaml"));
    let base = ["detect", "--no-builtin", "--signatures", &signatures];
    let exists = place.write("exists", "");
    let template = place.write("t.json", "{\"a\": \"{{titel}}\"}");
    for (arguments, told) in [
        (&["--fail-on", "bad", &shell][..], "there are info, low, medium, high, critical"),
        (&["--output", "xml", &shell], "possible values: text, json, sarif, none"),
        (&["--signature", "T-2", &shell], "unknown signature \"T-2\"; did you mean T-1?"),
        (&["--since", "yesterday", &shell], "a time is like"),
        (&["--out", &exists, &shell], "cannot make"),
        (&["--webhook", "ftp://x", &shell], "--webhook: the URL of the webhook"),
        (&["--webhook-template", &template, &shell], "--webhook <URL>"),
        (
            &["--webhook", "http://127.0.0.1:1/", "--webhook-template", &template, &shell],
            "t.json:1:8: unknown field \"titel\"",
        ),
        (&["--follow", &shell], "only a directory of segments can be followed"),
        (&["--follow", &shell, &shell], "--follow takes one capture"),
        (&["--summary", "json", "--output", "json", &shell], "findings need --out FILE"),
        (&["--threads", "0", &shell], "0 is not in 1..=1024"),
        (&["/nowhere"], "/nowhere"),
        (&[], "CAPTURE"),
    ] {
        let error = refused(&[&base[..], arguments].concat());
        assert!(error.contains(told), "{arguments:?}: {error}");
    }
    assert!(refused(&["detect", "--no-builtin", &shell]).contains("--signatures <PATH>"));
    let wrong = place.write("w.yaml", "title: a\ntable: openat\ndetection:\n  s:\n    pathnam: x\n  condition: s\n");
    let error = refused(&["detect", "--no-builtin", "--signatures", &wrong, &shell]);
    assert!(
        error.contains("w.yaml:5:5: detection.s.pathnam: unknown field \"pathnam\"; did you mean pathname?"),
        "{error}"
    );
}

#[test]
fn ten_thousand_signatures_are_bounded() {
    let place = Place::new();
    let one = |number: usize| {
        format!(
            "title: t{number}\nid: t{number}\ntable: openat\ndetection:\n  s:\n    pathname|contains: never-{number}\n  condition: s\n"
        )
    };
    let all: Vec<String> = (0..10_000).map(one).collect();
    for (index, some) in all.chunks(1000).enumerate() {
        place.write(&format!("many{index}.yaml"), &some.join("---\n"));
    }
    let paths: Vec<String> = (0..10).map(|index| place.path(&format!("many{index}.yaml"))).collect();
    let mut arguments = vec!["detect", "--no-builtin"];
    arguments.extend(paths.iter().flat_map(|path| ["--signatures", path]));
    let shell = fixture("shell");
    let output = tracee(&[&arguments[..], &[&shell]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("0 findings; 10,000 signatures"), "{}", said(&output));
    let more = place.write("more.yaml", &one(10_000));
    let output = tracee(&[&arguments[..], &["--signatures", &more, &shell]].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("10001 signatures; there can be 10000"), "{}", said(&output));
}

#[test]
fn signatures_are_tested_by_what_they_find() {
    let place = Place::new();
    place.capture("shell");
    let file = |expect: &str| {
        place.write(
            "test.yaml",
            &format!(
                "signatures: [s.yaml]\ntests:\n  - name: a copy\n    capture: shell.tracee\n    expect:\n{expect}"
            ),
        )
    };
    let low = "      - signature: 22222222-2222-2222-2222-222222222222\n        fields: {pathname: /no/such/file}\n";
    let good = file(&format!("      - {{signature: T-1, fields: {{process: busybox-dropped}}}}\n{low}"));
    let output = tracee(&["signatures", "test", &good]);
    assert_eq!(output.status.code(), Some(0), "{}{}", printed(&output), said(&output));
    assert!(said(&output).contains("1 test, 0 not as expected"));

    let bad = file(&format!("      - {{signature: T-1, fields: {{process: other}}}}\n{low}"));
    let output = tracee(&["signatures", "test", "--output", "json", &bad]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let rows = rows(&printed(&output));
    let told = "T-1: expected 1 with these fields, found 0; one has process = \"busybox-dropped\", not \"other\"";
    assert_eq!(rows[0]["difference"], told);
    assert!(rows[1]["difference"].as_str().unwrap().starts_with("T-1: not expected by "), "{rows:?}");

    let unknown = file("      - {signature: T-3}\n");
    let output = tracee(&["signatures", "test", &unknown]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("a copy: unknown signature \"T-3\"; did you mean T-1?"), "{}", said(&output));
    let wrong = place.write("test.yaml", "tests:\n  - {capture: x}\n");
    assert!(
        said(&tracee(&["signatures", "test", &wrong])).contains("test.yaml:2:5: tests[0]: the field expect is missing")
    );
}

/// Copies what a packed capture holds, a segment after the other, as a recorder would make them.
#[test]
fn a_capture_that_grows_is_followed_to_its_end() {
    let place = Place::new();
    let whole = place.path("whole");
    assert!(tracee(&["unpack", &fixture("shell"), "-o", &whole]).status.success());
    let growing = PathBuf::from(place.path("growing"));
    fs::create_dir(&growing).unwrap();
    let mut segments: Vec<PathBuf> = fs::read_dir(&whole).unwrap().map(|entry| entry.unwrap().path()).collect();
    segments.sort();
    let copy = |path: &PathBuf| fs::copy(path, growing.join(path.file_name().unwrap())).unwrap();
    copy(&segments[0]);
    let signatures = place.path("s.yaml");
    let arguments =
        ["detect", "--no-builtin", "--signatures", &signatures, "--follow", "--output", "json", "--fail-on", "high"];
    let child = Command::new(env!("CARGO_BIN_EXE_tracee"))
        .args(arguments)
        .arg(&growing)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    segments[1..].iter().for_each(|path| _ = copy(path));
    let output = child.wait_with_output().unwrap();
    let found = rows(&printed(&output));
    let names: Vec<&str> = found.iter().map(|row| row["severity"].as_str().unwrap()).collect();
    assert_eq!(names, ["high", "low"], "{}", said(&output));
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let keys = |rows: &[Value]| rows.iter().map(|row| row["finding_key"].clone()).collect::<Vec<_>>();
    assert_eq!(keys(&found), keys(&rows(&printed(&place.detect(&["--output", "json", &fixture("shell")])))));
}

#[test]
fn built_in_signatures_are_listed_and_used() {
    let listed = tracee(&["list", "signatures", "--output", "json"]);
    assert_eq!(listed.status.code(), Some(0), "{}", said(&listed));
    let rows = rows(&printed(&listed));
    assert!(rows.iter().any(|row| row["tracee_id"] == "TRC-102" && row["severity"] == "low"), "{rows:?}");
    let output = tracee(&["detect", &fixture("shell")]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}
