//! Queries: SQL over a capture, or over a database that was loaded from one.
//!
//! Who asks knows [`Engine`] alone; [`Database`] is the engine on SQLite. SQL and databases may come from an enemy.

mod authority;
mod coverage;
mod database;
pub mod functions;
mod kin;
mod lexer;
mod meter;
mod wrong;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Result;

pub use coverage::Coverage;
pub use database::Database;
pub use functions::FUNCTIONS;
pub use lexer::{is_finished, words};
pub use meter::Meter;

/// One value of a result.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// No value.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// Text. What is not UTF-8 is escaped.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type as the engine writes it; empty when it says none.
    pub type_name: String,
}

/// A table or a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<Column>,
}

/// What is asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Question<'q> {
    /// One or more statements.
    pub sql: &'q str,
    /// Values by name, for `:name` in the SQL.
    pub parameters: &'q [(String, Cell)],
    /// How long it may take.
    pub timeout: Option<Duration>,
}

/// What the rows of an answer are given to. A question of several statements has an answer for each that has columns.
pub trait Answer {
    /// An answer begins, with these columns.
    ///
    /// # Errors
    /// Ends the question.
    fn columns(&mut self, names: &[&str]) -> Result<()>;

    /// Its next row.
    ///
    /// # Errors
    /// Ends the question.
    fn row(&mut self, cells: &[Cell]) -> Result<()>;
}

/// What answers questions in SQL, and changes nothing.
pub trait Engine {
    /// The tables and views that are for asking, by name.
    ///
    /// # Errors
    /// They cannot be read.
    fn tables(&self) -> Result<Vec<Table>>;

    /// Names of the functions.
    ///
    /// # Errors
    /// They cannot be read.
    fn functions(&self) -> Result<Vec<String>>;

    /// Answers. All statements are looked at before the first gives rows.
    ///
    /// # Errors
    /// The SQL is wrong (the message says where: line and column), a parameter is missing or not used, it was [`Stopped`], or
    /// `answer` failed.
    fn ask(&self, question: &Question<'_>, answer: &mut dyn Answer) -> Result<()>;

    /// What stops the question that is being answered.
    fn interrupt(&self) -> Interrupt;

    /// How far the question is that is being answered.
    fn meter(&self) -> Meter;
}

/// Stops a question, from any thread.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Has the question that is being answered end as [`Stopped::Interrupted`]. The next one is not concerned.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the question is to end.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Forgets what was asked: another question begins.
    pub fn clear(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// Why a question was given up. The rows so far are no whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// Somebody wanted it.
    Interrupted,
    /// It took longer than it may.
    TimedOut(Duration),
    /// It needed more memory than it may, in bytes.
    Memory(u64),
    /// The place for temporary files is full.
    TemporaryFiles,
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stopped::Interrupted => f.write_str("stopped: the answer is not whole"),
            Stopped::TimedOut(limit) => {
                write!(f, "not done after {limit:?}, the time-out (--timeout): the answer is not whole")
            }
            Stopped::Memory(bytes) => {
                let limit = bytes >> 20;
                write!(f, "needs more memory than {limit} MiB, the limit (--memory): the answer is not whole")
            }
            Stopped::TemporaryFiles => {
                f.write_str("no room for temporary files (TMPDIR says where): the answer is not whole")
            }
        }
    }
}

impl std::error::Error for Stopped {}

/// Line and column, from 1, of a byte of a text.
pub fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (before.matches('\n').count() + 1, column)
}

/// The text in one line, its words with one blank between them.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
