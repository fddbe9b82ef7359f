//! SQLite with the tables of a set and the functions that the SQL text calls.

use std::collections::HashMap;

use rusqlite::functions::FunctionFlags;
use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, ToSql};
use signatures::functions::{Network, Regular};
use signatures::sql::{self, Dialect};
use signatures::{Matcher, Set, Table, Tables, Type};

use crate::rows::{Owned, OwnedRow};

impl ToSql for Owned {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Owned::Null => Ok(rusqlite::types::Null.to_sql()?),
            Owned::Integer(number) => number.to_sql(),
            Owned::Real(number) => number.to_sql(),
            Owned::Boolean(boolean) => boolean.to_sql(),
            Owned::Text(text) => text.to_sql(),
            // What is compared of it are minutes and more.
            Owned::Timestamp(ns) => Ok(ToSqlOutput::from(ns.div_euclid(1_000_000_000))),
        }
    }
}

/// A database with these rows, `(table, row)`.
pub(crate) fn database(tables: &Tables, rows: &[(usize, OwnedRow)]) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    functions(&connection);
    for (index, table) in tables.all().iter().enumerate() {
        connection.execute_batch(&definition(table)).unwrap();
        let places: Vec<&str> = table
            .columns
            .iter()
            .map(|column| if column.kind == Type::Timestamp { "datetime(?, 'unixepoch')" } else { "?" })
            .collect();
        let insert = format!("INSERT INTO {} VALUES ({})", table.name, places.join(", "));
        let mut insert = connection.prepare(&insert).unwrap();
        for (_, row) in rows.iter().filter(|(of, _)| *of == index) {
            insert.execute(rusqlite::params_from_iter(&row.0)).unwrap();
        }
    }
    connection
}

fn definition(table: &Table) -> String {
    let columns = table.columns.iter().map(|column| {
        let kind = match column.kind {
            Type::Integer | Type::Boolean => "INTEGER",
            Type::Real => "REAL",
            Type::Text | Type::Timestamp => "TEXT",
        };
        format!("\"{}\" {kind}", column.name)
    });
    format!("CREATE TABLE {} ({})", table.name, columns.collect::<Vec<_>>().join(", "))
}

fn functions(connection: &Connection) {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    let known = std::sync::Mutex::new(HashMap::<String, Regular>::new());
    let regexp = move |context: &rusqlite::functions::Context<'_>| {
        let (source, text): (String, Option<String>) = (context.get(0)?, context.get(1)?);
        let mut known = known.lock().unwrap();
        let regular = known.entry(source).or_insert_with_key(|source| Regular::new(source, "").unwrap());
        Ok(text.map(|text| regular.is_match(&text)))
    };
    connection.create_scalar_function("regexp", 2, flags, regexp).unwrap();
    let matches = |context: &rusqlite::functions::Context<'_>| {
        let (address, network): (Option<String>, String) = (context.get(0)?, context.get(1)?);
        let network = Network::parse(&network).unwrap();
        Ok(address.map(|address| network.contains(&address)))
    };
    connection.create_scalar_function("cidr_match", 2, flags, matches).unwrap();
}

/// The keys of the rows that SQLite finds for a signature.
pub(crate) fn by_sql(connection: &Connection, set: &Set, signature: usize) -> Vec<i64> {
    let statement = sql::statement(set, signature, Dialect::Sqlite).unwrap();
    let mut prepared = connection.prepare(&statement).unwrap_or_else(|error| panic!("{error}\n{statement}"));
    let keys = prepared.query_map([], |row| row.get(1)).unwrap();
    keys.collect::<Result<_, _>>().unwrap_or_else(|error| panic!("{error}\n{statement}"))
}

/// By signature, the keys of the rows that the matcher finds.
pub(crate) fn by_stream(set: &Set, rows: &[(usize, OwnedRow)]) -> Vec<Vec<i64>> {
    let (mut matcher, mut found) = (Matcher::new(set), Vec::new());
    let mut keys = vec![Vec::new(); set.signatures().len()];
    for (table, row) in rows {
        matcher.matches(*table, row, &mut found);
        for signature in &found {
            keys[*signature].push(key(row));
        }
    }
    keys
}

/// The key of a row.
pub(crate) fn key(row: &OwnedRow) -> i64 {
    match row.0[3] {
        Owned::Integer(key) => key,
        _ => panic!("a row without a key"),
    }
}
