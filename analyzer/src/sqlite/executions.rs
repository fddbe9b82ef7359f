//! The table of executions.

use anyhow::Result;
use rusqlite::Connection;

use super::tables::insert_into;
use crate::execution::{EXECUTIONS, columns, is_execution};
use crate::origin::Origin;
use crate::query;
use crate::row::Batch;

/// Stores the executions among the next rows.
pub(super) fn insert(database: &Connection, batch: &Batch, origin: &Origin) -> Result<()> {
    let mut insert = insert_into(database, &EXECUTIONS)?;
    for entry in &batch.entries {
        let row = batch.row(origin, entry);
        if is_execution(&row) {
            for (at, column) in (1..).zip(columns()) {
                insert.raw_bind_parameter(at, query::Cell::from(column.cell(&row)))?;
            }
            insert.raw_execute()?;
        }
    }
    Ok(())
}
