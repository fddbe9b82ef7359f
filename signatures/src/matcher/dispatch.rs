//! Rows by the value of a column that has few: most signatures are about one of them, and the others need not be looked at.

use crate::condition::{Check, Condition};
use crate::table::Table;
use crate::value::{Row, Value};

use super::TableMatcher;
use super::head::head;

/// The matchers of one table.
pub(super) struct Dispatch {
    /// The column that decides, if there is one, and for each of its values the number of the matcher. Found by the
    /// first bytes.
    column: usize,
    by_value: Vec<(u64, &'static str, usize)>,
    /// Values of which the same is asked have one together.
    matchers: Vec<TableMatcher>,
    /// For rows with none of these values.
    other: TableMatcher,
}

impl Dispatch {
    /// Matchers for signatures (by index in the set) about a table.
    pub(super) fn new(table: &Table, signatures: &[(usize, &Condition)]) -> Dispatch {
        let (column, values) = deciding(table, signatures);
        let mut kinds: Vec<Vec<(usize, Condition)>> = Vec::new();
        let mut by_value = Vec::new();
        for value in values {
            let given = signatures.iter().map(|(index, condition)| (*index, given(condition, column, value)));
            let asked: Vec<(usize, Condition)> =
                given.filter(|(_, condition)| !matches!(condition, Condition::Any(none) if none.is_empty())).collect();
            let known = kinds.iter().position(|known| *known == asked);
            by_value.push((head(value.as_bytes()), *value, known.unwrap_or(kinds.len())));
            if known.is_none() {
                kinds.push(asked);
            }
        }
        let matcher = |asked: &[(usize, Condition)]| {
            TableMatcher::new(table, asked.iter().map(|(index, condition)| (*index, condition)))
        };
        let matchers = kinds.iter().map(|asked| matcher(asked)).collect();
        Dispatch { column, by_value, matchers, other: TableMatcher::new(table, signatures.iter().copied()) }
    }

    /// The columns that are looked at.
    pub(super) fn columns(&self) -> Vec<usize> {
        self.other.columns()
    }

    pub(super) fn matches<R: Row + ?Sized>(&mut self, row: &R, found: &mut Vec<usize>) {
        let known = match row.value(self.column) {
            Value::Text(value) if !self.by_value.is_empty() => {
                let first = head(value.as_bytes());
                self.by_value.iter().find(|(head, known, _)| *head == first && *known == value)
            }
            _ => None,
        };
        let matcher = known.and_then(|(.., known)| self.matchers.get_mut(*known));
        matcher.unwrap_or(&mut self.other).matches(row, found);
    }
}

/// The column with few values that most signatures have tests of, and those values; none where no signature has any.
fn deciding(table: &Table, signatures: &[(usize, &Condition)]) -> (usize, &'static [&'static str]) {
    let columns = table.columns.iter().enumerate().filter(|(_, column)| !column.values.is_empty());
    let tested = |column: usize| {
        signatures.iter().filter(|(_, condition)| condition.tests().iter().any(|test| test.column == column)).count()
    };
    let counted = columns.map(|(index, column)| (tested(index), index, column.values)).filter(|(count, ..)| *count > 0);
    counted.max_by_key(|(count, ..)| *count).map_or((0, &[]), |(_, index, values)| (index, values))
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
