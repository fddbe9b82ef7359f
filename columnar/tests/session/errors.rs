//! What is no question, and what is wrong with one.

use analyzer::query::{Cell, Question};

use crate::asking::{Asked, columnar, fixtures, refusal};

#[test]
fn what_is_wrong_is_said_with_its_place_and_the_nearest_name() {
    let session = columnar(&fixtures()[0]);
    for (sql, words) in [
        ("SELECT 1 FROM evens", &["SQL, line 1, column 15", "unknown table \"evens\"", "did you mean event"][..]),
        ("SELECT\n  com FROM events", &["SQL, line 2, column 3", "unknown column \"com\"", "did you mean comm"]),
        ("SELECT 1;\nSELECT zzzzzz FROM events", &["SQL, line 2, column 8", "unknown column", "there are"]),
        ("SELECT cuont(*) FROM events", &["SQL, line 1, column 8", "unknown function \"cuont\"", "count"]),
        ("SELECT FROM WHERE", &["SQL, line 1, column "]),
        ("SELECT 1 FROM events WHERE", &["SQL, line 1, column "]),
        ("SELECT 'open", &["SQL, line 1, column "]),
        ("SELECT e.comm FROM events e JOIN processes p ON comm = 'x'", &["comm"]),
        ("SELECT uid, count(*) FROM events", &["SQL, line 1, column "]),
        ("SELECT 1 / 0", &["SQL: ", "ivide"]),
        ("SELECT CAST(comm AS BIGINT) FROM events", &["SQL: ", "ast"]),
    ] {
        let said = format!("{:#}", refusal(&session, &Question { sql, ..Question::default() }));
        for word in words {
            assert!(said.contains(word), "{sql}: {said}");
        }
        assert!(!said.contains('\n'), "{said}");
    }
}

#[test]
fn what_is_no_question_is_refused_before_anything_is_answered() {
    let session = columnar(&fixtures()[0]);
    let target = tempfile::tempdir().unwrap();
    let file = target.path().join("out.csv");
    let copy = format!("COPY events TO '{}'", file.display());
    let external = format!("CREATE EXTERNAL TABLE t (a INT) STORED AS CSV LOCATION '{}'", file.display());
    for (sql, place) in [
        ("INSERT INTO processes VALUES (1)", "line 1, column 1"),
        ("SELECT 1;\n  DELETE FROM processes", "line 2, column 3"),
        ("UPDATE processes SET uid = 0", "line 1, column 1"),
        ("CREATE TABLE t AS SELECT 1", "line 1, column 1"),
        ("CREATE VIEW v AS SELECT 1", "line 1, column 1"),
        ("DROP TABLE events", "line 1, column 1"),
        ("SET datafusion.execution.batch_size = 1", "line 1, column 1"),
        ("RESET datafusion.execution.batch_size", "line 1, column 1"),
        ("EXPLAIN ANALYZE INSERT INTO processes VALUES (1)", "line 1, column 1"),
        ("PREPARE p AS SELECT 1", "line 1, column 1"),
        ("BEGIN", "line 1, column 1"),
        (&copy, "line 1, column 1"),
        (&external, "line 1, column 1"),
    ] {
        let said = format!("{:#}", refusal(&session, &Question { sql, ..Question::default() }));
        assert!(said.contains(place) && said.contains("is no question"), "{sql}: {said}");
    }
    assert!(!file.exists());
    // A file of the host is no table.
    for sql in ["SELECT * FROM '/etc/passwd'", "SELECT * FROM read_csv('/etc/passwd')"] {
        let said = format!("{:#}", refusal(&session, &Question { sql, ..Question::default() }));
        assert!(said.contains("SQL, line 1"), "{sql}: {said}");
    }
}

#[test]
fn statements_are_answered_one_after_the_other() {
    let session = columnar(&fixtures()[0]);
    let asked = Asked::of(&session, ";; SELECT 1 AS a; VALUES (2), (3);");
    assert_eq!(asked.rows, [[Cell::Integer(2)], [Cell::Integer(3)]]);
    let asked = Asked::of(&session, "DESCRIBE processes");
    assert!(asked.rows.len() > 10);
    let tables = Asked::of(&session, "SHOW TABLES");
    assert!(tables.rows.iter().any(|row| row.contains(&Cell::Text("events".to_owned()))));
}

#[test]
fn parameters_are_values_and_no_sql() {
    let session = columnar(&fixtures()[0]);
    let ask = |sql, parameters: &[(String, Cell)]| {
        let mut asked = Asked::default();
        let question = Question { sql, parameters, ..Question::default() };
        analyzer::query::Engine::ask(&session, &question, &mut asked).map(|()| asked.rows)
    };
    let given = [("a".to_owned(), Cell::Text("x' OR '1' = '1".to_owned())), ("b".to_owned(), Cell::Integer(-5))];
    let rows = ask("SELECT :a, $b, :b + 1", &given).unwrap();
    assert_eq!(rows, [[Cell::Text("x' OR '1' = '1".to_owned()), Cell::Integer(-5), Cell::Integer(-4)]]);
    let values = [Cell::Null, Cell::Real(0.5), Cell::Blob(vec![1, 255]), Cell::Integer(i64::MIN)];
    for value in values {
        let rows = ask("SELECT :v", &[("v".to_owned(), value.clone())]).unwrap();
        assert_eq!(rows, [[value]]);
    }
    assert!(ask("SELECT :a", &[]).unwrap_err().to_string().contains(":a has no value"));
    assert!(ask("SELECT 1", &given).unwrap_err().to_string().contains("no parameter :a"));
    assert!(ask("SELECT ?", &[]).unwrap_err().to_string().contains("has a name"));
}
