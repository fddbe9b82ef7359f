//! Literals that stand anywhere in a text, looked for all at once (Aho-Corasick), and what was found in texts before: a process
//! makes many rows with the same command line.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::pattern::Pattern;

/// Bytes of literals up to which a table for every state is worth its room.
const MAX_DENSE_BYTES: usize = 1 << 16;
/// Texts whose answer is kept, and bytes of the longest of them.
const SLOTS: usize = 64;
const MAX_KEPT_BYTES: usize = 256;

/// The tests of a column that are looked for in one pass.
pub(super) struct Scan {
    /// Nothing where the literals are too many to be put together: every test is tried then.
    literals: Option<AhoCorasick>,
    /// By literal, places in `entries`.
    by_literal: Vec<Vec<u32>>,
    entries: Vec<Entry>,
    /// Number of the search that is going on.
    search: u64,
    /// Answers by the texts' hash.
    slots: Vec<Slot>,
    /// The answer that is not kept.
    passing: Vec<u32>,
}

struct Entry {
    test: u32,
    pattern: Pattern,
    /// Whether the literal is all that the pattern asks for.
    is_simple: bool,
    /// Number of the search that it was tried in last.
    tried: u64,
}

#[derive(Clone, Default)]
struct Slot {
    hash: u64,
    /// Whether the answer is kept: from the second time on, since most texts that come again do so soon, and others never.
    is_kept: bool,
    text: String,
    hits: Vec<u32>,
}

/// Whether a text was there before.
enum Seen {
    Never,
    /// Its answer is kept from now on.
    Once,
    /// Its answer is there.
    Kept,
}

impl Slot {
    fn see(&mut self, hash: u64, text: &str) -> Seen {
        if self.hash != hash {
            (self.hash, self.is_kept) = (hash, false);
            Seen::Never
        } else if !self.is_kept {
            self.is_kept = true;
            Seen::Once
        } else if self.text == text {
            Seen::Kept
        } else {
            Seen::Never
        }
    }
}

impl Scan {
    /// A scan for tests, each with its pattern, which has a literal, and whether the literal is all of it.
    pub(super) fn new(cased: bool, wanted: Vec<(u32, Pattern, bool)>) -> Scan {
        let mut numbers = std::collections::HashMap::<String, usize>::new();
        let mut by_literal: Vec<Vec<u32>> = Vec::new();
        for ((_, pattern, _), place) in wanted.iter().zip(0..) {
            let number = *numbers.entry(pattern.longest().to_owned()).or_insert_with(|| {
                by_literal.push(Vec::new());
                by_literal.len() - 1
            });
            if let Some(places) = by_literal.get_mut(number) {
                places.push(place);
            }
        }
        let mut literals: Vec<(String, usize)> = numbers.into_iter().collect();
        literals.sort_unstable_by_key(|(_, number)| *number);
        let bytes: usize = literals.iter().map(|(literal, _)| literal.len()).sum();
        let kind = if bytes <= MAX_DENSE_BYTES { AhoCorasickKind::DFA } else { AhoCorasickKind::ContiguousNFA };
        let mut builder = AhoCorasick::builder();
        builder.ascii_case_insensitive(!cased).match_kind(MatchKind::Standard).kind(Some(kind));
        let entry = |(test, pattern, is_simple)| Entry { test, pattern, is_simple, tried: 0 };
        Scan {
            literals: builder.build(literals.iter().map(|(literal, _)| literal)).ok(),
            by_literal,
            entries: wanted.into_iter().map(entry).collect(),
            search: 0,
            slots: vec![Slot::default(); SLOTS],
            passing: Vec::new(),
        }
    }

    /// The tests that hold of the text, each once.
    pub(super) fn hits(&mut self, text: &str) -> &[u32] {
        let (mut place, mut seen) = (0, Seen::Never);
        if text.len() <= MAX_KEPT_BYTES {
            let hash = hash(text.as_bytes());
            place = usize::try_from(hash >> 32).unwrap_or(0) % SLOTS;
            seen = self.slots.get_mut(place).map_or(Seen::Never, |slot| slot.see(hash, text));
        }
        match seen {
            Seen::Kept => {}
            Seen::Once => {
                let mut slot = self.slots.get_mut(place).map(std::mem::take).unwrap_or_default();
                slot.text.clear();
                slot.text.push_str(text);
                self.fill(text, &mut slot.hits);
                if let Some(place) = self.slots.get_mut(place) {
                    *place = slot;
                }
            }
            Seen::Never => {
                let mut passing = std::mem::take(&mut self.passing);
                self.fill(text, &mut passing);
                self.passing = passing;
                return &self.passing;
            }
        }
        self.slots.get(place).map_or(&[], |slot| &slot.hits)
    }

    fn fill(&mut self, text: &str, hits: &mut Vec<u32>) {
        hits.clear();
        self.search += 1;
        let search = self.search;
        let found = self.literals.as_ref().and_then(|literals| literals.try_find_overlapping_iter(text).ok());
        let mut tried = |entry: &mut Entry, is_found: bool| {
            if entry.tried != search {
                entry.tried = search;
                if (is_found && entry.is_simple) || entry.pattern.matches(text) {
                    hits.push(entry.test);
                }
            }
        };
        let Some(found) = found else {
            self.entries.iter_mut().for_each(|entry| tried(entry, false));
            return;
        };
        for literal in found {
            for place in self.by_literal.get(literal.pattern().as_usize()).into_iter().flatten() {
                if let Some(entry) = self.entries.get_mut(*place as usize) {
                    tried(entry, true);
                }
            }
        }
    }
}

/// A number that is seldom the same for two texts; who makes it so only has texts searched again.
fn hash(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let (words, rest) = bytes.as_chunks::<8>();
    let mix = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(FACTOR);
    let hash = words.iter().fold(bytes.len() as u64, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    let rest = rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    let hash = mix(hash, rest);
    hash ^ hash >> 29
}

#[cfg(test)]
mod tests {
    use super::{MAX_KEPT_BYTES, Scan};
    use crate::pattern::{Pattern, Piece};

    #[test]
    fn what_is_kept_is_what_is_found() {
        let literal = |text: &str| Piece::Literal(text.to_owned());
        let inside = |text: &str| Pattern::new([Piece::Any, literal(text), Piece::Any], false);
        let both = Pattern::new([Piece::Any, literal("aa"), Piece::Any, literal("b"), Piece::Any], false);
        let wanted = vec![(7, inside("Ab"), true), (8, inside("b"), true), (9, both, false)];
        let mut scan = Scan::new(false, wanted.clone());
        let texts: Vec<String> = (0..2000)
            .map(|number: u32| format!("{number:b}").replace('0', "A").replace('1', "b"))
            .chain([String::new(), "x".repeat(MAX_KEPT_BYTES) + "aab"])
            .collect();
        for text in texts.iter().flat_map(|text| [text; 3]).chain(&texts) {
            let mut expected: Vec<u32> =
                wanted.iter().filter(|(_, pattern, _)| pattern.matches(text)).map(|(test, ..)| *test).collect();
            let mut found = scan.hits(text).to_vec();
            expected.sort_unstable();
            found.sort_unstable();
            assert_eq!(found, expected, "{text}");
        }
    }
}
