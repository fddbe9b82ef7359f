//! Datasets: the same rows as in SQLite, the same bytes however many threads write, and nothing half.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use analyzer::query::{Cell, Database};
use analyzer::tables::Catalog;
use columnar::parquet::{Dataset, WriteOptions, is_dataset, write};
use columnar::{Options, Session};
use datafusion::parquet::basic::Compression;
use datafusion::parquet::file::reader::{FileReader as _, SerializedFileReader};
use datafusion::prelude::SessionContext;
use formats::capture::Capture;
use formats::events::by_name;
use formats::events::packets::is_decoded;
use tempfile::TempDir;

use crate::asking::{Asked, fixtures, sorted};

/// A dataset of a capture in a directory that goes away with it.
fn dataset(capture: &Capture, threads: usize) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("set");
    write(capture, &path, &WriteOptions { threads, append: false }, &|_, _| ()).unwrap();
    (directory, path)
}

fn session(path: &Path) -> Session {
    Session::over_dataset(Dataset::open(path).unwrap(), &Options::default()).unwrap()
}

/// Every file below a directory.
fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                let path = entry.path();
                files.insert(path.strip_prefix(directory).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    files
}

fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "parquet")
}

#[test]
fn every_table_of_a_dataset_has_the_same_rows_as_in_sqlite() {
    for capture in fixtures() {
        let database = Database::open_capture(&capture, 1, &|_, _| ()).unwrap();
        let (_directory, path) = dataset(&capture, 1);
        assert!(is_dataset(&path));
        let session = session(&path);
        // What was read out of packets is in a dataset when it was recorded as events, which no fixture was.
        let is_read = |name: &str| by_name(name).is_some_and(|event| is_decoded(event.id));
        for table in Catalog::of(&capture).unwrap().tables().iter().filter(|table| !is_read(&table.name)) {
            let sql = format!("SELECT * FROM \"{}\"", table.name);
            let (expected, found) = (Asked::of(&database, &sql), Asked::of(&session, &sql));
            let place = format!("{} of {}", table.name, capture.path().display());
            assert_eq!(expected.columns, found.columns, "{place}");
            assert_eq!(sorted(expected.rows), sorted(found.rows), "{place}");
        }
    }
}

#[test]
fn counts_and_conditions_say_the_same_as_in_sqlite() {
    for capture in fixtures() {
        let database = Database::open_capture(&capture, 1, &|_, _| ()).unwrap();
        let (_directory, path) = dataset(&capture, 1);
        let session = session(&path);
        for sql in [
            "SELECT count(*), min(ts_ns), max(ts_ns) FROM events",
            "SELECT count(*) FROM events WHERE event = 'openat'",
            "SELECT event, count(*) FROM events WHERE event IN ('openat', 'close', 'nothing') GROUP BY event ORDER BY event",
            "SELECT count(*) FROM openat WHERE process_key = (SELECT max(process_key) FROM openat)",
            "SELECT count(*) FROM events WHERE ts_ns < (SELECT min(ts_ns) + 1000000 FROM events)",
            "SELECT event, count(*), sum(event_key % 1000) FROM events GROUP BY event ORDER BY event",
        ] {
            assert_eq!(Asked::of(&database, sql).rows, Asked::of(&session, sql).rows, "{sql}");
        }
    }
}

#[test]
fn the_same_bytes_are_written_by_any_number_of_threads() {
    for capture in fixtures() {
        let (_one_directory, one) = dataset(&capture, 1);
        let expected = files(&one);
        assert!(expected.keys().any(|path| is_parquet(path)));
        for threads in [2, 4] {
            let (_directory, path) = dataset(&capture, threads);
            let found = files(&path);
            assert_eq!(expected.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
            for (name, bytes) in &expected {
                assert!(found.get(name) == Some(bytes), "{} with {threads} threads", name.display());
            }
        }
    }
}

#[test]
fn files_say_what_is_in_them() {
    let captures = fixtures();
    let capture = captures.first().unwrap();
    let (_directory, path) = dataset(capture, 1);
    let opened = files(&path).into_keys().find(|file| file.starts_with("events/event=openat")).unwrap();
    let reader = SerializedFileReader::new(File::open(path.join(opened)).unwrap()).unwrap();
    let metadata = reader.metadata();
    assert!(metadata.file_metadata().created_by().unwrap().starts_with("tracee version "));
    assert!(metadata.num_row_groups() > 0);
    for group in metadata.row_groups() {
        let column = |name: &str| {
            group
                .columns()
                .iter()
                .find(|column| column.column_path().string() == name)
                .unwrap_or_else(|| panic!("{name}"))
        };
        assert!(!group.columns().iter().any(|column| column.column_path().string() == "event"));
        for name in ["ts", "ts_ns", "event_key", "exe", "process_key"] {
            let column = column(name);
            assert!(matches!(column.compression(), Compression::ZSTD(_)), "{name}");
            assert!(column.statistics().is_some(), "{name}");
            assert!(column.column_index_offset().is_some() && column.offset_index_offset().is_some(), "{name}");
        }
        for name in ["process_key", "exe", "pathname"] {
            assert!(column(name).bloom_filter_offset().is_some(), "{name}");
        }
        assert!(column("pid").bloom_filter_offset().is_none());
        assert!(column("ts_ns").encodings().any(|encoding| encoding.to_string() == "DELTA_BINARY_PACKED"));
        assert!(column("exe").dictionary_page_offset().is_some());
    }
}

#[test]
fn files_that_cannot_have_a_row_are_not_read() {
    let captures = fixtures();
    let (_directory, path) = dataset(captures.first().unwrap(), 1);
    let session = session(&path);
    let plan = |sql: &str| {
        let plan = Asked::of(&session, &format!("EXPLAIN {sql}"));
        let text = |row: &Vec<Cell>| row.iter().map(|cell| format!("{cell:?}")).collect::<String>();
        plan.rows.iter().map(text).collect::<String>()
    };
    let one = plan("SELECT comm FROM events WHERE event = 'openat'");
    assert!(one.contains("event=openat"), "{one}");
    assert_eq!(one.matches(".parquet").count(), 1, "{one}");
    assert!(!plan("SELECT comm FROM events WHERE ts_ns < 0").contains(".parquet"));
}

#[test]
fn a_capture_is_in_a_dataset_once() {
    let captures = fixtures();
    let (first, other) = (captures.first().unwrap(), captures.get(1).unwrap());
    let (_directory, path) = dataset(first, 1);
    let before = files(&path);
    let refused = |capture, append| {
        let options = WriteOptions { threads: 1, append };
        write(capture, &path, &options, &|_, _| ()).unwrap_err().to_string()
    };
    assert!(refused(first, false).contains("exists already"));
    assert!(refused(first, true).contains("it has the capture"));
    let of_other = refused(other, true);
    assert!(of_other.contains("host") || of_other.contains("later"), "{of_other}");
    assert_eq!(before, files(&path));
}

#[test]
fn what_is_no_dataset_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("mine"), "x").unwrap();
    let captures = fixtures();
    for append in [false, true] {
        let options = WriteOptions { threads: 1, append };
        let error = write(captures.first().unwrap(), directory.path(), &options, &|_, _| ()).unwrap_err();
        assert!(error.to_string().contains("exists already"), "{error}");
    }
    assert_eq!(files(directory.path()).len(), 1);
    assert!(!is_dataset(directory.path()));
    assert!(Dataset::open(directory.path()).is_err());
}

#[test]
fn a_list_that_leads_outside_is_refused() {
    let captures = fixtures();
    let (_directory, path) = dataset(captures.first().unwrap(), 1);
    let list = path.join("_tracee.json");
    let text = fs::read_to_string(&list).unwrap();
    fs::write(&list, text.replace("\"processes/processes-", "\"../processes-")).unwrap();
    let error = Dataset::open(&path).unwrap_err();
    assert!(error.to_string().contains("is not in the dataset"), "{error}");
    fs::write(&list, "{").unwrap();
    assert!(Dataset::open(&path).is_err());
}

/// Where the child of the test below writes.
const TARGET: &str = "TRACEE_TEST_DATASET";

#[test]
fn a_writer_that_is_killed_leaves_nothing_half() {
    if let Some(target) = std::env::var_os(TARGET) {
        let captures = fixtures();
        write(captures.first().unwrap(), Path::new(&target), &WriteOptions::default(), &|_, _| ()).unwrap();
        return;
    }
    let name = "dataset::a_writer_that_is_killed_leaves_nothing_half";
    let mut seen = 0;
    for after_ms in [5, 20, 40, 80, 120, 200, 300] {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("set");
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name])
            .env(TARGET, &target)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        // From the first file on, so that it is killed while it writes.
        let began = Instant::now();
        while files_or_none(directory.path()) == 0 && began.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(after_ms));
        child.kill().unwrap();
        child.wait().unwrap();
        for (file, _) in files(directory.path()).into_iter().filter(|(file, _)| is_parquet(file)) {
            let path = directory.path().join(&file);
            SerializedFileReader::new(File::open(&path).unwrap()).unwrap_or_else(|error| panic!("{path:?}: {error}"));
            seen += 1;
        }
        if target.exists() {
            assert!(is_dataset(&target), "{after_ms}");
            let asked = Asked::of(&session(&target), "SELECT count(*) > 0 FROM events");
            assert_eq!(asked.rows, [[Cell::Integer(1)]]);
        }
    }
    assert!(seen > 0, "it was always killed before the first file was whole");
}

/// Files below a directory in which somebody else may be at work.
fn files_or_none(directory: &Path) -> usize {
    let entries = |path: &Path| fs::read_dir(path).into_iter().flatten().flatten().collect::<Vec<_>>();
    entries(directory).iter().flat_map(|entry| entries(&entry.path())).flat_map(|entry| entries(&entry.path())).count()
}

/// Another program than ours reads the files by the script that comes with them.
#[test]
fn the_script_for_datafusion_gives_the_same_tables_and_views() {
    let capture = fixtures().into_iter().find(|capture| capture.path().ends_with("traffic.tracee")).unwrap();
    let (_directory, path) = dataset(&capture, 1);
    let script = fs::read_to_string(path.join("views/datafusion.sql")).unwrap();
    let context = SessionContext::new();
    let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    for statement in script.split(";\n").filter(|statement| !statement.trim().is_empty()) {
        let absolute = statement.replace("LOCATION '", &format!("LOCATION '{}/", path.display()));
        threads.block_on(context.sql(&absolute)).unwrap_or_else(|error| panic!("{absolute}: {error}"));
    }
    let own = session(&path);
    // One of each way to be there: all events, kinds with rows and without, rows of packets, other tables, views.
    for table in ["events", "openat", "open", "net_packet_dns", "event_kinds", "processes", "dns", "listening", "files"]
    {
        let sql = format!("SELECT * FROM {table}");
        let read = async { context.sql(&sql).await.unwrap().collect().await.unwrap() };
        let batches = threads.block_on(read);
        let asked = Asked::of(&own, &sql);
        assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), asked.rows.len(), "{sql}");
        if let Some(batch) = batches.first() {
            let columns: Vec<String> = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
            assert_eq!(columns, asked.columns, "{sql}");
        }
    }
}
