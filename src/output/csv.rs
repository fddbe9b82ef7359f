//! Comma-separated values as RFC 4180 has them.

use std::borrow::Cow;
use std::io::{self, Write};

/// Writes one record; a value with a comma, a quote, or a line break in it, or spaces at its ends, is quoted.
pub(super) fn write_row<'a>(out: &mut impl Write, values: impl Iterator<Item = Cow<'a, str>>) -> io::Result<()> {
    for (index, value) in values.enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        if value.contains([',', '"', '\r', '\n']) || value.starts_with(' ') || value.ends_with(' ') {
            write!(out, "\"{}\"", value.replace('"', "\"\""))?;
        } else {
            out.write_all(value.as_bytes())?;
        }
    }
    out.write_all(b"\r\n")
}
