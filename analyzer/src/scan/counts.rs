//! How many rows of each event there are, and how many were lost: by the index, and by a few columns where replay makes rows.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Result, anyhow};

use super::{ScanOptions, Scanner, Values};
use crate::index::Index;
use crate::info::Info;
use crate::replay::Damage;
use crate::tables::EVENTS;

/// Rows of an event, and how many were lost; `None` stands for an event that is not known.
pub type Totals = BTreeMap<Option<String>, (u64, u64)>;

/// Rows of an event.
type Rows = BTreeMap<Option<String>, u64>;

impl Scanner {
    /// What the table `event_counts` says, with what could not be read; `None` where rows depend on more than columns.
    ///
    /// # Errors
    /// The system refused to read.
    pub fn totals(&self, index: &Index, threads: usize) -> Result<Option<(Totals, Vec<Damage>)>> {
        let table = self.catalog.events();
        let made: Vec<String> = index.made().map(str::to_owned).collect();
        let options = ScanOptions { events: Some(made), ..ScanOptions::default() };
        let event = table.index("event").ok_or_else(|| anyhow!("{EVENTS} has no events"))?;
        let makes_some = options.events.as_ref().is_some_and(|made| !made.is_empty());
        if makes_some && !self.has_columns(table, &[event], &options) {
            return Ok(None);
        }
        let mut totals: Totals = index.events().map(|(event, rows)| (Some(event.to_owned()), (rows, 0))).collect();
        let mut damage = Vec::new();
        if makes_some {
            let (made, found) = self.count(event, &options, threads)?;
            totals.extend(made.into_iter().map(|(event, rows)| (event, (rows, 0))));
            damage = found;
        }
        for loss in Info::gather(&self.capture)?.losses {
            let (_, lost) = totals.entry(loss.event).or_default();
            *lost = lost.saturating_add(loss.count);
        }
        totals.retain(|_, (rows, lost)| *rows > 0 || *lost > 0);
        Ok(Some((totals, damage)))
    }

    /// Counts rows, segments beside each other.
    fn count(&self, event: usize, options: &ScanOptions, threads: usize) -> Result<(Rows, Vec<Damage>)> {
        let next = AtomicUsize::new(0);
        let counted = Mutex::new((BTreeMap::new(), Vec::new()));
        let work = || -> Result<()> {
            loop {
                let segment = next.fetch_add(1, Ordering::Relaxed);
                if segment >= self.segments() {
                    return Ok(());
                }
                let mut rows = Rows::new();
                let damage = self.scan_columns(segment..segment + 1, &[event], options, &mut |_, columns| {
                    for column in columns {
                        let Values::Texts { dictionary, indexes } = column else { continue };
                        let mut counts = vec![0; dictionary.len()];
                        for index in indexes {
                            if let Some(count) = counts.get_mut(index as usize) {
                                *count += 1;
                            }
                        }
                        for (event, count) in dictionary.into_iter().zip(counts) {
                            *rows.entry(event).or_default() += count;
                        }
                    }
                    ControlFlow::Continue(())
                })?;
                let (all, damaged) = &mut *counted.lock().map_err(|_| anyhow!("a thread that counts stopped"))?;
                rows.into_iter().for_each(|(event, count)| *all.entry(event).or_default() += count);
                damaged.extend(damage);
            }
        };
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads.clamp(1, self.segments().max(1))).map(|_| scope.spawn(work)).collect();
            workers
                .into_iter()
                .try_for_each(|worker| worker.join().map_err(|_| anyhow!("a thread that counts stopped"))?)
        })?;
        counted.into_inner().map_err(|_| anyhow!("a thread that counts stopped"))
    }
}
