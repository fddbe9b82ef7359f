//! Names as people write them: patterns, and what to suggest when a name is not known.

use crate::error::quoted;

/// Suggestions made at most.
const SUGGESTIONS: usize = 3;

/// An error sentence for a name that is not among `known`, with the nearest of those.
///
/// `what` says what kind of name it is, as in `unknown event`.
pub fn unknown<'a>(what: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    unknown_or(what, name, known, "`tracee list events` shows all")
}

/// The same, where `otherwise` is what helps when nothing is near.
pub fn unknown_or<'a>(what: &str, name: &str, known: impl IntoIterator<Item = &'a str>, otherwise: &str) -> String {
    let shown = quoted(name);
    match suggestion(name, known) {
        None => format!("unknown {what} {shown}; {otherwise}"),
        Some(question) => format!("unknown {what} {shown}; {question}"),
    }
}

/// `did you mean a, b or c?`, of the names nearest to `name`; `None` when none is near.
pub fn suggestion<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    match nearest(name, known).split_last()? {
        (only, []) => Some(format!("did you mean {only}?")),
        (last, others) => Some(format!("did you mean {} or {last}?", others.join(", "))),
    }
}

/// Whether a pattern, in which `*` stands for any characters, fits the whole name.
pub fn matches(pattern: &str, name: &str) -> bool {
    let (mut pieces, anchored) = (pattern.split('*'), !pattern.contains('*'));
    let Some(mut left) = name.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    if anchored {
        return left.is_empty();
    }
    // Taking each piece where it first occurs leaves the most for those behind it, so nothing is tried twice.
    let Some(last) = pieces.next_back() else { return true };
    for piece in pieces {
        match left.find(piece).and_then(|at| left.get(at.saturating_add(piece.len())..)) {
            Some(behind) => left = behind,
            None => return false,
        }
    }
    left.ends_with(last)
}

/// The names nearest to `name`, best first: those within a third of its length in edits, then those that contain it.
fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let name = name.to_lowercase();
    // Nobody mistypes a name this long, and the distance costs the product of both lengths.
    if name.is_empty() || name.len() > 64 {
        return Vec::new();
    }
    let allowed = (name.chars().count() / 3).max(1);
    let mut found: Vec<(usize, &str)> = known
        .into_iter()
        .filter_map(|candidate| {
            let lower = candidate.to_lowercase();
            let edits = distance(&name, &lower);
            let part = name.len() >= 3 && (lower.contains(&name) || (lower.len() >= 3 && name.contains(&lower)));
            (edits <= allowed).then_some(edits).or(part.then_some(allowed + edits)).map(|cost| (cost, candidate))
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().take(SUGGESTIONS).map(|(_, candidate)| candidate).collect()
}

/// Edits that make one of the other, in characters: one more, one less, another one, two neighbours swapped.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
            let mut edits = at(&last, j) + usize::from(from != to);
            edits = edits.min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let is_swapped = i > 0 && j > 0 && b.get(j - 1) == Some(from) && a.get(i - 1) == Some(to);
            if is_swapped {
                edits = edits.min(at(&before, j - 1) + 1);
            }
            row.push(edits);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{distance, matches, nearest, unknown};

    const NAMES: &[&str] = &["open", "openat", "openat2", "execve", "execveat", "sched_process_exec", "read"];

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, name) in
            [("open*", "openat"), ("*at", "openat"), ("*", ""), ("a*b*c", "axbyc"), ("*a*a", "aa"), ("read", "read")]
        {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("open*", "reopen"), ("a*b*c", "acb"), ("a*a", "a"), ("", "x"), ("read", "pread")] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("same", "same"), 0);
        assert_eq!(distance("udi", "uid"), 1, "swapped neighbours");
    }

    #[test]
    fn a_slip_finds_the_name_meant() {
        assert_eq!(nearest("opnat", NAMES.iter().copied()).first(), Some(&"openat"));
        assert_eq!(nearest("EXECVE", NAMES.iter().copied()).first(), Some(&"execve"));
        assert_eq!(nearest("process_exec", NAMES.iter().copied()), ["sched_process_exec"]);
        assert!(nearest("zzzzzzzz", NAMES.iter().copied()).is_empty());
    }

    #[test]
    fn an_unknown_name_is_escaped_and_its_neighbours_are_named() {
        assert_eq!(
            unknown("event", "\x1b[31m", ["openat"]),
            "unknown event \"\\u{1b}[31m\"; `tracee list events` shows all"
        );
        assert_eq!(unknown("event", "reed", NAMES.iter().copied()), "unknown event \"reed\"; did you mean read?");
    }
}
