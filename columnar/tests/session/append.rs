//! Captures of one host put together: a dataset has the same rows as a database of the same captures.

use std::path::Path;

use analyzer::query::{Cell, Database, Engine as _};
use analyzer::sqlite::{LoadOptions, append, load};
use columnar::parquet::{Dataset, WriteOptions, write};
use columnar::{Options, Session};
use formats::capture::Capture;

use crate::asking::{Asked, sorted};

/// Captures in the order of time, of one host.
fn captures() -> [Capture; 4] {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    ["shell", "network", "losses", "traffic"]
        .map(|name| Capture::open(folder.join(name).with_extension("tracee")).unwrap())
}

/// Tables whose keys a database counts on from capture to capture; in a dataset they are each capture's own.
const COUNTED: [&str; 2] = ["artifacts", "artifact_sources"];

#[test]
fn captures_put_together_are_the_same_as_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let (database, dataset) = (folder.path().join("all.db"), folder.path().join("all"));
    for (number, capture) in captures().iter().enumerate() {
        let into = if number == 0 { load } else { append };
        into(capture, &database, &LoadOptions { threads: 1 }, &|_, _| ()).unwrap();
        let options = WriteOptions { threads: 1, append: number > 0 };
        write(capture, &dataset, &options, &|_, _| ()).unwrap();
    }
    let database = Database::open_file(&database).unwrap();
    let read = Dataset::open(&dataset).unwrap();
    let tables = read.tables();
    let session = Session::over_dataset(read, &Options::default()).unwrap();
    for table in tables.iter().filter(|table| !COUNTED.contains(&table.name.as_str())) {
        let columns = table.schema.fields().iter().map(|field| format!("\"{}\"", field.name()));
        let sql = format!("SELECT {} FROM \"{}\"", columns.collect::<Vec<_>>().join(", "), table.name);
        let (one, other) = (sorted(Asked::of(&session, &sql).rows), sorted(Asked::of(&database, &sql).rows));
        let first = one.iter().zip(&other).find(|(one, other)| one != other);
        assert!(
            first.is_none() && one.len() == other.len(),
            "{}: {} rows, {} rows: {first:?}",
            table.name,
            one.len(),
            other.len()
        );
    }
    for engine in [&session as &dyn analyzer::query::Engine, &database] {
        for (table, key) in [("processes", "process_key"), ("threads", "thread_key"), ("containers", "container_key")] {
            let sql = format!("SELECT count(*) - count(DISTINCT {key}) FROM {table}");
            assert_eq!(Asked::of(engine, &sql).rows, [[Cell::Integer(0)]], "{table}");
        }
        // An event is told by its capture, name and key.
        let sql = "SELECT count(*) FROM (SELECT capture, event, event_key FROM events GROUP BY capture, event, event_key HAVING count(*) > 1)";
        assert_eq!(Asked::of(engine, sql).rows, [[Cell::Integer(0)]]);
        for table in ["losses", "open_files", "packets", "dns", "http", "tls", "artifacts", "net_flows"] {
            let sql = format!("SELECT count(*) FROM {table} WHERE capture NOT IN (SELECT capture FROM captures)");
            assert_eq!(Asked::of(engine, &sql).rows, [[Cell::Integer(0)]], "{table}");
        }
    }
    assert_eq!(session.tables().unwrap().len(), database.tables().unwrap().len());
}

#[test]
fn events_that_packets_hold_are_in_a_dataset_as_in_sqlite() {
    let [.., traffic] = captures();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("set");
    write(&traffic, &path, &WriteOptions::default(), &|_, _| ()).unwrap();
    let session = Session::over_dataset(Dataset::open(&path).unwrap(), &Options::default()).unwrap();
    let database = Database::open_capture(&traffic, 1, &|_, _| ()).unwrap();
    let count = |engine: &dyn analyzer::query::Engine, sql: &str| Asked::of(engine, sql).rows;
    let mut rows = 0;
    for kind in ["net_packet_ipv4", "net_packet_tcp", "net_packet_udp", "net_packet_dns", "net_packet_http_request"] {
        let sql = format!("SELECT * FROM {kind} ORDER BY boot_ns, event_key");
        let found = count(&session, &sql);
        assert_eq!(found, count(&database, &sql), "{kind}");
        rows += found.len();
    }
    assert!(rows > 0);
    let sql = "SELECT event, count(*) FROM events WHERE event LIKE 'net_packet_%' GROUP BY event ORDER BY event";
    assert_eq!(count(&session, sql), count(&database, sql));
}
