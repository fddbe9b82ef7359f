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
    /// The file to make; it must not exist
    #[arg(value_name = "OUT")]
    output: PathBuf,
    /// Put the capture to those of the same host that the file holds already
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
}

/// Loads the capture and says how much it was.
pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    let capture = Capture::open(&arguments.capture)?;
    // What cannot be read at all is said of the capture, not of the database.
    Origin::gather(&capture)?;
    let options = LoadOptions { threads: arguments.threads.map_or(0, usize::from) };
    let progress = Progress::new("loading");
    let summary = match arguments.to {
        Kind::Sqlite => {
            let into = if arguments.append { append } else { load };
            into(&capture, &arguments.output, &options, &|done, total| progress.at(done, total))?
        }
    };
    drop(progress);
    let output = arguments.output.display();
    let (events, processes) = (counted(summary.events, "event"), counted(summary.processes, "process row"));
    say(&format!("{output}: {events}, {processes}"));
    if summary.damaged > 0 {
        say(&damaged(summary.damaged));
    }
    Ok(ExitCode::SUCCESS)
}
