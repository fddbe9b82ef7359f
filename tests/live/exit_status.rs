//! `record -- CMD` ends as CMD does; 125, 126 and 127 are what they are with env(1).

use std::time::Duration;

use crate::capture::{Capture, LIMIT, query, text};
use crate::{machine, process};

#[test]
fn the_commands_status_and_signal_pass_through() {
    let Some(_turn) = machine::turn("the_commands_status_and_signal_pass_through") else { return };
    for (script, code) in
        [("exit 0", 0), ("exit 7", 7), ("exit 255", 255), ("kill -TERM $$", 143), ("kill -KILL $$", 137)]
    {
        let (capture, finished) = Capture::attempt(&[], &["sh", "-c", script]);
        assert_eq!(finished.code(), code, "{script}: {}", finished.stderr);
        capture.verify();
    }
}

#[test]
fn a_command_that_cannot_run_gives_126_and_127() {
    let Some(_turn) = machine::turn("a_command_that_cannot_run_gives_126_and_127") else { return };
    let scratch = tempfile::tempdir().unwrap();
    let plain = scratch.path().join("plain-file");
    std::fs::write(&plain, "not a program\n").unwrap();
    let missing = scratch.path().join("missing");
    for (command, code) in
        [(plain.as_path(), 126), (missing.as_path(), 127), (std::path::Path::new("no-such-command"), 127)]
    {
        let (_, finished) = Capture::attempt(&[], &[command]);
        assert_eq!(finished.code(), code, "{command:?}: {}", finished.stderr);
        assert!(finished.stderr.contains(command.to_str().unwrap()), "it names the command: {}", finished.stderr);
    }
}

#[test]
fn an_existing_output_is_refused_and_left_alone() {
    let Some(_turn) = machine::turn("an_existing_output_is_refused_and_left_alone") else { return };
    let capture = Capture::planned();
    std::fs::create_dir(&capture.path).unwrap();
    std::fs::write(capture.path.join("00000001.seg"), "precious").unwrap();
    let witness = capture.scratch().join("ran");
    let finished = process::run(&mut capture.recorder(&[], &["touch".as_ref(), witness.as_os_str()]), LIMIT);
    assert_eq!(finished.code(), 125, "{}", finished.stderr);
    assert_eq!(finished.stderr.lines().count(), 1, "{}", finished.stderr);
    assert!(finished.stderr.contains("exists"), "{}", finished.stderr);
    assert_eq!(std::fs::read_to_string(capture.path.join("00000001.seg")).unwrap(), "precious");
    assert!(!witness.exists(), "the command did not run unrecorded");
}

#[test]
fn a_wrong_command_line_gives_125() {
    for options in [&["--no-such-option"][..], &["--segment-size", "many"], &["--events", "opennat"]] {
        let (capture, finished) = Capture::attempt(options, &["true"]);
        assert_eq!(finished.code(), 125, "{options:?}: {}", finished.stderr);
        assert_eq!(finished.stderr.lines().count(), 1, "{}", finished.stderr);
        assert!(!capture.path.exists(), "{options:?} leaves no capture");
    }
}

#[test]
fn signals_to_the_recorder_end_the_command_and_close_the_capture() {
    let Some(_turn) = machine::turn("signals_to_the_recorder_end_the_command_and_close_the_capture") else { return };
    for signal in [libc::SIGINT, libc::SIGTERM] {
        let capture = Capture::planned();
        let program = crate::program::build("busy");
        let mut recorder = capture.start(&[], &[program.as_os_str(), "20".as_ref()]);
        let _input = recorder.stdin.take();
        let mut ready = String::new();
        let mut output = std::io::BufReader::new(recorder.stdout.take().expect("a pipe"));
        std::io::BufRead::read_line(&mut output, &mut ready).expect("the command runs");
        let drained = std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        process::signal(recorder.id(), signal);
        // The command would end by itself, by another signal, after 20 seconds: that is then said below.
        let finished = process::finish(recorder, Duration::from_secs(60));
        assert_eq!(finished.code(), 128 + signal, "the command ended by the signal: {}", finished.stderr);
        drained.join().unwrap().expect("the command's output ends");
        capture.verify();
        let ended = query(&capture.path, "select event from events where event = 'recording_stopped'");
        assert_eq!(ended.len(), 1);
    }
}

#[test]
fn duration_ends_the_recording_and_not_the_command() {
    let Some(_turn) = machine::turn("duration_ends_the_recording_and_not_the_command") else { return };
    let capture = Capture::planned();
    let script = "cat /nonexistent/early; sleep 4; cat /nonexistent/late; echo went on";
    let recorder = capture.start(&["--duration", "2s"], &["sh", "-c", script]);
    // Standard output ends when the last process that holds it does, so after the command.
    let finished = process::finish(recorder, LIMIT);
    assert!(finished.stdout_text().contains("went on"), "{finished:?}");
    capture.verify();
    let opened = query(&capture.path, "select pathname from openat where pathname like '/nonexistent/%'");
    let opened: Vec<&str> = opened.iter().map(|row| text(row, "pathname")).collect();
    assert_eq!(opened, ["/nonexistent/early"], "what came after the 2 s is not recorded");
}
