//! Loading: files and directories of signatures, put together and checked.

use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::sigma::PlaceholderValues;
use crate::signature::Signature;
use crate::table::Tables;

mod assemble;
mod files;

/// What signatures are loaded with.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The tables that there are.
    pub tables: Tables,
    /// Values of placeholders (`%name%`) by name.
    pub placeholders: PlaceholderValues,
}

/// Signatures that were loaded together.
#[derive(Clone, Debug)]
pub struct Set {
    tables: Tables,
    signatures: Vec<Signature>,
}

impl Set {
    /// Loads files (`.yml`, `.yaml`) and directories with everything below them, in the order of their paths.
    ///
    /// # Errors
    /// Everything that is wrong, to a limit; nothing is loaded then.
    pub fn load<P: AsRef<Path>>(paths: &[P], options: Options) -> Result<Set, Vec<Error>> {
        let files = Set::texts(paths).map_err(|error| vec![error])?;
        Set::parse(&files, options)
    }

    /// The texts of files (`.yml`, `.yaml`) and of those in directories and below, in the order of their paths, as
    /// [`Set::parse`] takes them.
    ///
    /// # Errors
    /// One cannot be read, or there are too many.
    pub fn texts<P: AsRef<Path>>(paths: &[P]) -> Result<Vec<(PathBuf, String)>, Error> {
        files::read(paths)
    }

    /// Loads signatures from the text of files, which are called so in errors.
    ///
    /// # Errors
    /// As [`Set::load`].
    pub fn parse(files: &[(PathBuf, String)], options: Options) -> Result<Set, Vec<Error>> {
        let signatures = assemble::signatures(files, &options)?;
        Ok(Set { tables: options.tables, signatures })
    }

    /// The tables that they were loaded with.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The signatures, in the order of the files and in them.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }
}
