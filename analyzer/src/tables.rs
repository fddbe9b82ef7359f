//! Tables: what a capture holds, as tables that every engine shows alike. Each table and column is declared here once; the
//! schema of a database, the reference page and what a scan gives derive from it.

mod artifacts;
mod catalog;
mod cell;
mod common;
mod findings;
mod kind;
mod packets;
mod prelude;
mod reference;
mod state;

pub use catalog::Catalog;
pub use cell::Cell;
pub use common::{COMMON, Common};
pub use reference::reference;

pub(crate) use catalog::{KindEntry, Shown};
pub(crate) use cell::{Given, OneRow, Reader, Structure, address, is_net_ns, variable_cell};
pub(crate) use kind::{KindColumn, Shows, attribute, condition, hint, is_address};

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// A signed number of 64 bits; unsigned ones wrap as two's complement.
    Integer,
    /// True or false; 1 or 0 where an engine has no truth values.
    Boolean,
    /// A floating number of 64 bits.
    Real,
    /// Text, escaped as in every column.
    Text,
    /// Bytes.
    Bytes,
    /// A time, UTC; where an engine has no such type, text like `2026-01-31 23:59:59.123456`.
    Timestamp,
}

impl Type {
    /// Its name in the reference.
    pub const fn name(self) -> &'static str {
        match self {
            Type::Integer => "integer",
            Type::Boolean => "boolean",
            Type::Real => "real",
            Type::Text => "text",
            Type::Bytes => "bytes",
            Type::Timestamp => "timestamp",
        }
    }
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What its values are.
    pub ty: Type,
    /// What it says.
    pub doc: String,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// What a row of it is.
    pub doc: String,
    /// Its columns, in order.
    pub columns: Vec<Column>,
}

impl Table {
    /// Position of the column of this name.
    pub fn index(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|other| other.name == column)
    }
}

/// A column as it is declared: name, type, what it says.
pub(crate) type Declared = (&'static str, Type, &'static str);

/// A table that every capture has, with the same columns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fixed {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) columns: &'static [Declared],
    /// Whether the first column tells rows apart.
    pub(crate) is_keyed: bool,
}

impl Fixed {
    /// Names of the columns, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.columns.iter().map(|(name, ..)| *name)
    }
}

impl From<&Fixed> for Table {
    fn from(fixed: &Fixed) -> Table {
        let column = |(name, ty, doc): &Declared| Column { name: (*name).to_owned(), ty: *ty, doc: (*doc).to_owned() };
        Table {
            name: fixed.name.to_owned(),
            doc: fixed.doc.to_owned(),
            columns: fixed.columns.iter().map(column).collect(),
        }
    }
}

pub(crate) use crate::dns_query::DNS_QUERIES;
pub(crate) use crate::execution::EXECUTIONS;
pub(crate) use artifacts::{ARTIFACT_SOURCES, ARTIFACT_WRITES, ARTIFACTS};
pub(crate) use findings::{FINDING_EVENTS, FINDINGS};
pub(crate) use packets::{DNS, DNS_NAMES, HTTP, NET_FLOWS, PACKETS, TLS};
pub(crate) use prelude::{AUDIT_RECORDS, CONNECTIONS, FILE_ACCESSES, FILES, HOSTS, LISTENING};
pub(crate) use state::{
    CAPTURES, CLOCK_STEPS, CONTAINERS, DAMAGE, EVENT_COUNTS, EVENT_KINDS, LOSSES, OPEN_FILES, PODS, PROCESS_ANCESTORS,
    PROCESSES, THREADS,
};

/// Name of the table of all events.
pub(crate) const EVENTS: &str = "events";

/// The tables that every capture has beside those of events.
pub(crate) const FIXED: &[&Fixed] = &[
    &EVENT_KINDS,
    &EVENT_COUNTS,
    &PROCESSES,
    &THREADS,
    &PROCESS_ANCESTORS,
    &EXECUTIONS,
    &FILE_ACCESSES,
    &FILES,
    &CONNECTIONS,
    &AUDIT_RECORDS,
    &LISTENING,
    &CONTAINERS,
    &PODS,
    &HOSTS,
    &CAPTURES,
    &CLOCK_STEPS,
    &LOSSES,
    &DAMAGE,
    &OPEN_FILES,
    &ARTIFACTS,
    &ARTIFACT_SOURCES,
    &ARTIFACT_WRITES,
    &PACKETS,
    &NET_FLOWS,
    &DNS,
    &DNS_NAMES,
    &DNS_QUERIES,
    &HTTP,
    &TLS,
    &FINDINGS,
    &FINDING_EVENTS,
];
