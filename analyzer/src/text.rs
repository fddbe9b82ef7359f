//! Bytes of a capture as text, without loss: UTF-8 stays, an invalid byte becomes `\xff`, NUL `\x00`, a backslash `\\`.
//!
//! Every text column of every engine is written so, and [`unescape`] gives the bytes back. What a terminal would obey is
//! not this module's matter: text may hold control characters.

use std::borrow::Cow;
use std::fmt::Write;

use policy::calendar::civil;

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
        let mut rest = chunk.valid();
        while let Some(at) = rest.find(['\0', '\\']) {
            out.push_str(&rest[..at]);
            out.push_str(if rest.as_bytes()[at] == 0 { "\\x00" } else { "\\\\" });
            rest = &rest[at + 1..];
        }
        out.push_str(rest);
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
            let digits = behind.strip_prefix('x')?.get(..2)?;
            if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &behind[3..];
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    Some(bytes)
}

/// Appends bytes as hexadecimal digits.
pub fn hex_into(out: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.reserve(bytes.len() * 2);
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let mut out = String::new();
    hex_into(&mut out, bytes);
    out
}

/// The strings of an array field: each ends in one NUL; a last one without (it was cut) counts too.
pub fn strings(array: &[u8]) -> impl Iterator<Item = &[u8]> {
    let whole = array.strip_suffix(&[0]).unwrap_or(array);
    let mut parts = whole.split(|byte| *byte == 0);
    if array.is_empty() {
        parts.next();
    }
    parts
}

/// A command line that a shell would split into the same arguments, escaped as text.
pub fn command_line(array: &[u8]) -> String {
    let mut line = String::new();
    for (index, argument) in strings(array).enumerate() {
        if index > 0 {
            line.push(' ');
        }
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"%+,-./:=@_".contains(byte) || *byte >= 0x80;
        if !argument.is_empty() && argument.iter().all(plain) {
            escape_into(&mut line, argument);
        } else {
            line.push('\'');
            for (index, part) in argument.split(|byte| *byte == b'\'').enumerate() {
                line.push_str(if index > 0 { "'\\\\''" } else { "" });
                escape_into(&mut line, part);
            }
            line.push('\'');
        }
    }
    line
}

/// UTC nanoseconds since 1970 as `YYYY-MM-DD HH:MM:SS.ffffff`, rounded down.
pub fn timestamp(utc_ns: i64) -> String {
    let mut out = String::with_capacity(26);
    timestamp_into(&mut out, utc_ns);
    out
}

/// Appends [`timestamp`].
pub fn timestamp_into(out: &mut String, utc_ns: i64) {
    let seconds = utc_ns.div_euclid(1_000_000_000);
    let micros = utc_ns.rem_euclid(1_000_000_000) / 1_000;
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let second = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    let _ = write!(out, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{micros:06}");
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

    #[test]
    fn an_array_keeps_its_empty_strings() {
        let parts = |array: &'static [u8]| strings(array).collect::<Vec<_>>();
        assert_eq!(parts(b"sh\0-c\0\0"), [&b"sh"[..], b"-c", b""]);
        assert_eq!(parts(b"\0"), [b""]);
        assert_eq!(parts(b"cut"), [b"cut"]);
        assert!(parts(b"").is_empty());
    }

    #[test]
    fn a_command_line_is_quoted_where_a_shell_would_split() {
        assert_eq!(command_line(b"sh\0-c\0echo 'a'\0\0"), "sh -c 'echo '\\\\''a'\\\\''' ''");
        assert_eq!(command_line(b"/bin/cp\0a=b\0\xff\0"), "/bin/cp a=b \\xff");
    }

    #[test]
    fn times_are_utc_in_microseconds() {
        assert_eq!(timestamp(0), "1970-01-01 00:00:00.000000");
        assert_eq!(timestamp(1_709_210_096_123_456_789), "2024-02-29 12:34:56.123456");
        assert_eq!(timestamp(-1), "1969-12-31 23:59:59.999999");
        assert_eq!(timestamp(i64::MAX), "2262-04-11 23:47:16.854775");
        assert_eq!(timestamp(i64::MIN), "1677-09-21 00:12:43.145224");
    }
}
