//! `record --detect`: signatures over what is being recorded.
//!
//! A process of its own follows the capture: whatever becomes of it, and however long it takes, recording goes on. It has a
//! process group of its own, so that Ctrl-C ends the recording and not the looking at what it left.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use signatures::Level;

use crate::detect::{FOUND, Output, UNDELIVERED, severity};
use crate::failure::{RECORD_FAILED, say};

/// When recording is over, the findings of what is left are waited for so long.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two looks at whether it has ended.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Arguments about it.
#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Arguments {
    /// Look for what signatures describe while recording (`tracee detect --follow`), findings on standard error or in a new file
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "-")]
    detect: Option<PathBuf>,
    /// How --detect prints
    #[arg(long, value_name = "FORMAT", value_enum, requires = "detect")]
    detect_format: Option<Output>,
    /// A file of signatures, or a directory of such, for --detect
    #[arg(long = "signatures", value_name = "PATH", requires = "detect")]
    signatures: Vec<PathBuf>,
    /// --detect without the built-in signatures
    #[arg(long, requires = "signatures")]
    no_builtin: bool,
    /// Findings of --detect that do not count, and why
    #[arg(long, value_name = "FILE", requires = "detect")]
    suppress: Vec<PathBuf>,
    /// Exit with status 1, when the command's own is 0, after a finding this bad or worse
    #[arg(long, value_name = "SEVERITY", value_parser = severity, requires = "detect")]
    fail_on: Option<Level>,
    /// Send each finding of --detect there by HTTP POST
    #[arg(long, value_name = "URL", requires = "detect")]
    webhook: Option<String>,
    /// What --webhook sends
    #[arg(long, value_name = "FILE", requires = "webhook")]
    webhook_template: Option<PathBuf>,
}

/// What is to be looked for.
pub(crate) struct Detect {
    arguments: Vec<OsString>,
    fails: bool,
}

impl Arguments {
    /// What was asked for; an error when it cannot be done.
    pub(crate) fn check(self) -> Result<Option<Detect>> {
        let Some(file) = self.detect else { return Ok(None) };
        let mut arguments: Vec<OsString> = Vec::new();
        let mut add = |name: &str, value: OsString| arguments.extend([OsString::from(name), value]);
        if file != Path::new("-") {
            if file.exists() {
                bail!("{}: exists already; nothing is written over", file.display());
            }
            add("--out", file.into());
        }
        if let Some(format) = self.detect_format {
            add("--output", format.name().into());
        }
        self.signatures.into_iter().for_each(|path| add("--signatures", path.into()));
        self.suppress.into_iter().for_each(|path| add("--suppress", path.into()));
        if let Some(level) = self.fail_on {
            add("--fail-on", level.name().into());
        }
        if let Some(url) = self.webhook {
            add("--webhook", url.into());
        }
        if let Some(template) = self.webhook_template {
            add("--webhook-template", template.into());
        }
        if self.no_builtin {
            arguments.push("--no-builtin".into());
        }
        Ok(Some(Detect { arguments, fails: self.fail_on.is_some() }))
    }
}

/// Looking under way.
pub(crate) struct Detecting {
    child: Option<Child>,
    fails: bool,
}

impl Detect {
    /// Begins to look at what is recorded into `capture`.
    pub(crate) fn start(self, capture: &Path) -> Detecting {
        let capture = capture.to_owned();
        // It begins with the priority of the thread that starts it, and the recorder's is high.
        let run = move || {
            recorder::be_an_ordinary_thread();
            start(&self.arguments, &capture)
        };
        let started = thread::Builder::new().spawn(run).map(thread::JoinHandle::join);
        let child = match started {
            Ok(Ok(Ok(child))) => Some(child),
            Ok(Ok(Err(error))) => {
                say(&format!("cannot detect: {error}"));
                None
            }
            Ok(Err(_)) | Err(_) => {
                say("cannot detect: no thread could be started");
                None
            }
        };
        Detecting { child, fails: self.fails }
    }
}

fn start(arguments: &[OsString], capture: &Path) -> std::io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("detect").arg("--follow").args(arguments).arg("--").arg(capture).stdin(Stdio::null());
    // The recorded command has standard output.
    if !arguments.iter().any(|argument| argument == "--out") {
        command.stdout(std::io::stderr());
    }
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn()
}

impl Detecting {
    /// Waits for the findings of what is left. The exit status of `record` where it is not the command's own, which is 0.
    pub(crate) fn finish(self) -> Option<u8> {
        let failed = self.fails.then_some(RECORD_FAILED);
        let Some(mut child) = self.child else { return failed };
        let began = Instant::now();
        loop {
            match child.try_wait() {
                Ok(Some(status)) => {
                    return match status.code() {
                        Some(0) => None,
                        Some(code) if code == i32::from(FOUND) => self.fails.then_some(FOUND),
                        // What could not be delivered was said; the recording is whole.
                        Some(code) if code == i32::from(UNDELIVERED) => None,
                        _ => failed,
                    };
                }
                Ok(None) if began.elapsed() < PATIENCE => thread::sleep(LOOK_EVERY),
                Ok(None) => {
                    say(&format!(
                        "detection stopped: not done {} s after the recording; the capture has everything",
                        PATIENCE.as_secs()
                    ));
                    // Either it ends now, or it has.
                    let _ = child.kill();
                    let _ = child.wait();
                    return failed;
                }
                Err(error) => {
                    say(&format!("cannot wait for detection: {error}"));
                    return failed;
                }
            }
        }
    }
}
