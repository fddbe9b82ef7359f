//! `tracee signatures`: whether signatures load, whether they find what they should, and their SQL text.

mod test;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use ::signatures::sql::{self, Dialect};
use ::signatures::{Body, Error, Options, Set, Signature, builtin};
use analyzer::tables::Catalog;
use anyhow::Result;
use detection::report::tracee_id;

use crate::failure;
use crate::output::{Cell, Format, Printer, Stdout};

/// Arguments of `tracee signatures`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Load signatures, and list which of them are evaluated, and why not
    Check(Check),
    /// Print the SQL text of signatures for an engine (docs/signatures.md says what it needs)
    Compile(Compile),
    /// Compare what signatures find in captures with what a file expects (docs/signatures.md)
    Test(test::Arguments),
}

#[derive(clap::Args)]
struct Check {
    /// Files of signatures, or directories of such
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How rows are printed
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Table)]
    output: Format,
}

#[derive(clap::Args)]
struct Compile {
    /// The engine: sqlite, datafusion or spark
    #[arg(long, value_name = "ENGINE", value_parser = dialect)]
    dialect: Dialect,
    /// Files of signatures, or directories of such
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

fn dialect(name: &str) -> Result<Dialect, String> {
    let known = Dialect::ALL.map(Dialect::label).join(", ");
    Dialect::named(name).ok_or_else(|| format!("there are {known}"))
}

/// Does what was asked for; status 2 when a signature is wrong.
pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    let paths = match &arguments.action {
        Action::Check(check) => &check.paths,
        Action::Compile(compile) => &compile.paths,
        Action::Test(arguments) => return test::run(arguments),
    };
    let set = match Set::load(paths, options()) {
        Ok(set) => set,
        Err(errors) => return Ok(told(&errors)),
    };
    match &arguments.action {
        Action::Check(check) => list(&set, check.output)?,
        Action::Compile(compile) => print(&set, compile.dialect)?,
        Action::Test(_) => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// What signatures are loaded with.
pub(crate) fn options() -> Options {
    Options { tables: detection::tables(&Catalog::builtin()), ..Options::default() }
}

/// Tells what is wrong, one line each.
pub(crate) fn told(errors: &[Error]) -> ExitCode {
    for error in errors {
        failure::say(&error.to_string());
    }
    ExitCode::from(failure::FAILED)
}

/// Prints the signatures that come with the program.
pub(crate) fn list_builtin(format: Format) -> Result<ExitCode> {
    let set = match Set::parse(&builtin::files(), options()) {
        Ok(set) => set,
        Err(errors) => return Ok(told(&errors)),
    };
    let columns =
        ["tracee_id", "title", "severity", "techniques", "source", "id", "evaluated", "reason"].map(str::to_owned);
    let mut printer = Printer::to_stdout(format, &columns)?;
    let text = |text: &str| if text.is_empty() { Cell::Null } else { Cell::Text(text.to_owned()) };
    for signature in set.signatures().iter().filter(|signature| signature.is_reported) {
        let metadata = &signature.metadata;
        printer.row(vec![
            text(tracee_id(signature).unwrap_or_default()),
            text(&metadata.title),
            text(metadata.level.name()),
            text(&metadata.techniques().collect::<Vec<_>>().join(" ")),
            text(source(&set, signature)),
            text(&metadata.id),
            Cell::Bool(signature.not_evaluated().is_none()),
            text(signature.not_evaluated().unwrap_or_default()),
        ])?;
    }
    printer.finish()?;
    Ok(ExitCode::SUCCESS)
}

fn list(set: &Set, format: Format) -> Result<()> {
    let columns = ["id", "title", "level", "source", "evaluated", "reason"].map(str::to_owned);
    let mut printer = Printer::to_stdout(format, &columns)?;
    let text = |text: &str| if text.is_empty() { Cell::Null } else { Cell::Text(text.to_owned()) };
    for signature in set.signatures() {
        let metadata = &signature.metadata;
        let why = signature.not_evaluated().map_or_else(|| signature.impossible().join("; "), str::to_owned);
        printer.row(vec![
            text(&metadata.id),
            text(&metadata.title),
            text(metadata.level.name()),
            text(source(set, signature)),
            Cell::Bool(signature.not_evaluated().is_none()),
            text(&why),
        ])?;
    }
    Ok(printer.finish()?)
}

/// What a signature reads: a table, or other signatures.
fn source<'a>(set: &'a Set, signature: &Signature) -> &'a str {
    match &signature.body {
        Body::Rows { table, .. } => set.tables().all().get(*table).map_or("", |table| &table.name),
        Body::Correlation(_) => "correlation",
        Body::Not { .. } => "",
    }
}

/// A comment and a statement for each signature that is evaluated; the others are comments alone.
fn print(set: &Set, dialect: Dialect) -> Result<()> {
    let mut out = Stdout::lock();
    for (index, signature) in set.signatures().iter().enumerate() {
        // In a comment nothing may end the line.
        writeln!(out, "-- {} {}", signature.metadata.id.escape_debug(), signature.metadata.title.escape_debug())?;
        match sql::statement(set, index, dialect) {
            Ok(statement) => writeln!(out, "{statement};")?,
            Err(reason) => writeln!(out, "-- not evaluated: {}", reason.escape_debug())?,
        }
    }
    Ok(out.flush()?)
}
