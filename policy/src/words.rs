//! How an expression or filter falls into its words: a subject, an operator, and values separated by commas.
//!
//! A value may stand in quotes, in which commas, stars and blanks mean themselves; a star beside the quotes still opens that
//! end. Between `"` a backslash writes `\\`, `\"` and bytes as `\xff`, between `'` nothing is special.

use crate::error::quoted;
use crate::limits::{MAX_VALUE_BYTES, MAX_VALUES, MAX_WRITTEN_BYTES};
use crate::operator::Operator;
use crate::text::Text;

/// An expression with an operator: subject, operator, and the values as they are written. `None` without an operator.
pub(crate) fn split(written: &str) -> Result<Option<(&str, Operator, &str)>, String> {
    if written.len() > MAX_WRITTEN_BYTES {
        return Err(format!("is longer than {MAX_WRITTEN_BYTES} bytes"));
    }
    let Some(at) = written.find(['=', '!', '<', '>']) else { return Ok(None) };
    let (subject, rest) = written.split_at(at);
    // The longer ones first.
    let operators = [
        Operator::NotEqual,
        Operator::LessOrEqual,
        Operator::GreaterOrEqual,
        Operator::Equal,
        Operator::Less,
        Operator::Greater,
    ];
    let found = operators.into_iter().find_map(|operator| Some((operator, rest.strip_prefix(operator.symbol())?)));
    match found {
        Some((operator, values)) => Ok(Some((subject.trim(), operator, values))),
        None => Err(format!("{} is no comparison; the operators are = != < > <= >=", quoted(written))),
    }
}

/// One value of a list.
#[derive(Debug)]
pub(crate) struct Word<'a> {
    /// What the caller's rule took off its front; empty for none.
    pub(crate) prefix: &'a str,
    /// The rest.
    pub(crate) text: Text,
    /// Whether it stands in quotes, so that it is no word of the grammar.
    pub(crate) is_quoted: bool,
}

/// The values of a comma list. `prefix` says how many bytes of a value's front are not part of its text.
pub(crate) fn list<'a>(written: &'a str, prefix: impl Fn(&str) -> usize) -> Result<Vec<Word<'a>>, String> {
    let mut words = Vec::new();
    let mut rest = written;
    loop {
        if words.len() == MAX_VALUES {
            return Err(format!("has more than {MAX_VALUES} values"));
        }
        rest = rest.trim_start();
        let (prefix, behind) = rest.split_at_checked(prefix(rest)).unwrap_or(("", rest));
        let is_quoted = behind.trim_start_matches('*').starts_with(['"', '\'']);
        let (text, behind) = value(behind)?;
        if text.bytes.len() > MAX_VALUE_BYTES {
            return Err(format!("a value is longer than {MAX_VALUE_BYTES} bytes"));
        }
        words.push(Word { prefix, text, is_quoted });
        match behind.strip_prefix(',') {
            Some(behind) => rest = behind,
            None => return Ok(words),
        }
    }
}

/// A value that stands alone, in which commas and quotes are themselves and only stars at its ends are not.
pub(crate) fn whole(written: &str) -> Result<Text, String> {
    let (starts, rest) = without(written, '*');
    let (ends, text) = rest.strip_suffix('*').map_or((true, rest), |text| (false, text));
    if text.contains('*') {
        return Err(format!("a star stands at the beginning or the end of a value, not inside {}", quoted(written)));
    }
    Ok(Text { bytes: text.as_bytes().to_vec(), starts, ends })
}

/// The first value of a list and what is behind it: nothing, or a comma and more.
fn value(written: &str) -> Result<(Text, &str), String> {
    let (starts, rest) = without(written, '*');
    if let Some(quote @ ('"' | '\'')) = rest.chars().next() {
        let (bytes, rest) = within_quotes(rest, quote)?;
        let (ends, rest) = without(rest, '*');
        let rest = rest.trim_start();
        if !rest.is_empty() && !rest.starts_with(',') {
            return Err(format!("only a comma or a star may follow the closing quote, not {}", quoted(rest)));
        }
        return Ok((Text { bytes, starts, ends }, rest));
    }
    let (bare, behind) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
    let bare = bare.trim_end();
    let (ends, text) = match bare.strip_suffix('*') {
        Some(text) => (false, text),
        None => (true, bare),
    };
    if text.contains('*') {
        return Err(format!(
            "a star stands at the beginning or the end of a value, not inside {}; in quotes it means itself",
            quoted(bare)
        ));
    }
    if text.is_empty() && starts && ends {
        return Err("a value is missing; \"\" is the empty text".to_owned());
    }
    Ok((Text { bytes: text.as_bytes().to_vec(), starts, ends }, behind))
}

/// Takes a character off the front: whether it was not there, and the rest.
fn without(written: &str, c: char) -> (bool, &str) {
    written.strip_prefix(c).map_or((true, written), |rest| (false, rest))
}

/// The bytes between the quotes that `written` begins with, and what is behind them.
fn within_quotes(written: &str, quote: char) -> Result<(Vec<u8>, &str), String> {
    let mut bytes = Vec::new();
    let mut rest = written.strip_prefix(quote).unwrap_or(written);
    loop {
        let mut chars = rest.chars();
        match chars.next() {
            None => return Err(format!("{} has no closing {quote}", quoted(written))),
            Some(c) if c == quote => return Ok((bytes, chars.as_str())),
            Some('\\') if quote == '"' => {
                let escaped = chars.as_str();
                let hex = escaped.strip_prefix('x').and_then(|hex| hex.split_at_checked(2));
                if let Some(c @ ('"' | '\\')) = escaped.chars().next() {
                    bytes.push(c as u8);
                    rest = escaped.get(1..).unwrap_or_default();
                } else if let Some((digits, behind)) = hex
                    && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
                    && let Ok(byte) = u8::from_str_radix(digits, 16)
                {
                    bytes.push(byte);
                    rest = behind;
                } else {
                    return Err(format!(
                        "between \" a backslash writes \\\\, \\\" or a byte as \\xff, in {}",
                        quoted(written)
                    ));
                }
            }
            Some(c) => {
                bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                rest = chars.as_str();
            }
        }
    }
}

/// A number as people write it: decimal, hexadecimal after `0x`, octal after `0`; with a `-` in front when negative.
pub(crate) fn number(written: &[u8]) -> Option<i128> {
    let written = std::str::from_utf8(written).ok()?;
    let (sign, digits) = match written.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, written),
    };
    let (digits, radix) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None => match digits.strip_prefix('0').filter(|rest| !rest.is_empty()) {
            Some(digits) => (digits, 8),
            None => (digits, 10),
        },
    };
    // from_str_radix takes a sign of its own, and 64 bits are all that is ever compared with.
    if digits.is_empty() || digits.len() > 22 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    i128::from_str_radix(digits, radix).ok().map(|number| sign * number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(written: &str) -> Result<Vec<String>, String> {
        Ok(list(written, |_| 0)?.into_iter().map(|word| word.text.to_string()).collect())
    }

    fn bytes(written: &str) -> Vec<u8> {
        list(written, |_| 0).unwrap().remove(0).text.bytes
    }

    #[test]
    fn commas_separate_and_blanks_around_values_do_not_count() {
        assert_eq!(texts("a, b ,c").unwrap(), ["a", "b", "c"]);
        assert_eq!(texts("*a*,b*, *c").unwrap(), ["*a*", "b*", "*c"]);
        assert_eq!(texts("*").unwrap(), ["*"]);
    }

    #[test]
    fn quotes_keep_commas_stars_blanks_and_the_other_quote() {
        assert_eq!(bytes(r#""a,b""#), b"a,b");
        assert_eq!(bytes("'a\\,*\"'"), b"a\\,*\"");
        assert_eq!(bytes(r#"" a ""#), b" a ");
        assert_eq!(bytes(r#""\xff\\\"""#), b"\xff\\\"");
        assert_eq!(bytes(r#""""#), b"");
        assert_eq!(texts(r#"*"a*b"*,c"#).unwrap(), [r#"*"a*b"*"#, "c"]);
        assert_eq!(texts("it's").unwrap(), ["it's"], "a quote inside a value is itself");
    }

    #[test]
    fn what_is_no_list_of_values_says_why() {
        for (written, why) in [
            (
                "a*b",
                "a star stands at the beginning or the end of a value, not inside \"a*b\"; in quotes it means itself",
            ),
            ("", "a value is missing; \"\" is the empty text"),
            ("a,,b", "a value is missing; \"\" is the empty text"),
            ("a,", "a value is missing; \"\" is the empty text"),
            ("\"a", "\"\\\"a\" has no closing \""),
            ("'a'b", "only a comma or a star may follow the closing quote, not \"b\""),
            ("\"\\n\"", "between \" a backslash writes \\\\, \\\" or a byte as \\xff, in \"\\\"\\\\n\\\"\""),
        ] {
            assert_eq!(texts(written).unwrap_err(), why, "{written}");
        }
        assert!(texts(&"a,".repeat(2000)).unwrap_err().contains("more than 1024 values"));
        assert!(texts(&"a".repeat(5000)).unwrap_err().contains("longer than 4096 bytes"));
    }

    #[test]
    fn the_longest_operator_is_taken() {
        for (written, operator, values) in [
            ("uid>=1", Operator::GreaterOrEqual, "1"),
            ("uid<1", Operator::Less, "1"),
            ("uid != 1", Operator::NotEqual, " 1"),
            ("uid==1", Operator::Equal, "=1"),
        ] {
            assert_eq!(split(written).unwrap(), Some(("uid", operator, values)));
        }
        assert_eq!(split("follow").unwrap(), None);
        assert_eq!(split("uid!1").unwrap_err(), "\"uid!1\" is no comparison; the operators are = != < > <= >=");
    }

    #[test]
    fn numbers_are_decimal_hexadecimal_or_octal() {
        for (written, value) in [("0", 0), ("10", 10), ("0x10", 16), ("-0x1", -1), ("0644", 0o644), ("-2", -2)] {
            assert_eq!(number(written.as_bytes()), Some(value), "{written}");
        }
        for written in ["", "-", "0x", "1x", "+1", "0x+1", "09", "--1", "99999999999999999999999", "a"] {
            assert_eq!(number(written.as_bytes()), None, "{written}");
        }
    }
}
