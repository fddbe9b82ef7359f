//! What answers: SQLite, or the columnar engine where it is built in.

#[cfg(feature = "columnar")]
use std::path::Path;

use analyzer::origin::Origin;
use analyzer::query::{Coverage, Database, Engine};
use anyhow::Result;
use formats::capture::{Capture, is_being_written};

use super::{Arguments, MEMORY};
use crate::progress::Progress;

/// The engines.
#[cfg(feature = "columnar")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Choice {
    /// SQLite, on a database into which everything is loaded.
    Sqlite,
    /// DataFusion, which reads of the capture what a question names.
    Columnar,
}

/// An engine that is ready.
pub(super) enum Answering {
    /// SQLite.
    Sqlite(Box<Database>),
    /// DataFusion.
    #[cfg(feature = "columnar")]
    Columnar(Box<columnar::Session>),
}

impl Answering {
    /// What it is asked by.
    pub(super) fn get(&self) -> &dyn Engine {
        match self {
            Answering::Sqlite(database) => &**database,
            #[cfg(feature = "columnar")]
            Answering::Columnar(session) => &**session,
        }
    }
}

/// An engine, and what it answers from.
pub(super) struct Opened {
    pub(super) engine: Answering,
    /// `None` when that is not known.
    pub(super) covered: Option<Coverage>,
    /// Whether the capture is still being written.
    pub(super) is_written: bool,
}

/// Opens what is asked.
pub(super) fn open(arguments: &Arguments) -> Result<Opened> {
    let memory = arguments.memory.unwrap_or(MEMORY);
    if Database::is_database(&arguments.source)? {
        return on_sqlite(Database::open_file(&arguments.source)?, memory, false);
    }
    #[cfg(feature = "columnar")]
    if columnar::parquet::is_dataset(&arguments.source) {
        return on_dataset(&arguments.source, arguments.threads.map_or(0, usize::from), memory);
    }
    // Asked before anything is read: what ends meanwhile was not read to its end.
    let is_written = arguments.source.is_dir() && is_being_written(&arguments.source);
    let capture = Capture::open(&arguments.source)?;
    // What cannot be read at all is said of the capture, not of the database.
    Origin::gather(&capture)?;
    let threads = arguments.threads.map_or(0, usize::from);
    #[cfg(feature = "columnar")]
    if arguments.engine == Choice::Columnar {
        return on_columns(&capture, threads, memory, is_written);
    }
    let progress = Progress::new("loading");
    let database = Database::open_capture(&capture, threads, &|done, total| progress.at(done, total))?;
    on_sqlite(database, memory, is_written)
}

fn on_sqlite(mut database: Database, memory: u64, is_written: bool) -> Result<Opened> {
    database.limit_memory(memory)?;
    let covered = Coverage::of(&database).ok();
    Ok(Opened { engine: Answering::Sqlite(Box::new(database)), covered, is_written })
}

/// What is known of the capture is read off its index: asking the engine would read all of it.
#[cfg(feature = "columnar")]
fn on_columns(capture: &Capture, threads: usize, memory: u64, is_written: bool) -> Result<Opened> {
    let session = columnar::Session::over_capture(capture, &options(threads, memory))?;
    let covered = Coverage::of_capture(&analyzer::info::Info::gather(capture)?);
    Ok(Opened { engine: Answering::Columnar(Box::new(session)), covered: Some(covered), is_written })
}

/// A dataset that `replay` made. Its tables are asked what they cover: they are small files.
#[cfg(feature = "columnar")]
fn on_dataset(directory: &Path, threads: usize, memory: u64) -> Result<Opened> {
    let dataset = columnar::parquet::Dataset::open(directory)?;
    let session = columnar::Session::over_dataset(dataset, &options(threads, memory))?;
    let covered = Coverage::of(&session).ok();
    Ok(Opened { engine: Answering::Columnar(Box::new(session)), covered, is_written: false })
}

#[cfg(feature = "columnar")]
fn options(threads: usize, memory: u64) -> columnar::Options {
    let memory_limit = usize::try_from(memory).unwrap_or(usize::MAX);
    columnar::Options { memory_limit, threads, ..columnar::Options::default() }
}
