//! The streaming matcher: which signatures a row matches.
//!
//! Each table has its own. Equal tests of different signatures are one test, asked once a row at most. Literals that a column
//! begins or ends with are found by one search in a sorted list, those that may stand anywhere in one pass (Aho-Corasick),
//! and a text that was there before is not searched again. A signature is looked at when a test has held without which it
//! cannot match, so that most rows look at few, however many there are; what else it tests for is looked for only then.
//! Where a column has few values (the operation, the type of a record), rows of each have a matcher of their own.

use crate::condition::Condition;
use crate::set::Set;
use crate::signature::Body;
use crate::table::Table;
use crate::value::Row;

mod anchored;
mod column;
mod dispatch;
mod head;
mod memo;
mod scan;

use column::ColumnIndex;
use dispatch::Dispatch;
use memo::{Answer, Node, Tests};

/// Which signatures of a set a row matches.
pub struct Matcher {
    /// By table; `None` where no signature is about it.
    tables: Vec<Option<Dispatch>>,
}

/// The signatures about some rows of one table.
#[derive(Default)]
struct TableMatcher {
    tests: Tests,
    columns: Vec<ColumnIndex>,
    rules: Vec<Rule>,
    /// By test: the rules to look at when it has held.
    triggers: Vec<Vec<u32>>,
    /// Rules to look at in every row.
    always: Vec<u32>,
    /// Rules to look at in this row, and by rule the row that it was put there for.
    chosen: Vec<u32>,
    chosen_at: Vec<u64>,
    hits: Vec<u32>,
}

struct Rule {
    /// Index in the set.
    signature: usize,
    node: Node,
}

impl Matcher {
    /// A matcher for the signatures of a set that are about rows.
    pub fn new(set: &Set) -> Matcher {
        let mut about: Vec<Vec<(usize, &Condition)>> = vec![Vec::new(); set.tables().all().len()];
        for (index, signature) in set.signatures().iter().enumerate() {
            if let Body::Rows { table, condition } = &signature.body
                && let Some(about) = about.get_mut(*table)
            {
                about.push((index, condition));
            }
        }
        let tables = about.iter().zip(set.tables().all());
        let tables = tables.map(|(about, table)| (!about.is_empty()).then(|| Dispatch::new(table, about))).collect();
        Matcher { tables }
    }

    /// Whether any signature is about this table: rows of others need not be made.
    pub fn wants(&self, table: usize) -> bool {
        matches!(self.tables.get(table), Some(Some(_)))
    }

    /// The columns of a table that are looked at, in order.
    pub fn columns(&self, table: usize) -> Vec<usize> {
        let Some(Some(matcher)) = self.tables.get(table) else { return Vec::new() };
        matcher.columns()
    }

    /// Puts the indices of the signatures that the row matches into `found`, in order.
    pub fn matches<R: Row + ?Sized>(&mut self, table: usize, row: &R, found: &mut Vec<usize>) {
        found.clear();
        if let Some(Some(matcher)) = self.tables.get_mut(table) {
            matcher.matches(row, found);
        }
    }
}

impl TableMatcher {
    /// The matcher of these signatures, by their index in the set.
    fn new<'a>(table: &Table, signatures: impl Iterator<Item = (usize, &'a Condition)>) -> TableMatcher {
        let mut matcher = TableMatcher::default();
        for (signature, condition) in signatures {
            let node = matcher.tests.node(condition);
            matcher.rules.push(Rule { signature, node });
        }
        matcher.index(table);
        matcher
    }

    fn columns(&self) -> Vec<usize> {
        self.tests.columns()
    }

    /// Makes the indices when all rules are there.
    fn index(&mut self, table: &Table) {
        self.tests.weigh(|column| table.columns.get(column).map_or(0, |column| column.values.len()));
        self.triggers.resize_with(self.tests.len(), Vec::new);
        for (index, rule) in self.rules.iter().enumerate() {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            match self.tests.required(&rule.node) {
                None => self.always.push(index),
                Some((_, tests)) => {
                    for test in tests {
                        if let Some(rules) = self.triggers.get_mut(test as usize)
                            && rules.last() != Some(&index)
                        {
                            rules.push(index);
                        }
                    }
                }
            }
        }
        self.chosen_at.resize(self.rules.len(), 0);
        let triggers = &self.triggers;
        self.columns = ColumnIndex::all(&mut self.tests, |test| {
            triggers.get(test as usize).is_some_and(|rules| !rules.is_empty())
        });
    }

    fn matches<R: Row + ?Sized>(&mut self, row: &R, found: &mut Vec<usize>) {
        self.tests.next_row();
        self.chosen.clear();
        for column in &mut self.columns {
            self.hits.clear();
            column.look(row, &mut self.tests, &mut self.hits);
            for rule in self.hits.iter().filter_map(|test| self.triggers.get(*test as usize)).flatten() {
                if let Some(at) = self.chosen_at.get_mut(*rule as usize)
                    && *at != self.tests.row()
                {
                    *at = self.tests.row();
                    self.chosen.push(*rule);
                }
            }
        }
        for index in self.chosen.iter().chain(&self.always) {
            if let Some(rule) = self.rules.get(*index as usize)
                && holds(&rule.node, row, &mut self.tests, &mut self.columns)
            {
                found.push(rule.signature);
            }
        }
        found.sort_unstable();
    }
}

/// Whether a rule holds for the row at hand.
fn holds<R: Row + ?Sized>(node: &Node, row: &R, tests: &mut Tests, columns: &mut [ColumnIndex]) -> bool {
    match node {
        Node::All(members) => members.iter().all(|member| holds(member, row, tests, columns)),
        Node::Any(members) => members.iter().any(|member| holds(member, row, tests, columns)),
        Node::Not(member) => !holds(member, row, tests, columns),
        Node::Test(test) => match tests.answer(*test, row) {
            Answer::Holds => true,
            Answer::Fails => false,
            Answer::Ask(index) => {
                let Some(column) = columns.get_mut(index) else { return false };
                column.ask(row, tests);
                tests.answer(*test, row) == Answer::Holds
            }
        },
        Node::Never => false,
    }
}
