//! Conditions of a query that segments, blocks and frames can be left out by.

use std::collections::BTreeSet;

use analyzer::row::UNKNOWN_EVENT;
use analyzer::scan::ScanOptions;
use analyzer::tables::Table;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{Between, BinaryExpr, Expr, Operator};

/// Nanoseconds of a microsecond.
const MICROSECOND_NS: i64 = 1000;

/// What a conjunction of conditions leaves of a table.
pub(super) struct Narrowing<'a> {
    table: &'a Table,
    /// UTC minus boot-time, nanoseconds.
    offset_ns: i64,
    since_ns: Option<i64>,
    until_ns: Option<i64>,
    events: Option<BTreeSet<String>>,
    process_keys: Option<BTreeSet<i64>>,
    container_ids: Option<BTreeSet<String>>,
}

/// The columns that narrow a scan.
#[derive(Clone, Copy)]
enum By {
    /// Nanoseconds: added to the column's value they give UTC.
    Time {
        offset_ns: i64,
    },
    /// Microseconds of UTC.
    Timestamp,
    Event,
    Process,
    Container,
}

impl<'a> Narrowing<'a> {
    /// Everything, of a table whose boot-times are `offset_ns` before UTC.
    pub(super) fn new(table: &'a Table, offset_ns: i64) -> Narrowing<'a> {
        Narrowing {
            table,
            offset_ns,
            since_ns: None,
            until_ns: None,
            events: None,
            process_keys: None,
            container_ids: None,
        }
    }

    /// What the scan is asked for.
    pub(super) fn options(self) -> ScanOptions {
        ScanOptions {
            events: self.events.map(|names| names.into_iter().collect()),
            since_ns: self.since_ns,
            until_ns: self.until_ns,
            process_keys: self.process_keys.map(|keys| keys.into_iter().collect()),
            container_ids: self.container_ids.map(|ids| ids.into_iter().collect()),
        }
    }

    /// Takes a condition, when it says the same of every row as the options will; false when it has to be tested elsewhere.
    pub(super) fn take(&mut self, condition: &Expr) -> bool {
        match condition {
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
                // Half a condition may be taken: the other half is then tested with it once more.
                let left = self.take(left);
                self.take(right) && left
            }
            // The planner writes short lists so.
            Expr::BinaryExpr(BinaryExpr { op: Operator::Or, .. }) => {
                let mut values = Vec::new();
                alternatives(condition, &mut values).is_some_and(|column| self.is_one_of(column, &values))
            }
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (&**left, &**right) {
                (Expr::Column(column), Expr::Literal(value, _)) => self.compare(&column.name, *op, value),
                (Expr::Literal(value, _), Expr::Column(column)) => {
                    op.swap().is_some_and(|op| self.compare(&column.name, op, value))
                }
                _ => false,
            },
            Expr::Between(Between { expr, negated: false, low, high }) => match (&**expr, &**low, &**high) {
                (Expr::Column(column), Expr::Literal(low, _), Expr::Literal(high, _)) => {
                    let low = self.compare(&column.name, Operator::GtEq, low);
                    self.compare(&column.name, Operator::LtEq, high) && low
                }
                _ => false,
            },
            Expr::InList(InList { expr, list, negated: false }) => {
                let Expr::Column(column) = &**expr else { return false };
                let literal = |item: &Expr| match item {
                    Expr::Literal(value, _) => Some(value.clone()),
                    _ => None,
                };
                let values: Option<Vec<ScalarValue>> = list.iter().map(literal).collect();
                values.is_some_and(|values| self.is_one_of(&column.name, &values))
            }
            _ => false,
        }
    }

    fn by(&self, column: &str) -> Option<By> {
        self.table.columns.iter().find(|candidate| candidate.name == column)?;
        Some(match column {
            "ts_ns" => By::Time { offset_ns: 0 },
            "boot_ns" => By::Time { offset_ns: self.offset_ns },
            "ts" => By::Timestamp,
            "event" => By::Event,
            "process_key" => By::Process,
            "container_id" => By::Container,
            _ => return None,
        })
    }

    fn compare(&mut self, column: &str, op: Operator, value: &ScalarValue) -> bool {
        let Some(by) = self.by(column) else { return false };
        match (by, op) {
            (By::Time { .. } | By::Timestamp, _) => self.compare_time(by, op, value).is_some(),
            (_, Operator::Eq) => self.is_one_of(column, std::slice::from_ref(value)),
            _ => false,
        }
    }

    /// Moves the bounds; `None` when the comparison is none with a number, or its bound is beyond what time can be.
    fn compare_time(&mut self, by: By, op: Operator, value: &ScalarValue) -> Option<()> {
        // The first nanosecond of the value, and the first behind it.
        let (first, behind) = match (by, value) {
            (By::Time { offset_ns }, ScalarValue::Int64(Some(ns))) => {
                let first = ns.checked_add(offset_ns)?;
                (first, first.checked_add(1)?)
            }
            (By::Timestamp, ScalarValue::TimestampMicrosecond(Some(micros), _)) => {
                (micros.checked_mul(MICROSECOND_NS)?, micros.checked_add(1)?.checked_mul(MICROSECOND_NS)?)
            }
            _ => return None,
        };
        let (since, until) = match op {
            Operator::Eq => (Some(first), Some(behind)),
            Operator::GtEq => (Some(first), None),
            Operator::Gt => (Some(behind), None),
            Operator::Lt => (None, Some(first)),
            Operator::LtEq => (None, Some(behind)),
            _ => return None,
        };
        self.since_ns = self.since_ns.max(since);
        self.until_ns = match (self.until_ns, until) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Some(())
    }

    fn is_one_of(&mut self, column: &str, values: &[ScalarValue]) -> bool {
        match self.by(column) {
            // Rows of kinds that the capture does not declare have no name to look for.
            Some(By::Event) => {
                among(&mut self.events, values, |value| text(value).filter(|name| name != UNKNOWN_EVENT))
            }
            Some(By::Process) => among(&mut self.process_keys, values, |value| match value {
                ScalarValue::Int64(key) => *key,
                _ => None,
            }),
            Some(By::Container) => among(&mut self.container_ids, values, text),
            Some(By::Time { .. } | By::Timestamp) | None => false,
        }
    }
}

/// The column of which a condition says that it is one of some values, which are added to `values`; `None` when it says
/// something else.
fn alternatives<'e>(condition: &'e Expr, values: &mut Vec<ScalarValue>) -> Option<&'e str> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = condition else { return None };
    match (&**left, op, &**right) {
        (left, Operator::Or, right) => {
            let column = alternatives(left, values)?;
            (alternatives(right, values)? == column).then_some(column)
        }
        (Expr::Column(column), Operator::Eq, Expr::Literal(value, _))
        | (Expr::Literal(value, _), Operator::Eq, Expr::Column(column)) => {
            values.push(value.clone());
            Some(&column.name)
        }
        _ => None,
    }
}

fn text(value: &ScalarValue) -> Option<String> {
    value.try_as_str().flatten().map(str::to_owned)
}

/// Keeps of the allowed values those that are given; false when one of those is none, as NULL.
fn among<T: Ord>(
    allowed: &mut Option<BTreeSet<T>>,
    values: &[ScalarValue],
    read: impl Fn(&ScalarValue) -> Option<T>,
) -> bool {
    let Some(mut values) = values.iter().map(read).collect::<Option<BTreeSet<T>>>() else { return false };
    if let Some(allowed) = allowed.take() {
        values.retain(|value| allowed.contains(value));
    }
    *allowed = Some(values);
    true
}
