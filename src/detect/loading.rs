//! Which signatures: those that come with the program, and people's own.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use detection::report::{identity, is_called, tracee_id};
use signatures::{Set, builtin};

use crate::arguments::names;
use crate::signatures::{options, told};

/// Arguments about it.
#[derive(clap::Args, Clone, Debug, Default)]
#[group(skip)]
pub(crate) struct Signatures {
    /// A file of signatures, or a directory of such, beside the built-in ones (may be given several times)
    #[arg(long = "signatures", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Without the built-in signatures
    #[arg(long, requires = "paths")]
    pub(crate) no_builtin: bool,
}

impl Signatures {
    /// Loads them; what is wrong is told here, a line each.
    pub(crate) fn load(&self) -> Result<Set, ExitCode> {
        let mut files = if self.no_builtin { Vec::new() } else { builtin::files() };
        let own = Set::texts(&self.paths).map_err(|error| told(&[error]))?;
        files.extend(own);
        Set::parse(&files, options()).map_err(|errors| told(&errors))
    }
}

/// Indices of the signatures that are called so; nothing when none was asked for.
pub(super) fn chosen(set: &Set, asked: &[String]) -> Result<Option<Vec<usize>>> {
    if asked.is_empty() {
        return Ok(None);
    }
    let mut chosen = Vec::new();
    for name in asked {
        let before = chosen.len();
        let all = set.signatures().iter().enumerate();
        chosen.extend(all.filter(|(_, signature)| is_called(signature, name)).map(|(index, _)| index));
        if chosen.len() == before {
            let known =
                set.signatures().iter().map(|signature| tracee_id(signature).unwrap_or_else(|| identity(signature)));
            bail!(names::unknown_or("signature", name, known, "`tracee list signatures` shows the built-in ones"));
        }
    }
    Ok(Some(chosen))
}
