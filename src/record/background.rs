//! `record start`, `wait-ready`, `status`, `stop`: a recording in the background, around several commands.
//!
//! The pid file says who records into which capture. A recording that fails leaves a line in the failure file.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use recorder::control::{Request, ask};

use super::Options;
use crate::arguments::duration;
use crate::ctl::print_status;
use crate::failure::say;
use crate::output::Format;

/// Between two looks.
const NAP: Duration = Duration::from_millis(10);
/// How long the background process may take to say who it is.
const BIRTH: Duration = Duration::from_secs(20);

#[derive(clap::Subcommand)]
pub(super) enum Background {
    /// Record in the background, and return at once
    Start(Box<Start>),
    /// Wait until the recording that was started records
    WaitReady(Wait),
    /// How it is
    Status(Status),
    /// End it, and wait until the capture is whole
    Stop(Wait),
}

#[derive(clap::Args)]
pub(super) struct Start {
    #[command(flatten)]
    files: Files,
    /// This is the process in the background
    #[arg(long, hide = true)]
    in_background: bool,
    #[command(flatten)]
    options: Options,
}

#[derive(clap::Args)]
struct Files {
    /// Where it stands who records into which capture
    #[arg(long, value_name = "FILE", default_value = "tracee.pid")]
    pidfile: PathBuf,
    /// Where a recording that fails says why [default: the pid file's name and .failure]
    #[arg(long, value_name = "FILE")]
    failure_file: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(super) struct Wait {
    #[command(flatten)]
    files: Files,
    /// Give up after this time
    #[arg(long, value_name = "T", value_parser = duration::parse, default_value = "60s")]
    timeout: Duration,
}

#[derive(clap::Args)]
pub(super) struct Status {
    #[command(flatten)]
    files: Files,
    /// How rows are printed
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Table)]
    output: Format,
}

/// Who records, as the pid file has it.
struct Recording {
    pid: u32,
    capture: PathBuf,
}

impl Files {
    fn failure(&self) -> PathBuf {
        self.failure_file.clone().unwrap_or_else(|| beside(&self.pidfile, ".failure"))
    }

    /// What the recorder says to people.
    fn log(&self) -> PathBuf {
        beside(&self.pidfile, ".log")
    }

    /// Why the recording failed, if it did.
    fn why(&self) -> Option<String> {
        fs::read_to_string(self.failure()).ok().map(|why| why.trim_end().to_owned()).filter(|why| !why.is_empty())
    }

    fn recording(&self) -> Result<Recording> {
        let shown = self.pidfile.display();
        let text = fs::read_to_string(&self.pidfile)
            .with_context(|| format!("{shown}: no recording was started with this pid file"))?;
        let (pid, capture) = text.split_once('\n').with_context(|| format!("{shown}: this is no pid file"))?;
        let pid = pid.parse().with_context(|| format!("{shown}: this is no pid file"))?;
        Ok(Recording { pid, capture: capture.trim_end_matches('\n').into() })
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

impl Recording {
    /// Whether its process runs.
    fn runs(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid)).unwrap_or_default();
        // The state stands behind the name, which may hold anything.
        stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
    }

    /// Whether it records.
    fn answers(&self) -> bool {
        ask(&self.capture, &Request::Status).is_ok_and(|status| status["pid"].as_u64() == Some(self.pid.into()))
    }
}

/// Does what was asked for.
pub(super) fn run(background: Background) -> Result<ExitCode> {
    match background {
        Background::Start(start) if start.in_background => record(*start),
        Background::Start(start) => start_it(&start),
        Background::WaitReady(wait) => wait_ready(&wait),
        Background::Status(status) => {
            let recording = status.files.recording()?;
            print_status(&ask(&recording.capture, &Request::Status)?, status.output)?;
            Ok(ExitCode::SUCCESS)
        }
        Background::Stop(wait) => stop(&wait),
    }
}

fn start_it(start: &Start) -> Result<ExitCode> {
    if !start.options.command.is_empty() {
        bail!("record start takes no command; record -- CMD records one");
    }
    let files = &start.files;
    if files.recording().is_ok_and(|recording| recording.answers()) {
        bail!("{}: its recording still runs; end it with record stop", files.pidfile.display());
    }
    for stale in [files.pidfile.clone(), files.failure(), files.log()] {
        match fs::remove_file(&stale) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("{}: cannot be written over", stale.display()));
            }
            _ => {}
        }
    }
    let log = private(&files.log())?;
    let mut child = Command::new(std::env::current_exe().context("this program cannot be found")?)
        .args(std::env::args_os().skip(1))
        .arg("--in-background")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        // Not of the terminal's foreground: what is typed there is not meant for it.
        .process_group(0)
        .spawn()
        .context("cannot start a process")?;
    let began = Instant::now();
    while files.recording().is_err() {
        if child.try_wait()?.is_some() || began.elapsed() > BIRTH {
            let log = fs::read_to_string(files.log()).unwrap_or_default();
            bail!("{}", files.why().unwrap_or_else(|| log.trim_end().trim_start_matches("tracee: ").to_owned()));
        }
        thread::sleep(NAP);
    }
    Ok(ExitCode::SUCCESS)
}

/// The recording itself, in the background.
fn record(start: Start) -> Result<ExitCode> {
    let Start { files, mut options, .. } = start;
    let output = options.output.take().unwrap_or_else(super::default_output_now);
    let output = std::path::absolute(&output).with_context(|| format!("{}: no such place", output.display()))?;
    options.output = Some(output.clone());
    write_whole(&files.pidfile, format!("{}\n{}\n", std::process::id(), output.display()).as_bytes())?;
    let done = super::record(options);
    if let Err(error) = &done {
        write_whole(&files.failure(), format!("{error:#}\n").as_bytes())?;
    }
    done
}

fn wait_ready(wait: &Wait) -> Result<ExitCode> {
    let began = Instant::now();
    loop {
        let recording = wait.files.recording();
        if recording.as_ref().is_ok_and(Recording::answers) {
            return Ok(ExitCode::SUCCESS);
        }
        if let Some(why) = wait.files.why() {
            bail!("{why}");
        }
        if !recording?.runs() {
            bail!("the recording has ended");
        }
        if began.elapsed() >= wait.timeout {
            bail!("not ready after {} s", wait.timeout.as_secs_f32());
        }
        thread::sleep(NAP);
    }
}

fn stop(wait: &Wait) -> Result<ExitCode> {
    let recording = wait.files.recording()?;
    let began = Instant::now();
    let mut asked = false;
    while recording.runs() {
        // One that is not ready yet does not listen.
        asked = asked || ask(&recording.capture, &Request::Stop).is_ok();
        if began.elapsed() >= wait.timeout {
            bail!("process {} has not ended after {} s", recording.pid, wait.timeout.as_secs_f32());
        }
        thread::sleep(NAP);
    }
    for line in fs::read_to_string(wait.files.log()).unwrap_or_default().lines() {
        say(line.trim_start_matches("tracee: "));
    }
    let _ = fs::remove_file(wait.files.log());
    fs::remove_file(&wait.files.pidfile).context("the pid file cannot be removed")?;
    match wait.files.why() {
        Some(why) => bail!("{why}"),
        None => Ok(ExitCode::SUCCESS),
    }
}

fn private(path: &Path) -> Result<File> {
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    opened.with_context(|| format!("{}: cannot be made", path.display()))
}

/// Writes a file that nobody sees half of.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let partial = beside(path, ".partial");
    let _ = fs::remove_file(&partial);
    private(&partial)?.write_all(bytes)?;
    fs::rename(&partial, path).with_context(|| format!("{}: cannot be written", path.display()))
}
