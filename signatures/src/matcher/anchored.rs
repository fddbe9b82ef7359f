//! Literals that a text begins or ends with, found by one search in a sorted list.

use std::cmp::Ordering;

use super::head::{head, lower, tail};

/// Literals, all for the beginning of texts or all for their end. Those for the end are kept and compared backwards.
pub(super) struct Anchored {
    is_end: bool,
    cased: bool,
    /// Sorted.
    literals: Vec<Literal>,
    /// The first bytes of each, by which most of the search is done.
    heads: Vec<u64>,
    /// Tests that hold of a text without characters.
    empty: Vec<u32>,
}

struct Literal {
    bytes: Box<[u8]>,
    /// The longest literal that this one begins with.
    shorter: Option<u32>,
    tests: Vec<(u32, Extent)>,
}

/// What of a text must be the literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of it.
    Whole,
    /// Its beginning or end.
    Part,
}

impl Anchored {
    /// The index of `(literal, extent, test)`, literals in lower case unless letters are told apart.
    pub(super) fn new(is_end: bool, cased: bool, wanted: &[(&str, Extent, u32)]) -> Anchored {
        let mut keyed: Vec<(Box<[u8]>, Extent, u32)> = Vec::new();
        let mut empty = Vec::new();
        for (literal, extent, test) in wanted {
            let mut bytes: Box<[u8]> = literal.as_bytes().into();
            if is_end {
                bytes.reverse();
            }
            if bytes.is_empty() {
                empty.push(*test);
            } else {
                keyed.push((bytes, *extent, *test));
            }
        }
        keyed.sort_unstable_by(|left, right| left.0.cmp(&right.0));
        let mut literals: Vec<Literal> = Vec::new();
        for (bytes, extent, test) in keyed {
            match literals.last_mut() {
                Some(last) if last.bytes == bytes => last.tests.push((test, extent)),
                _ => {
                    let shorter = begun_with(&literals, &bytes);
                    literals.push(Literal { bytes, shorter, tests: vec![(test, extent)] });
                }
            }
        }
        let heads = literals.iter().map(|literal| head(&literal.bytes)).collect();
        Anchored { is_end, cased, literals, heads, empty }
    }

    /// Calls `hit` with each test that holds of the text.
    pub(super) fn search(&self, text: &[u8], mut hit: impl FnMut(u32)) {
        if text.is_empty() {
            self.empty.iter().for_each(|test| hit(*test));
        }
        if text.is_empty() || self.literals.is_empty() {
            return;
        }
        let first = if self.is_end { tail(text) } else { head(text) };
        let first = if self.cased { first } else { lower(first) };
        let start = self.heads.partition_point(|head| *head < first);
        let same = self.heads.get(start..).map_or(0, |heads| heads.partition_point(|head| *head == first));
        let same = self.literals.get(start..start + same).unwrap_or_default();
        let behind = start + same.partition_point(|literal| self.order(literal, text).0 != Ordering::Greater);
        // What the text begins with comes before it, and the last of what comes before it begins with all of that.
        let Some(mut literal) = behind.checked_sub(1).and_then(|last| self.literals.get(last)) else { return };
        let common = self.order(literal, text).1;
        loop {
            if literal.bytes.len() <= common {
                for (test, extent) in &literal.tests {
                    if *extent == Extent::Part || literal.bytes.len() == text.len() {
                        hit(*test);
                    }
                }
            }
            match literal.shorter.and_then(|shorter| self.literals.get(shorter as usize)) {
                Some(shorter) => literal = shorter,
                None => return,
            }
        }
    }

    /// The order of a literal and a text, and how many bytes they have in common. A literal that the text begins with comes
    /// before it or is it.
    fn order(&self, literal: &Literal, text: &[u8]) -> (Ordering, usize) {
        for (at, wanted) in literal.bytes.iter().enumerate() {
            match self.byte(text, at) {
                Some(byte) if byte == *wanted => {}
                Some(byte) => return (wanted.cmp(&byte), at),
                None => return (Ordering::Greater, at),
            }
        }
        (Ordering::Less, literal.bytes.len())
    }

    fn byte(&self, text: &[u8], at: usize) -> Option<u8> {
        let at = if self.is_end { text.len().checked_sub(at + 1)? } else { at };
        let byte = text.get(at)?;
        Some(if self.cased { *byte } else { byte.to_ascii_lowercase() })
    }
}

/// The longest of the literals that these bytes begin with; the last of them comes just before the bytes in their order.
fn begun_with(literals: &[Literal], bytes: &[u8]) -> Option<u32> {
    let mut candidate = literals.len().checked_sub(1).map(number);
    while let Some(literal) = candidate.and_then(|candidate| literals.get(candidate as usize)) {
        if bytes.starts_with(&literal.bytes) {
            return candidate;
        }
        candidate = literal.shorter;
    }
    None
}

fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Anchored, Extent};

    fn found(index: &Anchored, text: &str) -> Vec<u32> {
        let mut found = Vec::new();
        index.search(text.as_bytes(), |test| found.push(test));
        found.sort_unstable();
        found
    }

    #[test]
    fn every_literal_is_found_where_it_stands() {
        let literals = ["", "a", "ab", "abc", "abd", "b", "bb", "\u{e4}", "/bin/sh", "/bin/bash", "z"];
        let texts = ["", "a", "A", "aB", "abcd", "abd", "abe", "bbb", "\u{e4}x", "/bin/SH", "/bin/sh -c", "zz", "x"];
        for (is_end, cased) in [(false, false), (false, true), (true, false), (true, true)] {
            let wanted: Vec<(&str, Extent, u32)> = literals
                .iter()
                .zip(0..)
                .flat_map(|(literal, number)| {
                    let part = Some((*literal, Extent::Part, 2 * number)).filter(|_| !literal.is_empty());
                    part.into_iter().chain([(*literal, Extent::Whole, 2 * number + 1)])
                })
                .collect();
            let index = Anchored::new(is_end, cased, &wanted);
            let reversed = |text: &str| text.chars().rev().collect::<String>();
            for text in texts.iter().flat_map(|text| [(*text).to_owned(), reversed(text)]) {
                let folded = if cased { text.clone() } else { text.to_ascii_lowercase() };
                let mut expected: Vec<u32> = wanted
                    .iter()
                    .filter(|(literal, extent, _)| match extent {
                        Extent::Whole => folded == *literal,
                        Extent::Part if is_end => folded.ends_with(literal),
                        Extent::Part => folded.starts_with(literal),
                    })
                    .map(|(_, _, test)| *test)
                    .collect();
                expected.sort_unstable();
                assert_eq!(found(&index, &text), expected, "{text} {is_end} {cased}");
            }
        }
    }
}
