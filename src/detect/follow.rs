//! Findings in a capture that is being written, as they come.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use analyzer::follow::Follower;
use analyzer::loss::Loss;
use analyzer::replay::Options;
use analyzer::row::Row;
use analyzer::tables::Catalog;
use anyhow::{Context as _, Result, bail};
use detection::keep::Keeper;
use detection::report::About;
use detection::{Finding, Live};
use formats::capture::Capture;
use signatures::Set;

use super::sink::Sink;
use super::{Arguments, about};
use crate::failure::say;
use crate::follow::{self, Shower, now_ns};

/// Follows until the recording ends, or somebody wants no more.
pub(super) fn run(arguments: &Arguments, set: &Set, sink: &mut Sink<'_>) -> Result<()> {
    let [path] = arguments.captures.as_slice() else { bail!("--follow takes one capture") };
    let mut follower = follow::begin(path)?;
    let about = about(&Capture::open(path)?, follower.origin());
    let live = Live::new(set, &Catalog::of(&Capture::open(path)?)?, follower.origin())?;
    let (since_ns, until_ns) = bounds(arguments, &follower);
    follower.select(Options { events: live.events(), until_ns, ..Options::default() });
    let keeper = arguments.save.then(|| Keeper::begin(path, &about.capture_id)).transpose()?;
    sink.capture(&about);
    let is_stopped = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&is_stopped);
    ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed)).context("cannot wait for Ctrl-C")?;
    let mut watcher = Watcher { live, found: Vec::new(), is_idle: true, sink, about, keeper, since_ns, is_stopped };
    match follow::show(&mut follower, &mut watcher, || {}) {
        Err(error) if error.is::<Interrupted>() => say("stopped: the recording goes on"),
        other => other?,
    }
    watcher.settle()?;
    if let Some(keeper) = watcher.keeper {
        keeper.finish()?;
    }
    Ok(())
}

fn bounds(arguments: &Arguments, follower: &Follower) -> (i64, Option<i64>) {
    let origin = follower.origin();
    let start_ns = origin.utc_ns(origin.start_boot_ns);
    let resolve = |moment: crate::arguments::time::Moment| moment.resolve(start_ns, now_ns(origin));
    (arguments.since.map_or(i64::MIN, resolve), arguments.until.map(resolve))
}

/// Somebody pressed Ctrl-C.
#[derive(Debug)]
struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("stopped")
    }
}

impl std::error::Error for Interrupted {}

/// Puts rows to the signatures, and what they find to the sink.
struct Watcher<'w, 's> {
    live: Live<'w>,
    found: Vec<Finding>,
    /// Whether no row has come since the last look.
    is_idle: bool,
    sink: &'w mut Sink<'s>,
    about: About,
    keeper: Option<Keeper>,
    since_ns: i64,
    is_stopped: Arc<AtomicBool>,
}

impl Watcher<'_, '_> {
    fn give(&mut self) -> Result<()> {
        for finding in self.found.drain(..).filter(|finding| finding.ts_ns() >= self.since_ns) {
            self.sink.finding(&self.about, &finding, self.keeper.as_mut())?;
        }
        Ok(())
    }

    /// Gives what waited for rows that might have come before.
    fn settle(&mut self) -> Result<()> {
        self.live.finish(&mut self.found);
        self.give()
    }
}

impl Shower for Watcher<'_, '_> {
    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        self.is_idle = false;
        self.live.row(row, &mut self.found)?;
        self.give()
    }

    fn lost(&mut self, loss: &Loss) {
        self.live.lost(loss);
    }

    fn flush(&mut self) -> Result<()> {
        if std::mem::replace(&mut self.is_idle, true) {
            self.settle()?;
        }
        if self.is_stopped.load(Ordering::Relaxed) { Err(Interrupted.into()) } else { Ok(()) }
    }
}
