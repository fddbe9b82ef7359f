//! The manifest: what a dataset holds. A file that is not in it is none of the dataset.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use analyzer::tables::{Column, Table, Type};
use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use super::layout::{MANIFEST, is_inside};

/// Version of the layout.
pub(super) const FORMAT: u32 = 1;
/// Bytes of a manifest at most: some 100 000 files.
const MANIFEST_BYTES: u64 = 64 << 20;

/// What there is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) format: u32,
    /// Version of the program that wrote it last.
    pub(super) written_by: String,
    pub(super) host_id: String,
    pub(super) captures: Vec<CaptureEntry>,
    /// The table of all events first.
    pub(super) tables: Vec<TableEntry>,
}

/// A capture that is in the dataset.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct CaptureEntry {
    /// Its number, in the column `capture`.
    pub(super) capture: u32,
    pub(super) capture_id: String,
    pub(super) boot_id: String,
    /// Rows of events.
    pub(super) rows: u64,
    /// Parts of it that could not be read.
    pub(super) damaged: u64,
    /// Start and end, UTC nanoseconds.
    pub(super) times_ns: (i64, i64),
}

/// A table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct TableEntry {
    pub(super) name: String,
    pub(super) doc: String,
    /// The event that all of its rows are of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) event: Option<String>,
    pub(super) columns: Vec<ColumnEntry>,
    /// Of the table of all events only those that no kind's table has.
    pub(super) files: Vec<FileEntry>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ColumnEntry {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) ty: ColumnType,
}

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ColumnType {
    Integer,
    Boolean,
    Real,
    Text,
    Bytes,
    Timestamp,
}

/// A file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct FileEntry {
    /// Where it is in the dataset.
    pub(super) path: String,
    pub(super) rows: u64,
    /// The capture that its rows are of.
    pub(super) capture: u32,
    /// The event that its rows are of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) event: Option<String>,
    /// First and last time of its rows, UTC nanoseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) times_ns: Option<(i64, i64)>,
    /// Whether its rows are of the kind's table and not of that of all events.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) apart: bool,
}

impl From<Type> for ColumnType {
    fn from(ty: Type) -> ColumnType {
        match ty {
            Type::Integer => ColumnType::Integer,
            Type::Boolean => ColumnType::Boolean,
            Type::Real => ColumnType::Real,
            Type::Text => ColumnType::Text,
            Type::Bytes => ColumnType::Bytes,
            Type::Timestamp => ColumnType::Timestamp,
        }
    }
}

impl From<ColumnType> for Type {
    fn from(ty: ColumnType) -> Type {
        match ty {
            ColumnType::Integer => Type::Integer,
            ColumnType::Boolean => Type::Boolean,
            ColumnType::Real => Type::Real,
            ColumnType::Text => Type::Text,
            ColumnType::Bytes => Type::Bytes,
            ColumnType::Timestamp => Type::Timestamp,
        }
    }
}

impl TableEntry {
    /// A table without files.
    pub(super) fn new(table: &Table, event: Option<&str>) -> TableEntry {
        let column = |column: &Column| ColumnEntry { name: column.name.clone(), ty: column.ty.into() };
        TableEntry {
            name: table.name.clone(),
            doc: table.doc.clone(),
            event: event.map(str::to_owned),
            columns: table.columns.iter().map(column).collect(),
            files: Vec::new(),
        }
    }

    /// Adds the columns that only a later capture has: rows of earlier ones have no values in them.
    ///
    /// # Errors
    /// A column has another type there.
    pub(super) fn widen(&mut self, later: TableEntry) -> Result<()> {
        for column in later.columns {
            match self.columns.iter().find(|known| known.name == column.name) {
                Some(known) if known.ty == column.ty => {}
                Some(_) => bail!("the column {} of {} has another type in the captures before", column.name, self.name),
                None => self.columns.push(column),
            }
        }
        Ok(())
    }

    /// The table as the logical schema has it.
    pub(super) fn table(&self) -> Table {
        let column =
            |column: &ColumnEntry| Column { name: column.name.clone(), ty: column.ty.into(), doc: String::new() };
        Table { name: self.name.clone(), doc: self.doc.clone(), columns: self.columns.iter().map(column).collect() }
    }
}

impl Manifest {
    /// Reads that of a dataset; `None` when there is none.
    ///
    /// # Errors
    /// It cannot be read, or is none that this version understands.
    pub(super) fn read(directory: &Path) -> Result<Option<Manifest>> {
        let path = directory.join(MANIFEST);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot open {}", path.display())),
        };
        let mut text = String::new();
        file.take(MANIFEST_BYTES)
            .read_to_string(&mut text)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let manifest: Manifest =
            serde_json::from_str(&text).with_context(|| format!("{}: no list of a dataset", path.display()))?;
        if manifest.format != FORMAT {
            bail!("{}: version {} of datasets is not known here", path.display(), manifest.format);
        }
        if let Some(file) = manifest.files().find(|file| !is_inside(&file.path)) {
            bail!("{}: the file {:?} is not in the dataset", path.display(), file.path);
        }
        Ok(Some(manifest))
    }

    /// Writes it into a directory that has none.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn write(&self, directory: &Path) -> Result<()> {
        let path = directory.join(MANIFEST);
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// All files.
    pub(super) fn files(&self) -> impl Iterator<Item = &FileEntry> {
        self.tables.iter().flat_map(|table| &table.files)
    }

    /// The files of rows of events, which make up the table of all events.
    pub(super) fn event_files(&self) -> impl Iterator<Item = &FileEntry> {
        self.files().filter(|file| file.event.is_some() && !file.apart)
    }
}
