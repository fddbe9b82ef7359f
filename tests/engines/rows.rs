//! Rows as every engine's are written down to be compared.
//!
//! CSV in which NULL is an empty cell and empty text is `""`. A boolean is 0 or 1, as SQLite has it. A number is a whole one where
//! it is one, whatever its type, else it has twelve digits: engines add up in other orders.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// Members of an object in their order.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Members, M::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// The rows of a text that has a JSON object in each line, under the names of their columns. Nothing when there is no row.
///
/// # Panics
/// When a line is something else.
pub(crate) fn normalized(json_lines: &str) -> String {
    let mut out = String::new();
    for line in json_lines.lines() {
        let Members(members) = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        if out.is_empty() {
            write_line(&mut out, members.iter().map(|(name, _)| quoted(name)));
        }
        write_line(&mut out, members.iter().map(|(_, value)| cell(value)));
    }
    out
}

fn write_line(out: &mut String, cells: impl Iterator<Item = String>) {
    out.push_str(&cells.collect::<Vec<_>>().join(","));
    out.push('\n');
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(value) => u8::from(*value).to_string(),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => whole.to_string(),
            None => real(number.as_f64().expect("a number")),
        },
        Value::String(text) => quoted(text),
        Value::Array(_) | Value::Object(_) => quoted(&value.to_string()),
    }
}

/// Twelve digits, or a whole number.
fn real(number: f64) -> String {
    let rounded: f64 = format!("{number:.11e}").parse().expect("a number");
    if rounded == rounded.trunc() && rounded.abs() < 1e15 { format!("{rounded:.0}") } else { format!("{rounded:?}") }
}

/// Text as a cell; in quotes where it needs them or would look like another value.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| !c.is_control() && c != '"' && c != ',';
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('"', "\"\"").replace('\r', "\\r").replace('\n', "\\n"))
}

#[test]
fn engines_that_mean_the_same_are_written_alike() {
    let [sqlite, columnar] = [
        r#"{"n":3,"mean":0.1,"open":1,"none":null,"empty":"","text":"a,b"}"#,
        r#"{"n":3.0,"mean":0.10000000000000001,"open":true,"none":null,"empty":"","text":"a,b"}"#,
    ];
    assert_eq!(normalized(sqlite), normalized(columnar));
    assert_eq!(normalized(sqlite), "n,mean,open,none,empty,text\n3,0.1,1,,\"\",\"a,b\"\n");
    assert_eq!(normalized(r#"{"z":9007199254740993,"a":-0.30000000000000004}"#), "z,a\n9007199254740993,-0.3\n");
}
