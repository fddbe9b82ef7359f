use std::collections::BTreeSet;
use std::path::Path;

use analyzer::query::Cell;

use super::{NamedQuery, SHIPPED, Shelf, shipped};
use crate::query::parameters::Clock;

const QUERY: &str = "-- What it answers.\n-- :pid integer: process id\n-- A remark.\n-- :at time = +1s: when\n-- :uid integer = null: whose\nSELECT :pid, :at, :uid;\n";

fn values(given: &[(&str, &str)]) -> Result<Vec<(String, Cell)>, String> {
    let given: Vec<(String, String)> = given.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
    let query = NamedQuery::parse("test", QUERY).unwrap();
    query.values(&given, &Clock { start_ns: 5 }).map_err(|error| format!("{error:#}"))
}

#[test]
fn a_file_says_what_it_answers_and_which_parameters_it_has() {
    let query = NamedQuery::parse("test", QUERY).unwrap();
    assert_eq!(query.about, "What it answers.");
    assert_eq!(query.usage(), "pid=INTEGER [at=+1s] [uid=null]");
    let meanings: Vec<&str> = query.parameters.iter().map(|parameter| parameter.about.as_str()).collect();
    assert_eq!(meanings, ["process id", "when", "whose"]);
    let value = |name: &str, cell| (name.to_owned(), cell);
    let expected =
        [value("pid", Cell::Integer(7)), value("at", Cell::Integer(1_000_000_005)), value("uid", Cell::Null)];
    assert_eq!(values(&[("pid", "7")]).unwrap(), expected);
    assert_eq!(values(&[("pid", "7"), ("uid", "1000")]).unwrap()[2].1, Cell::Integer(1000));
}

#[test]
fn a_parameter_that_is_missing_wrong_or_not_known_is_told() {
    assert!(values(&[]).unwrap_err().contains("needs --param pid=INTEGER (process id)"));
    assert!(values(&[("pid", "x")]).unwrap_err().contains("parameter pid: \"x\" is no whole number"));
    assert!(values(&[("pid", "null")]).unwrap_err().contains("no whole number"), "only a default is null");
    let error = values(&[("pid", "7"), ("uids", "7")]).unwrap_err();
    assert!(error.contains("unknown parameter \"uids\"; did you mean uid?"), "{error}");
}

#[test]
fn a_file_that_says_nothing_is_refused() {
    let error = |sql: &str| format!("{:#}", NamedQuery::parse("test", sql).unwrap_err());
    assert!(error("SELECT 1").contains("query test: its first line"));
    assert!(error("-- :pid integer: x\nSELECT 1").contains("its first line"));
    for line in [":pid", ":pid integer", ":pid: x", ":pid number: x"] {
        assert!(error(&format!("-- About.\n-- {line}\n")).contains(line), "{line}");
    }
}

#[test]
fn the_list_is_the_folder() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries");
    let files: BTreeSet<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let listed: Vec<String> = SHIPPED.iter().map(|(name, _)| format!("{name}.sql")).collect();
    assert!(listed.is_sorted(), "by name");
    assert_eq!(files, listed.into_iter().collect());
}

#[test]
fn what_is_shipped_declares_what_it_uses() {
    for query in shipped().unwrap() {
        let name = &query.name;
        assert!(query.about.ends_with('.'), "{name}: {}", query.about);
        let body: String =
            query.sql.lines().filter(|line| !line.starts_with("--")).flat_map(|line| [line, "\n"]).collect();
        let used: BTreeSet<&str> = body
            .split(':')
            .skip(1)
            .filter_map(|rest| rest.split(|c: char| !c.is_ascii_lowercase()).next())
            .filter(|word| !word.is_empty())
            .collect();
        let declared: BTreeSet<&str> = query.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
        assert_eq!(used, declared, "{name}");
        let body = body.to_lowercase();
        for own in ["json_", "glob", "iif(", "ifnull(", "strftime(", "printf(", "callchain", "select *"] {
            assert!(!body.contains(own), "{name}: {own} is not what engines share");
        }
        assert!(body.starts_with("select") || body.starts_with("with"), "{name}");
    }
}

#[test]
fn queries_of_ones_own_come_first() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("what-ran.sql"), "-- Mine.\nSELECT 1;").unwrap();
    std::fs::write(folder.path().join("other.sql"), "-- Other.\nSELECT 2;").unwrap();
    std::fs::write(folder.path().join("notes.txt"), "").unwrap();
    let shelf = Shelf::new(Some(folder.path().to_owned())).unwrap();
    assert_eq!(shelf.find("what-ran").unwrap().about, "Mine.");
    assert_eq!(shelf.find("other").unwrap().about, "Other.");
    assert_eq!(shelf.names().len(), SHIPPED.len() + 1);
    let path = folder.path().join("other.sql");
    let none = Shelf::new(None).unwrap();
    assert_eq!(none.find(path.to_str().unwrap()).unwrap().name, "other");
    let error = none.find("what-rann").unwrap_err().to_string();
    assert!(error.contains("did you mean what-ran?"), "{error}");
    assert!(Shelf::new(Some(path)).is_err());
}

#[test]
fn the_recipes_in_the_docs_are_those_that_are_shipped() {
    let docs = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/queries.md")).unwrap();
    let rows: Vec<&str> = docs.lines().filter(|line| line.starts_with("| `@")).collect();
    let row = |query: &NamedQuery| {
        let usage = if query.usage().is_empty() { String::new() } else { format!("`{}`", query.usage()) };
        format!("| `@{}` | {usage} | {} |", query.name, query.about)
    };
    assert_eq!(rows, shipped().unwrap().iter().map(row).collect::<Vec<_>>());
}

#[test]
fn the_functions_in_the_docs_are_those_that_there_are() {
    let docs = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/queries.md")).unwrap();
    for (function, gives) in analyzer::query::FUNCTIONS {
        assert!(docs.contains(&format!("| `{function}` | {gives} |")), "{function}");
    }
}
