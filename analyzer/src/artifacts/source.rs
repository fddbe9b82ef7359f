//! Sources: who had an artifact, when and from where, as a row of `artifact_source` tells it.

use std::borrow::Cow;

use formats::events::content::ARTIFACT_SOURCE;
use formats::payload::Value;

use crate::names;
use crate::row::Row;
use crate::text;

/// One source. Text is escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Number of the artifact; 0 when nothing could be kept.
    pub artifact: u64,
    /// When it was executed, written for the last time, read or held, UTC nanoseconds.
    pub ts_ns: i64,
    /// The process.
    pub process_key: Option<i64>,
    /// Its id in the initial PID namespace.
    pub host_pid: u32,
    /// Name of the thread.
    pub comm: Option<String>,
    /// Path of its program.
    pub exe: Option<String>,
    /// The container that it is in.
    pub container_id: Option<String>,
    /// What was done with the content.
    pub kind: String,
    /// How the bytes were obtained.
    pub way: String,
    /// Names of what is special about it, joined by `|`.
    pub flags: String,
    /// Whether the recorder had every byte, unchanged.
    pub is_complete: bool,
    /// Which version of the file it is.
    pub version: Option<u32>,
    /// Path of the file.
    pub path: Option<String>,
    /// Its device, `major:minor`.
    pub dev: Option<String>,
    /// Its inode number.
    pub inode: Option<u64>,
    /// Its type and permissions.
    pub mode: Option<String>,
    /// Its change time, UTC nanoseconds.
    pub ctime_ns: Option<i64>,
    /// Size of what was to be kept.
    pub size: u64,
    /// Bytes of that which are missing, beside holes of the file.
    pub missing_bytes: u64,
    /// How long the program was held, nanoseconds.
    pub held_ns: u64,
    /// Where the region began in memory.
    pub address: Option<u64>,
    /// Why it is not complete.
    pub why: Option<String>,
    /// Number of the segment that tells it.
    pub segment: u64,
}

impl Source {
    /// Takes a row; `None` when it is of another kind or malformed.
    pub fn of(row: &Row<'_>) -> Option<Source> {
        if row.event_id() != ARTIFACT_SOURCE.id {
            return None;
        }
        let origin = row.origin();
        let (mut start_ns, mut at_ns, mut object) = (0, row.boot_ns(), 0);
        let mut source = Source {
            comm: row.comm().map(|comm| text::escape(comm).into_owned()),
            exe: row.exe().map(str::to_owned),
            container_id: row.container_id().map(str::to_owned),
            segment: row.definitions().segment,
            ..Source::default()
        };
        let there = |number: u64| (number != 0).then_some(number);
        for (field, value) in row.values()? {
            let named = |number: u64| match names::number_name(&field.display, number as i64) {
                Some(name) => name.into_owned(),
                None => number.to_string(),
            };
            match (field.name.as_str(), value) {
                ("artifact", Value::U64(number)) => source.artifact = number,
                // What could not be opened is still known by the name that the kernel had for it.
                ("file", Value::Object(number)) => object = number,
                ("at_ns", Value::U64(number)) => at_ns = number,
                ("start_time", Value::U64(number)) => start_ns = number,
                ("inode", Value::U64(number)) => source.inode = there(number),
                ("ctime_ns", Value::U64(number)) => source.ctime_ns = there(number).map(|number| number as i64),
                ("size", Value::U64(number)) => source.size = number,
                ("missing", Value::U64(number)) => source.missing_bytes = number,
                ("held_ns", Value::U64(number)) => source.held_ns = number,
                ("address", Value::Pointer(address)) => source.address = there(address),
                ("dev", Value::U64(number)) => source.dev = there(number).and_then(|number| word("dev", number)),
                ("mode", Value::U64(number)) => source.mode = there(number).and_then(|number| word("mode", number)),
                ("host_pid", Value::U64(number)) => source.host_pid = number as u32,
                ("kind", Value::U64(number)) => source.kind = named(number),
                ("way", Value::U64(number)) => source.way = named(number),
                ("flags", Value::U64(flags)) => {
                    source.is_complete = flags & u64::from(formats::artifact::artifact_flags::COMPLETE) != 0;
                    source.flags = named(flags);
                }
                ("version", Value::U64(number)) => source.version = there(number).map(|number| number as u32),
                ("path", Value::Variable(_, variable)) => source.path = bytes(variable.bytes),
                ("why", Value::Variable(_, variable)) => source.why = bytes(variable.bytes),
                _ => {}
            }
        }
        if source.path.is_none() {
            source.path = row.definitions().object_name(object).map(Cow::into_owned);
        }
        source.ts_ns = origin.utc_ns(at_ns);
        let process_key = || formats::process_key(&row.definitions().boot_id, start_ns, source.host_pid);
        source.process_key = match start_ns {
            0 => row.context().and_then(|context| context.process_key),
            _ => Some(process_key()),
        };
        Some(source)
    }
}

fn word(hint: &str, number: u64) -> Option<String> {
    names::number_name(hint, number as i64).map(|name| name.into_owned())
}

fn bytes(bytes: &[u8]) -> Option<String> {
    (!bytes.is_empty()).then(|| text::escape(bytes).into_owned())
}
