//! JSON written by hand: the rows of a capture are many, and their shape is known.

use std::fmt::Write;

/// Appends a JSON string in which nothing is left that a terminal would obey.
pub fn string(out: &mut String, text: &str) {
    out.push('"');
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\') {
        out.push_str(text);
        out.push('"');
        return;
    }
    let mut plain = 0;
    for (at, c) in text.char_indices() {
        if !is_special(c) {
            continue;
        }
        out.push_str(&text[plain..at]);
        plain = at + c.len_utf8();
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push_str(&text[plain..]);
    out.push('"');
}

/// Appends a number. Rows have dozens; this takes a third of what formatting takes.
pub fn number(out: &mut String, value: i64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        out.push('-');
    }
    out.extend(digits[at..].iter().map(|digit| char::from(*digit)));
}

/// Quotes, controls, and what turns the direction of text or hides in it.
fn is_special(c: char) -> bool {
    matches!(c, '"' | '\\') || is_active(c)
}

/// Controls, and what turns the direction of text or hides in it.
pub fn is_active(c: char) -> bool {
    match c {
        ' '..='~' => false,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => true,
        c => c.is_control(),
    }
}

/// Appends an array, each element written by `element`.
pub fn array<T>(out: &mut String, items: impl Iterator<Item = T>, mut element: impl FnMut(&mut String, T)) {
    out.push('[');
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(',');
        }
        element(out, item);
    }
    out.push(']');
}

/// An object being written: members in the order they are added.
pub struct Object<'a> {
    out: &'a mut String,
    empty: bool,
}

impl<'a> Object<'a> {
    /// Begins an object.
    pub fn new(out: &'a mut String) -> Object<'a> {
        out.push('{');
        Object { out, empty: true }
    }

    /// Adds a member's name, a plain word (as the names of a schema are: `formats` refuses others); the caller appends its
    /// value to what is returned.
    pub fn member(&mut self, name: &str) -> &mut String {
        self.out.push_str(if self.empty { "\"" } else { ",\"" });
        self.empty = false;
        self.out.push_str(name);
        self.out.push_str("\":");
        self.out
    }

    /// Adds a text in which nothing can need escaping.
    pub fn word(&mut self, name: &str, value: &str) {
        let out = self.member(name);
        out.push('"');
        out.push_str(value);
        out.push('"');
    }

    /// Adds a text.
    pub fn text(&mut self, name: &str, value: &str) {
        string(self.member(name), value);
    }

    /// Adds a text, or null.
    pub fn optional(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.text(name, value),
            None => self.member(name).push_str("null"),
        }
    }

    /// Adds a number, or null.
    pub fn number(&mut self, name: &str, value: Option<impl Into<i64>>) {
        let out = self.member(name);
        match value {
            Some(value) => number(out, value.into()),
            None => out.push_str("null"),
        }
    }

    /// Ends the object.
    pub fn end(self) {
        self.out.push('}');
    }
}

#[cfg(test)]
mod tests {
    use super::{number, string};

    #[test]
    fn numbers_are_written_as_they_are() {
        for value in [0, 7, -1, 10, 1_234_567_890, i64::MAX, i64::MIN] {
            let mut out = String::new();
            number(&mut out, value);
            assert_eq!(out, value.to_string());
        }
    }

    #[test]
    fn a_string_is_escaped_and_obeys_nothing() {
        let mut out = String::new();
        string(&mut out, "a\"\\\u{1b}\u{7f}\u{9b}\u{202e}\u{e0041}ß\n");
        assert_eq!(out, "\"a\\\"\\\\\\u001b\\u007f\\u009b\\u202e\\udb40\\udc41ß\\n\"");
    }
}
