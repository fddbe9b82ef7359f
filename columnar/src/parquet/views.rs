//! Scripts that give other engines the tables and views by the names that they have here.

mod dialect;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use analyzer::prelude;
use anyhow::{Context as _, Result};

use super::layout::{self, DECODED, EVENTS, PARTITION, VIEWS};
use super::manifest::{Manifest, TableEntry};
use super::others::is_shared;

use dialect::{DataFusion, Dialect, DuckDb, Files, Spark};

/// Writes the scripts below `folder`.
///
/// # Errors
/// They cannot be written.
pub(super) fn write(manifest: &Manifest, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder.join(VIEWS)).with_context(|| format!("cannot write {}", folder.display()))?;
    let scripts: [(&str, &dyn Dialect); 3] =
        [("duckdb.sql", &DuckDb), ("datafusion.sql", &DataFusion), ("spark.sql", &Spark)];
    for (name, dialect) in scripts {
        let path = folder.join(VIEWS).join(name);
        fs::write(&path, script(manifest, dialect)).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// A script to be run in the dataset's directory.
fn script(manifest: &Manifest, dialect: &dyn Dialect) -> String {
    let mut script = format!(
        "-- The tables and views of this dataset for {}. Paths are relative to the dataset's directory.\n",
        dialect.engine()
    );
    for (index, table) in manifest.tables.iter().enumerate() {
        let files = match &table.event {
            None if index == 0 => manifest.event_files().next().map(|_| Files::Events),
            Some(event) if !table.files.is_empty() => Some(Files::Kind { event, globs: of_kind(table, event) }),
            None => table.files.last().map(|file| match is_shared(&table.name) {
                true => Files::Table { glob: file.path.clone() },
                false => Files::Table { glob: format!("{}/*.parquet", table.name) },
            }),
            _ => None,
        };
        script.push_str(&dialect.table(table, files.as_ref()));
    }
    for shared in prelude::VIEWS {
        let name = dialect.quoted(shared.name);
        let select = dialect.translated(&shared.select());
        // Writing into a string does not fail.
        let _ = writeln!(script, "{} {name} AS\n{};", dialect.create_view(), select.trim_end());
    }
    script
}

/// What finds the files of a kind's table.
fn of_kind(table: &TableEntry, event: &str) -> Vec<String> {
    let folders = [(EVENTS, false), (DECODED, true)];
    let has = |apart: bool| table.files.iter().any(|file| file.apart == apart);
    let folders = folders.into_iter().filter(|(_, apart)| has(*apart));
    folders.map(|(folder, _)| layout::pattern(folder, event, &table.name)).collect()
}
