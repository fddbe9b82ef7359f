//! Characters that a terminal would obey instead of show.

use std::borrow::Cow;
use std::fmt::Write;

/// Whether a terminal may act on the character: C0, DEL and C1 controls, line and paragraph separators, and the marks
/// that turn the direction of text or hide in it.
pub(crate) fn is_active(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text on one line, active characters written as `\x1b` (below 128) or `\u{202e}`. Nothing else changes: text from
/// a capture has its backslashes doubled already, and text that has none stays readable.
pub(crate) fn for_terminal(text: &str) -> Cow<'_, str> {
    if !text.contains(is_active) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            _ if !is_active(c) => shown.push(c),
            '\0'..='\x7f' => write!(shown, "\\x{:02x}", u32::from(c)).unwrap_or_default(),
            _ => write!(shown, "\\u{{{:x}}}", u32::from(c)).unwrap_or_default(),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::for_terminal;

    #[test]
    fn what_a_terminal_obeys_is_spelled_out() {
        assert_eq!(for_terminal("\x1b]0;title\x07"), "\\x1b]0;title\\x07");
        assert_eq!(for_terminal("a\r\nb\tc"), "a\\x0d\\x0ab\\x09c");
        assert_eq!(for_terminal("\u{9b}2J"), "\\u{9b}2J");
        assert_eq!(for_terminal("gpj.\u{202e}exe"), "gpj.\\u{202e}exe");
    }

    #[test]
    fn all_other_text_stays() {
        for text in ["", "O_RDONLY|O_CLOEXEC", "größe 日本 🦀", "\\xff \\\\"] {
            assert_eq!(for_terminal(text), text);
        }
    }
}
