//! Processes that a test starts: signals to them, deadlines for them, what the kernel says of them.
//!
//! The only place of the tests with `unsafe`: each call takes plain numbers.

use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What a finished process left.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Finished {
    /// Exit code, or 128 + n when signal n ended the process.
    pub(crate) fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| 128 + self.status.signal().unwrap_or(0))
    }

    pub(crate) fn stdout_text(&self) -> String {
        String::from_utf8(self.stdout.clone()).expect("standard output is UTF-8")
    }
}

/// How many times longer than on hardware things may take: TRACEE_TEST_SLOWNESS, for an emulated machine.
pub(crate) fn slowness() -> u32 {
    std::env::var("TRACEE_TEST_SLOWNESS").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// Runs a command to its end with its output caught.
///
/// # Panics
/// When it has not ended after `limit`; it is killed first.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Finished {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    finish(child, limit)
}

/// Waits for a process of which the output, if piped, is still to be read.
pub(crate) fn finish(mut child: Child, limit: Duration) -> Finished {
    let stdout = child.stdout.take().map(collect);
    let stderr = child.stderr.take().map(collect);
    let status = wait(&mut child, limit);
    let text = |reader: Option<thread::JoinHandle<Vec<u8>>>| reader.map_or(Vec::new(), |reader| reader.join().unwrap());
    Finished { status, stdout: text(stdout), stderr: String::from_utf8_lossy(&text(stderr)).into_owned() }
}

/// Waits for a process to end.
///
/// # Panics
/// When it has not ended after `limit`; it is killed first.
pub(crate) fn wait(child: &mut Child, limit: Duration) -> ExitStatus {
    let limit = limit * slowness();
    let end = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait().expect("wait works") {
            return status;
        }
        if Instant::now() > end {
            let pid = child.id();
            child.kill().ok();
            child.wait().ok();
            panic!("process {pid} did not end within {limit:?}");
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn collect(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).ok();
        bytes
    })
}

/// Sends a signal to one process that the test started.
pub(crate) fn signal(pid: u32, number: i32) {
    let pid = i32::try_from(pid).expect("a process id");
    assert!(pid > 1, "a test signals only single processes of its own");
    // SAFETY: no memory is involved.
    let result = unsafe { libc::kill(pid, number) };
    assert_eq!(result, 0, "kill {pid}: {}", std::io::Error::last_os_error());
}

/// Ends a process that a test started and lost hold of, if it is still there.
pub(crate) fn end(pid: u32) {
    let pid = i32::try_from(pid).expect("a process id");
    assert!(pid > 1, "a test signals only single processes of its own");
    // SAFETY: no memory is involved.
    unsafe { libc::kill(pid, libc::SIGKILL) };
}

/// Whether the process exists (a zombie does).
pub(crate) fn exists(pid: u32) -> bool {
    // SAFETY: no memory is involved; signal 0 only asks.
    unsafe { libc::kill(pid as i32, 0) == 0 }
}

/// State letter of a process as proc(5) gives it (`T` is stopped), `None` when it is gone.
pub(crate) fn state(pid: u32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

/// Sleeps in short pieces: when the whole machine is kept waiting, what this waits for has not had that time either.
pub(crate) fn let_pass(time: Duration) {
    const PIECE: Duration = Duration::from_millis(20);
    for _ in 0..time.as_millis().div_ceil(PIECE.as_millis()) {
        thread::sleep(PIECE);
    }
}

/// Polls until `condition` holds.
///
/// # Panics
/// When it does not within half a minute (on hardware).
pub(crate) fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30) * slowness();
    while !condition() {
        assert!(Instant::now() < end, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Has the function called when the test program ends in whatever order it ends: not when it is killed.
pub(crate) fn at_exit(function: extern "C" fn()) {
    // SAFETY: it takes no arguments, and what it uses is never taken away.
    let result = unsafe { libc::atexit(function) };
    assert_eq!(result, 0, "no room for another function");
}

/// Effective user id of the test.
pub(crate) fn effective_uid() -> u32 {
    // SAFETY: no memory is involved.
    unsafe { libc::geteuid() }
}

/// Ids of all BPF programs that are loaded on this machine.
pub(crate) fn bpf_program_ids() -> Vec<u32> {
    const BPF_PROG_GET_NEXT_ID: libc::c_long = 11;
    let mut ids = Vec::new();
    // union bpf_attr: start_id, next_id, open_flags.
    let mut attributes = [0_u32; 3];
    loop {
        // SAFETY: the kernel reads and writes the 12 bytes given.
        let result = unsafe {
            libc::syscall(libc::SYS_bpf, BPF_PROG_GET_NEXT_ID, attributes.as_mut_ptr(), size_of_val(&attributes))
        };
        if result != 0 {
            return ids;
        }
        ids.push(attributes[1]);
        attributes[0] = attributes[1];
    }
}
