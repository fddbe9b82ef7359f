//! One scenario for each event: a program causes it and says what really happened, and the row must say the same, in every
//! field; another program that comes near must not cause a row.
//!
//! Scenarios are recorded together, each in a process of its own, once with the best hooks there are and, where these are
//! more, once with tracepoints alone: the checks are the same.

mod containers;
mod files;
mod identity;
mod io_uring;
mod kernel;
mod lifecycle;
mod memory;
mod sockets;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};

use formats::event::{Event, Kind};
use formats::events;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::Value;

use crate::capture::Capture;
use crate::{machine, program};

/// What causes an event and what the rows must be.
pub(crate) struct Scenario {
    /// The event.
    pub(crate) event: &'static str,
    /// The scenario of `tests/programs/scenarios` that causes it.
    pub(crate) run: &'static str,
    /// Scenarios that come near and must not cause a row.
    pub(crate) near: &'static [&'static str],
    /// Which kernels can see it.
    pub(crate) needs: Needs,
    /// Looks at the rows.
    pub(crate) check: fn(&Seen),
}

/// What an event needs of a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Raw tracepoints.
    Tracepoints,
    /// A raw tracepoint that kernels have from this version on; before it, hooks of other kinds.
    TracepointSince(u32, u32),
    /// LSM, fentry or kprobe hooks.
    Upper,
}

/// Every family's scenarios.
const FAMILIES: &[(&str, &[Scenario])] = &[
    ("lifecycle", lifecycle::SCENARIOS),
    ("identity", identity::SCENARIOS),
    ("containers", containers::SCENARIOS),
    ("io_uring", io_uring::SCENARIOS),
    ("files", files::SCENARIOS),
    ("memory", memory::SCENARIOS),
    ("sockets", sockets::SCENARIOS),
    ("kernel", kernel::SCENARIOS),
];

/// The rows that one scenario caused, and its facts.
pub(crate) struct Seen {
    event: &'static Event,
    rows: Vec<Value>,
    facts: HashMap<String, String>,
    /// Whether a hook other than a tracepoint saw them.
    pub(crate) upper: bool,
    /// Whether the best hooks were asked for, and not tracepoints alone.
    pub(crate) best: bool,
    /// Columns that a check has looked at.
    looked_at: RefCell<BTreeSet<String>>,
}

impl Seen {
    /// The only row.
    pub(crate) fn only(&self) -> Checked<'_> {
        assert_eq!(self.rows.len(), 1, "{}: {:#?}", self.event.name, self.rows);
        self.row(0)
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// One row, in order of time.
    pub(crate) fn row(&self, index: usize) -> Checked<'_> {
        Checked { row: &self.rows[index], seen: self }
    }

    /// The rows that fit.
    pub(crate) fn rows(&self, fits: impl Fn(&Value) -> bool) -> Vec<&Value> {
        self.rows.iter().filter(|row| fits(row)).collect()
    }

    /// The first row that fits.
    ///
    /// # Panics
    /// There is none.
    pub(crate) fn find(&self, fits: impl Fn(&Value) -> bool) -> Checked<'_> {
        let found = self.rows.iter().find(|row| fits(row));
        Checked { row: found.unwrap_or_else(|| panic!("{}: {:#?}", self.event.name, self.rows)), seen: self }
    }

    /// A fact that the scenario stated.
    pub(crate) fn fact(&self, name: &str) -> &str {
        self.facts.get(name).unwrap_or_else(|| panic!("{}: no fact {name}", self.event.name))
    }

    /// The same, as a number.
    pub(crate) fn number(&self, name: &str) -> i64 {
        self.fact(name).parse().unwrap_or_else(|_| panic!("{name}: {}", self.fact(name)))
    }

    /// Every field must have been looked at; an object with its path, by whatever column shows it.
    fn finish(&self) {
        let looked_at = self.looked_at.borrow();
        let by_attribute = |field: &str| {
            self.event
                .fields
                .iter()
                .any(|other| other.kind == Kind::Attribute && other.display.starts_with(&format!("{field}.")))
        };
        for field in self.event.fields {
            let stem = field.name.strip_suffix("_object").unwrap_or(field.name);
            let done = looked_at.contains(field.name)
                || looked_at.contains(&format!("{stem}_path"))
                || field.kind == Kind::Object && by_attribute(field.name)
                || field.name.starts_with("reserved");
            assert!(done, "{}: nothing looks at {}", self.event.name, field.name);
        }
    }
}

/// A row whose columns are looked at one by one.
pub(crate) struct Checked<'a> {
    row: &'a Value,
    seen: &'a Seen,
}

impl Checked<'_> {
    /// A column's value.
    pub(crate) fn get(&self, column: &str) -> &Value {
        let mut looked_at = self.seen.looked_at.borrow_mut();
        looked_at.insert(column.to_owned());
        // The number of what is called by a name.
        looked_at.extend(column.strip_suffix("_number").map(str::to_owned));
        // Where every event has a column of this name, the field goes by another.
        let own = self.row.get(format!("arg_{column}"));
        own.or_else(|| self.row.get(column))
            .unwrap_or_else(|| panic!("{}: no column {column}: {:#}", self.seen.event.name, self.row))
    }

    /// A column's number, which may be called by a name and be in the column beside.
    pub(crate) fn numeric(&self, column: &str) -> &Value {
        let named = self.get(column);
        let number = [format!("arg_{column}_number"), format!("{column}_number")];
        number.iter().find_map(|name| self.row.get(name)).unwrap_or(named)
    }

    /// The column must hold this; a number, that or the column with its number.
    pub(crate) fn is(&self, column: &str, expected: impl Into<Value>) -> &Self {
        let expected = expected.into();
        let found = if expected.is_number() { self.numeric(column) } else { self.get(column) };
        assert_eq!(*found, expected, "{}.{column}: {:#}", self.seen.event.name, self.row);
        self
    }

    /// The column must hold what the fact says, as text or number.
    pub(crate) fn is_fact(&self, column: &str, fact: &str) -> &Self {
        let expected = self.seen.fact(fact);
        let found = if expected.parse::<i128>().is_ok() { self.numeric(column) } else { self.get(column) };
        match found {
            Value::Number(number) => assert_eq!(number.to_string(), expected, "{column}: {:#}", self.row),
            value => assert_eq!(value, expected, "{}.{column}: {:#}", self.seen.event.name, self.row),
        }
        self
    }

    /// The column must hold something that fits.
    pub(crate) fn fits(&self, column: &str, fits: impl Fn(&Value) -> bool) -> &Self {
        assert!(fits(self.get(column)), "{}.{column}: {:#}", self.seen.event.name, self.row);
        self
    }

    /// The column must be NULL.
    pub(crate) fn null(&self, column: &str) -> &Self {
        self.is(column, Value::Null)
    }

    /// These columns, and no others, must be listed as read from user memory.
    #[allow(clippy::wrong_self_convention, reason = "named after the column")]
    pub(crate) fn from_user(&self, columns: &str) -> &Self {
        let expected = if columns.is_empty() { Value::Null } else { columns.into() };
        assert_eq!(self.row["from_user"], expected, "{:#}", self.row);
        self
    }
}

/// One recording of scenarios: facts and process id by scenario, and the rows.
struct Recorded {
    capture: Capture,
    database: Connection,
    facts: BTreeMap<String, (i64, HashMap<String, String>)>,
}

fn record(scenarios: &[&Scenario], hooks: &str) -> Recorded {
    let capture = Capture::planned();
    let directory = capture.scratch().join("scene");
    std::fs::create_dir(&directory).expect("a directory");
    let mut command: Vec<OsString> = vec![program::build_static("scenarios").into(), directory.into()];
    let mut events = BTreeSet::new();
    for scenario in scenarios {
        events.insert(scenario.event);
        for name in std::iter::once(&scenario.run).chain(scenario.near) {
            if !command.contains(&OsString::from(name)) {
                command.push(name.into());
            }
        }
    }
    let events = events.into_iter().collect::<Vec<_>>().join(",");
    let mut recorder = capture.recorder(&["--hooks", hooks, "--events", &events], &command);
    let finished = crate::process::run(&mut recorder, crate::capture::LIMIT);
    assert!(finished.status.success(), "{}: {}", finished.status, finished.stderr);
    let database = Connection::open(capture.database()).expect("the replayed capture");
    Recorded { facts: facts(&finished.stdout_text()), database, capture }
}

/// Facts by scenario, each with the process that stated them.
fn facts(text: &str) -> BTreeMap<String, (i64, HashMap<String, String>)> {
    let mut all = BTreeMap::new();
    let mut current = None;
    for line in text.lines() {
        if let Some((name, pid)) = line.strip_prefix('@').and_then(|line| line.split_once(' ')) {
            all.insert(name.to_owned(), (pid.parse().expect("a process id"), HashMap::new()));
            current = Some(name.to_owned());
        } else if let (Some(current), Some((name, value))) = (&current, line.split_once('=')) {
            all.get_mut(current).unwrap().1.insert(name.to_owned(), value.to_owned());
        }
    }
    all
}

/// The rows of an event by a process or one that descends from it.
fn rows_of(recorded: &Recorded, event: &str, pid: i64) -> Vec<Value> {
    let sql = format!(
        "WITH RECURSIVE own(key) AS (SELECT process_key FROM processes WHERE pid = {pid} UNION
         SELECT p.process_key FROM processes p JOIN own ON p.parent_key = own.key)
         SELECT * FROM \"{event}\" WHERE process_key IN (SELECT key FROM own) ORDER BY ts_ns, event_key"
    );
    let mut statement = recorded.database.prepare(&sql).expect("SQL");
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let rows = statement.query_map([], |row| {
        let value = |index| -> rusqlite::Result<Value> {
            Ok(match row.get_ref(index)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(number) => number.into(),
                ValueRef::Real(number) => number.into(),
                ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned().into(),
                ValueRef::Blob(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into(),
            })
        };
        names.iter().enumerate().map(|(index, name)| Ok((name.clone(), value(index)?))).collect::<rusqlite::Result<_>>()
    });
    rows.expect("rows").map(|row| Value::Object(row.expect("a row"))).collect()
}

fn check(scenario: &Scenario, recorded: &Recorded, best: bool) {
    let event = events::by_name(scenario.event).expect("an event of the table");
    let (pid, facts) = &recorded.facts[scenario.run];
    let rows = rows_of(recorded, event.name, *pid);
    let is_upper = |row: &Value| row["hook"].as_str().is_some_and(|hook| !hook.starts_with("tp_btf/"));
    let upper = rows.iter().any(is_upper);
    let seen = Seen { event, upper, best, rows, facts: facts.clone(), looked_at: RefCell::default() };
    (scenario.check)(&seen);
    seen.finish();
    for near in scenario.near {
        let rows = rows_of(recorded, event.name, recorded.facts[*near].0);
        assert!(rows.is_empty(), "{}: {near} must cause no row: {rows:#?}", event.name);
    }
}

/// Records and checks scenarios, first with the best hooks, then, where these are more, with tracepoints alone.
///
/// # Panics
/// At the end, naming every scenario of which a check failed.
fn run(scenarios: &[&Scenario], upper: bool) {
    let is_plain = |one: &&Scenario| match one.needs {
        Needs::Tracepoints => true,
        Needs::TracepointSince(major, minor) => machine::kernel() >= (major, minor),
        Needs::Upper => false,
    };
    let plain: Vec<_> = scenarios.iter().copied().filter(is_plain).collect();
    let best = if upper { scenarios } else { &plain };
    let mut failed = Vec::new();
    for (hooks, scenarios) in [("best", best), ("tracepoints", &plain)] {
        if (hooks == "tracepoints" && !upper) || scenarios.is_empty() {
            continue;
        }
        let recorded = record(scenarios, hooks);
        recorded.capture.verify();
        for scenario in scenarios {
            if catch_unwind(AssertUnwindSafe(|| check(scenario, &recorded, hooks == "best"))).is_err() {
                failed.push(format!("{} ({}, {hooks})", scenario.event, scenario.run));
            }
        }
    }
    assert!(failed.is_empty(), "failed: {}", failed.join(", "));
}

/// The scenarios of one family. Where there are hooks other than tracepoints, loading takes so long (a virtual machine)
/// that all families are recorded together.
fn family(name: &str) {
    let Some(_turn) = machine::turn(name) else { return };
    let (_, scenarios) = FAMILIES.iter().find(|(family, _)| *family == name).expect("a family");
    if !machine::has_upper_hooks() {
        run(&scenarios.iter().collect::<Vec<_>>(), false);
    }
}

#[test]
fn together() {
    let Some(_turn) = machine::turn("together") else { return };
    if machine::has_upper_hooks() {
        run(&FAMILIES.iter().flat_map(|(_, scenarios)| scenarios.iter()).collect::<Vec<_>>(), true);
    }
}

#[test]
fn files() {
    family("files");
}

#[test]
fn containers() {
    family("containers");
}

#[test]
fn identity() {
    family("identity");
}

#[test]
fn io_uring() {
    family("io_uring");
}

#[test]
fn kernel() {
    family("kernel");
}

#[test]
fn lifecycle() {
    family("lifecycle");
}

#[test]
fn memory() {
    family("memory");
}

#[test]
fn sockets() {
    family("sockets");
}

/// Kinds that other tests cause and check, with the test.
const ELSEWHERE: &[(&str, &str)] = &[
    ("init_namespaces", "host"),
    ("existing_container", "host"),
    ("content", "artifacts"),
    ("net_packet_raw", "packets"),
    ("net_packet_ipv4", "packets"),
    ("net_packet_ipv6", "packets"),
    ("net_packet_tcp", "packets"),
    ("net_packet_udp", "packets"),
    ("net_packet_icmp", "packets"),
    ("net_packet_icmpv6", "packets"),
    ("net_packet_dns", "packets"),
    ("net_packet_dns_request", "packets"),
    ("net_packet_dns_response", "packets"),
    ("net_packet_http", "packets"),
    ("net_packet_http_request", "packets"),
    ("net_packet_http_response", "packets"),
    ("hooked_syscall", "rootkit"),
    ("hooked_seq_ops", "rootkit"),
    ("ftrace_hook", "rootkit"),
    ("hidden_kernel_module", "rootkit"),
];

#[test]
fn every_event_of_the_table_has_a_scenario() {
    let have: BTreeSet<&str> = FAMILIES
        .iter()
        .flat_map(|(_, scenarios)| scenarios.iter().map(|scenario| scenario.event))
        .chain(ELSEWHERE.iter().map(|(event, _)| *event))
        .collect();
    let hooked = formats::event::FIRST_HOOKED_EVENT..formats::event::BEHIND_HOOKED_EVENTS;
    let without: Vec<&str> = events::all()
        .filter(|event| hooked.contains(&event.id))
        .map(|event| event.name)
        .filter(|name| !have.contains(name))
        .collect();
    assert!(without.is_empty(), "no scenario causes {without:?}");
    let unknown: Vec<_> = have.iter().filter(|name| events::by_name(name).is_none()).collect();
    assert!(unknown.is_empty(), "scenarios of events that there are not: {unknown:?}");
}
