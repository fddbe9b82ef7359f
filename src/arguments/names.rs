//! Names of events as people write them: patterns, and what to suggest when a name is not known.

/// Suggestions made at most.
const SUGGESTIONS: usize = 3;

/// An error sentence for a name that is not among `known`, with the nearest of those.
///
/// `what` says what kind of name it is, as in `unknown event`.
pub(crate) fn unknown<'a>(what: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    unknown_of(what, name, known, "`tracee list events` shows all")
}

/// The same; `otherwise` says what there is when nothing is near.
pub(crate) fn unknown_of<'a>(
    what: &str,
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
    otherwise: &str,
) -> String {
    let near = nearest(name, known);
    let shown = name.escape_debug();
    match near.split_last() {
        None => format!("unknown {what} \"{shown}\"; {otherwise}"),
        Some((only, [])) => format!("unknown {what} \"{shown}\"; did you mean {only}?"),
        Some((last, others)) => format!("unknown {what} \"{shown}\"; did you mean {} or {last}?", others.join(", ")),
    }
}

/// Whether a pattern, in which `*` stands for any characters, fits the whole name.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(tail) = name.strip_prefix(head) else {
        return false;
    };
    (0..=tail.len()).any(|at| tail.is_char_boundary(at) && matches(rest, &tail[at..]))
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
            let edits = distance(&name, candidate);
            let part = name.len() >= 3 && (candidate.contains(&name) || name.contains(candidate));
            (edits <= allowed).then_some(edits).or(part.then_some(allowed + edits)).map(|cost| (cost, candidate))
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().take(SUGGESTIONS).map(|(_, candidate)| candidate).collect()
}

/// Levenshtein's distance, in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, matches, nearest, unknown};

    const NAMES: &[&str] = &["open", "openat", "openat2", "execve", "execveat", "sched_process_exec", "read"];

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, name) in [("open*", "openat"), ("*at", "openat"), ("*", ""), ("a*b*c", "axbyc"), ("read", "read")]
        {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("open*", "reopen"), ("a*b*c", "acb"), ("", "x"), ("read", "pread")] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("same", "same"), 0);
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
