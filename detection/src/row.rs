//! Rows as signatures read them: those of a pass, and those that are kept.

use analyzer::tabulate::{Shown, TableRow};
use signatures::{Row, Value};

/// Which columns of a table are wanted: by the column's index, its position among those.
pub(crate) type Positions = [Option<usize>];

/// A row of a pass.
pub(crate) struct Passing<'r> {
    pub(crate) row: &'r TableRow<'r>,
    pub(crate) positions: &'r Positions,
}

impl Row for Passing<'_> {
    fn value(&self, column: usize) -> Value<'_> {
        match self.positions.get(column).copied().flatten() {
            Some(position) => value(self.row.value(position)),
            None => Value::Null,
        }
    }
}

fn value(shown: Shown<'_>) -> Value<'_> {
    match shown {
        Shown::Null => Value::Null,
        Shown::Integer(number) => Value::Integer(number),
        Shown::Boolean(is_true) => Value::Boolean(is_true),
        Shown::Real(number) => Value::Real(number),
        Shown::Text(text) => Value::Text(text),
        Shown::Timestamp(utc_ns) => Value::Timestamp(utc_ns),
    }
}

/// A value that is kept.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kept {
    Null,
    Integer(i64),
    Real(f64),
    Boolean(bool),
    Text(Box<str>),
    Timestamp(i64),
}

impl From<Value<'_>> for Kept {
    fn from(value: Value<'_>) -> Kept {
        match value {
            Value::Null => Kept::Null,
            Value::Integer(number) => Kept::Integer(number),
            Value::Real(number) => Kept::Real(number),
            Value::Boolean(is_true) => Kept::Boolean(is_true),
            Value::Text(text) => Kept::Text(text.into()),
            Value::Timestamp(utc_ns) => Kept::Timestamp(utc_ns),
        }
    }
}

impl Kept {
    /// As text; `None` where there is no value.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Kept::Null => None,
            Kept::Integer(number) => Some(number.to_string()),
            Kept::Real(number) => Some(number.to_string()),
            Kept::Boolean(is_true) => Some(is_true.to_string()),
            Kept::Text(text) => Some(text.to_string()),
            Kept::Timestamp(utc_ns) => Some(analyzer::text::timestamp(*utc_ns)),
        }
    }

    /// As a number; 0 for what is none.
    pub(crate) fn integer(&self) -> i64 {
        match self {
            Kept::Integer(number) | Kept::Timestamp(number) => *number,
            _ => 0,
        }
    }
}

/// A row that is kept: the values of the wanted columns.
pub(crate) struct KeptRow<'r> {
    pub(crate) values: &'r [Kept],
    pub(crate) positions: &'r Positions,
}

impl Row for KeptRow<'_> {
    fn value(&self, column: usize) -> Value<'_> {
        let position = self.positions.get(column).copied().flatten();
        match position.and_then(|position| self.values.get(position)) {
            None | Some(Kept::Null) => Value::Null,
            Some(Kept::Integer(number)) => Value::Integer(*number),
            Some(Kept::Real(number)) => Value::Real(*number),
            Some(Kept::Boolean(is_true)) => Value::Boolean(*is_true),
            Some(Kept::Text(text)) => Value::Text(text),
            Some(Kept::Timestamp(utc_ns)) => Value::Timestamp(*utc_ns),
        }
    }
}
