//! `tracee pack`: a capture as one file.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

/// Arguments of `tracee pack`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The capture: a directory of segments
    #[arg(value_name = "DIR")]
    capture: PathBuf,
    /// The file to make; it must not exist
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// Packs; the same capture always gives the same bytes.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    formats::pack::pack(&arguments.capture, &arguments.output)?;
    Ok(ExitCode::SUCCESS)
}
