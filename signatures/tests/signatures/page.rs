//! `docs/signatures.md` says what is so: its examples load, and it names every table, column and modifier.

use signatures::{Options, Set, views};

use crate::loading::parse;

const PAGE: &str = include_str!("../../../docs/signatures.md");

/// The texts of the page between the marks of this kind of example.
fn examples(kind: &str) -> Vec<&'static str> {
    let fence = format!("```{kind}\n");
    PAGE.split(fence.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn every_example_loads_and_is_evaluated() {
    let examples = examples("yaml");
    assert!(examples.len() >= 4);
    for example in examples {
        let set: Set = parse(example, Options::default()).unwrap_or_else(|errors| panic!("{errors:?}\n{example}"));
        for signature in set.signatures() {
            assert_eq!(signature.not_evaluated(), None, "{example}");
        }
    }
}

#[test]
fn every_table_and_column_is_on_the_page() {
    for table in views::all() {
        let (_, behind) = PAGE.split_once(&format!("### {}\n", table.name)).unwrap_or_else(|| panic!("{}", table.name));
        let section = behind.split("\n### ").next().unwrap();
        assert!(section.contains(&table.doc), "{}: {}", table.name, table.doc);
        for column in table.columns.iter().skip(signatures::table::COMMON.len()) {
            let row = format!("| `{}` |", column.name);
            let shared = PAGE.split("### executions").next().unwrap();
            let is_argument = column.name.strip_prefix('a').is_some_and(|number| number.parse::<usize>().is_ok());
            assert!(section.contains(&row) || shared.contains(&row) || is_argument, "{}.{}", table.name, column.name);
        }
    }
}

#[test]
fn every_modifier_is_on_the_page() {
    for modifier in [
        "contains",
        "startswith",
        "endswith",
        "all",
        "cased",
        "neq",
        "re",
        "cidr",
        "exists",
        "fieldref",
        "gt",
        "gte",
        "lt",
        "lte",
        "expand",
        "windash",
        "wide",
        "utf16",
        "utf16le",
        "utf16be",
        "base64",
        "base64offset",
        "minute",
        "hour",
        "day",
        "week",
        "month",
        "year",
    ] {
        assert!(PAGE.contains(&format!("`{modifier}`")), "{modifier}");
    }
}
