//! What is being recorded is seen meanwhile: soon, in the order of replay, from segment to segment, and with a word about
//! what is missing. Nobody who looks, or does not, holds the recorder up.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::capture::{Capture, LIMIT, number, text, tracee};
use crate::{machine, process, program};

/// A follower whose lines are taken as they come.
struct Follower {
    child: Child,
    /// Each line, and when it came: UTC nanoseconds.
    lines: JoinHandle<Vec<(i64, String)>>,
}

impl Follower {
    /// Follows a capture that is being recorded or about to be.
    fn start(capture: &Path, options: &[&str]) -> Follower {
        process::wait_until("the capture is there", || capture.exists());
        let mut command = tracee();
        command.arg("events").arg("--follow").arg(capture).args(options);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        let lines = thread::spawn(move || output.lines().map(|line| (now_ns(), line.expect("a line"))).collect());
        Follower { child, lines }
    }

    /// Waits for its end; its lines and what it said.
    fn finish(self) -> (Vec<(i64, String)>, String) {
        let finished = process::finish(self.child, LIMIT);
        assert_eq!(finished.code(), 0, "{}", finished.stderr);
        (self.lines.join().expect("its lines"), finished.stderr)
    }
}

fn now_ns() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_nanos() as i64
}

/// Lines of `tracee events` with these options.
fn replayed(capture: &Capture, options: &[&str]) -> Vec<String> {
    let finished = process::run(tracee().arg("events").arg(&capture.path).args(options), LIMIT);
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    finished.stdout_text().lines().map(str::to_owned).collect()
}

fn assert_same(seen: &[(i64, String)], replayed: &[String]) {
    for (index, ((_, seen), replayed)) in seen.iter().zip(replayed).enumerate() {
        assert_eq!(seen, replayed, "row {index}");
    }
    assert_eq!(seen.len(), replayed.len());
}

#[test]
fn rows_are_seen_within_half_a_second_as_replay_has_them_across_segments() {
    let Some(_turn) = machine::turn("rows_are_seen_within_half_a_second") else { return };
    machine::in_one_of_three("rows are seen in time", || {
        let (median, most) = seen_after();
        median < Duration::from_millis(500) && most < Duration::from_secs(3)
    });
}

/// How long after they happened half of the rows of a recording are seen, and all; asserts that they are those of replay.
fn seen_after() -> (Duration, Duration) {
    let capture = Capture::planned();
    let script = "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do ls -l /usr/bin >/dev/null; sleep 0.25; done";
    let recorder = capture.start(&["--segment-size", "40KiB"], &["sh", "-c", script]);
    let follower = Follower::start(&capture.path, &["-j"]);
    let finished = process::finish(recorder, LIMIT);
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    let (seen, said) = follower.finish();
    assert_eq!(said, "", "nothing was lost");
    assert!(capture.segments().len() >= 4, "{} segments", capture.segments().len());
    assert_same(&seen, &replayed(&capture, &["-j"]));
    capture.verify();

    let age = |(at, line): &(i64, String)| {
        let row: Value = serde_json::from_str(line).expect("JSON");
        Duration::from_nanos((at - number(&row, "ts_ns")).max(0) as u64)
    };
    let mut ages: Vec<Duration> = seen.iter().map(age).collect();
    ages.sort();
    let (median, most) = (ages[ages.len() / 2], ages[ages.len() - 1]);
    let segments = capture.segments().len();
    eprintln!("{} rows in {segments} segments: seen after {median:?}, all after {most:?}", ages.len());
    (median, most)
}

#[test]
fn under_load_no_row_is_missing_or_out_of_order() {
    let Some(_turn) = machine::turn("under_load_no_row_is_missing_or_out_of_order") else { return };
    let capture = Capture::planned();
    let program = program::build("busy");
    let mut recorder = capture.start(&["--segment-size", "128KiB"], &[program.as_os_str(), "20".as_ref()]);
    let input = recorder.stdin.take();
    let follower = Follower::start(&capture.path, &["-j", "--event", "openat,sched_process_*,execve,write"]);
    process::let_pass(Duration::from_secs(2));
    drop(input);
    let finished = process::finish(recorder, LIMIT);
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    let (seen, _) = follower.finish();
    assert!(capture.segments().len() >= 2 && seen.len() > 1000, "{} rows", seen.len());
    assert_same(&seen, &replayed(&capture, &["-j", "--event", "openat,sched_process_*,execve,write"]));
}

#[test]
fn lost_rows_are_told() {
    let Some(_turn) = machine::turn("lost_rows_are_told") else { return };
    let capture = Capture::planned();
    let program = program::build("flood");
    let options = ["--buffer-size", "1MiB"];
    let mut recorder = capture.start(&options, &[program.as_os_str(), "calls".as_ref(), "200000".as_ref()]);
    let mut input = recorder.stdin.take().expect("a pipe");
    let mut output = BufReader::new(recorder.stdout.take().expect("a pipe")).lines();
    assert_eq!(output.next().expect("it begins").expect("a line"), "ready");
    let follower = Follower::start(&capture.path, &["-j", "--event", "sched_process_*,recording_stopped"]);
    let pid = recorder.id();
    process::signal(pid, libc::SIGSTOP);
    process::wait_until("the recorder stops", || process::state(pid) == Some('T'));
    input.write_all(b"go\n").expect("the program reads");
    for _ in 0..3 {
        output.next().expect("a count").expect("a line");
    }
    process::signal(pid, libc::SIGCONT);
    input.write_all(b"end\n").expect("the program reads");
    drop(input);
    let finished = process::finish(recorder, LIMIT);
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    let (seen, said) = follower.finish();
    assert!(said.lines().any(|line| line.starts_with("tracee: lost ") && line.contains("of lane events")), "{said}");
    let told = |line: &str| -> i64 {
        let digits: String = line.chars().skip_while(|c| !c.is_ascii_digit()).take_while(|c| *c != ' ').collect();
        digits.replace(',', "").parse().expect("a number")
    };
    let lost = capture.number("select sum(count) from losses");
    assert_eq!(said.lines().filter(|line| line.contains("lost")).map(told).sum::<i64>(), lost, "{said}");
    assert_same(&seen, &replayed(&capture, &["-j", "--event", "sched_process_*,recording_stopped"]));
}

#[test]
fn a_killed_recorder_ends_the_view() {
    let Some(_turn) = machine::turn("a_killed_recorder_ends_the_view") else { return };
    let capture = Capture::planned();
    let program = program::build("busy");
    let mut recorder = capture.start(&[], &[program.as_os_str(), "20".as_ref()]);
    let input = recorder.stdin.take();
    let follower = Follower::start(&capture.path, &["-j", "--event", "sched_process_fork"]);
    process::let_pass(Duration::from_millis(1500));
    process::signal(recorder.id(), libc::SIGKILL);
    process::wait(&mut recorder, LIMIT);
    let (seen, said) = follower.finish();
    assert!(said.contains("nobody writes to the capture any more"), "{said}");
    assert!(!seen.is_empty());
    assert_same(&seen, &replayed(&capture, &["-j", "--event", "sched_process_fork"]));
    drop(input);
}

#[test]
fn from_now_on_means_what_it_says() {
    let Some(_turn) = machine::turn("from_now_on_means_what_it_says") else { return };
    let capture = Capture::planned();
    let mut recorder = capture.start(&[], &["sh", "-c", "cat /dev/null; echo ready; read line; cat /dev/null"]);
    let mut output = BufReader::new(recorder.stdout.take().expect("a pipe"));
    output.read_line(&mut String::new()).expect("the command runs");
    let began = now_ns();
    let follower = Follower::start(&capture.path, &["-j", "--since", "now", "--event", "execve"]);
    process::let_pass(Duration::from_secs(1));
    drop(recorder.stdin.take());
    let (seen, _) = follower.finish();
    assert_eq!(process::finish(recorder, LIMIT).code(), 0);
    let times: Vec<i64> =
        seen.iter().map(|(_, line)| number(&serde_json::from_str(line).expect("JSON"), "ts_ns")).collect();
    assert!(times.iter().all(|at| *at > began - 50_000_000), "{times:?}, began {began}");
    let all = replayed(&capture, &["-j", "--event", "execve"]);
    assert!(!seen.is_empty() && seen.len() < all.len(), "{} of {}", seen.len(), all.len());
}

#[test]
fn a_condition_chooses_what_the_same_condition_in_sql_does() {
    let Some(_turn) = machine::turn("a_condition_chooses_what_the_same_condition_in_sql_does") else { return };
    let capture = Capture::record(&[], &["sh", "-c", "ls /nonexistent; cat /etc/passwd >/dev/null; true"]);
    for condition in [
        "event = 'openat' and ret < 0",
        "comm like 'ca%' and syscall is not null",
        "json_extract(args, '$.pathname') like '/etc/%'",
        "host_pid = tid or uid = '0' and cpu >= 0",
        "late or unfinished or marks is not null",
    ] {
        let shown: Vec<(i64, i64)> = capture
            .events(&["--filter", condition])
            .iter()
            .map(|row| (number(row, "boot_ns"), number(row, "seq")))
            .collect();
        let sql = format!("select boot_ns, seq from events where {condition} order by boot_ns, event_key");
        let asked: Vec<(i64, i64)> =
            capture.query(&sql).iter().map(|row| (number(row, "boot_ns"), number(row, "seq"))).collect();
        assert_eq!(shown, asked, "{condition}");
    }
    assert!(!capture.events(&["--filter", "event = 'openat' and ret < 0"]).is_empty());
}

#[test]
fn what_is_recorded_is_printed_meanwhile() {
    let Some(_turn) = machine::turn("what_is_recorded_is_printed_meanwhile") else { return };
    let capture = Capture::planned();
    let shown = capture.scratch().join("shown");
    let print = format!("--print={}", shown.display());
    let script = "cat /dev/null; sleep 1.5; cat /dev/null";
    let recorder = capture.start(&[&print, "-j", "--filter", "event = 'execve'"], &["sh", "-c", script]);
    let lines = || std::fs::read_to_string(&shown).unwrap_or_default().lines().count();
    process::wait_until("the first rows are shown", || lines() >= 2);
    assert!(process::state(recorder.id()).is_some_and(|state| state != 'Z'), "while it is recorded");
    let finished = process::finish(recorder, LIMIT);
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    let text = std::fs::read_to_string(&shown).expect("a file");
    let all = replayed(&capture, &["-j", "--filter", "event = 'execve'"]);
    assert_eq!(text.lines().collect::<Vec<_>>(), all);
    assert_eq!(all.len(), 4, "sh, cat, sleep, cat");

    // To standard output, beside what the command prints.
    let (capture, finished) = Capture::attempt(
        &["--print", "--columns", "event,comm,args", "--filter", "event = 'execve'"],
        &["sh", "-c", "echo said by the command; true"],
    );
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    let text = finished.stdout_text();
    assert!(text.contains("said by the command") && text.contains("execve"), "{text}");
    capture.verify();
    let (_, refused) = Capture::attempt(&[&print], &["true"]);
    assert_eq!(refused.code(), 125, "a file that is there is not written over");
    let (_, refused) = Capture::attempt(&["--columns", "readme"], &["true"]);
    assert!(refused.code() == 125 && refused.stderr.contains("there is no --print"), "{}", refused.stderr);
}

#[test]
fn a_reader_that_does_not_read_stops_the_printing_and_not_the_recording() {
    let Some(_turn) = machine::turn("a_reader_that_does_not_read_stops_the_printing") else { return };
    let capture = Capture::planned();
    let program = program::build("flood");
    let command = [program.as_os_str(), "calls".as_ref(), "20000".as_ref()];
    let pipe = capture.scratch().join("pipe");
    let made = process::run(std::process::Command::new("mkfifo").arg(&pipe), LIMIT);
    assert_eq!(made.code(), 0, "{}", made.stderr);
    let print = format!("--print={}", pipe.display());
    let mut recorder = capture.start(&[&print, "-j"], &command);
    // Opened, so that the recorder's side is too, and never read while it records.
    let mut reader = File::open(&pipe).expect("the recorder opens the pipe");
    let mut input = recorder.stdin.take().expect("a pipe");
    let began = Instant::now();
    input.write_all(b"go\nend\n").expect("the program reads");
    drop(input);
    let finished = process::finish(recorder, LIMIT);
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    assert!(finished.stderr.contains("printing stopped: nobody reads it"), "{}", finished.stderr);
    eprintln!("recorded and given up after {:?}", began.elapsed());
    capture.verify();
    assert_eq!(capture.number("select count(*) from losses"), 0, "the recorder was not held up");
    assert!(capture.number("select count(*) from events where event = 'getppid'") >= 20_000);
    let mut some = String::new();
    reader.read_to_string(&mut some).expect("text");
    let first: Value = serde_json::from_str(some.lines().next().expect("a line")).expect("JSON");
    assert_eq!(text(&first, "event"), "tracee_info");
}
