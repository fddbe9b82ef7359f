//! Queries: SQL over a capture, or over a database that was loaded from one.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use formats::capture::Capture;
use rusqlite::config::DbConfig;
use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Batch, Connection, OpenFlags};
use tempfile::NamedTempFile;

use crate::sqlite::{self, LoadOptions, load_into};
use crate::text;

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

/// First bytes of an SQLite database.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// A database that takes questions and no changes.
#[derive(Debug)]
pub struct Database {
    connection: Connection,
    /// Removed when it is dropped.
    _temporary: Option<NamedTempFile>,
}

impl Database {
    /// Loads the capture into a temporary database, on so many threads. `progress` is told how many rows are done and how
    /// many there are.
    ///
    /// # Errors
    /// The capture cannot be read, or the temporary file not be written.
    pub fn open_capture(capture: &Capture, threads: usize, progress: &dyn Fn(u64, u64)) -> Result<Database> {
        Database::temporary(|connection| {
            load_into(connection, capture, &LoadOptions { threads }, progress)
                .with_context(|| format!("cannot load into {}", connection.path().unwrap_or("a temporary file")))?;
            Ok(())
        })
    }

    /// Fills a temporary database.
    ///
    /// # Errors
    /// The temporary file cannot be written, or `fill` failed.
    pub(crate) fn temporary(fill: impl FnOnce(&Connection) -> Result<()>) -> Result<Database> {
        let file = tempfile::Builder::new().prefix("tracee-").suffix(".db").tempfile();
        let file = file.context("cannot make a temporary file (TMPDIR says where)")?;
        let connection = sqlite::open(file.path())?;
        fill(&connection)?;
        Database { connection, _temporary: Some(file) }.closed_to_changes()
    }

    /// Opens a database file.
    ///
    /// # Errors
    /// It is none, or cannot be read.
    pub fn open_file(path: &Path) -> Result<Database> {
        if !Database::is_database(path)? {
            bail!("{}: neither a capture nor an SQLite database", path.display());
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection =
            Connection::open_with_flags(path, flags).with_context(|| format!("cannot open {}", path.display()))?;
        Database { connection, _temporary: None }.closed_to_changes()
    }

    /// Whether the file begins as a database does.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn is_database(path: &Path) -> Result<bool> {
        let mut first = Vec::new();
        let mut file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        if file.metadata().is_ok_and(|metadata| !metadata.is_file()) {
            return Ok(false);
        }
        file.by_ref().take(MAGIC.len() as u64).read_to_end(&mut first)?;
        Ok(first == MAGIC)
    }

    /// A database may come from an enemy, and so may SQL: no changes, no other files, no functions with effects.
    fn closed_to_changes(self) -> Result<Database> {
        self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        self.connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
        self.connection.execute_batch("PRAGMA query_only=ON; PRAGMA cache_size=-65536")?;
        Ok(self)
    }

    /// Runs the statements one after the other. For each that has a result, `columns` is given the names of its columns,
    /// then `row` every row.
    ///
    /// # Errors
    /// The SQL is wrong (the message says where: line and column), or `row` failed.
    pub fn run(
        &self,
        sql: &str,
        columns: &mut dyn FnMut(&[&str]),
        row: &mut dyn FnMut(&[Cell]) -> Result<()>,
    ) -> Result<()> {
        let mut batch = Batch::new(&self.connection, sql);
        while let Some(mut statement) = batch.next().map_err(|error| located(sql, error))? {
            let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
            if !names.is_empty() {
                columns(&names.iter().map(String::as_str).collect::<Vec<_>>());
            }
            let mut rows = statement.raw_query();
            let mut cells = Vec::with_capacity(names.len());
            while let Some(found) = rows.next().map_err(|error| located(sql, error))? {
                cells.clear();
                for index in 0..names.len() {
                    cells.push(cell(found.get_ref(index)?));
                }
                row(&cells)?;
            }
        }
        Ok(())
    }
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Real(number) => Cell::Real(number),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Cell::Text(text.to_owned()),
            Err(_) => Cell::Text(text::escape(bytes).into_owned()),
        },
        ValueRef::Blob(bytes) => Cell::Blob(bytes.to_vec()),
    }
}

/// The error in one line, with the place in `sql` where SQLite says it is.
fn located(sql: &str, error: rusqlite::Error) -> anyhow::Error {
    let rusqlite::Error::SqlInputError { msg, sql: rest, offset, .. } = &error else {
        return anyhow!("SQL: {}", one_line(&error.to_string()));
    };
    let msg = one_line(msg);
    let Ok(offset) = usize::try_from(*offset) else { return anyhow!("SQL: {msg}") };
    // The statement in error is the end of what was given.
    let before = sql.len().saturating_sub(rest.len());
    let (line, column) = place(sql, before + offset);
    anyhow!("SQL, line {line}, column {column}: {msg}")
}

/// Line and column, from 1, of a byte of a text.
pub(crate) fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (before.matches('\n').count() + 1, column)
}

pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
