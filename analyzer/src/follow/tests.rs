use std::fs::{self, File};
use std::path::{Path, PathBuf};

use formats::capture::Capture;
use formats::payload::PayloadBuilder;
use tempfile::TempDir;

use super::{End, Follower, State, Told};
use crate::print::json_row;
use crate::replay::{Options, replay};
use crate::testing::{OFFSET_NS, Recording, Task, event};

/// What a follower told.
#[derive(Debug, Default)]
struct Heard {
    rows: Vec<String>,
    lost: Vec<u64>,
}

impl Heard {
    /// Steps until the follower waits or ends.
    fn hear(&mut self, follower: &mut Follower) -> State {
        loop {
            let state = follower.step(&mut |told| {
                match told {
                    Told::Row(row) => {
                        let mut line = String::new();
                        json_row(&row, &mut line);
                        self.rows.push(line);
                    }
                    Told::Lost(loss) => self.lost.push(loss.count),
                }
                Ok(())
            });
            match state.unwrap() {
                State::More => {}
                state => return state,
            }
        }
    }
}

fn replayed(path: &Path, options: &Options) -> Vec<String> {
    let mut rows = Vec::new();
    replay(&Capture::open(path).unwrap(), options, &mut |row| {
        let mut line = String::new();
        json_row(row, &mut line);
        rows.push(line);
        Ok(())
    })
    .unwrap();
    rows
}

/// Holds the recorder's lock on a capture.
fn writing(path: &Path) -> File {
    let lock = File::open(path).unwrap();
    lock.try_lock().unwrap();
    lock
}

const READ: &str = "read";

/// Adds a `read` on a CPU that says `ret`.
fn call(recording: &mut Recording, cpu: u32, boot_ns: u64, ret: i64) {
    let payload = PayloadBuilder::new(event(READ)).i64("ret", ret).i64("fd", 3).u64("fd_object", 7);
    recording.event(cpu, (boot_ns, 1, 501), payload, event(READ));
}

fn begin_segment(recording: &mut Recording) {
    recording.info(r#"{"kernel":{"machine":"x86_64"}}"#);
}

fn who(recording: &mut Recording, cpu: u32, boot_ns: u64) {
    recording.file(cpu, boot_ns, 1, b"/usr/bin/sh");
    recording.file(cpu, boot_ns, 7, b"/etc/passwd");
    recording.context(cpu, boot_ns, Task { id: 1, pid: 501, tid: 501, ppid: 1, exe: 1, comm: b"sh" });
}

const MS: u64 = 1_000_000;

#[test]
fn rows_are_given_up_to_the_watermark_in_the_order_of_replay() {
    let mut recording = Recording::new();
    let _lock = writing(recording.path());
    assert!(Follower::begin(recording.path()).unwrap().is_none(), "nothing is there yet");
    begin_segment(&mut recording);
    recording.flush();
    let mut follower = Follower::begin(recording.path()).unwrap().unwrap();
    let mut heard = Heard::default();
    assert_eq!(heard.hear(&mut follower), State::Waiting);

    who(&mut recording, u32::MAX, 5 * MS);
    call(&mut recording, 0, 100 * MS, 1);
    call(&mut recording, 1, 90 * MS, 2);
    call(&mut recording, 0, 300 * MS, 3);
    recording.flush();
    assert_eq!(heard.hear(&mut follower), State::Waiting);
    assert!(heard.rows.is_empty(), "no watermark says that this is all: {heard:?}");

    recording.watermark(200 * MS);
    assert_eq!(heard.hear(&mut follower), State::Waiting);
    assert_eq!(heard.rows.len(), 3, "tracee_info and the two calls from before: {heard:?}");
    assert!(heard.rows[1].contains("\"ret\":2") && heard.rows[2].contains("\"ret\":1"), "{heard:?}");
    assert!(heard.rows[1].contains("\"exe\":\"/usr/bin/sh\"") && heard.rows[1].contains("/etc/passwd"), "{heard:?}");

    // Came later in the file, belongs before the one that is held back.
    call(&mut recording, 1, 250 * MS, 4);
    recording.watermark(400 * MS);
    assert_eq!(heard.hear(&mut follower), State::Waiting);
    recording.stop(450 * MS);
    recording.cut(500 * MS);
    assert_eq!(heard.hear(&mut follower), State::Ended(End::Stopped));
    assert_eq!(heard.rows, replayed(recording.path(), &Options::default()));
    assert_eq!(follower.damaged(), 0);
}

/// A capture of three segments with watermarks, definitions behind what refers to them, threads that change their names,
/// and frames whose time runs back.
fn eventful() -> Recording {
    let mut recording = Recording::new();
    recording.block_frames = 3;
    let mut at = MS;
    for segment in 0..3 {
        begin_segment(&mut recording);
        who(&mut recording, u32::MAX, at);
        for round in 0..12_u64 {
            at += 30 * MS;
            for step in 0..6 {
                let cpu = (round + step) as u32 % 3;
                call(&mut recording, cpu, at + step * MS, (segment * 1000 + round * 10 + step) as i64);
            }
            let rename = PayloadBuilder::new(event("task_rename"))
                .u64("task", 501)
                .bytes("old_name", b"sh")
                .bytes("new_name", format!("n{round}").as_bytes());
            recording.event(round as u32 % 2, (at + 3 * MS, 1, 501), rename, event("task_rename"));
            // A row a moment before what it refers to, on another CPU.
            let id = 100 + segment * 100 + round;
            let payload = PayloadBuilder::new(event(READ)).i64("ret", 0).u64("fd_object", id);
            recording.event(0, (at + 7 * MS, 20 + id, 700), payload, event(READ));
            recording.file(1, at + 8 * MS, id, format!("/tmp/{id}").as_bytes());
            let task = Task { id: 20 + id, pid: 700, tid: 700, ppid: 501, exe: id, comm: b"other" };
            recording.context(1, at + 8 * MS, task);
            call(&mut recording, 2, at - 2 * MS, -1);
            recording.loss(0, at + 9 * MS, round + 1);
            if round % 3 != 2 {
                recording.watermark(at + 10 * MS);
            }
        }
        at += 40 * MS;
        if segment == 2 {
            recording.stop(at);
        }
        recording.cut(at);
    }
    recording
}

/// Writes a copy of a capture piece by piece, as a recorder would, and follows it after each piece.
fn follow_in_pieces(recording: &Recording, piece: usize, options: &Options) -> (Heard, TempDir) {
    let copy = tempfile::tempdir().unwrap();
    let _lock = writing(copy.path());
    let (mut heard, mut follower, mut state) = (Heard::default(), None, State::Waiting);
    for number in 1.. {
        let name = formats::segment::file_name(number);
        let Ok(bytes) = fs::read(recording.path().join(&name)) else { break };
        let path: PathBuf = copy.path().join(&name);
        for end in (piece..bytes.len()).step_by(piece).chain([bytes.len()]) {
            fs::write(&path, &bytes[..end]).unwrap();
            if follower.is_none() {
                follower = Follower::begin(copy.path()).unwrap();
                if let Some(follower) = &mut follower {
                    follower.select(options.clone());
                }
            }
            if let Some(follower) = &mut follower {
                assert!(!matches!(state, State::Ended(_)), "it ended too early");
                state = heard.hear(follower);
            }
        }
    }
    assert_eq!(state, State::Ended(End::Stopped));
    (heard, copy)
}

#[test]
fn however_it_grows_the_rows_are_those_of_replay() {
    let recording = eventful();
    let all = replayed(recording.path(), &Options::default());
    assert_eq!(all.len(), 3 + 3 * 12 * 9 + 1);
    for piece in [211, 512, 999, 4096, 1 << 20] {
        let (heard, _copy) = follow_in_pieces(&recording, piece, &Options::default());
        assert_eq!(heard.lost.iter().sum::<u64>(), 3 * (1..=12).sum::<u64>(), "pieces of {piece}");
        for (index, (followed, row)) in heard.rows.iter().zip(&all).enumerate() {
            assert_eq!(followed, row, "row {index} in pieces of {piece}");
        }
        assert_eq!(heard.rows.len(), all.len(), "pieces of {piece}");
    }
}

#[test]
fn chosen_events_and_times_are_those_of_replay() {
    let recording = eventful();
    let named = Options { events: Some(vec!["task_rename".to_owned()]), ..Options::default() };
    let timed = Options {
        since_ns: Some(OFFSET_NS + 200 * MS as i64),
        until_ns: Some(OFFSET_NS + 700 * MS as i64),
        ..Options::default()
    };
    let (heard, _copy) = follow_in_pieces(&recording, 500, &named);
    assert_eq!(heard.rows, replayed(recording.path(), &named));
    assert_eq!(heard.rows.len(), 36);

    // Of what is still being written no more than the time that was asked for is waited for.
    let copy = tempfile::tempdir().unwrap();
    let _lock = writing(copy.path());
    for (number, cut) in [(1, 0), (2, 40)] {
        let name = formats::segment::file_name(number);
        let bytes = fs::read(recording.path().join(&name)).unwrap();
        fs::write(copy.path().join(&name), &bytes[..bytes.len() - cut]).unwrap();
    }
    let mut follower = Follower::begin(copy.path()).unwrap().unwrap();
    follower.select(timed.clone());
    let mut heard = Heard::default();
    assert_eq!(heard.hear(&mut follower), State::Ended(End::Until));
    let expected = replayed(recording.path(), &timed);
    assert!(!expected.is_empty() && heard.rows == expected, "{} and {}", heard.rows.len(), expected.len());
}

#[test]
fn a_dead_recorders_torn_tail_is_left_out_and_the_rest_is_given() {
    let recording = eventful();
    let copy = tempfile::tempdir().unwrap();
    let lock = writing(copy.path());
    let first = formats::segment::file_name(1);
    let second = formats::segment::file_name(2);
    fs::copy(recording.path().join(&first), copy.path().join(&first)).unwrap();
    let bytes = fs::read(recording.path().join(&second)).unwrap();
    fs::write(copy.path().join(&second), &bytes[..bytes.len() / 2]).unwrap();
    let mut follower = Follower::begin(copy.path()).unwrap().unwrap();
    let mut heard = Heard::default();
    assert_eq!(heard.hear(&mut follower), State::Waiting);
    let before = heard.rows.len();
    drop(lock);
    assert_eq!(heard.hear(&mut follower), State::Ended(End::Abandoned));
    assert!(heard.rows.len() > before, "what no watermark covers is there too");
    assert_eq!(heard.rows, replayed(copy.path(), &Options::default()));
    assert!(follower.damaged() > 0);
}

#[test]
fn damage_in_the_middle_costs_no_more_than_in_replay() {
    let recording = eventful();
    let copy = tempfile::tempdir().unwrap();
    let _lock = writing(copy.path());
    for number in 1..=3 {
        let name = formats::segment::file_name(number);
        let mut bytes = fs::read(recording.path().join(&name)).unwrap();
        if number == 2 {
            let middle = bytes.len() / 2;
            bytes[middle..middle + 40].fill(0x55);
        }
        fs::write(copy.path().join(&name), bytes).unwrap();
    }
    let mut follower = Follower::begin(copy.path()).unwrap().unwrap();
    let mut heard = Heard::default();
    assert_eq!(heard.hear(&mut follower), State::Ended(End::Stopped));
    assert_eq!(heard.rows, replayed(copy.path(), &Options::default()));
    assert!(follower.damaged() > 0);
}

#[test]
fn only_directories_are_followed() {
    let recording = eventful();
    let error = Follower::begin(&recording.path().join("00000001.seg")).err().unwrap();
    assert!(error.to_string().contains("only a directory"), "{error}");
    assert!(Follower::begin(&recording.path().join("none")).is_err());
    let mut follower = Follower::begin(recording.path()).unwrap().unwrap();
    assert_eq!(Heard::default().hear(&mut follower), State::Ended(End::Stopped), "a whole capture is shown and over");
}
