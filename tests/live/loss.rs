//! What was made is what was written plus what was lost, exactly and per kind, however long the recorder stands still.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::Child;

use crate::capture::{Capture, LIMIT, number, text};
use crate::{machine, process, program};

/// Counts per event kind.
type Counts = BTreeMap<String, i64>;

/// Records `flood KIND count`. The recorder is stopped before the program's first call that counts, and goes on when the
/// program has made its last one. Returns the capture and what the program says it did.
fn record_while_stopped(kind: &str, count: u64) -> (Capture, Counts) {
    let program = program::build("flood");
    let capture = Capture::planned();
    let count = count.to_string();
    let command = [program.as_os_str(), kind.as_ref(), count.as_ref()];
    let mut recorder: Child = capture.start(&[], &command);
    let pid = recorder.id();
    let mut input = recorder.stdin.take().expect("a pipe");
    let mut output = BufReader::new(recorder.stdout.take().expect("a pipe")).lines();
    let mut line = || output.next().expect("the program goes on").expect("a line");
    assert_eq!(line(), "ready");

    process::signal(pid, libc::SIGSTOP);
    process::wait_until("the recorder stops", || process::state(pid) == Some('T'));
    input.write_all(b"go\n").expect("the program reads");
    let mut made = Counts::new();
    for _ in 0..3 {
        let line = line();
        let (kind, count) = line.split_once(' ').expect("a kind and a count");
        made.insert(kind.to_owned(), count.parse().expect("a count"));
    }
    assert_eq!(process::state(pid), Some('T'), "the recorder stood still all the time");
    process::signal(pid, libc::SIGCONT);
    input.write_all(b"end\n").expect("the program reads");
    drop(input);
    let finished = process::finish(recorder, LIMIT);
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    assert!(finished.stderr.contains("lost"), "the recorder says that something was lost: {}", finished.stderr);
    (capture, made)
}

/// Rows per kind, and losses per kind, of the kinds in `made`.
fn rows_and_losses(capture: &Capture, made: &Counts) -> (Counts, Counts) {
    let names: Vec<String> = made.keys().map(|kind| format!("'{kind}'")).collect();
    let of = |table: &str, sum: &str| {
        let sql = format!("select event, {sum} as n from {table} where event in ({}) group by event", names.join(","));
        capture.query(&sql).iter().map(|row| (text(row, "event").to_owned(), number(row, "n"))).collect::<Counts>()
    };
    (of("events", "count(*)"), of("losses", "sum(count)"))
}

/// The same program with no calls: what it does besides (the loader's opens, its own end).
fn besides(kind: &str) -> Counts {
    let (capture, finished) = {
        let capture = Capture::planned();
        let program = program::build("flood");
        let mut recorder = capture.start(&[], &[program.as_os_str(), kind.as_ref(), "0".as_ref()]);
        recorder.stdin.take().expect("a pipe").write_all(b"go\nend\n").expect("the program reads");
        (capture, process::finish(recorder, LIMIT))
    };
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    assert_eq!(capture.number("select count(*) from losses"), 0, "nothing is lost when nothing happens");
    let rows = capture.query("select event, count(*) as n from events group by event");
    rows.iter().map(|row| (text(row, "event").to_owned(), number(row, "n"))).collect()
}

fn assert_whole(kind: &str, count: u64) -> (Capture, Counts) {
    let besides = besides(kind);
    let (capture, made) = record_while_stopped(kind, count);
    let (rows, losses) = rows_and_losses(&capture, &made);
    for (kind, made) in &made {
        let made = made + besides.get(kind).copied().unwrap_or(0);
        let (rows, lost) = (rows.get(kind).copied().unwrap_or(0), losses.get(kind).copied().unwrap_or(0));
        assert_eq!(rows + lost, made, "{kind}: {rows} rows and {lost} lost");
        eprintln!("{kind}: {made} made, {rows} written, {lost} lost");
    }
    // A loss per lane and CPU covers a range of sequence numbers without a gap to the frames around it.
    capture.verify();
    (capture, losses)
}

#[test]
fn a_million_calls_of_three_kinds_are_rows_or_losses_while_the_recorder_stands_still() {
    let Some(_turn) = machine::turn("a_million_calls_of_three_kinds") else { return };
    let (capture, losses) = assert_whole("calls", 1_000_000);
    assert!(losses.values().all(|lost| *lost > 100_000), "the rings are smaller than what was made: {losses:?}");
    let odd = "select * from losses where count <= 0 or reason is null or first_ns > last_ns or lane is null";
    assert_eq!(capture.query(odd).len(), 0, "every loss has a time, a lane and a reason");
}

#[test]
fn a_full_control_lane_loses_exactly_what_it_says() {
    let Some(_turn) = machine::turn("a_full_control_lane") else { return };
    let (capture, losses) = assert_whole("control", 40_000);
    assert!(losses.get("sched_process_fork").is_some_and(|lost| *lost > 0), "the control lane was full: {losses:?}");
    assert!(capture.number("select coalesce(sum(count), 0) from losses where lane = 'control'") > 0);
}
