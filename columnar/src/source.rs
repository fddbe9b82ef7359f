//! What all tables of a session have in common: the capture, and what is found out of it while it is read.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};

use analyzer::index::Index;
use analyzer::replay::Damage;
use analyzer::scan::Scanner;
use analyzer::tables::Catalog;
use anyhow::Result;
use formats::capture::Capture;

/// The capture that a session is over.
pub(crate) struct Source {
    scanner: Scanner,
    threads: usize,
    pushes_down: bool,
    index: OnceLock<Option<Index>>,
    /// Segment, offset, length and what is wrong.
    damage: Mutex<BTreeSet<(u64, u64, u64, String)>>,
}

impl fmt::Debug for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Source").field("capture", &self.capture().path()).finish_non_exhaustive()
    }
}

impl Source {
    /// Reads what the capture says of itself.
    ///
    /// # Errors
    /// No segment can be opened.
    pub(crate) fn new(capture: &Capture, threads: usize, pushes_down: bool) -> Result<Source> {
        Ok(Source {
            scanner: Scanner::of(capture)?,
            threads,
            pushes_down,
            index: OnceLock::new(),
            damage: Mutex::default(),
        })
    }

    pub(crate) fn capture(&self) -> &Capture {
        self.scanner.capture()
    }

    pub(crate) fn scanner(&self) -> &Scanner {
        &self.scanner
    }

    pub(crate) fn catalog(&self) -> &Catalog {
        self.scanner.catalog()
    }

    /// UTC minus boot-time, nanoseconds.
    pub(crate) fn offset_ns(&self) -> i64 {
        self.scanner.origin().offset_ns()
    }

    /// Segments that are read at once, at least 1.
    pub(crate) fn threads(&self) -> usize {
        self.threads
    }

    /// Whether conditions are looked at before rows are read.
    pub(crate) fn pushes_down(&self) -> bool {
        self.pushes_down
    }

    /// What the segments' indexes say of rows; `None` when rows depend on more than those.
    pub(crate) fn index(&self) -> Option<&Index> {
        // A capture that cannot be read says so when its rows are.
        self.index.get_or_init(|| Index::gather(self.capture()).ok().flatten()).as_ref().filter(|_| self.pushes_down)
    }

    /// Keeps what a scan could not read.
    pub(crate) fn note(&self, damage: Vec<Damage>) {
        let mut known = self.damage.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(damage.into_iter().map(|damage| (damage.segment, damage.offset, damage.length, damage.what)));
    }

    /// What scans could not read so far, in the order of the capture.
    pub(crate) fn damage(&self) -> Vec<Damage> {
        let known = self.damage.lock().unwrap_or_else(PoisonError::into_inner);
        let damage = |(segment, offset, length, what): &(u64, u64, u64, String)| Damage {
            segment: *segment,
            offset: *offset,
            length: *length,
            what: what.clone(),
        };
        known.iter().map(damage).collect()
    }
}
