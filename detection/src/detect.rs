//! One pass over a capture: its rows into the signatures.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};

use analyzer::loss::Loss;
use analyzer::origin::Origin;
use analyzer::row::Row;
use analyzer::scan::Scanner;
use analyzer::tables::Catalog;
use analyzer::tabulate::{Extent, Tabulator, Told};
use anyhow::Result;
use formats::capture::Capture;
use signatures::Set;

use crate::cost::Costs;
use crate::feed::Feed;
use crate::finding::Finding;

/// How to look.
#[derive(Clone, Copy, Default)]
pub struct Options<'o> {
    /// Segments that are replayed at once; 0 for as many as there are processors.
    pub threads: usize,
    /// Findings from this time on, UTC nanoseconds. What was before counts for correlations all the same.
    pub since_ns: Option<i64>,
    /// Findings before this time, UTC nanoseconds.
    pub until_ns: Option<i64>,
    /// Set by somebody else when it is to end early.
    pub cancel: Option<&'o AtomicBool>,
    /// Told now and then how many events more were read.
    pub progress: Option<&'o dyn Fn(u64)>,
    /// What measures the cost of each signature.
    pub costs: Option<&'o RefCell<Costs>>,
}

/// What a pass came to.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Rows that signatures were asked about.
    pub rows: u64,
    /// Parts of the capture that could not be read.
    pub damaged: u64,
    /// Frames that the capture says were lost.
    pub lost: u64,
    /// Correlations, by their index in the set, that had to forget rows for want of room, and how many.
    pub forgotten: Vec<(usize, u64)>,
    /// Whether it was ended early.
    pub cancelled: bool,
}

/// Gives `each` what the signatures find in a capture, in the order of time; of one row, in the order of the signatures. The set
/// may have been loaded with the tables of any capture: columns that this one does not have are missing values.
///
/// # Errors
/// The capture cannot be read, or `each` failed.
pub fn detect(
    capture: &Capture,
    set: &Set,
    options: Options<'_>,
    each: &mut dyn FnMut(Finding) -> Result<()>,
) -> Result<Summary> {
    let scanner = Scanner::of(capture)?;
    let mut feed = Feed::new(scanner.catalog(), set).measured(options.costs);
    let wanted = feed.wanted();
    let extent = Extent { threads: options.threads, since_ns: None, until_ns: options.until_ns };
    let mut summary = Summary::default();
    let mut findings = Vec::new();
    let is_wanted = |finding: &Finding| options.since_ns.is_none_or(|since_ns| finding.ts_ns() >= since_ns);
    let mut give = |findings: &mut Vec<Finding>| findings.drain(..).filter(is_wanted).try_for_each(&mut *each);
    let passed = scanner.tabulate(&wanted, &extent, &mut |told| {
        match told {
            Told::Lost(losses) => {
                for loss in losses {
                    summary.lost = summary.lost.saturating_add(loss.count);
                    feed.lost(loss);
                }
            }
            Told::Row(position, row) => {
                summary.rows += 1;
                feed.row(position, &row);
            }
            Told::Read(events) => {
                if let Some(progress) = options.progress {
                    progress(events);
                }
                feed.settle(&mut findings);
                give(&mut findings)?;
                if options.cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed)) {
                    anyhow::bail!(Cancelled);
                }
            }
        }
        Ok(())
    });
    match passed {
        Ok(passed) => summary.damaged = passed.damage.len() as u64,
        Err(error) if error.is::<Cancelled>() => summary.cancelled = true,
        Err(error) => return Err(error),
    }
    feed.finish(&mut findings);
    give(&mut findings)?;
    summary.forgotten = feed.forgotten();
    Ok(summary)
}

/// It was ended early.
#[derive(Debug)]
struct Cancelled;

impl std::fmt::Display for Cancelled {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("ended early")
    }
}

impl std::error::Error for Cancelled {}

/// Signatures over a capture that is being written.
pub struct Live<'s> {
    feed: Feed<'s>,
    tabulator: Tabulator,
}

impl<'s> Live<'s> {
    /// Nothing is seen yet of a capture of this origin, which has these tables.
    ///
    /// # Errors
    /// A table that signatures read is not made of single events.
    pub fn new(set: &'s Set, catalog: &Catalog, origin: &Origin) -> Result<Live<'s>> {
        let feed = Feed::new(catalog, set);
        let mut tabulator = Tabulator::new(catalog, &feed.wanted())?;
        tabulator.assume(origin);
        Ok(Live { feed, tabulator })
    }

    /// Names of the events that signatures need; `None` for all.
    pub fn events(&self) -> Option<Vec<String>> {
        self.tabulator.events()
    }

    /// Takes the next event and adds what is found with those that none can come before any more.
    ///
    /// # Errors
    /// The event cannot be read.
    pub fn row(&mut self, event: &Row<'_>, findings: &mut Vec<Finding>) -> Result<()> {
        let feed = &mut self.feed;
        self.tabulator.live(event, &mut |position, row| {
            feed.row(position, &row);
            Ok(())
        })?;
        feed.settle(findings);
        Ok(())
    }

    /// Takes note of what is missing.
    pub fn lost(&mut self, loss: &Loss) {
        self.feed.lost(loss);
    }

    /// Adds what is found with all that was taken: when nothing more comes for a while, and at the end.
    pub fn finish(&mut self, findings: &mut Vec<Finding>) {
        self.feed.finish(findings);
    }
}
