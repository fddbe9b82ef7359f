//! Stands in for every subcommand that was left out of this build.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Result, bail};

/// Takes anything, so that the answer is always the same.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Arguments {
    /// Not in this build
    #[arg(value_name = "ARGS", trailing_var_arg = true, allow_hyphen_values = true)]
    _rest: Vec<OsString>,
}

/// Says which feature the command would need.
pub(crate) fn run(_: Arguments) -> Result<ExitCode> {
    let features = [("record", cfg!(feature = "record")), ("analyze", cfg!(feature = "analyze"))];
    let absent: Vec<&str> = features.iter().filter(|(_, built)| !built).map(|(name, _)| *name).collect();
    bail!("this command is not in this build of tracee, which was made without the feature {}", absent.join(" and "))
}
