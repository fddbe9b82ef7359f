//! Queries that have a name, asked of a scene that was just played; and of one that is still being played.

use serde_json::Value;

use crate::capture::{Capture, LIMIT, rows, tracee};
use crate::{machine, process, recording};

/// What an intruder might do, all of it in a directory of the test's own.
const SCENE: &str = "
    set -e; cd \"$0\"
    cp /bin/true dropped; ./dropped; rm dropped
    mkdir .ssh; echo key > .ssh/authorized_keys
    cat /etc/shadow > /dev/null 2>&1 || true
    unshare --mount true
    sleep 30 & kill -TERM $!; wait || true
    dd if=/dev/zero of=big bs=65536 count=16 2> /dev/null
    cp /bin/sh nginx; ./nginx -c 'sh -c \"true; exit 7\"; true'
    chmod 4755 nginx; echo x > some_history; rm some_history";

/// The rows of a query with a name.
fn asked(capture: &Capture, arguments: &[&str]) -> Vec<Value> {
    let mut query = tracee();
    query.arg("query").arg(capture.database()).args(arguments).args(["--output", "json"]);
    let finished = process::run(&mut query, LIMIT);
    assert_eq!(finished.code(), 0, "{arguments:?}: {}", finished.stderr);
    assert!(finished.stderr.contains("tracee: complete: "), "{}", finished.stderr);
    rows(&finished)
}

/// Ends with a failed assertion unless a row has these texts in these columns, each as a part.
fn told(capture: &Capture, query: &str, expected: &[(&str, &str)]) {
    let rows = asked(capture, &[query]);
    let has = |row: &Value, (column, part): &(&str, &str)| match &row[*column] {
        Value::String(text) => text.contains(part),
        other => &other.to_string() == part,
    };
    assert!(rows.iter().any(|row| expected.iter().all(|pair| has(row, pair))), "{query}: no {expected:?} in {rows:#?}");
}

#[test]
fn named_queries_tell_what_an_intruder_did() {
    let Some(_turn) = machine::turn("named_queries_tell_what_an_intruder_did") else { return };
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().to_str().expect("text");
    let capture = Capture::record(&[], &["sh", "-c", SCENE, path]);
    let dropped = format!("{path}/dropped");
    told(&capture, "@what-ran", &[("executable", &dropped), ("parent", "sh")]);
    told(&capture, "@dropped-and-run", &[("path", &dropped), ("written_by", "cp")]);
    told(&capture, "@ran-and-deleted", &[("path", &dropped), ("deleted_by", "rm")]);
    told(&capture, "@deleted-and-gone", &[("path", "/some_history"), ("made_by", "sh"), ("removed_by", "rm")]);
    told(&capture, "@run-from-temporary", &[("path", &dropped)]);
    told(
        &capture,
        "@persistence",
        &[("means", "ssh keys"), ("path", "/.ssh/authorized_keys"), ("operation", "create")],
    );
    told(&capture, "@secrets-read", &[("path", "/etc/shadow"), ("comm", "cat")]);
    told(&capture, "@namespace-changes", &[("comm", "unshare"), ("what", "CLONE_NEWNS")]);
    told(&capture, "@signals-sent", &[("sig", "SIGTERM"), ("target_argv", "sleep 30")]);
    told(&capture, "@big-writers", &[("comm", "dd"), ("target", "/big"), ("bytes", "1048576")]);
    told(&capture, "@server-shells", &[("server", "nginx"), ("comm", "sh"), ("depth", "1")]);
    told(&capture, "@failed-commands", &[("argv", "exit 7"), ("exit_code", "7")]);
    told(&capture, "@mode-changes", &[("path", "nginx"), ("mode", "04755")]);
    told(&capture, "@logs-touched", &[("path", "some_history"), ("operation", "unlink")]);
    let found = asked(&capture, &["@who-touched", "--param", &format!("path={path}/.ssh/%")]);
    assert!(!found.is_empty());
}

#[test]
fn what_is_being_recorded_can_be_asked() {
    let Some(_turn) = machine::turn("what_is_being_recorded_can_be_asked") else { return };
    let capture = Capture::planned();
    let mut recorder = recording::Running(capture.start(&[], &["sh", "-c", "true; echo begun; read line; true"]));
    process::wait_until("recording has begun", || capture.answers());
    // What the recorder has is written after two seconds at the latest.
    let mut said = String::new();
    process::wait_until("there is something to ask", || {
        let mut query = tracee();
        query.arg("query").arg(&capture.path).args([
            "SELECT count(*) AS n FROM sched_process_exec",
            "--output",
            "json",
        ]);
        let finished = process::run(&mut query, LIMIT);
        said = finished.stderr.clone();
        finished.code() == 0 && rows(&finished)[0]["n"].as_i64() > Some(0)
    });
    assert!(
        said.starts_with("tracee: not complete: ") && said.contains("the capture is still being written"),
        "{said}"
    );
    drop(recorder.0.stdin.take());
    assert!(process::wait(&mut recorder.0, LIMIT).success());
    let mut query = tracee();
    let finished = process::run(query.arg("query").arg(&capture.path).arg("SELECT 1"), LIMIT);
    assert!(finished.stderr.starts_with("tracee: complete: "), "{}", finished.stderr);
}
