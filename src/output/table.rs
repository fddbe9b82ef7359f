//! Aligned columns for people.
//!
//! Widths come from the first rows, so that a million rows neither wait nor stay in memory; a later value that is too
//! long pushes its own line only.

use std::io::{self, Write};

use super::{Cell, escape};

/// Rows that decide the widths.
const SAMPLE: usize = 200;
/// No column is padded beyond this.
const WIDEST: usize = 48;

/// A table being printed.
pub(super) struct Table {
    columns: Vec<String>,
    widths: Vec<usize>,
    right: Vec<bool>,
    /// Rows held back; `None` once the widths are known.
    sample: Option<Vec<Vec<Cell>>>,
}

impl Table {
    /// A table with these columns and no rows yet.
    pub(super) fn new(columns: &[String]) -> Table {
        let columns: Vec<String> = columns.iter().map(|name| escape::for_terminal(name).into_owned()).collect();
        let widths = columns.iter().map(|name| width(name)).collect();
        Table { right: vec![false; columns.len()], columns, widths, sample: Some(Vec::new()) }
    }

    /// Makes the columns at least so wide.
    #[cfg(feature = "analyze")]
    pub(super) fn widen(&mut self, widths: &[usize]) {
        for (column, width) in self.widths.iter_mut().zip(widths) {
            *column = (*column).max(*width);
        }
    }

    /// Takes one row; prints it, or all held back once there are enough.
    pub(super) fn row(&mut self, out: &mut impl Write, cells: Vec<Cell>) -> io::Result<()> {
        match &mut self.sample {
            None => self.line(out, &cells),
            Some(sample) => {
                sample.push(cells);
                if sample.len() < SAMPLE { Ok(()) } else { self.finish(out) }
            }
        }
    }

    /// Prints the column names and what was held back, unless that has happened.
    pub(super) fn finish(&mut self, out: &mut impl Write) -> io::Result<()> {
        let Some(sample) = self.sample.take() else {
            return Ok(());
        };
        for (index, column_width) in self.widths.iter_mut().enumerate() {
            let cells = || sample.iter().filter_map(|row| row.get(index));
            let widest = cells().map(|cell| width(&shown(cell))).max().unwrap_or(0);
            *column_width = widest.min(WIDEST).max(*column_width);
            let numbers = |cell: &Cell| matches!(cell, Cell::Integer(_) | Cell::Real(_) | Cell::Bool(_) | Cell::Null);
            self.right[index] = cells().all(numbers) && cells().any(|cell| *cell != Cell::Null);
        }
        let names: Vec<Cell> = self.columns.iter().map(|name| Cell::Text(name.clone())).collect();
        self.line(out, &names)?;
        sample.iter().try_for_each(|row| self.line(out, row))
    }

    fn line(&self, out: &mut impl Write, cells: &[Cell]) -> io::Result<()> {
        let mut line = String::new();
        for (index, cell) in cells.iter().enumerate() {
            let text = shown(cell);
            let fill = self.widths.get(index).map_or(0, |column| column.saturating_sub(width(&text)));
            let (before, after) = if self.right.get(index) == Some(&true) { (fill, 0) } else { (0, fill) };
            line.extend(std::iter::repeat_n(' ', before + if index > 0 { 2 } else { 0 }));
            line.push_str(&text);
            line.extend(std::iter::repeat_n(' ', after));
        }
        line.truncate(line.trim_end_matches(' ').len());
        line.push('\n');
        out.write_all(line.as_bytes())
    }
}

fn shown(cell: &Cell) -> String {
    escape::for_terminal(&cell.to_text()).into_owned()
}

/// Columns that the text takes on a terminal, one a character.
fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::{Cell, SAMPLE, Table};

    #[test]
    fn rows_are_printed_as_soon_as_the_widths_are_known() {
        let mut out = Vec::new();
        let mut table = Table::new(&["n".into()]);
        for n in 0..SAMPLE as i64 - 1 {
            table.row(&mut out, vec![Cell::Integer(n)]).unwrap();
        }
        assert!(out.is_empty());
        table.row(&mut out, vec![Cell::Integer(0)]).unwrap();
        assert_eq!(String::from_utf8_lossy(&out).lines().count(), SAMPLE + 1);
        table.row(&mut out, vec![Cell::Integer(1234)]).unwrap();
        table.finish(&mut out).unwrap();
        assert!(out.ends_with(b"\n1234\n"));
    }
}
