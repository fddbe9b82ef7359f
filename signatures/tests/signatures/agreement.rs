//! The matcher, the tree itself and SQLite give the same rows, on rows made from each signature's own selections.

use signatures::{Body, Set};

use crate::engines::{by_sql, by_stream, database, key};
use crate::generate::{self, ROWS};

/// Checks every signature of a set over the rows of all; returns how many there are.
pub(crate) fn check(set: &Set) -> usize {
    let rows = generate::rows(set);
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
        let found = by_sql(&connection, set, index);
        let other = rows.iter().find(|(_, row)| found.contains(&key(row)) != plainly.contains(&key(row)));
        assert!(other.is_none(), "{title}: SQLite and the tree differ: {other:?}");
        assert_eq!(found, plainly, "{title}");
        checked += 1;
    }
    checked
}

#[test]
fn every_kind_of_test_agrees_on_every_engine() {
    let text = include_str!("../data/checks.yml");
    assert_eq!(check(&crate::loading::set(text)), text.split("---").count());
}
