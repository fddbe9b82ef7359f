//! `tracee packets`: packets with who sent or got them, as rows or as files for programs that read packets.

mod output;
mod table;
mod write;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use analyzer::follow::Follower;
use analyzer::info::Info;
use analyzer::loss::Loss;
use analyzer::origin::Origin;
use analyzer::packets::{About, EVENT, Filter, Names, Packet, Tally, losses};
use analyzer::replay::{Options, replay};
use analyzer::row::Row;
use anyhow::Result;
use formats::capture::Capture;

use crate::failure::{damaged, say};
use crate::follow::{self, Shower};
use crate::output::Format;
use crate::output::amount::counted;
use table::Table;
use write::{Files, Split};

/// Arguments of `tracee packets`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The capture: a directory of segments, a packed file or one segment
    #[arg(value_name = "CAPTURE")]
    capture: PathBuf,
    /// Write them into a new pcapng file, which Wireshark and tshark read; - for standard output
    #[arg(short, long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// A file for each process, container, or command (name of a program in a container), named after FILE
    #[arg(long, value_name = "BY", value_enum, requires = "write")]
    split: Option<Split>,
    /// Only packets of which this SQL condition over their columns is true
    #[arg(long, value_name = "SQL", value_parser = condition)]
    filter: Option<String>,
    /// Go on with what is still being recorded, until that ends; needs a directory
    #[arg(short, long)]
    follow: bool,
    /// How rows are printed
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Table)]
    output: Format,
    /// Segments that are replayed at once [default: one per processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// Refuses a wrong condition before anything else is done.
fn condition(text: &str) -> Result<String, String> {
    Filter::new(text).map(|_| text.to_owned()).map_err(|error| format!("{error:#}"))
}

/// Shows the packets, or writes them.
pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    let source = Source::open(&arguments)?;
    match &arguments.write {
        None => {
            let mut table = Chosen::new(&arguments, Table::new(arguments.output, arguments.follow)?)?;
            source.give(&mut table)?;
            table.finish()?;
        }
        Some(path) => {
            let files = Files::new(path, arguments.split, source.about()?)?;
            let mut files = Chosen::new(&arguments, files)?;
            let given = source.give(&mut files).and_then(|()| files.finish());
            if let Err(error) = given {
                // Half a file is worse than none, but for one that was to be read while it grew.
                if !arguments.follow {
                    files.to.remove();
                }
                return Err(error);
            }
            files.to.list(arguments.output)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Where packets come from.
enum Source {
    Whole { capture: Capture, options: Box<Options> },
    Growing(Box<Follower>),
}

impl Source {
    fn open(arguments: &Arguments) -> Result<Source> {
        let threads = arguments.threads.map_or(0, usize::from);
        let options = Options { threads, events: Some(vec![EVENT.to_owned()]), ..Options::default() };
        if !arguments.follow {
            return Ok(Source::Whole { capture: Capture::open(&arguments.capture)?, options: Box::new(options) });
        }
        let mut follower = follow::begin(&arguments.capture)?;
        follower.select(options);
        Ok(Source::Growing(Box::new(follower)))
    }

    fn about(&self) -> Result<About> {
        match self {
            Source::Whole { capture, .. } => Ok(About::of(&Origin::gather(capture)?, Some(&Info::gather(capture)?))),
            Source::Growing(follower) => Ok(About::of(follower.origin(), None)),
        }
    }

    fn give<T: Taker>(self, to: &mut Chosen<T>) -> Result<()> {
        let (capture, options) = match self {
            Source::Whole { capture, options } => (capture, options),
            Source::Growing(mut follower) => return follow::show(&mut follower, to, || {}),
        };
        for loss in losses(&capture)? {
            to.lost(&loss);
        }
        let summary = replay(&capture, &options, &mut |row| to.row(row))?;
        if !summary.damage.is_empty() {
            say(&damaged(summary.damage.len() as u64));
        }
        if to.tally.lost() > 0 {
            say(&format!("{} lost; the table `losses` says which", counted(to.tally.lost(), "packet")));
        }
        if to.tally.seen() == 0 && to.malformed == 0 {
            say("there are no packets in the capture: `tracee record --capture net` keeps them");
        }
        Ok(())
    }
}

/// Takes the packets that were chosen.
trait Taker {
    /// Takes one; these are the names that were told so far.
    fn take(&mut self, packet: &Packet<'_>, names: &Names) -> Result<()>;

    /// Lets everything so far be seen.
    fn flush(&mut self) -> Result<()>;

    /// Nothing more comes; this is what all of it comes to.
    fn finish(&mut self, tally: &Tally, names: &Names) -> Result<()>;
}

/// Chooses packets of rows, and counts all.
struct Chosen<T> {
    filter: Option<Filter>,
    tally: Tally,
    names: Names,
    malformed: u64,
    to: T,
}

impl<T: Taker> Chosen<T> {
    fn new(arguments: &Arguments, to: T) -> Result<Chosen<T>> {
        let filter = arguments.filter.as_deref().map(Filter::new).transpose()?;
        Ok(Chosen { filter, tally: Tally::default(), names: Names::default(), malformed: 0, to })
    }

    fn finish(&mut self) -> Result<()> {
        if self.malformed > 0 {
            say(&format!("{} malformed and left out", counted(self.malformed, "packet")));
        }
        self.to.finish(&self.tally, &self.names)
    }
}

impl<T: Taker> Shower for Chosen<T> {
    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        let Some(mut packet) = Packet::of(row) else {
            self.malformed += 1;
            return Ok(());
        };
        packet.name(&self.names);
        self.names.learn(&packet);
        let is_accepted = self.filter.as_ref().map_or(Ok(true), |filter| filter.accepts(&packet))?;
        self.tally.count(&packet, is_accepted);
        if is_accepted { self.to.take(&packet, &self.names) } else { Ok(()) }
    }

    fn lost(&mut self, loss: &Loss) {
        self.tally.add_loss(loss);
    }

    fn flush(&mut self) -> Result<()> {
        self.to.flush()
    }
}

/// Whether a file is standard output.
fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-"
}
