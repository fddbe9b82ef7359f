//! The windows of one correlation, one per group, in bounded room.

use std::collections::HashMap;

use crate::limits::{MAX_GROUPS, MAX_KEPT_BYTES, MAX_WINDOW_EVENTS};
use crate::value::{Row, Value};

use super::window::{Entry, Window};
use super::{Correlation, Member, Reference};

/// A value that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kept {
    Number(i64),
    Boolean(bool),
    Text(Box<str>),
    /// The hash of a long text.
    Digest([u8; 32]),
    /// The bits of a number with a fraction.
    Real(u64),
}

impl Kept {
    fn of(value: Value<'_>) -> Option<Kept> {
        Some(match value {
            Value::Null => return None,
            Value::Integer(number) | Value::Timestamp(number) => Kept::Number(number),
            Value::Boolean(boolean) => Kept::Boolean(boolean),
            Value::Text(text) if text.len() > MAX_KEPT_BYTES => Kept::Digest(*blake3::hash(text.as_bytes()).as_bytes()),
            Value::Text(text) => Kept::Text(text.into()),
            Value::Real(number) => Kept::Real(number.to_bits()),
        })
    }
}

/// What a correlation has seen.
#[derive(Default)]
pub(super) struct State {
    groups: HashMap<Vec<Kept>, Window>,
    /// Rows in all windows.
    rows: usize,
    pub(super) forgotten: u64,
}

impl State {
    /// Takes a row of a member; the rows of the window when with it the correlation found something.
    pub(super) fn row<R: Row + ?Sized>(
        &mut self,
        correlation: &Correlation,
        place: usize,
        member: &Member,
        row: &R,
        reference: &Reference,
    ) -> Option<Vec<Reference>> {
        let group: Vec<Kept> = member.group.iter().map(|column| Kept::of(row.value(*column))).collect::<Option<_>>()?;
        let value = match member.value {
            Some(column) => Some(Kept::of(row.value(column))?),
            None => None,
        };
        let start_ns = reference.boot_ns.saturating_sub(correlation.timespan_ns);
        self.make_room(&group, start_ns);
        let window = self.groups.entry(group).or_default();
        let before = window.len();
        window.drop_before(start_ns);
        if self.rows - (before - window.len()) >= MAX_WINDOW_EVENTS {
            self.forgotten += window.drop_first();
        }
        let holds = window.push(Entry { reference: reference.clone(), member: place, value }, correlation, start_ns);
        self.rows = (self.rows + window.len()).saturating_sub(before);
        holds.then(|| window.references())
    }

    /// Makes room for a group and a row: first from windows that are over, then from those that had no row for longest.
    fn make_room(&mut self, group: &[Kept], start_ns: i64) {
        let is_full = self.groups.len() >= MAX_GROUPS && !self.groups.contains_key(group);
        if !is_full && self.rows < MAX_WINDOW_EVENTS {
            return;
        }
        self.groups.retain(|_, window| window.last_ns() >= start_ns);
        if self.groups.len() > MAX_GROUPS / 2 {
            let mut last: Vec<(i64, Vec<Kept>)> =
                self.groups.iter().map(|(group, window)| (window.last_ns(), group.clone())).collect();
            last.sort_unstable();
            let surplus = last.len() - MAX_GROUPS / 2;
            for (_, oldest) in last.into_iter().take(surplus).filter(|(_, oldest)| oldest != group) {
                self.forgotten += self.groups.remove(&oldest).map_or(0, |window| window.len() as u64);
            }
        }
        self.rows = self.groups.values().map(Window::len).sum();
        if self.rows >= MAX_WINDOW_EVENTS {
            // Few groups with many rows each: the older half of the largest goes.
            if let Some(window) = self.groups.values_mut().max_by_key(|window| window.len()) {
                let half = window.len() / 2;
                for _ in 0..half {
                    self.forgotten += window.drop_first();
                }
                self.rows -= half;
            }
        }
    }
}
