//! Identifiers: names for tables, views and columns out of names that a capture embeds, and which may come from an enemy.

use std::collections::HashSet;

/// Names that are taken in one name space.
#[derive(Clone, Debug, Default)]
pub(crate) struct Identifiers {
    taken: HashSet<String>,
}

impl Identifiers {
    /// A name space in which these are taken.
    pub(crate) fn with<'a>(names: impl IntoIterator<Item = &'a str>) -> Identifiers {
        Identifiers { taken: names.into_iter().map(str::to_owned).collect() }
    }

    /// The name, plain and not taken yet: with `prefix` before it when it is, with a number behind when that is taken too.
    pub(crate) fn claim(&mut self, name: &str, prefix: &str) -> String {
        let mut plain: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
            .take(80)
            .collect();
        // SQLite keeps these to itself.
        if plain.is_empty() || plain.starts_with("sqlite_") {
            plain.insert_str(0, prefix);
        }
        if !self.taken.contains(&plain) {
            self.taken.insert(plain.clone());
            return plain;
        }
        let prefixed = format!("{prefix}{plain}");
        let mut candidate = prefixed.clone();
        let mut number = 1;
        while self.taken.contains(&candidate) {
            number += 1;
            candidate = format!("{prefixed}_{number}");
        }
        self.taken.insert(candidate.clone());
        candidate
    }
}

/// Tables and views that others are made of, and that no other engine has.
const INTERNAL: [&str; 3] = ["contexts", "names", "objects"];

/// Whether a table or a view of a database is there only for others to be made of. Kinds of events that are called like one
/// are views.
pub(crate) fn is_internal(name: &str, is_view: bool) -> bool {
    let own = name.strip_prefix('c').and_then(|rest| rest.split_once('_')).map(|(number, _)| number);
    let is_of_one_capture = own.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
    INTERNAL.contains(&name)
        || is_of_one_capture
        || if is_view { name.starts_with("some_events") } else { name.starts_with("raw_") }
}

/// The name in quotes, whatever is in it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\"").replace('\0', ""))
}

/// The text as an SQL literal, whatever is in it.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''").replace('\0', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rows_are_stored_in_is_internal() {
        for (name, is_view) in
            [("raw_openat", false), ("contexts", false), ("c2_openat", true), ("c12_raw_read", false)]
        {
            assert!(is_internal(name, is_view), "{name}");
        }
        for (name, is_view) in [("raw_openat", true), ("captures", false), ("connect", true), ("c_x", true)] {
            assert!(!is_internal(name, is_view), "{name}");
        }
    }

    #[test]
    fn a_claimed_name_is_plain_and_unique() {
        let mut names = Identifiers::with(["events", "pid"]);
        assert_eq!(names.claim("openat", "event_"), "openat");
        assert_eq!(names.claim("events", "event_"), "event_events");
        assert_eq!(names.claim("EVENTS", "event_"), "event_events_2");
        assert_eq!(names.claim("x\"; DROP TABLE y; --", "event_"), "x___drop_table_y____");
        assert_eq!(names.claim("sqlite_master", "event_"), "event_sqlite_master");
        assert_eq!(names.claim("", "event_"), "event_");
    }

    #[test]
    fn quotes_cannot_be_left() {
        assert_eq!(quoted("a\"b\0"), "\"a\"\"b\"");
        assert_eq!(literal("a'b"), "'a''b'");
    }
}
