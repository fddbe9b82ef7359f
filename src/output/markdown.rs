//! Markdown as GitHub has it: a table in which recorded text is nothing but text.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::escape;

/// Writes the line of names, and the one beneath it.
pub(super) fn write_head(out: &mut impl Write, columns: &[String]) -> io::Result<()> {
    write_row(out, columns.iter().map(|name| Cow::from(name.as_str())))?;
    out.write_all(b"|")?;
    columns.iter().try_for_each(|_| out.write_all(b" --- |"))?;
    out.write_all(b"\n")
}

/// Writes one row.
pub(super) fn write_row<'a>(out: &mut impl Write, cells: impl Iterator<Item = Cow<'a, str>>) -> io::Result<()> {
    let mut line = String::from("|");
    for cell in cells {
        line.push(' ');
        escape_into(&mut line, &escape::for_terminal(&cell));
        line.push_str(" |");
    }
    line.push('\n');
    out.write_all(line.as_bytes())
}

/// Writes text so that nothing in it is markup, a link included: signs that can be are written as references, which are
/// never taken for any.
fn escape_into(out: &mut String, text: &str) {
    let mut before = ' ';
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let after = rest.as_str();
        let is_plain = match c {
            // Within a word it is no emphasis.
            '_' => before.is_alphanumeric() && after.starts_with(char::is_alphanumeric),
            // Addresses of the web become links by themselves.
            ':' => !after.starts_with("//"),
            '.' => !before.eq_ignore_ascii_case(&'w'),
            // At the beginning, what a list or a heading is made of; a table's cell has none, but may be taken out.
            '-' | '+' => before != ' ' || after.starts_with(|c: char| c.is_ascii_digit()),
            '/' | ',' | ';' | '=' | '%' | '(' | ')' | '\'' | '"' | '?' | '$' | ' ' => true,
            _ => !c.is_ascii_punctuation(),
        };
        if is_plain {
            out.push(c);
        } else {
            write!(out, "&#{};", u32::from(c)).unwrap_or_default();
        }
        before = c;
    }
}

#[cfg(test)]
mod tests {
    use super::{write_head, write_row};

    fn row(cell: &str) -> String {
        let mut out = Vec::new();
        write_row(&mut out, [cell.into()].into_iter()).unwrap();
        let line = String::from_utf8(out).unwrap();
        line.strip_prefix("| ").unwrap().strip_suffix(" |\n").unwrap().to_owned()
    }

    #[test]
    fn a_head_has_a_line_beneath() {
        let mut out = Vec::new();
        write_head(&mut out, &["process_key".into(), "a|b".into()]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "| process_key | a&#124;b |\n| --- | --- |\n");
    }

    #[test]
    fn recorded_text_is_no_markup() {
        for text in ["/usr/bin/true", "O_RDONLY", "-12", "a b", "größe", "10.0.0.1:80", "2026-01-31 08:00:00.0"] {
            assert_eq!(row(text), text);
        }
        for text in ["a|b", "<script>", "[x](y)", "![x]", "`x`", "*x*", "_x_", "~x~", "&lt;", "\\|", "# x", "x@y"] {
            let shown = row(text);
            assert!(!shown.contains(['|', '<', '[', '`', '*', '~', '\\', '@']), "{shown}");
            assert!(!shown.starts_with(['#', '_']), "{shown}");
        }
        assert_eq!(row("http://x"), "http&#58;//x");
        assert_eq!(row("www.x"), "www&#46;x");
        assert_eq!(row("a\nb\u{1b}"), "a&#92;x0ab&#92;x1b");
    }
}
