//! One capture, or many at once; findings come in the order in which the captures were named.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use analyzer::index::Index;
use analyzer::origin::Origin;
use anyhow::Result;
use detection::cost::Costs;
use detection::keep::Keeper;
use detection::report::{About, identity};
use detection::{Finding, Options, Summary, detect};
use formats::capture::Capture;
use signatures::Set;

use super::sink::{Hits, Sink};
use super::{Arguments, about};
use crate::failure::{chain, damaged};
use crate::follow::now_ns;
use crate::output::amount::counted;
use crate::progress::Progress;

/// Findings of one capture that are held until it is its turn. Of a capture with more, the others are found again then.
const MOST_HELD: usize = 50_000;

/// What was looked at.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) captures: Vec<Looked>,
    /// Captures that could not be read.
    pub(super) failed: usize,
    pub(super) costs: Costs,
}

/// A capture that was looked at.
pub(super) struct Looked {
    pub(super) about: About,
    pub(super) summary: Summary,
    pub(super) took: Duration,
    pub(super) hits: BTreeMap<usize, Hits>,
    /// Why it could not be read, or not to its end.
    pub(super) error: Option<String>,
}

/// What a worker found in a capture.
struct Found {
    about: About,
    findings: Vec<Finding>,
    /// Whether there are more than could be held.
    has_more: bool,
    summary: Summary,
    costs: Costs,
    took: Duration,
}

/// Looks at all of them.
pub(super) fn run(arguments: &Arguments, set: &Set, sink: &mut Sink<'_>) -> Result<Tally> {
    let mut tally = Tally::default();
    if let [only] = arguments.captures.as_slice() {
        let (looked, costs) = one(arguments, only, set, sink)?;
        say_incomplete(&looked, set, sink);
        tally.captures.push(looked);
        tally.costs = costs;
        return Ok(tally);
    }
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let threads = arguments.threads.map_or(processors, usize::from).min(arguments.captures.len());
    let progress = Progress::new("captures");
    let total = arguments.captures.len();
    let turns = Turns { next: Mutex::new(0), printed: Condvar::new(), ahead: 2 * threads };
    let queue = Mutex::new(arguments.captures.iter().enumerate());
    thread::scope(|scope| {
        let (sender, receiver) = channel();
        for _ in 0..threads {
            let (sender, queue, turns) = (sender.clone(), &queue, &turns);
            scope.spawn(move || work(arguments, set, queue, turns, &sender));
        }
        drop(sender);
        // The workers end when nobody waits for what they find.
        let printed =
            print(arguments, set, sink, &receiver, &turns, &mut tally, &|done| progress.at(done, total as u64));
        drop(receiver);
        turns.reach(usize::MAX);
        printed
    })?;
    Ok(tally)
}

/// Takes captures until there are no more.
fn work<'a>(
    arguments: &Arguments,
    set: &Set,
    queue: &Mutex<impl Iterator<Item = (usize, &'a std::path::PathBuf)>>,
    turns: &Turns,
    sender: &Sender<(usize, Result<Found>)>,
) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        let Some((index, path)) = next else { return };
        if turns.wait(index).is_break() || sender.send((index, hold(arguments, path, set))).is_err() {
            return;
        }
    }
}

/// Prints what was found, in the order of the captures.
fn print(
    arguments: &Arguments,
    set: &Set,
    sink: &mut Sink<'_>,
    found: &std::sync::mpsc::Receiver<(usize, Result<Found>)>,
    turns: &Turns,
    tally: &mut Tally,
    progress: &dyn Fn(u64),
) -> Result<()> {
    let mut waiting = HashMap::new();
    for (index, path) in arguments.captures.iter().enumerate() {
        let outcome = loop {
            if let Some(outcome) = waiting.remove(&index) {
                break outcome;
            }
            let Ok((index, outcome)) = found.recv() else { anyhow::bail!("a thread ended before its work") };
            waiting.insert(index, outcome);
        };
        let looked = match outcome.and_then(|found| counted_up(arguments, path, set, sink, found, &mut tally.costs)) {
            Ok(looked) => looked,
            Err(error) if crate::output::is_closed_stdout(&error) => return Err(error),
            Err(error) => {
                tally.failed += 1;
                let capture = path.display().to_string();
                let why = chain(&error);
                sink.note(&if why.contains(&capture) { why.clone() } else { format!("{capture}: {why}") });
                let about = About { capture, ..About::default() };
                Looked {
                    about,
                    summary: Summary::default(),
                    took: Duration::ZERO,
                    hits: BTreeMap::new(),
                    error: Some(why),
                }
            }
        };
        say_incomplete(&looked, set, sink);
        tally.captures.push(looked);
        turns.reach(index + 1);
        progress(index as u64 + 1);
    }
    Ok(())
}

/// Gives what was held to the sink.
fn counted_up(
    arguments: &Arguments,
    path: &Path,
    set: &Set,
    sink: &mut Sink<'_>,
    found: Found,
    costs: &mut Costs,
) -> Result<Looked> {
    if found.has_more {
        let (looked, own) = one(arguments, path, set, sink)?;
        costs.add(&own);
        return Ok(looked);
    }
    costs.add(&found.costs);
    let before = sink.hits().clone();
    let mut keeper = arguments.save.then(|| Keeper::begin(path, &found.about.capture_id)).transpose()?;
    sink.capture(&found.about);
    for finding in &found.findings {
        sink.finding(&found.about, finding, keeper.as_mut())?;
    }
    if let Some(keeper) = keeper {
        keeper.finish()?;
    }
    let Found { about, summary, took, .. } = found;
    Ok(Looked { about, summary, took, hits: added(&before, sink.hits()), error: None })
}

/// Looks at a capture and holds what is found.
fn hold(arguments: &Arguments, path: &Path, set: &Set) -> Result<Found> {
    let began = Instant::now();
    let (capture, origin) = open(path)?;
    let costs = RefCell::new(Costs::default());
    let (mut findings, mut has_more) = (Vec::new(), false);
    let options = options(arguments, &origin, 1, &costs);
    let summary = detect(&capture, set, options, &mut |finding| {
        has_more |= findings.len() >= MOST_HELD;
        if !has_more {
            findings.push(finding);
        }
        Ok(())
    })?;
    Ok(Found {
        about: about(&capture, &origin),
        findings,
        has_more,
        summary,
        costs: costs.into_inner(),
        took: began.elapsed(),
    })
}

/// Looks at a capture and gives what is found to the sink as it comes.
fn one(arguments: &Arguments, path: &Path, set: &Set, sink: &mut Sink<'_>) -> Result<(Looked, Costs)> {
    let began = Instant::now();
    let (capture, origin) = open(path)?;
    let about = about(&capture, &origin);
    let costs = RefCell::new(Costs::default());
    let before = sink.hits().clone();
    let mut keeper = arguments.save.then(|| Keeper::begin(path, &about.capture_id)).transpose()?;
    sink.capture(&about);
    let threads = arguments.threads.map_or(0, usize::from);
    let (progress, done) = (Progress::new("detecting"), Cell::new(0));
    let total = Index::gather(&capture)?.map_or(0, |index| index.events().map(|(_, rows)| rows).sum());
    let advance = |events| {
        done.set(done.get() + events);
        progress.at(done.get(), total);
    };
    let options = Options { progress: Some(&advance), ..options(arguments, &origin, threads, &costs) };
    let summary = detect(&capture, set, options, &mut |finding| sink.finding(&about, &finding, keeper.as_mut()))?;
    if let Some(keeper) = keeper {
        keeper.finish()?;
    }
    let hits = added(&before, sink.hits());
    Ok((Looked { about, summary, took: began.elapsed(), hits, error: None }, costs.into_inner()))
}

fn open(path: &Path) -> Result<(Capture, Origin)> {
    let capture = Capture::open(path)?;
    let origin = Origin::gather(&capture)?;
    Ok((capture, origin))
}

fn options<'o>(arguments: &Arguments, origin: &Origin, threads: usize, costs: &'o RefCell<Costs>) -> Options<'o> {
    let start_ns = origin.utc_ns(origin.start_boot_ns);
    let resolve = |moment: crate::arguments::time::Moment| moment.resolve(start_ns, now_ns(origin));
    Options {
        threads,
        since_ns: arguments.since.map(resolve),
        until_ns: arguments.until.map(resolve),
        costs: arguments.summary.is_some().then_some(costs),
        ..Options::default()
    }
}

/// What was found since.
fn added(before: &BTreeMap<usize, Hits>, now: &BTreeMap<usize, Hits>) -> BTreeMap<usize, Hits> {
    let since = |(index, hits): (&usize, &Hits)| {
        let before = before.get(index).copied().unwrap_or_default();
        let hits = Hits { counted: hits.counted - before.counted, suppressed: hits.suppressed - before.suppressed };
        (hits != Hits::default()).then_some((*index, hits))
    };
    now.iter().filter_map(since).collect()
}

/// Says what may be missing from the findings of a capture.
fn say_incomplete(looked: &Looked, set: &Set, sink: &mut Sink<'_>) {
    let Looked { about, summary, .. } = looked;
    if summary.damaged > 0 {
        sink.note(&format!("{}: {}", about.capture, damaged(summary.damaged)));
    }
    for (index, rows) in &summary.forgotten {
        let signature = set.signatures().get(*index).map_or("", identity);
        let rows = counted(*rows, "row");
        sink.note(&format!("{}: {signature} had to forget {rows} for want of room", about.capture));
    }
    if summary.lost > 0 {
        sink.note(&format!("{}: {} lost while recording", about.capture, counted(summary.lost, "event")));
    }
}

/// How far printing is, so that who finds does not run far ahead of it.
struct Turns {
    next: Mutex<usize>,
    printed: Condvar,
    ahead: usize,
}

impl Turns {
    /// Waits until this capture may be begun; breaks when nothing is printed any more.
    fn wait(&self, index: usize) -> ControlFlow<()> {
        let next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let is_early = |next: &mut usize| index >= next.saturating_add(self.ahead);
        let next = self.printed.wait_while(next, is_early).unwrap_or_else(PoisonError::into_inner);
        if *next == usize::MAX { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn reach(&self, next: usize) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = next;
        self.printed.notify_all();
    }
}
