//! No space left: the capture stays valid up to its last whole block and says why it ended, and the command is not harmed.

use std::process::Command;

use crate::capture::{Capture, LIMIT, number, query, segments_of, tracee};
use crate::{machine, process, program};

#[test]
fn a_full_disk_ends_the_recording_with_a_valid_capture() {
    let Some(_turn) = machine::turn("a_full_disk_ends_the_recording_with_a_valid_capture") else { return };
    let outside = Capture::planned();
    let small = outside.scratch().join("small");
    std::fs::create_dir(&small).unwrap();
    // The mount is private to this shell; what was recorded on it is copied out before it goes.
    let script = "set -e
        mount -t tmpfs -o size=2m tmpfs \"$1\"
        status=0
        \"$2\" record -o \"$1/capture\" -- \"$3\" random 300000 || status=$?
        cp -r \"$1/capture\" \"$4\"
        exit $status";
    let flood = program::build("flood");
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", script, "sh"]).arg(&small).arg(crate::capture::binary());
    command.arg(&flood).arg(&outside.path);
    command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut shell = command.spawn().expect("unshare runs");
    std::io::Write::write_all(&mut shell.stdin.take().unwrap(), b"go\nend\n").unwrap();
    let finished = process::finish(shell, LIMIT);
    assert_eq!(finished.code(), 125, "{}", finished.stderr);
    let error = finished.stderr.to_lowercase();
    assert!(error.contains("no space left"), "it says why: {}", finished.stderr);
    assert!(finished.stdout_text().contains("openat 300000"), "the command ran to its end: {}", finished.stdout_text());

    assert!(!segments_of(&outside.path).is_empty());
    let rows = query(&outside.path, "select count(*) as n from events");
    assert!(number(&rows[0], "n") > 1000, "what fitted is there: {rows:?}");
    for subcommand in ["info", "events"] {
        let finished = process::run(tracee().arg(subcommand).arg(&outside.path), LIMIT);
        assert_eq!(finished.code(), 0, "{subcommand}: {}", finished.stderr);
    }
    let info = process::run(tracee().arg("info").arg(&outside.path), LIMIT).stdout_text();
    assert!(info.contains("disk full"), "the capture itself says why it ended:\n{info}");
    // Closed in order, and what did not fit is accounted for.
    outside.verify();
}
