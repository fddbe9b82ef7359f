//! Spark finds what the stream finds; asked only where there is a Python with pyspark in target/spark (`make test-spark`).

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use signatures::sql::{self, Dialect};
use signatures::{Detector, Set, Table};

use crate::engines::key;
use crate::rows::{Owned, OwnedRow, Random};
use crate::{generate, loading, moments, sigmahq};

/// The Python that has pyspark, when `TRACEE_SPARK` is `required`: it takes minutes.
///
/// # Panics
/// When there is none then.
fn python() -> Option<PathBuf> {
    if std::env::var("TRACEE_SPARK").is_ok_and(|value| value == "required") {
        let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/spark/bin/python");
        let import = Command::new(&python).args(["-c", "import pyspark"]).stderr(Stdio::null()).status();
        assert!(import.is_ok_and(|status| status.success()), "{} has no pyspark", python.display());
        return Some(python);
    }
    eprintln!("skipped: TRACEE_SPARK is not `required`");
    None
}

fn table(table: &Table, rows: &[&OwnedRow]) -> Value {
    let columns: Vec<Value> = table
        .columns
        .iter()
        .map(|column| json!([column.name, column.kind.name().trim_start_matches("an ").trim_start_matches("a ")]))
        .collect();
    let value = |value: &Owned| match value {
        Owned::Null => Value::Null,
        Owned::Integer(number) | Owned::Timestamp(number) => json!(number),
        Owned::Real(number) => json!(number),
        Owned::Boolean(boolean) => json!(boolean),
        Owned::Text(text) => json!(text),
    };
    let rows: Vec<Vec<Value>> = rows.iter().map(|row| row.0.iter().map(value).collect()).collect();
    json!({"columns": columns, "rows": rows})
}

/// What Spark is asked about a set, and what the stream finds, for each signature that reports.
fn asked(set: &Set, rows: &[(usize, OwnedRow)]) -> (Value, Vec<(String, Vec<i64>)>) {
    let (mut detector, mut findings) = (Detector::new(set), Vec::new());
    let mut streamed = vec![Vec::new(); set.signatures().len()];
    for (table, row) in rows {
        findings.clear();
        detector.row(*table, row, &mut findings);
        findings.iter().for_each(|finding| streamed[finding.signature].push(key(row)));
    }
    let tables = set.tables().all().iter().enumerate().map(|(index, of)| {
        let rows: Vec<&OwnedRow> = rows.iter().filter(|(table, _)| *table == index).map(|(_, row)| row).collect();
        (of.name.clone(), table(of, &rows))
    });
    let tables: serde_json::Map<String, Value> = tables.collect();
    let mut expected = Vec::new();
    for (index, (signature, streamed)) in set.signatures().iter().zip(streamed).enumerate() {
        if let Ok(statement) = sql::statement(set, index, Dialect::Spark)
            && signature.is_reported
        {
            expected.push((statement, streamed));
        }
    }
    let statements: Vec<&str> = expected.iter().map(|(statement, _)| statement.as_str()).collect();
    (json!({"tables": tables, "statements": statements}), expected)
}

#[test]
fn spark_finds_what_the_stream_finds() {
    let Some(python) = python() else { return };
    let mut random = Random::new(35);
    let (mut questions, mut expected) = (Vec::new(), Vec::new());
    let mut ask = |set: &Set, rows: &[(usize, OwnedRow)]| {
        let (question, answers) = asked(set, rows);
        questions.push(question);
        expected.push(answers);
    };
    for set in [loading::set(include_str!("../data/checks.yml")), sigmahq::kept_rules()] {
        ask(&set, &generate::rows(&set));
    }
    for (_, _, set) in moments::sets().step_by(13) {
        ask(&set, &moments::rows(&set, 60, &mut random));
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/spark/answers.py");
    let mut child = Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(json!({"sets": questions}).to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", output.status);
    let answers: Vec<Vec<Vec<i64>>> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answers.len(), expected.len());
    for (answers, expected) in answers.iter().zip(expected) {
        assert_eq!(answers.len(), expected.len());
        for (found, (statement, streamed)) in answers.iter().zip(expected) {
            assert_eq!(*found, streamed, "{statement}");
        }
    }
}
