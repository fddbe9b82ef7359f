//! The forms that answers have: rows that are printed, or a file of columns (Parquet, Arrow).

#[cfg(feature = "columnar")]
use std::fs::File;
#[cfg(feature = "columnar")]
use std::io;
use std::path::Path;

use analyzer::query::Question;
use anyhow::{Result, bail};
#[cfg(feature = "columnar")]
use columnar::results::{self, FileFormat};

use super::engine::Answering;
use crate::output::Format;

/// How answers are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Form {
    /// Aligned columns, for people.
    Table,
    /// One JSON object a line.
    Json,
    /// Comma-separated values (RFC 4180) under a line of column names.
    Csv,
    /// A table of Markdown.
    Markdown,
    /// A Parquet file.
    Parquet,
    /// A file of Arrow IPC (Feather version 2).
    Arrow,
    /// A stream of Arrow IPC.
    ArrowStream,
}

/// Names of all of them.
pub(super) const NAMES: [&str; 7] = ["table", "json", "csv", "markdown", "parquet", "arrow", "arrow-stream"];

impl Form {
    /// How its rows are printed; `None` for a file of columns.
    pub(super) fn printed(self) -> Option<Format> {
        match self {
            Form::Table => Some(Format::Table),
            Form::Json => Some(Format::Json),
            Form::Csv => Some(Format::Csv),
            Form::Markdown => Some(Format::Markdown),
            Form::Parquet | Form::Arrow | Form::ArrowStream => None,
        }
    }

    /// Whether this program can give it there; `is_terminal` where a person would read it.
    ///
    /// # Errors
    /// It cannot.
    pub(super) fn check(self, is_terminal: bool) -> Result<()> {
        if self.printed().is_none() && !cfg!(feature = "columnar") {
            bail!("Parquet and Arrow take a program built with the columnar engine (--features columnar)");
        }
        if self.printed().is_none() && is_terminal {
            bail!("Parquet and Arrow are no text for a terminal: give them a file (> FILE, or .output FORMAT FILE)");
        }
        Ok(())
    }
}

/// Writes an answer as a file of columns: to `path`, where nothing is, or to standard output. Gives the number of rows.
///
/// # Errors
/// The question failed, or it cannot be written.
#[cfg(feature = "columnar")]
pub(super) fn write(engine: &Answering, question: &Question<'_>, form: Form, path: Option<&Path>) -> Result<u64> {
    let format = match form {
        Form::Arrow => FileFormat::Arrow,
        Form::ArrowStream => FileFormat::ArrowStream,
        _ => FileFormat::Parquet,
    };
    let write = |out| match engine {
        Answering::Sqlite(database) => results::write_cells(&**database, question, format, out),
        Answering::Columnar(session) => results::write(session, question, format, out),
    };
    match path {
        Some(path) => results::into_file(path, write),
        None => {
            let stdout = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned()?;
            write(Box::new(io::BufWriter::new(File::from(stdout))))
        }
    }
}

/// Without the columnar engine there is nothing that could write it.
///
/// # Errors
/// Always.
#[cfg(not(feature = "columnar"))]
pub(super) fn write(_: &Answering, _: &Question<'_>, form: Form, _: Option<&Path>) -> Result<u64> {
    form.check(false).map(|()| 0)
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::{Form, NAMES};

    #[test]
    fn names_are_those_of_the_command_line() {
        let names = Form::value_variants().iter().filter_map(|form| form.to_possible_value());
        assert_eq!(names.map(|value| value.get_name().to_owned()).collect::<Vec<_>>(), NAMES);
    }

    #[test]
    fn a_terminal_is_given_text_alone() {
        assert!(Form::Table.check(true).is_ok());
        assert!(Form::Parquet.check(true).is_err());
        assert_eq!(Form::Arrow.check(false).is_ok(), cfg!(feature = "columnar"));
    }
}
