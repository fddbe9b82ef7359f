//! What is wrong with what somebody wrote, and where.

use std::fmt;
use std::path::{Path, PathBuf};

/// One thing that is wrong, with the place as exactly as it is known.
///
/// Shown as `FILE:LINE:COLUMN: FIELD: MESSAGE`, without the parts that there are not. Whatever is quoted from the input is
/// escaped; the file's name is as the caller gave it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Error {
    /// The file.
    pub file: Option<PathBuf>,
    /// Line in it, counted from 1.
    pub line: Option<usize>,
    /// Column in that line, counted from 1 in characters.
    pub column: Option<usize>,
    /// What it is in: a path as `spec.rules[2].filters[0]` or `detection.selection.Image|endswith`, or an option with its value.
    pub field: Option<String>,
    /// One sentence without a full stop.
    pub message: String,
}

impl Error {
    /// An error of which no place is known.
    pub fn new(message: impl Into<String>) -> Error {
        Error { file: None, line: None, column: None, field: None, message: message.into() }
    }

    /// The same, in this field or option, if none is known yet.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Error {
        self.field = self.field.or_else(|| Some(field.into()).filter(|field| !field.is_empty()));
        self
    }

    /// The same, in this line, if no line is known yet.
    #[must_use]
    pub fn line(mut self, line: usize) -> Error {
        self.line = self.line.or(Some(line));
        self
    }

    /// The same, at this line and column, if no line is known yet.
    #[must_use]
    pub fn at(mut self, (line, column): (usize, usize)) -> Error {
        if self.line.is_none() {
            (self.line, self.column) = (Some(line), Some(column));
        }
        self
    }

    /// The same, in this file.
    #[must_use]
    pub fn file(mut self, file: &Path) -> Error {
        self.file = Some(file.to_owned());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = self.column.map(|column| format!("{column}: "));
        match (&self.file, self.line, column) {
            (Some(file), Some(line), Some(column)) => write!(f, "{}:{line}:{column}", file.display())?,
            (Some(file), Some(line), None) => write!(f, "{}:{line}: ", file.display())?,
            (Some(file), None, _) => write!(f, "{}: ", file.display())?,
            (None, Some(line), Some(column)) => write!(f, "line {line}, column {column}")?,
            (None, Some(line), None) => write!(f, "line {line}: ")?,
            (None, None, _) => {}
        }
        if let Some(field) = &self.field {
            for c in field.chars() {
                match c {
                    // What is quoted in it is escaped already.
                    '"' | '\'' | '\\' => write!(f, "{c}")?,
                    c => write!(f, "{}", c.escape_debug())?,
                }
            }
            f.write_str(": ")?;
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
