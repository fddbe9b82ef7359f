//! The columns that every event has: the table `events`, and how the table of each kind begins.

use super::Cell;
use super::Type::{self, Boolean, Integer, Text, Timestamp};
use crate::row::Row;
use crate::text;

/// A column that every event has.
pub struct Common {
    /// Its name.
    pub name: &'static str,
    /// What its values are.
    pub ty: Type,
    /// What it says.
    pub doc: &'static str,
    /// Its value in a row. Text is escaped as in every column; what a terminal would obey is still in it.
    pub value: for<'a> fn(&Row<'a>) -> Cell<'a>,
}

impl Common {
    /// Whether its text is JSON.
    pub fn is_json(&self) -> bool {
        ["args", "truncated"].contains(&self.name)
    }
}

/// The columns of the table `events`, in its order. `args` and `truncated` are JSON.
pub const COMMON: &[Common] = &[
    column("ts", Timestamp, "When it happened.", |row| Cell::Timestamp(row.ts_ns())),
    column("ts_ns", Integer, "The same, UTC nanoseconds since 1970.", |row| Cell::Integer(row.ts_ns())),
    column("boot_ns", Integer, "The same, CLOCK_BOOTTIME, nanoseconds.", |row| Cell::Integer(row.boot_ns() as i64)),
    column("capture", Integer, "Number of the capture, in `captures`: 1 unless several were loaded.", |_| {
        Cell::Integer(1)
    }),
    column(
        "event_key",
        Integer,
        "Key of the event, the same in every table. Rows that replay makes from others share it, so it is unique with `capture` and `event`, but for messages that one packet ends together.",
        |row| Cell::Integer(row.event_key()),
    ),
    column("cpu", Integer, "CPU that it was made on; NULL for what the recorder says.", |row| integer(row.cpu())),
    column("seq", Integer, "Sequence number in its lane and CPU.", |row| Cell::Integer(row.sequence() as i64)),
    column("event", Text, "Name of the event.", |row| words(Some(row.event()))),
    column("hook", Text, "What saw it, when the capture tells.", |row| words(row.hook())),
    column("process_key", Integer, "Unique id of the process, also across boots and hosts.", |row| {
        integer(row.context().and_then(|context| context.process_key))
    }),
    column("host_id", Text, "Id of the host, hexadecimal.", |row| words(Some(&row.origin().host_id))),
    column("boot_id", Text, "Id of the boot, hexadecimal.", |row| words(Some(&row.origin().boot_id))),
    column("pid", Integer, "Process id in its own PID namespace.", |row| {
        integer(row.context().map(|context| context.pid))
    }),
    column("tid", Integer, "Thread id in its own PID namespace.", |row| {
        integer(row.context().map(|context| context.tid))
    }),
    column("ppid", Integer, "Parent process as its own PID namespace sees it; 0 when the parent is outside.", |row| {
        integer(row.context().map(|context| context.ppid))
    }),
    column("host_pid", Integer, "Process id in the initial PID namespace.", |row| {
        integer(row.context().map(|context| context.host_pid))
    }),
    column("host_tid", Integer, "Thread id in the initial PID namespace.", |row| integer(Some(row.host_tid()))),
    column("host_ppid", Integer, "Parent process in the initial PID namespace.", |row| {
        integer(row.context().map(|context| context.host_ppid))
    }),
    column("uid", Integer, "Real user id, initial user namespace.", |row| {
        integer(row.context().map(|context| context.uid()))
    }),
    column("gid", Integer, "Real group id, initial user namespace.", |row| {
        integer(row.context().map(|context| context.gid()))
    }),
    column("euid", Integer, "Effective user id, initial user namespace.", |row| {
        integer(row.context().map(|context| context.uids[2]))
    }),
    column("login_uid", Integer, "User id that was logged in as; 4294967295 where nobody was.", |row| {
        integer(row.context().map(|context| context.login_uid))
    }),
    column("comm", Text, "Name of the thread at this moment.", |row| bytes(row.comm())),
    column("exe", Text, "Path of the program.", |row| words(row.exe())),
    column(
        "command_line",
        Text,
        "Arguments that the program was executed with, joined by one space; of a process that executed none, those of who forked it.",
        |row| words(row.command_line()),
    ),
    column("container_id", Text, "Id of the container that it is in.", |row| words(row.container_id())),
    column("cgroup_id", Integer, "Control group of version 2.", |row| {
        integer(row.context().map(|context| context.cgroup_id as i64))
    }),
    column("mnt_ns", Integer, "Mount namespace, inode number.", |row| {
        integer(row.context().map(|context| context.mnt_ns()))
    }),
    column("pid_ns", Integer, "PID namespace, inode number.", |row| {
        integer(row.context().map(|context| context.pid_ns()))
    }),
    column("uts_name", Text, "Host name as its UTS namespace has it.", |row| {
        bytes(row.context().map(|context| &*context.uts_name))
    }),
    column("syscall", Text, "Name of the system call that it is.", |row| row.syscall().map_or(Cell::Null, Cell::Text)),
    column("ret", Integer, "What the system call returned.", |row| integer(row.ret())),
    column("error", Text, "Name of the error that it returned (`ENOENT`); NULL when it did not fail.", |row| {
        row.error().map_or(Cell::Null, Cell::Text)
    }),
    column("args", Text, "What else the event says, as a JSON object.", |row| Cell::Text(row.args().into())),
    column("from_user", Text, "Names of values that were read from the program's memory, joined by commas.", |row| {
        owned(row.from_user())
    }),
    column("truncated", Text, "Values that are not whole, as a JSON object: their full length, or why.", |row| {
        owned(row.truncated())
    }),
    column("unfinished", Boolean, "The call had not returned.", |row| Cell::Boolean(row.is_unfinished())),
    column("late", Boolean, "It came after its segment had been cut.", |row| Cell::Boolean(row.is_late())),
    column("policies", Text, "Names of the policies that it matches, joined by commas.", |row| owned(row.policies())),
    column("marks", Text, "What is special about how the row was made (`no_entry`, `mismatch`, ...).", |row| {
        owned(row.marks())
    }),
];

const fn column(name: &'static str, ty: Type, doc: &'static str, value: for<'a> fn(&Row<'a>) -> Cell<'a>) -> Common {
    Common { name, ty, doc, value }
}

fn integer<'a>(number: Option<impl Into<i64>>) -> Cell<'a> {
    number.map_or(Cell::Null, |number| Cell::Integer(number.into()))
}

fn words(text: Option<&str>) -> Cell<'_> {
    text.map_or(Cell::Null, |text| Cell::Text(text.into()))
}

fn owned<'a>(text: Option<String>) -> Cell<'a> {
    text.map_or(Cell::Null, |text| Cell::Text(text.into()))
}

fn bytes(value: Option<&[u8]>) -> Cell<'_> {
    value.map_or(Cell::Null, |bytes| Cell::Text(text::escape(bytes)))
}
