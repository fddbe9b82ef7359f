//! How long questions to a large capture take, by engine, and what it takes to make a database or a dataset of it.
//!
//! Times are those of the whole program, from its start: what it prints goes nowhere, files are in the page cache.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::large;
use crate::measure::{median, wait_with_peak};
use crate::plan::Plan;

/// A minute of one process: what an investigator asks who has a suspect.
const SELECTIVE: &str = "SELECT event, COUNT(*) AS n FROM events
    WHERE process_key = {key} AND ts_ns >= {from} AND ts_ns < {from} + 60000000000 GROUP BY event ORDER BY event";
const COUNTS: &str = "SELECT event, \"rows\", lost FROM event_counts ORDER BY event";
/// Two columns of every row.
const SCAN: &str = "SELECT COUNT(process_key) AS known, SUM(ret) AS total FROM events";
/// The questions, with what they are to take at most where the capture itself is asked.
const QUESTIONS: [(&str, &str, &str); 3] = [
    ("one process, one minute", SELECTIVE, "0.3 s"),
    ("event_counts", COUNTS, "0.05 s"),
    ("scan of two columns", SCAN, "5 M/s of a core"),
];
/// The process that is asked for: one of many, that made some thousand events.
const SUSPECT: &str =
    "SELECT process_key, start_ns FROM processes WHERE comm = 'grep' ORDER BY start_ns LIMIT 1 OFFSET 7";
/// Lines of JSON: all of them would be tens of gigabytes.
const JSON_LINES: f64 = 1e6;

/// A dataset for DuckDB: its names are those of ours.
const OF_DATASET: &str = "connection.execute(open('views/duckdb.sql').read())";
/// Lines of JSON for DuckDB.
const OF_LINES: &str = "connection.execute(\"CREATE VIEW events AS SELECT * FROM read_json('events.json', \
    format='newline_delimited', sample_size=20480)\")";

/// One measurement: the medians of some runs.
pub(crate) struct Cost {
    wall_s: f64,
    cpu_s: f64,
    peak_bytes: f64,
}

/// What was measured, in order.
#[derive(Default)]
pub(crate) struct Runs(Vec<Value>);

impl Runs {
    /// Adds one measurement, of so many events.
    pub(crate) fn add(&mut self, what: &str, engine: &str, target: &str, events: f64, cost: &Cost) {
        // How many times as long as the first that did the same, of as many events.
        let rate = events / cost.wall_s;
        let first = self.0.iter().find(|run| run["what"] == what).and_then(|run| run["events_per_s"].as_f64());
        self.0.push(json!({
            "what": what,
            "engine": engine,
            "target": target,
            "wall_s": cost.wall_s,
            "cpu_s": cost.cpu_s,
            "times": first.unwrap_or(rate) / rate,
            "events_per_s": rate,
            "events_per_s_of_core": events / cost.cpu_s,
            "peak_mib": cost.peak_bytes / f64::from(1 << 20),
        }));
    }

    /// All of them.
    pub(crate) fn json(self, events: f64) -> Value {
        json!({ "events": events, "runs": self.0 })
    }
}

/// Asks all engines that are there.
pub(crate) fn compare(plan: &Plan, scratch: &Path) -> Result<Value> {
    let capture = large::capture(plan, plan.events, scratch)?;
    let events = events(plan, &capture)?;
    let capture = path(&capture);
    let tracee = path(&plan.tracee);
    let (database, dataset) = (scratch.join("query.db"), scratch.join("query.parquet"));
    let mut runs = Runs::default();
    eprintln!("query: replay");
    let replay = |kind: &str, to: &Path| cost(1, &[&tracee, "replay", "--to", kind, &capture, &path(to)]);
    let (to_sqlite, to_parquet) = (replay("sqlite", &database)?, replay("parquet", &dataset)?);
    let ask = |sql: &str| -> Result<Vec<String>> {
        let csv = said(Command::new(&tracee).args(["query", "--quiet", "--output", "csv"]).arg(&database).arg(sql))?;
        Ok(csv.lines().nth(1).context("no row")?.trim().split(',').map(str::to_owned).collect())
    };
    runs.add("replay", "SQLite", "0.6 M/s", events, &to_sqlite);
    runs.add("replay", "Parquet", "1 M/s of a core", events, &to_parquet);
    let suspect = ask(SUSPECT)?;
    let [key, from] = &suspect[..] else { bail!("no process to ask for") };

    let python = python();
    if python.is_none() {
        eprintln!("query: without DuckDB, which no Python here has (`scripts/readers` makes one)");
    }
    let mut engines = vec![
        ("capture", vec![tracee.clone(), "query".into(), "--engine".into(), "columnar".into(), capture.clone()]),
        ("SQLite", vec![tracee.clone(), "query".into(), path(&database)]),
        ("Parquet", vec![tracee.clone(), "query".into(), path(&dataset)]),
    ];
    engines.extend(python.map(|python| ("Parquet, DuckDB", duckdb(python, &dataset, OF_DATASET))));
    for (what, sql, target) in QUESTIONS {
        let sql = sql.replace("{key}", key).replace("{from}", from);
        for (engine, command) in &engines {
            eprintln!("query: {what}, {engine}");
            let command: Vec<&str> = command.iter().map(String::as_str).chain([&*sql]).collect();
            let target = if *engine == "capture" { target } else { "" };
            runs.add(what, engine, target, events, &cost(plan.rounds, &command)?);
        }
    }

    let lines = JSON_LINES.min(events);
    eprintln!("query: {lines} lines of JSON");
    let make = "\"$0\" events \"$1\" --output json | head -n \"$2\" >\"$3\"";
    said(
        Command::new("sh").args(["-c", make, &tracee, &capture, &lines.to_string()]).arg(scratch.join("events.json")),
    )?;
    if let Some(python) = python {
        for (what, sql, _) in QUESTIONS.iter().filter(|(what, ..)| *what != "event_counts") {
            let sql = sql.replace("{key}", key).replace("{from}", from);
            let command = duckdb(python, scratch, OF_LINES);
            let command: Vec<&str> = command.iter().map(String::as_str).chain([&*sql]).collect();
            runs.add(what, "JSON lines, DuckDB", "", lines, &cost(plan.rounds.min(3), &command)?);
        }
    }
    if said(Command::new("jq").arg("--version")).is_ok() {
        let select = format!("select(.process_key == {key}) | .event");
        let file = path(&scratch.join("events.json"));
        runs.add("one process, one minute", "JSON lines, jq", "", lines, &cost(1, &["jq", "-c", &select, &file])?);
    }
    Ok(runs.json(events))
}

/// Rows of events of a capture.
pub(crate) fn events(plan: &Plan, capture: &Path) -> Result<f64> {
    let sql = "SELECT SUM(\"rows\") AS n FROM event_counts";
    let mut query = Command::new(&plan.tracee);
    let csv = said(query.args(["query", "--quiet", "--engine", "columnar", "--output", "csv"]).arg(capture).arg(sql))?;
    Ok(csv.lines().nth(1).context("no number of events")?.trim().parse()?)
}

/// A Python that has DuckDB.
fn python() -> Option<&'static str> {
    ["target/readers/bin/python", "python3"]
        .into_iter()
        .find(|python| said(Command::new(python).args(["-c", "import duckdb"])).is_ok())
}

/// DuckDB in a folder, after a statement that says what is there; the question follows.
fn duckdb(python: &str, folder: &Path, begin: &str) -> Vec<String> {
    let script = format!(
        "import os, sys, duckdb\nos.chdir(sys.argv[1])\nconnection = duckdb.connect()\n{begin}\n\
         print(connection.execute(sys.argv[2]).fetchall())"
    );
    vec![python.to_owned(), "-c".to_owned(), script, path(folder)]
}

pub(crate) fn path(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Runs a command so many times.
pub(crate) fn cost(rounds: usize, command: &[&str]) -> Result<Cost> {
    let [program, arguments @ ..] = command else { bail!("no command") };
    let (mut walls, mut cpus, mut peaks) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let begin = Instant::now();
        let errors = File::create("/dev/null")?;
        let child =
            Command::new(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors).spawn();
        let child = child.with_context(|| format!("{program} does not start"))?;
        let (status, cpu_ns, peak_bytes) = wait_with_peak(&child)?;
        if status != 0 {
            bail!("{program} {arguments:?} ended with wait status {status}");
        }
        walls.push(begin.elapsed().as_secs_f64());
        cpus.push(cpu_ns / 1e9);
        peaks.push(peak_bytes);
    }
    Ok(Cost { wall_s: median(walls), cpu_s: median(cpus), peak_bytes: median(peaks) })
}

/// What a command prints.
pub(crate) fn said(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("{command:?}"))?;
    if !output.status.success() {
        bail!("{command:?}: {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}
