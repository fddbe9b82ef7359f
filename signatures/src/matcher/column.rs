//! Everything that text tests look for in one column.

use crate::condition::Check;
use crate::pattern::{Pattern, Shape};
use crate::value::{Row, Value};

use super::anchored::{Anchored, Extent};
use super::memo::Tests;
use super::scan::Scan;

/// The text tests of one column and one way to compare letters.
pub(super) struct ColumnIndex {
    column: usize,
    start: Anchored,
    end: Anchored,
    /// What may stand anywhere and is looked for in every row, since rules are chosen by it.
    always: Option<Scan>,
    /// What is looked for when a rule that was chosen asks for it.
    asked: Option<Scan>,
    /// Number of the row that it was asked for.
    asked_at: u64,
}

/// Whether a test is in an index: then it does not hold where the index is silent.
pub(super) fn is_indexed(check: &Check) -> bool {
    match check {
        Check::Text(pattern) => {
            pattern.shape() != Shape::Anything && (is_whole(pattern) || !pattern.longest().is_empty())
        }
        _ => false,
    }
}

fn is_whole(pattern: &Pattern) -> bool {
    matches!(pattern.shape(), Shape::Equals(_))
}

/// The tests of a column while its index is made.
struct Draft<'a> {
    column: usize,
    cased: bool,
    start: Vec<(&'a str, Extent, u32)>,
    end: Vec<(&'a str, Extent, u32)>,
    always: Vec<(u32, Pattern, bool)>,
    asked: Vec<(u32, Pattern, bool)>,
}

impl ColumnIndex {
    /// The indices of all columns that have text tests. Tells `tests` which of them waits to be asked for which test;
    /// `chooses` says whether rules are chosen by a test.
    pub(super) fn all(tests: &mut Tests, chooses: impl Fn(u32) -> bool) -> Vec<ColumnIndex> {
        let mut drafts: Vec<Draft<'_>> = Vec::new();
        let mut waiting = Vec::new();
        for (number, test) in tests.iter() {
            let Check::Text(pattern) = &test.check else { continue };
            if !is_indexed(&test.check) {
                continue;
            }
            let at = drafts.iter().position(|draft| draft.column == test.column && draft.cased == pattern.cased);
            let at = at.unwrap_or_else(|| {
                drafts.push(Draft::new(test.column, pattern.cased));
                drafts.len() - 1
            });
            let Some(draft) = drafts.get_mut(at) else { continue };
            match pattern.shape() {
                Shape::Equals(literal) => draft.start.push((literal, Extent::Whole, number)),
                Shape::StartsWith(literal) => draft.start.push((literal, Extent::Part, number)),
                Shape::EndsWith(literal) => draft.end.push((literal, Extent::Part, number)),
                shape => {
                    let wanted = (number, pattern.clone(), matches!(shape, Shape::Contains(_)));
                    if chooses(number) {
                        draft.always.push(wanted);
                    } else {
                        draft.asked.push(wanted);
                        waiting.push((number, at));
                    }
                }
            }
        }
        let made = drafts.into_iter().map(Draft::index).collect();
        for (number, at) in waiting {
            tests.wait(number, at);
        }
        made
    }

    /// Notes which of the tests that are looked for in every row hold, and adds those to `hits`.
    pub(super) fn look<R: Row + ?Sized>(&mut self, row: &R, tests: &mut Tests, hits: &mut Vec<u32>) {
        let Value::Text(text) = row.value(self.column) else { return };
        let mut hit = |test| {
            if tests.hit(test) {
                hits.push(test);
            }
        };
        self.start.search(text.as_bytes(), &mut hit);
        self.end.search(text.as_bytes(), &mut hit);
        if let Some(scan) = &mut self.always {
            scan.hits(text).iter().for_each(|test| hit(*test));
        }
    }

    /// Notes which of the other tests hold, once a row.
    pub(super) fn ask<R: Row + ?Sized>(&mut self, row: &R, tests: &mut Tests) {
        if self.asked_at == tests.row() {
            return;
        }
        self.asked_at = tests.row();
        if let (Value::Text(text), Some(scan)) = (row.value(self.column), &mut self.asked) {
            for test in scan.hits(text) {
                tests.hit(*test);
            }
        }
    }
}

impl Draft<'_> {
    fn new(column: usize, cased: bool) -> Self {
        let (start, end, always, asked) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Draft { column, cased, start, end, always, asked }
    }

    fn index(self) -> ColumnIndex {
        let scan = |wanted: Vec<_>| (!wanted.is_empty()).then(|| Scan::new(self.cased, wanted));
        ColumnIndex {
            column: self.column,
            start: Anchored::new(false, self.cased, &self.start),
            end: Anchored::new(true, self.cased, &self.end),
            always: scan(self.always),
            asked: scan(self.asked),
            asked_at: 0,
        }
    }
}
