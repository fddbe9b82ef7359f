//! Columns of one kind of event, read off rows one at a time as they come, whether of a whole capture or of one that grows.

use std::net::IpAddr;
use std::sync::Arc;

use formats::schema::EventSchema;

use super::cell::{Given, Reader};
use super::{Catalog, Cell, Shown, Table};
use crate::row::Row;

/// Some columns of the table of a kind of event.
pub struct Columns {
    schema: EventSchema,
    /// By column: what it shows, where the capture's table has it.
    shown: Vec<Option<Shown>>,
}

impl Columns {
    /// The columns of these names; one that the table does not have has no value in any row. `None` when the table is not that
    /// of a kind of event.
    pub fn of<'n>(catalog: &Catalog, table: &Table, names: impl IntoIterator<Item = &'n str>) -> Option<Columns> {
        let schema = catalog.kind_of(table)?.schema.clone();
        let all = catalog.shown(table)?;
        let shown = names.into_iter().map(|name| table.index(name).and_then(|index| all.get(index).copied())).collect();
        Some(Columns { schema, shown })
    }

    /// Number of the event.
    pub fn event_id(&self) -> u16 {
        self.schema.id
    }

    /// Replaces `cells` by the values of a row; false when it is not of the kind, or its segment says something else of that
    /// than the catalog does. Names that answers of DNS gave are not known of a single row.
    pub fn read<'a>(&self, row: &Row<'a>, cells: &mut Vec<Cell<'a>>) -> bool {
        let is_of_kind =
            row.schema().is_some_and(|schema| *schema == self.schema && schema.is_well_formed(row.payload()));
        if !is_of_kind {
            return false;
        }
        let mut there = Vec::with_capacity(self.shown.len());
        Reader::new(self.shown.iter().flatten().collect()).read(row, &Nobody, &mut there);
        let mut there = there.into_iter();
        cells.clear();
        cells.extend(self.shown.iter().map(|shown| shown.and_then(|_| there.next()).unwrap_or(Cell::Null)));
        true
    }
}

/// No names.
pub(crate) struct Nobody;

impl Given for Nobody {
    fn given(&self, _: IpAddr, _: Option<u32>, _: &Row<'_>) -> Option<(Arc<str>, i64)> {
        None
    }
}
