//! The stored rows of one event kind.
//!
//! Rows are inserted eight at a time: one statement for many rows keeps its place in the table between them.

use anyhow::Result;
use formats::event::Kind;
use formats::frame::LATE;
use formats::payload::{Value, Variable};
use rusqlite::types::Null;
use rusqlite::{Connection, Statement, ToSql};

use super::columns::Columns;
use super::definitions::Stored;
use super::identifiers::quoted;
use super::naming::NameTable;
use crate::row::{Row, is_there, truncated_into};
use crate::tables::{Cell, KindEntry, Structure, address, is_address, variable_cell};
use crate::text;

/// A row, and what the database has for its context.
pub(super) type Named<'a> = (Row<'a>, Option<&'a Stored>);

/// Rows of one statement.
pub(super) const TOGETHER: usize = 8;

/// Values of one row being bound to a statement.
pub(super) struct Binder<'s, 'c> {
    statement: &'s mut Statement<'c>,
    at: usize,
}

impl<'s, 'c> Binder<'s, 'c> {
    /// Binds row `index` of a statement with this many columns.
    pub(super) fn new(statement: &'s mut Statement<'c>, index: usize, columns: usize) -> Binder<'s, 'c> {
        Binder { statement, at: index * columns }
    }

    pub(super) fn bind(&mut self, value: impl ToSql) -> Result<()> {
        self.at += 1;
        Ok(self.statement.raw_bind_parameter(self.at, value)?)
    }

    /// What every event has. `stored` is what the database has for the row's context.
    pub(super) fn bind_common(&mut self, row: &Row<'_>, stored: Option<&Stored>) -> Result<()> {
        self.bind(row.event_key())?;
        self.bind(row.boot_ns() as i64)?;
        self.bind(Some(row.context_id() as i64).filter(|id| *id != 0))?;
        let known_tid = row.context().map(|context| context.host_tid);
        self.bind(Some(row.host_tid()).filter(|tid| known_tid != Some(*tid)))?;
        match row.comm() {
            Some(comm) if stored.is_none_or(|stored| *stored.comm != *comm) => self.bind(&*text::escape(comm))?,
            _ => self.bind(Null)?,
        }
        let known = stored.and_then(|stored| stored.command_line.as_deref());
        self.bind(row.command_line().filter(|line| known != Some(line)))?;
        self.bind(if row.is_late() { row.flags() | LATE } else { row.flags() })?;
        self.bind(row.policies())
    }
}

/// A table of one kind's rows.
pub(super) struct KindTable<'c> {
    pub(super) columns: Columns,
    /// Name of the table, quoted.
    pub(super) stored: String,
    pub(super) rows: u64,
    width: usize,
    one: Statement<'c>,
    many: Statement<'c>,
}

impl<'c> KindTable<'c> {
    /// Makes the table `stored` for a kind.
    pub(super) fn create(
        database: &'c Connection,
        stored: &str,
        kind: &KindEntry,
        names: &mut NameTable<'_>,
    ) -> Result<KindTable<'c>> {
        let columns = Columns::of(kind, names);
        let stored_columns = columns.stored();
        let stored = quoted(stored);
        database.execute_batch(&format!("CREATE TABLE {stored} ({})", stored_columns.join(",")))?;
        let width = stored_columns.len();
        let values = format!("({})", vec!["?"; width].join(","));
        // OR FAIL: nothing can fail, and without it a statement of many rows keeps a journal to undo itself.
        let insert = |rows| {
            database.prepare(&format!("INSERT OR FAIL INTO {stored} VALUES {}", vec![values.as_str(); rows].join(",")))
        };
        let (one, many) = (insert(1)?, insert(TOGETHER)?);
        Ok(KindTable { columns, stored, rows: 0, width, one, many })
    }

    /// Inserts rows, given in order.
    pub(super) fn insert(&mut self, rows: &[Named<'_>], names: &mut NameTable<'_>) -> Result<()> {
        self.rows += rows.len() as u64;
        let (eights, rest) = rows.as_chunks::<TOGETHER>();
        for eight in eights {
            for (index, (row, stored)) in eight.iter().enumerate() {
                let binder = Binder::new(&mut self.many, index, self.width);
                bind_row(binder, &self.columns, row, *stored, names)?;
            }
            self.many.raw_execute()?;
        }
        for (row, stored) in rest {
            let binder = Binder::new(&mut self.one, 0, self.width);
            bind_row(binder, &self.columns, row, *stored, names)?;
            self.one.raw_execute()?;
        }
        Ok(())
    }
}

fn bind_row(
    mut binder: Binder<'_, '_>,
    columns: &Columns,
    row: &Row<'_>,
    stored: Option<&Stored>,
    names: &mut NameTable<'_>,
) -> Result<()> {
    names.store_marks(row.flags())?;
    names.store_error(row)?;
    binder.bind_common(row, stored)?;
    let common = binder.at;
    // What is truncated, and what is from user memory, is known behind the fields.
    binder.at += 2;
    if columns.returns {
        binder.bind(row.ret())?;
    }
    let Some(values) = row.values() else { anyhow::bail!("a row of {} is malformed", row.event()) };
    let mut truncated = String::new();
    // Bits of fields that in this row are not from user memory.
    let mut all_there = row.entry.vouched == 0;
    let mut command = None;
    for ((field, value), column) in values.skip(usize::from(columns.returns)).zip(&columns.fields) {
        match value {
            Value::U64(_) | Value::I64(_) => {
                let number = match value {
                    Value::I64(number) => number,
                    Value::U64(number) => number as i64,
                    _ => 0,
                };
                if let Some(domain) = column.domain {
                    names.store(domain, domain.key(number, row.flags()))?;
                }
                if let ("cmd", Value::I64(number)) = (field.name.as_str(), value) {
                    command = Some(number);
                }
                binder.bind(number)?;
            }
            Value::Object(id) | Value::Context(id) => binder.bind(Some(id as i64).filter(|id| *id != 0))?,
            Value::Pointer(address) => binder.bind(address as i64)?,
            Value::Variable(kind, variable) => {
                if variable.fault || variable.is_truncated() {
                    truncated_into(&mut truncated, field, &value);
                }
                all_there &= !field.from_user || is_there(&value);
                let arch = row.definitions().arch;
                let structure = column.is_structure.then_some(Structure { hint: &field.display, command, arch });
                bind_variable(&mut binder, kind, &variable, structure)?;
                if is_address(kind) {
                    binder.bind(address(kind, &variable).map(|address| address.to_string()))?;
                }
            }
            Value::Attribute => {}
        }
    }
    binder.at = common;
    if truncated.is_empty() {
        binder.bind(Null)?;
    } else {
        truncated.push('}');
        binder.bind(truncated)?;
    }
    if all_there { binder.bind(Null) } else { binder.bind(row.from_user().unwrap_or_default()) }
}

fn bind_variable(
    binder: &mut Binder<'_, '_>,
    kind: Kind,
    variable: &Variable<'_>,
    structure: Option<Structure<'_>>,
) -> Result<()> {
    match variable_cell(kind, variable, structure) {
        Some(Cell::Text(text)) => binder.bind(&*text),
        Some(Cell::Bytes(bytes)) => binder.bind(&*bytes),
        _ => binder.bind(Null),
    }
}
