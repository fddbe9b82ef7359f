//! What is wrong with what somebody wrote, and where.

use std::fmt;
use std::path::{Path, PathBuf};

/// One thing that is wrong, with the place as exactly as it is known.
///
/// Shown as `FILE:LINE: FIELD: MESSAGE`, without the parts that there are not. Whatever is quoted from the input is
/// escaped; the file's name is as the caller gave it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Error {
    /// The policy file.
    pub file: Option<PathBuf>,
    /// Line in it, counted from 1.
    pub line: Option<usize>,
    /// What it is in: a path as `spec.rules[2].filters[0]`, or an option with its value.
    pub field: Option<String>,
    /// One sentence without a full stop.
    pub message: String,
}

impl Error {
    /// An error of which no place is known.
    pub(crate) fn new(message: impl Into<String>) -> Error {
        Error { file: None, line: None, field: None, message: message.into() }
    }

    /// The same, in this field or option.
    pub(crate) fn field(mut self, field: impl Into<String>) -> Error {
        self.field = Some(field.into()).filter(|field| !field.is_empty());
        self
    }

    /// The same, in this line.
    pub(crate) fn line(mut self, line: usize) -> Error {
        self.line = Some(line);
        self
    }

    /// The same, in this file.
    pub(crate) fn file(mut self, file: &Path) -> Error {
        self.file = Some(file.to_owned());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, "{}:{line}: ", file.display())?,
            (Some(file), None) => write!(f, "{}: ", file.display())?,
            (None, Some(line)) => write!(f, "line {line}: ")?,
            (None, None) => {}
        }
        if let Some(field) = &self.field {
            write!(f, "{field}: ")?;
        }
        f.write_str(&self.message)
    }
}

/// Text from the input as messages quote it: escaped, and cut where it is long.
pub fn quoted(text: &str) -> String {
    const SHOWN: usize = 80;
    let cut: String = text.chars().take(SHOWN).collect();
    let more = if cut.len() < text.len() { "..." } else { "" };
    format!("\"{}{more}\"", cut.escape_debug())
}
