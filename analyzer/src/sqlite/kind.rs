//! The stored rows of one event kind.
//!
//! Rows are inserted eight at a time: one statement for many rows keeps its place in the table between them.

use std::borrow::Cow;
use std::net::IpAddr;

use anyhow::Result;
use formats::arch::Arch;
use formats::event::Kind;
use formats::frame::LATE;
use formats::payload::{Value, Variable};
use formats::schema::EventSchema;
use rusqlite::types::Null;
use rusqlite::{Connection, Statement, ToSql};

use super::columns::{Columns, STORED, is_address};
use super::identifiers::quoted;
use super::naming::NameTable;
use crate::arguments::{array_into, is_shown};
use crate::names::{self, Sockaddr};
use crate::row::{Row, is_there, truncated_into};
use crate::text;

/// A row, its number in the order of replay, and the name that the database has for its context's thread.
pub(super) type Numbered<'a> = (i64, Row<'a>, Option<&'a [u8]>);

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

    /// What every event has. `stored_comm` is the name that the database has for the row's context.
    pub(super) fn bind_common(&mut self, number: i64, row: &Row<'_>, stored_comm: Option<&[u8]>) -> Result<()> {
        self.bind(number)?;
        self.bind(row.boot_ns() as i64)?;
        self.bind(row.cpu())?;
        self.bind(row.lane())?;
        self.bind(row.sequence() as i64)?;
        self.bind(Some(row.context_id() as i64).filter(|id| *id != 0))?;
        let known_tid = row.context().map(|context| context.host_tid);
        self.bind(Some(row.host_tid()).filter(|tid| known_tid != Some(*tid)))?;
        match row.comm() {
            Some(comm) if stored_comm != Some(comm) => self.bind(&*text::escape(comm))?,
            _ => self.bind(Null)?,
        }
        self.bind(if row.is_late() { row.flags() | LATE } else { row.flags() })?;
        self.bind(row.policies())
    }
}

/// A table of one kind's rows.
pub(super) struct KindTable<'c> {
    pub(super) schema: EventSchema,
    pub(super) columns: Columns,
    /// Name of the table, quoted.
    pub(super) stored: String,
    pub(super) rows: u64,
    width: usize,
    one: Statement<'c>,
    many: Statement<'c>,
}

impl<'c> KindTable<'c> {
    /// Makes the table `stored` for a kind of which every field's kind is known.
    pub(super) fn create(
        database: &'c Connection,
        stored: &str,
        schema: &EventSchema,
        names: &mut NameTable<'_>,
    ) -> Result<KindTable<'c>> {
        let columns = Columns::of(schema, names);
        let stored_columns = columns.stored();
        let stored = quoted(stored);
        let (key, others) = stored_columns.split_at(1);
        database.execute_batch(&format!(
            "CREATE TABLE {stored} ({} INTEGER PRIMARY KEY,{})",
            key[0],
            others.join(",")
        ))?;
        let width = stored_columns.len();
        let values = format!("({})", vec!["?"; width].join(","));
        // OR FAIL: numbers are unique, and without it a statement of many rows keeps a journal to undo itself.
        let insert = |rows| {
            database.prepare(&format!("INSERT OR FAIL INTO {stored} VALUES {}", vec![values.as_str(); rows].join(",")))
        };
        let (one, many) = (insert(1)?, insert(TOGETHER)?);
        Ok(KindTable { schema: schema.clone(), columns, stored, rows: 0, width, one, many })
    }

    /// Inserts rows, given in order.
    pub(super) fn insert(&mut self, rows: &[Numbered<'_>], names: &mut NameTable<'_>) -> Result<()> {
        self.rows += rows.len() as u64;
        let (eights, rest) = rows.as_chunks::<TOGETHER>();
        for eight in eights {
            for (index, (number, row, comm)) in eight.iter().enumerate() {
                let binder = Binder::new(&mut self.many, index, self.width);
                bind_row(binder, &self.columns, *number, row, *comm, names)?;
            }
            self.many.raw_execute()?;
        }
        for (number, row, comm) in rest {
            let binder = Binder::new(&mut self.one, 0, self.width);
            bind_row(binder, &self.columns, *number, row, *comm, names)?;
            self.one.raw_execute()?;
        }
        Ok(())
    }
}

fn bind_row(
    mut binder: Binder<'_, '_>,
    columns: &Columns,
    number: i64,
    row: &Row<'_>,
    stored_comm: Option<&[u8]>,
    names: &mut NameTable<'_>,
) -> Result<()> {
    names.store_marks(row.flags())?;
    binder.bind_common(number, row, stored_comm)?;
    let common = binder.at;
    binder.at += STORED.len() - 10;
    if columns.returns {
        binder.bind(row.ret())?;
    }
    let Some(values) = row.values() else { anyhow::bail!("row {number} is malformed") };
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
                let structure =
                    column.is_structure.then_some((field.display.as_str(), command, row.definitions().arch));
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

/// The address of a network that a field holds, as answers of DNS name it.
fn address(kind: Kind, variable: &Variable<'_>) -> Option<IpAddr> {
    if !is_shown(variable) {
        return None;
    }
    let address = match kind {
        Kind::Sockaddr => Sockaddr::parse(variable.bytes)?.ip?,
        _ => match variable.bytes.len() {
            4 => IpAddr::from(<[u8; 4]>::try_from(variable.bytes).ok()?),
            _ => IpAddr::from(<[u8; 16]>::try_from(variable.bytes).ok()?),
        },
    };
    Some(address.to_canonical())
}

/// Binds a variable field; `structure` is the hint of the structure that it is, the command that says which, and the host's
/// architecture.
fn bind_variable(
    binder: &mut Binder<'_, '_>,
    kind: Kind,
    variable: &Variable<'_>,
    structure: Option<(&str, Option<i64>, Arch)>,
) -> Result<()> {
    if !is_shown(variable) {
        return binder.bind(Null);
    }
    let bytes = variable.bytes;
    let text: Cow<'_, str> = match kind {
        Kind::Text => text::escape(bytes),
        Kind::Sockaddr => names::sockaddr_text(bytes).into(),
        Kind::IpAddress => names::ip_text(bytes).into(),
        Kind::TextArray | Kind::U64Array | Kind::FdPair | Kind::LossCounts => {
            let mut array = String::new();
            array_into(&mut array, kind, bytes, usize::MAX);
            array.into()
        }
        _ => match structure.and_then(|(hint, command, arch)| names::structure_json(hint, bytes, command, arch)) {
            Some(json) => json.into(),
            None => return binder.bind(bytes),
        },
    };
    binder.bind(&*text)
}
