//! Comparisons.

use std::fmt;

/// How a value is compared with those that are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `=`: it is one of them.
    Equal,
    /// `!=`: it is none of them.
    NotEqual,
    /// `<`
    Less,
    /// `>`
    Greater,
    /// `<=`
    LessOrEqual,
    /// `>=`
    GreaterOrEqual,
}

impl Operator {
    /// As it is written.
    pub const fn symbol(self) -> &'static str {
        match self {
            Operator::Equal => "=",
            Operator::NotEqual => "!=",
            Operator::Less => "<",
            Operator::Greater => ">",
            Operator::LessOrEqual => "<=",
            Operator::GreaterOrEqual => ">=",
        }
    }

    /// Whether it compares by size, which only numbers have.
    pub const fn is_order(self) -> bool {
        !matches!(self, Operator::Equal | Operator::NotEqual)
    }

    /// Whether it holds between a value and one that is written.
    pub fn holds<T: PartialOrd>(self, value: T, written: T) -> bool {
        match self {
            Operator::Equal => value == written,
            Operator::NotEqual => value != written,
            Operator::Less => value < written,
            Operator::Greater => value > written,
            Operator::LessOrEqual => value <= written,
            Operator::GreaterOrEqual => value >= written,
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol())
    }
}
