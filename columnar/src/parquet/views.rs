//! Scripts that give other engines the tables and views by the names that they have here.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use analyzer::prelude;
use analyzer::tables::Type;
use anyhow::{Context as _, Result};

use super::layout::{self, EVENTS, VIEWS};
use super::manifest::{ColumnEntry, Manifest, TableEntry};

/// Writes the scripts below `folder`.
///
/// # Errors
/// They cannot be written.
pub(super) fn write(manifest: &Manifest, folder: &Path) -> Result<()> {
    let path = folder.join(VIEWS).join("duckdb.sql");
    let writing = || format!("cannot write {}", path.display());
    fs::create_dir_all(folder.join(VIEWS)).with_context(writing)?;
    fs::write(&path, duckdb(manifest)).with_context(writing)
}

/// For DuckDB, to be run in the dataset's directory.
fn duckdb(manifest: &Manifest) -> String {
    let mut script =
        "-- The tables and views of this dataset for DuckDB. Paths are relative to the dataset's directory.\n"
            .to_owned();
    let any_events = manifest.event_files().next().is_some();
    for (index, table) in manifest.tables.iter().enumerate() {
        let from = match (&table.event, index) {
            (None, 0) if any_events => Some(format!("'{EVENTS}/*/*.parquet', hive_partitioning = true")),
            (Some(event), _) if !table.files.is_empty() => {
                let pattern = layout::pattern(event, &table.name);
                Some(format!("'{pattern}', hive_partitioning = true, union_by_name = true"))
            }
            (None, _) if !table.files.is_empty() => Some(format!("'{0}/*.parquet', union_by_name = true", table.name)),
            _ => None,
        };
        let select = match from {
            Some(from) => format!("SELECT {} FROM read_parquet({from})", names(table)),
            None => format!("SELECT {} WHERE false", nothing(table)),
        };
        view(&mut script, &table.name, &select);
    }
    for shared in prelude::VIEWS {
        view(&mut script, shared.name, &shared.select());
    }
    script
}

fn view(script: &mut String, name: &str, select: &str) {
    // Writing into a string does not fail.
    let _ = writeln!(script, "CREATE OR REPLACE VIEW {} AS\n{};", quoted(name), select.trim_end());
}

fn names(table: &TableEntry) -> String {
    table.columns.iter().map(|column| quoted(&column.name)).collect::<Vec<_>>().join(", ")
}

/// The columns of a table that has no file.
fn nothing(table: &TableEntry) -> String {
    let column = |column: &ColumnEntry| {
        let ty = match Type::from(column.ty) {
            Type::Integer => "BIGINT",
            Type::Boolean => "BOOLEAN",
            Type::Real => "DOUBLE",
            Type::Text => "VARCHAR",
            Type::Bytes => "BLOB",
            Type::Timestamp => "TIMESTAMPTZ",
        };
        format!("CAST(NULL AS {ty}) AS {}", quoted(&column.name))
    };
    table.columns.iter().map(column).collect::<Vec<_>>().join(", ")
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
