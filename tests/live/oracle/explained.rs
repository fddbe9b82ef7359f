//! The differences between the two observers that are not errors, each with its reason. Whatever is not here fails the test.

use std::collections::{BTreeMap, BTreeSet};

use super::Sequence;
use super::recorded::Row;
use super::strace::{Outcome, Trace};

const TRACER: &str = "calls of strace itself, which is inside the recorded tree and not in its own output";
const BEFORE_EXEC: &str =
    "calls of strace's child before it executes the program: strace shows a program from its execve on";
pub(crate) const INTERRUPTED: &str = "calls that the end of their thread interrupts: the kernel's code for starting them again is their result, \
                      which strace cannot read any more";

/// Takes out of the capture's rows those that strace does not show. Returns how many for each reason.
pub(crate) fn remove(rows: &mut Vec<Row>, strace: &Trace) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    let threads: BTreeSet<i64> = strace.calls.iter().map(|call| call.tid).collect();
    let first = strace.calls.first().expect("strace saw a call");
    assert_eq!(first.name, "execve", "strace shows the program from its execve on");
    let mut executed = false;
    rows.retain(|row| {
        let reason = if !threads.contains(&row.tid) && is_tracer(row) {
            Some(TRACER)
        } else if row.tid == first.tid && !executed {
            executed = row.name == "execve" && row.outcome == first.outcome;
            (!executed).then_some(BEFORE_EXEC)
        } else {
            None
        };
        if let Some(reason) = reason {
            *counts.entry(reason).or_insert(0) += 1;
        }
        reason.is_none()
    });
    counts
}

/// Makes equal the outcomes of calls that strace could not see return, where the capture has what a fatal signal or an exec
/// of another thread makes them return. Counts them.
pub(crate) fn interrupted(expected: &Sequence, found: &mut Sequence) -> usize {
    let mut count = 0;
    for ((name, outcome), (found_name, found_outcome)) in expected.iter().zip(found) {
        // ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND, ERESTART_RESTARTBLOCK: no program ever sees them.
        let is_restart = matches!(found_outcome, Outcome::Returned(-514..=-512 | -516));
        if *outcome == Outcome::Unfinished && name == found_name && is_restart {
            *found_outcome = Outcome::Unfinished;
            count += 1;
        }
    }
    count
}

/// The recorded command is strace: its own thread, before that execs still a copy of the recorder, and its test children.
fn is_tracer(row: &Row) -> bool {
    row.exe.ends_with("/strace") || row.exe.ends_with("/tracee")
}
