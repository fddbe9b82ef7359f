//! The system calls of a capture, in the order in which they ended.

use serde_json::Value;

use super::strace::Outcome;
use crate::capture::{Capture, number, text};

/// One system call as recorded.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) tid: i64,
    pub(crate) name: String,
    /// Program of the process.
    pub(crate) exe: String,
    pub(crate) outcome: Outcome,
    /// Names the row across tables.
    pub(crate) identity: Identity,
}

/// Time, CPU, sequence and event of a row.
pub(crate) type Identity = (i64, i64, i64, String);

pub(crate) fn identity(row: &Value) -> Identity {
    (number(row, "boot_ns"), number(row, "cpu"), number(row, "seq"), text(row, "event").to_owned())
}

/// Every system call of the capture, in order.
pub(crate) fn calls(capture: &Capture) -> Vec<Row> {
    // A life-cycle event carries the call that it happened in; a call's own row is named after it.
    let rows = capture.query(
        "select tid, event, exe, ret, unfinished, boot_ns, cpu, seq from events where event = syscall order by boot_ns, event_key",
    );
    rows.iter().map(row).collect()
}

fn row(row: &Value) -> Row {
    let outcome = match row["ret"].as_i64() {
        Some(value) => Outcome::Returned(value),
        None => Outcome::Unfinished,
    };
    let unfinished = row["unfinished"].as_bool().unwrap_or_else(|| number(row, "unfinished") != 0);
    assert_eq!(unfinished, outcome == Outcome::Unfinished, "{row}");
    Row {
        tid: number(row, "tid"),
        name: text(row, "event").to_owned(),
        exe: text(row, "exe").to_owned(),
        outcome,
        identity: identity(row),
    }
}
