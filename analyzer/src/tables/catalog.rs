//! The catalog: which tables a capture has.

use std::collections::BTreeMap;

use formats::capture::{Capture, Segment};
use formats::error::Error;
use formats::event::{Event, FIRST_RECORDER_EVENT};
use formats::events;
use formats::events::packets::is_decoded;
use formats::schema::EventSchema;

use super::{COMMON, Column, Common, EVENTS, FIXED, KindColumn, Shows, Table, kind};
use crate::derive;
use crate::numbers::NumberMap;
use crate::origin::Origin;
use crate::replay::MATERIAL;
use crate::sqlite::Identifiers;

use anyhow::Result;

/// Kinds that get a table of their own beside those of this build: a capture may declare as many as there are numbers.
const FOREIGN_KINDS: usize = 400;

/// Names that are taken beside those of tables: how an engine stores them.
const STORED: [&str; 11] = [
    "objects",
    "names",
    "contexts",
    "raw_objects",
    "raw_other",
    "raw_packets",
    "raw_net_flows",
    "raw_dns",
    "raw_dns_names",
    "raw_http",
    "raw_tls",
];

/// What a column of events shows.
#[derive(Clone, Copy)]
pub(crate) enum Shown {
    Common(&'static Common),
    Field(usize, Shows),
}

impl Shown {
    /// Whether it depends on what answers of DNS said.
    pub(crate) fn is_given(&self) -> bool {
        matches!(self, Shown::Field(_, Shows::GivenName | Shows::GivenKey))
    }
}

/// A kind of event that has a table.
pub(crate) struct KindEntry {
    pub(crate) schema: EventSchema,
    /// Its columns beside the common ones.
    pub(crate) columns: Vec<KindColumn>,
    /// Position of its table.
    table: usize,
}

/// Every table of a capture: those that each has, and one per kind of event that it or this build declares.
pub struct Catalog {
    tables: Vec<Table>,
    kinds: Vec<KindEntry>,
    by_id: NumberMap<u16, usize>,
    identifiers: Identifiers,
}

impl Catalog {
    /// Reads what the segments declare.
    ///
    /// # Errors
    /// No segment can be opened, or the system refused to read.
    pub fn of(capture: &Capture) -> Result<Catalog> {
        Catalog::gather(capture, &Origin::gather(capture)?)
    }

    pub(crate) fn gather(capture: &Capture, origin: &Origin) -> Result<Catalog> {
        let mut declared: BTreeMap<u16, EventSchema> = BTreeMap::new();
        for source in capture.segments() {
            let segment = match Segment::open(source) {
                Ok(segment) => segment,
                Err(error @ (Error::Io { .. } | Error::Unsupported { .. })) => return Err(error.into()),
                Err(_) => continue,
            };
            for event in segment.schema().events() {
                declared.entry(event.id).or_insert_with(|| event.clone());
            }
        }
        Ok(Catalog::with(declared, origin))
    }

    /// The tables that a capture of this build has which declares nothing.
    pub fn builtin() -> Catalog {
        Catalog::with(BTreeMap::new(), &Origin::default())
    }

    fn with(mut declared: BTreeMap<u16, EventSchema>, origin: &Origin) -> Catalog {
        for event in events::all() {
            let is_made = is_decoded(event.id) || origin.replayed.iter().any(|replayed| replayed.id == event.id);
            let own = || if is_made { derive::schema(event) } else { event.into() };
            declared.entry(event.id).or_insert_with(own);
        }
        let is_shown = |schema: &EventSchema| {
            schema.id >= FIRST_RECORDER_EVENT && !MATERIAL.contains(&schema.id) && schema.is_known()
        };
        // Names of this build's own are theirs, whatever else a capture calls so.
        let (own, foreign): (Vec<_>, Vec<_>) =
            declared.into_values().filter(is_shown).partition(|schema| own(schema).is_some());
        let tables = std::iter::once(events_table()).chain(FIXED.iter().map(|fixed| Table::from(*fixed))).collect();
        let taken = FIXED.iter().map(|fixed| fixed.name).chain(STORED).chain([EVENTS]);
        let mut catalog =
            Catalog { tables, kinds: Vec::new(), by_id: NumberMap::default(), identifiers: Identifiers::with(taken) };
        for schema in own.into_iter().chain(foreign.into_iter().take(FOREIGN_KINDS)) {
            catalog.add(schema, origin);
        }
        catalog
    }

    fn add(&mut self, schema: EventSchema, origin: &Origin) {
        let name = self.identifiers.claim(&schema.name, "event_");
        let columns = match own(&schema) {
            Some(event) => kind::columns_with(&schema, &event.into(), origin.arch),
            None => kind::columns(&schema, origin.arch),
        };
        let own =
            columns.iter().map(|column| Column { name: column.name.clone(), ty: column.ty, doc: column.doc.clone() });
        self.by_id.insert(schema.id, self.kinds.len());
        self.tables.push(Table {
            name,
            doc: crate::text::escape(schema.doc.as_bytes()).into_owned(),
            columns: common_columns().chain(own).collect(),
        });
        self.kinds.push(KindEntry { schema, columns, table: self.tables.len() - 1 });
    }

    /// Every table: `events` first.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The table of all events.
    pub fn events(&self) -> &Table {
        // It is put first when the catalog is made.
        &self.tables[0]
    }

    /// The table of a kind, by the event's name.
    pub fn kind(&self, event: &str) -> Option<&Table> {
        let kind = self.kinds.iter().find(|kind| kind.schema.name == event)?;
        self.tables.get(kind.table)
    }

    /// The event that all rows of a table are of; `None` for the table of all events, and where rows are no events.
    pub fn event_of(&self, table: &Table) -> Option<&str> {
        self.kind_of(table).map(|kind| kind.schema.name.as_str())
    }

    /// The table of this name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The kinds with their tables.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = (&KindEntry, &Table)> {
        self.kinds.iter().filter_map(|kind| Some((kind, self.tables.get(kind.table)?)))
    }

    /// The kind with this number.
    pub(crate) fn kind_by_id(&self, id: u16) -> Option<(&KindEntry, &Table)> {
        let kind = self.kinds.get(*self.by_id.get(&id)?)?;
        Some((kind, self.tables.get(kind.table)?))
    }

    /// The kind that a table is of.
    pub(crate) fn kind_of(&self, table: &Table) -> Option<&KindEntry> {
        self.kinds().find(|(_, other)| other.name == table.name).map(|(kind, _)| kind)
    }

    /// The names that are taken by tables.
    pub(crate) fn identifiers(&self) -> &Identifiers {
        &self.identifiers
    }

    /// What the columns of a table of events show.
    pub(crate) fn shown(&self, table: &Table) -> Option<Vec<Shown>> {
        let common = COMMON.iter().map(Shown::Common);
        if table.name == EVENTS {
            return Some(common.collect());
        }
        let fields = self.kind_of(table)?.columns.iter().map(|column| Shown::Field(column.field, column.shows));
        Some(common.chain(fields).collect())
    }
}

/// The kind of this build that a capture means.
fn own(schema: &EventSchema) -> Option<&'static Event> {
    events::all().find(|event| event.id == schema.id && event.name == schema.name)
}

fn common_columns() -> impl Iterator<Item = Column> {
    COMMON.iter().map(|column| Column { name: column.name.to_owned(), ty: column.ty, doc: column.doc.to_owned() })
}

fn events_table() -> Table {
    Table {
        name: EVENTS.to_owned(),
        doc: "A row per event, of every kind.".to_owned(),
        columns: common_columns().collect(),
    }
}
