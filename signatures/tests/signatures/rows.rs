//! Rows made by hand, and random numbers that are the same in every run.

use signatures::{Row, Table, Value};

/// A value that the row owns.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Owned {
    Null,
    Integer(i64),
    Real(f64),
    Boolean(bool),
    Text(String),
    Timestamp(i64),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OwnedRow(pub(crate) Vec<Owned>);

impl Row for OwnedRow {
    fn value(&self, column: usize) -> Value<'_> {
        match self.0.get(column) {
            None | Some(Owned::Null) => Value::Null,
            Some(Owned::Integer(number)) => Value::Integer(*number),
            Some(Owned::Real(number)) => Value::Real(*number),
            Some(Owned::Boolean(boolean)) => Value::Boolean(*boolean),
            Some(Owned::Text(text)) => Value::Text(text),
            Some(Owned::Timestamp(ns)) => Value::Timestamp(*ns),
        }
    }
}

impl OwnedRow {
    /// A row of nothing but its place: the time and the key are `key`.
    pub(crate) fn new(table: &Table, key: i64) -> OwnedRow {
        let mut row = OwnedRow(vec![Owned::Null; table.columns.len()]);
        row.0[0] = Owned::Timestamp(1_700_000_000_000_000_000 + key);
        row.0[1] = Owned::Integer(1_700_000_000_000_000_000 + key);
        row.0[2] = Owned::Integer(key);
        row.0[3] = Owned::Integer(key);
        row.0[4] = Owned::Text("event".to_owned());
        row
    }

    /// The same with a text in a column.
    pub(crate) fn text(mut self, table: &Table, column: &str, text: &str) -> OwnedRow {
        self.0[table.column(column).unwrap()] = Owned::Text(text.to_owned());
        self
    }

    /// The same with a number in a column.
    pub(crate) fn integer(mut self, table: &Table, column: &str, number: i64) -> OwnedRow {
        self.0[table.column(column).unwrap()] = Owned::Integer(number);
        self
    }
}

/// xorshift64*.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % end.max(1)
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    pub(crate) fn word(&mut self) -> String {
        (0..1 + self.below(6)).map(|_| *self.pick(b"abcdefghijkmqyzXYZ09_") as char).collect()
    }
}
