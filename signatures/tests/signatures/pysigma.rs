//! pySigma's own back end for SQLite finds the same rows on our tables; where it does not, the reason is written down here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use signatures::sigma::{LOG_SOURCES, LogSource};
use signatures::{Body, Set, Table, Tables, Type};

use crate::engines::{by_stream, database};
use crate::rows::{Owned, OwnedRow};
use crate::{generate, sigmahq};

/// The Python that has pySigma.
///
/// # Panics
/// When `TRACEE_PYSIGMA` is `required` and there is none.
fn python() -> Option<PathBuf> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/sigma/bin/python");
    let import = Command::new(&python).args(["-c", "import sigma.backends.sqlite"]).stderr(Stdio::null()).status();
    if import.is_ok_and(|status| status.success()) {
        return Some(python);
    }
    let is_required = std::env::var("TRACEE_PYSIGMA").is_ok_and(|value| value == "required");
    assert!(!is_required, "{} has no pySigma: scripts/pysigma installs it", python.display());
    eprintln!("skipped: {} has no pySigma", python.display());
    None
}

/// A log source as the script reads it: its rows and the columns that its fields are. Fields that a kernel recorder cannot
/// have are in a column without values, and booleans are text, as they are in the logs that rules are written for.
fn source(of: &LogSource, tables: &Tables) -> Value {
    let table = &tables.all()[tables.named(of.table).unwrap()];
    let columns = table.columns.iter().map(|column| match (column.kind, &column.name) {
        (Type::Boolean, name) => format!("CASE {name} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END AS {name}"),
        (_, name) => format!("\"{name}\""),
    });
    let columns: Vec<String> = columns.chain(["NULL AS absent".to_owned()]).collect();
    let mut rows = format!("SELECT {} FROM {}", columns.join(", "), of.table);
    if !of.operations.is_empty() {
        let operations = of.operations.join("', '");
        rows += &format!(" WHERE operation COLLATE NOCASE IN ('{operations}') AND error IS NULL");
    }
    let never = of.never.iter().flat_map(|(names, _)| names.iter().map(|name| (*name, "absent")));
    let columns: BTreeMap<&str, &str> = of.fields.iter().copied().chain(never).collect();
    json!({"category": of.category, "service": of.service, "rows": rows, "columns": columns})
}

/// What pySigma finds for the rules in these files.
fn answers(python: &Path, database: &Path, set: &Set) -> Vec<Value> {
    let sources: Vec<Value> = LOG_SOURCES.into_iter().map(|of| source(of, set.tables())).collect();
    let rules: Vec<&Path> = set.signatures().iter().map(|signature| signature.file.as_path()).collect();
    let asked = json!({"database": database, "sources": sources, "rules": rules});
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pysigma/answers.py");
    let mut child = Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(asked.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", output.status);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A kind of difference: by what a rule and a row are known for which it may and must make one.
struct Kind {
    why: &'static str,
    /// Files of the rules that it is found in.
    rules: &'static [&'static str],
    /// Files of those that it may be found in: only some of the values that rows may have tell.
    may: &'static [&'static str],
    /// Whether it explains a row that only one side finds for one of the rules.
    explains: fn(&OwnedRow, &Table) -> bool,
}

const KINDS: [Kind; 2] = [
    Kind {
        why: "pySigma looks for the text as it is written; our text columns hold two backslashes where the capture has one",
        rules: &["backslash.yml"],
        may: &["proc_creation_lnx_exploit_cve_2022_33891_spark_shell_command_injection.yml"],
        explains: |row, table| {
            let texts = ["command_line", "parent_exe"].map(|column| text(row, table, column));
            texts.iter().flatten().any(|text| text.contains('\\'))
        },
    },
    Kind {
        why: "pySigma makes beginnings of text of a network, which fit what is no address, and not every way to write one",
        rules: &["networks.yml"],
        may: &[],
        explains: |row, table| {
            let written = text(row, table, "remote_address").map(|text| (text, text.parse::<IpAddr>()));
            written.is_some_and(|(text, address)| {
                address.map_or(true, |address| address.to_string() != text || address.is_ipv6())
            })
        },
    },
];

fn text<'a>(row: &'a OwnedRow, table: &Table, column: &str) -> Option<&'a str> {
    match &row.0[table.column(column).unwrap()] {
        Owned::Text(text) => Some(text),
        _ => None,
    }
}

/// Compares what both find on rows made from each rule's own selections; how many rules there were.
fn compare(python: &Path, set: &Set) -> usize {
    let rows = generate::rows(set);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.db");
    database(set.tables(), &rows).execute("VACUUM INTO ?", [file.to_str().unwrap()]).unwrap();
    let (mut compared, mut wrong) = (0, String::new());
    let mut seen: BTreeSet<(usize, &str)> = BTreeSet::new();
    let ours = by_stream(set, &rows);
    for ((signature, ours), answer) in set.signatures().iter().zip(ours).zip(answers(python, &file, set)) {
        let Body::Rows { table, .. } = &signature.body else { continue };
        let table = &set.tables().all()[*table];
        let name = signature.file.file_name().unwrap().to_str().unwrap();
        let Some(theirs) = answer["keys"].as_array() else {
            writeln!(wrong, "{name}: {answer}").unwrap();
            continue;
        };
        compared += 1;
        let theirs: BTreeSet<i64> = theirs.iter().map(|key| key.as_i64().unwrap()).collect();
        let ours: BTreeSet<i64> = ours.into_iter().collect();
        for key in ours.symmetric_difference(&theirs) {
            let row = &rows[usize::try_from(*key).unwrap()].1;
            let explains = |kind: &Kind| {
                kind.rules.iter().chain(kind.may).any(|rule| *rule == name) && (kind.explains)(row, table)
            };
            match KINDS.iter().position(explains) {
                Some(kind) => drop(seen.insert((kind, name))),
                None => {
                    let who = if ours.contains(key) { "we" } else { "pySigma" };
                    let values = table.columns.iter().zip(&row.0).filter(|(_, value)| **value != Owned::Null);
                    let values: Vec<String> =
                        values.map(|(column, value)| format!("{}: {value:?}", column.name)).collect();
                    writeln!(wrong, "{name}: only {who} find {}\n{}", values.join(", "), answer["statements"]).unwrap();
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    let names: BTreeSet<&str> =
        set.signatures().iter().filter_map(|signature| signature.file.file_name()?.to_str()).collect();
    for (number, kind) in KINDS.iter().enumerate() {
        for rule in kind.rules.iter().filter(|rule| names.contains(*rule)) {
            assert!(seen.contains(&(number, rule)), "{rule} does not differ any more: {}", kind.why);
        }
    }
    compared
}

#[test]
fn pysigma_finds_the_same_rows_for_rules_of_every_modifier() {
    let Some(python) = python() else { return };
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pysigma/rules");
    assert_eq!(compare(&python, &sigmahq::load(rules)), 4);
}

#[test]
fn pysigma_finds_the_same_rows_for_the_kept_rules() {
    let Some(python) = python() else { return };
    assert!(compare(&python, &sigmahq::kept_rules()) >= 25);
}

#[test]
fn pysigma_finds_the_same_rows_for_all_rules() {
    let (Some(python), Some(set)) = (python(), sigmahq::all_rules()) else { return };
    assert_eq!(compare(&python, &set), 218);
}
