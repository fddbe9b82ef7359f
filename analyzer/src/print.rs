//! Rows for people and for other programs: the table of `tracee events`, and JSON objects.

use std::fmt::Write;

use formats::event::Kind;
use formats::payload::Value;
use formats::schema::FieldSchema;

use crate::arguments::{is_shown, path_name};
use crate::query::Cell;
use crate::row::{Row, returns};
use crate::{json, names, text};

/// One column of the table `events`.
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Whether its values are numbers.
    pub is_number: bool,
    /// Its value in a row. Text is escaped as in every column; what a terminal would obey is still in it.
    pub value: fn(&Row<'_>) -> Cell,
}

/// The columns of the table `events`, in its order. `args` and `truncated` are JSON.
pub const COLUMNS: &[Column] = &[
    text("ts", |row| Cell::Text(text::timestamp(row.ts_ns()))),
    number("ts_ns", |row| Cell::Integer(row.ts_ns())),
    number("boot_ns", |row| Cell::Integer(row.boot_ns() as i64)),
    number("cpu", |row| integer(row.cpu())),
    number("seq", |row| Cell::Integer(row.sequence() as i64)),
    text("event", |row| Cell::Text(row.event().to_owned())),
    text("hook", |row| words(row.hook())),
    number("process_key", |row| integer(row.context().and_then(|context| context.process_key))),
    text("host_id", |row| Cell::Text(row.origin().host_id.clone())),
    text("boot_id", |row| Cell::Text(row.origin().boot_id.clone())),
    number("pid", |row| integer(row.context().map(|context| context.pid))),
    number("tid", |row| integer(row.context().map(|context| context.tid))),
    number("ppid", |row| integer(row.context().map(|context| context.ppid))),
    number("host_pid", |row| integer(row.context().map(|context| context.host_pid))),
    number("host_tid", |row| integer(Some(row.host_tid()))),
    number("host_ppid", |row| integer(row.context().map(|context| context.host_ppid))),
    number("uid", |row| integer(row.context().map(|context| context.uid()))),
    number("gid", |row| integer(row.context().map(|context| context.gid()))),
    text("comm", |row| bytes(row.comm())),
    text("exe", |row| words(row.exe())),
    text("container_id", |row| words(row.container_id())),
    number("cgroup_id", |row| integer(row.context().map(|context| context.cgroup_id as i64))),
    number("mnt_ns", |row| integer(row.context().map(|context| context.mnt_ns()))),
    number("pid_ns", |row| integer(row.context().map(|context| context.pid_ns()))),
    text("uts_name", |row| bytes(row.context().map(|context| &*context.uts_name))),
    text("syscall", |row| words(row.syscall().as_deref())),
    number("ret", |row| integer(row.ret())),
    text("args", |row| Cell::Text(row.args())),
    text("from_user", |row| words(row.from_user().as_deref())),
    text("truncated", |row| words(row.truncated().as_deref())),
    number("unfinished", |row| Cell::Integer(row.is_unfinished().into())),
    number("late", |row| Cell::Integer(row.is_late().into())),
    text("policies", |row| words(row.policies().as_deref())),
    text("marks", |row| words(row.marks().as_deref())),
];

const fn text(name: &'static str, value: fn(&Row<'_>) -> Cell) -> Column {
    Column { name, is_number: false, value }
}

const fn number(name: &'static str, value: fn(&Row<'_>) -> Cell) -> Column {
    Column { name, is_number: true, value }
}

fn integer(number: Option<impl Into<i64>>) -> Cell {
    number.map_or(Cell::Null, |number| Cell::Integer(number.into()))
}

fn words(text: Option<&str>) -> Cell {
    text.map_or(Cell::Null, |text| Cell::Text(text.to_owned()))
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
    let origin = row.origin();
    let context = row.context();
    let mut object = json::Object::new(out);
    object.word("ts", &text::timestamp(row.ts_ns()));
    object.number("ts_ns", Some(row.ts_ns()));
    object.number("boot_ns", Some(row.boot_ns() as i64));
    object.number("cpu", row.cpu());
    object.number("seq", Some(row.sequence() as i64));
    object.word("event", row.event());
    object.optional("hook", row.hook());
    object.number("process_key", context.and_then(|context| context.process_key));
    object.word("host_id", &origin.host_id);
    object.word("boot_id", &origin.boot_id);
    object.number("pid", context.map(|context| context.pid));
    object.number("tid", context.map(|context| context.tid));
    object.number("ppid", context.map(|context| context.ppid));
    object.number("host_pid", context.map(|context| context.host_pid));
    object.number("host_tid", Some(row.host_tid()));
    object.number("host_ppid", context.map(|context| context.host_ppid));
    object.number("uid", context.map(|context| context.uid()));
    object.number("gid", context.map(|context| context.gid()));
    object.optional("comm", row.comm().map(text::escape).as_deref());
    object.optional("exe", row.exe());
    object.optional("container_id", row.container_id());
    object.number("cgroup_id", context.map(|context| context.cgroup_id as i64));
    object.number("mnt_ns", context.map(|context| context.mnt_ns()));
    object.number("pid_ns", context.map(|context| context.pid_ns()));
    object.optional("uts_name", context.map(|context| text::escape(&context.uts_name)).as_deref());
    object.optional("syscall", row.syscall().as_deref());
    object.number("ret", row.ret());
    row.args_into(object.member("args"));
    object.optional("from_user", row.from_user().as_deref());
    match row.truncated() {
        Some(truncated) => object.member("truncated").push_str(&truncated),
        None => object.member("truncated").push_str("null"),
    }
    object.member("unfinished").push_str(if row.is_unfinished() { "true" } else { "false" });
    object.member("late").push_str(if row.is_late() { "true" } else { "false" });
    object.optional("policies", row.policies().as_deref());
    object.optional("marks", row.marks().as_deref());
    object.end();
}
