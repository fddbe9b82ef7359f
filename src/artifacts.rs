//! `tracee artifacts`: the content that a capture holds, listed, checked, and given out.

mod cat;
mod directory;
mod extract;
mod hash;
mod list;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use analyzer::artifacts::{Artifact, Artifacts, Listing, Run, check_condition};
use analyzer::query::Cell;
use anyhow::Result;
use formats::capture::Capture;

use crate::failure::say;
use crate::output::Format;
use crate::output::amount::counted;

/// Arguments of `tracee artifacts`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Show where each content was: executed, written, read, held in memory
    List(list::Arguments),
    /// Write contents into files, named by their SHA-256
    Extract(extract::Arguments),
    /// Write one content to standard output
    Cat(cat::Arguments),
    /// Compute SHA-256 anew and compare
    Hash(hash::Arguments),
}

/// Which artifacts of which capture, and how rows are printed.
#[derive(clap::Args)]
struct Selection {
    /// The capture: a directory of segments, a packed file or one segment
    #[arg(value_name = "CAPTURE")]
    capture: PathBuf,
    /// Only those of which this SQL condition over the columns of the tables `artifact_sources` and `artifacts` is true
    #[arg(long, value_name = "SQL", value_parser = condition)]
    filter: Option<String>,
    /// How rows are printed
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Table)]
    output: Format,
    /// Segments that are read at once [default: one per processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// Exit status when something is not what it should be, or not all there.
const DIFFERS: u8 = 1;
/// Exit status when something could not be done.
const FAILED: u8 = 2;

/// Does what was asked for.
pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.command {
        Command::List(arguments) => list::run(&arguments),
        Command::Extract(arguments) => extract::run(&arguments),
        Command::Cat(arguments) => cat::run(&arguments),
        Command::Hash(arguments) => hash::run(&arguments),
    }
}

/// Refuses a wrong condition before anything else is done.
fn condition(text: &str) -> Result<String, String> {
    check_condition(text).map(|()| text.to_owned()).map_err(|error| format!("{error:#}"))
}

/// Reads what a capture says about artifacts; what is wrong with it is said.
fn open(path: &Path) -> Result<(Capture, Artifacts)> {
    let capture = Capture::open(path)?;
    let artifacts = Artifacts::of(&capture)?;
    if let Some(first) = artifacts.damage().first() {
        let count = counted(artifacts.damage().len() as u64, "finding");
        say(&format!("{count}, as in segment {}: {}; the table `damage` has all", first.segment, first.what));
    }
    Ok((capture, artifacts))
}

impl Selection {
    fn listing(&self, capture: &Capture, artifacts: &Artifacts) -> Result<Listing> {
        Listing::of(capture, artifacts, self.threads.map_or(0, usize::from))
    }

    /// The selected contents in the order they were first seen, each with the path that it was first seen at.
    fn contents<'a>(&self, capture: &Capture, artifacts: &'a Artifacts) -> Result<Vec<Selected<'a>>> {
        let mut selected: Vec<Selected<'a>> = Vec::new();
        let mut positions = std::collections::HashMap::new();
        self.listing(capture, artifacts)?.select(&["artifact_key", "path"], self.filter.as_deref(), &mut |row| {
            let [Cell::Integer(key), path] = row else { return Ok(()) };
            let path = match path {
                Cell::Text(path) => Some(path.clone()),
                _ => None,
            };
            let position = *positions.entry(*key).or_insert(selected.len());
            match selected.get_mut(position) {
                Some(known) => known.path = known.path.take().or(path),
                None => {
                    selected.extend(artifacts.get(*key as u64).map(|artifact| Selected { artifact, path }));
                }
            }
            Ok(())
        })?;
        Ok(selected)
    }
}

/// A content that was selected.
struct Selected<'a> {
    artifact: &'a Artifact,
    /// Escaped, as columns are.
    path: Option<String>,
}

/// What an artifact is called that has no hash.
fn numbered(artifact: &Artifact) -> String {
    format!("artifact-{}", artifact.key)
}

/// What is missing of an artifact, in words; `None` when nothing is.
fn missing(artifacts: &Artifacts, artifact: &Artifact) -> Result<Option<String>> {
    let mut first = None;
    let (mut ranges, mut bytes) = (0, 0u64);
    artifacts.reader()?.read(artifact, &mut |offset, length, run| {
        if let Run::Missing(why) = run {
            first.get_or_insert((offset, length, why));
            ranges += 1;
            bytes = bytes.saturating_add(length);
        }
        Ok(())
    })?;
    let Some((offset, length, why)) = first else { return Ok(None) };
    let more =
        if ranges > 1 { format!(", {} in {ranges} places in all", counted(bytes, "byte")) } else { String::new() };
    Ok(Some(format!("{} from {offset} on: {why}{more}", counted(length, "byte"))))
}
