//! Why a row matches: the tests that decided it, field by field.

use std::fmt;

use crate::condition::{Check, Condition, Place, Test};
use crate::pattern::{Pattern, Shape};
use crate::table::Table;
use crate::value::{Row, Value};

/// A test that decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// The field as the signature calls it.
    pub field: String,
    /// The column.
    pub column: String,
    /// What was asked of it, as `contains "x"`.
    pub asked: String,
    /// Whether that holds; it is the reason where it does not when the signature wants that.
    pub holds: bool,
    /// The value, as text; `None` where there is none.
    pub value: Option<String>,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Reason { field, asked, .. } = self;
        let not = if self.holds { "" } else { "not " };
        match &self.value {
            Some(value) => write!(f, "{field} {not}{asked}: \"{}\"", value.escape_debug()),
            None => write!(f, "{field} {not}{asked}: no value"),
        }
    }
}

/// The tests that made the condition hold for the row, in the order written; none when it does not hold.
pub fn explain<R: Row + ?Sized>(condition: &Condition, table: &Table, row: &R) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if condition.holds(row) {
        decided(condition, true, table, row, &mut reasons);
    }
    reasons
}

/// Adds the tests that made the condition give `held`.
fn decided<R: Row + ?Sized>(condition: &Condition, held: bool, table: &Table, row: &R, reasons: &mut Vec<Reason>) {
    match condition {
        Condition::All(members) | Condition::Any(members) => {
            for member in members.iter().filter(|member| member.holds(row) == held) {
                decided(member, held, table, row, reasons);
            }
        }
        Condition::Not(member) => decided(member, !held, table, row, reasons),
        Condition::Test(test) => {
            let reason = Reason {
                field: test.field.clone(),
                column: table.column_name(test.column).to_owned(),
                asked: asked(test, table),
                holds: held,
                value: shown(row.value(test.column)),
            };
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        Condition::Never(_) => {}
    }
}

fn shown(value: Value<'_>) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Integer(number) | Value::Timestamp(number) => Some(number.to_string()),
        Value::Real(number) => Some(number.to_string()),
        Value::Boolean(boolean) => Some(boolean.to_string()),
        Value::Text(text) => Some(text.to_owned()),
    }
}

/// What a test asks, in words.
fn asked(test: &Test, table: &Table) -> String {
    match &test.check {
        Check::Null => "is missing".to_owned(),
        Check::Exists => "is there".to_owned(),
        Check::Text(pattern) => text(pattern),
        Check::Regular(regular) => format!("fits the expression {:?}", regular.source),
        Check::Integer(comparison, wanted) => format!("{} {wanted}", comparison.sql()),
        Check::Real(comparison, wanted) => format!("{} {wanted}", comparison.sql()),
        Check::Boolean(wanted) => format!("= {wanted}"),
        Check::Network(network) => format!("is in {network}"),
        Check::Column(relation) => {
            let verb = match relation.place {
                Place::Equal => "equals",
                Place::Start => "begins with",
                Place::End => "ends with",
                Place::Inside => "contains",
            };
            format!("{verb} the value of {}", table.column_name(relation.other))
        }
        Check::Part(part, comparison, wanted) => format!("has {} {} {wanted}", part.name(), comparison.sql()),
    }
}

fn text(pattern: &Pattern) -> String {
    let case = if pattern.cased { " in this case" } else { "" };
    match pattern.shape() {
        Shape::Equals(wanted) => format!("equals {wanted:?}{case}"),
        Shape::StartsWith(wanted) => format!("begins with {wanted:?}{case}"),
        Shape::EndsWith(wanted) => format!("ends with {wanted:?}{case}"),
        Shape::Contains(wanted) => format!("contains {wanted:?}{case}"),
        Shape::Anything => "is there".to_owned(),
        Shape::Other(pieces) => {
            let shown: String = pieces.iter().map(crate::pattern::Piece::written).collect();
            format!("fits the pattern {shown:?}{case}")
        }
    }
}
