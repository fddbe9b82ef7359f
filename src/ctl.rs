//! `tracee ctl`: asks a recording that runs how it is, stops it, or changes its scope.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use recorder::control::{Request, ask};
use serde_json::Value;

use crate::output::{Cell, Format, Printer};

/// Arguments of `tracee ctl`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The capture that is being recorded
    #[arg(value_name = "CAPTURE")]
    capture: PathBuf,
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// How the recording is
    Status(Output),
    /// End it
    Stop,
    /// Whose events it records
    #[command(subcommand)]
    Scope(Scope),
}

#[derive(clap::Subcommand)]
enum Scope {
    /// The policies in force
    List(Output),
    /// Record also what all these expressions hold for
    Add {
        /// As `record --scope` takes them
        #[arg(required = true, value_name = "EXPR", allow_hyphen_values = true)]
        expressions: Vec<String>,
    },
    /// Record no longer what a policy asks for
    Remove {
        /// Its name, as `list` shows it
        #[arg(value_name = "POLICY")]
        name: String,
    },
}

#[derive(clap::Args)]
struct Output {
    /// How rows are printed
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Table)]
    output: Format,
}

/// Asks, and prints the answer.
pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    let ask = |request| ask(&arguments.capture, &request);
    match &arguments.what {
        What::Status(output) => print_status(&ask(Request::Status)?, output.output)?,
        What::Stop => _ = ask(Request::Stop)?,
        What::Scope(Scope::List(output)) => print_scope(&ask(Request::ScopeList)?, output.output)?,
        What::Scope(Scope::Add { expressions }) => {
            let answer = ask(Request::ScopeAdd { expressions: expressions.clone() })?;
            let mut printer = Printer::to_stdout(Format::Table, &["policy".to_owned()])?;
            printer.row(vec![text(&answer["added"])])?;
            printer.finish()?;
        }
        What::Scope(Scope::Remove { name }) => _ = ask(Request::ScopeRemove { name: name.clone() })?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints what a recording says of itself, a row.
pub(crate) fn print_status(status: &Value, format: Format) -> Result<()> {
    const COLUMNS: [&str; 7] = ["capture", "pid", "seconds", "segment", "segment_bytes", "frames", "lost"];
    let mut printer = Printer::to_stdout(format, &COLUMNS.map(str::to_owned))?;
    printer.row(COLUMNS.iter().map(|column| text(&status[*column])).collect())?;
    Ok(printer.finish()?)
}

fn print_scope(policies: &Value, format: Format) -> Result<()> {
    let mut printer = Printer::to_stdout(format, &["policy", "scope", "of_command"].map(str::to_owned))?;
    for policy in policies.as_array().into_iter().flatten() {
        let expressions = policy["scope"].as_array().into_iter().flatten();
        let scope: Vec<&str> = expressions.filter_map(Value::as_str).collect();
        printer.row(vec![text(&policy["name"]), Cell::Text(scope.join(" ")), text(&policy["of_command"])])?;
    }
    Ok(printer.finish()?)
}

fn text(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::String(text) => Cell::Text(text.clone()),
        other => Cell::Text(other.to_string()),
    }
}
