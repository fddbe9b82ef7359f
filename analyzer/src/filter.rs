//! Filters: a condition in SQL over the columns of one row.

use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};
use rusqlite::config::DbConfig;
use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::{Batch, Connection};

use crate::query::{Cell, one_line, place};
use crate::row::Row;
use crate::tables::{COMMON, Type};

/// What the rows of one column are looked up in, when a condition names it: elements of `args`.
const TABLES: [&str; 2] = ["json_each", "json_tree"];

/// A condition over named columns.
pub(crate) struct Condition {
    connection: Connection,
    sql: Arc<str>,
    /// Positions of the columns that it may name.
    columns: Vec<usize>,
}

impl Condition {
    /// Reads the condition over columns, each with whether it holds numbers. It can name these, and nothing else that is
    /// stored anywhere.
    ///
    /// # Errors
    /// It is no condition; the message says where.
    pub(crate) fn new(condition: &str, columns: &[(&str, bool)]) -> Result<Condition> {
        if condition.trim().is_empty() {
            bail!("the condition is empty");
        }
        let mut connection = Connection::open_in_memory()?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        // A name in double quotes that is no column is a slip, not a string.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
        connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
        connection.authorizer(Some(authorize))?;
        // Naming is enough to be taken for used: it costs a little time.
        let lower = condition.to_lowercase();
        let named: Vec<usize> = (0..columns.len()).filter(|index| lower.contains(columns[*index].0)).collect();
        let values: Vec<String> = named
            .iter()
            .enumerate()
            .map(|(at, index)| {
                let (name, is_number) = columns[*index];
                format!("CAST(?{} AS {}) AS {name}", at + 1, if is_number { "INTEGER" } else { "TEXT" })
            })
            .collect();
        let row = if values.is_empty() { "SELECT 1".to_owned() } else { format!("SELECT {}", values.join(",")) };
        // Only what is one expression is right in both places.
        let before = format!("SELECT 1 FROM ({row}) WHERE (");
        check(&connection, &before, condition, "\n)")?;
        check(&connection, "SELECT ", condition, &format!("\nFROM ({row})"))?;
        Ok(Condition { connection, sql: format!("{before}{condition}\n)").into(), columns: named })
    }

    /// Whether the condition is true where the columns have these values, by position.
    ///
    /// # Errors
    /// It cannot be evaluated (as JSON that is none).
    pub(crate) fn accepts(&self, value: impl Fn(usize) -> Cell) -> Result<bool> {
        let mut statement = self.connection.prepare_cached(&self.sql)?;
        for (at, index) in self.columns.iter().enumerate() {
            let at = at + 1;
            match value(*index) {
                Cell::Null => statement.raw_bind_parameter(at, rusqlite::types::Null)?,
                Cell::Integer(number) => statement.raw_bind_parameter(at, number)?,
                Cell::Real(number) => statement.raw_bind_parameter(at, number)?,
                Cell::Text(text) => statement.raw_bind_parameter(at, text)?,
                Cell::Blob(bytes) => statement.raw_bind_parameter(at, bytes)?,
            }
        }
        let mut rows = statement.raw_query();
        let found = rows.next().map_err(|error| anyhow!("{}", one_line(&error.to_string())));
        Ok(found.context("the condition cannot be evaluated")?.is_some())
    }
}

/// A condition that rows are asked for.
pub struct Filter(Condition);

impl Filter {
    /// Reads the condition over the columns of the table `events`.
    ///
    /// # Errors
    /// It is no condition; the message says where.
    pub fn new(condition: &str) -> Result<Filter> {
        let columns: Vec<(&str, bool)> = COMMON.iter().map(|column| (column.name, is_number(column.ty))).collect();
        Condition::new(condition, &columns).map(Filter)
    }

    /// Whether the condition is true of the row.
    ///
    /// # Errors
    /// It cannot be evaluated (as JSON that is none).
    pub fn accepts(&self, row: &Row<'_>) -> Result<bool> {
        self.0.accepts(|index| COMMON.get(index).map_or(Cell::Null, |column| (column.value)(row).into()))
    }
}

fn is_number(ty: Type) -> bool {
    matches!(ty, Type::Integer | Type::Boolean | Type::Real)
}

/// Compiles the condition between two texts, and nothing behind it.
pub(crate) fn check(connection: &Connection, before: &str, condition: &str, after: &str) -> Result<()> {
    let sql = format!("{before}{condition}{after}");
    let located = |error: rusqlite::Error| match &error {
        rusqlite::Error::SqlInputError { msg, sql: rest, offset, .. } => {
            let at = usize::try_from(*offset).ok().map(|offset| sql.len().saturating_sub(rest.len()) + offset);
            let at = at.map_or(0, |at| at.saturating_sub(before.len()));
            let (line, column) = place(condition, at);
            // What stands there is ours.
            let ends_early = at >= condition.len() && !after.is_empty() && msg.starts_with("near ");
            let what = if ends_early { "the condition is not complete".to_owned() } else { one_line(msg) };
            anyhow!("condition, line {line}, column {column}: {what}")
        }
        error => anyhow!("condition: {}", one_line(&error.to_string())),
    };
    let mut batch = Batch::new(connection, &sql);
    batch.next().map_err(located)?;
    match batch.next() {
        Ok(None) => Ok(()),
        _ => bail!("condition: more than a condition"),
    }
}

fn authorize(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Function { function_name: "load_extension" } => Authorization::Deny,
        AuthAction::Select | AuthAction::Function { .. } => Authorization::Allow,
        AuthAction::Read { table_name, .. } if TABLES.contains(&table_name) => Authorization::Allow,
        _ => Authorization::Deny,
    }
}

#[cfg(test)]
mod tests {
    use super::Filter;
    use crate::replay::{Options, replay};
    use crate::testing::sample;

    /// How many of the rows of a small capture a condition takes, of how many.
    fn taken(condition: &str) -> (usize, usize) {
        let filter = Filter::new(condition).unwrap();
        let (mut taken, mut all) = (0, 0);
        replay(&sample(1, 70).open(), &Options::default(), &mut |row| {
            taken += usize::from(filter.accepts(row)?);
            all += 1;
            Ok(())
        })
        .unwrap();
        (taken, all)
    }

    #[test]
    fn conditions_are_over_the_columns_of_the_view() {
        for (condition, expected) in [
            ("event = 'openat'", 14),
            ("EVENT = 'openat' and ret < 0", 0),
            ("event = 'read' and ret < 0", 8),
            ("json_extract(args, '$.pathname') like '/tmp/1%'", 2),
            ("exists (select 1 from json_each(args) where key = 'fd' and value = 3)", 56),
            ("comm like 's%' -- all", 70),
            // As in the view: a number is compared as one.
            ("uid = '1000' and ret is not null", 70),
            ("policies is null and container_id is null", 70),
            ("1", 70),
            ("syscall in ('read', 'write')\nand exe = '/usr/bin/sh'", 56),
        ] {
            assert_eq!(taken(condition), (expected, 70), "{condition}");
        }
    }

    #[test]
    fn what_is_no_condition_is_refused_and_the_place_is_named() {
        for (condition, words) in [
            ("", "empty"),
            ("  \n", "empty"),
            ("event = 'openat' an ret < 0", "line 1, column 18"),
            ("event = 'x'\nand rett < 0", "line 2, column 5: no such column: rett"),
            ("comm like \"cu%\"", "no such column"),
            ("(ret", "incomplete"),
            ("1) or (1", "line 1, column 2"),
            ("ret < ", "line 1, column 7: the condition is not complete"),
            ("1; select 1", "condition"),
            ("1, 2", "condition"),
            ("1); delete from x; select (1", "condition"),
            ("ret in (select ret from events)", "no such table"),
            ("(select count(*) from sqlite_master) > 0", "not authorized"),
            ("(select count(*) from pragma_database_list) > 0", "condition"),
            ("(with recursive a(x) as (select 1 union all select x + 1 from a) select max(x) from a) > 0", "condition"),
            ("load_extension('x') is null", "condition"),
            ("count(*) > 1", "condition"),
        ] {
            let error = Filter::new(condition).err().unwrap_or_else(|| panic!("{condition} is taken")).to_string();
            assert!(error.contains(words), "{condition}: {error}");
        }
    }

    #[test]
    fn what_only_a_row_shows_to_be_wrong_is_an_error_then() {
        let filter = Filter::new("json_extract(comm, '$.x') = 1").unwrap();
        let error = replay(&sample(1, 5).open(), &Options::default(), &mut |row| filter.accepts(row).map(drop));
        assert!(format!("{:#}", error.unwrap_err()).contains("malformed JSON"));
    }
}
