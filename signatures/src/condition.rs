//! The condition tree, and what it means.
//!
//! A missing value makes a test false and its negation true. [`Condition::holds`] is the meaning in its plainest form;
//! the matcher and the SQL text are tested against it.

use crate::network::Network;
use crate::pattern::Pattern;
use crate::regular::Regular;
use crate::time::Part;
use crate::value::{Row, Value};

/// A condition over a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// All of these hold; true when there is none.
    All(Vec<Condition>),
    /// One of these holds; false when there is none.
    Any(Vec<Condition>),
    /// This does not hold.
    Not(Box<Condition>),
    /// A test of a column.
    Test(Test),
    /// False in every row: about something that no capture can hold. The text says why.
    Never(String),
}

/// A test of one column.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// Index of the column in its table.
    pub column: usize,
    /// What is asked of its value.
    pub check: Check,
    /// The field as the signature calls it.
    pub field: String,
}

/// What is asked of a value. Its type is that of the column: that is checked when it is made.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// There is none.
    Null,
    /// There is one.
    Exists,
    /// Text that fits the pattern.
    Text(Pattern),
    /// Text in which the expression is found.
    Regular(Regular),
    /// An integer.
    Integer(Comparison, i64),
    /// A number with a fraction.
    Real(Comparison, f64),
    /// A boolean.
    Boolean(bool),
    /// Text that is an address in the network.
    Network(Network),
    /// The value of another column.
    Column(Relation),
    /// A part of a moment.
    Part(Part, Comparison, i64),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<>`
    NotEqual,
}

impl Comparison {
    /// As SQL writes it.
    pub fn sql(self) -> &'static str {
        match self {
            Comparison::Equal => "=",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
            Comparison::NotEqual => "<>",
        }
    }

    /// Whether it holds between two values. Nothing holds of what is no number.
    pub fn holds<T: PartialOrd>(self, left: T, right: T) -> bool {
        match self {
            Comparison::Equal => left == right,
            Comparison::Less => left < right,
            Comparison::LessOrEqual => left <= right,
            Comparison::Greater => left > right,
            Comparison::GreaterOrEqual => left >= right,
            Comparison::NotEqual => left != right,
        }
    }
}

/// How a value is compared with that of another column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Index of the other column.
    pub other: usize,
    /// What the value has to do with the other one.
    pub place: Place,
    /// Whether letters must have the same case.
    pub cased: bool,
}

/// Where the other column's text must be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It is the whole.
    Equal,
    /// At the beginning.
    Start,
    /// At the end.
    End,
    /// Anywhere.
    Inside,
}

impl Condition {
    /// Whether it holds for the row.
    pub fn holds<R: Row + ?Sized>(&self, row: &R) -> bool {
        match self {
            Condition::All(members) => members.iter().all(|member| member.holds(row)),
            Condition::Any(members) => members.iter().any(|member| member.holds(row)),
            Condition::Not(member) => !member.holds(row),
            Condition::Test(test) => test.holds(row),
            Condition::Never(_) => false,
        }
    }

    /// Whether there can be a row for which it holds, as far as what no capture can hold decides that.
    pub fn is_possible(&self) -> bool {
        self.possible().0
    }

    /// Whether it can hold, and whether it can fail.
    fn possible(&self) -> (bool, bool) {
        match self {
            Condition::All(members) => members.iter().fold((true, false), |(holds, fails), member| {
                let member = member.possible();
                (holds && member.0, fails || member.1)
            }),
            Condition::Any(members) => members.iter().fold((false, true), |(holds, fails), member| {
                let member = member.possible();
                (holds || member.0, fails && member.1)
            }),
            Condition::Not(member) => {
                let (holds, fails) = member.possible();
                (fails, holds)
            }
            Condition::Test(_) => (true, true),
            Condition::Never(_) => (false, true),
        }
    }

    /// Why the parts of it that no capture can hold are such, each once.
    pub fn impossible(&self) -> Vec<&str> {
        let mut reasons = Vec::new();
        self.visit(&mut |condition| {
            if let Condition::Never(why) = condition
                && !reasons.contains(&why.as_str())
            {
                reasons.push(why);
            }
        });
        reasons
    }

    /// The tests in it, in the order written.
    pub fn tests(&self) -> Vec<&Test> {
        let mut tests = Vec::new();
        self.visit(&mut |condition| {
            if let Condition::Test(test) = condition {
                tests.push(test);
            }
        });
        tests
    }

    fn visit<'a>(&'a self, see: &mut impl FnMut(&'a Condition)) {
        see(self);
        match self {
            Condition::All(members) | Condition::Any(members) => members.iter().for_each(|member| member.visit(see)),
            Condition::Not(member) => member.visit(see),
            Condition::Test(_) | Condition::Never(_) => {}
        }
    }
}

impl Test {
    /// Whether it holds for the row.
    pub fn holds<R: Row + ?Sized>(&self, row: &R) -> bool {
        let value = row.value(self.column);
        match (&self.check, value) {
            (Check::Null, value) => value.is_null(),
            (Check::Exists, value) => !value.is_null(),
            (Check::Text(pattern), Value::Text(text)) => pattern.matches(text),
            (Check::Regular(regular), Value::Text(text)) => regular.is_match(text),
            (Check::Integer(comparison, wanted), Value::Integer(value)) => comparison.holds(value, *wanted),
            (Check::Real(comparison, wanted), Value::Real(value)) => comparison.holds(value, *wanted),
            (Check::Boolean(wanted), Value::Boolean(value)) => value == *wanted,
            (Check::Network(network), Value::Text(text)) => network.contains(text),
            (Check::Column(relation), value) => relation.holds(value, row.value(relation.other)),
            (Check::Part(part, comparison, wanted), Value::Timestamp(ns)) => comparison.holds(part.of(ns), *wanted),
            _ => false,
        }
    }
}

impl Relation {
    fn holds(&self, value: Value<'_>, other: Value<'_>) -> bool {
        let (Value::Text(text), Value::Text(other)) = (value, other) else {
            return !value.is_null() && !other.is_null() && value == other;
        };
        let same = |part: &[u8]| {
            if self.cased { part == other.as_bytes() } else { part.eq_ignore_ascii_case(other.as_bytes()) }
        };
        let text = text.as_bytes();
        match self.place {
            Place::Equal => same(text),
            Place::Start => text.get(..other.len()).is_some_and(same),
            Place::End => text.len().checked_sub(other.len()).and_then(|start| text.get(start..)).is_some_and(same),
            Place::Inside => other.is_empty() || text.windows(other.len()).any(same),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Check, Comparison, Condition, Place, Relation, Test};
    use crate::value::{Row, Value};

    fn test(column: usize, check: Check) -> Condition {
        Condition::Test(Test { column, check, field: String::new() })
    }

    #[test]
    fn a_missing_value_makes_a_test_false_and_its_negation_true() {
        let row: &[Value<'_>] = &[Value::Null, Value::Text("aBc"), Value::Text("bC"), Value::Text("")];
        let related =
            |column, other, place| test(column, Check::Column(Relation { other, place, cased: false })).holds(row);
        for check in [Check::Integer(Comparison::NotEqual, 1), Check::Boolean(false), Check::Exists] {
            let test = test(0, check);
            assert!(!test.holds(row) && Condition::Not(Box::new(test)).holds(row));
        }
        assert!(!related(0, 0, Place::Equal) && !related(1, 0, Place::Inside));
        assert!(related(1, 2, Place::End) && related(1, 2, Place::Inside) && !related(1, 2, Place::Start));
        assert!(related(1, 3, Place::Inside) && related(3, 3, Place::Equal));
        assert_eq!(row.value(9), Value::Null, "a column that the engine does not have");
    }

    #[test]
    fn what_can_never_hold_is_known() {
        let never = || Condition::Never("why".to_owned());
        let test = || test(0, Check::Exists);
        for (condition, possible) in [
            (never(), false),
            (Condition::Not(Box::new(never())), true),
            (Condition::All(vec![test(), never()]), false),
            (Condition::Any(vec![test(), never()]), true),
            (Condition::Not(Box::new(Condition::Not(Box::new(never())))), false),
            (Condition::All(vec![]), true),
            (Condition::Any(vec![]), false),
        ] {
            assert_eq!(condition.is_possible(), possible, "{condition:?}");
        }
        assert_eq!(Condition::Any(vec![never(), never()]).impossible(), ["why"]);
    }
}
