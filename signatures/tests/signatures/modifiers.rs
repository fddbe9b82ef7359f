//! Every modifier: what it matches, and that all engines agree about it.

use std::collections::BTreeMap;

use signatures::explain::explain;
use signatures::table::{Column, Table};
use signatures::{Body, Options, Set, Tables, Type};

use crate::engines::{by_sql, by_stream, database};
use crate::loading::{error, execution, parse};
use crate::rows::{Owned, OwnedRow};

/// A table with a column of each type.
fn options() -> Options {
    let columns = [("t", Type::Text), ("u", Type::Text), ("n", Type::Integer), ("r", Type::Real), ("b", Type::Boolean)];
    let columns = columns.map(|(name, kind)| Column::new(name, kind, "For tests."));
    let table = Table::new("things", "For tests.", columns.to_vec());
    let placeholders = BTreeMap::from([("who".to_owned(), vec!["Anna".to_owned(), "b*".to_owned()])]);
    Options { tables: Tables::with([table]), placeholders }
}

fn rule(field: &str, values: &str) -> String {
    format!("title: '{field}'\ntable: things\ndetection:\n  s:\n    {field}: {values}\n  condition: s\n")
}

fn text(text: &str) -> Owned {
    Owned::Text(text.to_owned())
}

/// Checks a signature against values of one column on every engine: those that match and those that do not.
fn check(field: &str, values: &str, matching: &[Owned], other: &[Owned]) {
    let set = parse(&rule(field, values), options()).unwrap_or_else(|errors| panic!("{errors:?}"));
    let table = set.tables().named("things").unwrap();
    let declared = &set.tables().all()[table];
    let column = declared.column(field.split('|').next().unwrap()).unwrap();
    let mut rows = Vec::new();
    for (key, value) in matching.iter().chain(other).enumerate() {
        let mut row = OwnedRow::new(declared, key as i64).text(declared, "u", "aBc");
        row.0[column] = value.clone();
        rows.push((table, row));
    }
    let expected: Vec<i64> = (0..matching.len() as i64).collect();
    let Body::Rows { condition, .. } = &set.signatures()[0].body else { panic!("{field}") };
    let plainly: Vec<i64> =
        rows.iter().zip(0..).filter(|((_, row), _)| condition.holds(row)).map(|(_, key)| key).collect();
    assert_eq!(plainly, expected, "{field}: {values}");
    assert_eq!(by_stream(&set, &rows)[0], expected, "{field}: {values}, streamed");
    assert_eq!(by_sql(&database(set.tables(), &rows), &set, 0), expected, "{field}: {values}, SQL");
    for (_, row) in &rows {
        assert_eq!(explain(condition, declared, row).is_empty(), !condition.holds(row), "{field}: explained");
    }
}

#[test]
fn text_is_compared_without_regard_to_the_case_of_ascii() {
    check("t", "Abc", &[text("abc"), text("ABC")], &[text("abcd"), text(""), Owned::Null]);
    check("t", "'\u{e4}'", &[text("\u{e4}")], &[text("\u{c4}")]);
    check("t|cased", "Abc", &[text("Abc")], &[text("abc"), Owned::Null]);
    check("t|contains", "Bc", &[text("abcd"), text("xbC")], &[text("cb"), Owned::Null]);
    check("t|contains|cased", "Bc", &[text("aBcd")], &[text("abcd")]);
    check("t|startswith", "ab", &[text("ABc"), text("ab")], &[text("cab"), text("a")]);
    check("t|endswith", "ab", &[text("cAB"), text("ab")], &[text("abc"), text("b"), text("")]);
    check("t|contains|all", "[a, b]", &[text("ba"), text("xAyB")], &[text("a"), text("b"), Owned::Null]);
    check("t|contains", "[a, b]", &[text("a"), text("B")], &[text("c")]);
}

#[test]
fn wildcards_and_their_escapes() {
    check("t", "'a*c'", &[text("ac"), text("abbC")], &[text("abd"), text("xac")]);
    check("t", "'a?c'", &[text("abc"), text("a\u{fc}c")], &[text("ac"), text("abbc")]);
    check("t", r"'a\*c'", &[text("a*c")], &[text("abc")]);
    check("t", r"'*[x]%_?'", &[text("a[X]%_z")], &[text("ax%_z"), text("[x]%_")]);
    // A backslash of the capture is two in the column.
    check("t", r"'C:\x'", &[text(r"c:\\X")], &[text(r"c:\x"), text("c:x")]);
    check("t", r"'a\\*'", &[text(r"a\\b")], &[text("ab"), text("a*")]);
    check("t", "'*'", &[text(""), text("x")], &[Owned::Null]);
    check("t|contains", "'a*c?e'", &[text("xabcdef")], &[text("ace")]);
    check("t|cased", "'A*c[]'", &[text("Axc[]")], &[text("axc[]")]);
    check("t", "''", &[text("")], &[text("a"), Owned::Null]);
    check("t", "'it''s'", &[text("IT'S")], &[text("its")]);
}

#[test]
fn missing_and_present() {
    check("t", "null", &[Owned::Null], &[text(""), text("null")]);
    check("t|exists", "true", &[text("")], &[Owned::Null]);
    check("t|exists", "false", &[Owned::Null], &[text("x")]);
    check("n", "null", &[Owned::Null], &[Owned::Integer(0)]);
    check("t|neq", "x", &[text("y"), Owned::Null], &[text("X")]);
    check("t|neq|contains", "[x, y]", &[text("z"), Owned::Null], &[text("axa"), text("y")]);
}

#[test]
fn numbers_booleans_and_moments() {
    let int = Owned::Integer;
    check("n", "[5, 0x10]", &[int(5), int(16)], &[int(6), Owned::Null]);
    check("n|gt", "5", &[int(6)], &[int(5), Owned::Null]);
    check("n|gte", "5", &[int(5)], &[int(4)]);
    check("n|lt", "-5", &[int(-6)], &[int(-5)]);
    check("n|lte", "-5", &[int(-5)], &[int(-4), Owned::Null]);
    check("n|neq", "5", &[int(4), Owned::Null], &[int(5)]);
    check("r|gt", "0.5", &[Owned::Real(0.75)], &[Owned::Real(0.5), Owned::Null]);
    check("r", "2", &[Owned::Real(2.0)], &[Owned::Real(2.5)]);
    check("b", "'true'", &[Owned::Boolean(true)], &[Owned::Boolean(false), Owned::Null]);
    // 2024-02-29 23:59:59, a Thursday of week 9.
    let (moment, later) = (Owned::Timestamp(1_709_251_199_999_999_999), Owned::Timestamp(1_709_251_200_000_000_000));
    for (part, value) in [("minute", "59"), ("hour", "23"), ("day", "29"), ("month", "2")] {
        check(&format!("ts|{part}"), value, std::slice::from_ref(&moment), &[later.clone(), Owned::Null]);
    }
    check("ts|week", "9", &[moment.clone(), later.clone()], &[Owned::Null]);
    check("ts|year", "2024", std::slice::from_ref(&moment), &[Owned::Timestamp(0)]);
    check("ts|hour|gte", "20", &[moment], &[later]);
}

#[test]
fn expressions_networks_and_other_fields() {
    check("t|re", "'^a[0-9]+$'", &[text("a12")], &[text("A1"), text("a1\n"), Owned::Null]);
    check("t|re|i", "'b.d'", &[text("aBxDe")], &[text("bd"), text("b\nd")]);
    check("t|re|i|m|s", "'^b.d'", &[text("a\nB\nd")], &[text("ab\nd")]);
    check("t|cidr", "[10.0.0.0/8, 'fe80::/10']", &[text("10.1.2.3"), text("fe80::1")], &[text("11.0.0.1"), text("x")]);
    check("t|fieldref", "u", &[text("AbC")], &[text("ab"), Owned::Null]);
    check("t|fieldref|cased", "u", &[text("aBc")], &[text("abc")]);
    check("t|fieldref|startswith", "u", &[text("ABCd"), text("abc")], &[text("xabc"), text("ab")]);
    check("t|fieldref|endswith", "u", &[text("xABC")], &[text("abcx"), text("c")]);
    check("t|fieldref|contains", "u", &[text("xABCx")], &[text("acb")]);
}

#[test]
fn encodings_and_placeholders() {
    check("t|base64", "foobar", &[text("Zm9vYmFy"), text("zm9vymfy")], &[text("foobar")]);
    let encoded = [text("L2Jpbi9iYXNo"), text("x9iaW4vYmFzay"), text("QUvYmluL2Jhc2g=")];
    check("t|base64offset|contains", "/bin/bash", &encoded, &[text("/bin/bash"), Owned::Null]);
    // UTF-16 as a column has it: every second byte is NUL.
    check("t|wide", "ab", &[text(r"a\x00b\x00")], &[text("ab")]);
    check("t|utf16le", "ab", &[text(r"a\x00b\x00")], &[text("ab")]);
    check("t|utf16be", "ab", &[text(r"\x00a\x00b")], &[text("ab")]);
    check("t|utf16", "a", &[text(r"\xff\xfea\x00")], &[text("a")]);
    check("t|wide|base64offset|contains", "ping", &[text("xx cABpAG4AZw yy")], &[text("ping")]);
    let dashes = [text("x -y"), text("x /y"), text("x \u{2013}y"), text("x \u{2014}y"), text("x \u{2015}y")];
    check("t|windash|contains", "' -y'", &dashes, &[text("x y"), text("x--y")]);
    check("t|expand", "'is %who%'", &[text("is anna"), text("IS bob")], &[text("is"), text("is %who%")]);
    check("t|expand|re", "'^%who%$'", &[text("Anna"), text("bb")], &[text("anna")]);
}

#[test]
fn modifiers_that_do_not_go_together_are_refused() {
    for (field, why) in [
        ("Image|contains|startswith", "only one of contains"),
        ("Image|re|contains", "re and contains"),
        ("Image|re|base64", "re and encodings"),
        ("Image|i", "stands behind re"),
        ("Image|re|cidr", "does not go with"),
        ("Image|contains|contains", "is there twice"),
        ("Image|hour", "wrong type: Image is text, and hour needs a timestamp"),
        ("Image|base64|gt", "do not go together"),
        ("Image|fieldref", "unknown field \"x\""),
        ("Image|not", "unknown modifier \"not\""),
    ] {
        let told = error(&execution(&format!("  s:\n    {field}: x\n  condition: s")));
        assert!(told.contains(why), "{field}: {told}");
    }
}

#[test]
fn every_dialect_says_the_same_in_its_words() {
    use signatures::sql::{Dialect, statement};
    let told = |field: &str, values: &str, dialect| {
        let set: Set = parse(&rule(field, values), options()).unwrap();
        let text = statement(&set, 0, dialect).unwrap();
        let (_, behind) = text.split_once(" WHERE ").unwrap();
        behind.split_once(" ORDER BY ").unwrap().0.to_owned()
    };
    let folded = "translate(\"t\", 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')";
    let spark = folded.replace('"', "`");
    assert_eq!(told("t", "It''s", Dialect::Sqlite), "coalesce(lower(\"t\") = 'it''''s', 0)");
    assert_eq!(told("t", r"'a\b'", Dialect::Datafusion), format!("coalesce({folded} = 'a\\\\b', false)"));
    assert_eq!(told("t", r"'a\b'", Dialect::Spark), format!("coalesce({spark} = 'a\\\\\\\\b', false)"));
    assert_eq!(told("t", "'a*%c'", Dialect::Datafusion), format!("coalesce({folded} LIKE 'a%\\%c', false)"));
    assert_eq!(told("t|endswith", "x", Dialect::Spark), format!("coalesce(endswith({spark}, 'x'), false)"));
    assert_eq!(told("t|re|i", "'[b]'", Dialect::Datafusion), "coalesce(\"t\" ~ '(?i)[b]', false)");
    assert_eq!(told("t|re|i", "'[b]'", Dialect::Spark), "coalesce(regexp_like(`t`, '[Bb]'), false)");
    assert_eq!(told("b", "'false'", Dialect::Spark), "coalesce(`b` = false, false)");
    assert_eq!(told("ts|hour", "3", Dialect::Datafusion), "coalesce(date_part('hour', \"ts\") = 3, false)");
}
