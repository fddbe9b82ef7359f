//! `tracee events`: a capture's events, one a line.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

use analyzer::origin::Origin;
use analyzer::replay::{Options, event_names, replay};
use anyhow::{Result, bail};
use formats::capture::Capture;

use crate::arguments::names;
use crate::arguments::time::{self, Moment};
use crate::failure::{damaged, say};
use crate::follow::{self, Shower};
use crate::output::{Format, Stdout};
use crate::showing::{self, Rows};

/// Arguments of `tracee events`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The capture: a directory of segments, a packed file or one segment
    #[arg(value_name = "CAPTURE")]
    capture: PathBuf,
    /// Go on with what is still being recorded, until that ends; needs a directory
    #[arg(short, long)]
    follow: bool,
    /// Only these events; * stands for any characters
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    event: Vec<String>,
    /// Only from this time on: RFC 3339, "YYYY-MM-DD HH:MM:SS" (UTC), +5s from the capture's start, or now
    #[arg(long, value_name = "T", value_parser = time::parse)]
    since: Option<Moment>,
    /// Only before this time
    #[arg(long, value_name = "T", value_parser = time::parse)]
    until: Option<Moment>,
    /// How rows are printed
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Table)]
    output: Format,
    /// The same as --output json
    #[arg(short, long, conflicts_with = "output")]
    json: bool,
    #[command(flatten)]
    showing: showing::Arguments,
    /// Segments that are replayed at once [default: one per processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

impl Arguments {
    fn options(&self, origin: &Origin) -> Result<Options> {
        let start_ns = origin.utc_ns(origin.start_boot_ns);
        let now_ns = follow::now_ns(origin);
        let resolve = |moment: Moment| moment.resolve(start_ns, now_ns);
        Ok(Options {
            threads: self.threads.map_or(0, usize::from),
            events: wanted(&Capture::open(&self.capture)?, &self.event)?,
            since_ns: self.since.map(resolve),
            until_ns: self.until.map(resolve),
            ..Options::default()
        })
    }
}

/// Prints the events that were asked for.
pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    let format = if arguments.json { Format::Json } else { arguments.output };
    let rows = || Rows::new(&arguments.showing, format, Stdout::lock(), io::stdout().is_terminal(), arguments.follow);
    if arguments.follow {
        let mut follower = follow::begin(&arguments.capture)?;
        let options = arguments.options(follower.origin())?;
        follower.select(options);
        follow::show(&mut follower, &mut rows()?, || {})?;
        return Ok(ExitCode::SUCCESS);
    }
    let capture = Capture::open(&arguments.capture)?;
    let origin = Origin::gather(&capture)?;
    let options = arguments.options(&origin)?;
    let mut rows = rows()?;
    let summary = replay(&capture, &options, &mut |row| rows.row(row))?;
    rows.flush()?;
    if !summary.damage.is_empty() {
        say(&damaged(summary.damage.len() as u64));
    }
    Ok(ExitCode::SUCCESS)
}

/// The names that the words stand for among those that the capture or this build knows.
fn wanted(capture: &Capture, words: &[String]) -> Result<Option<Vec<String>>> {
    if words.is_empty() {
        return Ok(None);
    }
    let known = event_names(capture);
    let mut names = Vec::new();
    for word in words.iter().map(|word| word.trim()) {
        let before = names.len();
        names.extend(known.iter().filter(|name| names::matches(word, name)).cloned());
        if names.len() == before {
            bail!(names::unknown("event", word, known.iter().map(String::as_str)));
        }
    }
    Ok(Some(names))
}
