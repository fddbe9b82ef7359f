//! Recordings that record no command: begun, and ended when the test has seen enough.

use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::capture::{Capture, LIMIT, tracee};
use crate::process;

/// A process that ends with the test, whatever becomes of that.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Records into `capture` until [`stop`]; returns when recording has begun.
pub(crate) fn start(capture: &Capture, options: &[&str]) -> Running {
    let mut recorder = tracee();
    recorder.args(["record", "-o"]).arg(&capture.path).args(options).stdin(Stdio::null());
    recorder.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut recorder = Running(recorder.spawn().expect("the recorder starts"));
    let end = Instant::now() + LIMIT;
    while !capture.answers() {
        assert!(Instant::now() < end, "nothing is recorded");
        if let Some(status) = recorder.0.try_wait().expect("wait works") {
            panic!(
                "the recorder ended: {status}: {}",
                std::io::read_to_string(recorder.0.stderr.take().unwrap()).unwrap()
            );
        }
        thread::sleep(Duration::from_millis(20));
    }
    recorder
}

/// Ends the recording; what the recorder said.
pub(crate) fn stop(mut recorder: Running) -> String {
    process::signal(recorder.0.id(), libc::SIGINT);
    let (stdout, stderr) = (recorder.0.stdout.take(), recorder.0.stderr.take());
    let status = process::wait(&mut recorder.0, LIMIT);
    let text = |pipe: Option<Box<dyn std::io::Read>>| std::io::read_to_string(pipe.expect("a pipe")).expect("text");
    let said = text(stdout.map(|pipe| Box::new(pipe) as _)) + &text(stderr.map(|pipe| Box::new(pipe) as _));
    assert_eq!(status.code(), Some(0), "{said}");
    said
}

/// Bytes of a capture's files, 0 when there is none.
pub(crate) fn size(capture: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(capture) else { return 0 };
    entries.map(|entry| entry.expect("an entry").metadata().map_or(0, |data| data.len())).sum()
}
