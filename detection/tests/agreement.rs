//! What signatures find in the recorded fixtures: by the stream and by SQL the same, to the row; the same by any number of threads.

use std::path::{Path, PathBuf};

use analyzer::query::{Cell, Database};
use analyzer::tables::{Catalog, Type as ColumnType};
use detection::{Finding, Options, detect};
use formats::capture::Capture;
use signatures::sql::{self, Dialect};
use signatures::{Set, Type};

const FIXTURES: [&str; 5] = ["aarch64", "losses", "network", "shell", "traffic"];

/// SigmaHQ's rules that are kept as test data.
const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../signatures/tests/data/sigma");

/// Signatures of which each finds most rows of a table.
const WIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wide.yml");

fn fixture(name: &str) -> Capture {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(format!("{name}.tracee"));
    Capture::open(&path).unwrap()
}

fn load(paths: &[PathBuf]) -> Set {
    let options = signatures::Options { tables: detection::tables(&Catalog::builtin()), ..Default::default() };
    Set::load(paths, options).unwrap_or_else(|errors| {
        let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("{}", shown.join("\n"))
    })
}

/// The signatures that there are: a test that needs all of SigmaHQ's says that they were left out.
fn all() -> Set {
    let rules = std::env::var("SIGMA_RULES").unwrap_or_else(|_| {
        eprintln!("SIGMA_RULES names no folder: only the rules that are kept here");
        KEPT.to_owned()
    });
    load(&[rules.into(), WIDE.into()])
}

fn found(capture: &Capture, set: &Set, threads: usize) -> Vec<Finding> {
    let mut found = Vec::new();
    let options = Options { threads, ..Options::default() };
    detect(capture, set, options, &mut |finding| {
        found.push(finding);
        Ok(())
    })
    .unwrap();
    found
}

/// Time, key and event of a finding's last row.
type Place = (i64, i64, String);

fn by_sql(database: &Database, set: &Set, signature: usize) -> Vec<Place> {
    let statement = sql::statement(set, signature, Dialect::Sqlite).unwrap();
    let mut rows = Vec::new();
    let result = database.run(&statement, &mut |_| {}, &mut |cells| {
        match cells {
            [Cell::Integer(boot_ns), Cell::Integer(key), Cell::Text(event)] => {
                rows.push((*boot_ns, *key, event.clone()));
            }
            other => panic!("{other:?}"),
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error:#}\n{statement}"));
    rows
}

#[test]
fn stream_and_sql_find_the_same_rows() {
    let set = all();
    for name in FIXTURES {
        let capture = fixture(name);
        let database = Database::open_capture(&capture, 1, &|_, _| {}).unwrap();
        let streamed = found(&capture, &set, 1);
        let mut is_any = false;
        for (index, signature) in set.signatures().iter().enumerate() {
            if signature.not_evaluated().is_some() || !signature.is_reported {
                continue;
            }
            let own = streamed.iter().filter(|finding| finding.signature == index);
            let last = own.map(|finding| finding.evidence.last().unwrap());
            let stream: Vec<Place> = last.map(|row| (row.boot_ns, row.event_key, row.event.clone())).collect();
            let asked = by_sql(&database, &set, index);
            let title = &signature.metadata.title;
            assert_eq!(stream.len(), asked.len(), "{name}: {title}");
            let differing = stream.iter().zip(&asked).find(|(a, b)| a != b);
            assert_eq!(differing, None, "{name}: {title}");
            is_any |= !stream.is_empty();
        }
        assert!(is_any, "{name}");
    }
}

#[test]
fn findings_do_not_depend_on_threads() {
    let set = all();
    for name in FIXTURES {
        let capture = fixture(name);
        let one = found(&capture, &set, 1);
        for threads in [2, 4] {
            assert!(found(&capture, &set, threads) == one, "{name} by {threads}");
        }
    }
}

#[test]
fn findings_come_in_the_order_of_rows() {
    let set = all();
    for name in FIXTURES {
        let found = found(&fixture(name), &set, 2);
        let order = |finding: &Finding| {
            let row = finding.evidence.last().unwrap();
            (row.boot_ns, row.event_key, row.event.clone())
        };
        assert!(found.iter().map(order).is_sorted(), "{name}");
    }
}

#[test]
fn a_correlation_over_a_loss_says_so() {
    let set = load(&[WIDE.into()]);
    let findings = found(&fixture("losses"), &set, 1);
    let correlated: Vec<&Finding> = findings.iter().filter(|finding| finding.evidence.len() > 1).collect();
    assert!(correlated.iter().any(|finding| finding.loss));
    assert!(findings.iter().filter(|finding| finding.evidence.len() == 1).all(|finding| !finding.loss));
    let quiet = found(&fixture("shell"), &set, 1);
    assert!(quiet.iter().any(|finding| finding.evidence.len() > 1) && quiet.iter().all(|finding| !finding.loss));
}

#[test]
fn views_of_signatures_are_tables_of_every_engine() {
    let catalog = Catalog::builtin();
    for view in signatures::views::all() {
        let table = catalog.table(&view.name).unwrap_or_else(|| panic!("{} is no table", view.name));
        for column in &view.columns {
            let index = table.index(&column.name).unwrap_or_else(|| panic!("{} has no {}", view.name, column.name));
            let ty = match table.columns[index].ty {
                ColumnType::Integer => Type::Integer,
                ColumnType::Boolean => Type::Boolean,
                ColumnType::Real => Type::Real,
                ColumnType::Text => Type::Text,
                ColumnType::Timestamp => Type::Timestamp,
                ColumnType::Bytes => panic!("{} of {} is bytes", column.name, view.name),
            };
            assert_eq!(ty, column.kind, "{} of {}", column.name, view.name);
        }
    }
}
