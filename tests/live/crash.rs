//! The recorder is killed at random moments under load: what it had written stays readable, and what it recorded runs on.

use std::io::{BufRead, BufReader};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::capture::{Capture, LIMIT, number, query, tracee};
use crate::{machine, process, program};

const ROUNDS: u64 = 20;

#[test]
fn a_killed_recorder_leaves_a_readable_capture_and_a_running_command() {
    let Some(_turn) = machine::turn("a_killed_recorder_leaves_a_readable_capture_and_a_running_command") else {
        return;
    };
    let program = program::build("busy");
    let programs_before = process::bpf_program_ids();
    // Moments that differ from run to run; the seed is printed with a failure.
    let seed = u64::from(SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").subsec_nanos());
    let (mut wrote, mut long) = (0, 0);
    for round in 0..ROUNDS {
        let delay = Duration::from_millis((seed ^ (round * 2_654_435_761)) % 400);
        eprintln!("round {round}: killed {delay:?} after the start (seed {seed})");
        let capture = Capture::planned();
        // Small segments, so that some rounds hit the cut between two.
        let mut recorder = capture.start(&["--segment-size", "1MiB"], &[program.as_os_str(), "20".as_ref()]);
        let input = recorder.stdin.take().expect("a pipe");
        let mut output = BufReader::new(recorder.stdout.take().expect("a pipe")).lines();
        let ready = output.next().expect("the command runs").expect("a line");
        let command: u32 = ready.strip_prefix("ready ").and_then(|pid| pid.parse().ok()).expect("its process id");
        thread::sleep(delay);
        process::signal(recorder.id(), libc::SIGKILL);
        // Its standard error is the command's too, and open as long as that runs.
        process::wait(&mut recorder, LIMIT);

        // The command goes on: it says so after the recorder's end.
        let mut last = 0;
        for _ in 0..3 {
            let line = output.next().expect("the command goes on").expect("a line");
            let round: u64 = line.parse().expect("a growing number");
            assert!(round >= last);
            last = round;
        }
        assert!(process::exists(command), "the command was not ended");
        drop(input);
        for line in output {
            line.expect("the command ends when its input does");
        }
        process::wait_until("the command ends", || process::state(command).is_none_or(|state| state == 'Z'));
        let rows = readable_rows(&capture);
        if delay >= Duration::from_millis(300) {
            long += 1;
            wrote += u64::from(rows > 0);
        }
    }
    // Whole blocks are on disk soon after they are made; a busy machine may keep one waiting.
    assert!(wrote * 2 >= long, "of {long} that lived for 300 ms, {wrote} had written something (seed {seed})");
    // Links, not legacy attachments: nothing stays behind.
    process::wait_until("the kernel frees the programs", || {
        process::bpf_program_ids().iter().all(|id| programs_before.contains(id))
    });
}

/// How many rows the capture has. Every command reads it; `verify` says that it was not closed.
fn readable_rows(capture: &Capture) -> i64 {
    for subcommand in ["info", "events"] {
        let finished = process::run(tracee().arg(subcommand).arg(&capture.path), LIMIT);
        assert_eq!(finished.code(), 0, "{subcommand}: {}", finished.stderr);
    }
    let finished = process::run(tracee().arg("verify").arg(&capture.path), LIMIT);
    assert_eq!(finished.code(), 1, "{}{}", finished.stdout_text(), finished.stderr);
    assert!(format!("{}{}", finished.stdout_text(), finished.stderr).contains("not closed"));
    let rows = query(&capture.path, "select count(*) as n from events");
    number(&rows[0], "n")
}
