//! Rows for people and for other programs: the table of `tracee events`, and JSON objects.

use std::fmt::Write;

use formats::event::Kind;
use formats::payload::Value;
use formats::schema::FieldSchema;

use crate::arguments::{is_shown, path_name};
use crate::query::Cell;
use crate::row::{Row, returns};
use crate::tables::{self, COMMON};
use crate::{json, names, text};

fn integer(number: Option<impl Into<i64>>) -> Cell {
    number.map_or(Cell::Null, |number| Cell::Integer(number.into()))
}

/// A column of a table for people: its name, its value given the most elements of a list that are shown.
pub struct Shown {
    /// Its name.
    pub name: &'static str,
    /// Its value in a row, escaped as above.
    pub value: fn(&Row<'_>, usize) -> Cell,
}

/// The columns for people.
pub const SHOWN: &[Shown] = &[
    shown("TIME", |row, _| Cell::Text(text::timestamp(row.ts_ns()))),
    shown("TIME_STAMP", |row, _| Cell::Text(text::timestamp(row.ts_ns()))),
    shown("TIME(s)", |row, _| {
        let micros = row.boot_ns() / 1000;
        Cell::Text(format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000))
    }),
    shown("UTS_NAME", |row, _| bytes(row.context().map(|context| &*context.uts_name))),
    shown("MNT_NS", |row, _| integer(row.context().map(|context| context.mnt_ns()))),
    shown("PID_NS", |row, _| integer(row.context().map(|context| context.pid_ns()))),
    shown("UID", |row, _| integer(row.context().map(|context| context.uid()))),
    shown("EVENT", |row, _| Cell::Text(row.event().to_owned())),
    shown("SYSCALL", |row, _| Cell::Text(row.syscall().map_or_else(|| row.event().to_owned(), |name| name.into()))),
    shown("COMM", |row, _| bytes(row.comm())),
    shown("PID", |row, _| integer(row.context().map(|context| context.pid))),
    shown("TID", |row, _| integer(row.context().map(|context| context.tid))),
    shown("PPID", |row, _| integer(row.context().map(|context| context.ppid))),
    shown("RET", |row, _| ret(row)),
    shown("ARGS", |row, most| Cell::Text(plain_args(row, most))),
];

const fn shown(name: &'static str, value: fn(&Row<'_>, usize) -> Cell) -> Shown {
    Shown { name, value }
}

/// Columns of the table when nobody asks for others.
pub const TABLE_COLUMNS: [&str; 12] =
    ["TIME", "UTS_NAME", "MNT_NS", "PID_NS", "UID", "EVENT", "COMM", "PID", "TID", "PPID", "RET", "ARGS"];

/// Choices of columns that have a name: the tables of Tracee's first README and of its tutorial for Kubernetes.
pub const PRESETS: &[(&str, &[&str])] = &[
    (
        "readme",
        &["TIME(s)", "UTS_NAME", "MNT_NS", "PID_NS", "UID", "EVENT", "COMM", "PID", "TID", "PPID", "RET", "ARGS"],
    ),
    ("kubernetes", &["TIME_STAMP", "COMM", "PID", "TID", "SYSCALL", "ARGS"]),
];

fn bytes(value: Option<&[u8]>) -> Cell {
    value.map_or(Cell::Null, |bytes| Cell::Text(text::escape(bytes).into_owned()))
}

/// The result by name where it has one (`-ENOENT`, an address), `?` for a call that had not returned.
fn ret(row: &Row<'_>) -> Cell {
    let Some(field) = row.schema().filter(|schema| returns(schema)).and_then(|schema| schema.fields.first()) else {
        return Cell::Null;
    };
    match row.ret() {
        Some(ret) => match names::number_name(&field.display, ret) {
            Some(name) => Cell::Text(name.into_owned()),
            None => Cell::Integer(ret),
        },
        None if row.is_unfinished() => Cell::Text("?".to_owned()),
        None => Cell::Null,
    }
}

/// The arguments as `name: value, name: value`, without what refers to nothing; `most` of them, and `most` elements of a
/// list.
fn plain_args(row: &Row<'_>, most: usize) -> String {
    let mut out = String::new();
    let mut arguments = 0;
    let Some(values) = row.values() else {
        out.push_str("payload: ");
        text::hex_into(&mut out, row.payload());
        return out;
    };
    let skip = usize::from(row.schema().is_some_and(returns));
    let namings = row.definitions().namings(row.event_id());
    let (mut command, arch) = (None, row.definitions().arch);
    for ((field, value), naming) in values.zip(namings).skip(skip) {
        if let ("cmd", Value::I64(number)) = (field.name.as_str(), value) {
            command = Some(number);
        }
        let mut begin = |out: &mut String, name: &str| {
            out.push_str(if out.is_empty() { "" } else { ", " });
            arguments += 1;
            if arguments > most {
                out.push_str("...");
                return false;
            }
            out.push_str(name);
            out.push_str(": ");
            true
        };
        match value {
            Value::Object(id) => {
                if let Some(name) = row.definitions().object_name(id) {
                    if !begin(&mut out, &shown_name(row, &field.name)) {
                        break;
                    }
                    out.push_str(&name);
                }
                continue;
            }
            // Shown with the object itself.
            Value::Attribute | Value::Context(0) => continue,
            // Not asked for: nothing to show.
            Value::Variable(_, variable) if !(is_shown(&variable) || variable.null || variable.fault) => continue,
            _ if !begin(&mut out, &field.name) => break,
            _ => {}
        }
        match value {
            Value::U64(_) | Value::I64(_) => {
                let number = match value {
                    Value::I64(number) => number,
                    Value::U64(number) => number as i64,
                    _ => 0,
                };
                let naming = naming.as_ref().filter(|_| row.names_hold(field));
                match naming.and_then(|naming| naming.name(naming.key(number, row.flags()))) {
                    Some(name) => out.push_str(&name),
                    None => _ = write!(out, "{number}"),
                }
            }
            Value::Pointer(address) => _ = write!(out, "{address:#x}"),
            Value::Context(id) => _ = write!(out, "{id}"),
            Value::Variable(_, variable) if variable.null => out.push_str("NULL"),
            Value::Variable(_, variable) if !is_shown(&variable) => out.push_str("(not readable)"),
            Value::Variable(kind, variable) => {
                match kind {
                    Kind::Text => text::escape_into(&mut out, variable.bytes),
                    Kind::Sockaddr => out.push_str(&names::sockaddr_text(variable.bytes)),
                    Kind::IpAddress => out.push_str(&names::ip_text(variable.bytes)),
                    Kind::TextArray | Kind::U64Array | Kind::FdPair | Kind::LossCounts => {
                        crate::arguments::array_into(&mut out, kind, variable.bytes, most);
                    }
                    _ => match names::structure_json(&field.display, variable.bytes, command, arch) {
                        Some(structure) => out.push_str(&structure),
                        None => text::hex_into(&mut out, variable.bytes),
                    },
                }
                if variable.is_truncated() {
                    out.push_str("...");
                }
            }
            Value::Object(_) | Value::Attribute => {}
        }
    }
    out
}

/// The name that an object's path is shown by: of the attribute that shows it, or its own.
fn shown_name(row: &Row<'_>, field: &str) -> String {
    let shows = |other: &&FieldSchema| other.display.strip_suffix(".path") == Some(field);
    let attribute = row.schema().and_then(|schema| schema.fields.iter().find(shows));
    attribute.map_or_else(|| path_name(field), |attribute| attribute.name.clone())
}

/// The row as one JSON object, without a line end: the columns of the table `events` in their order, `args` and
/// `truncated` as objects. Nothing that a terminal would obey is in it.
pub fn json_row(row: &Row<'_>, out: &mut String) {
    let mut object = json::Object::new(out);
    for column in COMMON {
        match (column.value)(row) {
            tables::Cell::Text(json) if column.is_json() => object.member(column.name).push_str(&json),
            tables::Cell::Text(text) => object.text(column.name, &text),
            tables::Cell::Timestamp(utc_ns) => object.word(column.name, &text::timestamp(utc_ns)),
            tables::Cell::Integer(number) => object.number(column.name, Some(number)),
            tables::Cell::Boolean(is_true) => {
                object.member(column.name).push_str(if is_true { "true" } else { "false" })
            }
            tables::Cell::Real(number) => _ = write!(object.member(column.name), "{number}"),
            tables::Cell::Bytes(bytes) => object.word(column.name, &text::hex(&bytes)),
            tables::Cell::Null => object.member(column.name).push_str("null"),
        }
    }
    object.end();
}
