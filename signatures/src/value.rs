//! Values of a row, and how an engine hands over a row.

/// The value of one column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// There is none.
    Null,
    /// A number.
    Integer(i64),
    /// A number with a fraction.
    Real(f64),
    /// True or false.
    Boolean(bool),
    /// Text as every text column has it: backslash, NUL and bytes that are no UTF-8 written as `\\`, `\x00`, `\xff`.
    Text(&'a str),
    /// Nanoseconds of UTC since 1970.
    Timestamp(i64),
}

impl Value<'_> {
    /// Whether there is no value.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }
}

/// A row of a table, from whatever engine has it.
pub trait Row {
    /// The value in the column with this index in its [`Table`](crate::Table); [`Value::Null`] where there is none.
    fn value(&self, column: usize) -> Value<'_>;
}

impl Row for [Value<'_>] {
    fn value(&self, column: usize) -> Value<'_> {
        self.get(column).copied().unwrap_or(Value::Null)
    }
}
