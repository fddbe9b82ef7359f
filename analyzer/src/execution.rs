//! Executions: what is told of each program that was executed, with who executed it and whom that descends from. The columns
//! of the table `executions` are declared here, with their values, so that a database and a stream say the same.

use formats::events::lifecycle::SCHED_PROCESS_EXEC;
use formats::payload::Value;

use crate::arguments::is_shown;
use crate::names::number_name;
use crate::object::{File, FileIdentity, Object};
use crate::past::{Past, Writer};
use crate::row::Row;
use crate::tables::Type::{self, Boolean, Integer, Text, Timestamp};
use crate::tables::{COMMON, Cell, Fixed};
use crate::{json, text};

/// Arguments that have a column of their own.
pub(crate) const ARGUMENTS: usize = 16;

/// A process as it was at a time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Forebear {
    /// Its key in `processes`.
    pub process_key: i64,
    /// Its id in the initial PID namespace; 0 where it is not known.
    pub host_pid: u32,
    /// Its id in its own PID namespace.
    pub pid: u32,
    /// Name of the thread of which most was known then, as a column shows it.
    pub comm: String,
    /// Path of its program.
    pub exe: Option<String>,
    /// Arguments, joined by one space.
    pub command_line: Option<String>,
    /// Real user id, where it is known.
    pub uid: Option<u32>,
}

impl<'a> Row<'a> {
    /// The ancestors of who did it as they were at this moment, the parent first.
    pub fn ancestors(&self) -> Vec<Forebear> {
        let Some(key) = self.context().and_then(|context| context.process_key) else { return Vec::new() };
        let keys = self.definitions().images().ancestors(key);
        keys.into_iter().map(|key| self.forebear(key)).collect()
    }

    /// What a process was at this moment.
    fn forebear(&self, process_key: i64) -> Forebear {
        let (definitions, images) = (self.definitions(), self.definitions().images());
        let command_line = images.command_line_at(process_key, self.boot_ns()).map(|line| line.to_string());
        let known = Forebear { process_key, command_line, ..Forebear::default() };
        let number = images.context_at(process_key, self.boot_ns());
        match number.and_then(|number| definitions.contexts().get(number as usize)) {
            None => known,
            Some(context) => Forebear {
                host_pid: context.host_pid,
                pid: context.pid,
                comm: text::escape(&context.comm).into_owned(),
                exe: number.and_then(|number| definitions.exe(number)).map(str::to_owned),
                uid: Some(context.uid()),
                ..known
            },
        }
    }
}

/// A column of `executions`.
pub(crate) struct ExecutionColumn {
    pub(crate) name: &'static str,
    ty: Type,
    doc: &'static str,
    value: for<'a> fn(&Execution<'_, 'a>) -> Cell<'a>,
}

/// A row of `sched_process_exec`.
pub(crate) struct Execution<'r, 'a> {
    row: &'r Row<'a>,
    past: &'r Past,
}

impl<'a> Execution<'_, 'a> {
    fn value(&self, field: &str) -> Option<Value<'a>> {
        let schema = self.row.schema()?;
        schema.value(self.row.payload(), schema.index(field)?)
    }

    fn bytes(&self, field: &str) -> Option<&'a [u8]> {
        match self.value(field)? {
            Value::Variable(_, variable) if is_shown(&variable) => Some(variable.bytes),
            _ => None,
        }
    }

    fn number(&self, field: &str) -> Option<u64> {
        match self.value(field)? {
            Value::U64(number) | Value::Object(number) | Value::Context(number) => Some(number),
            _ => None,
        }
    }

    fn path(&self, field: &str) -> Cell<'a> {
        let name = self.number(field).and_then(|id| self.row.definitions().object_name(id));
        name.map_or(Cell::Null, |name| Cell::Text(name.into_owned().into()))
    }

    fn arguments(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.bytes("argv").into_iter().flat_map(text::strings)
    }

    fn argument(&self, index: usize) -> Cell<'a> {
        self.arguments().nth(index).map_or(Cell::Null, |argument| Cell::Text(text::escape(argument)))
    }

    fn parent(&self) -> Option<Forebear> {
        let key = self.row.definitions().images().parent(self.row.context()?.process_key?)?;
        Some(self.row.forebear(key))
    }

    /// Whether the file is a script: what runs is another than what was asked for.
    fn is_script(&self) -> bool {
        let asked = self.bytes("pathname");
        asked.is_some() && self.bytes("interp").is_some_and(|runs| Some(runs) != asked)
    }

    /// Who was the last to open what is executed for writing: the script, where it is one.
    fn writer(&self) -> Option<&Writer> {
        if !self.is_script() {
            return self.past.writer_of(&self.file()?);
        }
        let script = self.bytes("pathname")?;
        let definitions = self.row.definitions();
        let below = || match definitions.object(self.number("cwd")?)? {
            Object::File(cwd) => Some([cwd.path, b"/", script.strip_prefix(b"./").unwrap_or(script)].concat()),
            Object::Socket(_) => None,
        };
        if script.starts_with(b"/") { self.past.writer_at(script) } else { self.past.writer_at(&below()?) }
    }

    fn file(&self) -> Option<File<'a>> {
        match self.row.definitions().object(self.number("exe")?)? {
            Object::File(file) => Some(file),
            Object::Socket(_) => None,
        }
    }
}

fn owned<'a>(text: Option<String>) -> Cell<'a> {
    text.map_or(Cell::Null, |text| Cell::Text(text.into()))
}

fn number<'a>(number: Option<impl Into<i64>>) -> Cell<'a> {
    number.map_or(Cell::Null, |number| Cell::Integer(number.into()))
}

/// The name of a user: captures hold ids alone.
pub(crate) fn user(uid: u32) -> String {
    if uid == 0 { "root".to_owned() } else { uid.to_string() }
}

/// The value that a common column has in the row.
fn common<'a>(execution: &Execution<'_, 'a>, name: &str) -> Cell<'a> {
    COMMON.iter().find(|column| column.name == name).map_or(Cell::Null, |column| (column.value)(execution.row))
}

macro_rules! common {
    ($name:literal, $ty:expr, $doc:literal) => {
        ExecutionColumn { name: $name, ty: $ty, doc: $doc, value: |execution| common(execution, $name) }
    };
}

const fn column(
    name: &'static str,
    ty: Type,
    doc: &'static str,
    value: for<'a> fn(&Execution<'_, 'a>) -> Cell<'a>,
) -> ExecutionColumn {
    ExecutionColumn { name, ty, doc, value }
}

macro_rules! arguments {
    ($($name:literal $index:literal),*) => {
        [$(column($name, Text, "One of the first arguments, by its number.", |execution| execution.argument($index))),*]
    };
}

/// Unlinked, in the flags of a file object.
const UNLINKED: u32 = 1;

/// Its columns, but those of [`FIRST_ARGUMENTS`].
const OWN: [ExecutionColumn; 44] = [
    common!("ts", Timestamp, "When it happened."),
    common!("ts_ns", Integer, "The same, UTC nanoseconds since 1970."),
    common!("boot_ns", Integer, "The same, CLOCK_BOOTTIME, nanoseconds."),
    common!("capture", Integer, "Number of the capture, in `captures`."),
    common!("event_key", Integer, "Key of the event that says so."),
    common!("event", Text, "Name of that event."),
    common!("process_key", Integer, "Unique id of the process."),
    common!("host_pid", Integer, "Process id in the initial PID namespace."),
    common!("pid", Integer, "Process id in its own PID namespace."),
    common!("comm", Text, "Name of the thread at this moment."),
    common!("exe", Text, "Path of the executed file; of a script that of its interpreter."),
    common!("command_line", Text, "The arguments, joined by one space."),
    common!("uid", Integer, "Real user id, initial user namespace."),
    column("user", Text, "`root` where the user id is 0, otherwise the user id as text.", |execution| {
        owned(execution.row.context().map(|context| user(context.uid())))
    }),
    common!("container_id", Text, "Id of the container that it is in."),
    common!("euid", Integer, "Effective user id."),
    common!("login_uid", Integer, "User id that was logged in as; 4294967295 where nobody was."),
    column("cwd", Text, "Working directory.", |execution| execution.path("cwd")),
    column("parent_process_key", Integer, "The parent: who forked it, as far as is known.", |execution| {
        number(execution.parent().map(|parent| parent.process_key))
    }),
    column("parent_host_pid", Integer, "Its process id in the initial PID namespace.", |execution| {
        number(execution.parent().map(|parent| parent.host_pid).filter(|pid| *pid != 0))
    }),
    column("parent_exe", Text, "Path of its program at that moment.", |execution| {
        owned(execution.parent().and_then(|parent| parent.exe))
    }),
    column("parent_command_line", Text, "Its arguments, joined by one space.", |execution| {
        owned(execution.parent().and_then(|parent| parent.command_line))
    }),
    column("parent_user", Text, "Its user, as in `user`.", |execution| {
        owned(execution.parent().and_then(|parent| parent.uid).map(user))
    }),
    column(
        "ancestor_exes",
        Text,
        "Paths of the programs of all its ancestors at that moment, the parent's first, joined by `;`.",
        |execution| {
            let exes: Vec<String> =
                execution.row.ancestors().into_iter().map(|process| process.exe.unwrap_or_default()).collect();
            owned(Some(exes.join(";")).filter(|_| !exes.is_empty()))
        },
    ),
    column("previous_exe", Text, "Path of the program that the process ran before.", |execution| {
        let definitions = execution.row.definitions();
        let previous = execution.number("previous_context").map(|id| definitions.context_number(id));
        owned(previous.and_then(|context| definitions.exe(context)).map(str::to_owned))
    }),
    column("interpreter", Text, "Path of the interpreter, where the file is a script.", |execution| {
        if execution.is_script() { execution.path("exe") } else { Cell::Null }
    }),
    column("script", Text, "Path that the script was executed by, where the file is one.", |execution| {
        let script = execution.bytes("pathname").filter(|_| execution.is_script());
        script.map_or(Cell::Null, |script| Cell::Text(text::escape(script)))
    }),
    column("from_memory", Boolean, "Whether the file is a memfd or was unlinked before.", |execution| {
        execution.file().map_or(Cell::Null, |file| {
            let is_memfd = [&b"/memfd:"[..], b"memfd:"].iter().any(|name| file.path.starts_with(name));
            Cell::Boolean(is_memfd || file.flags & UNLINKED != 0)
        })
    }),
    column(
        "file_system",
        Text,
        "Type of the file system that the file is in, as `objects` shows it: `TMPFS_MAGIC`, ...",
        |execution| {
            let magic = execution.file().map(|file| file.fs_magic as i64);
            owned(magic.map(|magic| number_name("fs_magic", magic).map_or_else(|| magic.to_string(), Into::into)))
        },
    ),
    column("sha256", Text, "SHA-256 of the file, hexadecimal, where the capture's artifacts know it.", |execution| {
        owned(file_of(execution.row).and_then(|file| execution.past.hashes.get(&file).cloned().flatten()))
    }),
    column(
        "written",
        Boolean,
        "Whether the file, of a script the script, was opened for writing before, while it was recorded.",
        |execution| Cell::Boolean(execution.writer().is_some()),
    ),
    column("writer_exe", Text, "Path of the program that did so last.", |execution| {
        owned(execution.writer().and_then(|writer| writer.exe.as_deref()).map(str::to_owned))
    }),
    column("writer_process_key", Integer, "The process that did so last.", |execution| {
        number(execution.writer().and_then(|writer| writer.process_key))
    }),
    column("written_ns_ago", Integer, "How long before that was, nanoseconds.", |execution| {
        let ago = execution.writer().map(|writer| execution.row.boot_ns().saturating_sub(writer.boot_ns));
        number(ago.map(|ago| ago as i64))
    }),
    column(
        "downloaded",
        Boolean,
        "Whether the process that wrote it had asked for a connection by the internet protocols before.",
        |execution| {
            let writer = execution.writer().and_then(|writer| writer.process_key);
            Cell::Boolean(writer.is_some_and(|key| execution.past.has_connected(key)))
        },
    ),
    column("mode", Text, "Type and permission bits of the file.", |execution| {
        let mode = execution.file().map(|file| i64::from(file.mode));
        owned(mode.map(|mode| number_name("mode", mode).map_or_else(|| mode.to_string(), Into::into)))
    }),
    column("secure", Boolean, "Whether privileges were gained by it (AT_SECURE).", |execution| {
        execution.number("secure").map_or(Cell::Null, |secure| Cell::Boolean(secure != 0))
    }),
    column("environment", Text, "The environment, a JSON array; NULL unless it was recorded.", |execution| {
        owned(execution.bytes("env").map(|environment| {
            let mut out = String::new();
            json::array(&mut out, text::strings(environment), |out, entry| json::string(out, &text::escape(entry)));
            out
        }))
    }),
    column(
        "kubernetes_service_host",
        Text,
        "Value of KUBERNETES_SERVICE_HOST in the environment: where a pod finds the Kubernetes API.",
        |execution| {
            let environment = execution.bytes("env").unwrap_or_default();
            let host = text::strings(environment).find_map(|entry| entry.strip_prefix(b"KUBERNETES_SERVICE_HOST="));
            owned(host.map(|host| text::escape(host).into_owned()))
        },
    ),
    column("stdin", Text, "What descriptor 0 is.", |execution| execution.path("stdin")),
    column("stdout", Text, "What descriptor 1 is.", |execution| execution.path("stdout")),
    column("stderr", Text, "What descriptor 2 is.", |execution| execution.path("stderr")),
    common!("host_ppid", Integer, "Parent process in the initial PID namespace, who may have adopted it."),
    column("argc", Integer, "Number of arguments.", |execution| {
        number(execution.number("argc").map(|number| number as i64))
    }),
];

const FIRST_ARGUMENTS: [ExecutionColumn; ARGUMENTS] = arguments!(
    "a0" 0, "a1" 1, "a2" 2, "a3" 3, "a4" 4, "a5" 5, "a6" 6, "a7" 7, "a8" 8, "a9" 9, "a10" 10, "a11" 11, "a12" 12, "a13" 13,
    "a14" 14, "a15" 15
);

/// All columns, in order.
pub(crate) fn columns() -> impl Iterator<Item = &'static ExecutionColumn> {
    OWN_COLUMNS.iter().chain(ARGUMENT_COLUMNS)
}

static OWN_COLUMNS: &[ExecutionColumn] = &OWN;
static ARGUMENT_COLUMNS: &[ExecutionColumn] = &FIRST_ARGUMENTS;

/// The column of this name.
pub(crate) fn named(name: &str) -> Option<&'static ExecutionColumn> {
    columns().find(|column| column.name == name)
}

impl ExecutionColumn {
    /// Its value in a row.
    pub(crate) fn cell<'a>(&self, row: &Row<'a>, past: &Past) -> Cell<'a> {
        (self.value)(&Execution { row, past })
    }

    /// Whether it tells of what was before.
    pub(crate) fn is_of_past(&self) -> bool {
        ["sha256", "written", "writer_exe", "writer_process_key", "written_ns_ago", "downloaded"].contains(&self.name)
    }
}

/// The table.
pub(crate) const EXECUTIONS: Fixed = Fixed {
    name: "executions",
    doc: "A row per program that was executed. What is told of the process is how it is from then on.",
    is_keyed: false,
    columns: &DECLARED,
};

const DECLARED: [(&str, Type, &str); OWN.len() + ARGUMENTS] = {
    let mut declared = [("", Text, ""); OWN.len() + ARGUMENTS];
    let mut index = 0;
    while index < declared.len() {
        let column = if index < OWN.len() { &OWN[index] } else { &FIRST_ARGUMENTS[index - OWN.len()] };
        declared[index] = (column.name, column.ty, column.doc);
        index += 1;
    }
    declared
};

/// Which file a row of the table is of.
pub(crate) fn file_of(row: &Row<'_>) -> Option<FileIdentity> {
    let schema = row.schema()?;
    match schema.value(row.payload(), schema.index("exe")?)? {
        Value::Object(id) => row.definitions().file_identity(id),
        _ => None,
    }
}

/// Whether a row is one of the table.
pub(crate) fn is_execution(row: &Row<'_>) -> bool {
    row.event_id() == SCHED_PROCESS_EXEC.id && row.schema().is_some_and(|schema| schema.is_well_formed(row.payload()))
}
