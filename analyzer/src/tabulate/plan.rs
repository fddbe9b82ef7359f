//! What is to be done to which event, worked out before the first one comes.

use std::collections::HashSet;

use anyhow::{Result, anyhow};
use formats::events::lifecycle::SCHED_PROCESS_EXEC;
use formats::events::packets::NET_PACKET_RAW;
use formats::schema::EventSchema;

use super::{Shown, Wanted};
use crate::dns_query::{self, DnsColumn, DnsQuery};
use crate::execution::{self, EXECUTIONS, ExecutionColumn, is_execution};
use crate::numbers::NumberMap;
use crate::past::Past;
use crate::prelude::{Branch, Evaluation, Inputs, Place, Program};
use crate::row::Row;
use crate::scan::Nobody;
use crate::tables::{self, Catalog, Cell, DNS_QUERIES, EVENTS, Given, OneRow};
use crate::text;

/// The values of a row, by their place.
pub(super) trait Values {
    fn at(&self, place: Place) -> Shown<'_>;
}

impl<'a, I: Inputs<'a>> Values for Evaluation<'_, 'a, I> {
    fn at(&self, place: Place) -> Shown<'_> {
        Evaluation::at(self, place)
    }
}

/// Where an input of a branch comes from.
enum Source {
    Column(tables::Shown),
    Execution(&'static ExecutionColumn),
    Query(&'static DnsColumn),
}

/// What a maker reads.
enum Of {
    /// Every event.
    All,
    /// Those of a kind: its number and name.
    Kind(u16, String),
    /// Programs that were executed.
    Executions,
    /// Messages of DNS.
    Queries,
}

/// Makes rows of one table out of some events.
pub(super) struct Maker {
    /// Position of the table among those that are wanted.
    pub(super) table: usize,
    pub(super) branch: Branch,
    /// By wanted column: its value.
    pub(super) columns: Vec<Option<Place>>,
    of: Of,
    sources: Vec<Source>,
}

/// Rows of which others must not be equals.
pub(super) struct List {
    pub(super) makers: Vec<Maker>,
    /// Which of their columns are compared.
    columns: Vec<usize>,
}

impl List {
    /// Where a maker has what is compared.
    pub(super) fn places(&self, maker: &Maker) -> Vec<Place> {
        let place = |column: &usize| maker.branch.columns.get(*column).map(|(_, place)| *place);
        self.columns.iter().filter_map(place).collect()
    }
}

/// All that is to be done.
pub(super) struct Plan {
    pub(super) makers: Vec<Maker>,
    pub(super) lists: Vec<List>,
    /// By kind: positions of the makers that read it.
    pub(super) by_kind: NumberMap<u16, Vec<usize>>,
    /// Positions of those that read all events.
    pub(super) of_all: Vec<usize>,
    /// Positions of those that read messages of DNS.
    pub(super) of_queries: Vec<usize>,
    /// What the catalog says of the kinds that are read.
    pub(super) schemas: NumberMap<u16, EventSchema>,
}

impl Plan {
    /// What makes the rows of these tables.
    ///
    /// # Errors
    /// A table is none that is made of single events, or has no such column.
    pub(super) fn of(catalog: &Catalog, wanted: &[Wanted]) -> Result<Plan> {
        let schemas = catalog.kinds().map(|(kind, _)| (kind.schema.id, kind.schema.clone())).collect();
        let mut plan = Plan {
            makers: Vec::new(),
            lists: Vec::new(),
            by_kind: NumberMap::default(),
            of_all: Vec::new(),
            of_queries: Vec::new(),
            schemas,
        };
        for (position, wanted) in wanted.iter().enumerate() {
            plan.add(catalog, position, wanted)?;
        }
        plan.index();
        Ok(plan)
    }

    fn add(&mut self, catalog: &Catalog, position: usize, wanted: &Wanted) -> Result<()> {
        let table = catalog.table(&wanted.table).ok_or_else(|| anyhow!("{} is no table", wanted.table))?;
        if let Some(missing) = wanted.columns.iter().find(|column| table.index(column).is_none()) {
            return Err(anyhow!("{} has no column {missing}", table.name));
        }
        let is_filled = [EXECUTIONS.name, DNS_QUERIES.name].contains(&table.name.as_str());
        let is_whole = is_filled || table.name == EVENTS || catalog.event_of(table).is_some();
        let program = if is_whole {
            let columns: Vec<&str> = wanted.columns.iter().map(String::as_str).collect();
            Program { branches: vec![Branch::whole(&table.name, &columns)], lists: Vec::new() }
        } else {
            Program::of(&table.name).map_err(|why| anyhow!("rows of {} are not made one by one: {why}", table.name))?
        };
        let before = self.lists.len();
        for (branches, columns) in program.lists {
            let makers = branches.into_iter().map(|branch| Maker::new(catalog, position, branch, &[]));
            self.lists.push(List { makers: makers.collect::<Result<_>>()?, columns });
        }
        for mut branch in program.branches {
            branch.without.iter_mut().for_each(|(list, _)| *list += before);
            self.makers.push(Maker::new(catalog, position, branch, &wanted.columns)?);
        }
        Ok(())
    }

    /// Finds out again which maker reads what.
    pub(super) fn index(&mut self) {
        self.by_kind.clear();
        self.of_all.clear();
        self.of_queries.clear();
        for (position, maker) in self.makers.iter().enumerate() {
            match &maker.of {
                Of::All => self.of_all.push(position),
                Of::Queries => self.of_queries.push(position),
                Of::Kind(id, _) => self.by_kind.entry(*id).or_default().push(position),
                Of::Executions => self.by_kind.entry(SCHED_PROCESS_EXEC.id).or_default().push(position),
            }
        }
    }

    /// Names of the events that makers read; `None` for all.
    pub(super) fn events(makers: &[Maker]) -> Option<Vec<String>> {
        let names: Option<HashSet<String>> = makers.iter().map(Maker::event).collect();
        let mut names: Vec<String> = names?.into_iter().collect();
        names.sort_unstable();
        Some(names)
    }

    /// Whether a row shows what answers of DNS said.
    pub(super) fn reads_names(&self) -> bool {
        let is_given = |source: &Source| matches!(source, Source::Column(column) if column.is_given());
        self.makers.iter().any(|maker| maker.sources.iter().any(is_given))
    }
}

impl Maker {
    fn new(catalog: &Catalog, table: usize, branch: Branch, columns: &[String]) -> Result<Maker> {
        let read = catalog.table(&branch.table).ok_or_else(|| anyhow!("{} is no table", branch.table))?;
        let of = match catalog.kind_of(read) {
            Some(kind) => Of::Kind(kind.schema.id, kind.schema.name.clone()),
            None if read.name == EXECUTIONS.name => Of::Executions,
            None if read.name == DNS_QUERIES.name => Of::Queries,
            None if read.name == EVENTS => Of::All,
            None => return Err(anyhow!("rows of {} are no single events", read.name)),
        };
        let shown = catalog.shown(read).unwrap_or_default();
        let source = |name: &String| {
            let missing = || anyhow!("{} has no column {name}", read.name);
            if matches!(of, Of::Executions) {
                return execution::named(name).map(Source::Execution).ok_or_else(missing);
            }
            if matches!(of, Of::Queries) {
                return dns_query::named(name).map(Source::Query).ok_or_else(missing);
            }
            let shown = read.index(name).and_then(|index| shown.get(index));
            shown.map(|shown| Source::Column(*shown)).ok_or_else(missing)
        };
        let sources = branch.inputs.iter().map(source).collect::<Result<_>>()?;
        let place = |name: &String| branch.columns.iter().find(|(own, _)| own == name).map(|(_, place)| *place);
        let columns = columns.iter().map(place).collect();
        Ok(Maker { table, branch, columns, of, sources })
    }

    /// Name of the event that it reads; `None` for all.
    fn event(&self) -> Option<String> {
        match &self.of {
            Of::All => None,
            Of::Kind(_, name) => Some(name.clone()),
            Of::Executions => Some(SCHED_PROCESS_EXEC.name.to_owned()),
            Of::Queries => Some(NET_PACKET_RAW.name.to_owned()),
        }
    }

    /// Whether it makes any rows where there are events of these names.
    pub(super) fn may_have_rows(&self, events: &HashSet<String>) -> bool {
        self.event().is_none_or(|event| events.contains(&event))
    }

    /// Whether it reads a row; `is_of_kind` says whether that is one of its kind's table.
    pub(super) fn reads(&self, row: &Row<'_>, is_of_kind: bool) -> bool {
        match &self.of {
            Of::All => true,
            Of::Kind(id, _) => *id == row.event_id() && is_of_kind,
            Of::Executions => is_execution(row),
            Of::Queries => false,
        }
    }

    /// What the branch reads of a row.
    pub(super) fn inputs<'r, 'a>(&'r self, row: &'r Row<'a>, given: &'r dyn Given, past: &'r Past) -> InputsOf<'r, 'a> {
        InputsOf { row: OneRow::new(row, given), past, query: None, sources: &self.sources }
    }

    /// What the branch reads of a message of DNS.
    pub(super) fn of_query<'r, 'a>(&'r self, query: DnsQuery<'r, 'a>, past: &'r Past) -> InputsOf<'r, 'a> {
        InputsOf { query: Some(query), ..self.inputs(query.packet, &Nobody, past) }
    }

    /// Whether it shows a column of executions that is so.
    pub(super) fn shows(&self, is_so: impl Fn(&ExecutionColumn) -> bool) -> bool {
        self.sources.iter().any(|source| matches!(source, Source::Execution(column) if is_so(column)))
    }
}

/// The columns of one event.
pub(super) struct InputsOf<'r, 'a> {
    row: OneRow<'r, 'a>,
    past: &'r Past,
    query: Option<DnsQuery<'r, 'a>>,
    sources: &'r [Source],
}

impl<'a> Inputs<'a> for InputsOf<'_, 'a> {
    fn input(&self, index: usize) -> Cell<'a> {
        match self.sources.get(index) {
            None => Cell::Null,
            Some(Source::Column(column)) => match self.row.cell(column) {
                Cell::Bytes(bytes) => Cell::Text(text::hex(&bytes).into()),
                cell => cell,
            },
            Some(Source::Query(column)) => self.query.as_ref().map_or(Cell::Null, |query| column.cell(query)),
            Some(Source::Execution(column)) => column.cell(self.row.row(), self.past),
        }
    }
}
