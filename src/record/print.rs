//! `record --print`: what is being recorded, shown meanwhile.
//!
//! The capture is followed as any other reader would follow it, by a thread of its own. A reader of what is printed who
//! does not read makes this thread wait, and nothing else.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::failure::say;
use crate::follow;
use crate::output::{Format, Stdout, is_closed_stdout};
use crate::showing::{self, Rows};

/// When recording is over and nobody reads for so long, printing is over too.
const PATIENCE: Duration = Duration::from_secs(5);

/// Arguments about it.
#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Arguments {
    /// Print events while recording, to standard output (which the command has too) or to a file, pipe or terminal
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "-")]
    print: Option<PathBuf>,
    /// How --print prints
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Table)]
    print_format: Format,
    /// The same as --print-format json
    #[arg(short, long, conflicts_with = "print_format")]
    json: bool,
    #[command(flatten)]
    showing: showing::Arguments,
}

/// What is to be printed, and where.
pub(crate) struct Print {
    target: Target,
    format: Format,
    showing: showing::Arguments,
}

enum Target {
    Stdout,
    File(File),
    /// Something that is there, like a named pipe: opening it may wait for its reader.
    Other(PathBuf),
}

impl Arguments {
    /// What was asked for; an error when it cannot be done.
    pub(crate) fn check(self) -> Result<Option<Print>> {
        let Some(path) = self.print else {
            let stray = self.json.then_some("--json").or(self.showing.given());
            if let Some(stray) = stray {
                bail!("{stray} is about what --print prints, and there is no --print");
            }
            return Ok(None);
        };
        let target = if path == Path::new("-") {
            Target::Stdout
        } else if path.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
            Target::Other(path)
        } else {
            let file = OpenOptions::new().write(true).create_new(true).open(&path);
            Target::File(file.with_context(|| format!("cannot make {}", path.display()))?)
        };
        let format = if self.json { Format::Json } else { self.print_format };
        Ok(Some(Print { target, format, showing: self.showing }))
    }
}

/// Printing under way.
pub(crate) struct Printing {
    thread: Option<JoinHandle<Result<()>>>,
    /// Grows as long as what is printed is taken.
    taken: Arc<AtomicU64>,
}

impl Print {
    /// Begins to print what is recorded into `capture`.
    pub(crate) fn start(self, capture: &Path) -> Printing {
        let taken = Arc::new(AtomicU64::new(0));
        let (capture, counter) = (capture.to_owned(), Arc::clone(&taken));
        let thread =
            thread::Builder::new().name("tracee-print".to_owned()).spawn(move || self.print(&capture, &counter));
        let thread = thread.map_err(|error| say(&format!("cannot print: {error}"))).ok();
        Printing { thread, taken }
    }

    fn print(self, capture: &Path, taken: &AtomicU64) -> Result<()> {
        recorder::be_an_ordinary_thread();
        let (out, is_terminal): (Box<dyn Write>, bool) = match self.target {
            Target::Stdout => (Box::new(Stdout::lock()), io::stdout().is_terminal()),
            Target::File(file) => (Box::new(BufWriter::new(file)), false),
            Target::Other(path) => {
                let file = OpenOptions::new().write(true).open(&path);
                let file = file.with_context(|| format!("cannot open {}", path.display()))?;
                let is_terminal = file.is_terminal();
                (Box::new(BufWriter::new(file)), is_terminal)
            }
        };
        let mut rows = Rows::new(&self.showing, self.format, out, is_terminal, true)?;
        let mut follower = follow::begin(capture)?;
        follow::show(&mut follower, &mut rows, || _ = taken.fetch_add(1, Ordering::Relaxed))
    }
}

impl Printing {
    /// Waits until everything is printed, as long as somebody takes it.
    pub(crate) fn finish(self) {
        let Some(thread) = self.thread else { return };
        let mut seen = (self.taken.load(Ordering::Relaxed), Instant::now());
        while !thread.is_finished() {
            thread::sleep(Duration::from_millis(5));
            let taken = self.taken.load(Ordering::Relaxed);
            if taken != seen.0 {
                seen = (taken, Instant::now());
            } else if seen.1.elapsed() >= PATIENCE {
                say("printing stopped: nobody reads it; the capture has everything");
                return;
            }
        }
        match thread.join() {
            Ok(Err(error)) if !is_closed_stdout(&error) => say(&format!("printing stopped: {error:#}")),
            Ok(_) => {}
            Err(_) => say("printing stopped: its thread failed"),
        }
    }
}
