//! What is wrong with a signature, and where.

use std::fmt;
use std::path::{Path, PathBuf};

/// One thing that is wrong, with the place as exactly as it is known.
///
/// Shown as `FILE:LINE:COLUMN: FIELD: MESSAGE`, without the parts that there are not. What is quoted from the input is
/// escaped; the file's name is as the caller gave it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Error {
    /// The file.
    pub file: Option<PathBuf>,
    /// Line and column in it, both counted from 1, the column in characters.
    pub at: Option<(usize, usize)>,
    /// What it is in: a path as `detection.selection.Image|endswith`.
    pub field: Option<String>,
    /// One sentence without a full stop.
    pub message: String,
}

impl Error {
    /// An error of which no place is known.
    pub fn new(message: impl Into<String>) -> Error {
        Error { file: None, at: None, field: None, message: message.into() }
    }

    /// The same, in this field, if none is known yet.
    pub fn field(mut self, field: &str) -> Error {
        self.field = self.field.or_else(|| Some(field.to_owned()).filter(|field| !field.is_empty()));
        self
    }

    /// The same, at this line and column, if no place is known yet.
    pub fn at(mut self, at: (usize, usize)) -> Error {
        self.at = self.at.or(Some(at));
        self
    }

    /// The same, in this file.
    pub fn file(mut self, file: &Path) -> Error {
        self.file = Some(file.to_owned());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.at) {
            (Some(file), Some((line, column))) => write!(f, "{}:{line}:{column}: ", file.display())?,
            (Some(file), None) => write!(f, "{}: ", file.display())?,
            (None, Some((line, column))) => write!(f, "line {line}, column {column}: ")?,
            (None, None) => {}
        }
        if let Some(field) = &self.field {
            write!(f, "{}: ", field.escape_debug())?;
        }
        f.write_str(&self.message)
    }
}
