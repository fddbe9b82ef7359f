//! Packets as rows: what people look at, or every column.

use analyzer::packets::{COLUMNS, Column, Names, Packet, SHOWN, Tally};
use anyhow::Result;

use super::Taker;
use crate::output::{Cell, Format, Printer, Stdout};

/// Prints packets to standard output.
pub(super) struct Table {
    printer: Printer<Stdout>,
    columns: &'static [Column],
}

impl Table {
    /// Begins. `is_live`: rows are to be seen when they come, so nothing waits for columns to be wide enough.
    pub(super) fn new(format: Format, is_live: bool) -> Result<Table> {
        let columns = if format == Format::Table { SHOWN } else { COLUMNS };
        let names: Vec<String> = columns.iter().map(|column| column.name.to_owned()).collect();
        let mut printer = Printer::to_stdout(format, &names)?;
        if is_live {
            printer.widen(&names.iter().map(|name| usual_width(name)).collect::<Vec<_>>());
        }
        Ok(Table { printer, columns })
    }
}

impl Taker for Table {
    fn take(&mut self, packet: &Packet<'_>, _: &Names) -> Result<()> {
        Ok(self.printer.row(self.columns.iter().map(|column| Cell::from((column.value)(packet))).collect())?)
    }

    fn flush(&mut self) -> Result<()> {
        Ok(self.printer.flush()?)
    }

    fn finish(&mut self, _: &Tally, _: &Names) -> Result<()> {
        self.flush()
    }
}

/// About as wide as a column's values are.
fn usual_width(name: &str) -> usize {
    match name {
        "time" => 26,
        "process" => 20,
        "flow" => 40,
        "protocol" => 8,
        "length" => 6,
        _ => 0,
    }
}
