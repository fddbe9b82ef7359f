//! Where files of a dataset lie.

use std::path::{Component, Path};

/// The list of what there is. Readers pass over names that begin so.
pub(super) const MANIFEST: &str = "_tracee.json";
/// Folder of the scripts that give other engines the same names.
pub(super) const VIEWS: &str = "views";
/// Folder of the rows of events.
pub(super) const EVENTS: &str = "events";
/// Folder of the rows that are of their kinds' tables alone.
pub(super) const DECODED: &str = "decoded";
/// The column that is in the folders' names, not in the files.
pub(super) const PARTITION: &str = "event";
/// What a file is called behind its name while it is written, so that nobody who looks for Parquet files sees half of one.
pub(super) const PARTIAL: &str = "partial";

/// Where rows of an event are that a table has: of one capture, from the part that begins with this segment.
pub(super) fn of_events(event: &str, table: &str, capture_id: &str, first_segment: usize) -> String {
    format!("{EVENTS}/{}", of_kind(event, table, capture_id, first_segment))
}

/// The same of rows that the table of all events leaves out.
pub(super) fn of_decoded(event: &str, table: &str, capture_id: &str, first_segment: usize) -> String {
    format!("{DECODED}/{}", of_kind(event, table, capture_id, first_segment))
}

fn of_kind(event: &str, table: &str, capture_id: &str, first_segment: usize) -> String {
    format!("{PARTITION}={}/{table}-{capture_id}-{first_segment:06}.parquet", escaped(event))
}

/// Where the rows of a table are that are no events, of one capture.
pub(super) fn of_table(table: &str, capture_id: &str) -> String {
    format!("{table}/{table}-{capture_id}.parquet")
}

/// What finds the files of a kind's table in one of the folders.
pub(super) fn pattern(folder: &str, event: &str, table: &str) -> String {
    format!("{folder}/{PARTITION}={}/{table}-*.parquet", escaped(event))
}

/// A value as it is written in the name of a folder: as Hive does it, with `%` for every byte that is not plain.
fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => out.push(byte.into()),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    if out.is_empty() { "__HIVE_DEFAULT_PARTITION__".to_owned() } else { out }
}

/// Whether a path of a manifest stays inside of the dataset.
pub(super) fn is_inside(path: &str) -> bool {
    let mut components = Path::new(path).components().peekable();
    components.peek().is_some() && components.all(|component| matches!(component, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_a_capture_cannot_leave_their_folder() {
        assert_eq!(
            of_events("../x=%y", "event____x__y", "00ff", 3),
            "events/event=%2E%2E%2Fx%3D%25y/event____x__y-00ff-000003.parquet"
        );
        assert_eq!(of_table("processes", "00ff"), "processes/processes-00ff.parquet");
    }

    #[test]
    fn paths_of_a_manifest_stay_inside() {
        assert!(is_inside("events/event=openat/openat-00-000000.parquet"));
        for path in ["", "/etc/passwd", "../x", "events/../../x", "./x"] {
            assert!(!is_inside(path), "{path}");
        }
    }
}
