//! The tables of artifacts: what contents there are, and where each was.

use anyhow::Result;
use rusqlite::Connection;

use super::FIRST_CAPTURE;
use super::tables::{create_table, insert_into};
use crate::artifacts::{Artifact, Artifacts, Source};
use crate::origin::Origin;
use crate::tables::{ARTIFACT_SOURCES, ARTIFACTS};
use crate::text;

/// Makes the tables.
pub(crate) fn create(database: &Connection) -> Result<()> {
    create_table(database, &ARTIFACTS)?;
    create_table(database, &ARTIFACT_SOURCES)
}

/// Stores what contents there are.
pub(crate) fn insert_artifacts(database: &Connection, artifacts: &Artifacts, origin: &Origin) -> Result<()> {
    let mut insert = insert_into(database, &ARTIFACTS)?;
    for artifact in artifacts.list() {
        let first_ns = artifact.first_boot_ns.map(|boot_ns| origin.utc_ns(boot_ns));
        insert.execute((
            artifact.key as i64,
            artifact.hash(),
            artifact.size as i64,
            artifact.stored_bytes as i64,
            artifact.hole_bytes.map(|bytes| bytes as i64),
            artifact.is_complete,
            artifact.kind,
            artifact.sources as i64,
            first_ns,
            first_ns.map(text::timestamp),
            FIRST_CAPTURE,
        ))?;
    }
    Ok(())
}

/// Stores a source.
pub(crate) fn insert_source(database: &Connection, source: &Source, artifacts: &Artifacts) -> Result<()> {
    let mut insert = insert_into(database, &ARTIFACT_SOURCES)?;
    let artifact = artifacts.get(source.artifact);
    let mut at = 0;
    macro_rules! bind {
        ($($value:expr),* $(,)?) => {{ $(at += 1; insert.raw_bind_parameter(at, $value)?;)* }};
    }
    bind!(artifact.map(|artifact| artifact.key as i64), artifact.and_then(Artifact::hash));
    bind!(source.ts_ns, text::timestamp(source.ts_ns), source.process_key, source.host_pid);
    bind!(source.comm.as_deref(), source.exe.as_deref(), source.container_id.as_deref());
    bind!(&source.kind, &source.way, &source.flags);
    bind!(source.is_complete && artifact.is_some_and(|artifact| artifact.is_complete), source.version);
    bind!(source.path.as_deref(), source.dev.as_deref(), source.inode.map(|inode| inode as i64));
    bind!(source.mode.as_deref(), source.ctime_ns, source.size as i64, source.missing_bytes as i64);
    bind!(source.held_ns as i64, source.address.map(|address| address as i64), source.why.as_deref());
    bind!(source.segment as i64, Some(source.artifact as i64).filter(|number| *number != 0), FIRST_CAPTURE);
    insert.raw_execute()?;
    Ok(())
}
