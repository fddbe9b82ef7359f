//! Rows of all kinds in one pass: each once, with the cells of the one table that has all of it.

use std::collections::HashMap;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use anyhow::{Result, anyhow};
use formats::event::Event;
use formats::events::packets::DECODED;
use formats::schema::EventSchema;

use super::Scanner;
use crate::definitions::Definitions;
use crate::numbers::NumberMap;
use crate::replay::{Damage, Options, replay_segments};
use crate::tables::{Catalog, Reader, Shown};

/// Takes rows until it says that it wants no more: a row's event, the position in the catalog of the table that has all of it,
/// and that table's cells.
pub type EachRow<'e> = &'e mut dyn FnMut(&str, usize, &mut [super::Cell<'_>]) -> ControlFlow<()>;

impl Scanner {
    /// Events that are read out of packets only when somebody asks for them by name: `events` has no rows of them, the tables
    /// of their kinds have.
    pub fn on_demand(&self) -> Vec<String> {
        let is_recorded = |event: &Event| self.origin.replayed.iter().any(|replayed| replayed.id == event.id);
        DECODED.iter().filter(|event| !is_recorded(event)).map(|event| event.name.to_owned()).collect()
    }

    /// Gives `each` every row of consecutive segments, in the order of replay, or of `events` those alone. A row is of its
    /// kind's table; one of which the segment says something else than the catalog is of `events` alone. Columns of the names
    /// in `without` have no cells. What could not be read is returned.
    ///
    /// # Errors
    /// The system refused to read.
    pub fn scan_rows(
        &self,
        segments: Range<usize>,
        events: Option<Vec<String>>,
        without: &[&str],
        each: EachRow<'_>,
    ) -> Result<Vec<Damage>> {
        let homes = Homes::of(&self.catalog, without)?;
        let readers: Vec<Reader<'_>> = homes.shown.iter().map(|shown| Reader::new(shown.iter().collect())).collect();
        let given = self.names()?;
        let mut kinds = Kinds::default();
        replay_segments(
            &self.capture,
            segments,
            &Options { threads: 1, events, ..Options::default() },
            &self.origin,
            &mut |batch| {
                kinds.begin(&batch.definitions);
                let mut cells = Vec::new();
                for entry in &batch.entries {
                    let row = batch.row(&self.origin, entry);
                    let home = row.schema().map_or(EVENTS, |schema| kinds.home(schema, &homes, &self.catalog));
                    let is_whole =
                        home == EVENTS || row.schema().is_some_and(|schema| schema.is_well_formed(row.payload()));
                    let home = if is_whole { home } else { EVENTS };
                    let (Some(reader), Some(table)) = (readers.get(home), homes.tables.get(home)) else { continue };
                    reader.read(&row, given, &mut cells);
                    if each(row.event(), *table, &mut cells).is_break() {
                        return ControlFlow::Break(());
                    }
                }
                ControlFlow::Continue(())
            },
        )
    }
}

/// The home of rows that no kind's table has.
const EVENTS: usize = 0;

/// The tables of events by their own numbers: `events`, then those of kinds.
struct Homes {
    /// Position of each in the catalog.
    tables: Vec<usize>,
    /// What their columns show.
    shown: Vec<Vec<Shown>>,
    by_id: NumberMap<u16, usize>,
}

impl Homes {
    fn of(catalog: &Catalog, without: &[&str]) -> Result<Homes> {
        let mut homes = Homes { tables: Vec::new(), shown: Vec::new(), by_id: NumberMap::default() };
        let ids = catalog.kinds().map(|(kind, table)| (table.name.as_str(), kind.schema.id));
        let ids: HashMap<&str, u16> = ids.collect();
        for (position, table) in catalog.tables().iter().enumerate() {
            let id = ids.get(table.name.as_str());
            if position != EVENTS && id.is_none() {
                continue;
            }
            let shown = catalog.shown(table).ok_or_else(|| anyhow!("{} is no table of events", table.name))?;
            if let Some(id) = id {
                homes.by_id.insert(*id, homes.tables.len());
            }
            homes.tables.push(position);
            let is_wanted = |name: &str| !without.contains(&name);
            let columns = shown.into_iter().zip(&table.columns).filter(|(_, column)| is_wanted(&column.name));
            homes.shown.push(columns.map(|(shown, _)| shown).collect());
        }
        Ok(homes)
    }
}

/// Which home a segment's kinds have: that it says of a kind what the catalog says is found out once.
#[derive(Default)]
struct Kinds {
    definitions: Option<Arc<Definitions>>,
    homes: NumberMap<u16, usize>,
}

impl Kinds {
    fn begin(&mut self, definitions: &Arc<Definitions>) {
        if !self.definitions.as_ref().is_some_and(|known| Arc::ptr_eq(known, definitions)) {
            self.definitions = Some(Arc::clone(definitions));
            self.homes.clear();
        }
    }

    fn home(&mut self, schema: &EventSchema, homes: &Homes, catalog: &Catalog) -> usize {
        if let Some(home) = self.homes.get(&schema.id) {
            return *home;
        }
        let is_same = catalog.kind_by_id(schema.id).is_some_and(|(kind, _)| kind.schema == *schema);
        let home = homes.by_id.get(&schema.id).filter(|_| is_same).copied().unwrap_or(EVENTS);
        self.homes.insert(schema.id, home);
        home
    }
}
