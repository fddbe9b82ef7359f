//! The rows of one group that are not older than the timespan, and what is counted of them.

use std::collections::{BTreeMap, VecDeque};

use super::state::Kept;
use super::{Correlation, Kind, Reference};

pub(super) struct Entry {
    pub(super) reference: Reference,
    /// Place of the signature in the correlation.
    pub(super) member: usize,
    pub(super) value: Option<Kept>,
}

#[derive(Default)]
pub(super) struct Window {
    entries: VecDeque<Entry>,
    /// How often each value is there.
    values: BTreeMap<Kept, u64>,
    sum: i128,
    /// Whether the condition held at the last row, and when that was.
    held: bool,
    last_ns: i64,
}

impl Window {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn last_ns(&self) -> i64 {
        self.last_ns
    }

    pub(super) fn references(&self) -> Vec<Reference> {
        self.entries.iter().map(|entry| entry.reference.clone()).collect()
    }

    pub(super) fn drop_before(&mut self, start_ns: i64) {
        while self.entries.front().is_some_and(|entry| entry.reference.boot_ns < start_ns) {
            self.drop_first();
        }
    }

    /// Drops the oldest row and says how many that were.
    pub(super) fn drop_first(&mut self) -> u64 {
        let Some(entry) = self.entries.pop_front() else { return 0 };
        if let Some(value) = entry.value {
            self.sum -= number(&value);
            if let Some(count) = self.values.get_mut(&value) {
                *count -= 1;
                if *count == 0 {
                    self.values.remove(&value);
                }
            }
        }
        1
    }

    /// Adds a row; whether the condition begins to hold with it.
    pub(super) fn push(&mut self, entry: Entry, correlation: &Correlation, start_ns: i64) -> bool {
        let held_before = self.held && self.last_ns >= start_ns;
        self.last_ns = entry.reference.boot_ns;
        if let Some(value) = &entry.value {
            self.sum += number(value);
            *self.values.entry(value.clone()).or_default() += 1;
        }
        self.entries.push_back(entry);
        self.held = self.holds(correlation);
        self.held && !held_before
    }

    fn holds(&self, correlation: &Correlation) -> bool {
        let rows = self.entries.len() as i128;
        let counted = match correlation.kind {
            Kind::EventCount => rows,
            Kind::ValueCount => self.values.len() as i128,
            Kind::ValueSum | Kind::ValueAverage => self.sum,
            Kind::Temporal => {
                let is_there = |place: &usize| self.entries.iter().any(|entry| entry.member == *place);
                (0..correlation.members.len()).filter(is_there).count() as i128
            }
            Kind::TemporalOrdered => {
                self.entries.iter().fold(0, |next, entry| if entry.member == next { next + 1 } else { next }) as i128
            }
            Kind::ValuePercentile(percent) => self.percentile(percent),
        };
        // An average is compared as the sum with so many times the number, which needs no fraction.
        let times = if correlation.kind == Kind::ValueAverage { rows } else { 1 };
        correlation.conditions.iter().all(|(comparison, wanted)| comparison.holds(counted, i128::from(*wanted) * times))
    }

    /// The lowest value that so many per cent of the values do not exceed.
    fn percentile(&self, percent: i64) -> i128 {
        let mut below: u128 = 0;
        for (value, count) in &self.values {
            below += u128::from(*count);
            if below * 100 >= percent.unsigned_abs() as u128 * self.entries.len() as u128 {
                return number(value);
            }
        }
        0
    }
}

fn number(value: &Kept) -> i128 {
    match value {
        Kept::Number(number) => i128::from(*number),
        _ => 0,
    }
}
