//! What is said of SQL that is wrong: where, and which names are near to the one that is not known.

use anyhow::{Error, anyhow};
use policy::names::suggestion;
use rusqlite::ErrorCode;

use super::database::Database;
use super::{Engine, Stopped, lexer, one_line, place};

/// The error in one line, with its place in `sql`; `number` statements before the one in error were right.
pub(super) fn told(database: &Database, sql: &str, number: usize, error: &rusqlite::Error) -> Error {
    let refused = database.refused.take();
    match (error.sqlite_error_code(), refused) {
        (Some(ErrorCode::OperationInterrupted), _) => return database.limits.stopped().into(),
        (Some(ErrorCode::OutOfMemory), _) => return Stopped::Memory(database.limits.memory()).into(),
        (Some(ErrorCode::DiskFull), _) => return Stopped::TemporaryFiles.into(),
        (code, Some(refused)) if code == Some(ErrorCode::AuthorizationForStatementDenied) || is_of_function(error) => {
            let verb = verb(lexer::from_statement(sql, number), refused);
            return anyhow!("SQL: only questions are allowed (SELECT, VALUES, WITH, EXPLAIN), not {verb}");
        }
        _ => {}
    }
    // SQLite says how far into the statement it was, or nothing.
    let (message, rest, offset) = match error {
        rusqlite::Error::SqlInputError { msg, sql: rest, offset, .. } => {
            (one_line(msg), rest.as_str(), usize::try_from(*offset).ok())
        }
        other => (one_line(&other.to_string()), lexer::from_statement(sql, number), None),
    };
    let unknown = Unknown::of(&message);
    let at = offset.or_else(|| lexer::position(rest, unknown.as_ref()?.last()));
    let near =
        unknown.and_then(|unknown| unknown.near(database, rest)).map_or(String::new(), |near| format!("; {near}"));
    let Some(at) = at else { return anyhow!("SQL: {message}{near}") };
    // The statement in error is the end of what was given.
    let (line, column) = place(sql, sql.len().saturating_sub(rest.len()) + at);
    anyhow!("SQL, line {line}, column {column}: {message}{near}")
}

/// Whether a function is refused, which has no code of its own.
fn is_of_function(error: &rusqlite::Error) -> bool {
    matches!(error, rusqlite::Error::SqlInputError { msg, .. } if msg.starts_with("not authorized to use function"))
}

/// What the statement begins with, where that says more than what SQLite refused of it.
fn verb(statement: &str, refused: String) -> String {
    let first = lexer::words(statement).next().unwrap_or_default().to_uppercase();
    match first.as_str() {
        "" | "WITH" | "EXPLAIN" | "SELECT" | "VALUES" | "PRAGMA" => refused,
        _ => first,
    }
}

/// A name that is not known.
enum Unknown<'m> {
    Table(&'m str),
    Column(&'m str),
    Function(&'m str),
}

impl<'m> Unknown<'m> {
    fn of(message: &'m str) -> Option<Unknown<'m>> {
        let name = |kind| message.strip_prefix(kind)?.split([' ', '(']).next();
        name("no such table: ")
            .map(Unknown::Table)
            .or_else(|| name("no such column: ").map(Unknown::Column))
            .or_else(|| name("no such function: ").map(Unknown::Function))
    }

    /// The name without what it is qualified by.
    fn last(&self) -> &'m str {
        let (Unknown::Table(name) | Unknown::Column(name) | Unknown::Function(name)) = self;
        name.rsplit('.').next().unwrap_or(name).trim_matches('"')
    }

    /// The question whether a near name was meant.
    fn near(&self, database: &Database, sql: &str) -> Option<String> {
        let name = self.last();
        if let Unknown::Function(_) = self {
            return suggestion(name, database.functions().ok()?.iter().map(String::as_str));
        }
        let tables = database.tables().ok()?;
        if let Unknown::Table(_) = self {
            return suggestion(name, tables.iter().map(|table| table.name.as_str()));
        }
        // Columns of the tables that are asked, before those of any.
        let asked = |name: &str| lexer::words(sql).any(|word| word.eq_ignore_ascii_case(name));
        let of_asked = tables.iter().filter(|table| asked(&table.name)).flat_map(|table| &table.columns);
        suggestion(name, of_asked.map(|column| column.name.as_str()))
    }
}
