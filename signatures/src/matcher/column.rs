//! Everything that text tests look for in one column, looked for at once.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::condition::Check;
use crate::pattern::Shape;
use crate::value::{Row, Value};

use super::memo::Tests;

/// Bytes of literals up to which a table for every state is worth its room.
const MAX_DENSE_BYTES: usize = 1 << 16;

/// Where a literal must stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    End,
    Anywhere,
    /// Anywhere, and then the whole pattern is tried.
    Pattern,
}

/// The text tests of one column and one way to compare letters.
pub(super) struct ColumnIndex {
    column: usize,
    cased: bool,
    /// Tests for whole values.
    whole: HashMap<Box<str>, u32>,
    longest_whole: usize,
    literals: Option<AhoCorasick>,
    /// By literal: the tests that look for it.
    tests: Vec<Vec<(u32, Place)>>,
}

impl ColumnIndex {
    /// The indices of all columns that have text tests; marks the tests that are in one.
    pub(super) fn all(tests: &mut Tests) -> Vec<ColumnIndex> {
        let mut drafts: Vec<Draft> = Vec::new();
        let mut indexed = Vec::new();
        for (number, test) in tests.iter() {
            let Check::Text(pattern) = &test.check else { continue };
            let (literal, place) = match pattern.shape() {
                Shape::Equals(literal) => (literal, None),
                Shape::StartsWith(literal) => (literal, Some(Place::Start)),
                Shape::EndsWith(literal) => (literal, Some(Place::End)),
                Shape::Contains(literal) => (literal, Some(Place::Anywhere)),
                Shape::Other(_) if !pattern.longest().is_empty() => (pattern.longest(), Some(Place::Pattern)),
                Shape::Anything | Shape::Other(_) => continue,
            };
            let at = drafts.iter().position(|draft| draft.column == test.column && draft.cased == pattern.cased);
            let at = at.unwrap_or_else(|| {
                drafts.push(Draft { column: test.column, cased: pattern.cased, ..Draft::default() });
                drafts.len() - 1
            });
            if let Some(draft) = drafts.get_mut(at) {
                draft.add(literal, number, place);
                indexed.push((at, number));
            }
        }
        let made: Vec<Option<ColumnIndex>> = drafts.into_iter().map(Draft::index).collect();
        for (at, number) in indexed {
            // Without an index its tests are asked one by one.
            if matches!(made.get(at), Some(Some(_))) {
                tests.set_indexed(number);
            }
        }
        made.into_iter().flatten().collect()
    }

    /// Notes which of the tests hold, and adds those to `hits`.
    pub(super) fn look<R: Row + ?Sized>(&self, row: &R, tests: &mut Tests, hits: &mut Vec<u32>) {
        let Value::Text(text) = row.value(self.column) else { return };
        if text.len() <= self.longest_whole && !self.whole.is_empty() {
            let found = if self.cased || !text.bytes().any(|byte| byte.is_ascii_uppercase()) {
                self.whole.get(text)
            } else {
                self.whole.get(text.to_ascii_lowercase().as_str())
            };
            if let Some(test) = found
                && tests.hit(*test)
            {
                hits.push(*test);
            }
        }
        let Some(literals) = &self.literals else { return };
        let Ok(found) = literals.try_find_overlapping_iter(text) else { return };
        for literal in found {
            for (test, place) in self.tests.get(literal.pattern().as_usize()).into_iter().flatten() {
                let holds = match place {
                    Place::Start => literal.start() == 0 && tests.hit(*test),
                    Place::End => literal.end() == text.len() && tests.hit(*test),
                    Place::Anywhere => tests.hit(*test),
                    Place::Pattern => tests.may_hit(*test, text),
                };
                if holds {
                    hits.push(*test);
                }
            }
        }
    }
}

#[derive(Default)]
struct Draft {
    column: usize,
    cased: bool,
    whole: HashMap<Box<str>, u32>,
    literals: Vec<String>,
    numbers: HashMap<String, usize>,
    tests: Vec<Vec<(u32, Place)>>,
}

impl Draft {
    fn add(&mut self, literal: &str, test: u32, place: Option<Place>) {
        let Some(place) = place else {
            self.whole.insert(literal.into(), test);
            return;
        };
        let number = *self.numbers.entry(literal.to_owned()).or_insert_with(|| {
            self.literals.push(literal.to_owned());
            self.tests.push(Vec::new());
            self.literals.len() - 1
        });
        if let Some(tests) = self.tests.get_mut(number) {
            tests.push((test, place));
        }
    }

    /// The index, unless its literals are too many to be put together.
    fn index(self) -> Option<ColumnIndex> {
        let bytes: usize = self.literals.iter().map(String::len).sum();
        let kind = if bytes <= MAX_DENSE_BYTES { AhoCorasickKind::DFA } else { AhoCorasickKind::ContiguousNFA };
        let literals = if self.literals.is_empty() {
            None
        } else {
            let mut builder = AhoCorasick::builder();
            builder.ascii_case_insensitive(!self.cased).match_kind(MatchKind::Standard).kind(Some(kind));
            Some(builder.build(&self.literals).ok()?)
        };
        let longest_whole = self.whole.keys().map(|whole| whole.len()).max().unwrap_or(0);
        let (column, cased, whole, tests) = (self.column, self.cased, self.whole, self.tests);
        Some(ColumnIndex { column, cased, whole, longest_whole, literals, tests })
    }
}
