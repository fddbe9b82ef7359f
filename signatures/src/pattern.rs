//! Text patterns: literals, `*` for any characters, `?` for one. ASCII letters match in either case unless it is cased.

/// A part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Piece {
    /// These characters.
    Literal(String),
    /// Any number of any characters.
    Any,
    /// One character.
    One,
}

impl Piece {
    /// As Sigma writes it, characters of literals as they are.
    pub(crate) fn written(&self) -> &str {
        match self {
            Piece::Literal(text) => text,
            Piece::Any => "*",
            Piece::One => "?",
        }
    }
}

/// A pattern that the whole text must fit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern {
    /// No two literals and no two [`Piece::Any`] in a row; literals in lower case unless it is cased.
    pieces: Vec<Piece>,
    /// Whether letters must have the case that is written.
    pub cased: bool,
}

/// What a pattern asks for, where that is simple.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape<'a> {
    /// The text is this.
    Equals(&'a str),
    /// It begins so.
    StartsWith(&'a str),
    /// It ends so.
    EndsWith(&'a str),
    /// It holds this.
    Contains(&'a str),
    /// Anything will do.
    Anything,
    /// Anything else.
    Other(&'a [Piece]),
}

impl Pattern {
    /// The pattern of these pieces.
    pub fn new(pieces: impl IntoIterator<Item = Piece>, cased: bool) -> Pattern {
        let mut normal: Vec<Piece> = Vec::new();
        for piece in pieces {
            match (normal.last_mut(), piece) {
                (_, Piece::Literal(text)) if text.is_empty() => {}
                (Some(Piece::Literal(before)), Piece::Literal(text)) => before.push_str(&text),
                (Some(Piece::Any), Piece::Any) => {}
                (_, piece) => normal.push(piece),
            }
        }
        if !cased {
            for piece in &mut normal {
                if let Piece::Literal(text) = piece {
                    text.make_ascii_lowercase();
                }
            }
        }
        Pattern { pieces: normal, cased }
    }

    /// What it asks for.
    pub fn shape(&self) -> Shape<'_> {
        match self.pieces.as_slice() {
            [] => Shape::Equals(""),
            [Piece::Literal(text)] => Shape::Equals(text),
            [Piece::Literal(text), Piece::Any] => Shape::StartsWith(text),
            [Piece::Any, Piece::Literal(text)] => Shape::EndsWith(text),
            [Piece::Any, Piece::Literal(text), Piece::Any] => Shape::Contains(text),
            [Piece::Any] => Shape::Anything,
            other => Shape::Other(other),
        }
    }

    /// The longest literal in it.
    pub fn longest(&self) -> &str {
        let literals = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Literal(text) => Some(text.as_str()),
            _ => None,
        });
        literals.max_by_key(|text| text.len()).unwrap_or_default()
    }

    /// Whether the text fits.
    pub fn matches(&self, text: &str) -> bool {
        match self.shape() {
            Shape::Equals(wanted) => text.len() == wanted.len() && self.begins(text, wanted),
            Shape::StartsWith(wanted) => self.begins(text, wanted),
            Shape::EndsWith(wanted) => {
                let start = text.len().checked_sub(wanted.len());
                start.and_then(|start| text.as_bytes().get(start..)).is_some_and(|end| self.same(end, wanted))
            }
            Shape::Contains(wanted) => text.as_bytes().windows(wanted.len()).any(|part| self.same(part, wanted)),
            Shape::Anything => true,
            Shape::Other(pieces) => self.fits(text, pieces),
        }
    }

    fn same(&self, bytes: &[u8], wanted: &str) -> bool {
        if self.cased { bytes == wanted.as_bytes() } else { bytes.eq_ignore_ascii_case(wanted.as_bytes()) }
    }

    fn begins(&self, text: &str, wanted: &str) -> bool {
        text.as_bytes().get(..wanted.len()).is_some_and(|start| self.same(start, wanted))
    }

    /// Segment by segment between the stars. Taking each where it first fits leaves the most for those behind it, so
    /// nothing is tried twice.
    fn fits(&self, text: &str, pieces: &[Piece]) -> bool {
        let mut segments = pieces.split(|piece| *piece == Piece::Any);
        let Some(first) = segments.next() else { return text.is_empty() };
        let Some(mut rest) = self.behind(text, first) else { return false };
        let Some(last) = segments.next_back() else { return rest.is_empty() };
        for segment in segments {
            match places(rest).find_map(|place| self.behind(place, segment)) {
                Some(behind) => rest = behind,
                None => return false,
            }
        }
        places(rest).any(|place| self.behind(place, last).is_some_and(str::is_empty))
    }

    /// What is left of the text behind a segment without stars that it begins with.
    fn behind<'a>(&self, text: &'a str, segment: &[Piece]) -> Option<&'a str> {
        segment.iter().try_fold(text, |rest, piece| match piece {
            Piece::Literal(wanted) if self.begins(rest, wanted) => rest.get(wanted.len()..),
            Piece::One => {
                let mut chars = rest.chars();
                chars.next().map(|_| chars.as_str())
            }
            _ => None,
        })
    }
}

/// The text from each of its characters on, and its empty end.
fn places(text: &str) -> impl Iterator<Item = &str> {
    text.char_indices().map(|(at, _)| at).chain([text.len()]).filter_map(|at| text.get(at..))
}

#[cfg(test)]
mod tests {
    use super::{Pattern, Piece, Shape};

    fn pattern(written: &str, cased: bool) -> Pattern {
        let piece = |c| match c {
            '*' => Piece::Any,
            '?' => Piece::One,
            c => Piece::Literal(String::from(c)),
        };
        Pattern::new(written.chars().map(piece), cased)
    }

    #[test]
    fn patterns_fit_the_whole_text() {
        for (written, fitting, other) in [
            ("abc", "ABC", "abcd"),
            ("ab*", "aB", "cab"),
            ("*ab", "xAB", "abx"),
            ("*ab*", "xaBx", "ba"),
            ("a*b?d*e", "a-b-BxD--e", "abd-e"),
            ("?", "\u{fc}", ""),
            ("??", "\u{fc}x", "\u{fc}"),
            ("a?", "a\u{1f600}", "a"),
            ("*a?b", "aab-a\u{fc}b", "ab"),
            ("", "", "a"),
            ("*a*a*", "aa", "a"),
        ] {
            let pattern = pattern(written, false);
            assert!(pattern.matches(fitting), "{written} {fitting}");
            assert!(!pattern.matches(other), "{written} {other}");
        }
        assert!(pattern("*", false).matches("") && pattern("**", false).shape() == Shape::Anything);
        assert!(!pattern("Ab", true).matches("ab") && pattern("Ab", true).matches("Ab"));
        assert!(!pattern("\u{e4}", false).matches("\u{c4}"), "ASCII letters only");
    }
}
