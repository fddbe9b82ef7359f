//! The tables of what rows refer to: contexts and objects.

use std::sync::Arc;

use anyhow::Result;
use rusqlite::types::Null;
use rusqlite::{Connection, Statement};

use super::naming::{Domain, NameTable, name_sql};
use crate::context::Context;
use crate::definitions::Definitions;
use crate::names;
use crate::numbers::NumberMap;
use crate::object::Object;
use crate::text;

const CONTEXTS: &str =
    "CREATE TABLE contexts (id INTEGER PRIMARY KEY, process_key, parent_key, pid, tid, ppid, host_pid,
    host_tid, host_ppid, uid, gid, suid, sgid, euid, egid, fsuid, fsgid, login_uid, session_id, comm, exe, exe_object,
    cgroup_id, mnt_ns, pid_ns, net_ns, uts_ns, ipc_ns, user_ns, cgroup_ns, uts_name, cap_inheritable, cap_permitted,
    cap_effective, cap_bounding, cap_ambient, flags, start_boot_ns, thread_start_boot_ns,
    container_id, command_line)";
const CONTEXT_COLUMNS: usize = 41;

const OBJECTS: &str = "CREATE TABLE raw_objects (id INTEGER PRIMARY KEY, kind, path, inode, dev, mnt_id, fs_magic, mode,
    nlink, uid, gid, size, ctime_ns, mtime_ns, open_flags, flags, net_ns, cookie, family, type, protocol, state, local, peer)";
const OBJECT_COLUMNS: usize = 24;

/// Columns of objects that are shown by name, with their hints.
const NAMED: [(&str, &str); 9] = [
    ("dev", "dev"),
    ("fs_magic", "fs_magic"),
    ("mode", "mode"),
    ("open_flags", "open_flags"),
    ("flags", "object_flags"),
    ("family", "socket_family"),
    ("type", "socket_type"),
    ("protocol", "socket_protocol"),
    ("state", "tcp_state"),
];

/// What the database has for a context of what can be otherwise in a row of it.
pub(super) struct Stored {
    /// Name of the thread.
    pub(super) comm: Box<[u8]>,
    /// Its command line: a later segment may know less of it, or what the process has made of it since.
    pub(super) command_line: Option<Box<str>>,
}

/// The tables and what is in them already.
pub(super) struct DefinitionTables<'c> {
    database: &'c Connection,
    context: Statement<'c>,
    object: Statement<'c>,
    /// What the database has for each context, by id.
    known: NumberMap<u64, Arc<Stored>>,
    /// The same, by the context's number in the current segment.
    pub(super) stored: Vec<Arc<Stored>>,
    domains: [Option<Domain>; NAMED.len()],
}

impl<'c> DefinitionTables<'c> {
    pub(super) fn create(database: &'c Connection, names: &mut NameTable<'_>) -> Result<DefinitionTables<'c>> {
        database.execute_batch(CONTEXTS)?;
        database.execute_batch(OBJECTS)?;
        let insert = |table: &str, columns: usize| {
            database.prepare(&format!("INSERT OR IGNORE INTO {table} VALUES ({})", vec!["?"; columns].join(",")))
        };
        Ok(DefinitionTables {
            database,
            context: insert("contexts", CONTEXT_COLUMNS)?,
            object: insert("raw_objects", OBJECT_COLUMNS)?,
            known: NumberMap::default(),
            stored: Vec::new(),
            domains: NAMED.map(|(_, hint)| names.domain(hint)),
        })
    }

    /// Stores what a segment defines, unless an earlier one did.
    pub(super) fn insert(&mut self, definitions: &Definitions, names: &mut NameTable<'_>) -> Result<()> {
        self.stored.clear();
        for (number, context) in definitions.contexts().iter().enumerate() {
            let stored = match self.known.get(&context.id) {
                Some(stored) => Arc::clone(stored),
                None => {
                    self.insert_context(number as u32, context, definitions)?;
                    let command_line = definitions.command_line(number as u32).map(Into::into);
                    let stored = Arc::new(Stored { comm: context.comm.clone(), command_line });
                    self.known.insert(context.id, Arc::clone(&stored));
                    stored
                }
            };
            self.stored.push(stored);
        }
        for id in definitions.object_ids() {
            if let Some(object) = definitions.object(id) {
                self.insert_object(id, &object, names)?;
            }
        }
        Ok(())
    }

    fn insert_context(&mut self, number: u32, context: &Context, definitions: &Definitions) -> Result<()> {
        let statement = &mut self.context;
        let mut at = 0;
        macro_rules! bind {
            ($($value:expr),* $(,)?) => {{ $(at += 1; statement.raw_bind_parameter(at, $value)?;)* }};
        }
        bind!(context.id as i64, context.process_key, context.parent_key, context.pid, context.tid, context.ppid);
        bind!(context.host_pid, context.host_tid, context.host_ppid);
        for index in [0, 1, 2, 3] {
            bind!(context.uids[index], context.gids[index]);
        }
        bind!(context.login_uid, context.session_id, &*text::escape(&context.comm));
        bind!(definitions.object_name(context.exe), Some(context.exe as i64).filter(|id| *id != 0));
        bind!(context.cgroup_id as i64);
        for namespace in context.namespaces {
            bind!(namespace);
        }
        bind!(&*text::escape(&context.uts_name));
        for set in context.capabilities {
            bind!(set as i64);
        }
        bind!(context.flags, context.start_boot_ns as i64, context.thread_start_boot_ns as i64);
        bind!(definitions.container_id(number), definitions.command_line(number));
        statement.raw_execute()?;
        Ok(())
    }

    fn insert_object(&mut self, id: u64, object: &Object<'_>, names: &mut NameTable<'_>) -> Result<()> {
        let statement = &mut self.object;
        let mut at = 0;
        macro_rules! bind {
            ($($value:expr),* $(,)?) => {{ $(at += 1; statement.raw_bind_parameter(at, $value)?;)* }};
        }
        let mut path = String::new();
        object.name_into(&mut path);
        // In the order of NAMED.
        let mut named = [None; NAMED.len()];
        match object {
            Object::File(file) => {
                let (dev, mode, flags) = (file.dev.into(), file.mode.into(), file.open_flags.into());
                named[..5].copy_from_slice(&[
                    Some(dev),
                    Some(file.fs_magic as i64),
                    Some(mode),
                    Some(flags),
                    Some(file.flags.into()),
                ]);
                bind!(
                    id as i64,
                    "file",
                    path,
                    file.inode as i64,
                    dev,
                    file.mnt_id,
                    file.fs_magic as i64,
                    mode,
                    file.nlink
                );
                bind!(
                    file.uid,
                    file.gid,
                    file.size as i64,
                    file.ctime_ns as i64,
                    file.mtime_ns as i64,
                    flags,
                    file.flags
                );
                bind!(Null, Null, Null, Null, Null, Null, Null, Null);
            }
            Object::Socket(socket) => {
                let flags = i64::from(socket.open_flags);
                let [family, kind, protocol, state] =
                    [socket.family, socket.kind, socket.protocol, socket.state].map(i64::from);
                named[3] = Some(flags);
                named[5..].copy_from_slice(&[Some(family), Some(kind), Some(protocol), Some(state)]);
                bind!(
                    id as i64,
                    "socket",
                    path,
                    socket.inode as i64,
                    Null,
                    Null,
                    Null,
                    Null,
                    Null,
                    Null,
                    Null,
                    Null,
                    Null
                );
                bind!(Null, flags, Null, socket.net_ns, socket.cookie as i64, family, kind, protocol, state);
                for address in [socket.local, socket.peer] {
                    bind!(Some(names::sockaddr_text(address)).filter(|_| !address.is_empty()));
                }
            }
        }
        statement.raw_execute()?;
        for (domain, value) in self.domains.iter().zip(named) {
            if let (Some(domain), Some(value)) = (domain, value) {
                names.store(*domain, value)?;
            }
        }
        Ok(())
    }

    /// Makes the view of objects.
    pub(super) fn finish(&self) -> Result<()> {
        let columns: Vec<String> = [
            "id",
            "kind",
            "path",
            "inode",
            "dev",
            "mnt_id",
            "fs_magic",
            "mode",
            "nlink",
            "uid",
            "gid",
            "size",
            "ctime_ns",
            "mtime_ns",
            "open_flags",
            "flags",
            "net_ns",
            "cookie",
            "family",
            "type",
            "protocol",
            "state",
            "local",
            "peer",
        ]
        .iter()
        .map(|name| match NAMED.iter().position(|(named, _)| named == name).and_then(|index| self.domains[index]) {
            Some(domain) => {
                let number = format!("r.{name}");
                format!("coalesce({},{number}) AS {name}", name_sql(domain.number, &number))
            }
            None => format!("r.{name} AS {name}"),
        })
        .collect();
        self.database
            .execute_batch(&format!("CREATE VIEW objects AS SELECT {} FROM raw_objects r", columns.join(",")))?;
        Ok(())
    }
}
