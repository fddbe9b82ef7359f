//! `tracee query`: SQL over a capture, or over a database that `tracee replay` made.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use analyzer::origin::Origin;
use analyzer::query::Database;
use anyhow::{Context, Result, bail};
use formats::capture::Capture;

use crate::output::{Cell, Format, Printer, Stdout};
use crate::progress::Progress;

/// Arguments of `tracee query`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A capture, or a database that `replay` made
    #[arg(value_name = "CAPTURE|DB")]
    source: PathBuf,
    /// The question; several statements may follow each other
    #[arg(value_name = "SQL", required_unless_present = "file", conflicts_with = "file")]
    sql: Option<String>,
    /// Read the question from a file, - for standard input
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// How rows are printed
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Table)]
    output: Format,
    /// Segments that are replayed at once [default: one per processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// Prints the answers.
pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    let sql = match (arguments.sql, arguments.file) {
        (Some(sql), _) => sql,
        (None, Some(file)) => read(&file)?,
        (None, None) => bail!("no SQL given"),
    };
    if sql.trim().is_empty() {
        bail!("the SQL is empty");
    }
    let database = if Database::is_database(&arguments.source)? {
        Database::open_file(&arguments.source)?
    } else {
        let capture = Capture::open(&arguments.source)?;
        // What cannot be read at all is said of the capture, not of the database.
        Origin::gather(&capture)?;
        let progress = Progress::new("loading");
        let threads = arguments.threads.map_or(0, usize::from);
        Database::open_capture(&capture, threads, &|done, total| progress.at(done, total))?
    };
    let mut answers = Answers { format: arguments.output, printer: None, failed: None };
    let answers = std::cell::RefCell::new(&mut answers);
    database.run(&sql, &mut |columns| answers.borrow_mut().begin(columns), &mut |row| {
        answers.borrow_mut().row(row.iter().cloned().map(Cell::from).collect())
    })?;
    answers.into_inner().end()?;
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path) -> Result<String> {
    if file == Path::new("-") {
        let mut sql = String::new();
        io::stdin().read_to_string(&mut sql).context("cannot read SQL from standard input")?;
        return Ok(sql);
    }
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

/// Prints the result of each statement that has one, tables with an empty line between them.
struct Answers {
    format: Format,
    printer: Option<Printer<Stdout>>,
    failed: Option<io::Error>,
}

impl Answers {
    fn begin(&mut self, columns: &[&str]) {
        let columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
        match self.next(&columns) {
            Ok(printer) => self.printer = Some(printer),
            Err(error) => self.failed = Some(error),
        }
    }

    fn next(&mut self, columns: &[String]) -> io::Result<Printer<Stdout>> {
        if let Some(printer) = self.printer.take() {
            printer.finish()?;
            if self.format != Format::Json {
                let mut out = Stdout::lock();
                out.write_all(b"\n")?;
                out.flush()?;
            }
        }
        Printer::to_stdout(self.format, columns)
    }

    fn row(&mut self, cells: Vec<Cell>) -> Result<()> {
        if let Some(error) = self.failed.take() {
            return Err(error.into());
        }
        self.printer.as_mut().map_or(Ok(()), |printer| printer.row(cells)).map_err(Into::into)
    }

    fn end(&mut self) -> io::Result<()> {
        self.failed.take().map_or(Ok(()), Err)?;
        self.printer.take().map_or(Ok(()), Printer::finish)
    }
}
