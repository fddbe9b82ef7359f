//! SQL text of signatures, for three engines.
//!
//! It means what the tree means: every test gives true or false and never NULL, ASCII letters alone are folded. The engine
//! must have the views of [`crate::views`] (or the tables that the set was loaded with) and the functions of
//! [`crate::functions`].

use crate::condition::Condition;
use crate::set::Set;
use crate::signature::Body;
use crate::table::Table;

mod correlations;
mod dialect;
mod test;

pub use dialect::Dialect;

/// The statement that finds the rows of a signature: `boot_ns`, `event_key`, `event` of each, of a correlation those of the
/// row with which it begins to hold.
///
/// # Errors
/// The reason why the signature cannot be evaluated.
pub fn statement(set: &Set, index: usize, dialect: Dialect) -> Result<String, String> {
    let signature = set.signatures().get(index).ok_or("no such signature")?;
    match &signature.body {
        Body::Rows { table, condition } => {
            let table = set.tables().all().get(*table).ok_or("no such table")?;
            let (from, holds) = (dialect.name(&table.name), expression(condition, table, dialect));
            Ok(format!("SELECT boot_ns, event_key, event FROM {from} WHERE {holds} ORDER BY boot_ns, event_key, event"))
        }
        Body::Correlation(correlation) => correlations::statement(set, correlation, dialect),
        Body::Not { reason } => Err(reason.clone()),
    }
}

/// A condition as an expression over the columns of its table.
pub fn expression(condition: &Condition, table: &Table, dialect: Dialect) -> String {
    match condition {
        Condition::All(members) => joined(members, " AND ", dialect.boolean(true), table, dialect),
        Condition::Any(members) => joined(members, " OR ", dialect.boolean(false), table, dialect),
        Condition::Not(member) => format!("(NOT {})", expression(member, table, dialect)),
        Condition::Test(test) => test::test(test, table, dialect),
        Condition::Never(_) => dialect.boolean(false).to_owned(),
    }
}

/// Long lists become trees of halves: engines limit how deep an expression may be.
fn joined(members: &[Condition], word: &str, empty: &str, table: &Table, dialect: Dialect) -> String {
    match members {
        [] => empty.to_owned(),
        [only] => expression(only, table, dialect),
        members => {
            let (left, right) = members.split_at(members.len() / 2);
            let half = |members| joined(members, word, empty, table, dialect);
            format!("({}{word}{})", half(left), half(right))
        }
    }
}
