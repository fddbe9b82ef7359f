//! The different tests of all signatures about a table, and what each has given for the row at hand.

use std::collections::HashMap;

use crate::condition::{Check, Condition, Test};
use crate::pattern::Shape;
use crate::value::Row;

use super::column::is_indexed;

/// A condition over numbered tests.
pub(super) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Test(u32),
    Never,
}

struct Known {
    test: Test,
    index: Index,
    /// How often it is expected to hold: less is better to choose rules by.
    weight: f64,
}

/// Who says whether a test holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Index {
    /// Nobody: it is tried.
    None,
    /// An index that is asked about every row.
    Always,
    /// The index with this number, when it is asked.
    Asked(usize),
}

/// What is known of a test in the row at hand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Holds,
    Fails,
    /// The index with this number has to be asked; what it does not say then fails.
    Ask(usize),
}

#[derive(Default)]
pub(super) struct Tests {
    all: Vec<Known>,
    numbers: HashMap<String, u32>,
    row: u64,
    /// By test: twice the number of the row that it was answered for last, and one more if it held.
    answers: Vec<u64>,
}

impl Tests {
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn next_row(&mut self) {
        self.row += 1;
    }

    /// Number of the row at hand.
    pub(super) fn row(&self) -> u64 {
        self.row
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Test)> {
        (0..).zip(self.all.iter().map(|known| &known.test))
    }

    pub(super) fn columns(&self) -> Vec<usize> {
        let mut columns: Vec<usize> = self.all.iter().map(|known| known.test.column).collect();
        columns.extend(self.all.iter().filter_map(|known| match &known.test.check {
            Check::Column(relation) => Some(relation.other),
            _ => None,
        }));
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// The condition over tests of this table.
    pub(super) fn node(&mut self, condition: &Condition) -> Node {
        match condition {
            Condition::All(members) => Node::All(members.iter().map(|member| self.node(member)).collect()),
            Condition::Any(members) => Node::Any(members.iter().map(|member| self.node(member)).collect()),
            Condition::Not(member) => Node::Not(Box::new(self.node(member))),
            Condition::Test(test) => Node::Test(self.number(test)),
            Condition::Never(_) => Node::Never,
        }
    }

    fn number(&mut self, test: &Test) -> u32 {
        // Equal tests are written equally; what the field is called does not matter.
        let key = format!("{} {:?}", test.column, test.check);
        *self.numbers.entry(key).or_insert_with(|| {
            self.all.push(Known { test: test.clone(), index: Index::None, weight: 1.0 });
            u32::try_from(self.all.len() - 1).unwrap_or(u32::MAX)
        })
    }

    /// Guesses how often each test will hold; `values_of` says how many values a column can have, 0 when any. There are no
    /// further tests then.
    pub(super) fn weigh(&mut self, values_of: impl Fn(usize) -> usize) {
        for known in &mut self.all {
            let Check::Text(pattern) = &known.test.check else { continue };
            if is_indexed(&known.test.check) {
                known.index = Index::Always;
            }
            let length = i32::try_from(pattern.longest().len()).unwrap_or(i32::MAX);
            let rare = 0.6_f64.powi(length.min(40));
            known.weight = match (values_of(known.test.column), pattern.shape()) {
                (0, Shape::Equals(_)) => rare * 0.01,
                (0, Shape::StartsWith(_) | Shape::EndsWith(_)) => rare * 0.05,
                (0, _) => rare,
                (values, _) => 1.0 / values as f64,
            };
        }
        self.numbers = HashMap::new();
        self.answers = vec![0; self.all.len()];
    }

    /// The index with this number has to be asked for a test.
    pub(super) fn wait(&mut self, test: u32, index: usize) {
        if let Some(known) = self.all.get_mut(test as usize) {
            known.index = Index::Asked(index);
        }
    }

    /// The cheapest tests of which one must hold for the node to hold, all of them indexed, and their weight.
    pub(super) fn required(&self, node: &Node) -> Option<(f64, Vec<u32>)> {
        match node {
            Node::Test(test) => {
                let known = self.all.get(*test as usize).filter(|known| known.index != Index::None)?;
                Some((known.weight, vec![*test]))
            }
            Node::Any(members) => members.iter().try_fold((0.0, Vec::new()), |(weight, mut tests), member| {
                let (more, others) = self.required(member)?;
                tests.extend(others);
                Some((weight + more, tests))
            }),
            Node::All(members) => {
                let possible = members.iter().filter_map(|member| self.required(member));
                possible.min_by(|(left, _), (right, _)| left.total_cmp(right))
            }
            Node::Never => Some((0.0, Vec::new())),
            Node::Not(_) => None,
        }
    }

    /// Takes note that an indexed test holds; false when that was known already.
    pub(super) fn hit(&mut self, test: u32) -> bool {
        match self.answers.get_mut(test as usize) {
            Some(answer) if *answer >> 1 != self.row => {
                *answer = self.row << 1 | 1;
                true
            }
            _ => false,
        }
    }

    /// Whether a test holds for the row at hand.
    pub(super) fn answer<R: Row + ?Sized>(&mut self, test: u32, row: &R) -> Answer {
        let Some(answer) = self.answers.get_mut(test as usize) else { return Answer::Fails };
        if *answer >> 1 == self.row {
            return if *answer & 1 == 1 { Answer::Holds } else { Answer::Fails };
        }
        let Some(known) = self.all.get(test as usize) else { return Answer::Fails };
        match known.index {
            Index::Always => Answer::Fails,
            Index::Asked(index) => Answer::Ask(index),
            Index::None => {
                let holds = known.test.holds(row);
                *answer = self.row << 1 | u64::from(holds);
                if holds { Answer::Holds } else { Answer::Fails }
            }
        }
    }
}
