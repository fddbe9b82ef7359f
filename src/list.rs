//! `tracee list`: what this tracee knows.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::Result;
use formats::event::{Event, FIRST_RECORDER_EVENT};

use crate::output::{Cell, Format, Printer};

/// Arguments of `tracee list`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(clap::Subcommand)]
enum Subject {
    /// The events that can be recorded, with their fields
    Events(Events),
    /// The event sets that `record --events` takes
    Sets(Output),
    /// The signatures that `tracee detect` has
    #[cfg(feature = "analyze")]
    Signatures(Output),
    /// The questions that `tracee query CAPTURE @NAME` knows
    #[cfg(feature = "analyze")]
    Queries(Output),
}

#[derive(clap::Args)]
struct Events {
    /// Try this kernel: which hook it gives for each event, and what is missing
    #[arg(long)]
    host: bool,
    #[command(flatten)]
    output: Output,
}

#[derive(clap::Args)]
struct Output {
    /// How rows are printed
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Table)]
    output: Format,
}

/// Prints the list that was asked for.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    match &arguments.subject {
        Subject::Events(Events { host: true, output }) => list_host(output.output)?,
        Subject::Events(Events { host: false, output }) => list_events(output.output)?,
        Subject::Sets(output) => list_sets(output.output)?,
        #[cfg(feature = "analyze")]
        Subject::Signatures(output) => return crate::signatures::list_builtin(output.output),
        #[cfg(feature = "analyze")]
        Subject::Queries(output) => list_queries(output.output)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list_events(format: Format) -> Result<()> {
    let columns = ["name", "lane", "sets", "description", "fields"].map(str::to_owned);
    let mut printer = Printer::to_stdout(format, &columns)?;
    for event in listed() {
        let fields: Vec<&str> = event.fields.iter().map(|field| field.name).collect();
        let texts = [event.name, event.lane.name(), &event.sets.join(" "), event.doc, &fields.join(" ")];
        printer.row(texts.map(|text| Cell::Text(text.to_owned())).to_vec())?;
    }
    Ok(printer.finish()?)
}

#[cfg(feature = "record")]
fn list_host(format: Format) -> Result<()> {
    let sights = recorder::survey(true)?;
    let mut printer = Printer::to_stdout(format, &["name", "hook", "not_given"].map(str::to_owned))?;
    for (name, sight) in sights {
        let refused: Vec<String> = sight.refused.iter().map(|(hook, why)| format!("{hook}: {why}")).collect();
        let hook = sight.hook.map_or(Cell::Null, Cell::Text);
        printer.row(vec![Cell::Text(name.to_owned()), hook, Cell::Text(refused.join("; "))])?;
    }
    Ok(printer.finish()?)
}

#[cfg(not(feature = "record"))]
fn list_host(_: Format) -> Result<()> {
    anyhow::bail!("this build of tracee cannot record, so it cannot try the kernel's hooks")
}

fn list_sets(format: Format) -> Result<()> {
    let mut members: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for event in listed() {
        for set in event.sets.iter().chain(&["all"]) {
            members.entry(set).or_default().push(event.name);
        }
    }
    let mut printer = Printer::to_stdout(format, &["set", "events"].map(str::to_owned))?;
    for (set, events) in members {
        printer.row(vec![Cell::Text(set.to_owned()), Cell::Text(events.join(" "))])?;
    }
    Ok(printer.finish()?)
}

#[cfg(feature = "analyze")]
fn list_queries(format: Format) -> Result<()> {
    let mut printer = Printer::to_stdout(format, &["query", "parameters", "answers"].map(str::to_owned))?;
    for query in crate::query::shipped()? {
        printer.row([query.name.clone(), query.usage(), query.about].map(Cell::Text).to_vec())?;
    }
    Ok(printer.finish()?)
}

/// The log's own structure is no event that one could ask for.
fn listed() -> impl Iterator<Item = &'static Event> {
    formats::events::all().filter(|event| event.id >= FIRST_RECORDER_EVENT)
}
