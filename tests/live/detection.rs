//! `record --detect`: findings while recording, and an exit status that stays the command's unless it was told otherwise.

use std::fs;

use serde_json::Value;

use crate::capture::Capture;
use crate::machine;

const SIGNATURE: &str = "title: A copy runs\nid: c-1\nlevel: high\ntable: sched_process_exec\n\
    detection:\n  selection:\n    pathname|endswith: /copied\n  condition: selection\n";

#[test]
fn findings_come_while_recording_and_the_status_is_the_commands() {
    let Some(_turn) = machine::turn("findings_come_while_recording_and_the_status_is_the_commands") else { return };
    let scratch = tempfile::tempdir().unwrap();
    let path = |name: &str| scratch.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("s.yaml"), SIGNATURE).unwrap();
    let copied = path("copied");
    for (index, (command, fail_on, status, findings)) in [
        (format!("cp /bin/true {copied}; {copied}; exit 0"), "high", 1, 1),
        (format!("{copied}; exit 7"), "high", 7, 1),
        (format!("{copied}; exit 0"), "critical", 0, 1),
        ("exit 0".to_owned(), "info", 0, 0),
    ]
    .into_iter()
    .enumerate()
    {
        let found = path(&format!("{index}.json"));
        let signatures = path("s.yaml");
        let detect = format!("--detect={found}");
        let options =
            [&detect, "--detect-format", "json", "--no-builtin", "--signatures", &signatures, "--fail-on", fail_on];
        let (capture, finished) = Capture::attempt(&options, &["sh", "-c", &command]);
        assert_eq!(finished.code(), status, "{command}: {}", finished.stderr);
        capture.verify();
        let text = fs::read_to_string(&found).unwrap();
        let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(rows.len(), findings, "{command}: {text}");
        assert!(rows.iter().all(|row| row["signature"] == "c-1" && row["process"]["comm"] == "copied"), "{text}");
    }
}

#[test]
fn a_command_does_not_pass_where_nothing_could_be_looked_for() {
    let Some(_turn) = machine::turn("a_command_does_not_pass_where_nothing_could_be_looked_for") else { return };
    let missing = "/no/such/signatures.yaml";
    let (capture, finished) = Capture::attempt(&["--detect", "--signatures", missing, "--fail-on", "high"], &["true"]);
    assert_eq!(finished.code(), 125, "{}", finished.stderr);
    assert!(finished.stderr.contains(missing), "{}", finished.stderr);
    capture.verify();
    let (_, finished) = Capture::attempt(&["--detect", "--signatures", missing], &["true"]);
    assert_eq!(finished.code(), 0, "the recording is whole: {}", finished.stderr);
}
