//! What a signature's condition costs: some rows are taken out of the stream, and every condition about their table is asked
//! of them one by one, with a clock beside it.
//!
//! That is what the signature would cost alone. In the matcher conditions share their tests, and most are not looked at in
//! most rows, so the sum is an upper bound of what detection takes; between signatures it compares.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use signatures::{Body, Condition, Row, Set};

/// One row of so many is measured.
const EVERY: u64 = 251;
/// A condition is asked so often between two looks at the clock, which takes as long as a condition does.
const REPEATS: u32 = 8;

/// What was measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Costs {
    rows: u64,
    /// By index of the signature: how often it was asked, and how long that took.
    asked: BTreeMap<usize, (u64, Duration)>,
}

impl Costs {
    /// Sees a row of a table, and measures where it is its turn.
    pub fn row<R: Row + ?Sized>(&mut self, set: &Set, table: usize, row: &R) {
        self.rows += 1;
        if !self.rows.is_multiple_of(EVERY) {
            return;
        }
        for (index, signature) in set.signatures().iter().enumerate() {
            if let Body::Rows { table: about, condition } = &signature.body
                && *about == table
            {
                self.measure(index, condition, row);
            }
        }
    }

    fn measure<R: Row + ?Sized>(&mut self, index: usize, condition: &Condition, row: &R) {
        let began = Instant::now();
        for _ in 0..REPEATS {
            black_box(condition.holds(black_box(row)));
        }
        let (asked, took) = self.asked.entry(index).or_default();
        *asked += u64::from(REPEATS);
        *took += began.elapsed();
    }

    /// Adds what was measured elsewhere.
    pub fn add(&mut self, other: &Costs) {
        self.rows += other.rows;
        for (index, (asked, took)) in &other.asked {
            let sum = self.asked.entry(*index).or_default();
            sum.0 += asked;
            sum.1 += *took;
        }
    }

    /// Nanoseconds that a signature's condition takes for one row; nothing where no row of its table was measured.
    pub fn ns(&self, signature: usize) -> Option<f64> {
        let (asked, took) = self.asked.get(&signature).filter(|(asked, _)| *asked > 0)?;
        Some(took.as_nanos() as f64 / *asked as f64)
    }
}

#[cfg(test)]
mod tests {
    use signatures::Value;

    use super::{Costs, EVERY};
    use crate::testing::set;

    #[test]
    fn some_rows_of_a_table_are_measured() {
        let (set, row) = (set(), [Value::Null; 30]);
        let table = set.tables().named("executions").unwrap();
        let mut costs = Costs::default();
        (0..EVERY).for_each(|_| costs.row(&set, table + 1, &row[..]));
        assert_eq!(costs.ns(0), None, "rows of another table");
        let mut others = Costs::default();
        (0..EVERY).for_each(|_| others.row(&set, table, &row[..]));
        costs.add(&others);
        assert!(costs.ns(0).unwrap() > 0.0);
    }
}
