//! The past: what was done before an execution that tells something of it. It is gathered event by event, in the order of
//! replay, by whoever makes the rows of executions.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use formats::event::Event;
use formats::events;
use formats::payload::Value;

use crate::object::{File, FileIdentity, Object};
use crate::row::Row;

/// Calls that open files, and the hook that sees it, with the field that the open file is in.
const OPENS: [(&str, &str); 6] = [
    ("open", "ret_object"),
    ("openat", "ret_object"),
    ("openat2", "ret_object"),
    ("creat", "ret_object"),
    ("open_by_handle_at", "ret_object"),
    ("security_file_open", "file"),
];
/// The call that connects, and its socket.
const CONNECT: (&str, &str) = ("connect", "sockfd_object");

const O_ACCMODE: u32 = 3;
const S_IFMT: u32 = 0o170_000;
const S_IFREG: u32 = 0o100_000;
/// AF_INET and AF_INET6.
const INET: [u16; 2] = [2, 10];

/// Files that are kept by path, and by identity.
const FILES: usize = 1 << 20;

/// Who opened a file to write it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Writer {
    pub(crate) boot_ns: u64,
    pub(crate) process_key: Option<i64>,
    pub(crate) exe: Option<Arc<str>>,
}

/// What was seen so far.
#[derive(Default)]
pub(crate) struct Past {
    /// By device and inode.
    written: HashMap<(u32, u64), Arc<Writer>>,
    by_path: HashMap<Box<[u8]>, Arc<Writer>>,
    /// Processes that asked for a connection by the internet protocols.
    connected: HashSet<i64>,
    /// SHA-256 of executed files, where their content was kept.
    pub(crate) hashes: HashMap<FileIdentity, Option<String>>,
}

/// The events that it is gathered from.
pub(crate) fn events() -> impl Iterator<Item = &'static Event> {
    OPENS.iter().chain([&CONNECT]).filter_map(|(name, _)| events::by_name(name))
}

impl Past {
    /// Takes the next event.
    pub(crate) fn observe(&mut self, row: &Row<'_>) {
        let (event, process_key) = (row.event(), row.context().and_then(|context| context.process_key));
        if let Some((_, field)) = OPENS.iter().find(|(name, _)| *name == event) {
            if let Some(Object::File(file)) = object(row, field)
                && is_written(&file)
                && self.written.len() < FILES
            {
                let exe = row.exe().map(Arc::from);
                let writer = Arc::new(Writer { boot_ns: row.boot_ns(), process_key, exe });
                self.written.insert((file.dev, file.inode), Arc::clone(&writer));
                self.by_path.insert(file.path.into(), writer);
            }
        } else if event == CONNECT.0
            && let Some(Object::Socket(socket)) = object(row, CONNECT.1)
            && INET.contains(&socket.family)
        {
            self.connected.extend(process_key);
        }
    }

    /// Who was the last to open a file for writing.
    pub(crate) fn writer_of(&self, file: &File<'_>) -> Option<&Writer> {
        self.written.get(&(file.dev, file.inode)).map(|writer| &**writer)
    }

    /// Who was the last to open a file of this name for writing.
    pub(crate) fn writer_at(&self, path: &[u8]) -> Option<&Writer> {
        self.by_path.get(path).map(|writer| &**writer)
    }

    /// Whether a process has asked for a connection by the internet protocols.
    pub(crate) fn has_connected(&self, process_key: i64) -> bool {
        self.connected.contains(&process_key)
    }
}

fn object<'a>(row: &Row<'a>, field: &str) -> Option<Object<'a>> {
    let schema = row.schema()?;
    match schema.value(row.payload(), schema.index(field)?)? {
        Value::Object(id) => row.definitions().object(id),
        _ => None,
    }
}

fn is_written(file: &File<'_>) -> bool {
    file.open_flags & O_ACCMODE != 0 && file.mode & S_IFMT == S_IFREG
}
