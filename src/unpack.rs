//! `tracee unpack`: the segments of a packed capture as files again.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use formats::error::Error;

/// Arguments of `tracee unpack`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The packed capture
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The directory to make; it must not exist
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

/// Unpacks; packing the result gives the same file.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    // Segments of two captures in one directory would be neither.
    if arguments.output.symlink_metadata().is_ok() {
        return Err(Error::Exists { path: arguments.output.clone() }.into());
    }
    formats::pack::unpack(&arguments.file, &arguments.output)?;
    Ok(ExitCode::SUCCESS)
}
