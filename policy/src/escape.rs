//! Bytes of a capture as text, without loss: UTF-8 stays, an invalid byte becomes `\xff`, NUL `\x00`, a backslash `\\`.
//!
//! Every text column of every engine is written so, and [`unescape`] gives the bytes back. What a terminal would obey is
//! not this module's matter: text may hold control characters.

use std::borrow::Cow;
use std::fmt::Write;

/// The bytes as text. Borrowed when nothing had to be escaped.
pub fn escape(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if !bytes.iter().any(|byte| matches!(byte, 0 | b'\\')) => Cow::Borrowed(text),
        _ => {
            let mut text = String::with_capacity(bytes.len() + 8);
            escape_into(&mut text, bytes);
            Cow::Owned(text)
        }
    }
}

/// Appends the bytes as text.
pub fn escape_into(out: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        for part in chunk.valid().split_inclusive(['\0', '\\']) {
            let (plain, escaped) = match (part.strip_suffix('\0'), part.strip_suffix('\\')) {
                (Some(plain), _) => (plain, "\\x00"),
                (None, Some(plain)) => (plain, "\\\\"),
                (None, None) => (part, ""),
            };
            out.push_str(plain);
            out.push_str(escaped);
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
}

/// The bytes that the text was made of; `None` when no bytes give this text.
pub fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        if let Some(behind) = behind.strip_prefix('\\') {
            bytes.push(b'\\');
            rest = behind;
        } else {
            let (digits, behind) = behind.strip_prefix('x')?.split_at_checked(2)?;
            if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = behind;
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_string_comes_back() {
        let mut strings: Vec<Vec<u8>> = (0..=255u8).map(|byte| vec![b'a', byte, b'b']).collect();
        strings.push((0..=255).collect());
        strings.push("größe\\x41 \u{10ffff}\0".into());
        strings.push(vec![0xf0, 0x9f, b'\\', 0xa6]);
        for bytes in strings {
            let text = escape(&bytes);
            assert_eq!(unescape(&text).as_deref(), Some(&bytes[..]), "{text}");
        }
    }

    #[test]
    fn only_what_must_be_is_escaped() {
        assert_eq!(escape(b"\x1b[2J\n"), "\x1b[2J\n");
        assert_eq!(escape(b"a\\b\0\xff\xc3"), "a\\\\b\\x00\\xff\\xc3");
        assert!(matches!(escape("größe".as_bytes()), Cow::Borrowed(_)));
    }

    #[test]
    fn text_that_no_bytes_give_is_refused() {
        for text in ["\\", "\\x", "\\x0", "\\xg0", "\\n", "\\x+1", "\\xä"] {
            assert_eq!(unescape(text), None, "{text}");
        }
    }
}
