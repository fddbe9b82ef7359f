//! How fast signatures go over a capture, from the start of the program to its end: those that come with tracee, alone and with
//! the rules in the folder that SIGMA_RULES names.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use serde_json::Value;

use crate::large;
use crate::plan::Plan;
use crate::query::{Runs, cost, events, path, said};

/// Events of the capture that signatures go over.
const EVENTS: u64 = 5_000_000;
const TARGET: &str = "1 M/s of a core";

/// Runs them; nothing when this tracee has none.
pub(crate) fn compare(plan: &Plan, scratch: &Path) -> Result<Value> {
    if said(Command::new(&plan.tracee).args(["detect", "--help"])).is_err() {
        eprintln!("detection: this tracee has no `detect`");
        return Ok(Value::Null);
    }
    let capture = large::capture(plan, EVENTS, scratch)?;
    let events = events(plan, &capture)?;
    let (tracee, capture) = (path(&plan.tracee), path(&capture));
    let mut runs = Runs::default();
    let command = [&tracee, "detect", &capture, "--threads", "1", "--output", "none"];
    eprintln!("detection: built-in signatures");
    runs.add("signatures", "built-in", TARGET, events, &cost(plan.rounds.min(3), &command)?);
    match std::env::var("SIGMA_RULES") {
        Ok(rules) => {
            eprintln!("detection: built-in signatures and {rules}");
            let command = [&command[..], &["--signatures", &rules]].concat();
            runs.add("signatures", "built-in and Sigma", TARGET, events, &cost(plan.rounds.min(3), &command)?);
        }
        Err(_) => eprintln!("detection: without Sigma's rules (SIGMA_RULES says where they are)"),
    }
    Ok(runs.json(events))
}
