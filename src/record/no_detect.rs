//! Stands in for detection where this build cannot.

use std::path::Path;

use anyhow::{Result, bail};

/// Takes what is asked for, to say that it is not there.
#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Arguments {
    /// Not in this build
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "-")]
    detect: Option<String>,
}

/// There is none.
pub(crate) enum Detect {}

impl Arguments {
    pub(crate) fn check(self) -> Result<Option<Detect>> {
        if self.detect.is_some() {
            bail!("--detect is not in this build of tracee, which was made without the feature analyze");
        }
        Ok(None)
    }
}

impl Detect {
    pub(crate) fn start(self, _: &Path) -> Detect {
        self
    }

    pub(crate) fn finish(self) -> Option<u8> {
        match self {}
    }
}
