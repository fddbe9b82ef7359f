//! The loader: takes a capture's parts in order and stores them.

use anyhow::Result;
use formats::event::{Event, Field};
use formats::events::content::CONTENT;
use formats::events::packets::{DECODED, NET_PACKET_RAW};
use formats::schema::EventSchema;
use rusqlite::{Connection, Statement};

use super::columns::{Columns, STORED, other_view};
use super::definitions::DefinitionTables;
use super::identifiers::{Identifiers, quoted};
use super::kind::{Binder, KindTable, Named};
use super::naming::NameTable;
use super::tables::{create_table, insert_into};
use crate::definitions::Definitions;
use crate::derive;
use crate::numbers::NumberMap;
use crate::origin::Origin;
use crate::row::{Batch, Row, is_named_syscall};
use crate::tables::{ARTIFACT_WRITES, COMMON, Catalog, EVENT_KINDS, KindEntry, Table};

/// Most parts of one view: SQLite takes 500.
const PARTS: usize = 480;

/// What rows without a table of their own have beside what every stored row has.
const OTHER: [&str; 5] = ["event", "hook", "syscall", "ret", "args"];

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
    catalog: &'c Catalog,
    identifiers: Identifiers,
    names: NameTable<'c>,
    definitions: DefinitionTables<'c>,
    kinds: Vec<KindTable<'c>>,
    own: NumberMap<u16, usize>,
    other: Statement<'c>,
    /// The events of which rows are stored; those of others are counted. `None` for all.
    stored: Option<&'c [&'static Event]>,
    rows: u64,
}

impl<'c> Loader<'c> {
    /// Makes what does not depend on the rows. Of rows of other events than those `stored` it is only counted how many there
    /// are; `None` stores all.
    pub(super) fn new(
        database: &'c Connection,
        origin: &'c Origin,
        catalog: &'c Catalog,
        stored: Option<&'c [&'static Event]>,
    ) -> Result<Loader<'c>> {
        let mut names = NameTable::create(database, origin.arch)?;
        let definitions = DefinitionTables::create(database, &mut names)?;
        let columns: Vec<&str> = STORED.iter().chain(&OTHER).copied().collect();
        let places = vec!["?"; columns.len()].join(",");
        database.execute_batch(&format!("CREATE TABLE raw_other ({})", columns.join(",")))?;
        let other = database.prepare(&format!("INSERT INTO raw_other VALUES ({places})"))?;
        Ok(Loader {
            database,
            origin,
            catalog,
            identifiers: catalog.identifiers().clone(),
            names,
            definitions,
            kinds: Vec::new(),
            own: NumberMap::default(),
            other,
            stored,
            rows: 0,
        })
    }

    /// Rows stored or counted.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Stores what the rows that follow refer to.
    pub(super) fn define(&mut self, definitions: &Definitions) -> Result<()> {
        self.definitions.insert(definitions, &mut self.names)
    }

    /// Stores the next rows.
    pub(super) fn insert(&mut self, batch: &Batch) -> Result<()> {
        // The rows of a kind are stored together.
        let mut by_kind: Vec<(Vec<Named<'_>>, Target)> = Vec::new();
        let mut groups: NumberMap<u16, usize> = NumberMap::default();
        let stored = std::mem::take(&mut self.definitions.stored);
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
            let stored = stored.get(entry.context as usize).map(|stored| &**stored);
            by_kind[group].0.push((row, stored));
        }
        self.rows += batch.entries.len() as u64;
        for (rows, target) in &by_kind {
            let is_stored = |(row, _): &Named<'_>| {
                self.stored.is_none_or(|events| events.iter().any(|event| event.id == row.event_id()))
            };
            match target {
                // They are of one kind.
                Target::Own(table) if !rows.iter().any(is_stored) => self.kinds[*table].rows += rows.len() as u64,
                Target::Own(table) => self.kinds[*table].insert(rows, &mut self.names)?,
                Target::Other => self.insert_other(rows)?,
            }
        }
        self.definitions.stored = stored;
        Ok(())
    }

    /// Says how many rows there are of an event, of which no row was counted one by one.
    pub(super) fn count(&mut self, event: &str, rows: u64) -> Result<()> {
        let Some((kind, table)) = self.catalog.kinds().find(|(kind, _)| kind.schema.name == event) else {
            return Ok(());
        };
        let own = self.own_table(kind, table)?;
        self.rows = self.rows.saturating_sub(self.kinds[own].rows).saturating_add(rows);
        self.kinds[own].rows = rows;
        Ok(())
    }

    /// Where the rows of a well-formed row's kind go; a kind that says of itself what the catalog has, to its own table.
    fn target(&mut self, row: &Row<'_>) -> Result<Target> {
        let Some(schema) = row.schema() else { return Ok(Target::Other) };
        let Some((kind, table)) = self.catalog.kind_by_id(schema.id).filter(|(kind, _)| kind.schema == *schema) else {
            return Ok(Target::Other);
        };
        self.own_table(kind, table).map(Target::Own)
    }

    /// Number of the table of a kind, which is made when it is not there.
    fn own_table(&mut self, kind: &KindEntry, table: &Table) -> Result<usize> {
        if let Some(own) = self.own.get(&kind.schema.id) {
            return Ok(*own);
        }
        let stored = self.identifiers.claim(&format!("raw_{}", table.name), "raw_");
        self.kinds.push(KindTable::create(self.database, &stored, kind, &mut self.names)?);
        self.own.insert(kind.schema.id, self.kinds.len() - 1);
        Ok(self.kinds.len() - 1)
    }

    fn insert_other(&mut self, rows: &[Named<'_>]) -> Result<()> {
        for (row, stored) in rows {
            self.names.store_error(row)?;
            let mut binder = Binder::new(&mut self.other, 0, 0);
            binder.bind_common(row, *stored)?;
            binder.bind(row.truncated())?;
            binder.bind(row.from_user().unwrap_or_default())?;
            binder.bind(row.event())?;
            binder.bind(row.hook())?;
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
        let common: Vec<&str> = COMMON.iter().map(|column| column.name).collect();
        let mut parts = vec![other_view(self.origin)];
        let raw = self.whole(&NET_PACKET_RAW).map(|table| table.stored.clone());
        for (kind, table) in self.catalog.kinds() {
            let hook = self.origin.hook(kind.schema.id);
            let is_syscall = is_named_syscall(kind.schema.id);
            let stored = self.own.get(&kind.schema.id).and_then(|own| self.kinds.get(*own));
            let made = || super::packets::decoded(decoded_event(&kind.schema)?, raw.as_ref()?);
            let select = match stored {
                Some(stored) => stored.columns.view(&stored.stored, hook, is_syscall, self.origin),
                None => match made() {
                    Some(made) => Columns::of(kind, &mut self.names).view(&made, hook, is_syscall, self.origin),
                    None => empty_view(table),
                },
            };
            let name = quoted(&table.name);
            self.database.execute_batch(&format!("CREATE VIEW {name} AS {select}"))?;
            if stored.is_some() {
                parts.push(format!("SELECT {} FROM {name}", common.join(",")));
            }
        }
        self.list_events(&parts)?;
        self.database.execute_batch(&format!("CREATE VIEW artifact_writes AS {}", self.writes()))?;
        if let Some(stored) = raw {
            // What is read out of packets is put to the packet's own row.
            self.database.execute_batch(&format!("CREATE INDEX packet_rows_by_key ON {stored}(event_key)"))?;
        }
        self.list_kinds()
    }

    /// Makes the view of all events out of its parts.
    fn list_events(&mut self, parts: &[String]) -> Result<()> {
        let mut parts = parts.to_vec();
        if parts.len() > PARTS {
            let mut views = Vec::new();
            for some in parts.chunks(PARTS) {
                let view = quoted(&self.identifiers.claim("some_events", "raw_"));
                self.database.execute_batch(&format!("CREATE VIEW {view} AS {}", some.join(" UNION ALL ")))?;
                views.push(format!("SELECT * FROM {view}"));
            }
            parts = views;
        }
        Ok(self.database.execute_batch(&format!("CREATE VIEW events AS {}", parts.join(" UNION ALL ")))?)
    }

    /// Table of the rows of an event of ours, when they have all of its fields: a capture says itself what its rows have.
    fn whole(&self, event: &Event) -> Option<&KindTable<'c>> {
        let (kind, _) = self.catalog.kind_by_id(event.id)?;
        let has = |field: &Field| {
            kind.schema.fields.iter().any(|other| other.name == field.name && other.kind == Some(field.kind))
        };
        event.fields.iter().all(has).then(|| self.kinds.get(*self.own.get(&event.id)?))?
    }

    /// SELECT of the history of files that were written: what their `content` rows say, under the names that the other
    /// tables of artifacts have.
    fn writes(&self) -> String {
        let view = self.whole(&CONTENT).and_then(|_| self.catalog.kind_by_id(CONTENT.id)).map(|(_, table)| table);
        let Some(view) = view else { return empty_view(&Table::from(&ARTIFACT_WRITES)) };
        let columns = ARTIFACT_WRITES.names().map(|name| {
            let sql = match name {
                "path" => "pathname",
                "offset" => "nullif(offset,-1)",
                "digest" => "nullif(lower(hex(digest)),'')",
                "stored" => "coalesce(CASE WHEN json_valid(data) THEN json_extract(data,'$.bytes')>0 END,0)",
                "fd" => "nullif(fd,-1)",
                name => name,
            };
            format!("{sql} AS {name}")
        });
        let columns: Vec<String> = columns.collect();
        format!("SELECT {} FROM {} WHERE kind='write'", columns.join(","), quoted(&view.name))
    }

    fn list_kinds(&self) -> Result<()> {
        create_table(self.database, &EVENT_KINDS)?;
        let mut insert = insert_into(self.database, &EVENT_KINDS)?;
        let with_rows = |(kind, table)| Some((kind, table, self.kinds.get(*self.own.get(&id(kind))?)?));
        for (kind, table, stored) in self.catalog.kinds().filter_map(with_rows) {
            insert.execute((&kind.schema.name, kind.schema.id, &table.name, stored.rows as i64, &table.doc))?;
        }
        Ok(())
    }
}

/// The event of ours that is read out of packets, when a kind is that.
fn decoded_event(schema: &EventSchema) -> Option<&'static Event> {
    DECODED.iter().find(|event| event.id == schema.id && derive::schema(event) == *schema)
}

fn id(kind: &KindEntry) -> u16 {
    kind.schema.id
}

/// SELECT for the view of a table that has no rows.
fn empty_view(table: &Table) -> String {
    let columns: Vec<String> = table.columns.iter().map(|column| format!("NULL AS {}", quoted(&column.name))).collect();
    format!("SELECT {} WHERE 0", columns.join(","))
}
