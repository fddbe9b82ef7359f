//! Globs over paths. All ways to match are followed at once, so time grows with the length of the path times that of the
//! glob and never faster, whatever stands in them.

use std::mem;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// This character.
    Exactly(char),
    /// Any but `/`.
    One,
    /// Any number of characters but `/`.
    Within,
    /// Any number of characters.
    Anything,
    /// `**/`: any number of whole parts, each with its `/`. Stands before [`Step::Part`].
    Parts,
    /// Inside such a part.
    Part,
    /// One of these ranges, or none of them; never `/`.
    Class(bool, Vec<(char, char)>),
}

/// A glob that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob(Vec<Step>);

impl Glob {
    /// Reads a glob. What is no class, as `[` without `]`, stands for itself.
    pub fn new(glob: &str) -> Glob {
        let mut steps: Vec<Step> = Vec::new();
        let mut rest = glob.chars();
        while let Some(c) = rest.next() {
            let step = match c {
                '*' if rest.as_str().starts_with('*') => {
                    while rest.as_str().starts_with('*') {
                        rest.next();
                    }
                    let begins_part = matches!(steps.last(), None | Some(Step::Exactly('/')));
                    if begins_part && rest.as_str().starts_with('/') {
                        rest.next();
                        steps.push(Step::Parts);
                        Step::Part
                    } else {
                        Step::Anything
                    }
                }
                '*' => Step::Within,
                '?' => Step::One,
                '\\' => Step::Exactly(rest.next().unwrap_or('\\')),
                '[' => match class(rest.as_str()) {
                    Some((class, behind)) => {
                        rest = behind.chars();
                        class
                    }
                    None => Step::Exactly('['),
                },
                c => Step::Exactly(c),
            };
            steps.push(step);
        }
        Glob(steps)
    }

    /// Whether the whole path fits.
    pub fn matches(&self, path: &str) -> bool {
        let (mut now, mut next) = (vec![false; self.0.len() + 1], vec![false; self.0.len() + 1]);
        self.enter(&mut now, 0);
        for c in path.chars() {
            next.fill(false);
            for (at, step) in self.0.iter().enumerate() {
                if now.get(at) != Some(&true) {
                    continue;
                }
                match step {
                    Step::Exactly(expected) if *expected == c => self.enter(&mut next, at + 1),
                    Step::One if c != '/' => self.enter(&mut next, at + 1),
                    Step::Class(wanted, ranges) if c != '/' => {
                        if ranges.iter().any(|(first, last)| (*first..=*last).contains(&c)) == *wanted {
                            self.enter(&mut next, at + 1);
                        }
                    }
                    Step::Within if c != '/' => self.enter(&mut next, at),
                    Step::Anything => self.enter(&mut next, at),
                    Step::Part if c == '/' => self.enter(&mut next, at.saturating_sub(1)),
                    Step::Part => self.enter(&mut next, at),
                    Step::Exactly(_) | Step::One | Step::Class(..) | Step::Within | Step::Parts => {}
                }
            }
            mem::swap(&mut now, &mut next);
        }
        now.last() == Some(&true)
    }

    /// Marks a step as the next, and those behind it that can be reached without a character.
    fn enter(&self, marks: &mut [bool], mut at: usize) {
        while let Some(mark) = marks.get_mut(at) {
            // What is marked was entered before.
            if mem::replace(mark, true) {
                return;
            }
            match self.0.get(at) {
                Some(Step::Within | Step::Anything) => at += 1,
                Some(Step::Parts) => {
                    if let Some(inside) = marks.get_mut(at + 1) {
                        *inside = true;
                    }
                    at += 2;
                }
                _ => return,
            }
        }
    }
}

/// The class that the text behind a `[` begins with, and what follows it.
fn class(text: &str) -> Option<(Step, &str)> {
    let (wanted, inner) = match text.strip_prefix(['!', '^']) {
        Some(inner) => (false, inner),
        None => (true, text),
    };
    // A ] at the beginning is one of the characters.
    let end = inner.char_indices().skip(1).find(|(_, c)| *c == ']')?.0;
    let (members, behind) = (inner.get(..end)?, inner.get(end + 1..)?);
    let members: Vec<char> = members.chars().collect();
    let mut ranges = Vec::new();
    let mut rest = members.as_slice();
    while let [first, after @ ..] = rest {
        let (last, after) = match after {
            ['-', last, after @ ..] => (last, after),
            after => (first, after),
        };
        ranges.push((*first, *last));
        rest = after;
    }
    Some((Step::Class(wanted, ranges), behind))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Glob;

    #[test]
    fn a_glob_fits_the_whole_path() {
        for (path, glob) in [
            ("/tmp/x", "/tmp/*"),
            ("/tmp/x", "/**"),
            ("/tmp/a/b/c", "/tmp/**"),
            ("/tmp/a/b/c", "/tmp/**/c"),
            ("/tmp/c", "/tmp/**/c"),
            ("c", "**/c"),
            ("/etc/cron.d/x", "/etc/cron*/*"),
            ("/lib/a.so.1", "/lib/?.so.[0-9]"),
            ("/lib/a.so.x", "/lib/?.so.[!0-9]"),
            ("/a]", "/a[]]"),
            ("/a-", "/a[a-]"),
            ("/[a", "/[a"),
            ("/a*", "/a\\*"),
            ("/größe", "/gr?[ß]e"),
            ("", ""),
            ("", "*"),
            ("/x/y", "/x**y"),
        ] {
            assert!(Glob::new(glob).matches(path), "{path} {glob}");
        }
        for (path, glob) in [
            ("/tmp/a/b", "/tmp/*"),
            ("/tmp", "/tmp/**"),
            ("/tmp/abc", "/tmp/**/c"),
            ("/tmp/x/", "/tmp/?"),
            ("/tmp//", "/tmp/?"),
            ("/a/b", "/a[!x]b"),
            ("/a/b", "/a[/]b"),
            ("/ab", "/a\\*"),
            ("/tmpx", "/tmp"),
            ("x", ""),
        ] {
            assert!(!Glob::new(glob).matches(path), "{path} {glob}");
        }
    }

    #[test]
    fn a_hostile_glob_takes_no_longer() {
        let began = Instant::now();
        let glob = "*a".repeat(500) + &"**/".repeat(500);
        assert!(!Glob::new(&glob).matches(&"a".repeat(4096)));
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    }
}
