//! Recording everybody. Only in the guest, where nobody else is: raw tracepoints are global, so nowhere else does such a
//! recording keep to what the tests started.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use crate::capture::{Capture, LIMIT, number, query, text};
use crate::machine;
use crate::recording::{Running, size, start, stop};

/// How long nothing happens, and what a recording of that may take.
const IDLE: Duration = Duration::from_secs(60);
const IDLE_BYTES: u64 = 1 << 20;

/// Whether this is the guest.
///
/// # Panics
/// When somebody asked for these tests elsewhere.
fn turn(test: &str) -> std::sync::MutexGuard<'static, ()> {
    assert!(std::env::var_os("TRACEE_IN_GUEST").is_some(), "{test}: whole-host recording is tested in the guest only");
    machine::turn(test).expect("the guest can record")
}

/// A program of its own name that sleeps.
fn sleeper(capture: &Capture, name: &str) -> (Running, PathBuf) {
    let program = capture.scratch().join(name);
    std::fs::copy("/usr/bin/sleep", &program).expect("a copy of sleep");
    let child = Command::new(&program).arg("1000").stdin(Stdio::null()).spawn().expect("it runs");
    (Running(child), program)
}

/// Waits until the keyframe is written, after which little comes: our own looks at it.
fn settle(capture: &Path) {
    let end = Instant::now() + LIMIT;
    let (mut before, mut now) = (0, size(capture));
    while now - before > 16 << 10 {
        assert!(Instant::now() < end, "the recording does not settle");
        thread::sleep(Duration::from_secs(4));
        (before, now) = (now, size(capture));
    }
}

struct Recorded {
    capture: Capture,
    before: PathBuf,
    before_pid: u32,
    after: PathBuf,
    after_pid: u32,
    recorder_pid: u32,
    idle_bytes: u64,
}

/// One recording serves all: an idle minute, then one program.
fn recorded() -> &'static Recorded {
    static RECORDED: OnceLock<Recorded> = OnceLock::new();
    RECORDED.get_or_init(|| {
        let capture = Capture::planned();
        let (running, before) = sleeper(&capture, "there-before");
        let recorder = start(&capture, &[]);
        settle(&capture.path);
        let at_first = size(&capture.path);
        thread::sleep(IDLE);
        let idle_bytes = size(&capture.path) - at_first;
        let (other, after) = sleeper(&capture, "there-after");
        let (before_pid, after_pid, recorder_pid) = (running.0.id(), other.0.id(), recorder.0.id());
        drop(other);
        let said = stop(recorder);
        assert!(said.contains("complete"), "{said}");
        Recorded { capture, before, before_pid, after, after_pid, recorder_pid, idle_bytes }
    })
}

#[test]
#[ignore = "in the guest only"]
fn an_idle_minute_adds_less_than_a_megabyte() {
    let _turn = turn("an_idle_minute_adds_less_than_a_megabyte");
    let Recorded { idle_bytes, .. } = recorded();
    println!("an idle minute of the whole host: {idle_bytes} bytes");
    assert!(*idle_bytes < IDLE_BYTES, "{idle_bytes} bytes: the recorder feeds on itself");
}

#[test]
#[ignore = "in the guest only"]
fn the_capture_of_a_host_is_whole() {
    let _turn = turn("the_capture_of_a_host_is_whole");
    let Recorded { capture, .. } = recorded();
    capture.verify();
    assert_eq!(capture.number("select count(*) from losses"), 0);
    let unresolved = capture.query(
        "select event, host_tid, comm from events where syscall is not null and (comm is null or comm = '' or \
         process_key is null or host_pid is null or host_pid = 0 or uid is null or mnt_ns is null)",
    );
    assert_eq!(unresolved.len(), 0, "{:?}", unresolved.first());
}

#[test]
#[ignore = "in the guest only"]
fn who_was_there_before_is_known_by_name_and_who_came_after_too() {
    let _turn = turn("who_was_there_before_is_known_by_name_and_who_came_after_too");
    let recorded = recorded();
    let process = |pid: u32| {
        let rows = recorded.capture.query(&format!(
            "select p.comm, p.argv, p.exe, q.comm as parent, p.exit_code from processes p left join processes q \
             on q.process_key = p.parent_key where p.host_pid = {pid}"
        ));
        assert_eq!(rows.len(), 1, "process {pid}: {rows:?}");
        rows.into_iter().next().unwrap()
    };
    for (pid, program) in [(recorded.before_pid, &recorded.before), (recorded.after_pid, &recorded.after)] {
        let row = process(pid);
        let name = program.file_name().unwrap().to_str().unwrap();
        assert_eq!(text(&row, "comm"), name, "{row}");
        assert_eq!(text(&row, "exe"), program.to_str().unwrap(), "{row}");
        assert_eq!(text(&row, "argv"), format!("{} 1000", program.display()), "{row}");
        assert_eq!(text(&row, "parent"), "live", "{row}");
    }
    let executed = |program: &Path| {
        let sql = format!("select count(*) from sched_process_exec where exe_path = '{}'", program.display());
        recorded.capture.number(&sql)
    };
    assert_eq!((executed(&recorded.before), executed(&recorded.after)), (0, 1));
    // The first process of all, and the kernel's own.
    assert_eq!(text(&process(1), "comm"), "init");
    assert_eq!(text(&process(2), "comm"), "kthreadd");
}

#[test]
#[ignore = "in the guest only"]
fn of_the_recorder_there_is_its_life_and_no_call() {
    let _turn = turn("of_the_recorder_there_is_its_life_and_no_call");
    let Recorded { capture, recorder_pid, .. } = recorded();
    let count = |sql: &str| capture.number(&format!("select count(*) from {sql}"));
    assert_eq!(count(&format!("events where syscall is not null and host_pid = {recorder_pid}")), 0);
    // Somebody else's are there, so that a recording of nobody does not pass.
    assert!(count("events where syscall is not null") > 0);
    assert_eq!(count(&format!("processes where host_pid = {recorder_pid} and comm = 'tracee'")), 1);
    // The thread that reads the keyframe begins and ends while recording.
    assert!(count(&format!("sched_process_fork where parent_pid = {recorder_pid}")) > 0);
    assert!(count(&format!("sched_process_exit where host_pid = {recorder_pid}")) > 0);
}

#[test]
#[ignore = "in the guest only"]
fn any_one_segment_of_a_host_knows_who_was_there_before() {
    let _turn = turn("any_one_segment_of_a_host_knows_who_was_there_before");
    let capture = Capture::planned();
    let (running, before) = sleeper(&capture, "there-before");
    let recorder = start(&capture, &["--segment-age", "6s"]);
    thread::sleep(Duration::from_secs(15));
    stop(recorder);
    capture.verify();
    let segments = capture.segments();
    assert!(segments.len() > 2, "{} segments", segments.len());
    for segment in segments {
        let sql = format!("select argv, exe from processes where host_pid = {}", running.0.id());
        let rows = query(&segment, &sql);
        assert_eq!(rows.len(), 1, "{}: {rows:?}", segment.display());
        assert_eq!(text(&rows[0], "argv"), format!("{} 1000", before.display()), "{}", segment.display());
        assert_eq!(text(&rows[0], "exe"), before.to_str().unwrap(), "{}", segment.display());
        let unknown = query(&segment, "select count(*) as n from events where syscall is not null and comm is null");
        assert_eq!(number(&unknown[0], "n"), 0, "{}", segment.display());
    }
}
