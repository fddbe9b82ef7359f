//! Any bytes as a file of signatures: no panic, and errors of one line. The fuzz target (`signatures/fuzz`) calls this, and so
//! does a test with rules mutated by a fixed sequence of numbers.

use std::path::PathBuf;

use signatures::explain::explain;
use signatures::sql::{self, Dialect};
use signatures::{Body, Detector, Options, Row, Set, Value};

/// A row in which every column holds the same.
struct Same<'a>(Value<'a>);

impl Row for Same<'_> {
    fn value(&self, _: usize) -> Value<'_> {
        self.0
    }
}

/// The bytes as a file; what loads is put to some rows and written as SQL.
pub(crate) fn rules(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let set = match Set::parse(&[(PathBuf::from("file.yml"), text.to_owned())], Options::default()) {
        Ok(set) => set,
        Err(errors) => {
            assert!(!errors.is_empty() && errors.iter().all(|error| !error.to_string().contains('\n')), "{errors:?}");
            return;
        }
    };
    let (mut detector, mut findings) = (Detector::new(&set), Vec::new());
    let values =
        [Value::Null, Value::Integer(4), Value::Boolean(true), Value::Text("/bin/sh -c x"), Value::Timestamp(-1)];
    for row in values.map(Same) {
        for table in 0..set.tables().all().len() {
            findings.clear();
            detector.row(table, &row, &mut findings);
            for (index, signature) in set.signatures().iter().enumerate() {
                let Body::Rows { table: of, condition } = &signature.body else { continue };
                if *of == table {
                    let is_found = findings.iter().any(|finding| finding.signature == index);
                    assert_eq!(is_found, condition.holds(&row) && signature.is_reported);
                    assert!(explain(condition, &set.tables().all()[table], &row).is_empty() || condition.holds(&row));
                }
            }
        }
    }
    for index in 0..set.signatures().len() {
        for dialect in Dialect::ALL {
            let text = sql::statement(&set, index, dialect);
            assert_eq!(text.is_err(), set.signatures()[index].not_evaluated().is_some());
        }
    }
}
