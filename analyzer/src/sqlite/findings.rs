//! The tables of findings, out of the file that is kept beside the capture.

use anyhow::{Context as _, Result};
use formats::capture::Capture;
use rusqlite::Connection;
use serde_json::Value;

use super::tables::{create_table, insert_into};
use crate::findings;
use crate::origin::Origin;
use crate::tables::{FINDING_EVENTS, FINDINGS};

/// Makes the tables.
pub(super) fn create(database: &Connection) -> Result<()> {
    create_table(database, &FINDINGS)?;
    create_table(database, &FINDING_EVENTS)
}

/// Binds the values in order, and runs the statement.
macro_rules! store {
    ($statement:expr, $($value:expr),* $(,)?) => {{
        let mut at = 0;
        $(at += 1; $statement.raw_bind_parameter(at, $value)?;)*
        $statement.raw_execute()?
    }};
}

/// Stores what is kept.
pub(super) fn insert(database: &Connection, capture: &Capture, origin: &Origin) -> Result<()> {
    let (mut finding, mut event) = (insert_into(database, &FINDINGS)?, insert_into(database, &FINDING_EVENTS)?);
    findings::read(capture, origin, &mut |value| {
        let key = value["finding_key"].as_i64().context("a finding without a key")?;
        let evidence = value["evidence"].as_array().map_or(&[][..], Vec::as_slice);
        let last = evidence.last().context("a finding without a row")?;
        let process = &value["process"];
        let techniques = value["techniques"].as_array().map_or(&[][..], Vec::as_slice);
        let techniques: Vec<&str> = techniques.iter().filter_map(Value::as_str).collect();
        let stored = store!(
            finding,
            key,
            value["signature"].as_str(),
            value["title"].as_str(),
            value["version"].as_str(),
            value["severity"].as_str(),
            techniques.join(" "),
            value["ts_ns"].as_i64(),
            value["ts"].as_str(),
            value["boot_ns"].as_i64(),
            last["event"].as_str(),
            last["event_key"].as_i64(),
            process["process_key"].as_i64(),
            process["host_pid"].as_i64(),
            process["comm"].as_str(),
            process["exe"].as_str(),
            process["command_line"].as_str(),
            process["uid"].as_i64(),
            value["container_id"].as_str(),
            value["fingerprint"].as_str(),
            value["loss"].as_bool(),
            value["forgot"].as_bool(),
            value["suppressed"]["reason"].as_str(),
        );
        // One that is there twice is one.
        for (number, row) in (1i64..).zip(evidence).take_while(|_| stored > 0) {
            store!(
                event,
                key,
                number,
                row["table"].as_str(),
                row["event"].as_str(),
                row["event_key"].as_i64(),
                row["ts_ns"].as_i64(),
                row["ts"].as_str(),
                row["boot_ns"].as_i64(),
                row["fields"].to_string(),
            );
        }
        Ok(())
    })
}
