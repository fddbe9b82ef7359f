//! Whether this machine can record, and whose turn it is to load it.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, OnceLock};

static TURN: Mutex<()> = Mutex::new(());
static REFUSAL: OnceLock<Option<String>> = OnceLock::new();

/// Waits until no other live test runs. `None` when this machine cannot record: the test returns, having said why.
///
/// # Panics
/// When the machine has what recording needs (root, BTF) and recording is refused all the same.
pub(crate) fn turn(test: &str) -> Option<MutexGuard<'static, ()>> {
    // A test that failed while it held the lock has not damaged anything that another one uses.
    let turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    match REFUSAL.get_or_init(refusal) {
        None => Some(turn),
        Some(reason) => {
            assert!(!should_record(), "{test}: this machine has root and BTF, but `tracee record` refused: {reason}");
            eprintln!("{test}: skipped, this machine cannot record: {reason}");
            None
        }
    }
}

/// Tries three times what a busy machine may keep from being in time, once it is.
///
/// # Panics
/// When it is too late each time.
pub(crate) fn in_one_of_three(what: &str, mut is_in_time: impl FnMut() -> bool) {
    assert!((0..3).any(|_| is_in_time()), "never in three times: {what}");
}

/// Whether hooks other than tracepoints work here, as tracee finds; `TRACEE_UPPER_HOOKS` says so beforehand.
pub(crate) fn has_upper_hooks() -> bool {
    static UPPER: OnceLock<bool> = OnceLock::new();
    *UPPER.get_or_init(|| {
        if std::env::var_os("TRACEE_UPPER_HOOKS").is_some() {
            return true;
        }
        let capture = crate::capture::Capture::record(&["--events", "security_file_open"], &["true"]);
        let rows = capture.query("SELECT json_extract(info, '$.hooks.security_file_open') AS hook FROM captures");
        !crate::capture::text(&rows[0], "hook").starts_with("tp_btf/")
    })
}

/// Version of the running kernel: its first two numbers.
pub(crate) fn kernel() -> (u32, u32) {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").expect("a kernel release");
    let mut numbers = release.split('.').map(|part| part.chars().take_while(char::is_ascii_digit).collect::<String>());
    let mut next = || numbers.next().and_then(|number| number.parse().ok()).expect("a number of the release");
    (next(), next())
}

/// Why `tracee record -- true` is refused; `None` when it works.
fn refusal() -> Option<String> {
    let scratch = tempfile::tempdir().expect("a temporary directory");
    let output = crate::capture::tracee()
        .args(["record", "-o"])
        .arg(scratch.path().join("capture"))
        .args(["--", "true"])
        .output()
        .expect("the tracee binary runs");
    (!output.status.success()).then(|| format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim()))
}

/// Whether the kernel and the privileges allow recording.
fn should_record() -> bool {
    crate::process::effective_uid() == 0 && Path::new("/sys/kernel/btf/vmlinux").exists()
}
