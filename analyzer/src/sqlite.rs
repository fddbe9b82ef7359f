//! The SQLite sink: a capture as one database file that any `sqlite3` opens.
//!
//! Rows are stored narrow, one table per event kind (`raw_openat`), what they refer to once (`contexts`, `raw_objects`,
//! `names`); what people ask (`events`, one view per kind, `objects`) are views over that. All is written in one
//! transaction, by one thread, while others replay.

mod append;
pub(crate) mod artifacts;
mod columns;
mod definitions;
mod identifiers;
mod kind;
mod loader;
mod naming;
mod packets;
mod processes;
mod tables;

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use formats::capture::Capture;
use formats::events::content::ARTIFACT_SOURCE;
use rusqlite::{Connection, OpenFlags};

pub use append::append;
pub(crate) use identifiers::Identifiers;
use loader::Loader;
use packets::PacketTables;

use crate::artifacts::{Artifacts, Source};
use crate::info::Info;
use crate::origin::Origin;
use crate::prelude;
use crate::replay::{Damage, Options, Part, parts};
use crate::tables::Catalog;

/// Version of the database's layout (`PRAGMA user_version`); set last, so that a database without it is not whole.
pub const USER_VERSION: i32 = 2;

/// Number of the first capture in a database.
const FIRST_CAPTURE: i64 = 1;

/// How to load.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// Segments that are replayed at once; 0 for as many as there are processors.
    pub threads: usize,
}

/// What was loaded.
#[derive(Clone, Debug, Default)]
pub struct LoadSummary {
    /// Rows of events.
    pub events: u64,
    /// Processes.
    pub processes: u64,
    /// Parts of the capture that could not be read.
    pub damaged: u64,
}

/// Loads the capture into a new database at `path`. `progress` is told how many rows are done and how many there are.
///
/// # Errors
/// Something is at `path` already (it is left alone), the capture cannot be read, or the database cannot be written (what
/// was written is removed).
pub fn load(capture: &Capture, path: &Path, options: &LoadOptions, progress: &dyn Fn(u64, u64)) -> Result<LoadSummary> {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            bail!("{}: exists already; nothing is written over", path.display())
        }
        Err(error) => return Err(error).with_context(|| format!("cannot make {}", path.display())),
    }
    let loaded = open(path)
        .map_err(anyhow::Error::from)
        .and_then(|database| load_into(&database, capture, options, progress))
        .with_context(|| format!("cannot load into {}", path.display()));
    if loaded.is_err() {
        // Half a database is worse than none; that it could not be removed changes nothing about the error.
        let _ = fs::remove_file(path);
    }
    loaded
}

/// Opens an empty database for loading, by this thread alone.
pub(crate) fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
}

/// Loads into an empty database.
pub(crate) fn load_into(
    database: &Connection,
    capture: &Capture,
    options: &LoadOptions,
    progress: &dyn Fn(u64, u64),
) -> Result<LoadSummary> {
    // Nothing is there that a crash could harm: no journal, no waiting for the disk.
    database.execute_batch(
        "PRAGMA page_size=8192; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE;
         PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY; BEGIN",
    )?;
    let origin = Origin::gather(capture)?;
    let info = Info::gather(capture)?;
    let total = info.rows();
    tables::create(database)?;
    let contents = Artifacts::of(capture)?;
    artifacts::insert_artifacts(database, &contents, &origin)?;
    let catalog = Catalog::gather(capture, &origin)?;
    let mut loader = Loader::new(database, &origin, &catalog)?;
    let mut packets = PacketTables::create(database, &origin)?;
    let replay = Options { threads: options.threads, ..Options::default() };
    progress(0, total);
    let mut summary = parts(capture, &replay, &origin, &mut |part| {
        match part {
            Part::Begin(definitions) => {
                loader.define(definitions)?;
                tables::insert_segment(database, definitions, &origin)?;
                tables::insert_containers(database, definitions, &origin)?;
            }
            Part::Rows(batch) => {
                loader.insert(batch)?;
                packets.insert(batch, &origin)?;
                for entry in batch.entries.iter().filter(|entry| entry.event == ARTIFACT_SOURCE.id) {
                    if let Some(source) = Source::of(&batch.row(&origin, entry)) {
                        artifacts::insert_source(database, &source, &contents)?;
                    }
                }
                progress(loader.rows(), total.max(loader.rows()));
            }
            Part::End(..) => {}
        }
        Ok(())
    })?;
    let events = loader.rows();
    loader.finish()?;
    packets.finish()?;
    let range = (info.start_ns, info.end_ns);
    processes::insert(database, &summary.processes, &origin, range)?;
    processes::insert_ancestors(database)?;
    tables::bound_containers(database, range)?;
    // What reading content showed to be damaged was perhaps found by replay too.
    let known: HashSet<(u64, u64)> = summary.damage.iter().map(|damage| (damage.segment, damage.offset)).collect();
    let is_new = |damage: &&Damage| !known.contains(&(damage.segment, damage.offset));
    summary.damage.extend(contents.damage().iter().filter(is_new).cloned());
    tables::insert_damage(database, &summary.damage)?;
    tables::insert_capture(database, &info, &origin, events)?;
    tables::count_events(database)?;
    for view in prelude::VIEWS {
        database.execute_batch(&format!("CREATE VIEW {} AS {}", view.name, view.select()))?;
    }
    database.execute_batch(&format!(
        "CREATE INDEX contexts_by_process ON contexts(process_key);
         CREATE INDEX processes_by_parent ON processes(parent_key);
         CREATE INDEX threads_by_process ON threads(process_key);
         CREATE INDEX process_ancestors_by_process ON process_ancestors(process_key, depth);
         CREATE INDEX process_ancestors_by_ancestor ON process_ancestors(ancestor_key); COMMIT; PRAGMA user_version={USER_VERSION}"
    ))?;
    Ok(LoadSummary { events, processes: summary.processes.list().len() as u64, damaged: summary.damage.len() as u64 })
}

#[cfg(test)]
mod tests;
