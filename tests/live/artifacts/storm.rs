//! The recorder is killed or stopped at random moments while programs are being held: a second later none is, and nobody
//! outside of the scope ever was.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Kept, rounds};
use crate::capture::{LIMIT, number, query};
use crate::{machine, process, program};

const ROUNDS: usize = 100;
/// Recordings at once: most of a round is waiting.
const LANES: usize = 5;

/// A process as proc(5) has it.
#[derive(Clone, Debug)]
struct Task {
    pid: u32,
    parent: u32,
    state: char,
    start: u64,
}

fn tasks() -> Vec<Task> {
    let entries = std::fs::read_dir("/proc").expect("proc").flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid: u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
        let state = fields[0].chars().next()?;
        Some(Task { pid, parent: fields[1].parse().ok()?, state, start: fields[19].parse().ok()? })
    })
    .collect()
}

/// A process and all that descend from it.
fn family(root: u32) -> Vec<Task> {
    let all = tasks();
    let mut pids = BTreeSet::from([root]);
    loop {
        let before = pids.len();
        pids.extend(all.iter().filter(|task| pids.contains(&task.parent)).map(|task| task.pid).collect::<Vec<_>>());
        if pids.len() == before {
            return all.into_iter().filter(|task| pids.contains(&task.pid)).collect();
        }
    }
}

/// Guardians of recorders, wherever they come from.
fn guardians() -> BTreeSet<u32> {
    let is_guardian = |task: &Task| {
        std::fs::read_to_string(format!("/proc/{}/comm", task.pid)).is_ok_and(|comm| comm.starts_with("tracee-guard"))
    };
    tasks().iter().filter(|task| is_guardian(task)).map(|task| task.pid).collect()
}

/// A program that executes new programs until it is told to end, and counts.
struct Storm {
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
    pid: u32,
}

impl Storm {
    fn of(child: &mut Child) -> Storm {
        let input = child.stdin.take();
        let mut output = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let ready = output.next().expect("it runs").expect("a line");
        let pid = ready.strip_prefix("ready ").and_then(|pid| pid.parse().ok()).expect("its process id");
        Storm { input, output, pid }
    }

    fn say(&mut self, word: &[u8]) {
        self.input.as_mut().expect("a pipe").write_all(word).expect("it reads");
    }

    /// How many programs it has executed, and how often one was seen stopped or continued.
    fn counts(&mut self) -> [u64; 3] {
        self.say(b"\n");
        let line = self.output.next().expect("it goes on").expect("a line");
        let counts: Vec<u64> = line.split(' ').map(|word| word.parse().expect("a number")).collect();
        counts.try_into().expect("three numbers")
    }
}

impl Drop for Storm {
    /// Ends it by closing its input, and, when something went wrong, whatever is left of it.
    fn drop(&mut self) {
        self.input = None;
        for _ in 0..200 {
            if process::state(self.pid).is_none_or(|state| state == 'Z') {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        for task in family(self.pid) {
            process::end(task.pid);
        }
    }
}

/// Processes that stay in a state of these: looked at several times, since one that works waits for the disk now and then.
fn staying(root: u32, states: &str) -> Vec<Task> {
    let is_in = |task: &Task| states.contains(task.state);
    let mut found: Vec<Task> = family(root).into_iter().filter(is_in).collect();
    for _ in 0..10 {
        if found.is_empty() {
            break;
        }
        thread::sleep(Duration::from_millis(20));
        let now = family(root);
        found.retain(|task| now.iter().any(|other| other.pid == task.pid && other.start == task.start && is_in(other)));
    }
    found
}

/// One recorder, killed or stopped after a moment. Returns how many of its programs are known to have been held, and whether
/// one stood still for longer than it may, but not for ever: the machine may have been kept waiting, and the guardian with it.
fn round(signal: i32, delay: Duration, count_held: bool) -> (usize, bool) {
    let (capture, scene) = Kept::planned();
    let program = program::build_static("artifacts");
    let copied = program::build("artifacts");
    let command = [program.as_os_str(), "storm".as_ref(), scene.as_os_str(), copied.as_os_str()];
    // Few programs to load, so that a round is short.
    let mut recorder = capture.start(&["--events", "sched_process_exec", "--capture", "exec"], &command);
    let mut storm = Storm::of(&mut recorder);
    thread::sleep(delay);
    process::signal(recorder.id(), signal);
    // What is held now is what matters; the processor is for the other recordings.
    storm.say(b"s");
    // The second that the release may take, in pieces: when the machine is kept waiting, so is the guardian.
    process::let_pass(Duration::from_secs(1) * process::slowness());
    let is_stopped = || family(storm.pid).into_iter().any(|task| task.state == 'T');
    let late = is_stopped();
    process::wait_until("nobody is left stopped", || !is_stopped());
    let blocked = staying(storm.pid, "D");
    assert!(blocked.is_empty(), "{delay:?}: blocked {blocked:?}");
    let before = storm.counts()[0];
    process::wait_until("programs go on being executed", || storm.counts()[0] > before + 10);
    // A recorder that only stood still is ended now, if its guardian has not done so.
    recorder.kill().expect("it is a child of ours");
    process::wait(&mut recorder, LIMIT);
    let late = late || !staying(storm.pid, "T").is_empty();
    process::wait_until("nobody is left stopped after its end", || staying(storm.pid, "T").is_empty());
    drop(storm);
    if !count_held {
        return (0, late);
    }
    // One that died before it had written anything has left nothing to ask.
    if !std::fs::read_dir(&capture.path).is_ok_and(|mut files| files.any(|file| file.is_ok_and(is_segment))) {
        return (0, late);
    }
    let held = "SELECT count(*) AS n FROM artifact_sources WHERE held_ns > 0";
    (number(&query(&capture.path, held)[0], "n") as usize, late)
}

fn is_segment(file: std::fs::DirEntry) -> bool {
    file.file_name().to_string_lossy().ends_with(".seg")
}

/// Executes new programs beside the recordings, and is told of every stop.
fn start_outside(directory: &Path) -> Child {
    let mut outside = Command::new(program::build_static("artifacts"));
    outside.arg("outside").arg(directory).arg(program::build("artifacts"));
    outside.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts")
}

#[test]
fn a_recorder_that_dies_or_stands_still_leaves_nobody_held() {
    let Some(_turn) = machine::turn("a_recorder_that_dies_or_stands_still_leaves_nobody_held") else { return };
    let scratch = tempfile::tempdir().expect("a temporary directory");
    let before = guardians();
    let mut beside = start_outside(scratch.path());
    let mut outside = Storm::of(&mut beside);
    // Moments that differ from run to run; the seed is printed with a failure.
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").subsec_nanos() as usize;
    eprintln!("seed {seed}");
    let (next, held, late) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let rounds = rounds(ROUNDS);
    program::build("artifacts");
    program::build_static("artifacts");
    thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                loop {
                    let round_number = next.fetch_add(1, Ordering::Relaxed);
                    if round_number >= rounds {
                        break;
                    }
                    let delay = Duration::from_micros(((seed ^ (round_number * 2_654_435_761)) % 300_000) as u64);
                    let signal = if round_number % 2 == 0 { libc::SIGKILL } else { libc::SIGSTOP };
                    let count_held = round_number % 8 < 2;
                    let (of_round, is_late) = round(signal, delay, count_held);
                    held.fetch_add(of_round, Ordering::Relaxed);
                    late.fetch_add(is_late.into(), Ordering::Relaxed);
                }
            });
        }
    });
    let (held, late) = (held.into_inner(), late.into_inner());
    let [executed, stopped, continued] = outside.counts();
    eprintln!(
        "{rounds} recorders, {late} let go late; of a quarter of them, {held} programs were held; {executed} executed outside"
    );
    assert!(held > 0, "nothing was held, so this shows nothing");
    assert!(late * 4 <= rounds, "{late} of {rounds} let go later than within a second");
    assert!(executed > 100, "{executed} programs outside");
    assert_eq!((stopped, continued), (0, 0), "somebody outside was stopped or continued");
    drop(outside);
    process::wait(&mut beside, LIMIT);
    process::wait_until("the guardians end", || guardians().is_subset(&before));
}
