//! So many packets as the machine makes: what is not in the capture is counted, exactly.

use std::io::{BufRead, BufReader};

use crate::capture::{Capture, LIMIT, number, text};
use crate::{machine, process, program};

use super::scene::Scene;

/// Megabits a second of datagrams, for so many milliseconds; then a tenth as many megabytes of a stream.
const LOAD: [&str; 3] = ["load", "1000", "3000"];

/// Asserts that packets that were recorded or lost are those that the interface counted; how many were lost.
fn assert_exact(scene: &Scene) -> i64 {
    scene.capture.verify();
    let lost = scene.capture.number("SELECT coalesce(sum(count), 0) FROM losses WHERE lane = 'packets'");
    let rows = scene.capture.number("SELECT count(*) FROM net_packet_raw");
    // Each is seen when it is sent and, unless the interface had no room for it, when it arrives.
    let (passed, dropped) = (scene.number("passed"), scene.number("dropped"));
    let seen = 2 * passed + dropped;
    eprintln!(
        "{} Mbit/s of datagrams; {passed} packets passed, {dropped} dropped by the interface: {rows} recorded, {lost} lost ({:.3} %)",
        scene.number("mbit"),
        100.0 * lost as f64 / seen as f64
    );
    assert_eq!(rows + lost, seen, "{rows} rows, {lost} lost, {passed} passed, {dropped} dropped");
    assert!(passed > scene.number("datagrams"), "the stream is there too");
    lost
}

#[test]
fn packets_in_the_capture_and_lost_ones_are_those_that_the_interface_counted() {
    let Some(_turn) = machine::turn("packets_in_the_capture_and_lost_ones_are_those_that_the_interface_counted") else {
        return;
    };
    let scene = Scene::record(&["--capture", "net:snaplen=headers"], &LOAD);
    assert_exact(&scene);
    let others = scene.capture.query("SELECT * FROM losses WHERE lane <> 'packets'");
    assert!(others.is_empty(), "other lanes lose nothing: {others:?}");
    let owners = scene.capture.number("SELECT count(DISTINCT host_pid) FROM net_packet_raw WHERE owner_by = 'socket'");
    assert!(owners >= 3, "{owners}");
}

#[test]
fn what_is_lost_while_the_recorder_stands_still_is_counted_too() {
    let Some(_turn) = machine::turn("what_is_lost_while_the_recorder_stands_still_is_counted_too") else { return };
    let program = program::build("wire");
    let mut command = vec![program.as_os_str()];
    command.extend(LOAD.iter().map(std::ffi::OsStr::new));
    let capture = Capture::planned();
    let mut recorder = capture.start(&["--capture", "net"], &command);
    let pid = recorder.id();
    let mut said = String::new();
    let mut output = BufReader::new(recorder.stdout.take().expect("a pipe"));
    let mut read_until = |name: &str| {
        while !said.lines().any(|line| line.starts_with(name)) {
            assert!(output.read_line(&mut said).expect("a line") > 0, "{name} was not said: {said}");
        }
        said.clone()
    };
    read_until("begins ");
    process::signal(pid, libc::SIGSTOP);
    // All datagrams were sent.
    read_until("mbit ");
    process::signal(pid, libc::SIGCONT);
    let said = read_until("dropped ");
    let finished = process::finish(recorder, LIMIT);
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    let scene = Scene::of(capture, said);
    let lost = assert_exact(&scene);
    assert!(lost > 0, "more was sent than the rings hold");
    let said = process::run(
        crate::capture::tracee().arg("packets").arg(&scene.capture.path).args(["--filter", "false"]),
        LIMIT,
    );
    assert!(said.stderr.replace(',', "").contains(&format!("{lost} packets lost")), "{lost}: {}", said.stderr);
    // Each loss has its range, which is as long as it says.
    let rows =
        scene.capture.query("SELECT first_seq, last_seq, count, reason, event FROM losses WHERE lane = 'packets'");
    for row in &rows {
        assert!(number(row, "last_seq") - number(row, "first_seq") + 1 >= number(row, "count"), "{row}");
        assert_eq!(text(row, "event"), "net_packet_raw", "{row}");
    }
}
