//! The listing: sources of artifacts with what they are, chosen by a condition in SQL.

use anyhow::{Result, bail};
use formats::capture::Capture;
use formats::events::content::ARTIFACT_SOURCE;
use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::{Artifacts, Source};
use crate::filter::check;
use crate::origin::Origin;
use crate::query::{Cell, Database};
use crate::replay::{Options, replay};
use crate::sqlite::artifacts as tables;

/// Columns of the listing: those of the table `artifact_sources`, then those of `artifacts`. Those that both have are the
/// source's; the artifact's own begin with `artifact_`.
pub const COLUMNS: [&str; 34] = [
    "ts",
    "kind",
    "sha256",
    "size",
    "complete",
    "way",
    "path",
    "exe",
    "ts_ns",
    "process_key",
    "host_pid",
    "comm",
    "container_id",
    "flags",
    "version",
    "dev",
    "inode",
    "mode",
    "ctime_ns",
    "missing_bytes",
    "held_ns",
    "address",
    "why",
    "segment",
    "artifact",
    "artifact_key",
    "type",
    "stored_bytes",
    "hole_bytes",
    "artifact_size",
    "artifact_complete",
    "sources",
    "first_ns",
    "first_ts",
];

/// A content that no source names is listed too: its record may be all that is left.
const VIEW: &str = "CREATE VIEW listing AS SELECT s.ts, s.kind, coalesce(s.sha256, a.sha256) AS sha256,
        coalesce(s.size, a.size) AS size, coalesce(s.complete, a.complete) AS complete, s.way, s.path, s.exe, s.ts_ns,
        s.process_key, s.host_pid, s.comm, s.container_id, s.flags, s.version, s.dev, s.inode, s.mode, s.ctime_ns,
        s.missing_bytes, s.held_ns, s.address, s.why, s.segment, coalesce(s.artifact, a.artifact_key) AS artifact,
        a.artifact_key, a.type, a.stored_bytes, a.hole_bytes, a.size AS artifact_size, a.complete AS artifact_complete,
        a.sources, a.first_ns, a.first_ts
    FROM artifact_sources s FULL JOIN artifacts a ON a.artifact_key = s.artifact_key";

/// Sources of a capture's artifacts.
pub struct Listing {
    database: Database,
}

impl Listing {
    /// Lists the sources, on so many threads (0 for one per processor).
    ///
    /// # Errors
    /// The capture cannot be read, or a temporary file not be written.
    pub fn of(capture: &Capture, artifacts: &Artifacts, threads: usize) -> Result<Listing> {
        let origin = Origin::gather(capture)?;
        let database = Database::temporary(|database| {
            database.execute_batch("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN")?;
            tables::create(database)?;
            tables::insert_artifacts(database, artifacts, &origin)?;
            let options =
                Options { threads, events: Some(vec![ARTIFACT_SOURCE.name.to_owned()]), ..Options::default() };
            replay(capture, &options, &mut |row| match Source::of(row) {
                Some(source) => tables::insert_source(database, &source, artifacts),
                None => Ok(()),
            })?;
            Ok(database.execute_batch(&format!("{VIEW}; COMMIT"))?)
        })?;
        Ok(Listing { database })
    }

    /// Gives the wanted columns of every source that the condition holds for (every one without a condition), in order of
    /// time.
    ///
    /// # Errors
    /// The condition is none or cannot be evaluated, a column is none, or `each` failed.
    pub fn select(
        &self,
        columns: &[&str],
        condition: Option<&str>,
        each: &mut dyn FnMut(&[Cell]) -> Result<()>,
    ) -> Result<()> {
        if let Some(column) = columns.iter().find(|column| !COLUMNS.contains(column)) {
            bail!("no such column: {column}");
        }
        condition.map_or(Ok(()), check_condition)?;
        let condition = condition.unwrap_or("1");
        let sql = format!("SELECT {} FROM listing WHERE (\n{condition}\n) ORDER BY ts_ns, artifact", columns.join(","));
        self.database.run(&sql, &mut |_| {}, each)
    }
}

/// Refuses what is no condition over [`COLUMNS`].
///
/// # Errors
/// Says where and why.
pub fn check_condition(condition: &str) -> Result<()> {
    if condition.trim().is_empty() {
        bail!("the condition is empty");
    }
    let database = Connection::open_in_memory()?;
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    tables::create(&database)?;
    database.execute_batch(VIEW)?;
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    database.execute_batch("PRAGMA query_only=ON")?;
    // Only what is one expression is right in both places.
    check(&database, "SELECT 1 FROM listing WHERE (", condition, "\n)")?;
    check(&database, "SELECT ", condition, "\nFROM listing")
}
