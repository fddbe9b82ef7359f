//! The tables whose rows are no events: a file each, from a temporary database.

use std::path::Path;
use std::sync::Arc;

use analyzer::index::Index;
use analyzer::prelude;
use analyzer::query::{Database, Engine as _, Question};
use analyzer::scan::Scanner;
use analyzer::sqlite::{self, Lives};
use analyzer::tables::{Cell, Table, Type};
use anyhow::{Context as _, Result};
use tempfile::NamedTempFile;

use super::dataset::Dataset;
use super::file::FileWriter;
use super::layout;
use super::manifest::FileEntry;
use super::properties::{GROUP_ROWS, properties};
use crate::arrays::{self, BatchBuilder};
use crate::beside::typed;
use crate::session::{Each, Options, Session};

/// Writes them below `folder`, each with its position in the catalog: also those without rows, so that every reader finds
/// their columns. Views are left out.
///
/// # Errors
/// The capture cannot be read, or a file not be written.
pub(super) fn write_others(
    scanner: &Scanner,
    folder: &Path,
    (capture, earlier): (u32, Option<Dataset>),
    threads: usize,
) -> Result<Vec<(usize, FileEntry)>> {
    let file = temporary()?;
    let is_counted = Index::gather(scanner.capture())?.is_some_and(|index| index.rows().is_some());
    sqlite::load_beside(scanner.capture(), file.path(), threads, !is_counted)?;
    let lives = earlier.map(|earlier| lives(earlier, file.path(), threads)).transpose()?;
    let shared = lives.as_ref().map(|file| Database::open_file(file.path())).transpose()?;
    let database = Database::open_file(file.path())?;
    let catalog = scanner.catalog();
    let mut files = Vec::new();
    for (position, table) in catalog.tables().iter().enumerate() {
        if is_other(table) && position != 0 && catalog.event_of(table).is_none() {
            let path = layout::of_table(&table.name, &scanner.origin().capture_id);
            let from = shared.as_ref().filter(|_| is_shared(&table.name)).unwrap_or(&database);
            let rows = write_table(from, table, &folder.join(&path), capture)?;
            files.push((position, FileEntry { path, rows, capture, event: None, times_ns: None, apart: false }));
        }
    }
    Ok(files)
}

/// Whether a table has rows of all captures, and so one file.
pub(super) fn is_shared(table: &str) -> bool {
    sqlite::SHARED.contains(&table)
}

fn temporary() -> Result<NamedTempFile> {
    let file = tempfile::Builder::new().prefix("tracee-").suffix(".db").tempfile();
    file.context("cannot make a temporary file (TMPDIR says where)")
}

/// A database of what is in the captures before too, with what the capture in the database at `added` says of it.
fn lives(earlier: Dataset, added: &Path, threads: usize) -> Result<NamedTempFile> {
    let file = temporary()?;
    let session = Session::over_dataset(earlier, &Options { threads, ..Options::default() })?;
    let lives = Lives::create(file.path())?;
    lives.fill(&mut |sql, each| session.ask(&Question { sql, ..Question::default() }, &mut Each(each)))?;
    lives.add(added)?;
    Ok(file)
}

/// Whether a table is none that a view makes of others.
pub(super) fn is_other(table: &Table) -> bool {
    !prelude::VIEWS.iter().any(|view| view.name == table.name)
}

fn write_table(database: &Database, table: &Table, path: &Path, capture: u32) -> Result<u64> {
    let schema = arrays::schema(table);
    let mut file = FileWriter::create(path, &schema, &properties(&table.columns))?;
    let mut batch = BatchBuilder::new(Arc::clone(&schema))?;
    let types: Vec<Type> = table.columns.iter().map(|column| column.ty).collect();
    let own = table.index("capture");
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let columns: Vec<String> = table.columns.iter().map(|column| quoted(&column.name)).collect();
    let sql = format!("SELECT {} FROM {}", columns.join(","), quoted(&table.name));
    let mut rows = 0;
    database.run(&sql, &mut |_| (), &mut |row| {
        let mut cells = row.iter().zip(&types).map(|(cell, ty)| typed(cell, *ty)).collect::<Result<Vec<_>>>()?;
        if let Some(cell) = own.and_then(|index| cells.get_mut(index)) {
            *cell = Cell::Integer(capture.into());
        }
        batch.append(&cells)?;
        rows += 1;
        if batch.is_full(GROUP_ROWS) {
            file.append(&batch.finish()?)?;
        }
        Ok(())
    })?;
    if !batch.is_empty() {
        file.append(&batch.finish()?)?;
    }
    file.finish()?;
    Ok(rows)
}
