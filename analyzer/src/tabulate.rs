//! Rows of tables and views as a stream: one pass over a capture in the order of replay gives the rows of every table that is
//! wanted, each when the event comes that makes it. What they hold is what a database has; nothing that is not asked for is
//! worked out.

mod plan;

use std::collections::HashSet;

use anyhow::Result;
use formats::events::packets::NET_PACKET_RAW;

use crate::dns_query::DnsQuery;
use crate::execution::ExecutionColumn;
use crate::loss::Loss;
use crate::numbers::NumberMap;
use crate::origin::Origin;
use crate::packets::Packet;
use crate::packets::traffic::{Found, Traffic};
use crate::past::{self, Past};
use crate::prelude::{Evaluation, Place};
use crate::replay::{Options, Part, Summary, Whose, parts};
use crate::row::Row;
use crate::scan::{Nobody, Scanner, event_counts};
use crate::sqlite::executed_hashes;
use crate::tables::{Catalog, Given};

use plan::{Maker, Plan, Values};

pub use crate::prelude::Shown;

/// A table of which rows are wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its name.
    pub table: String,
    /// Names of the columns that are wanted; a row is asked for them by their position here.
    pub columns: Vec<String>,
}

/// Which part of a capture is wanted, and how many threads may work on it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extent {
    /// Segments that are replayed at once; 0 for as many as there are processors.
    pub threads: usize,
    /// Rows from this time on, UTC nanoseconds.
    pub since_ns: Option<i64>,
    /// Rows before this time, UTC nanoseconds.
    pub until_ns: Option<i64>,
}

/// What a pass tells.
pub enum Told<'r> {
    /// Frames that are missing from the segment that begins.
    Lost(&'r [Loss]),
    /// A row of the table with this position among those that are wanted.
    Row(usize, TableRow<'r>),
    /// So many events more were read.
    Read(u64),
}

/// A row of a table.
#[derive(Clone, Copy)]
pub struct TableRow<'r> {
    values: &'r dyn Values,
    columns: &'r [Option<Place>],
    event: &'r Row<'r>,
}

impl<'r> TableRow<'r> {
    /// The value of a wanted column, by its position among them.
    pub fn value(&self, column: usize) -> Shown<'r> {
        let place = self.columns.get(column).copied().flatten();
        place.map_or(Shown::Null, |place| self.values.at(place))
    }

    /// The event that it is made of.
    pub fn event(&self) -> &'r Row<'r> {
        self.event
    }
}

/// A value that is compared with those of other rows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Integer(i64),
    Text(String),
}

impl Key {
    fn of(value: Shown<'_>) -> Option<Key> {
        match value {
            Shown::Integer(number) | Shown::Timestamp(number) => Some(Key::Integer(number)),
            Shown::Boolean(is_true) => Some(Key::Integer(is_true.into())),
            Shown::Text(text) => Some(Key::Text(text.to_owned())),
            Shown::Null | Shown::Real(_) => None,
        }
    }

    /// The values at these places; `None` where one is missing, which is equal to nothing.
    fn all(values: &dyn Values, places: &[Place]) -> Option<Vec<Key>> {
        places.iter().map(|place| Key::of(values.at(*place))).collect()
    }
}

/// Makes rows of tables out of events.
pub struct Tabulator {
    plan: Plan,
    /// By list of the plan: what is in it.
    lists: Vec<HashSet<Vec<Key>>>,
    /// Whether a segment says of a kind what the catalog says, and the segment's number.
    kinds: (u64, NumberMap<u16, bool>),
    past: Past,
    traffic: Traffic,
    found: Vec<Found>,
    /// Whether a row tells of the past.
    shows_past: bool,
}

impl Tabulator {
    /// Rows of these tables.
    ///
    /// # Errors
    /// A table is none that is made of single events, or has no such column.
    pub fn new(catalog: &Catalog, wanted: &[Wanted]) -> Result<Tabulator> {
        let plan = Plan::of(catalog, wanted)?;
        let lists = vec![HashSet::new(); plan.lists.len()];
        let shows_past = plan.makers.iter().any(|maker| maker.shows(ExecutionColumn::is_of_past));
        Ok(Tabulator {
            plan,
            lists,
            kinds: (0, NumberMap::default()),
            past: Past::default(),
            traffic: Traffic::new(),
            found: Vec::new(),
            shows_past,
        })
    }

    /// Names of the events that rows are made of; `None` for all.
    pub fn events(&self) -> Option<Vec<String>> {
        let mut names = Plan::events(&self.plan.makers)?;
        if self.shows_past {
            names.extend(past::events().map(|event| event.name.to_owned()));
            names.sort_unstable();
            names.dedup();
        }
        Some(names)
    }

    /// Reads what rows depend on that the whole capture decides.
    ///
    /// # Errors
    /// The capture cannot be read.
    pub fn prepare(&mut self, scanner: &Scanner, threads: usize) -> Result<()> {
        let origin = scanner.origin();
        if self.plan.makers.iter().any(|maker| maker.shows(|column| column.name == "sha256")) {
            self.past.hashes = executed_hashes(scanner.capture(), threads)?;
        }
        let asked: HashSet<String> = self.plan.makers.iter().flat_map(|maker| maker.branch.none_of.clone()).collect();
        let is_asked = !asked.is_empty() || !self.plan.lists.is_empty();
        if !is_asked {
            return Ok(());
        }
        let counts = event_counts(scanner.capture())?.counts;
        let is_hidden = |name: &String| origin.hidden.contains(name);
        let mut there: HashSet<String> =
            counts.into_iter().filter(|(name, rows)| *rows > 0 && !is_hidden(name)).map(|(name, _)| name).collect();
        there.extend(origin.replayed.iter().map(|event| event.name.to_owned()));
        // What has no row at all needs nothing of others.
        self.plan.makers.retain(|maker| maker.branch.without.is_empty() || maker.may_have_rows(&there));
        let lists: HashSet<usize> =
            self.plan.makers.iter().flat_map(|maker| &maker.branch.without).map(|(list, _)| *list).collect();
        let makers = || self.plan.lists.iter().enumerate().filter(|(list, _)| lists.contains(list));
        let mut events: HashSet<String> =
            makers().flat_map(|(_, list)| Plan::events(&list.makers).unwrap_or_default()).collect();
        if origin.has_policies {
            // Which rows there are is decided row by row.
            events.extend(asked.iter().filter(|name| there.contains(*name)).cloned());
            there.retain(|name| !asked.contains(name));
        }
        events.retain(|name| there.contains(name) || asked.contains(name));
        if !events.is_empty() {
            let options = Options { threads, events: Some(events.into_iter().collect()), ..Options::default() };
            parts(scanner.capture(), &options, origin, &mut |part| {
                let Part::Rows(batch) = part else { return Ok(()) };
                for entry in &batch.entries {
                    let row = batch.row(origin, entry);
                    if origin.has_policies && !there.contains(row.event()) {
                        there.insert(row.event().to_owned());
                    }
                    self.learn(&row);
                }
                Ok(())
            })?;
        }
        self.plan.makers.retain(|maker| !maker.branch.none_of.iter().any(|event| there.contains(event)));
        self.plan.index();
        Ok(())
    }

    /// Takes a row that others may have to be compared with: of those before, where the whole capture is not there yet.
    pub fn learn(&mut self, row: &Row<'_>) {
        let is_of_kind = self.is_of_kind(row);
        for (list, known) in self.plan.lists.iter().zip(&mut self.lists) {
            for maker in list.makers.iter().filter(|maker| maker.reads(row, is_of_kind)) {
                let evaluation = Evaluation::new(&maker.branch, maker.inputs(row, &Nobody, &self.past));
                if evaluation.is_there() {
                    known.extend(Key::all(&evaluation, &list.places(maker)));
                }
            }
        }
    }

    /// Gives the rows that an event makes, of a capture that is not whole yet: what later events decide is not known, nor what
    /// answers of DNS said.
    ///
    /// # Errors
    /// That of `each`.
    pub fn live(&mut self, row: &Row<'_>, each: &mut dyn FnMut(usize, TableRow<'_>) -> Result<()>) -> Result<()> {
        self.learn(row);
        self.rows(row, &Nobody, each)
    }

    /// Leaves out what only captures without certain events have, by what the recorder says it records.
    pub fn assume(&mut self, origin: &Origin) {
        let is_recorded =
            |name: &String| formats::events::by_name(name).is_some_and(|event| origin.hook(event.id).is_some());
        self.plan.makers.retain(|maker| !maker.branch.none_of.iter().any(is_recorded));
        self.plan.index();
    }

    /// Gives the rows that an event makes.
    ///
    /// # Errors
    /// That of `each`.
    fn rows(
        &mut self,
        row: &Row<'_>,
        given: &dyn Given,
        each: &mut dyn FnMut(usize, TableRow<'_>) -> Result<()>,
    ) -> Result<()> {
        if self.shows_past {
            self.past.observe(row);
        }
        if row.event_id() == NET_PACKET_RAW.id && !self.plan.of_queries.is_empty() {
            self.queries(row, each)?;
        }
        let by_kind = self.plan.by_kind.get(&row.event_id()).map_or(&[][..], Vec::as_slice);
        if by_kind.is_empty() && self.plan.of_all.is_empty() {
            return Ok(());
        }
        let is_of_kind = by_kind.is_empty() || self.is_of_kind(row);
        let by_kind = self.plan.by_kind.get(&row.event_id()).map_or(&[][..], Vec::as_slice);
        for maker in by_kind.iter().chain(&self.plan.of_all).filter_map(|index| self.plan.makers.get(*index)) {
            if !maker.reads(row, is_of_kind) {
                continue;
            }
            let evaluation = Evaluation::new(&maker.branch, maker.inputs(row, given, &self.past));
            if !evaluation.is_there() || self.is_listed(maker, &evaluation) {
                continue;
            }
            each(maker.table, TableRow { values: &evaluation, columns: &maker.columns, event: row })?;
        }
        Ok(())
    }

    /// Gives the rows that messages of DNS make which a packet brings.
    fn queries(&mut self, row: &Row<'_>, each: &mut dyn FnMut(usize, TableRow<'_>) -> Result<()>) -> Result<()> {
        let Some(packet) = Packet::unread(row) else { return Ok(()) };
        self.traffic.take(row.event_key(), &packet, &packet.dissect(), &mut self.found);
        for found in self.found.drain(..) {
            let Found::Dns(message) = &found else { continue };
            let query = DnsQuery { packet: row, message };
            for maker in self.plan.of_queries.iter().filter_map(|index| self.plan.makers.get(*index)) {
                let evaluation = Evaluation::new(&maker.branch, maker.of_query(query, &self.past));
                each(maker.table, TableRow { values: &evaluation, columns: &maker.columns, event: row })?;
            }
        }
        Ok(())
    }

    fn is_listed(&self, maker: &Maker, values: &dyn Values) -> bool {
        maker.branch.without.iter().any(|(list, places)| {
            let known = self.lists.get(*list).filter(|known| !known.is_empty());
            known.is_some_and(|known| Key::all(values, places).is_some_and(|key| known.contains(&key)))
        })
    }

    /// Whether a row is in its kind's table: those of which a segment says something else, or that are malformed, are in the
    /// table of all events alone.
    fn is_of_kind(&mut self, row: &Row<'_>) -> bool {
        let Some(schema) = row.schema() else { return false };
        let (segment, kinds) = &mut self.kinds;
        if *segment != row.definitions().segment {
            *segment = row.definitions().segment;
            kinds.clear();
        }
        let is_same = kinds
            .entry(schema.id)
            .or_insert_with(|| self.plan.schemas.get(&schema.id).is_some_and(|own| own == schema));
        *is_same && schema.is_well_formed(row.payload())
    }
}

impl Scanner {
    /// Gives `each` the rows of tables in one pass, in the order of replay, and what is missing.
    ///
    /// # Errors
    /// Those of [`Tabulator::new`], the capture cannot be read, or `each` failed.
    pub fn tabulate(
        &self,
        wanted: &[Wanted],
        extent: &Extent,
        each: &mut dyn FnMut(Told<'_>) -> Result<()>,
    ) -> Result<Summary> {
        let mut tabulator = Tabulator::new(self.catalog(), wanted)?;
        tabulator.prepare(self, extent.threads)?;
        let given: &dyn Given = if tabulator.plan.reads_names() { self.names()? } else { &Nobody };
        let Extent { threads, since_ns, until_ns } = *extent;
        let options = Options { threads, events: tabulator.events(), since_ns, until_ns, whose: Whose::default() };
        let origin = self.origin();
        parts(self.capture(), &options, origin, &mut |part| match part {
            Part::Begin(definitions) => each(Told::Lost(&definitions.losses)),
            Part::Rows(batch) => {
                for entry in &batch.entries {
                    let row = batch.row(origin, entry);
                    tabulator.rows(&row, given, &mut |table, row| each(Told::Row(table, row)))?;
                }
                each(Told::Read(batch.entries.len() as u64))
            }
            Part::End(..) => Ok(()),
        })
    }
}
