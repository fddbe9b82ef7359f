//! Errors of queries in one line: where in the SQL, what is wrong, and which names are near.

use std::error::Error;

use analyzer::query::{Stopped, one_line};
use anyhow::anyhow;
use datafusion::common::{DataFusionError, SchemaError};
use policy::names::unknown_or;

/// A place in the SQL, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: u64,
    pub(crate) column: u64,
}

/// Names that a query can use.
pub(crate) trait Names {
    /// Those of tables and views.
    fn tables(&self) -> Vec<String>;
    /// Those of functions.
    fn functions(&self) -> Vec<String>;
}

/// The error of a statement that begins at a place and may take so much memory: one that cannot be planned, when
/// `is_planned` is false.
pub(crate) fn explain(
    error: &DataFusionError,
    begin: Place,
    is_planned: bool,
    memory_limit: usize,
    names: &dyn Names,
) -> anyhow::Error {
    let (message, own_place) = match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => return Stopped::Memory(memory_limit as u64).into(),
        DataFusionError::External(error) => return anyhow!("{}", chain(error.as_ref())),
        DataFusionError::IoError(error) => return anyhow!("{}", chain(error)),
        DataFusionError::SQL(error, _) => without_place(&error.to_string()),
        DataFusionError::SchemaError(error, _) => (schema(error), None),
        _ => (planning(error, names), None),
    };
    let span = error.diagnostic().and_then(|diagnostic| diagnostic.span);
    let span = span.map(|span| Place { line: span.start.line, column: span.start.column });
    let place = own_place.or(span).or((!is_planned).then_some(begin));
    let message = one_line(&message);
    match place {
        Some(Place { line, column }) => anyhow!("SQL, line {line}, column {column}: {message}"),
        None => anyhow!("SQL: {message}"),
    }
}

/// A parser's message without the place at its end, and that.
fn without_place(message: &str) -> (String, Option<Place>) {
    let message = message.strip_prefix("sql parser error: ").unwrap_or(message);
    let split = || {
        let (before, place) = message.rsplit_once(" at Line: ")?;
        let (line, column) = place.split_once(", Column: ")?;
        Some((before.to_owned(), Place { line: line.parse().ok()?, column: column.parse().ok()? }))
    };
    match split() {
        Some((before, place)) => (before, Some(place)),
        None => (message.to_owned(), None),
    }
}

fn schema(error: &SchemaError) -> String {
    match error {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let known: Vec<&str> = valid_fields.iter().map(|field| field.name.as_str()).collect();
            let all = known.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
            let more = if known.len() > SHOWN { ", ..." } else { "" };
            unknown_or("column", &field.name, known, &format!("there are {all}{more}"))
        }
        SchemaError::AmbiguousReference { field } => {
            format!("{} is a column of more than one table: write which before it", field.name)
        }
        error => error.to_string(),
    }
}

/// Columns that are listed at most, where no name is near.
const SHOWN: usize = 12;

fn planning(error: &DataFusionError, names: &dyn Names) -> String {
    let said = error.diagnostic().map(|diagnostic| diagnostic.message.as_str()).unwrap_or_default();
    if let Some(table) = between(said, "table '", "' not found") {
        let name = table.rsplit('.').next().unwrap_or(table);
        let known = names.tables();
        return unknown_or("table", name, known.iter().map(String::as_str), "event_kinds has one for each event");
    }
    if let Some(function) = between(said, "Invalid function '", "'") {
        let known = names.functions();
        return unknown_or("function", function, known.iter().map(String::as_str), "nothing has a name like it");
    }
    error.message().into_owned()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.strip_prefix(before)?.strip_suffix(after)
}

/// An error with what it was caused by.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut words = vec![one_line(&error.to_string())];
    let mut next = error.source();
    while let Some(cause) = next {
        words.push(one_line(&cause.to_string()));
        next = cause.source();
    }
    words.dedup();
    words.join(": ")
}
