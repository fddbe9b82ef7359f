//! The matcher, the tree itself and SQLite give the same rows, on rows made from each signature's own selections.

use signatures::{Body, Set};

use crate::engines::{by_sql, by_stream, database, key};
use crate::generate::{matching, off_by_one};
use crate::rows::{Owned, OwnedRow, Random};

/// Rows of each kind and signature.
const ROWS: usize = 20;

/// Rows made from the conditions of a set, `(table, row)`: such that match, such that are off by one field, and such that are
/// off by one field and match still. Each has its own key.
pub(crate) fn rows(set: &Set) -> Vec<(usize, OwnedRow)> {
    let mut rows: Vec<(usize, OwnedRow)> = Vec::new();
    for (index, signature) in set.signatures().iter().enumerate() {
        let Body::Rows { table, condition } = &signature.body else { continue };
        let title = &signature.metadata.title;
        let declared = &set.tables().all()[*table];
        let mut random = Random::new(index as u64 + 1);
        let hits = matching(condition, declared, ROWS, &mut random);
        assert_eq!(hits.len(), ROWS, "{title}: rows that match");
        let (off, still) = off_by_one(condition, &hits, declared, ROWS, &mut random);
        assert_eq!(off.len(), ROWS, "{title}: rows that are off by one field");
        rows.extend(hits.into_iter().chain(off).chain(still).map(|row| (*table, row)));
    }
    for (number, (_, row)) in rows.iter_mut().enumerate() {
        row.0[2] = Owned::Integer(number as i64);
        row.0[3] = Owned::Integer(number as i64);
    }
    rows
}

/// Checks every signature of a set over the rows of all; returns how many there are.
pub(crate) fn check(set: &Set) -> usize {
    let rows = rows(set);
    let mut checked = 0;
    let streamed = by_stream(set, &rows);
    let connection = database(set.tables(), &rows);
    for (index, signature) in set.signatures().iter().enumerate() {
        let Body::Rows { table, condition } = &signature.body else { continue };
        let title = &signature.metadata.title;
        let plainly: Vec<i64> =
            rows.iter().filter(|(of, row)| of == table && condition.holds(row)).map(|(_, row)| key(row)).collect();
        assert!(plainly.len() >= ROWS, "{title}");
        assert_eq!(streamed[index], plainly, "{title}: the matcher and the tree differ");
        assert_eq!(by_sql(&connection, set, index), plainly, "{title}: SQLite and the tree differ");
        checked += 1;
    }
    checked
}
