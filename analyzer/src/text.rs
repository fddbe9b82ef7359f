//! Values of a capture as text: bytes, arrays of strings, times.

use std::fmt::Write;

use policy::calendar::civil;
pub use policy::escape::{escape, escape_into, unescape};

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
