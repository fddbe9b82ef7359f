//! `tracee artifacts list`: one row per source.

use std::process::ExitCode;

use analyzer::artifacts::COLUMNS;
use anyhow::Result;

use super::{Selection, open};
use crate::output::{Cell, Format, Printer};

/// Arguments of `tracee artifacts list`.
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,
}

/// Columns that a table for people has.
const SHOWN: usize = 8;
/// Digits of a hash that it shows.
const SHOWN_DIGITS: usize = 16;

/// Prints the sources.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let selection = &arguments.selection;
    let (capture, artifacts) = open(&selection.capture)?;
    let listing = selection.listing(&capture, &artifacts)?;
    let for_people = selection.output == Format::Table;
    let columns = if for_people { &COLUMNS[..SHOWN] } else { &COLUMNS[..] };
    let names: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
    let mut printer = Printer::to_stdout(selection.output, &names)?;
    listing.select(columns, selection.filter.as_deref(), &mut |row| {
        let mut cells: Vec<Cell> = row.iter().cloned().map(Cell::from).collect();
        for (name, cell) in columns.iter().zip(&mut cells) {
            if let ("sha256", true, Cell::Text(hash)) = (*name, for_people, cell) {
                hash.truncate(SHOWN_DIGITS);
            }
        }
        Ok(printer.row(cells)?)
    })?;
    printer.finish()?;
    Ok(ExitCode::SUCCESS)
}
