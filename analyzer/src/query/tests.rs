use std::time::{Duration, Instant};

use formats::payload::PayloadBuilder;

use super::*;
use crate::testing::{Recording, Task, event, key_of, sample};

fn database() -> Database {
    Database::open_capture(&sample(2, 50).open(), 2, &|_, _| {}).unwrap()
}

/// Cells of all rows, a line each.
#[derive(Default)]
struct Lines(Vec<String>);

impl Answer for Lines {
    fn columns(&mut self, _: &[&str]) -> Result<()> {
        Ok(())
    }

    fn row(&mut self, cells: &[Cell]) -> Result<()> {
        let shown = cells.iter().map(|cell| match cell {
            Cell::Null => "NULL".to_owned(),
            Cell::Integer(number) => number.to_string(),
            Cell::Real(number) => format!("{number:?}"),
            Cell::Text(text) => text.clone(),
            Cell::Blob(bytes) => crate::text::hex(bytes),
        });
        self.0.push(shown.collect::<Vec<_>>().join("|"));
        Ok(())
    }
}

fn asked(database: &Database, question: &Question<'_>) -> Result<Vec<String>> {
    let mut lines = Lines::default();
    database.ask(question, &mut lines).map(|()| lines.0)
}

fn ask(database: &Database, sql: &str) -> Result<Vec<String>> {
    asked(database, &Question { sql, ..Question::default() })
}

fn error(database: &Database, sql: &str) -> String {
    ask(database, sql).unwrap_err().to_string()
}

#[test]
fn changes_are_refused_by_what_they_are() {
    let database = database();
    for (sql, what) in [
        ("DELETE FROM processes", "DELETE"),
        ("INSERT INTO processes(process_key) VALUES (1)", "INSERT"),
        ("UPDATE processes SET pid = 1", "UPDATE"),
        ("WITH x AS (SELECT 1) DELETE FROM processes", "DELETE"),
        ("CREATE TABLE x(y)", "CREATE"),
        ("CREATE TEMP VIEW x AS SELECT 1", "CREATE"),
        ("DROP TABLE processes", "DROP"),
        ("ALTER TABLE processes ADD COLUMN x", "ALTER"),
        ("ATTACH '/tmp/x' AS y", "ATTACH"),
        ("PRAGMA query_only = OFF", "PRAGMA query_only"),
        ("PRAGMA user_version = 7", "PRAGMA user_version"),
        ("BEGIN", "BEGIN"),
        ("VACUUM INTO '/tmp/x'", "VACUUM"),
        ("SELECT 1; DROP TABLE processes", "DROP"),
        ("SELECT load_extension('/tmp/x')", "load_extension"),
    ] {
        let said = error(&database, sql);
        assert!(
            said.contains("only questions are allowed") && said.ends_with(&format!(", not {what}")),
            "{sql}: {said}"
        );
    }
    assert_eq!(ask(&database, "SELECT count(*) > 0 FROM processes").unwrap(), ["1"]);
}

#[test]
fn a_name_that_is_not_known_gives_the_nearest() {
    let database = database();
    for (sql, said) in [
        (
            "SELECT proces_key FROM processes",
            "SQL, line 1, column 8: no such column: proces_key; did you mean process_key?",
        ),
        ("SELECT p.com\nFROM processes p", "column 8: no such column: p.com; did you mean comm"),
        ("SELECT 1\nFROM proceses", "no such table: proceses; did you mean processes?"),
        ("SELECT calchain(1)", "no such function: calchain; did you mean callchain?"),
        ("SELECT 1;\n  SELECT entropyy('x')", "line 2, column 10: no such function: entropyy; did you mean entropy?"),
    ] {
        assert!(error(&database, sql).contains(said), "{sql}: {}", error(&database, sql));
    }
    assert_eq!(error(&database, "SELECT zzzzzzzz FROM processes"), "SQL, line 1, column 8: no such column: zzzzzzzz");
}

#[test]
fn nothing_is_answered_when_a_later_statement_is_wrong() {
    let database = database();
    let mut lines = Lines::default();
    let question = Question { sql: "SELECT 1; SELECT nosuch", ..Question::default() };
    assert!(database.ask(&question, &mut lines).is_err());
    assert!(lines.0.is_empty());
}

#[test]
fn parameters_are_bound_by_name() {
    let database = database();
    let parameters = [("a".to_owned(), Cell::Text("it's".into())), ("b".to_owned(), Cell::Integer(5))];
    let ask = |sql| asked(&database, &Question { sql, parameters: &parameters, ..Question::default() });
    assert_eq!(ask("SELECT :a, $b; SELECT @a").unwrap(), ["it's|5", "it's"]);
    let said = |sql| ask(sql).unwrap_err().to_string();
    assert!(said("SELECT :a, :b, :c").contains(":c has no value; --param c=VALUE"));
    assert!(said("SELECT :a").contains("no parameter :b in the SQL"));
    assert!(said("SELECT :a, ?").contains("has a name"));
}

const ENDLESS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

#[test]
fn a_question_is_stopped_and_the_next_is_answered() {
    let database = database();
    let began = Instant::now();
    let question = Question { sql: ENDLESS, timeout: Some(Duration::from_millis(100)), ..Question::default() };
    let stopped = asked(&database, &question).unwrap_err();
    assert_eq!(stopped.downcast_ref(), Some(&Stopped::TimedOut(Duration::from_millis(100))), "{stopped}");
    assert!(began.elapsed() < Duration::from_secs(20));
    let interrupt = database.interrupt();
    let stopper = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(100));
        interrupt.stop();
    });
    let stopped = ask(&database, ENDLESS).unwrap_err();
    assert_eq!(stopped.downcast_ref(), Some(&Stopped::Interrupted), "{stopped}");
    stopper.join().unwrap();
    assert_eq!(ask(&database, "SELECT 1").unwrap(), ["1"]);
}

#[test]
fn functions_answer_and_bear_what_is_hostile() {
    let database = database();
    for (call, expected) in [
        ("time_bucket('1m', 90000000001)", "60000000000"),
        ("time_bucket('1s', -1)", "-1000000000"),
        ("time_bucket('292d', -9223372036854775808)", "NULL"),
        ("time_bucket('1s', NULL)", "NULL"),
        ("cidr_match('10.1.2.3', '10.0.0.0/8')", "1"),
        ("cidr_match('nonsense', '10.0.0.0/8')", "NULL"),
        ("cidr_match(NULL, '10.0.0.0/8')", "NULL"),
        ("cidr_match(5, '10.0.0.0/8')", "NULL"),
        ("cidr_match(x'ff', '::/0')", "NULL"),
        ("cidr_match('::1', NULL)", "NULL"),
        ("path_match('/tmp/a/b', '/tmp/**')", "1"),
        ("path_match('/tmp/a/b', '/tmp/*')", "0"),
        ("path_match(NULL, '*')", "NULL"),
        ("path_match('x', NULL)", "NULL"),
        ("path_match(x'2f', '/')", "NULL"),
        ("path_match('[', '[')", "1"),
        ("entropy('abab')", "1.0"),
        ("entropy(zeroblob(1000))", "0.0"),
        ("entropy(NULL)", "NULL"),
        ("hex(x'00ff')", "00FF"),
        ("ancestors(NULL)", "NULL"),
        ("ancestors(-1)", "[]"),
        ("descendants(-1)", "[]"),
        ("callchain(-1)", "NULL"),
        ("callchain(NULL)", "NULL"),
    ] {
        assert_eq!(ask(&database, &format!("SELECT {call}")).unwrap(), [expected], "{call}");
    }
    for (call, said) in [
        ("time_bucket('soon', 1)", "like 30s"),
        ("time_bucket('0s', 1)", "zero"),
        ("time_bucket(NULL, 1)", "like 30s"),
        ("time_bucket('1s', 'x')", "whole number of nanoseconds"),
        ("cidr_match('::1', 'x/8')", "a network is like"),
        ("cidr_match('::1', '::/999999999999')", "a network is like"),
        ("path_match('x', printf('%.*c', 5000, '*'))", "at most 4096 bytes"),
        ("ancestors('x')", "a process_key is a whole number"),
        ("callchain(1.5)", "a process_key is a whole number"),
        ("ancestors()", "wrong number of arguments"),
    ] {
        let said_of = error(&database, &format!("SELECT {call}"));
        assert!(said_of.contains(said), "{call}: {said_of}");
    }
}

/// Process 10 starts 11, which starts 12 and 13.
fn family() -> Database {
    let mut recording = Recording::new();
    let tasks: [(u32, u32, &[u8]); 4] = [(10, 1, b"sshd"), (11, 10, b"bash"), (12, 11, b"curl"), (13, 11, b"cat")];
    for (pid, ppid, comm) in tasks {
        let task = Task { id: pid.into(), pid, tid: pid, ppid, exe: 0, comm };
        recording.context(0, 1_000 + u64::from(pid), task);
        recording.event(
            0,
            (2_000 + u64::from(pid), pid.into(), pid),
            PayloadBuilder::new(event("read")),
            event("read"),
        );
    }
    recording.cut(10_000);
    Database::open_capture(&recording.open(), 1, &|_, _| {}).unwrap()
}

#[test]
fn who_descends_from_whom_is_told() {
    let database = family();
    let of = |call: &str, pid: u32| ask(&database, &format!("SELECT {call}({})", key_of(pid))).unwrap().remove(0);
    assert_eq!(of("callchain", 12).rsplit(" > ").take(3).collect::<Vec<_>>(), ["curl", "bash", "sshd"]);
    let ancestors = of("ancestors", 13);
    assert!(ancestors.starts_with(&format!("[{},{}", key_of(11), key_of(10))), "{ancestors}");
    let mut young = [key_of(12), key_of(13)];
    young.sort_unstable();
    assert_eq!(of("descendants", 10), format!("[{},{},{}]", key_of(11), young[0], young[1]));
    let joined = "SELECT p.comm FROM json_each(ancestors((SELECT process_key FROM processes WHERE comm = 'curl'))) a
        JOIN processes p ON p.process_key = a.value LIMIT 1";
    assert_eq!(ask(&database, joined).unwrap(), ["bash"]);
}

#[test]
fn processes_that_descend_from_themselves_end_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile.db");
    let hostile = rusqlite::Connection::open(&path).unwrap();
    hostile
        .execute_batch(
            "CREATE TABLE processes(process_key, comm);
             CREATE TABLE process_ancestors(process_key, ancestor_key, depth, cut);
             INSERT INTO processes VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'self'), (5, NULL);
             INSERT INTO process_ancestors VALUES (1, 2, 1, 0), (1, 3, 2, 1), (2, 3, 1, 0), (2, 1, 2, 1), (3, 1, 1, 0),
                 (3, 2, 2, 1), (4, 77, 1, 0);
             CREATE VIEW leaking AS SELECT callchain(1) AS chain;
             WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 150000)
                 INSERT INTO process_ancestors SELECT i, 99, 1, 0 FROM n",
        )
        .unwrap();
    drop(hostile);
    let database = Database::open_file(&path).unwrap();
    assert_eq!(ask(&database, "SELECT ancestors(1), callchain(1)").unwrap(), ["[2,3]|... > c > b > a"]);
    assert_eq!(ask(&database, "SELECT descendants(1)").unwrap(), ["[3,2]"]);
    assert_eq!(ask(&database, "SELECT ancestors(5), callchain(4), callchain(5)").unwrap(), ["[]|? > self|?"]);
    assert!(error(&database, "SELECT descendants(99)").contains("process_ancestors"));
    assert!(error(&database, "SELECT * FROM leaking").contains("unsafe use of callchain"));
}

#[test]
fn what_is_covered_is_said_of_every_capture_together() {
    let coverage = Coverage::of(&database()).unwrap();
    assert_eq!((coverage.captures, coverage.lost, coverage.damaged), (1, 0, 0));
    assert!(coverage.start_ns < coverage.end_ns);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two.db");
    let two = rusqlite::Connection::open(&path).unwrap();
    two.execute_batch(
        "CREATE TABLE captures(start_ns, end_ns, lost, complete, problems); CREATE TABLE damage(what);
         INSERT INTO captures VALUES (100, 200, 3, 0, '3 events lost; segment 2 is missing'), (50, 80, 4, 1, '');
         INSERT INTO damage VALUES ('x')",
    )
    .unwrap();
    drop(two);
    let coverage = Coverage::of(&Database::open_file(&path).unwrap()).unwrap();
    let problems = vec!["segment 2 is missing".to_owned()];
    let expected =
        Coverage { captures: 2, start_ns: 50, end_ns: 200, lost: 7, damaged: 1, problems, is_complete: false };
    assert_eq!(coverage, expected);
}

#[test]
fn tables_and_functions_are_listed() {
    let database = database();
    let tables = database.tables().unwrap();
    let processes = tables.iter().find(|table| table.name == "processes").unwrap();
    assert!(processes.columns.iter().any(|column| column.name == "process_key" && column.type_name == "INTEGER"));
    assert!(tables.iter().all(|table| !table.name.starts_with("raw_") && table.name != "contexts"), "{tables:?}");
    let functions = database.functions().unwrap();
    for (usage, _) in FUNCTIONS {
        let name = usage.split('(').next().unwrap().to_owned();
        assert!(functions.contains(&name), "{name}");
    }
}
