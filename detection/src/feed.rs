//! The feed: rows as they come into the signatures, in the order that these need, and what is found out of them again.
//!
//! A row that no signature matches is looked at where it stands. One that a signature matches is kept for a while, because rows
//! may come a little out of order (an interrupt has its time before its number), and correlations are about order.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use analyzer::loss::Loss;
use analyzer::row::Row as Event;
use analyzer::tables::Catalog;
use analyzer::tabulate::{TableRow, Wanted};
use signatures::correlation::Reference;
use signatures::table::{COMMON, EVENT};
use signatures::{Body, Detector, Matcher, Set};

use crate::cost::Costs;
use crate::finding::{Evidence, Finding, ProcessOf};
use crate::row::{Kept, KeptRow, Passing};

/// How much earlier than one before a row may be, in ns.
const DISORDER_NS: i64 = 1_000_000_000;

/// A table that rows are wanted of.
struct TableFeed {
    /// Its index in the set.
    table: usize,
    /// Columns of it that are wanted, by their index there.
    columns: Vec<usize>,
    /// By index of a column: its position among those.
    positions: Vec<Option<usize>>,
}

/// Where a row stands: time, key, event, table.
type Order = (i64, i64, Arc<str>, usize);

/// A row that was matched.
struct Hit {
    /// Position of the table.
    position: usize,
    values: Vec<Kept>,
    who: Arc<Who>,
}

/// Who did it.
#[derive(Default)]
struct Who {
    process: Option<ProcessOf>,
    ancestors: Vec<ProcessOf>,
    container_id: Option<String>,
}

/// Rows into signatures, and findings out of them.
pub(crate) struct Feed<'s> {
    set: &'s Set,
    /// Says which rows are kept.
    matcher: Matcher,
    detector: Detector<'s>,
    tables: Vec<TableFeed>,
    /// By signature: the columns that findings of it show, by table.
    shown: HashMap<usize, BTreeMap<usize, BTreeSet<usize>>>,
    /// Signatures that correlations are about.
    members: BTreeSet<usize>,
    longest_ns: i64,
    /// An event may make several rows of a table: they are numbered.
    waiting: BTreeMap<(Order, u64), Hit>,
    serial: u64,
    losses: BTreeSet<(i64, i64)>,
    /// Rows that a correlation may still name, in order.
    kept: HashMap<Order, Arc<Hit>>,
    kept_order: VecDeque<Order>,
    reached_ns: i64,
    found: Vec<usize>,
    costs: Option<&'s RefCell<Costs>>,
}

impl<'s> Feed<'s> {
    /// A feed that has seen nothing.
    pub(crate) fn new(catalog: &Catalog, set: &'s Set) -> Feed<'s> {
        let matcher = Matcher::new(set);
        let mut shown: HashMap<usize, BTreeMap<usize, BTreeSet<usize>>> = HashMap::new();
        let (mut members, mut longest_ns) = (BTreeSet::new(), 0);
        for (index, signature) in set.signatures().iter().enumerate() {
            let own = shown.entry(index).or_default();
            match &signature.body {
                Body::Rows { table, condition } => {
                    own.entry(*table).or_default().extend(condition.tests().iter().map(|test| test.column));
                }
                Body::Correlation(correlation) => {
                    longest_ns = longest_ns.max(correlation.timespan_ns);
                    for member in &correlation.members {
                        members.insert(member.signature);
                        let body = set.signatures().get(member.signature).map(|signature| &signature.body);
                        if let Some(Body::Rows { table, condition }) = body {
                            let columns = own.entry(*table).or_default();
                            columns.extend(condition.tests().iter().map(|test| test.column));
                            columns.extend(member.group.iter().copied().chain(member.value));
                        }
                    }
                }
                Body::Not { .. } => {}
            }
        }
        let tables = table_feeds(catalog, set, &matcher, &shown);
        Feed {
            set,
            matcher,
            detector: Detector::new(set),
            tables,
            shown,
            members,
            longest_ns,
            waiting: BTreeMap::new(),
            serial: 0,
            losses: BTreeSet::new(),
            kept: HashMap::new(),
            kept_order: VecDeque::new(),
            reached_ns: i64::MIN,
            found: Vec::new(),
            costs: None,
        }
    }

    /// The same, with what measures the cost of each signature.
    pub(crate) fn measured(self, costs: Option<&'s RefCell<Costs>>) -> Feed<'s> {
        Feed { costs, ..self }
    }

    /// The tables that rows are wanted of: [`Feed::row`] is told the position in this list.
    pub(crate) fn wanted(&self) -> Vec<Wanted> {
        let wanted = self.tables.iter().filter_map(|feed| {
            let table = self.set.tables().all().get(feed.table)?;
            let names = feed.columns.iter().filter_map(|column| table.columns.get(*column));
            Some(Wanted { table: table.name.clone(), columns: names.map(|column| column.name.clone()).collect() })
        });
        wanted.collect()
    }

    /// Takes a row.
    pub(crate) fn row(&mut self, position: usize, row: &TableRow<'_>) {
        let Some(feed) = self.tables.get(position) else { return };
        let passing = Passing { row, positions: &feed.positions };
        if let Some(costs) = self.costs {
            costs.borrow_mut().row(self.set, feed.table, &passing);
        }
        self.matcher.matches(feed.table, &passing, &mut self.found);
        let boot_ns = row.event().boot_ns() as i64;
        self.reached_ns = self.reached_ns.max(boot_ns);
        if self.found.is_empty() {
            return;
        }
        let values = feed.columns.iter().map(|column| signatures::Row::value(&passing, *column).into());
        let hit = Hit { position, values: values.collect(), who: Arc::new(Who::of(row.event())) };
        let order = (boot_ns, row.event().event_key(), Arc::from(row.event().event()), feed.table);
        self.serial += 1;
        self.waiting.insert((order, self.serial), hit);
    }

    /// Takes note of what is missing.
    pub(crate) fn lost(&mut self, loss: &Loss) {
        self.losses.insert((loss.boot_ns.0 as i64, loss.boot_ns.1 as i64));
    }

    /// Adds what is found with the rows that none can come before any more.
    pub(crate) fn settle(&mut self, findings: &mut Vec<Finding>) {
        let before_ns = self.reached_ns.saturating_sub(DISORDER_NS);
        while self.waiting.first_key_value().is_some_and(|((order, _), _)| order.0 < before_ns) {
            self.take_first(findings);
        }
    }

    /// Adds what is found with all rows that were taken: at the end, or when no others will come soon.
    pub(crate) fn finish(&mut self, findings: &mut Vec<Finding>) {
        while !self.waiting.is_empty() {
            self.take_first(findings);
        }
    }

    /// Correlations, by their index in the set, that had to forget rows for want of room, and how many.
    pub(crate) fn forgotten(&self) -> Vec<(usize, u64)> {
        self.detector.forgotten().collect()
    }

    fn take_first(&mut self, findings: &mut Vec<Finding>) {
        let Some(((order, _), hit)) = self.waiting.pop_first() else { return };
        while let Some((first_ns, last_ns)) = self.losses.first().copied().filter(|(first, _)| *first <= order.0) {
            self.losses.pop_first();
            self.detector.loss(first_ns, last_ns);
        }
        let Some(feed) = self.tables.get(hit.position) else { return };
        let row = KeptRow { values: &hit.values, positions: &feed.positions };
        if !self.members.is_empty() {
            self.matcher.matches(feed.table, &row, &mut self.found);
        }
        let mut found = Vec::new();
        self.detector.row(feed.table, &row, &mut found);
        let hit = Arc::new(hit);
        if self.members.iter().any(|member| self.found.binary_search(member).is_ok()) {
            self.keep(order.clone(), Arc::clone(&hit));
        }
        findings.extend(found.into_iter().map(|finding| self.finding(finding, &order, &hit)));
    }

    fn keep(&mut self, order: Order, hit: Arc<Hit>) {
        let before_ns = order.0.saturating_sub(self.longest_ns);
        while let Some(first) = self.kept_order.front().filter(|first| first.0 < before_ns) {
            self.kept.remove(first);
            self.kept_order.pop_front();
        }
        self.kept.insert(order.clone(), hit);
        self.kept_order.push_back(order);
    }

    fn finding(&self, finding: signatures::Finding, order: &Order, hit: &Hit) -> Finding {
        let evidence = finding.rows.iter().map(|reference| {
            let is_last =
                reference.boot_ns == order.0 && reference.event_key == order.1 && *reference.event == *order.2;
            let key = || (reference.boot_ns, reference.event_key, Arc::from(reference.event.as_str()), reference.table);
            let kept = if is_last && reference.table == order.3 { None } else { self.kept.get(&key()) };
            self.evidence(finding.signature, reference, kept.map_or(hit, |kept| kept))
        });
        Finding {
            signature: finding.signature,
            evidence: evidence.collect(),
            process: hit.who.process.clone(),
            ancestors: hit.who.ancestors.clone(),
            container_id: hit.who.container_id.clone(),
            loss: finding.loss,
            forgot: finding.forgot,
        }
    }

    fn evidence(&self, signature: usize, reference: &Reference, hit: &Hit) -> Evidence {
        let feed = self.tables.get(hit.position);
        let table = self.set.tables().all().get(reference.table);
        let value = |column: usize| hit.values.get(feed?.positions.get(column).copied().flatten()?);
        let shown = self.shown.get(&signature).and_then(|tables| tables.get(&reference.table));
        let fields = shown.into_iter().flatten().filter(|column| **column > EVENT).filter_map(|column| {
            let name = table?.columns.get(*column)?.name.clone();
            Some((name, value(*column)?.text()?))
        });
        Evidence {
            table: table.map_or_else(String::new, |table| table.name.clone()),
            event: reference.event.clone(),
            event_key: reference.event_key,
            ts_ns: value(TS_NS).map_or(0, Kept::integer),
            boot_ns: reference.boot_ns,
            fields: fields.collect(),
        }
    }
}

/// Index of `ts_ns` in every table.
const TS_NS: usize = 1;

/// What is wanted of each table that a signature is about.
fn table_feeds(
    catalog: &Catalog,
    set: &Set,
    matcher: &Matcher,
    shown: &HashMap<usize, BTreeMap<usize, BTreeSet<usize>>>,
) -> Vec<TableFeed> {
    let tables = set.tables().all().iter().enumerate().filter(|(table, _)| matcher.wants(*table));
    let feeds = tables.filter_map(|(index, table)| {
        let of_capture = catalog.table(&table.name)?;
        let mut columns: BTreeSet<usize> = (TS_NS..COMMON.len()).chain(matcher.columns(index)).collect();
        columns.extend(shown.values().filter_map(|tables| tables.get(&index)).flatten());
        let is_there =
            |column: &usize| table.columns.get(*column).is_some_and(|column| of_capture.index(&column.name).is_some());
        let columns: Vec<usize> = columns.into_iter().filter(is_there).collect();
        let mut positions = vec![None; table.columns.len()];
        for (position, column) in columns.iter().enumerate() {
            if let Some(known) = positions.get_mut(*column) {
                *known = Some(position);
            }
        }
        Some(TableFeed { table: index, columns, positions })
    });
    feeds.collect()
}

impl Who {
    fn of(event: &Event<'_>) -> Who {
        let text = |text: &str| text.to_owned();
        let process = event.context().and_then(|context| {
            Some(ProcessOf {
                process_key: context.process_key?,
                host_pid: context.host_pid.into(),
                pid: context.pid.into(),
                comm: event.comm().map(|comm| analyzer::text::escape(comm).into_owned()).unwrap_or_default(),
                exe: event.exe().map(text),
                command_line: event.command_line().map(text),
                uid: Some(context.uid().into()),
            })
        });
        let ancestors = event.ancestors().into_iter().map(|process| ProcessOf {
            process_key: process.process_key,
            host_pid: process.host_pid.into(),
            pid: process.pid.into(),
            comm: process.comm,
            exe: process.exe,
            command_line: process.command_line,
            uid: process.uid.map(Into::into),
        });
        Who { process, ancestors: ancestors.collect(), container_id: event.container_id().map(text) }
    }
}
