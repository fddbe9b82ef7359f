//! What an investigator asks of the fixtures: each `tests/queries/<fixture>/<name>.sql` gives exactly the rows in
//! `<name>.csv` beside it. The rows are what the workload did, whatever tracee says; the queries give no number that
//! another recording of the same workload would change.

#[path = "queries/recipes.rs"]
mod recipes;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[path = "engines/difference.rs"]
mod difference;

use difference::difference;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The entries of `folder` by name without extension, of those that have `extension`.
fn entries(folder: &Path, extension: &str) -> BTreeMap<String, PathBuf> {
    let paths = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    paths
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().unwrap_or_default() == extension)
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), path))
        .collect()
}

/// The rows that `tracee query` gives, as CSV; lines end as in the files here, not as RFC 4180 has it.
fn answer(fixture: &Path, sql: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_tracee"))
        .arg("query")
        .arg(fixture)
        .arg("-f")
        .arg(sql)
        .args(["--output", "csv", "--quiet"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return format!("{}: {said}", output.status);
    }
    assert!(said.is_empty(), "{}: {said}", sql.display());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "lines of CSV end with CR and LF");
    text.replace("\r\n", "\n")
}

fn every_answer_is_as_expected(fixture: &str) {
    let capture = folder("fixtures").join(fixture).with_extension("tracee");
    let queries = entries(&folder("tests/queries").join(fixture), "sql");
    assert!(!queries.is_empty(), "tests/queries/{fixture} has no query");
    let mut wrong = String::new();
    for (name, sql) in &queries {
        let expected =
            fs::read_to_string(sql.with_extension("csv")).unwrap_or_else(|error| panic!("{name}.csv: {error}"));
        let found = answer(&capture, sql);
        if found != expected {
            let lines = difference(&expected, &found);
            writeln!(wrong, "\n{fixture}/{name} (- what the workload did, + what tracee says):\n{lines}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_shell_fixture_answers_as_the_workload_went() {
    every_answer_is_as_expected("shell");
}

#[test]
fn the_network_fixture_answers_as_the_workload_went() {
    every_answer_is_as_expected("network");
}

#[test]
fn the_losses_fixture_answers_as_the_workload_went() {
    every_answer_is_as_expected("losses");
}

#[test]
fn the_aarch64_fixture_answers_as_the_workload_went() {
    every_answer_is_as_expected("aarch64");
}

#[test]
fn the_traffic_fixture_answers_as_the_workload_went() {
    every_answer_is_as_expected("traffic");
}

#[test]
fn every_fixture_has_queries_and_every_query_has_its_rows() {
    let fixtures: BTreeSet<String> = entries(&folder("fixtures"), "tracee").into_keys().collect();
    let asked: BTreeSet<String> = entries(&folder("tests/queries"), "").into_keys().collect();
    assert_eq!(fixtures, asked, "fixtures, and folders of queries");
    assert_eq!(
        fixtures,
        ["aarch64", "losses", "network", "shell", "traffic"].map(String::from).into(),
        "each has a test of its own here"
    );
    for fixture in asked {
        let folder = folder("tests/queries").join(&fixture);
        let queries: BTreeSet<String> = entries(&folder, "sql").into_keys().collect();
        let rows: BTreeSet<String> = entries(&folder, "csv").into_keys().collect();
        assert!(!queries.is_empty(), "tests/queries/{fixture} has no query");
        assert_eq!(queries, rows, "tests/queries/{fixture}: each .sql has its .csv");
        for path in entries(&folder, "csv").into_values() {
            assert!(fs::read_to_string(&path).unwrap().lines().count() > 1, "{} expects no row", path.display());
        }
    }
}
