//! JSON lines: one object a row, members in column order.

use std::io::{self, Write};

use super::{Cell, escape};

/// The member names of an object, encoded. A name that stands twice gets a number, so that no value is lost.
pub(super) fn keys(columns: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(columns.len());
    for column in columns {
        let mut name = column.clone();
        let mut number = 1;
        while names.contains(&name) {
            number += 1;
            name = format!("{column}_{number}");
        }
        names.push(name);
    }
    names.iter().map(|name| string(name)).collect()
}

/// Writes one object and ends the line.
pub(super) fn write_row(out: &mut impl Write, keys: &[String], cells: &[Cell]) -> io::Result<()> {
    for (index, (key, cell)) in keys.iter().zip(cells).enumerate() {
        write!(out, "{}{key}:", if index == 0 { '{' } else { ',' })?;
        match cell {
            Cell::Null => out.write_all(b"null")?,
            Cell::Integer(value) => write!(out, "{value}")?,
            // JSON has no infinity and no NaN.
            Cell::Real(value) if !value.is_finite() => out.write_all(b"null")?,
            Cell::Real(value) => write!(out, "{value:?}")?,
            Cell::Text(text) => out.write_all(string(text).as_bytes())?,
            Cell::Json(json) => out.write_all(json.as_bytes())?,
            Cell::Bool(value) => write!(out, "{value}")?,
            Cell::Blob(_) => write!(out, "\"{}\"", cell.to_text())?,
        }
    }
    out.write_all(if keys.is_empty() { b"{}\n" } else { b"}\n" })
}

/// A JSON string, with everything escaped that a terminal would obey.
pub(super) fn string(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    json.push('"');
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            _ if escape::is_active(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    json.push_str(&format!("\\u{unit:04x}"));
                }
            }
            _ => json.push(c),
        }
    }
    json.push('"');
    json
}

#[cfg(test)]
mod tests {
    use super::{Cell, keys, string, write_row};

    #[test]
    fn a_string_is_escaped_and_reversible() {
        assert_eq!(
            string("a\"\\\u{1b}\u{7f}\u{202e}\u{e0041}ß\n"),
            "\"a\\\"\\\\\\u001b\\u007f\\u202e\\udb40\\udc41ß\\n\""
        );
    }

    #[test]
    fn columns_of_one_name_stay_apart() {
        assert_eq!(keys(&["pid".into(), "pid".into(), "pid_2".into()]), ["\"pid\"", "\"pid_2\"", "\"pid_2_2\""]);
    }

    #[test]
    fn numbers_that_json_lacks_are_null() {
        let mut out = Vec::new();
        write_row(&mut out, &keys(&["x".into(), "y".into()]), &[Cell::Real(f64::INFINITY), Cell::Real(1e300)]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "{\"x\":null,\"y\":1e300}\n");
    }
}
