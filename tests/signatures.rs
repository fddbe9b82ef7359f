//! `tracee signatures`, through the binary.

use std::fs;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// SigmaHQ's rules that are kept as test data.
const RULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/signatures/tests/data/sigma");

fn tracee(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tracee")).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// Standard output of what succeeds without a word.
fn done(arguments: &[&str]) -> String {
    let output = tracee(arguments);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty());
    String::from_utf8(output.stdout).unwrap()
}

/// Standard error of what cannot be done; nothing on standard output.
fn refused(arguments: &[&str]) -> String {
    let output = tracee(arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn check_lists_what_is_evaluated_and_why_not() {
    let printed = done(&["signatures", "check", "--output", "json", RULES]);
    let rows: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let files =
        fs::read_dir(RULES).unwrap().filter(|entry| entry.as_ref().unwrap().path().extension().unwrap() == "yml");
    assert_eq!(rows.len(), files.count());
    for row in &rows {
        let is_evaluated = row["evaluated"].as_bool().unwrap();
        assert_eq!(row["source"].is_null(), !is_evaluated, "{row}");
        assert!(is_evaluated || row["reason"].is_string(), "{row}");
    }
    let reason = |part: &str| rows.iter().any(|row| row["reason"].as_str().is_some_and(|why| why.contains(part)));
    assert!(reason("service sshd is a log that programs write") && reason("names of audit rules"));
}

#[test]
fn compile_prints_a_statement_for_each_engine() {
    for (dialect, quote) in [("sqlite", "\"executions\""), ("datafusion", "\"executions\""), ("spark", "`executions`")]
    {
        let printed = done(&["signatures", "compile", "--dialect", dialect, RULES]);
        let statements = printed.lines().filter(|line| line.starts_with("SELECT") && line.ends_with(';')).count();
        assert!(statements >= 25 && printed.contains(&format!(" FROM {quote} WHERE ")), "{dialect}");
        let unevaluated = printed.lines().filter(|line| line.starts_with("-- not evaluated: ")).count();
        assert_eq!(printed.lines().count(), 2 * (statements + unevaluated));
    }
    assert!(refused(&["signatures", "compile", "--dialect", "oracle", RULES]).contains("sqlite, datafusion, spark"));
}

#[test]
fn what_is_wrong_is_told_a_line_each_and_nothing_printed() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let field = "title: a\ntable: executions\ndetection:\n  s:\n    exee: x\n  condition: s\n";
    let (one, two) = (write("1.yml", field), write("2.yml", "title: \x1b[31m\n"));
    let told = refused(&["signatures", "check", &one, &two]);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 2, "{told}");
    assert_eq!(lines[0], format!("tracee: {one}:5:5: detection.s.exee: unknown field \"exee\"; did you mean exe?"));
    assert!(lines[1].starts_with(&format!("tracee: {two}:1:")) && !told.contains('\x1b'), "{told}");
    let missing = folder.path().join("none");
    assert!(refused(&["signatures", "check", missing.to_str().unwrap()]).contains("No such file"));
}
