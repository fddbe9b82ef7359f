//! Prints the answers of a question, tables with an empty line between them.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};

use analyzer::query::Answer;
use anyhow::Result;

use super::prompt::paging::Screen;
use super::watch::Watch;
use crate::output::{Cell, Format, Printer, Stdout};

/// Where answers are printed.
pub(super) enum Place {
    /// Standard output.
    Stdout,
    /// A terminal: through the pager when they are longer than it is high.
    Screen(Screen),
    /// A file.
    File(File),
}

impl Place {
    fn writer(&self) -> io::Result<Box<dyn Write>> {
        Ok(match self {
            Place::Stdout => Box::new(Stdout::lock()),
            Place::Screen(screen) => Box::new(screen.clone()),
            Place::File(file) => Box::new(BufWriter::new(file.try_clone()?)),
        })
    }

    fn is_terminal(&self) -> bool {
        match self {
            Place::Stdout => io::stdout().is_terminal(),
            Place::Screen(_) => true,
            Place::File(_) => false,
        }
    }
}

/// Answers being printed.
pub(super) struct Answers {
    format: Format,
    place: Place,
    printer: Option<Printer<Box<dyn Write>>>,
    rows: u64,
    watch: Option<Watch>,
}

impl Answers {
    /// Nothing yet.
    pub(super) fn new(format: Format, place: Place) -> Answers {
        Answers { format, place, printer: None, rows: 0, watch: None }
    }

    /// Ends what shows how far the question is before anything is printed over it.
    pub(super) fn watch(&mut self, watch: Watch) {
        self.watch = Some(watch);
    }

    /// How many rows there were.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Begins an answer.
    pub(super) fn begin(&mut self, columns: &[String]) -> io::Result<()> {
        if let Some(printer) = self.printer.take() {
            printer.finish()?;
            if self.format != Format::Json {
                let mut out = self.place.writer()?;
                out.write_all(b"\n")?;
                out.flush()?;
            }
        }
        self.printer = Some(Printer::new(self.format, columns, self.place.writer()?, self.place.is_terminal())?);
        Ok(())
    }

    /// Prints a row of it.
    pub(super) fn print(&mut self, cells: Vec<Cell>) -> io::Result<()> {
        self.rows += 1;
        if self.place.is_terminal() {
            self.watch = None;
        }
        self.printer.as_mut().map_or(Ok(()), |printer| printer.row(cells))
    }

    /// Prints what was held back, and waits for who pages it.
    pub(super) fn end(&mut self) -> io::Result<()> {
        self.watch = None;
        let printed = self.printer.take().map_or(Ok(()), Printer::finish);
        match &self.place {
            Place::Screen(screen) => printed.and(screen.finish()),
            Place::Stdout | Place::File(_) => printed,
        }
    }
}

impl Answer for Answers {
    fn columns(&mut self, names: &[&str]) -> Result<()> {
        let columns: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Ok(self.begin(&columns)?)
    }

    fn row(&mut self, cells: &[analyzer::query::Cell]) -> Result<()> {
        Ok(self.print(cells.iter().cloned().map(Cell::from).collect())?)
    }
}
