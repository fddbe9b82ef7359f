//! DataFusion finds for every signature, by its SQL text, the rows that the stream finds. Rows are made as the signatures'
//! own tests make them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use analyzer::query::{Answer, Cell, Engine, Question};
use columnar::{Options, Session};
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray,
};
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use signatures::sql::{self, Dialect};
use signatures::{Detector, Set, Table, Type};

#[path = "../../../signatures/tests/signatures/generate.rs"]
mod generate;
#[path = "../../../signatures/tests/signatures/moments.rs"]
mod moments;
#[path = "../../../signatures/tests/signatures/rows.rs"]
mod rows;

use rows::{Owned, OwnedRow, Random};

/// The keys of the rows of an answer.
#[derive(Default)]
struct Keys(Vec<i64>);

impl Answer for Keys {
    fn columns(&mut self, names: &[&str]) -> anyhow::Result<()> {
        assert_eq!(names, ["boot_ns", "event_key", "event"]);
        Ok(())
    }

    fn row(&mut self, cells: &[Cell]) -> anyhow::Result<()> {
        let [_, Cell::Integer(key), _] = cells else { panic!("{cells:?}") };
        self.0.push(*key);
        Ok(())
    }
}

/// One column of rows.
fn array(column: usize, kind: Type, rows: &[&OwnedRow]) -> ArrayRef {
    let values = rows.iter().map(|row| &row.0[column]);
    macro_rules! of {
        ($array:ty, $value:ident, $known:pat => $given:expr) => {
            Arc::new(<$array>::from_iter(values.map(|value| match value {
                Owned::Null => None,
                $known => Some($given),
                $value => panic!("{}", format!("{:?}", $value)),
            })))
        };
    }
    match kind {
        Type::Integer => of!(Int64Array, value, Owned::Integer(number) => *number),
        Type::Real => of!(Float64Array, value, Owned::Real(number) => *number),
        Type::Boolean => of!(BooleanArray, value, Owned::Boolean(boolean) => *boolean),
        Type::Text => of!(StringViewArray, value, Owned::Text(text) => text.as_str()),
        Type::Timestamp => {
            let micros: TimestampMicrosecondArray = values
                .map(|value| match value {
                    Owned::Null => None,
                    Owned::Timestamp(ns) => Some(ns.div_euclid(1000)),
                    other => panic!("{other:?}"),
                })
                .collect();
            Arc::new(micros.with_timezone("UTC"))
        }
    }
}

fn provider(table: &Table, rows: &[&OwnedRow]) -> Arc<dyn TableProvider> {
    let columns = table.columns.iter().enumerate();
    let columns = columns.map(|(index, column)| (column.name.as_str(), array(index, column.kind, rows), true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    Arc::new(MemTable::try_new(batch.schema(), vec![vec![batch]]).unwrap())
}

fn session(set: &Set, rows: &[(usize, OwnedRow)]) -> Session {
    let tables = set.tables().all().iter().enumerate().map(|(index, table)| {
        let rows: Vec<&OwnedRow> = rows.iter().filter(|(of, _)| *of == index).map(|(_, row)| row).collect();
        (table.name.clone(), provider(table, &rows))
    });
    Session::over_tables(tables.collect::<HashMap<_, _>>(), &Options::default()).unwrap()
}

/// Compares both on these rows; how many signatures found something.
fn compare(set: &Set, rows: &[(usize, OwnedRow)]) -> usize {
    let (mut detector, mut findings) = (Detector::new(set), Vec::new());
    for (table, row) in rows {
        detector.row(*table, row, &mut findings);
    }
    let mut streamed: Vec<Vec<i64>> = vec![Vec::new(); set.signatures().len()];
    for finding in &findings {
        streamed[finding.signature].push(finding.rows.last().unwrap().event_key);
    }
    let session = session(set, rows);
    let mut fired = 0;
    for (index, (signature, streamed)) in set.signatures().iter().zip(&streamed).enumerate() {
        if signature.not_evaluated().is_some() || !signature.is_reported {
            continue;
        }
        let statement = sql::statement(set, index, Dialect::Datafusion).unwrap();
        let mut keys = Keys::default();
        session
            .ask(&Question { sql: &statement, ..Question::default() }, &mut keys)
            .unwrap_or_else(|error| panic!("{error:#}\n{statement}"));
        assert_eq!(keys.0, *streamed, "{}\n{statement}", signature.metadata.title);
        fired += usize::from(!streamed.is_empty());
    }
    fired
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../signatures/tests/data").join(name)
}

fn load(path: &Path) -> Set {
    Set::load(&[path], signatures::Options::default()).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

#[test]
fn every_kind_of_test_gives_the_same() {
    let set = load(&folder("checks.yml"));
    assert_eq!(compare(&set, &generate::rows(&set)), set.signatures().len());
}

#[test]
fn the_kept_rules_find_the_same() {
    let set = load(&folder("sigma"));
    assert!(compare(&set, &generate::rows(&set)) >= 25);
}

#[test]
fn all_rules_find_the_same() {
    let Ok(directory) = std::env::var("SIGMA_RULES") else {
        eprintln!("skipped: SIGMA_RULES names no folder");
        return;
    };
    let set = load(Path::new(&directory));
    assert_eq!(compare(&set, &generate::rows(&set)), 218);
}

#[test]
fn correlations_find_the_same() {
    let mut random = Random::new(14);
    let mut fired = 0;
    // Each type, and with it each condition and way to group of some.
    for (_, _, set) in moments::sets().step_by(5) {
        fired += compare(&set, &moments::rows(&set, 60, &mut random));
    }
    assert!(fired >= 20, "{fired}");
}
