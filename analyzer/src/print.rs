//! Rows for people and for other programs: the table of `tracee events`, and JSON objects.

use std::fmt::Write;

use formats::event::Kind;
use formats::payload::Value;
use formats::schema::FieldSchema;

use crate::arguments::{is_shown, path_name};
use crate::query::Cell;
use crate::row::{Row, returns};
use crate::{json, names, text};

/// Columns of the table.
pub const TABLE_COLUMNS: [&str; 12] =
    ["TIME", "UTS_NAME", "MNT_NS", "PID_NS", "UID", "EVENT", "COMM", "PID", "TID", "PPID", "RET", "ARGS"];

/// The row for [`TABLE_COLUMNS`]. Text is escaped as in every column; what a terminal would obey is still in it.
pub fn table_row(row: &Row<'_>) -> Vec<Cell> {
    let number = |number: Option<u32>| number.map_or(Cell::Null, |number| Cell::Integer(number.into()));
    let context = row.context();
    vec![
        Cell::Text(text::timestamp(row.ts_ns())),
        bytes(context.map(|context| &*context.uts_name)),
        number(context.map(|context| context.mnt_ns())),
        number(context.map(|context| context.pid_ns())),
        number(context.map(|context| context.uid())),
        Cell::Text(row.event().to_owned()),
        bytes(row.comm()),
        number(context.map(|context| context.pid)),
        number(context.map(|context| context.tid)),
        number(context.map(|context| context.ppid)),
        ret(row),
        Cell::Text(plain_args(row)),
    ]
}

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

/// The arguments as `name: value, name: value`, without what refers to nothing.
fn plain_args(row: &Row<'_>) -> String {
    let mut out = String::new();
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
        let begin = |out: &mut String, name: &str| {
            out.push_str(if out.is_empty() { "" } else { ", " });
            out.push_str(name);
            out.push_str(": ");
        };
        match value {
            Value::Object(id) => {
                if let Some(name) = row.definitions().object_name(id) {
                    begin(&mut out, &shown_name(row, &field.name));
                    out.push_str(&name);
                }
                continue;
            }
            // Shown with the object itself.
            Value::Attribute | Value::Context(0) => continue,
            // Not asked for: nothing to show.
            Value::Variable(_, variable) if !(is_shown(&variable) || variable.null || variable.fault) => continue,
            _ => begin(&mut out, &field.name),
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
                        crate::arguments::array_into(&mut out, kind, variable.bytes);
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
