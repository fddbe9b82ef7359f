//! `tracee detect`: signatures over captures, and what becomes of what they find.

mod follow;
pub(crate) mod loading;
mod many;
mod sending;
mod sink;
mod summary;
mod text;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use analyzer::origin::Origin;
use anyhow::{Result, bail};
use detection::report::About;
use detection::suppression::Suppressions;
use formats::capture::Capture;
use signatures::{Level, Set};

use crate::arguments::time::{self, Moment};
use crate::failure::{self, say};
use crate::output::escape::for_terminal;

pub(crate) use sink::Output;
use sink::{Rules, Sink, Verdict};

/// Exit status when a finding is as bad as `--fail-on` says.
pub(crate) const FOUND: u8 = 1;
/// Exit status when the webhook did not take everything.
pub(crate) const UNDELIVERED: u8 = 3;
/// Suppressions that have ended are told up to this number.
const TOLD: usize = 20;

/// Arguments of `tracee detect`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The captures: each a directory of segments, a packed file or one segment
    #[arg(required = true, value_name = "CAPTURE")]
    captures: Vec<PathBuf>,
    #[command(flatten)]
    signatures: loading::Signatures,
    /// Only findings of this signature: its id or name (may be given several times)
    #[arg(long = "signature", value_name = "ID")]
    only: Vec<String>,
    /// Only findings from this time on: RFC 3339, "YYYY-MM-DD HH:MM:SS" (UTC), +5s from the capture's start, or now
    #[arg(long, value_name = "T", value_parser = time::parse)]
    since: Option<Moment>,
    /// Only findings before this time
    #[arg(long, value_name = "T", value_parser = time::parse)]
    until: Option<Moment>,
    /// How findings are printed [default: text; none with --summary]
    #[arg(long, value_name = "FORMAT", value_enum)]
    output: Option<Output>,
    /// Print findings into this new file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Exit with status 1 when a finding is this bad or worse: info, low, medium, high, critical
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    fail_on: Option<Level>,
    /// Findings that do not count, and why (docs/detection.md)
    #[arg(long, value_name = "FILE")]
    suppress: Vec<PathBuf>,
    /// Print findings that do not count as well
    #[arg(long)]
    show_suppressed: bool,
    /// Say of each row why it matches, field by field
    #[arg(long)]
    explain: bool,
    /// Keep the findings beside each capture, where `tracee query` finds them
    #[arg(long)]
    save: bool,
    /// Go on with what is still being recorded, until that ends; needs one directory
    #[arg(short, long, conflicts_with_all = ["summary", "threads"])]
    follow: bool,
    #[command(flatten)]
    webhook: sending::Arguments,
    /// Print what each signature found in each capture, and what it costs, to standard output
    #[arg(long, value_name = "FORMAT", value_enum)]
    summary: Option<summary::Format>,
    /// Captures, or segments of a single one, that are replayed at once [default: one per processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// The severity of this name.
pub(crate) fn severity(name: &str) -> Result<Level, String> {
    Level::named(name).ok_or_else(|| format!("there are {}", Level::ALL.map(Level::name).join(", ")))
}

/// Finds, prints, sends and keeps.
pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    if arguments.follow && arguments.captures.len() > 1 {
        bail!("--follow takes one capture");
    }
    if arguments.summary.is_some() && arguments.out.is_none() && arguments.output.is_some() {
        bail!("--summary is on standard output, so findings need --out FILE");
    }
    let set = match arguments.signatures.load() {
        Ok(set) => set,
        Err(status) => return Ok(status),
    };
    let Some(rules) = rules(&arguments, &set)? else { return Ok(ExitCode::from(failure::FAILED)) };
    let webhook = arguments.webhook.start()?;
    let silent = arguments.summary.is_some() && arguments.out.is_none();
    let format = arguments.output.unwrap_or(if silent { Output::None } else { Output::Text });
    let mut sink = Sink::new(&set, rules, format, arguments.out.as_deref(), arguments.follow)?;
    if let Some((webhook, template)) = webhook {
        sink.send(webhook, template);
    }
    let is_whole = if arguments.follow {
        follow::run(&arguments, &set, &mut sink)?;
        true
    } else {
        let tally = many::run(&arguments, &set, &mut sink)?;
        if let Some(format) = arguments.summary {
            summary::print(&tally, &set, sink.hits(), format)?;
        }
        tally.failed == 0
    };
    Ok(status(&sink.finish()?, is_whole))
}

fn status(verdict: &Verdict, is_whole: bool) -> ExitCode {
    if !is_whole {
        return ExitCode::from(failure::FAILED);
    }
    match verdict {
        Verdict { fails: true, .. } => ExitCode::from(FOUND),
        Verdict { undelivered: true, .. } => ExitCode::from(UNDELIVERED),
        _ => ExitCode::SUCCESS,
    }
}

/// What counts; nothing when a suppression is wrong, which is told then.
fn rules(arguments: &Arguments, set: &Set) -> Result<Option<Rules>> {
    let mut suppressions = Suppressions::default();
    let now_ns = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    for path in &arguments.suppress {
        match Suppressions::read(path, i64::try_from(now_ns).unwrap_or(i64::MAX)) {
            Ok(read) => suppressions.extend(read),
            Err(error) => {
                crate::signatures::told(&[error]);
                return Ok(None);
            }
        }
    }
    if let Err(wrong) = suppressions.check(set) {
        wrong.iter().for_each(|sentence| say(sentence));
        return Ok(None);
    }
    for (place, id, last_day) in suppressions.expired().iter().take(TOLD) {
        say(&format!("{place}: the suppression of {id} ended on {last_day}; its findings count"));
    }
    if let Some(more) = suppressions.expired().len().checked_sub(TOLD).filter(|more| *more > 0) {
        say(&format!("{more} more suppressions have ended"));
    }
    Ok(Some(Rules {
        chosen: loading::chosen(set, &arguments.only)?,
        suppressions,
        show_suppressed: arguments.show_suppressed,
        explain: arguments.explain,
        fail_on: arguments.fail_on,
    }))
}

/// What is the same for all findings of a capture.
pub(crate) fn about(capture: &Capture, origin: &Origin) -> About {
    About {
        capture: for_terminal(&capture.path().display().to_string()).into_owned(),
        capture_id: origin.capture_id.clone(),
        host_id: origin.host_id.clone(),
        boot_id: origin.boot_id.clone(),
    }
}
