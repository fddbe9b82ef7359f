//! Text as tests are written with it: exact, or open at either end.

use std::fmt;

use memchr::memmem;

/// A pattern of bytes: `abc` is exact, `abc*` begins so, `*abc` ends so, `*abc*` contains it, and `*` is anything.
///
/// Displayed in the form that reads back as the same pattern, quoted where it must be.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text {
    /// The bytes without the stars.
    pub bytes: Vec<u8>,
    /// Whether the value must begin with them: no star in front.
    pub starts: bool,
    /// Whether the value must end with them: no star behind.
    pub ends: bool,
}

impl Text {
    /// The pattern that only these bytes match.
    pub fn exact(bytes: impl Into<Vec<u8>>) -> Text {
        Text { bytes: bytes.into(), starts: true, ends: true }
    }

    /// Whether it has no star.
    pub fn is_exact(&self) -> bool {
        self.starts && self.ends
    }

    /// Whether a value fits.
    pub fn matches(&self, value: &[u8]) -> bool {
        match (self.starts, self.ends) {
            (true, true) => value == self.bytes,
            (true, false) => value.starts_with(&self.bytes),
            (false, true) => value.ends_with(&self.bytes),
            (false, false) => memmem::find(value, &self.bytes).is_some(),
        }
    }

    /// The bytes as they are written when that reads back without quotes.
    fn bare(&self) -> Option<&str> {
        let text = std::str::from_utf8(&self.bytes).ok()?;
        let has_stars = !self.is_exact();
        let is_plain = text.trim() == text
            && (has_stars || !text.is_empty())
            && !text.starts_with(['"', '\''])
            && !text.chars().any(|c| matches!(c, ',' | '*') || c.is_control());
        is_plain.then_some(text)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.starts { "" } else { "*" })?;
        match self.bare() {
            Some(text) => f.write_str(text)?,
            None => {
                f.write_str("\"")?;
                for chunk in self.bytes.utf8_chunks() {
                    for c in chunk.valid().chars() {
                        match c {
                            '"' | '\\' => write!(f, "\\{c}")?,
                            '\0'..='\x1f' | '\x7f' => write!(f, "\\x{:02x}", u32::from(c))?,
                            c => write!(f, "{c}")?,
                        }
                    }
                    for byte in chunk.invalid() {
                        write!(f, "\\x{byte:02x}")?;
                    }
                }
                f.write_str("\"")?;
            }
        }
        f.write_str(if self.ends { "" } else { "*" })
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn a_star_opens_the_end_that_it_stands_at() {
        let pattern = |starts, ends| Text { bytes: b"abc".to_vec(), starts, ends };
        for (starts, ends, fits) in [
            (true, true, [true, false, false, false]),
            (true, false, [true, true, false, false]),
            (false, true, [true, false, true, false]),
            (false, false, [true, true, true, true]),
        ] {
            let values: [&[u8]; 4] = [b"abc", b"abcd", b"xabc", b"xabcd"];
            assert_eq!(values.map(|value| pattern(starts, ends).matches(value)), fits, "{}", pattern(starts, ends));
        }
        assert!(!pattern(false, false).matches(b"ab"));
    }

    #[test]
    fn anything_is_anything_even_nothing() {
        for (starts, ends) in [(false, true), (true, false), (false, false)] {
            let anything = Text { bytes: Vec::new(), starts, ends };
            assert!(anything.matches(b"") && anything.matches(b"\xff\0"));
        }
        assert!(!Text::exact("").matches(b"x"));
    }
}
