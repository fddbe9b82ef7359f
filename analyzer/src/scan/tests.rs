use std::ops::ControlFlow;
use std::path::Path;

use formats::payload::PayloadBuilder;

use super::*;
use crate::query::{self, Database};
use crate::tables::{COMMON, Cell, EVENTS};
use crate::testing::{OFFSET_NS, Recording, Task, event, sample};

/// Every row of a table, as a database would hold it.
fn scanned(scanner: &Scanner, table: &Table, options: &ScanOptions) -> Vec<Vec<query::Cell>> {
    let columns: Vec<usize> = (0..table.columns.len()).collect();
    let mut rows = Vec::new();
    for segment in 0..scanner.segments() {
        scanner
            .scan_segment(segment, table, &columns, options, &mut |cells| {
                rows.push(cells.iter().cloned().map(query::Cell::from).collect());
                ControlFlow::Continue(())
            })
            .unwrap();
    }
    rows
}

fn asked(database: &Database, sql: &str) -> Vec<Vec<query::Cell>> {
    let mut rows = Vec::new();
    let mut take = |cells: &[query::Cell]| {
        rows.push(cells.to_vec());
        Ok(())
    };
    database.run(sql, &mut |_| {}, &mut take).unwrap();
    rows
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

/// Compares every cell of `events` and of every kind's table; how many rows of kinds there were.
fn compare(capture: &Capture) -> usize {
    let scanner = Scanner::of(capture).unwrap();
    let database = Database::open_capture(capture, 1, &|_, _| {}).unwrap();
    let kinds = scanner.catalog().kinds().map(|(_, table)| table);
    let mut compared = 0;
    for table in kinds.chain([scanner.catalog().events()]) {
        let sql = format!("SELECT * FROM \"{}\"", table.name);
        let mut names = Vec::new();
        database
            .run(&sql, &mut |columns| names.extend(columns.iter().map(|name| (*name).to_owned())), &mut |_| Ok(()))
            .unwrap();
        assert_eq!(names, table.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>(), "{}", table.name);
        let order = |rows: &mut Vec<Vec<query::Cell>>| {
            rows.sort_by_cached_key(|row| format!("{:?}", (&row[2..8], &row[COMMON.len()..])))
        };
        let (mut found, mut expected) = (scanned(&scanner, table, &ScanOptions::default()), asked(&database, &sql));
        assert_eq!(found.len(), expected.len(), "rows of {}", table.name);
        order(&mut found);
        order(&mut expected);
        for (found, expected) in found.iter().zip(&expected) {
            let row = expected;
            for (at, column) in table.columns.iter().enumerate() {
                let is_json = ["args", "truncated"].contains(&column.name.as_str());
                match (&found[at], &expected[at]) {
                    // A database escapes no more of JSON than it must.
                    (query::Cell::Text(found), query::Cell::Text(expected)) if is_json => {
                        assert_eq!(json(found), json(expected), "{}.{}", table.name, column.name);
                    }
                    (found, expected) => assert_eq!(found, expected, "{}.{}: {row:?}", table.name, column.name),
                }
            }
        }
        compared += found.len();
    }
    compared
}

/// Rows of `events` as scans by column give them, in the columns that those have.
fn by_column(scanner: &Scanner, columns: &[usize], options: &ScanOptions) -> Vec<Vec<query::Cell>> {
    let mut rows: Vec<Vec<query::Cell>> = Vec::new();
    let mut take = |count: usize, values: Vec<Values>| {
        assert_eq!(values.len(), columns.len());
        for at in 0..count {
            let cell = |(values, column): (&Values, &usize)| match values {
                Values::Numbers(numbers) => match (numbers[at], COMMON[*column].ty) {
                    (None, _) => query::Cell::Null,
                    (Some(ns), crate::tables::Type::Timestamp) => Cell::Timestamp(ns).into(),
                    (Some(number), _) => query::Cell::Integer(number),
                },
                Values::Texts { dictionary, indexes } => {
                    dictionary[indexes[at] as usize].clone().map_or(query::Cell::Null, query::Cell::Text)
                }
            };
            rows.push(values.iter().zip(columns).map(cell).collect());
        }
        ControlFlow::Continue(())
    };
    let damage = scanner.scan_columns(0..scanner.segments(), columns, options, &mut take).unwrap();
    assert_eq!(damage, Vec::new());
    rows
}

/// Compares scans by column with scans by row; how many rows there were.
fn compare_columns(capture: &Capture, options: &ScanOptions) -> usize {
    let scanner = Scanner::of(capture).unwrap();
    let table = scanner.catalog().events();
    let columns: Vec<usize> =
        (0..COMMON.len()).filter(|column| scanner.has_columns(table, &[*column], options)).collect();
    if columns.is_empty() {
        return 0;
    }
    assert!(columns.len() > 20);
    let mut found = by_column(&scanner, &columns, options);
    let whole = scanned(&scanner, table, options).into_iter();
    let mut expected: Vec<Vec<_>> = whole.map(|row| columns.iter().map(|at| row[*at].clone()).collect()).collect();
    for rows in [&mut found, &mut expected] {
        rows.sort_by_cached_key(|row| format!("{row:?}"));
    }
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected);
    }
    found.len()
}

#[test]
fn scans_by_column_give_what_scans_by_row_give() {
    let mut compared = 0;
    for name in ["shell", "network", "losses", "aarch64"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../fixtures/{name}.tracee"));
        let capture = Capture::open(&path).unwrap();
        let all = ScanOptions::default();
        compared += compare_columns(&capture, &all);
        let scanner = Scanner::of(&capture).unwrap();
        let key = scanner.catalog().events().index("process_key").unwrap();
        let keys = scanned(&scanner, scanner.catalog().events(), &all).into_iter().map(|mut row| row.swap_remove(key));
        let keys: Vec<i64> =
            keys.filter_map(|key| if let query::Cell::Integer(key) = key { Some(key) } else { None }).collect();
        let (start_ns, end_ns) = time_range(&capture).unwrap();
        let middle_ns = start_ns.midpoint(end_ns);
        for options in [
            ScanOptions { process_keys: keys.get(keys.len() / 2).map(|key| vec![*key]), ..all.clone() },
            ScanOptions { process_keys: Some(vec![1]), ..all.clone() },
            ScanOptions { since_ns: Some(middle_ns), ..all.clone() },
            ScanOptions { until_ns: Some(middle_ns), events: Some(vec!["openat".to_owned()]), ..all.clone() },
            ScanOptions { container_ids: Some(vec!["none".to_owned()]), ..all },
        ] {
            compared += compare_columns(&capture, &options);
        }
    }
    assert!(compared > 1000, "{compared}");
}

#[test]
fn cells_of_fixtures_are_those_of_the_database() {
    for name in ["shell", "network", "losses", "aarch64"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../fixtures/{name}.tracee"));
        assert!(compare(&Capture::open(&path).unwrap()) > 100, "{name}");
    }
}

#[test]
fn cells_of_every_kind_are_those_of_the_database() {
    let mut recording = Recording::new();
    recording.file(0, 10, 4, b"/etc/passwd");
    recording.socket(0, 11, 5, (1234, 80));
    recording.context(0, 50, Task { id: 1, pid: 501, tid: 501, ppid: 1, exe: 4, comm: b"sh" });
    let mut next = crate::testing::chance();
    for round in 0..12u64 {
        for event in formats::events::all().filter(|event| event.id >= FIRST_RECORDER_EVENT) {
            // Numbers are small in some rounds, so that many have a name, and refer to what there is.
            let mask = [7, 0xff, u64::MAX][(round % 3) as usize];
            let mut payload: Vec<u8> = Vec::new();
            while payload.len() < usize::from(event.fixed_len()) {
                payload.extend_from_slice(&(next() & mask).to_le_bytes());
            }
            payload.truncate(event.fixed_len().into());
            for (index, _) in event.fields.iter().enumerate().filter(|(_, field)| field.kind.is_variable()) {
                let length = (next() % 40) as u32;
                let at = usize::from(event.offset(index));
                payload[at..at + 4].copy_from_slice(
                    &(length | (next() as u32 & if round % 4 == 0 { 3 << 30 } else { 0 })).to_le_bytes(),
                );
                payload.extend((0..length).map(|_| next() as u8));
            }
            let header = formats::frame::FrameHeader {
                boot_ns: 1_000_000 + next() % 1_000,
                context: next() % 3,
                tid: next() as u32,
                event: event.id,
                flags: next() as u16,
                ..Default::default()
            };
            recording.raw(event.lane, (next() % 4) as u32, header, &payload);
        }
    }
    recording.cut(2_000_000);
    assert!(compare(&recording.open()) > 5_000);
    assert!(compare_columns(&recording.open(), &ScanOptions::default()) > 5_000);
}

#[test]
fn a_scan_gives_what_was_asked_for_alone() {
    let recording = sample(3, 60);
    let capture = recording.open();
    let scanner = Scanner::of(&capture).unwrap();
    let events = scanner.catalog().events();
    let all = scanned(&scanner, events, &ScanOptions::default());
    let key = crate::testing::key_of(501);
    let options = ScanOptions { process_keys: Some(vec![key]), ..ScanOptions::default() };
    let of_process = events.index("process_key").unwrap();
    let expected = all.iter().filter(|row| row[of_process] == query::Cell::Integer(key)).count();
    assert_eq!((scanned(&scanner, events, &options).len(), expected), (60, 60));
    let since_ns = OFFSET_NS + 11_000_000;
    let options =
        ScanOptions { since_ns: Some(since_ns), until_ns: Some(since_ns + 10_000_000), ..ScanOptions::default() };
    assert_eq!(scanned(&scanner, events, &options).len(), 60);
    let openat = scanner.catalog().kind("openat").unwrap();
    assert_eq!(scanned(&scanner, openat, &ScanOptions::default()).len(), 36);
    let none = ScanOptions { events: Some(vec!["read".to_owned()]), ..ScanOptions::default() };
    assert!(scanned(&scanner, openat, &none).is_empty());
    let nobody = ScanOptions { container_ids: Some(vec!["c".to_owned()]), ..ScanOptions::default() };
    assert!(scanned(&scanner, events, &nobody).is_empty());
    // Columns come in the order in which they are asked for, and no more rows than are wanted.
    let (event, ret) = (events.index("event").unwrap(), events.index("ret").unwrap());
    let mut rows = Vec::new();
    let mut each = |cells: &[Cell<'_>]| {
        rows.push(format!("{cells:?}"));
        ControlFlow::Break(())
    };
    scanner.scan_segment(0, events, &[ret, event], &ScanOptions::default(), &mut each).unwrap();
    assert_eq!(rows, [r#"[Integer(3), Text("openat")]"#]);
    let processes = scanner.catalog().table("processes").unwrap();
    assert!(
        scanner.scan_segment(0, processes, &[0], &ScanOptions::default(), &mut |_| ControlFlow::Continue(())).is_err()
    );
}

#[test]
fn names_in_order_of_keys_are_not_in_order_of_time() {
    let mut recording = Recording::new();
    let read = event("read");
    for (cpu, at) in [(3, 100), (0, 200), (3, 300)] {
        recording.event(cpu, (at, 0, 9), PayloadBuilder::new(read).i64("ret", -11), read);
    }
    recording.cut(1_000);
    let database = Database::open_capture(&recording.open(), 1, &|_, _| {}).unwrap();
    let cells = asked(&database, "SELECT event_key, cpu, seq, error FROM read ORDER BY boot_ns, event_key");
    let row = |cpu: i64, seq: i64| {
        let key = cpu << 50 | 1 << 45 | seq;
        vec![
            query::Cell::Integer(key),
            query::Cell::Integer(cpu),
            query::Cell::Integer(seq),
            query::Cell::Text("EAGAIN".to_owned()),
        ]
    };
    assert_eq!(cells, [row(3, 1), row(0, 1), row(3, 2)]);
}

#[test]
fn numbers_that_no_event_has_are_damage() {
    let mut recording = Recording::new();
    let read = event("read");
    recording.event(1, (100, 0, 9), PayloadBuilder::new(read).i64("ret", 0), read);
    recording.set_sequence(formats::event::Lane::Events, 2, 1 << 45);
    recording.event(2, (200, 0, 9), PayloadBuilder::new(read).i64("ret", 0), read);
    recording.cut(1_000);
    let capture = recording.open();
    let scanner = Scanner::of(&capture).unwrap();
    let mut rows = 0;
    let mut each = |_: &[Cell<'_>]| {
        rows += 1;
        ControlFlow::Continue(())
    };
    let damage = scanner.scan_segment(0, scanner.catalog().events(), &[0], &ScanOptions::default(), &mut each).unwrap();
    assert_eq!((rows, damage.len()), (1, 1));
    assert!(damage[0].what.ends_with("has numbers that no event can have"), "{}", damage[0].what);
}

#[test]
fn indexes_count_and_date() {
    let recording = sample(2, 50);
    let counts = event_counts(&recording.open()).unwrap();
    assert_eq!(
        counts,
        EventCounts { counts: vec![("openat".to_owned(), 20), ("read".to_owned(), 80)], is_exact: true }
    );
    let (start, end) = time_range(&recording.open()).unwrap();
    assert_eq!((start - OFFSET_NS, end - OFFSET_NS), (0, 20_000_000));
    let scanner_events = Scanner::of(&recording.open()).map(|scanner| scanner.catalog().events().name.clone()).unwrap();
    assert_eq!(scanner_events, EVENTS);
}
