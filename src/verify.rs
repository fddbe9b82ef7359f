//! `tracee verify`: whether a capture is what was written, and all of it.
//!
//! What differs goes to standard output, one finding a row; the verdict goes to standard error.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use formats::capture::{Capture, Segment};
use formats::error::Error;
use formats::verify::{Report, verify};

use crate::failure::say;
use crate::output::amount::{counted, grouped};
use crate::output::{Cell, Format, Printer};

/// Exit status when the capture is not what it should be.
const DIFFERS: u8 = 1;

/// Arguments of `tracee verify`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The capture: a directory of segments, a packed file or one segment
    #[arg(value_name = "CAPTURE")]
    capture: PathBuf,
    /// How findings are printed
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Table)]
    output: Format,
}

/// Checks hashes, the chain of segments, checksums, footers, sequence holes and totals.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let capture = Capture::open(&arguments.capture)?;
    for source in capture.segments() {
        // A finding is what is wrong with the capture; what this tracee or this user cannot read is not.
        if let Err(error @ (Error::Unsupported { .. } | Error::Io { .. })) = Segment::open(source) {
            return Err(error.into());
        }
    }
    let report = verify(&capture);
    if !report.ok || arguments.output != Format::Table {
        print(&report, arguments.output)?;
    }
    let totals = &report.totals;
    let verdict = if report.ok { "whole".to_owned() } else { counted(report.problems.len() as u64, "finding") };
    let what = [
        counted(totals.segments, "segment"),
        counted(totals.blocks, "block"),
        counted(totals.frames, "frame"),
        format!("{} lost and accounted for", grouped(totals.lost_frames)),
    ];
    say(&format!("{}: {verdict}; {}", arguments.capture.display(), what.join(", ")));
    Ok(if report.ok { ExitCode::SUCCESS } else { ExitCode::from(DIFFERS) })
}

fn print(report: &Report, format: Format) -> Result<()> {
    let mut printer = Printer::to_stdout(format, &["file", "offset", "finding"].map(str::to_owned))?;
    for problem in &report.problems {
        printer.row(vec![
            Cell::Text(problem.file.display().to_string()),
            Cell::Integer(i64::try_from(problem.offset).unwrap_or(i64::MAX)),
            Cell::Text(problem.what.clone()),
        ])?;
    }
    Ok(printer.finish()?)
}
