//! `tracee info`: what a capture holds, what is missing from it, and why.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use analyzer::info::Info;
use analyzer::text::timestamp;
use anyhow::Result;
use formats::capture::Capture;

use crate::output::amount::{bytes, counted, grouped};
use crate::output::{Stdout, escape};

/// Arguments of `tracee info`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The capture: a directory of segments, a packed file or one segment
    #[arg(value_name = "CAPTURE")]
    capture: PathBuf,
    /// List every kind of event and every segment, and what the recorder said of itself
    #[arg(long)]
    all: bool,
}

/// Kinds of events and segments that are listed unless all are asked for.
const LISTED: usize = 12;

/// Prints what is known without replaying.
pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    let info = Info::gather(&Capture::open(&arguments.capture)?)?;
    let mut out = Stdout::lock();
    let listed = if arguments.all { usize::MAX } else { LISTED };
    write(&mut out, &info, listed)?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn write(out: &mut impl Write, info: &Info, listed: usize) -> io::Result<()> {
    let length = Duration::from_nanos(info.end_ns.saturating_sub(info.start_ns).max(0).unsigned_abs());
    let size: u64 = info.segments.iter().map(|segment| segment.bytes).sum();
    let mut line = |name: &str, value: &str| writeln!(out, "{name:<12} {}", escape::for_terminal(value));
    line("capture", &info.capture_id)?;
    line("host", &format!("{} ({})", info.host.as_deref().unwrap_or("not known"), info.host_id))?;
    line("boot", &info.boot_id)?;
    line("kernel", info.kernel.as_deref().unwrap_or("not known"))?;
    line("command", info.command.as_deref().unwrap_or("none: the whole host, or not known"))?;
    line("begin", &format!("{} UTC", timestamp(info.start_ns)))?;
    line("end", &format!("{} UTC ({:.3} s later)", timestamp(info.end_ns), length.as_secs_f64()))?;
    line("stopped", &stopped(info))?;
    line("segments", &grouped(info.segments.len() as u64))?;
    line("size", &bytes(size))?;
    line("events", &grouped(info.rows()))?;
    line("lost", &grouped(info.lost()))?;
    if info.is_complete() {
        line("complete", "yes")?;
    }
    for problem in &info.problems {
        line("partial", problem)?;
    }
    for hook in &info.missing_hooks {
        line("no hook", hook)?;
    }
    for loss in &info.losses {
        let event = loss.event.as_deref().unwrap_or("events of kinds not known");
        line("loss", &format!("{} {event} in lane {}: {}", grouped(loss.count), loss.lane, loss.reason))?;
    }
    for damage in &info.damage {
        let place = format!("segment {}, byte {}, {} bytes", damage.segment, damage.offset, damage.length);
        line("damage", &format!("{place}: {}", damage.what))?;
    }
    for segment in info.segments.iter().take(listed) {
        let closed = if segment.closed { "" } else { ", not closed" };
        let begin = timestamp(segment.start_ns);
        let what = format!("{begin}, {}, {}{closed}", counted(segment.frames, "frame"), bytes(segment.bytes));
        line("segment", &format!("{:08} {what}", segment.number))?;
    }
    more(&mut line, "segment", info.segments.len(), listed)?;
    for (event, count) in info.events.iter().take(listed) {
        line("event", &format!("{:>12} {event}", grouped(*count)))?;
    }
    more(&mut line, "event", info.events.len(), listed)?;
    match &info.recorder {
        Some(recorder) if listed == usize::MAX => line("recorder", recorder),
        _ => Ok(()),
    }
}

fn more(
    line: &mut impl FnMut(&str, &str) -> io::Result<()>,
    name: &str,
    count: usize,
    listed: usize,
) -> io::Result<()> {
    if count > listed { line(name, &format!("... and {} more (--all)", count - listed)) } else { Ok(()) }
}

fn stopped(info: &Info) -> String {
    let Some(reason) = info.stop_reason() else {
        return "the capture does not say".to_owned();
    };
    match info.exit_status() {
        Some(status) if status & 0x7f != 0 => format!("{reason}; signal {}", status & 0x7f),
        Some(status) => format!("{reason}; exit status {}", status >> 8 & 0xff),
        None => reason,
    }
}
