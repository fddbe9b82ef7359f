//! A day of ordinary work, recorded: no built-in signature takes any of it for something that somebody has to look at.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::capture::{Capture, LIMIT, rows, tracee};
use crate::{machine, process};

/// How long the day may take: compilers on a machine that is busy with other things.
const DAY: Duration = Duration::from_secs(1200);
/// Rows that there are to be at least.
const EVENTS: i64 = 100_000;
/// Severities that nothing ordinary may have.
const SUSPICIOUS: [&str; 3] = ["medium", "high", "critical"];

#[test]
fn ordinary_work_is_not_suspicious() {
    let Some(_turn) = machine::turn("ordinary_work_is_not_suspicious") else { return };
    if process::effective_uid() != 0 || std::env::var_os("TRACEE_IN_GUEST").is_some() {
        eprintln!("ordinary_work_is_not_suspicious: skipped, there is no root, or nothing to work with");
        return;
    }
    let capture = Capture::planned();
    // Nobody works in a hidden folder, as the capture's is.
    let scratch = tempfile::Builder::new().prefix("work-").tempdir().expect("a temporary directory");
    let folder = scratch.path().to_owned();
    let work = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ordinary/work.sh");
    let prepared = process::run(std::process::Command::new(&work).arg(&folder).arg("prepare"), LIMIT);
    assert_eq!(prepared.code(), 0, "{}", prepared.stderr);
    // A network of its own, so that its port is free.
    let in_network = "ip link set lo up && exec \"$0\" \"$@\"";
    let command = ["unshare".as_ref(), "--net".as_ref(), "sh".as_ref(), "-c".as_ref(), in_network.as_ref()];
    let command = command.into_iter().chain([work.as_os_str(), folder.as_os_str()]).collect::<Vec<_>>();
    let finished = process::run(&mut capture.recorder(&["--env"], &command), DAY);
    assert!(finished.status.success(), "{}: {}", finished.status, finished.stderr);
    assert!(capture.number("select count(*) from events") >= EVENTS);

    let finished = process::run(tracee().arg("detect").arg(&capture.path).args(["--output", "json"]), LIMIT);
    assert!(finished.code() < 2, "detect: {}: {}", finished.status, finished.stderr);
    let is_suspicious = |row: &Value| row["severity"].as_str().is_some_and(|severity| SUSPICIOUS.contains(&severity));
    let found = rows(&finished);
    let suspicious: Vec<&Value> = found.iter().filter(|row| is_suspicious(row)).collect();
    assert!(suspicious.is_empty(), "{} findings, the first: {:#}", suspicious.len(), suspicious[0]);
    // What is built and executed is told, and was not overlooked.
    assert!(found.iter().any(|row| row["tracee_id"] == "TRC-1022"), "{found:#?}");
}
