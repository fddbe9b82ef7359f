//! The same questions put to every engine: each query of `tests/engines` gives the same rows on a database of SQLite, on the
//! capture itself, and on Parquet, by DataFusion and by DuckDB. What the rows of the fixtures are to be is written down.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[path = "engines/difference.rs"]
mod difference;
#[path = "engines/engine.rs"]
mod engine;
#[path = "engines/rows.rs"]
mod rows;

use difference::difference;
use engine::{Engine, Query, tracee};

/// Those that the expected rows are of.
const FIXTURES: [&str; 3] = ["losses", "shell", "traffic"];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn queries() -> Vec<Query> {
    let entries = fs::read_dir(folder("tests/engines")).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.extension().is_some_and(|extension| extension == "sql"));
    let query = |path: PathBuf| Query { name: path.file_stem().unwrap().to_str().unwrap().to_owned(), path };
    let mut queries: Vec<Query> = files.map(query).collect();
    queries.sort_by(|a, b| a.name.cmp(&b.name));
    queries
}

/// Compares the answers of an engine to what they are to be; what differs.
fn differences(of: &str, engine: &Engine, queries: &[Query], expected: &[String]) -> String {
    let mut wrong = String::new();
    for ((query, expected), found) in queries.iter().zip(expected).zip(engine.answers(queries)) {
        if *expected != found {
            let lines = difference(expected, &found);
            let engine = engine.name();
            writeln!(wrong, "\n{of}, {}, {engine} (- expected, + found):\n{lines}", query.name).unwrap();
        }
    }
    wrong
}

fn every_engine_answers_as_expected(fixture: &str) {
    let (queries, scratch) = (queries(), tempfile::tempdir().unwrap());
    let capture = folder("fixtures").join(fixture).with_extension("tracee");
    let engines = Engine::all(&capture, scratch.path());
    let files = folder("tests/engines/expected").join(fixture);
    if std::env::var("TRACEE_EXPECTED").is_ok_and(|value| value == "write") {
        let answers = engines[0].answers(&queries);
        fs::create_dir_all(&files).unwrap();
        for (query, answer) in queries.iter().zip(answers) {
            fs::write(files.join(&query.name).with_extension("csv"), answer).unwrap();
        }
    }
    let read = |query: &Query| {
        let path = files.join(&query.name).with_extension("csv");
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let expected: Vec<String> = queries.iter().map(read).collect();
    let wrong: String = engines.iter().map(|engine| differences(fixture, engine, &queries, &expected)).collect();
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_engine_answers_the_same_of_the_shell_fixture() {
    every_engine_answers_as_expected("shell");
}

#[test]
fn every_engine_answers_the_same_of_the_traffic_fixture() {
    every_engine_answers_as_expected("traffic");
}

#[test]
fn every_engine_answers_the_same_of_the_losses_fixture() {
    every_engine_answers_as_expected("losses");
}

/// Queries that Spark understands as they are: names of columns in quotes would be text there.
#[cfg(feature = "columnar")]
const FOR_SPARK: [&str; 28] = [
    "04", "05", "12", "13", "16", "18", "19", "21", "24", "25", "29", "30", "32", "34", "38", "41", "43", "45", "47",
    "49", "51", "55", "56", "57", "60", "68", "69", "70",
];

#[cfg(feature = "columnar")]
#[test]
fn spark_answers_the_same_when_it_is_there() {
    let is_required = std::env::var("TRACEE_SPARK").is_ok_and(|value| value == "required");
    let Some(python) = engine::python("spark", "pyspark").filter(|_| is_required) else {
        assert!(!is_required, "target/spark has no module pyspark");
        eprintln!("Spark is not asked: `make test-spark` does");
        return;
    };
    let is_asked = |query: &Query| FOR_SPARK.iter().any(|number| query.name.starts_with(&format!("{number}-")));
    let queries: Vec<Query> = queries().into_iter().filter(is_asked).collect();
    assert_eq!(queries.len(), FOR_SPARK.len());
    let scratch = tempfile::tempdir().unwrap();
    let dataset = scratch.path().join("traffic");
    tracee(&["replay", "--to", "parquet"], &[&folder("fixtures/traffic.tracee"), &dataset]);
    let expected = folder("tests/engines/expected/traffic");
    let read = |query: &Query| fs::read_to_string(expected.join(&query.name).with_extension("csv")).unwrap();
    let expected: Vec<String> = queries.iter().map(read).collect();
    let wrong = differences("traffic", &Engine::Spark(python, dataset), &queries, &expected);
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn queries_are_many_and_say_what_they_ask_and_no_expected_row_is_left_over() {
    let queries = queries();
    assert!(queries.len() >= 60, "{}", queries.len());
    for query in &queries {
        let sql = fs::read_to_string(&query.path).unwrap();
        assert!(sql.starts_with("-- "), "{} does not say what it asks", query.name);
        assert!(
            sql.contains("ORDER BY") || !sql.contains("LIMIT"),
            "{}: which rows a limit leaves is a matter of order",
            query.name
        );
    }
    let mut found: Vec<String> = Vec::new();
    for fixture in FIXTURES {
        for entry in fs::read_dir(folder("tests/engines/expected").join(fixture)).unwrap() {
            let path = entry.unwrap().path();
            found.push(path.file_stem().unwrap().to_str().unwrap().to_owned());
        }
    }
    found.sort();
    found.dedup();
    let names: Vec<String> = queries.iter().map(|query| query.name.clone()).collect();
    assert_eq!(names, found, "queries, and expected rows");
}

#[test]
fn every_table_is_asked_of() {
    let all: String = queries().iter().map(|query| fs::read_to_string(&query.path).unwrap()).collect();
    let page = fs::read_to_string(folder("docs/tables.md")).unwrap();
    let tables =
        page.lines().take_while(|line| *line != "## Kinds of event").filter_map(|line| line.strip_prefix("## "));
    let missing: Vec<&str> = tables.filter(|table| !asks(&all, table)).collect();
    assert!(missing.is_empty(), "no query reads {missing:?}");
}

/// Whether some `FROM` or `JOIN` is of the table.
fn asks(sql: &str, table: &str) -> bool {
    let words: Vec<&str> = sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    words.windows(2).any(|pair| matches!(pair[0], "FROM" | "JOIN") && pair[1] == table)
}

#[test]
fn a_database_is_the_same_however_many_threads_make_it() {
    for fixture in FIXTURES {
        let scratch = tempfile::tempdir().unwrap();
        let dump = |threads: &str| {
            let database = scratch.path().join(threads).with_extension("db");
            let capture = folder("fixtures").join(fixture).with_extension("tracee");
            tracee(&["replay", "--to", "sqlite", "--threads", threads], &[&capture, &database]);
            contents(&database)
        };
        let one = dump("1");
        assert_eq!(one, dump("2"), "{fixture}: 2 threads");
        assert_eq!(one, dump("4"), "{fixture}: 4 threads");
    }
}

/// Every object of a database with the digest of its rows, in the order that they lie in.
fn contents(database: &Path) -> Vec<(String, Option<String>, String)> {
    let connection = rusqlite::Connection::open(database).unwrap();
    let mut objects =
        connection.prepare("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'").unwrap();
    let objects = objects.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    let digest = |(kind, name, sql): (String, String, Option<String>)| {
        let mut hash = blake3::Hasher::new();
        if kind == "table" {
            let mut select = connection.prepare(&format!("SELECT * FROM \"{name}\"")).unwrap();
            let columns = select.column_count();
            let mut rows = select.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                let cells: Vec<rusqlite::types::ValueRef<'_>> =
                    (0..columns).map(|column| row.get_ref(column).unwrap()).collect();
                hash.update(format!("{cells:?}\n").as_bytes());
            }
        }
        (name, sql, hash.finalize().to_hex().to_string())
    };
    objects.map(|object| digest(object.unwrap())).collect()
}

/// A million events of reads and writes, and of programs that come and go, in namespaces of their own.
const MILLION: &str = "
    dd if=/dev/zero of=/dev/null bs=1 count=230000 2>/dev/null &
    dd if=/dev/zero of=/dev/null bs=1 count=230000 2>/dev/null &
    mkdir /tmp/engines && cd /tmp/engines && mkdir a b
    for round in $(seq 60); do
        echo $round > a/$round; cp a/$round b/$round; cat a/$round b/none >/dev/null 2>&1; mv b/$round a/moved
    done
    wait";

#[test]
fn every_engine_answers_the_same_of_a_million_events() {
    let scratch = tempfile::tempdir().unwrap();
    let capture = scratch.path().join("million.cap");
    let mut record = Command::new(env!("CARGO_BIN_EXE_tracee"));
    record.args(["record", "--quiet", "--buffer-size", "64MiB", "--segment-size", "2MiB", "-o"]).arg(&capture);
    record.args(["--", "unshare", "--mount", "--pid", "--fork", "--mount-proc", "--uts", "--ipc", "--net", "sh", "-c"]);
    record.arg(format!("mount -t tmpfs tmpfs /tmp && {MILLION}"));
    let output = record.stdin(Stdio::null()).output().unwrap();
    if !output.status.success() {
        let said = format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
        let is_required = std::env::var("TRACEE_LIVE").is_ok_and(|value| value == "required");
        assert!(!is_required, "the capture is not recorded: {said}");
        eprintln!("skipped, a million events cannot be recorded here: {said}");
        return;
    }
    let queries = queries();
    let engines = Engine::all(&capture, scratch.path());
    let expected = engines[0].answers(&queries);
    let all = queries.iter().position(|query| query.name.ends_with("-number-of-events")).unwrap();
    let events: u64 = expected[all].lines().nth(1).and_then(|line| line.parse().ok()).expect("a number of events");
    assert!(events >= 900_000, "{events} events");
    let wrong: String =
        engines[1..].iter().map(|engine| differences("a million events", engine, &queries, &expected)).collect();
    assert!(wrong.is_empty(), "{wrong}");
    // The direct way loads the capture for every query; a few are enough to see that it is the same database.
    let few: Vec<Query> = queries.iter().step_by(20).cloned().collect();
    let expected: Vec<String> = expected.into_iter().step_by(20).collect();
    let wrong = differences("a million events", &Engine::SqliteDirect(capture), &few, &expected);
    assert!(wrong.is_empty(), "{wrong}");
}
