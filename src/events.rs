//! `tracee events`: a capture's events, one a line.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use analyzer::origin::Origin;
use analyzer::print::{TABLE_COLUMNS, json_row, table_row};
use analyzer::replay::{Options, event_names, replay};
use anyhow::{Result, bail};
use formats::capture::Capture;

use crate::arguments::names;
use crate::arguments::time::{self, Moment};
use crate::failure::{damaged, say};
use crate::output::{Cell, Format, Printer, Stdout};

/// Arguments of `tracee events`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The capture: a directory of segments, a packed file or one segment
    #[arg(value_name = "CAPTURE")]
    capture: PathBuf,
    /// Only these events; * stands for any characters
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    event: Vec<String>,
    /// Only from this time on: RFC 3339, "YYYY-MM-DD HH:MM:SS" (UTC), or +5s from the capture's start
    #[arg(long, value_name = "T", value_parser = time::parse)]
    since: Option<Moment>,
    /// Only before this time
    #[arg(long, value_name = "T", value_parser = time::parse)]
    until: Option<Moment>,
    /// How rows are printed
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Table)]
    output: Format,
    /// Segments that are replayed at once [default: one per processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// Prints the events that were asked for.
pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    let capture = Capture::open(&arguments.capture)?;
    let origin = Origin::gather(&capture)?;
    let start_ns = origin.utc_ns(origin.start_boot_ns);
    let options = Options {
        threads: arguments.threads.map_or(0, usize::from),
        events: wanted(&capture, &arguments.event)?,
        since_ns: arguments.since.map(|moment| moment.resolve(start_ns)),
        until_ns: arguments.until.map(|moment| moment.resolve(start_ns)),
    };
    let summary = match arguments.output {
        Format::Json => {
            let mut out = Stdout::lock();
            let mut line = String::new();
            let summary = replay(&capture, &options, &mut |row| {
                line.clear();
                json_row(row, &mut line);
                line.push('\n');
                Ok(out.write_all(line.as_bytes())?)
            })?;
            out.flush()?;
            summary
        }
        format => {
            let mut printer = Printer::to_stdout(format, &TABLE_COLUMNS.map(str::to_owned))?;
            let summary = replay(&capture, &options, &mut |row| {
                Ok(printer.row(table_row(row).into_iter().map(Cell::from).collect())?)
            })?;
            printer.finish()?;
            summary
        }
    };
    if !summary.damage.is_empty() {
        say(&damaged(summary.damage.len() as u64));
    }
    Ok(ExitCode::SUCCESS)
}

/// The names that the words stand for among those that the capture or this build knows.
fn wanted(capture: &Capture, words: &[String]) -> Result<Option<Vec<String>>> {
    if words.is_empty() {
        return Ok(None);
    }
    let known = event_names(capture);
    let mut names = Vec::new();
    for word in words.iter().map(|word| word.trim()) {
        let before = names.len();
        names.extend(known.iter().filter(|name| names::matches(word, name)).cloned());
        if names.len() == before {
            bail!(names::unknown("event", word, known.iter().map(String::as_str)));
        }
    }
    Ok(Some(names))
}
