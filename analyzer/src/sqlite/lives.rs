//! What is one thing in the world (a process, a thread, a container) and in several captures, put together for datasets that
//! keep their tables in files.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use rusqlite::Connection;

use super::append::{NEW, share_lives};
use super::identifiers::quoted;
use super::{open, processes, tables};
use crate::query::Cell;
use crate::tables::{CAPTURES, CONTAINERS, EVENT_KINDS, Fixed, PROCESSES, THREADS};

/// The tables of earlier captures that are put to those of a later one.
const READ: [&Fixed; 5] = [&CAPTURES, &PROCESSES, &THREADS, &CONTAINERS, &EVENT_KINDS];

/// The tables that a dataset has once for all of its captures, and not for each.
pub const SHARED: [&str; 6] = ["processes", "threads", "process_ancestors", "containers", "pods", "event_kinds"];

/// Takes one row.
pub type EachRow<'e> = &'e mut dyn FnMut(&[Cell]) -> Result<()>;

/// A database of what earlier captures said.
#[derive(Debug)]
pub struct Lives(Connection);

impl Lives {
    /// An empty one at `path`, where an empty file may be.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn create(path: &Path) -> Result<Lives> {
        let database = open(path)?;
        database.execute_batch("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF")?;
        tables::create(&database)?;
        tables::create_table(&database, &EVENT_KINDS)?;
        Ok(Lives(database))
    }

    /// Reads what earlier captures said, by `read`, which is given SQL and gives rows.
    ///
    /// # Errors
    /// `read` failed, or a row cannot be stored.
    pub fn fill(&self, read: &mut dyn FnMut(&str, EachRow<'_>) -> Result<()>) -> Result<()> {
        for table in READ {
            let names = table.names().map(quoted).collect::<Vec<_>>().join(", ");
            let mut insert = tables::insert_into(&self.0, table)?;
            read(&format!("SELECT {names} FROM {}", table.name), &mut |row| {
                insert.execute(rusqlite::params_from_iter(row))?;
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Puts those of a later capture to them, whose database is at `path`; it is changed.
    ///
    /// # Errors
    /// It is none, or cannot be read.
    pub fn add(&self, path: &Path) -> Result<()> {
        let Some(text) = path.to_str() else { bail!("the name of the temporary file is no text") };
        self.0.execute(&format!("ATTACH ?1 AS {NEW}"), [text])?;
        share_lives(&self.0).context("processes of several captures cannot be put together")?;
        self.0.execute_batch(&format!("DETACH {NEW}"))?;
        processes::insert_ancestors(&self.0)
    }
}
