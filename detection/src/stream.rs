//! Rows of events into signatures, one at a time: of a capture that is whole, or of one that grows.

use std::collections::{BTreeSet, HashMap};

use analyzer::follow::Told;
use analyzer::loss::Loss;
use analyzer::replay::{self, replay_told};
use analyzer::row::Row;
use analyzer::tables::{Catalog, Cell, Columns};
use anyhow::Result;
use formats::capture::Capture;
use signatures::table::EVENT_KEY;
use signatures::{Body, Condition, Detector, Set, Table, Value};

use crate::cost::Costs;
use crate::{Evidence, Finding, ProcessOf};

/// Columns that tell who did it.
const WHO: [&str; 7] = ["process_key", "host_pid", "pid", "comm", "exe", "uid", "container_id"];

/// What is read of each kind of event that signatures are about.
pub struct Sources {
    /// By number of the event: index of the table in the set, and its columns with those of [`WHO`] behind them.
    by_event: HashMap<u16, (usize, Columns)>,
    names: Vec<String>,
}

impl Sources {
    /// The kinds of event, of those that the catalog has, that the set has a signature about.
    pub fn of(set: &Set, catalog: &Catalog) -> Sources {
        let mut sources = Sources { by_event: HashMap::new(), names: Vec::new() };
        for (index, table) in set.tables().all().iter().enumerate() {
            let is_about = |body: &Body| matches!(body, Body::Rows { table, .. } if *table == index);
            let Some(source) = catalog.table(&table.name) else { continue };
            if !set.signatures().iter().any(|signature| is_about(&signature.body)) {
                continue;
            }
            let names = table.columns.iter().map(|column| column.name.as_str()).chain(WHO);
            if let (Some(columns), Some(event)) = (Columns::of(catalog, source, names), catalog.event_of(source)) {
                sources.names.push(event.to_owned());
                sources.by_event.insert(columns.event_id(), (index, columns));
            }
        }
        sources
    }

    /// Names of the events: rows of others need not be made.
    pub fn events(&self) -> &[String] {
        &self.names
    }
}

/// How to look.
#[derive(Debug, Default)]
pub struct Options<'o> {
    /// Segments that are replayed at once; 0 for as many as there are processors.
    pub threads: usize,
    /// Findings from this time on, UTC nanoseconds; what was before counts for correlations all the same.
    pub since_ns: Option<i64>,
    /// Findings before this time, UTC nanoseconds.
    pub until_ns: Option<i64>,
    /// What measures the cost of each signature.
    pub costs: Option<&'o mut Costs>,
}

/// What was looked at.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Rows that signatures were asked about.
    pub rows: u64,
    /// Parts of the capture that could not be read.
    pub damaged: u64,
    /// Frames that are missing.
    pub lost: u64,
}

/// Gives everything that the signatures find in a capture to `each`, in the order of time.
///
/// # Errors
/// The capture cannot be read, or `each` failed.
pub fn detect(
    capture: &Capture,
    set: &Set,
    options: Options<'_>,
    each: &mut dyn FnMut(Finding) -> Result<()>,
) -> Result<Summary> {
    let sources = Sources::of(set, &Catalog::of(capture)?);
    let mut stream = Stream::new(set, &sources, options.costs);
    let replay = replay::Options {
        threads: options.threads,
        events: Some(sources.events().to_vec()),
        until_ns: options.until_ns,
        ..replay::Options::default()
    };
    let since_ns = options.since_ns.unwrap_or(i64::MIN);
    let replayed = replay_told(capture, &replay, &mut |told| match told {
        Told::Row(row) => {
            stream.row(&row).into_iter().filter(|finding| finding.ts_ns() >= since_ns).try_for_each(&mut *each)
        }
        Told::Lost(loss) => {
            stream.lost(loss);
            Ok(())
        }
    })?;
    Ok(Summary { damaged: replayed.damage.len() as u64, ..stream.summary })
}

/// Signatures over rows as they come.
pub struct Stream<'s> {
    set: &'s Set,
    sources: &'s Sources,
    detector: Detector<'s>,
    costs: Option<&'s mut Costs>,
    summary: Summary,
}

impl<'s> Stream<'s> {
    /// One that has seen nothing.
    pub fn new(set: &'s Set, sources: &'s Sources, costs: Option<&'s mut Costs>) -> Stream<'s> {
        Stream { set, sources, detector: Detector::new(set), costs, summary: Summary::default() }
    }

    /// Takes note of frames that are missing; before the rows that come after them.
    pub fn lost(&mut self, loss: &Loss) {
        self.summary.lost = self.summary.lost.saturating_add(loss.count);
        let ns = |boot_ns: u64| i64::try_from(boot_ns).unwrap_or(i64::MAX);
        self.detector.loss(ns(loss.boot_ns.0), ns(loss.boot_ns.1));
    }

    /// What is found with a row.
    pub fn row(&mut self, row: &Row<'_>) -> Vec<Finding> {
        let Some((index, columns)) = self.sources.by_event.get(&row.event_id()) else { return Vec::new() };
        let mut cells = Vec::new();
        if !columns.read(row, &mut cells) {
            return Vec::new();
        }
        self.summary.rows += 1;
        let values: Vec<Value<'_>> = cells.iter().map(value).collect();
        if let Some(costs) = self.costs.as_deref_mut() {
            costs.row(self.set, *index, values.as_slice());
        }
        let mut found = Vec::new();
        self.detector.row(*index, values.as_slice(), &mut found);
        let Some(table) = self.set.tables().all().get(*index) else { return Vec::new() };
        let who = values.get(table.columns.len()..).unwrap_or_default();
        found.into_iter().map(|found| self.finding(found, row, table, &values, who)).collect()
    }

    fn finding(
        &self,
        found: signatures::Finding,
        row: &Row<'_>,
        table: &Table,
        values: &[Value<'_>],
        who: &[Value<'_>],
    ) -> Finding {
        let (who_text, who_number) = (|at| text(who, at), |at| number(who, at));
        let process = who_number(0).map(|process_key| ProcessOf {
            process_key,
            host_pid: who_number(1).unwrap_or_default(),
            pid: who_number(2).unwrap_or_default(),
            comm: who_text(3).unwrap_or_default(),
            exe: who_text(4),
            command_line: None,
            uid: who_number(5),
        });
        let tables = self.set.tables().all();
        let own_key = number(values, EVENT_KEY);
        let evidence = found.rows.iter().map(|reference| {
            let is_this = Some(reference.event_key) == own_key && tables.get(reference.table) == Some(table);
            Evidence {
                table: tables.get(reference.table).map(|table| table.name.clone()).unwrap_or_default(),
                event: reference.event.clone(),
                event_key: reference.event_key,
                ts_ns: row.origin().utc_ns(u64::try_from(reference.boot_ns).unwrap_or_default()),
                boot_ns: reference.boot_ns,
                fields: if is_this { self.fields(found.signature, table, values) } else { Vec::new() },
            }
        });
        Finding {
            signature: found.signature,
            evidence: evidence.collect(),
            process,
            ancestors: Vec::new(),
            container_id: who_text(6),
            loss: found.loss,
            forgot: found.forgot,
        }
    }

    /// The columns that a signature, or those that it is about, look at.
    fn fields(&self, signature: usize, table: &Table, values: &[Value<'_>]) -> Vec<(String, String)> {
        let mut looked_at = BTreeSet::new();
        match self.set.signatures().get(signature).map(|signature| &signature.body) {
            Some(Body::Rows { condition, .. }) => columns_of(condition, &mut looked_at),
            Some(Body::Correlation(correlation)) => {
                for member in &correlation.members {
                    let body = self.set.signatures().get(member.signature).map(|signature| &signature.body);
                    if let Some(Body::Rows { condition, table: of }) = body
                        && self.set.tables().all().get(*of) == Some(table)
                    {
                        columns_of(condition, &mut looked_at);
                        looked_at.extend(member.group.iter().chain(&member.value));
                    }
                }
            }
            _ => {}
        }
        let shown = |column: usize| Some((table.columns.get(column)?.name.clone(), shown(values.get(column)?)?));
        looked_at.into_iter().filter_map(shown).collect()
    }
}

impl Finding {
    /// When it began to hold, UTC nanoseconds.
    pub fn ts_ns(&self) -> i64 {
        self.evidence.last().map_or(0, |row| row.ts_ns)
    }
}

fn columns_of(condition: &Condition, columns: &mut BTreeSet<usize>) {
    match condition {
        Condition::All(members) | Condition::Any(members) => {
            members.iter().for_each(|member| columns_of(member, columns));
        }
        Condition::Not(member) => columns_of(member, columns),
        Condition::Test(test) => _ = columns.insert(test.column),
        Condition::Never(_) => {}
    }
}

fn value<'a>(cell: &'a Cell<'_>) -> Value<'a> {
    match cell {
        Cell::Null | Cell::Bytes(_) => Value::Null,
        Cell::Integer(number) => Value::Integer(*number),
        Cell::Boolean(boolean) => Value::Boolean(*boolean),
        Cell::Real(number) => Value::Real(*number),
        Cell::Text(text) => Value::Text(text),
        Cell::Timestamp(ns) => Value::Timestamp(*ns),
    }
}

fn number(values: &[Value<'_>], at: usize) -> Option<i64> {
    match values.get(at) {
        Some(Value::Integer(number)) => Some(*number),
        _ => None,
    }
}

fn text(values: &[Value<'_>], at: usize) -> Option<String> {
    match values.get(at) {
        Some(Value::Text(text)) => Some((*text).to_owned()),
        _ => None,
    }
}

fn shown(value: &Value<'_>) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Text(text) => Some((*text).to_owned()),
        Value::Integer(number) | Value::Timestamp(number) => Some(number.to_string()),
        Value::Real(number) => Some(number.to_string()),
        Value::Boolean(boolean) => Some(boolean.to_string()),
    }
}
