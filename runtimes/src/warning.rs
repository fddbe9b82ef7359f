//! What went wrong with an endpoint, as a kind to count by and words to show.

use std::fmt::{self, Display, Write};

/// Longest text of a warning, in bytes.
pub const MAX_WARNING_BYTES: usize = 512;

/// Kinds of trouble with an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Trouble {
    /// There is no such socket or directory, nobody listens there, or the connection broke.
    Unreachable,
    /// The time was over before the answer was there.
    TimedOut,
    /// An answer of more bytes than allowed.
    TooLarge,
    /// Bytes that are not what the protocol says.
    NotUnderstood,
    /// An answer about another container than the one that was asked about.
    WrongId,
    /// The runtime said no.
    Refused,
    /// Answers were left out or lack what the runtime would have told: too many of them, or no time left.
    Incomplete,
}

/// What went wrong with an endpoint. The text never holds a control character, whatever the endpoint sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Warning {
    /// The endpoint as `KIND:PATH`.
    pub endpoint: String,
    /// Which kind of trouble.
    pub trouble: Trouble,
    /// The same in words, of at most [`MAX_WARNING_BYTES`].
    pub text: String,
}

impl Warning {
    pub(crate) fn new(endpoint: &dyn Display, failed: Failed) -> Self {
        Warning { endpoint: plain(endpoint), trouble: failed.trouble, text: failed.text }
    }
}

impl Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {}", self.endpoint, self.text)
    }
}

/// A warning that does not know yet about which endpoint it is.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) trouble: Trouble,
    text: String,
}

impl Failed {
    pub(crate) fn new(trouble: Trouble, text: impl Display) -> Self {
        Failed { trouble, text: plain(&text) }
    }

    pub(crate) fn unreachable(error: impl Display) -> Self {
        Failed::new(Trouble::Unreachable, error)
    }

    pub(crate) fn not_understood(text: impl Display) -> Self {
        Failed::new(Trouble::NotUnderstood, text)
    }

    pub(crate) fn too_large(limit_bytes: usize) -> Self {
        Failed::new(Trouble::TooLarge, format_args!("an answer of more than {limit_bytes} bytes"))
    }
}

/// The text in one line without control characters, cut to `MAX_WARNING_BYTES`.
fn plain(text: &dyn Display) -> String {
    struct Plain(String);
    impl Write for Plain {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            for character in text.chars() {
                // What turns the reading direction hides text as well as an escape does.
                let hidden = character.is_control()
                    || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
                let length = if hidden { character.escape_unicode().len() } else { character.len_utf8() };
                if self.0.len() + length + '…'.len_utf8() > MAX_WARNING_BYTES {
                    self.0.push('…');
                    return Err(fmt::Error);
                }
                if hidden {
                    self.0.extend(character.escape_unicode());
                } else {
                    self.0.push(character);
                }
            }
            Ok(())
        }
    }
    let mut plain = Plain(String::new());
    // The only error is that it is full.
    let _ = write!(plain, "{text}");
    plain.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_one_short_line_whatever_was_sent() {
        let failed = Failed::not_understood(format_args!("says \x1b]0;owned\x07\n{}", "\u{202e}".repeat(10_000)));
        assert!(failed.text.len() <= MAX_WARNING_BYTES);
        assert!(!failed.text.chars().any(char::is_control), "{}", failed.text);
        assert!(failed.text.starts_with("says \\u{1b}]0;owned\\u{7}\\u{a}\\u{202e}"), "{}", failed.text);
    }
}
