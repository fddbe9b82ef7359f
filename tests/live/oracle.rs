//! The same run seen by two observers: `strace -f` and the recorder. Both see exactly the same calls (one run, one set of
//! ids), so every thread's sequence of calls, return values and arguments must be equal, but for what `explained` names.

mod decoded;
mod explained;
mod recorded;
mod strace;

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use crate::capture::Capture;
use crate::{machine, process, program};
use recorded::Row;
use strace::{Outcome, Trace};

/// Calls and their outcomes of one thread, in order.
type Sequence = Vec<(String, Outcome)>;

struct Observed {
    strace: Trace,
    capture: Capture,
}

/// Records `strace oracle` and reads what strace wrote.
fn observe() -> Observed {
    let version = Command::new("strace").arg("--version").output();
    assert!(version.is_ok_and(|output| output.status.success()), "strace runs (Debian package: strace)");
    let capture = Capture::planned();
    let (output, playground) = (capture.scratch().join("strace.txt"), capture.scratch().join("playground"));
    std::fs::create_dir(&playground).unwrap();
    let mut command: Vec<std::ffi::OsString> = vec!["strace".into()];
    command.extend(strace::OPTIONS.iter().map(std::ffi::OsString::from));
    command.extend(["-o".into(), output.clone().into(), program::build("oracle").into(), playground.into()]);
    let finished = process::run(&mut capture.recorder(&["--env"], &command), Duration::from_secs(60));
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    capture.verify();
    assert_eq!(capture.number("select count(*) from losses"), 0, "{}", finished.stderr);
    let strace = strace::parse(&std::fs::read_to_string(output).expect("strace wrote its file"));
    Observed { strace, capture }
}

fn by_thread(calls: impl Iterator<Item = (i64, String, Outcome)>) -> BTreeMap<i64, Sequence> {
    let mut threads = BTreeMap::<i64, Sequence>::new();
    for (tid, name, outcome) in calls {
        threads.entry(tid).or_default().push((name, outcome));
    }
    threads
}

#[test]
fn every_call_that_strace_sees_is_recorded_with_its_result() {
    let Some(_turn) = machine::turn("every_call_that_strace_sees_is_recorded_with_its_result") else { return };
    let Observed { strace, capture } = observe();
    let threads = by_thread(strace.calls.iter().map(|call| (call.tid, call.name.clone(), call.outcome)));
    assert!(threads.len() > 25, "{} threads", threads.len());
    assert!(strace.calls.len() > 5000, "{} calls", strace.calls.len());

    let mut recorded = recorded::calls(&capture);
    let mut explained = explained::remove(&mut recorded, &strace);
    let mut recorded_threads = by_thread(recorded.iter().map(|call| (call.tid, call.name.clone(), call.outcome)));

    let mut differences = Vec::new();
    for (tid, expected) in &threads {
        let found = recorded_threads.entry(*tid).or_default();
        *explained.entry(explained::INTERRUPTED).or_default() += explained::interrupted(expected, found);
        if *found != *expected {
            let at = found.iter().zip(expected).take_while(|(found, expected)| *found == *expected).count();
            let around =
                |calls: &Sequence| calls[at.saturating_sub(2).min(calls.len())..(at + 3).min(calls.len())].to_vec();
            differences.push(format!(
                "thread {tid}: strace has {} calls, the capture {}; from call {at}:\n  strace  {:?}\n  capture {:?}",
                expected.len(),
                found.len(),
                around(expected),
                around(found)
            ));
        }
    }
    assert!(differences.is_empty(), "{} unexplained differences:\n{}", differences.len(), differences.join("\n"));
    for (tid, calls) in &recorded_threads {
        assert!(threads.contains_key(tid), "strace does not know thread {tid}: {:?}", calls.first());
    }
    for (reason, count) in explained {
        eprintln!("{count:6} explained: {reason}");
    }
    eprintln!("{:6} calls of {} threads are equal", strace.calls.len(), threads.len());
    compare_arguments(&strace, &recorded, &capture);
}

/// For open, execve and connect (all forms): every argument that strace decoded.
fn compare_arguments(strace: &Trace, recorded: &[Row], capture: &Capture) {
    let mut compared: BTreeMap<&str, usize> = decoded::names().map(|name| (name, 0)).collect();
    let mut differences = Vec::new();
    let mut of_thread = BTreeMap::<i64, std::slice::Iter<'_, Row>>::new();
    let mut sorted: Vec<Row> = recorded.to_vec();
    // Stable: within a thread the order stays.
    sorted.sort_by_key(|row| row.tid);
    for rows in sorted.chunk_by(|a, b| a.tid == b.tid) {
        of_thread.insert(rows[0].tid, rows.iter());
    }
    let columns = decoded::rows(capture);
    for call in &strace.calls {
        let row = of_thread.get_mut(&call.tid).and_then(Iterator::next).expect("the sequences are equal");
        let Some(count) = compared.get_mut(call.name.as_str()) else { continue };
        *count += 1;
        let row = columns.get(&row.identity).unwrap_or_else(|| panic!("{} has no row {:?}", call.name, row.identity));
        if let Err(difference) = decoded::compare(call, row) {
            differences.push(format!("{} of thread {} ({:?}): {difference}", call.name, call.tid, call.outcome));
        }
    }
    let total: usize = compared.values().sum();
    assert!(differences.is_empty(), "{} of {total} calls differ:\n{}", differences.len(), differences.join("\n"));
    eprintln!("calls with equal arguments: {compared:?}");
    assert!(compared.values().all(|count| *count > 0), "the program makes calls of every kind: {compared:?}");
}
