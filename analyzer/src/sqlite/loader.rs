//! The loader: takes a capture's parts in order and stores them.

use anyhow::Result;
use formats::event::{Event, Field};
use formats::events;
use formats::events::content::CONTENT;
use formats::events::packets::NET_PACKET_RAW;
use rusqlite::{Connection, Statement};

use super::columns::{Columns, no_events, other_view};
use super::definitions::DefinitionTables;
use super::identifiers::{Identifiers, quoted};
use super::kind::{Binder, KindTable, Numbered};
use super::naming::NameTable;
use super::tables::TABLES;
use crate::definitions::Definitions;
use crate::numbers::NumberMap;
use crate::origin::Origin;
use crate::replay::MATERIAL;
use crate::row::{Batch, Row};
use crate::text;

/// Kinds that get a table of their own; a view of all of them takes at most 500 parts. This build's own are fewer.
const OWN_TABLES: usize = 480;

/// Where the rows of a kind go.
#[derive(Clone, Copy)]
enum Target {
    /// To the table with this number.
    Own(usize),
    /// To the table of all others.
    Other,
}

/// A database being loaded.
pub(super) struct Loader<'c> {
    database: &'c Connection,
    origin: &'c Origin,
    identifiers: Identifiers,
    names: NameTable<'c>,
    definitions: DefinitionTables<'c>,
    kinds: Vec<KindTable<'c>>,
    own: NumberMap<u16, usize>,
    /// Name of each own table's view.
    views: Vec<String>,
    other: Statement<'c>,
    /// Number of the next row.
    next: i64,
}

impl<'c> Loader<'c> {
    /// Makes what does not depend on the rows.
    pub(super) fn new(database: &'c Connection, origin: &'c Origin) -> Result<Loader<'c>> {
        let mut names = NameTable::create(database, origin.arch)?;
        let definitions = DefinitionTables::create(database, &mut names)?;
        database.execute_batch(
            "CREATE TABLE raw_other (row INTEGER PRIMARY KEY, boot_ns, cpu, lane, seq, context, tid, comm, flags, policies,
                truncated, from_user, event, syscall, ret, args)",
        )?;
        let other = database.prepare("INSERT INTO raw_other VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")?;
        let taken =
            TABLES.iter().copied().chain(["raw_other", "no_events", "names", "contexts", "raw_objects", "objects"]);
        Ok(Loader {
            database,
            origin,
            identifiers: Identifiers::with(taken),
            names,
            definitions,
            kinds: Vec::new(),
            own: NumberMap::default(),
            views: Vec::new(),
            other,
            next: 1,
        })
    }

    /// Rows stored.
    pub(super) fn rows(&self) -> u64 {
        (self.next - 1) as u64
    }

    /// Stores what the rows that follow refer to.
    pub(super) fn define(&mut self, definitions: &Definitions) -> Result<()> {
        self.definitions.insert(definitions, &mut self.names)
    }

    /// Stores the next rows.
    pub(super) fn insert(&mut self, batch: &Batch) -> Result<()> {
        // Row numbers are the order of replay; the rows of a kind are stored together.
        let mut by_kind: Vec<(Vec<Numbered<'_>>, Target)> = Vec::new();
        let mut groups: NumberMap<u16, usize> = NumberMap::default();
        let comms = std::mem::take(&mut self.definitions.comms);
        for entry in &batch.entries {
            let row = batch.row(self.origin, entry);
            let well_formed =
                row.schema().is_some_and(|schema| schema.is_known() && schema.is_well_formed(row.payload()));
            let id = if well_formed { row.event_id() } else { 0 };
            let group = match groups.get(&id) {
                Some(group) => *group,
                None => {
                    let target = if well_formed { self.target(&row)? } else { Target::Other };
                    groups.insert(id, by_kind.len());
                    by_kind.push((Vec::new(), target));
                    by_kind.len() - 1
                }
            };
            let comm = comms.get(entry.context as usize).map(|comm| &**comm);
            by_kind[group].0.push((self.next, row, comm));
            self.next += 1;
        }
        for (rows, target) in &by_kind {
            match target {
                Target::Own(table) => self.kinds[*table].insert(rows, &mut self.names)?,
                Target::Other => self.insert_other(rows)?,
            }
        }
        self.definitions.comms = comms;
        Ok(())
    }

    /// Where the rows of a well-formed row's kind go; a kind that says of itself what it said before, to its own table.
    fn target(&mut self, row: &Row<'_>) -> Result<Target> {
        let Some(schema) = row.schema() else { return Ok(Target::Other) };
        if let Some(table) = self.own.get(&schema.id) {
            let same = self.kinds[*table].schema == *schema;
            return Ok(if same { Target::Own(*table) } else { Target::Other });
        }
        if self.kinds.len() >= OWN_TABLES {
            return Ok(Target::Other);
        }
        let view = self.identifiers.claim(&schema.name, "event_");
        let stored = self.identifiers.claim(&format!("raw_{}", schema.name), "raw_");
        self.kinds.push(KindTable::create(self.database, &stored, schema, &mut self.names)?);
        self.views.push(view);
        self.own.insert(schema.id, self.kinds.len() - 1);
        Ok(Target::Own(self.kinds.len() - 1))
    }

    fn insert_other(&mut self, rows: &[Numbered<'_>]) -> Result<()> {
        for (number, row, comm) in rows {
            let mut binder = Binder::new(&mut self.other, 0, 0);
            binder.bind_common(*number, row, *comm)?;
            binder.bind(row.truncated())?;
            binder.bind(row.from_user().unwrap_or_default())?;
            binder.bind(row.event())?;
            binder.bind(row.syscall().as_deref())?;
            binder.bind(row.ret())?;
            binder.bind(row.args())?;
            self.other.raw_execute()?;
        }
        Ok(())
    }

    /// Makes the views, now that it is known what there is.
    pub(super) fn finish(mut self) -> Result<()> {
        self.definitions.finish()?;
        let mut parts = vec![other_view(self.origin)];
        self.database.execute_batch(&format!("CREATE VIEW no_events AS {}", no_events()))?;
        let common: Vec<&str> = super::columns::common_names().collect();
        for (kind, view) in self.kinds.iter().zip(&self.views) {
            let hook = self.origin.hook(kind.schema.id);
            let is_syscall = crate::row::is_named_syscall(kind.schema.id);
            let select = kind.columns.view(&kind.stored, hook, is_syscall, self.origin);
            self.database.execute_batch(&format!("CREATE VIEW {} AS {select}", quoted(view)))?;
            parts.push(format!("SELECT {} FROM {}", common.join(","), quoted(view)));
        }
        self.database.execute_batch(&format!("CREATE VIEW events AS {}", parts.join(" UNION ALL ")))?;
        self.database.execute_batch(&format!("CREATE VIEW artifact_writes AS {}", self.writes()))?;
        let is_event = |id: u16| id >= formats::event::FIRST_RECORDER_EVENT && !MATERIAL.contains(&id);
        for event in events::all().filter(|event| is_event(event.id)) {
            if !self.own.contains_key(&event.id) {
                let view = self.identifiers.claim(event.name, "event_");
                let columns = Columns::of(&event.into(), &mut self.names);
                let raw =
                    self.whole(&NET_PACKET_RAW).and_then(|(kind, _)| super::packets::decoded(event, &kind.stored));
                let select = match raw {
                    Some(stored) => columns.view(&stored, self.origin.hook(event.id), false, self.origin),
                    None => columns.empty_view(),
                };
                self.database.execute_batch(&format!("CREATE VIEW {} AS {select}", quoted(&view)))?;
            }
        }
        self.list_kinds()
    }

    /// Table and view of the rows of an event of ours, when they have all of its fields: a capture says itself what its rows
    /// have.
    fn whole(&self, event: &Event) -> Option<(&KindTable<'c>, &String)> {
        let kind = *self.own.get(&event.id)?;
        let (kind, view) = (self.kinds.get(kind)?, self.views.get(kind)?);
        let has = |field: &Field| {
            kind.schema.fields.iter().any(|other| other.name == field.name && other.kind == Some(field.kind))
        };
        event.fields.iter().all(has).then_some((kind, view))
    }

    /// SELECT of the history of files that were written: what their `content` rows say, under the names that the other
    /// tables of artifacts have.
    fn writes(&self) -> String {
        const COLUMNS: [(&str, &str); 22] = [
            ("ts_ns", "ts_ns"),
            ("ts", "ts"),
            ("process_key", "process_key"),
            ("host_pid", "host_pid"),
            ("comm", "comm"),
            ("exe", "exe"),
            ("container_id", "container_id"),
            ("path", "pathname"),
            ("dev", "dev"),
            ("inode", "inode"),
            ("offset", "nullif(offset,-1)"),
            ("size", "size"),
            ("way", "way"),
            ("flags", "flags"),
            ("digest", "nullif(lower(hex(digest)),'')"),
            ("stored", "ifnull(json_extract(data,'$.bytes')>0,0)"),
            ("fd", "nullif(fd,-1)"),
            ("stream", "stream"),
            ("file", "file"),
            ("cpu", "cpu"),
            ("seq", "seq"),
            ("row", "row"),
        ];
        match self.whole(&CONTENT) {
            Some((_, view)) => {
                let columns: Vec<String> = COLUMNS.iter().map(|(name, sql)| format!("{sql} AS {name}")).collect();
                format!("SELECT {} FROM {} WHERE kind='write'", columns.join(","), quoted(view))
            }
            None => {
                let columns: Vec<String> = COLUMNS.iter().map(|(name, _)| format!("NULL AS {name}")).collect();
                format!("SELECT {} WHERE 0", columns.join(","))
            }
        }
    }

    fn list_kinds(&self) -> Result<()> {
        self.database.execute_batch(
            "CREATE TABLE event_kinds (event TEXT NOT NULL, id INTEGER NOT NULL, view TEXT NOT NULL, rows INTEGER NOT NULL,
                doc TEXT NOT NULL)",
        )?;
        let mut insert = self.database.prepare("INSERT INTO event_kinds VALUES (?,?,?,?,?)")?;
        for (kind, view) in self.kinds.iter().zip(&self.views) {
            let doc = text::escape(kind.schema.doc.as_bytes());
            insert.execute((&kind.schema.name, kind.schema.id, view, kind.rows as i64, doc))?;
        }
        Ok(())
    }
}
