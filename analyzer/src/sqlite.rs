//! The SQLite sink: a capture as one database file that any `sqlite3` opens.
//!
//! Rows are stored narrow, one table per event kind (`raw_openat`), what they refer to once (`contexts`, `raw_objects`,
//! `names`); what people ask (`events`, one view per kind, `objects`) are views over that. All is written in one
//! transaction, by one thread, while others replay.

mod append;
pub(crate) mod artifacts;
mod columns;
mod definitions;
mod executions;
mod findings;
mod identifiers;
mod kind;
mod lives;
mod loader;
mod naming;
mod packets;
mod processes;
mod tables;

use std::collections::{HashMap, HashSet};
use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use formats::capture::Capture;
use formats::event::Event;
use formats::events::content::{ARTIFACT_SOURCE, CONTENT};
use formats::events::lifecycle::SCHED_PROCESS_EXEC;
use formats::events::packets::NET_PACKET_RAW;
use rusqlite::{Connection, OpenFlags};

pub use append::append;
use executions::Executions;
pub(crate) use identifiers::{Identifiers, is_internal};
pub use lives::{EachRow, Lives, SHARED};
use loader::Loader;
use packets::PacketTables;

use crate::artifacts::{Artifacts, Source};
use crate::index::Index;
use crate::info::Info;
use crate::object::FileIdentity;
use crate::origin::Origin;
use crate::past;
use crate::prelude;
use crate::replay::{Damage, Options, Part, parts};
use crate::tables::Catalog;

/// Version of the database's layout (`PRAGMA user_version`); set last, so that a database without it is not whole.
pub const USER_VERSION: i32 = 3;

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

/// Loads into an empty database at `path` what other engines, which read rows of events themselves, have beside those: all
/// other tables. With `counts` all of the capture is read: rows are counted, and what is damaged is found. Without it is
/// little more than who did what, and packets; [`COUNTING`] is then right when the capture's [`Index`] has the number of all
/// rows, and `damage` lists only what was come upon.
///
/// # Errors
/// The capture cannot be read, or the database cannot be written.
pub fn load_beside(capture: &Capture, path: &Path, threads: usize, counts: bool) -> Result<()> {
    let database = open(path)?;
    let extent = if counts { Extent::Counts } else { Extent::Beside };
    load_extent(&database, capture, &LoadOptions { threads }, extent, &|_, _| ())
        .with_context(|| format!("cannot load into {}", path.display()))?;
    Ok(())
}

/// Tables that say how many rows there are.
pub const COUNTING: [&str; 3] = ["event_kinds", "event_counts", "captures"];

/// Events whose stored rows another table is a view of.
const VIEWED: [&Event; 1] = [&CONTENT];

/// Events of which the other tables are made.
const OF_OTHERS: [&Event; 4] = [&NET_PACKET_RAW, &ARTIFACT_SOURCE, &CONTENT, &SCHED_PROCESS_EXEC];

/// How much of a capture is loaded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// Everything.
    All,
    /// Rows of events are counted and not stored, unless a table is made of them.
    Counts,
    /// Only rows are replayed that a table is made of.
    Beside,
}

/// Loads into an empty database.
pub(crate) fn load_into(
    database: &Connection,
    capture: &Capture,
    options: &LoadOptions,
    progress: &dyn Fn(u64, u64),
) -> Result<LoadSummary> {
    load_extent(database, capture, options, Extent::All, progress)
}

fn load_extent(
    database: &Connection,
    capture: &Capture,
    options: &LoadOptions,
    extent: Extent,
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
    findings::create(database)?;
    findings::insert(database, capture, &origin)?;
    let catalog = Catalog::gather(capture, &origin)?;
    let stored = (extent != Extent::All).then_some(&VIEWED[..]);
    let mut loader = Loader::new(database, &origin, &catalog, stored)?;
    let mut packets = PacketTables::create(database, &origin)?;
    let mut executions = Executions::default();
    let of_others = || OF_OTHERS.into_iter().chain(past::events()).map(|event| event.name.to_owned()).collect();
    let events = (extent == Extent::Beside).then(of_others);
    let replay = Options { threads: options.threads, events, ..Options::default() };
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
                executions.insert(database, batch, &origin)?;
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
    if extent == Extent::Beside
        && let Some(index) = Index::gather(capture)?
    {
        for (event, rows) in index.events() {
            loader.count(event, rows)?;
        }
    }
    let events = loader.rows();
    loader.finish()?;
    packets.finish()?;
    executions.finish(database)?;
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
         CREATE INDEX finding_events_by_finding ON finding_events(finding_key);
         CREATE INDEX process_ancestors_by_ancestor ON process_ancestors(ancestor_key); COMMIT; PRAGMA user_version={USER_VERSION}"
    ))?;
    Ok(LoadSummary { events, processes: summary.processes.list().len() as u64, damaged: summary.damage.len() as u64 })
}

/// SHA-256 of the files that were executed, as the table `artifact_sources` has it.
///
/// # Errors
/// The capture cannot be read.
pub(crate) fn executed_hashes(capture: &Capture, threads: usize) -> Result<HashMap<FileIdentity, Option<String>>> {
    let origin = Origin::gather(capture)?;
    let contents = Artifacts::of(capture)?;
    let database = Connection::open_in_memory()?;
    artifacts::create(&database)?;
    artifacts::insert_artifacts(&database, &contents, &origin)?;
    let options = Options { threads, events: Some(vec![ARTIFACT_SOURCE.name.to_owned()]), ..Options::default() };
    parts(capture, &options, &origin, &mut |part| {
        let Part::Rows(batch) = part else { return Ok(()) };
        for entry in &batch.entries {
            if let Some(source) = Source::of(&batch.row(&origin, entry)) {
                artifacts::insert_source(&database, &source, &contents)?;
            }
        }
        Ok(())
    })?;
    processes::executed(&database)
}

#[cfg(test)]
mod tests;
