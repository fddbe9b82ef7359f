//! A dataset as it is read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, bail};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::error::{DataFusionError, Result as PlanResult};

use super::manifest::{FileEntry, Manifest, TableEntry};
use super::table::{ParquetTable, Part};
use crate::arrays;
use crate::schema::Tables;

/// Whether a directory is a dataset.
pub fn is_dataset(path: &Path) -> bool {
    path.join(super::layout::MANIFEST).is_file()
}

/// What is in a directory that [`write`](super::write()) made.
#[derive(Debug)]
pub struct Dataset {
    directory: PathBuf,
    manifest: Manifest,
}

/// A table of it.
#[derive(Clone, Debug)]
pub struct DatasetTable {
    /// Its name.
    pub name: String,
    /// Its files; those that have fewer columns have NULL in the others.
    pub files: Vec<PathBuf>,
    /// Its columns.
    pub schema: SchemaRef,
    /// Its rows.
    pub rows: u64,
}

impl Dataset {
    /// Reads the list of what there is.
    ///
    /// # Errors
    /// It is no dataset, or one of another version.
    pub fn open(directory: &Path) -> Result<Dataset> {
        // Readers are given paths that mean the same from everywhere.
        let directory = std::path::absolute(directory)?;
        match Manifest::read(&directory)? {
            Some(manifest) => Ok(Dataset { directory, manifest }),
            None => bail!("{}: it is no dataset that tracee made", directory.display()),
        }
    }

    /// Ids of its captures, in the order of time.
    pub fn captures(&self) -> impl Iterator<Item = &str> {
        self.manifest.captures.iter().map(|capture| capture.capture_id.as_str())
    }

    /// Parts of the captures that could not be read when it was made.
    pub fn damaged(&self) -> u64 {
        self.manifest.captures.iter().map(|capture| capture.damaged).sum()
    }

    /// Every table: `events` first.
    pub fn tables(&self) -> Vec<DatasetTable> {
        let table = |entry: &TableEntry| DatasetTable {
            name: entry.name.clone(),
            files: self.files(entry).map(|file| self.directory.join(&file.path)).collect(),
            schema: arrays::schema(&entry.table()),
            rows: self.files(entry).map(|file| file.rows).sum(),
        };
        self.manifest.tables.iter().map(table).collect()
    }

    /// The table of this name, to be asked; `None` when there is none.
    ///
    /// # Errors
    /// A file is not where it should be.
    pub fn provider(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let Some(entry) = self.manifest.tables.iter().find(|table| table.name == name) else { return Ok(None) };
        let part = |file: &FileEntry| Part::open(&self.directory, file);
        let parts = self.files(entry).map(part).collect::<Result<Vec<_>>>()?;
        Ok(Some(Arc::new(ParquetTable::new(&entry.table(), parts))))
    }

    /// The files of a table; all of events make up that of all events.
    fn files(&self, table: &TableEntry) -> Box<dyn Iterator<Item = &FileEntry> + '_> {
        let is_first = self.manifest.tables.first().is_some_and(|first| first.name == table.name);
        if is_first {
            return Box::new(self.manifest.event_files());
        }
        let entry = self.manifest.tables.iter().find(|entry| entry.name == table.name);
        Box::new(entry.into_iter().flat_map(|entry| &entry.files))
    }
}

impl Tables for Dataset {
    fn names(&self) -> Vec<String> {
        self.manifest.tables.iter().map(|table| table.name.clone()).collect()
    }

    fn table(&self, name: &str) -> PlanResult<Option<Arc<dyn TableProvider>>> {
        self.provider(name).map_err(|error| DataFusionError::External(error.into()))
    }
}
