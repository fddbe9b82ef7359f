//! The table of executions.

use anyhow::Result;
use rusqlite::Connection;

use super::processes::executed;
use super::tables::insert_into;
use crate::execution::{EXECUTIONS, columns, file_of, is_execution};
use crate::object::FileIdentity;
use crate::origin::Origin;
use crate::past::Past;
use crate::query;
use crate::row::Batch;

/// Executions as they come.
#[derive(Default)]
pub(super) struct Executions {
    past: Past,
    /// Which file each was of, by number of the stored row.
    files: Vec<(i64, FileIdentity)>,
}

impl Executions {
    /// Stores the executions among the next rows.
    pub(super) fn insert(&mut self, database: &Connection, batch: &Batch, origin: &Origin) -> Result<()> {
        let mut insert = insert_into(database, &EXECUTIONS)?;
        for entry in &batch.entries {
            let row = batch.row(origin, entry);
            if is_execution(&row) {
                for (at, column) in (1..).zip(columns()) {
                    insert.raw_bind_parameter(at, query::Cell::from(column.cell(&row, &self.past)))?;
                }
                insert.raw_execute()?;
                self.files.extend(file_of(&row).map(|file| (database.last_insert_rowid(), file)));
            } else {
                self.past.observe(&row);
            }
        }
        Ok(())
    }

    /// Says what the files were, when all artifacts are there.
    pub(super) fn finish(self, database: &Connection) -> Result<()> {
        let hashes = executed(database)?;
        let mut update = database.prepare("UPDATE executions SET sha256 = ?2 WHERE rowid = ?1")?;
        for (number, file) in &self.files {
            if let Some(Some(hash)) = hashes.get(file) {
                update.execute((number, hash))?;
            }
        }
        Ok(())
    }
}
