//! Rows by the value of a column that has few: most signatures are about one of them, and the others need not be looked at.

use std::collections::HashMap;

use crate::condition::{Check, Condition};
use crate::table::Table;
use crate::value::{Row, Value};

use super::TableMatcher;

/// The matchers of one table.
pub(super) struct Dispatch {
    /// The column that decides, if there is one, and the matcher for each of its values.
    column: usize,
    by_value: HashMap<&'static str, TableMatcher>,
    /// For rows with none of these values.
    other: TableMatcher,
}

impl Dispatch {
    /// Matchers for signatures (by index in the set) about a table.
    pub(super) fn new(table: &Table, signatures: &[(usize, &Condition)]) -> Dispatch {
        let mut other = TableMatcher::default();
        for (index, condition) in signatures {
            other.add(*index, condition);
        }
        other.index(table);
        let (column, values) = deciding(table, signatures);
        let by_value = values.iter().map(|value| {
            let mut matcher = TableMatcher::default();
            for (index, condition) in signatures {
                match given(condition, column, value) {
                    Condition::Any(none) if none.is_empty() => {}
                    condition => matcher.add(*index, &condition),
                }
            }
            matcher.index(table);
            (*value, matcher)
        });
        Dispatch { column, by_value: by_value.collect(), other }
    }

    /// The columns that are looked at.
    pub(super) fn columns(&self) -> Vec<usize> {
        self.other.columns()
    }

    pub(super) fn matches<R: Row + ?Sized>(&mut self, row: &R, found: &mut Vec<usize>) {
        let matcher = match row.value(self.column) {
            Value::Text(value) => self.by_value.get_mut(value),
            _ => None,
        };
        matcher.unwrap_or(&mut self.other).matches(row, found);
    }
}

/// The column with few values that most signatures have tests of, and those values.
fn deciding(table: &Table, signatures: &[(usize, &Condition)]) -> (usize, &'static [&'static str]) {
    let columns = table.columns.iter().enumerate().filter(|(_, column)| !column.values.is_empty());
    let tested = |column: usize| {
        signatures.iter().filter(|(_, condition)| condition.tests().iter().any(|test| test.column == column)).count()
    };
    let best = columns.max_by_key(|(index, _)| tested(*index));
    best.map_or((0, &[]), |(index, column)| (index, column.values))
}

/// The condition where the column has this value: its tests are true or false then.
fn given(condition: &Condition, column: usize, value: &str) -> Condition {
    let (never, always) = (|| Condition::Any(Vec::new()), || Condition::All(Vec::new()));
    let is_never = |condition: &Condition| matches!(condition, Condition::Any(members) if members.is_empty());
    let is_always = |condition: &Condition| matches!(condition, Condition::All(members) if members.is_empty());
    match condition {
        Condition::All(members) => {
            let mut members: Vec<Condition> = members.iter().map(|member| given(member, column, value)).collect();
            members.retain(|member| !is_always(member));
            if members.iter().any(is_never) { never() } else { Condition::All(members) }
        }
        Condition::Any(members) => {
            let mut members: Vec<Condition> = members.iter().map(|member| given(member, column, value)).collect();
            members.retain(|member| !is_never(member));
            if members.iter().any(is_always) { always() } else { Condition::Any(members) }
        }
        Condition::Not(member) => match given(member, column, value) {
            member if is_never(&member) => always(),
            member if is_always(&member) => never(),
            member => Condition::Not(Box::new(member)),
        },
        Condition::Test(test) if test.column == column => match &test.check {
            Check::Text(pattern) if pattern.matches(value) => always(),
            Check::Exists => always(),
            Check::Text(_) | Check::Null => never(),
            _ => condition.clone(),
        },
        Condition::Test(_) => condition.clone(),
        Condition::Never(_) => never(),
    }
}
