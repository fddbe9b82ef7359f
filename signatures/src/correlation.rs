//! Correlations: what several rows that signatures find must be together, and the detector that keeps their windows.
//!
//! A window is the time before a row, as long as the timespan, and this row. A correlation finds something at the row with
//! which its condition begins to hold: when it did not hold at the row before in the same group, or that row is out of the
//! window. So one burst is one finding, and SQL can say the same. A row in which a column to group by, or the column that
//! is counted, is missing takes no part.

use crate::condition::Comparison;
use crate::limits::MAX_LOSSES;
use crate::matcher::Matcher;
use crate::set::Set;
use crate::signature::Body;
use crate::table::{BOOT_NS, EVENT, EVENT_KEY};
use crate::value::{Row, Value};

mod state;
mod window;

use state::State;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The number of rows.
    EventCount,
    /// The number of different values of a column.
    ValueCount,
    /// The number of signatures that found something, in any order.
    Temporal,
    /// The number of signatures that found something one after the other: how far the list was followed.
    TemporalOrdered,
    /// The sum of a column.
    ValueSum,
    /// Its average.
    ValueAverage,
    /// Its percentile: the lowest value that so many per cent of the values do not exceed.
    ValuePercentile(i64),
}

impl Kind {
    /// Whether it is about the values of a column.
    pub(crate) fn has_value(self) -> bool {
        !matches!(self, Kind::EventCount | Kind::Temporal | Kind::TemporalOrdered)
    }

    /// Whether those values are numbers.
    pub(crate) fn has_number(self) -> bool {
        self.has_value() && self != Kind::ValueCount
    }
}

/// A correlation.
#[derive(Clone, Debug, PartialEq)]
pub struct Correlation {
    /// What is compared.
    pub kind: Kind,
    /// The signatures whose rows count, in the order written.
    pub members: Vec<Member>,
    /// Length of a window in ns.
    pub timespan_ns: i64,
    /// With what; all must hold.
    pub conditions: Vec<(Comparison, i64)>,
}

/// A signature of a correlation.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Its index in the [`Set`].
    pub signature: usize,
    /// The columns of its table that rows are grouped by.
    pub group: Vec<usize>,
    /// The column that is counted or added up.
    pub value: Option<usize>,
}

/// A reference to a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// Time of the row in ns since the host was started.
    pub boot_ns: i64,
    /// Reference into the capture.
    pub event_key: i64,
    /// Name of the event.
    pub event: String,
    /// Index of the table.
    pub table: usize,
}

/// What a signature found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Index of the signature in the [`Set`].
    pub signature: usize,
    /// The rows that make it, the last one the one with which it began to hold.
    pub rows: Vec<Reference>,
    /// Whether the window of a correlation holds a loss: there may have been more.
    pub loss: bool,
    /// Whether the correlation had to forget rows for want of room before.
    pub forgot: bool,
}

/// All signatures of a set over a stream of rows.
///
/// Rows must come in the order of `boot_ns`, `event_key`, `event`, from whatever table: findings then come in the same
/// order, those of one row by the order of the signatures, and are those of the SQL text.
pub struct Detector<'a> {
    set: &'a Set,
    matcher: Matcher,
    states: Vec<(usize, &'a Correlation, State)>,
    /// Losses that a window may still hold, by their end.
    losses: Vec<(i64, i64)>,
    longest_ns: i64,
    found: Vec<usize>,
}

impl<'a> Detector<'a> {
    /// A detector that has seen nothing.
    pub fn new(set: &'a Set) -> Detector<'a> {
        let correlations = set.signatures().iter().enumerate().filter_map(|(index, signature)| match &signature.body {
            Body::Correlation(correlation) => Some((index, correlation, State::default())),
            _ => None,
        });
        let states: Vec<_> = correlations.collect();
        let longest_ns = states.iter().map(|(_, correlation, _)| correlation.timespan_ns).max().unwrap_or(0);
        Detector { set, matcher: Matcher::new(set), states, losses: Vec::new(), longest_ns, found: Vec::new() }
    }

    /// Takes one row of a table and adds what is found with it.
    pub fn row<R: Row + ?Sized>(&mut self, table: usize, row: &R, findings: &mut Vec<Finding>) {
        let mut found = std::mem::take(&mut self.found);
        self.matcher.matches(table, row, &mut found);
        if !found.is_empty() {
            let reference = reference(table, row);
            for index in &found {
                if self.set.signatures().get(*index).is_some_and(|signature| signature.is_reported) {
                    let rows = vec![reference.clone()];
                    findings.push(Finding { signature: *index, rows, loss: false, forgot: false });
                }
            }
            for (signature, correlation, state) in &mut self.states {
                for (place, member) in correlation.members.iter().enumerate() {
                    if found.binary_search(&member.signature).is_err() {
                        continue;
                    }
                    if let Some(rows) = state.row(correlation, place, member, row, &reference) {
                        let start = reference.boot_ns.saturating_sub(correlation.timespan_ns);
                        let loss =
                            self.losses.iter().any(|(first, last)| *last >= start && *first <= reference.boot_ns);
                        let forgot = state.forgotten > 0;
                        findings.push(Finding { signature: *signature, rows, loss, forgot });
                    }
                }
            }
        }
        self.found = found;
    }

    /// Takes note of a loss between two times (ns since the host was started); before the rows that come after it.
    pub fn loss(&mut self, first_ns: i64, last_ns: i64) {
        let gone = first_ns.saturating_sub(self.longest_ns);
        self.losses.retain(|(_, last)| *last >= gone);
        let is_full = self.losses.len() >= MAX_LOSSES;
        match self.losses.last_mut().filter(|(_, last)| is_full || first_ns <= *last) {
            Some((first, last)) => {
                *first = (*first).min(first_ns);
                *last = (*last).max(last_ns);
            }
            None => self.losses.push((first_ns, last_ns)),
        }
    }

    /// How many rows each correlation had to forget for want of room; only those that had to.
    pub fn forgotten(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        let states = self.states.iter().map(|(signature, _, state)| (*signature, state.forgotten));
        states.filter(|(_, forgotten)| *forgotten > 0)
    }
}

fn reference<R: Row + ?Sized>(table: usize, row: &R) -> Reference {
    let integer = |column| match row.value(column) {
        Value::Integer(number) | Value::Timestamp(number) => number,
        _ => 0,
    };
    let event = match row.value(EVENT) {
        Value::Text(text) => text.to_owned(),
        _ => String::new(),
    };
    Reference { boot_ns: integer(BOOT_NS), event_key: integer(EVENT_KEY), event, table }
}
