//! `tracee artifacts hash`: whether contents are what their SHA-256 says.

use std::process::ExitCode;

use analyzer::artifacts::Sum;
use anyhow::Result;

use super::{DIFFERS, Selection, numbered, open};
use crate::output::{Cell, Printer};

/// Arguments of `tracee artifacts hash`.
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,
}

const COLUMNS: [&str; 6] = ["result", "sha256", "computed", "size", "artifact", "path"];

/// Hashes the selected contents.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let selection = &arguments.selection;
    let (capture, artifacts) = open(&selection.capture)?;
    let mut reader = artifacts.reader()?;
    let mut printer = Printer::to_stdout(selection.output, &COLUMNS.map(str::to_owned))?;
    let mut differs = false;
    for selected in selection.contents(&capture, &artifacts)? {
        let artifact = selected.artifact;
        let sum = reader.sum(artifact)?;
        let result = match (sum, artifact.sha256) {
            (Sum::Is(hash), Some(known)) if hash == known => "match",
            (Sum::Is(_), Some(_)) => "differs",
            (Sum::Is(_), None) if artifact.is_complete => "computed",
            (Sum::Is(_), None) | (Sum::Incomplete, _) => "incomplete",
            (Sum::TooSparse, _) => "too_sparse",
        };
        differs |= result == "differs";
        let computed = match sum {
            Sum::Is(hash) => Cell::Text(analyzer::text::hex(&hash)),
            Sum::Incomplete | Sum::TooSparse => Cell::Null,
        };
        printer.row(vec![
            Cell::Text(result.to_owned()),
            artifact.hash().map_or(Cell::Null, Cell::Text),
            computed,
            Cell::Integer(artifact.size as i64),
            Cell::Text(numbered(artifact)),
            selected.path.map_or(Cell::Null, Cell::Text),
        ])?;
    }
    printer.finish()?;
    Ok(if differs { ExitCode::from(DIFFERS) } else { ExitCode::SUCCESS })
}
