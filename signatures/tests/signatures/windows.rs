//! Correlations over random rows: the stream and SQLite find the same.

use std::collections::BTreeMap;

use signatures::{Detector, Set};

use crate::engines::{by_sql, database, key};
use crate::moments;
use crate::rows::{OwnedRow, Random};

/// Index of the correlation in each set, behind its members.
const CORRELATION: usize = 4;

/// Findings by signature: the keys of the rows at which they were made.
fn streamed(set: &Set, rows: &[(usize, OwnedRow)]) -> Vec<Vec<i64>> {
    let (mut detector, mut findings) = (Detector::new(set), Vec::new());
    let mut keys = vec![Vec::new(); set.signatures().len()];
    for (table, row) in rows {
        findings.clear();
        detector.row(*table, row, &mut findings);
        for finding in &findings {
            assert_eq!(finding.rows.last().unwrap().event_key, key(row));
            keys[finding.signature].push(key(row));
        }
    }
    keys
}

#[test]
fn stream_and_sql_find_the_same_at_every_border() {
    let mut random = Random::new(2026);
    let mut fired: BTreeMap<String, usize> = BTreeMap::new();
    for (correlation, generate, set) in moments::sets() {
        for _ in 0..4 {
            let rows = moments::rows(&set, 60, &mut random);
            let (streamed, database) = (streamed(&set, &rows), database(set.tables(), &rows));
            let found = by_sql(&database, &set, CORRELATION);
            assert_eq!(streamed[CORRELATION], found, "{correlation}");
            let kind = correlation.lines().nth(2).unwrap();
            *fired.entry(kind.to_owned()).or_default() += found.len();
            for (member, streamed) in streamed.iter().enumerate().take(CORRELATION) {
                let found = if generate { by_sql(&database, &set, member) } else { Vec::new() };
                assert_eq!(*streamed, found, "member {member}\n{correlation}");
            }
        }
    }
    assert!(fired.len() == 7 && fired.values().all(|fired| *fired >= 50), "{fired:?}");
}
