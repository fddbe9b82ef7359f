//! Rows on standard output as table, JSON lines, CSV or Markdown.
//!
//! Every cell is data from a capture, so it may come from an enemy: nothing that is written here can move a terminal's
//! cursor. JSON and CSV lose nothing by it, a table is for people.

pub(crate) mod amount;
mod csv;
pub(crate) mod escape;
#[cfg(feature = "analyze")]
pub(crate) mod file_name;
mod json;
mod markdown;
mod stdout;
mod table;

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

pub(crate) use stdout::{Stdout, is_closed_stdout};

/// How rows are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns, for people.
    Table,
    /// One JSON object a line.
    Json,
    /// Comma-separated values (RFC 4180) under a line of column names.
    Csv,
    /// A table of Markdown.
    Markdown,
}

/// One value of a row.
#[cfg_attr(not(feature = "analyze"), allow(dead_code, reason = "some values come from captures only"))]
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// No value: empty in a table and CSV.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes: hexadecimal digits in every format.
    Blob(Vec<u8>),
    /// JSON: itself in JSON, elsewhere its text.
    Json(String),
    /// Yes or no: 1 or 0 but in JSON.
    Bool(bool),
}

#[cfg(feature = "analyze")]
impl From<analyzer::query::Cell> for Cell {
    fn from(cell: analyzer::query::Cell) -> Cell {
        match cell {
            analyzer::query::Cell::Null => Cell::Null,
            analyzer::query::Cell::Integer(value) => Cell::Integer(value),
            analyzer::query::Cell::Real(value) => Cell::Real(value),
            analyzer::query::Cell::Text(value) => Cell::Text(value),
            analyzer::query::Cell::Blob(value) => Cell::Blob(value),
        }
    }
}

impl Cell {
    /// The value as plain text, as CSV holds it.
    fn to_text(&self) -> String {
        match self {
            Cell::Null => String::new(),
            Cell::Integer(value) => value.to_string(),
            Cell::Real(value) => format!("{value:?}"),
            Cell::Text(value) | Cell::Json(value) => value.clone(),
            Cell::Bool(value) => u8::from(*value).to_string(),
            Cell::Blob(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

/// Prints rows of named columns in one of the formats.
pub(crate) struct Printer<W> {
    out: W,
    shape: Shape,
}

enum Shape {
    Table(table::Table),
    Json(Vec<String>),
    Csv { to_terminal: bool },
    Markdown,
}

impl Printer<Stdout> {
    /// Starts printing rows with these columns to standard output.
    pub(crate) fn to_stdout(format: Format, columns: &[String]) -> io::Result<Self> {
        Printer::new(format, columns, Stdout::lock(), io::stdout().is_terminal())
    }
}

impl<W: Write> Printer<W> {
    /// Starts printing rows with these columns; each row must have as many cells.
    ///
    /// `to_terminal` keeps CSV, which has no escapes of its own, from reaching a terminal as it is.
    pub(crate) fn new(format: Format, columns: &[String], mut out: W, to_terminal: bool) -> io::Result<Self> {
        let shape = match format {
            Format::Table => Shape::Table(table::Table::new(columns)),
            Format::Json => Shape::Json(json::keys(columns)),
            Format::Csv => {
                csv::write_row(&mut out, columns.iter().map(|name| for_csv(name, to_terminal)))?;
                Shape::Csv { to_terminal }
            }
            Format::Markdown => {
                markdown::write_head(&mut out, columns)?;
                Shape::Markdown
            }
        };
        Ok(Printer { out, shape })
    }

    /// Prints one row. A table holds back its first rows until it knows how wide its columns are.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) -> io::Result<()> {
        match &mut self.shape {
            Shape::Table(table) => table.row(&mut self.out, cells),
            Shape::Json(keys) => json::write_row(&mut self.out, keys, &cells),
            Shape::Csv { to_terminal } => {
                let texts: Vec<String> = cells.iter().map(Cell::to_text).collect();
                csv::write_row(&mut self.out, texts.iter().map(|text| for_csv(text, *to_terminal)))
            }
            Shape::Markdown => markdown::write_row(&mut self.out, cells.iter().map(|cell| cell.to_text().into())),
        }
    }

    /// Makes the columns of a table at least so wide.
    #[cfg(feature = "analyze")]
    pub(crate) fn widen(&mut self, widths: &[usize]) {
        if let Shape::Table(table) = &mut self.shape {
            table.widen(widths);
        }
    }

    /// Prints what was held back and flushes.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.flush()
    }

    /// The same, and goes on: the widths of a table's columns are as they are now.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if let Shape::Table(table) = &mut self.shape {
            table.finish(&mut self.out)?;
        }
        self.out.flush()
    }
}

fn for_csv(text: &str, to_terminal: bool) -> Cow<'_, str> {
    if to_terminal { escape::for_terminal(text) } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Format, Printer};

    fn printed(format: Format, rows: Vec<Vec<Cell>>) -> String {
        printed_to(format, rows, false)
    }

    fn printed_to(format: Format, rows: Vec<Vec<Cell>>, to_terminal: bool) -> String {
        let mut out = Vec::new();
        let mut printer = Printer::new(format, &["name".into(), "n".into()], &mut out, to_terminal).unwrap();
        for row in rows {
            printer.row(row).unwrap();
        }
        printer.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    fn rows() -> Vec<Vec<Cell>> {
        vec![
            vec![Cell::Text("a \"b\",\x1b[2J\u{9b}\n".into()), Cell::Integer(5)],
            vec![Cell::Null, Cell::Integer(-12)],
            vec![Cell::Blob(vec![0, 255]), Cell::Real(1.0)],
        ]
    }

    #[test]
    fn a_table_aligns_and_escapes() {
        assert_eq!(
            printed(Format::Table, rows()),
            "name                       n\na \"b\",\\x1b[2J\\u{9b}\\x0a    5\n                         -12\n00ff                     1.0\n"
        );
    }

    #[test]
    fn json_lines_are_typed_and_escaped() {
        assert_eq!(
            printed(Format::Json, rows()),
            "{\"name\":\"a \\\"b\\\",\\u001b[2J\\u009b\\n\",\"n\":5}\n{\"name\":null,\"n\":-12}\n{\"name\":\"00ff\",\"n\":1.0}\n"
        );
    }

    #[test]
    fn csv_is_quoted_where_it_must_be() {
        assert_eq!(printed(Format::Csv, rows()), "name,n\r\n\"a \"\"b\"\",\x1b[2J\u{9b}\n\",5\r\n,-12\r\n00ff,1.0\r\n");
    }

    #[test]
    fn csv_on_a_terminal_is_escaped() {
        let lines = printed_to(Format::Csv, rows(), true);
        assert!(lines.starts_with("name,n\r\n\"a \"\"b\"\",\\x1b[2J\\u{9b}\\x0a\",5\r\n"), "{lines}");
    }

    #[test]
    fn no_rows_still_show_the_columns_in_a_table_and_csv() {
        assert_eq!(printed(Format::Table, vec![]), "name  n\n");
        assert_eq!(printed(Format::Csv, vec![]), "name,n\r\n");
        assert_eq!(printed(Format::Json, vec![]), "");
    }
}
