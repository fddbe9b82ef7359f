//! `tracee replay`: a capture's rows in another shape that other programs read.

use std::path::PathBuf;
use std::process::ExitCode;

use analyzer::origin::Origin;
use analyzer::sqlite::{LoadOptions, append, load};
use anyhow::Result;
use formats::capture::Capture;

use crate::failure::{damaged, say};
use crate::output::amount::counted;
use crate::progress::Progress;

/// Arguments of `tracee replay`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The capture: a directory of segments, a packed file or one segment
    #[arg(value_name = "CAPTURE")]
    capture: PathBuf,
    /// What to make
    #[arg(long, value_name = "KIND", value_enum)]
    to: Kind,
    /// What to make: a file, or a directory for Parquet; it must not exist
    #[arg(value_name = "OUT")]
    output: PathBuf,
    /// Put the capture to those of the same host that it holds already
    #[arg(long)]
    append: bool,
    /// Segments that are replayed at once [default: one per processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    /// An SQLite database
    Sqlite,
    /// A directory of Parquet files
    #[cfg(feature = "columnar")]
    Parquet,
}

/// Replays the capture and says how much it was.
pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    let capture = Capture::open(&arguments.capture)?;
    // What cannot be read at all is said of the capture, not of what is made of it.
    Origin::gather(&capture)?;
    let (made, damage) = match arguments.to {
        Kind::Sqlite => sqlite(&capture, &arguments)?,
        #[cfg(feature = "columnar")]
        Kind::Parquet => parquet(&capture, &arguments)?,
    };
    say(&format!("{}: {made}", arguments.output.display()));
    if damage > 0 {
        say(&damaged(damage));
    }
    Ok(ExitCode::SUCCESS)
}

/// What was made, and how many parts of the capture could not be read.
type Made = (String, u64);

fn sqlite(capture: &Capture, arguments: &Arguments) -> Result<Made> {
    let options = LoadOptions { threads: arguments.threads.map_or(0, usize::from) };
    let progress = Progress::new("loading");
    let into = if arguments.append { append } else { load };
    let summary = into(capture, &arguments.output, &options, &|done, total| progress.at(done, total))?;
    let (events, processes) = (counted(summary.events, "event"), counted(summary.processes, "process row"));
    Ok((format!("{events}, {processes}"), summary.damaged))
}

#[cfg(feature = "columnar")]
fn parquet(capture: &Capture, arguments: &Arguments) -> Result<Made> {
    use columnar::parquet::{WriteOptions, write};

    let threads = arguments.threads.map_or(0, usize::from);
    let options = WriteOptions { threads, append: arguments.append };
    let progress = Progress::new("writing");
    let summary = write(capture, &arguments.output, &options, &|done, total| progress.at(done, total))?;
    Ok((format!("{}, {}", counted(summary.events, "event"), counted(summary.files, "file")), summary.damaged))
}
