//! `tracee artifacts extract`: contents as files.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use analyzer::artifacts::{Artifact, Reader, Run, Sum, Summing};
use anyhow::{Context as _, Result};

use super::directory::Directory;
use super::{DIFFERS, FAILED, Selected, Selection, numbered, open};
use crate::arguments::size;
use crate::failure::say;
use crate::output::file_name::harmless;
use crate::output::{Cell, Printer};

/// Arguments of `tracee artifacts extract`.
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// The directory to write into; it is made when it is not there, and nothing in it is written over
    #[arg(short = 'o', long = "directory", value_name = "DIR")]
    directory: PathBuf,
    /// Put the recorded name behind the beginning of the hash, as far as it is harmless
    #[arg(long)]
    names: bool,
    /// Also what is not complete, into files that end in .partial, with holes for what is missing
    #[arg(long)]
    partial: bool,
    /// Stop before more bytes than this would be written
    #[arg(long, value_name = "SIZE", value_parser = size::parse, default_value = "16GiB")]
    max_size: u64,
}

const COLUMNS: [&str; 6] = ["status", "file", "sha256", "size", "artifact", "path"];

/// What became of one artifact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    /// All of it is in its file.
    Extracted,
    /// What there is of it is in its file.
    Partial,
    /// It is not complete, and nobody asked for a part of it.
    Incomplete,
    /// It is not what its hash says.
    Differs,
    /// There is a file of that name.
    Exists,
    /// It would be more than is to be written.
    OverLimit,
    /// The system refused; standard error has why.
    Failed,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Status::Extracted => "extracted",
            Status::Partial => "partial",
            Status::Incomplete => "incomplete",
            Status::Differs => "differs",
            Status::Exists => "exists",
            Status::OverLimit => "over_limit",
            Status::Failed => "failed",
        }
    }

    fn exit(self) -> u8 {
        match self {
            Status::Extracted => 0,
            Status::Partial | Status::Incomplete | Status::Differs => DIFFERS,
            Status::Exists | Status::OverLimit | Status::Failed => FAILED,
        }
    }
}

/// Writes the files, and a manifest of them to standard output.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let selection = &arguments.selection;
    let (capture, artifacts) = open(&selection.capture)?;
    let contents = selection.contents(&capture, &artifacts)?;
    let mut extraction = Extraction {
        arguments,
        directory: Directory::open(&arguments.directory)?,
        reader: artifacts.reader()?,
        left: arguments.max_size,
    };
    let mut printer = Printer::to_stdout(selection.output, &COLUMNS.map(str::to_owned))?;
    let mut worst = 0;
    for selected in contents {
        // One that cannot be had (its size may be a lie) keeps nobody from the others.
        let (status, file) = extraction.extract(&selected).unwrap_or_else(|error| {
            say(&format!("{error:#}"));
            (Status::Failed, None)
        });
        worst = worst.max(status.exit());
        printer.row(vec![
            Cell::Text(status.word().to_owned()),
            file.map_or(Cell::Null, Cell::Text),
            selected.artifact.hash().map_or(Cell::Null, Cell::Text),
            Cell::Integer(selected.artifact.size as i64),
            Cell::Text(numbered(selected.artifact)),
            selected.path.map_or(Cell::Null, Cell::Text),
        ])?;
    }
    printer.finish()?;
    Ok(ExitCode::from(worst))
}

struct Extraction<'a> {
    arguments: &'a Arguments,
    directory: Directory,
    reader: Reader<'a>,
    /// Bytes that may still be written.
    left: u64,
}

impl Extraction<'_> {
    /// Gives the file's name, if one was made.
    fn extract(&mut self, selected: &Selected<'_>) -> Result<(Status, Option<String>)> {
        let artifact = selected.artifact;
        if !artifact.is_complete {
            return self.extract_part(selected, artifact.hash(), Status::Incomplete);
        }
        let name = self.name(selected, artifact.hash());
        let (status, sum) = self.write(artifact, &name, false)?;
        let file = (status == Status::Extracted).then(|| name.clone());
        match (sum, artifact.sha256) {
            (Some(Sum::Is(hash)), Some(known)) if hash != known => {
                self.remove(&name)?;
                // Its number names it: the hash is another's.
                self.extract_part(selected, None, Status::Differs)
            }
            (Some(Sum::Incomplete), _) => {
                self.remove(&name)?;
                self.extract_part(selected, artifact.hash(), Status::Incomplete)
            }
            _ => Ok((status, file)),
        }
    }

    /// The same of what is not complete, or not what it says: only if that was asked for.
    fn extract_part(
        &mut self,
        selected: &Selected<'_>,
        hash: Option<String>,
        otherwise: Status,
    ) -> Result<(Status, Option<String>)> {
        if !self.arguments.partial {
            return Ok((otherwise, None));
        }
        let name = format!("{}.partial", self.name(selected, hash));
        let (status, _) = self.write(selected.artifact, &name, true)?;
        match status {
            Status::Extracted if otherwise == Status::Differs => Ok((Status::Differs, Some(name))),
            Status::Extracted => Ok((Status::Partial, Some(name))),
            status => Ok((status, None)),
        }
    }

    fn name(&self, selected: &Selected<'_>, hash: Option<String>) -> String {
        let whole = hash.unwrap_or_else(|| numbered(selected.artifact));
        if !self.arguments.names {
            return whole;
        }
        let short = if whole.starts_with("artifact-") { &whole } else { whole.get(..PREFIX_DIGITS).unwrap_or(&whole) };
        match selected.path.as_deref().map(harmless).filter(|name| !name.is_empty()) {
            Some(name) => format!("{short}-{name}"),
            None => short.to_owned(),
        }
    }

    /// Makes the file and writes it; what could not be written to its end is removed again.
    fn write(&mut self, artifact: &Artifact, name: &str, partial: bool) -> Result<(Status, Option<Sum>)> {
        if artifact.stored_bytes > self.left {
            return Ok((Status::OverLimit, None));
        }
        let cannot = || format!("cannot write {}", self.arguments.directory.join(name).display());
        let Some(mut file) = self.directory.create(name).with_context(cannot)? else {
            return Ok((Status::Exists, None));
        };
        self.left -= artifact.stored_bytes;
        match fill(&mut self.reader, artifact, &mut file, partial) {
            Ok(sum) => Ok((Status::Extracted, Some(sum))),
            Err(error) => {
                self.remove(name)?;
                Err(error).with_context(cannot)
            }
        }
    }

    fn remove(&self, name: &str) -> Result<()> {
        let path = self.arguments.directory.join(name);
        self.directory.remove(name).with_context(|| format!("cannot remove {}", path.display()))
    }
}

/// Writes the content; holes, and with `partial` what is missing, stay holes.
fn fill(reader: &mut Reader<'_>, artifact: &Artifact, file: &mut File, partial: bool) -> Result<Sum> {
    let mut sum = Summing::default();
    // First, so that a size that the file system cannot have is known before anything is written.
    file.set_len(artifact.size)?;
    reader.read(artifact, &mut |offset, length, run| {
        if !partial {
            sum.add(length, run);
        }
        if let Run::Data(bytes) = run {
            file.seek(SeekFrom::Start(offset))?;
            file.write_all(bytes)?;
        }
        Ok(())
    })?;
    Ok(sum.end())
}

/// Digits of a hash that a recorded name is put behind.
const PREFIX_DIGITS: usize = 16;
