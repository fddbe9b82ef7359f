//! The engine on SQLite: a database file, or a temporary one that a capture was loaded into.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use formats::capture::Capture;
use policy::names::suggestion;
use rusqlite::config::DbConfig;
use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::hooks::{AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Batch, Connection, OpenFlags, Statement, ToSql};
use tempfile::NamedTempFile;

use super::authority::{Refused, only_questions};
use super::kin::Kin;
use super::{Answer, Cell, Column, Engine, Interrupt, Meter, Question, Stopped, Table, functions, wrong};
use crate::sqlite::{self, LoadOptions, load_into};
use crate::text;

/// First bytes of an SQLite database.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Steps of SQLite's machine between two looks at whether to go on.
const STEPS: i32 = 10_000;
/// Pages that are kept in memory, in bytes.
const CACHE_BYTES: i64 = 64 << 20;

/// A database that takes questions and no changes.
#[derive(Debug)]
pub struct Database {
    connection: Connection,
    pub(super) refused: Refused,
    pub(super) limits: Arc<Limits>,
    /// Where a file cannot be removed while it is open; removed when this is dropped.
    _temporary: Option<NamedTempFile>,
}

/// When a question is given up.
#[derive(Debug, Default)]
pub(super) struct Limits {
    interrupt: Interrupt,
    /// Steps of SQLite's machine; how many there will be nobody knows.
    meter: Meter,
    until: Mutex<Option<(Instant, Duration)>>,
    memory_bytes: Mutex<u64>,
}

impl Limits {
    fn begin(&self, timeout: Option<Duration>) {
        self.interrupt.clear();
        self.meter.clear();
        let until = timeout.and_then(|timeout| Some((Instant::now().checked_add(timeout)?, timeout)));
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    fn is_over(&self) -> Option<Stopped> {
        if self.interrupt.is_asked() {
            return Some(Stopped::Interrupted);
        }
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        until.filter(|(until, _)| Instant::now() >= *until).map(|(_, timeout)| Stopped::TimedOut(timeout))
    }

    /// Why SQLite was told to stop.
    pub(super) fn stopped(&self) -> Stopped {
        self.is_over().unwrap_or(Stopped::Interrupted)
    }

    /// Bytes that may be taken.
    pub(super) fn memory(&self) -> u64 {
        *self.memory_bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the connection look at these.
    pub(super) fn watch(self: &Arc<Self>, connection: &mut Connection) -> rusqlite::Result<()> {
        let limits = Arc::clone(self);
        connection.progress_handler(
            STEPS,
            Some(move || {
                limits.meter.add(STEPS.unsigned_abs().into());
                limits.is_over().is_some()
            }),
        )
    }
}

impl Database {
    /// Loads the capture into a temporary database, on so many threads. `progress` is told how many rows are done and how
    /// many there are.
    ///
    /// # Errors
    /// The capture cannot be read, or the temporary file not be written.
    pub fn open_capture(capture: &Capture, threads: usize, progress: &dyn Fn(u64, u64)) -> Result<Database> {
        Database::temporary(|connection| {
            load_into(connection, capture, &LoadOptions { threads }, progress)
                .with_context(|| format!("cannot load into {}", connection.path().unwrap_or("a temporary file")))?;
            Ok(())
        })
    }

    /// Fills a temporary database.
    ///
    /// # Errors
    /// The temporary file cannot be written, or `fill` failed.
    pub(crate) fn temporary(fill: impl FnOnce(&Connection) -> Result<()>) -> Result<Database> {
        let file = tempfile::Builder::new().prefix("tracee-").suffix(".db").tempfile();
        let file = file.context("cannot make a temporary file (TMPDIR says where)")?;
        let connection = sqlite::open(file.path())?;
        let kin = open_to_read(file.path())?;
        // Nothing is left of it when the program ends, however that may be.
        let file = if cfg!(unix) { file.close().map(|()| None)? } else { Some(file) };
        fill(&connection)?;
        // Loading has it for itself, and sorts in memory; asking does neither.
        connection
            .execute_batch("PRAGMA locking_mode=NORMAL; PRAGMA temp_store=FILE; SELECT count(*) FROM sqlite_schema")?;
        Database::closed_to_changes(connection, kin, file)
    }

    /// Opens a database file.
    ///
    /// # Errors
    /// It is none, or cannot be read.
    pub fn open_file(path: &Path) -> Result<Database> {
        if !Database::is_database(path)? {
            bail!("{}: neither a capture nor an SQLite database", path.display());
        }
        let opening = || format!("cannot open {}", path.display());
        recover(path).with_context(opening)?;
        let open = || open_to_read(path).with_context(opening);
        Database::closed_to_changes(open()?, open()?, None)
    }

    /// Whether the file begins as a database does.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn is_database(path: &Path) -> Result<bool> {
        let mut first = Vec::new();
        let mut file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        if file.metadata().is_ok_and(|metadata| !metadata.is_file()) {
            return Ok(false);
        }
        file.by_ref().take(MAGIC.len() as u64).read_to_end(&mut first)?;
        Ok(first == MAGIC)
    }

    /// A database may come from an enemy, and so may SQL: no changes, no other files, no functions with effects.
    fn closed_to_changes(
        mut connection: Connection,
        mut kin: Connection,
        file: Option<NamedTempFile>,
    ) -> Result<Database> {
        let limits = Arc::new(Limits::default());
        for connection in [&mut connection, &mut kin] {
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
            connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
            limits.watch(connection)?;
        }
        let cache_kib = CACHE_BYTES >> 10;
        connection.execute_batch(&format!("PRAGMA query_only=ON; PRAGMA cache_size=-{cache_kib}"))?;
        functions::register(&connection, &Arc::new(Mutex::new(Kin::new(kin))))?;
        let refused = only_questions(&mut connection)?;
        Ok(Database { connection, refused, limits, _temporary: file })
    }

    /// Has questions fail that would take more memory than this. The limit is the program's: one for all databases.
    ///
    /// # Errors
    /// SQLite refused.
    pub fn limit_memory(&mut self, bytes: u64) -> Result<()> {
        let limit = i64::try_from(bytes).unwrap_or(i64::MAX);
        // A sort takes as much as the cache before it goes to temporary files, and there may be several.
        let cache_kib = (limit / 8).min(CACHE_BYTES) >> 10;
        self.connection.authorizer(None::<fn(AuthContext<'_>) -> Authorization>)?;
        self.connection.execute_batch(&format!("PRAGMA hard_heap_limit={limit}; PRAGMA cache_size=-{cache_kib}"))?;
        self.refused = only_questions(&mut self.connection)?;
        *self.limits.memory_bytes.lock().unwrap_or_else(PoisonError::into_inner) = bytes;
        Ok(())
    }

    /// Runs the statements one after the other. For each that has a result, `columns` is given the names of its columns,
    /// then `row` every row.
    ///
    /// # Errors
    /// As of [`Engine::ask`].
    pub fn run(
        &self,
        sql: &str,
        columns: &mut dyn FnMut(&[&str]),
        row: &mut dyn FnMut(&[Cell]) -> Result<()>,
    ) -> Result<()> {
        self.ask(&Question { sql, ..Question::default() }, &mut Callbacks { columns, row })
    }

    /// Looks at all statements, and that the parameters are theirs.
    fn check(&self, question: &Question<'_>) -> Result<()> {
        let mut wanted = BTreeSet::new();
        let mut batch = Batch::new(&self.connection, question.sql);
        let mut number = 0;
        while let Some(statement) = batch.next().map_err(|error| wrong::told(self, question.sql, number, &error))? {
            number += 1;
            for index in 1..=statement.parameter_count() {
                let name = statement.parameter_name(index).unwrap_or("?");
                let Some(name) = name.strip_prefix([':', '$', '@']) else {
                    bail!("SQL: a parameter has a name, as in :pid, not {name}");
                };
                wanted.insert(name.to_owned());
            }
        }
        let given = || question.parameters.iter().map(|(name, _)| name.as_str());
        if let Some(name) = given().find(|name| !wanted.contains(*name)) {
            let near =
                suggestion(name, wanted.iter().map(String::as_str)).unwrap_or_else(|| "nothing uses it".to_owned());
            bail!("no parameter :{name} in the SQL; {near}");
        }
        if let Some(name) = wanted.iter().find(|name| !given().any(|given| given == name.as_str())) {
            bail!("the parameter :{name} has no value; --param {name}=VALUE gives it one");
        }
        Ok(())
    }

    fn answer(
        &self,
        question: &Question<'_>,
        (number, statement): (usize, &mut Statement<'_>),
        answer: &mut dyn Answer,
    ) -> Result<()> {
        let told = |error: rusqlite::Error| wrong::told(self, question.sql, number, &error);
        for (name, value) in question.parameters {
            for prefix in [':', '$', '@'] {
                if let Some(index) = statement.parameter_index(&format!("{prefix}{name}"))? {
                    statement.raw_bind_parameter(index, value)?;
                }
            }
        }
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        if !names.is_empty() {
            answer.columns(&names.iter().map(String::as_str).collect::<Vec<_>>())?;
        }
        let mut rows = statement.raw_query();
        let mut cells = Vec::with_capacity(names.len());
        while let Some(found) = rows.next().map_err(told)? {
            cells.clear();
            for index in 0..names.len() {
                cells.push(cell(found.get_ref(index)?));
            }
            answer.row(&cells)?;
            // A question with few steps to a row, and many rows, is seldom looked at by SQLite.
            if self.limits.interrupt.is_asked() {
                return Err(Stopped::Interrupted.into());
            }
        }
        Ok(())
    }
}

impl Engine for Database {
    fn tables(&self) -> Result<Vec<Table>> {
        let mut tables = Vec::new();
        let sql = "SELECT m.name, c.name, c.type, m.type = 'view' FROM sqlite_schema m, pragma_table_info(m.name) c
            WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY m.name, c.cid";
        let is_ours = self.connection.query_row("PRAGMA user_version", [], |row| row.get::<_, i32>(0))? != 0;
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (name, column): (String, String) = (row.get(0)?, row.get(1)?);
            if is_ours && sqlite::is_internal(&name, row.get(3)?) {
                continue;
            }
            if tables.last().is_none_or(|table: &Table| table.name != name) {
                tables.push(Table { name, columns: Vec::new() });
            }
            if let Some(table) = tables.last_mut() {
                table.columns.push(Column { name: column, type_name: row.get(2)? });
            }
        }
        Ok(tables)
    }

    fn functions(&self) -> Result<Vec<String>> {
        // Names with signs in them are operators and SQLite's own business.
        let sql = "SELECT DISTINCT name FROM pragma_function_list WHERE name NOT GLOB '*[^a-z0-9_]*' ORDER BY name";
        let mut statement = self.connection.prepare(sql)?;
        let names = statement.query_map([], |row| row.get(0))?;
        Ok(names.collect::<rusqlite::Result<_>>()?)
    }

    fn ask(&self, question: &Question<'_>, answer: &mut dyn Answer) -> Result<()> {
        self.limits.begin(question.timeout);
        self.refused.take();
        self.check(question)?;
        let mut batch = Batch::new(&self.connection, question.sql);
        let mut number = 0;
        while let Some(mut statement) = batch.next().map_err(|error| wrong::told(self, question.sql, number, &error))? {
            self.answer(question, (number, &mut statement), answer)?;
            number += 1;
        }
        Ok(())
    }

    fn interrupt(&self) -> Interrupt {
        self.limits.interrupt.clone()
    }

    fn meter(&self) -> Meter {
        self.limits.meter.clone()
    }
}

/// Takes back what was being added when whoever added it was killed: its journal says what was there before, and who only
/// reads may not put it back.
fn recover(path: &Path) -> rusqlite::Result<()> {
    let mut journal = path.as_os_str().to_owned();
    journal.push("-journal");
    if !Path::new(&journal).metadata().is_ok_and(|metadata| metadata.len() > 0) {
        return Ok(());
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
}

fn open_to_read(path: &Path) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}

struct Callbacks<'c> {
    columns: &'c mut dyn FnMut(&[&str]),
    row: &'c mut dyn FnMut(&[Cell]) -> Result<()>,
}

impl Answer for Callbacks<'_> {
    fn columns(&mut self, names: &[&str]) -> Result<()> {
        (self.columns)(names);
        Ok(())
    }

    fn row(&mut self, cells: &[Cell]) -> Result<()> {
        (self.row)(cells)
    }
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Cell::Null => ToSqlOutput::Owned(Value::Null),
            Cell::Integer(number) => ToSqlOutput::Owned(Value::Integer(*number)),
            Cell::Real(number) => ToSqlOutput::Owned(Value::Real(*number)),
            Cell::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Cell::Blob(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Real(number) => Cell::Real(number),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Cell::Text(text.to_owned()),
            Err(_) => Cell::Text(text::escape(bytes).into_owned()),
        },
        ValueRef::Blob(bytes) => Cell::Blob(bytes.to_vec()),
    }
}
