//! Values as Sigma writes them: `*` and `?` are wildcards, a backslash takes their meaning away.

use policy::escape::escape;

use crate::pattern::Piece;

/// A part of a value. Literals are bytes: encodings make of text what is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Literal(Vec<u8>),
    Any,
    One,
}

/// Reads a value. A backslash before `*`, `?` or another backslash means that character, before any other itself.
pub(super) fn parse(written: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut chars = written.chars().peekable();
    while let Some(c) = chars.next() {
        let wildcard = match c {
            '\\' => {
                literal.push(chars.next_if(|next| matches!(next, '*' | '?' | '\\')).unwrap_or('\\'));
                continue;
            }
            '*' => Part::Any,
            '?' => Part::One,
            c => {
                literal.push(c);
                continue;
            }
        };
        if !literal.is_empty() {
            parts.push(Part::Literal(std::mem::take(&mut literal).into_bytes()));
        }
        parts.push(wildcard);
    }
    if !literal.is_empty() {
        parts.push(Part::Literal(literal.into_bytes()));
    }
    parts
}

/// The value as a pattern over text columns.
pub(super) fn pieces(parts: &[Part]) -> impl Iterator<Item = Piece> + '_ {
    parts.iter().map(|part| match part {
        Part::Literal(bytes) => Piece::Literal(escape(bytes).into_owned()),
        Part::Any => Piece::Any,
        Part::One => Piece::One,
    })
}

/// The bytes of a value without wildcards.
pub(super) fn plain(parts: &[Part]) -> Option<Vec<u8>> {
    let mut all = Vec::new();
    for part in parts {
        match part {
            Part::Literal(bytes) => all.extend_from_slice(bytes),
            Part::Any | Part::One => return None,
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::{Part, parse};

    #[test]
    fn a_backslash_takes_the_meaning_away() {
        let literal = |text: &str| Part::Literal(text.as_bytes().to_vec());
        for (written, parts) in [
            (r"a*b?", vec![literal("a"), Part::Any, literal("b"), Part::One]),
            (r"a\*\?", vec![literal("a*?")]),
            (r"a\\*", vec![literal(r"a\"), Part::Any]),
            (r"C:\Temp\x", vec![literal(r"C:\Temp\x")]),
            (r"\\", vec![literal(r"\")]),
            (r"a\", vec![literal(r"a\")]),
            ("", vec![]),
        ] {
            assert_eq!(parse(written), parts, "{written}");
        }
    }
}
