//! How long questions to a large capture take, by engine, and what it takes to make a database or a dataset of it.
//!
//! The capture is recorded once, from programs that read, write, fork and look into folders, and kept in `target/captures`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::measure::{median, wait_with_peak};
use crate::plan::Plan;

/// A minute of one process: what an investigator asks who has a suspect.
const SELECTIVE: &str = "SELECT event, COUNT(*) AS n FROM events
    WHERE process_key = {key} AND ts_ns >= {from} AND ts_ns < {from} + 60000000000 GROUP BY event ORDER BY event";
const COUNTS: &str = "SELECT event, \"rows\", lost FROM event_counts ORDER BY event";
/// Two columns of every row.
const SCAN: &str = "SELECT COUNT(comm) AS named, SUM(ret) AS total FROM events";
/// Lines of JSON that jq is given.
const JSON_LINES: f64 = 1e6;

/// One measurement: the median of some runs.
struct Cost {
    wall_s: f64,
    cpu_s: f64,
    peak_bytes: f64,
}

/// Asks all engines that are there.
pub(crate) fn compare(plan: &Plan, scratch: &Path) -> Result<Value> {
    let capture = capture(plan)?;
    let path = |path: &Path| path.to_string_lossy().into_owned();
    let tracee = path(&plan.tracee);
    let (database, dataset) = (scratch.join("query.db"), scratch.join("query.parquet"));
    let has_parquet = said(Command::new(&tracee).args(["replay", "--help"]))?.contains("parquet");
    let mut runs = Vec::new();
    let mut add = |what: &str, engine: &str, target: &str, events: f64, cost: Cost| {
        runs.push(json!({
            "what": what,
            "engine": engine,
            "target": target,
            "wall_s": cost.wall_s,
            "events_per_s": events / cost.wall_s,
            "events_per_s_of_core": events / cost.cpu_s,
            "peak_mib": cost.peak_bytes / f64::from(1 << 20),
        }));
    };

    let replay = |kind: &str, to: &Path| -> Result<Cost> {
        cost(1, &[&tracee, "replay", "--to", kind, &path(&capture), &path(to)].map(String::from))
    };
    eprintln!("query: replay");
    let to_sqlite = replay("sqlite", &database)?;
    let ask = |sql: &str| -> Result<String> {
        said(Command::new(&tracee).args(["query", "--output", "csv"]).arg(&database).arg(sql))
    };
    let events: f64 = answer(&ask("SELECT SUM(\"rows\") AS n FROM event_counts")?)?.parse()?;
    add("replay", "SQLite", "0.6 M/s", events, to_sqlite);
    if has_parquet {
        add("replay", "Parquet", "1 M/s of a core", events, replay("parquet", &dataset)?);
    }
    let key = answer(&ask("SELECT process_key FROM processes WHERE comm = 'find' ORDER BY start_ns LIMIT 1")?)?;
    let from = answer(&ask("SELECT start_ns FROM captures")?)?;
    let selective = SELECTIVE.replace("{key}", &key).replace("{from}", &from);

    let mut engines = vec![("SQLite", vec![tracee.clone(), "query".into(), path(&database)])];
    if has_parquet {
        let direct = ["query", "--engine", "columnar"].map(String::from);
        engines.push(("DataFusion, capture", [&[tracee.clone()], &direct[..], &[path(&capture)]].concat()));
        engines.push(("DataFusion, Parquet", vec![tracee.clone(), "query".into(), path(&dataset)]));
        engines.extend(duckdb(&dataset).map(|command| ("DuckDB, Parquet", command)));
    }
    for (what, sql, target) in [
        ("one process, one minute", &*selective, "0.3 s"),
        ("event_counts", COUNTS, "0.05 s"),
        ("scan of two columns", SCAN, "5 M/s of a core"),
    ] {
        for (engine, command) in &engines {
            eprintln!("query: {what}, {engine}");
            let command = [&command[..], &[sql.to_owned()]].concat();
            add(what, engine, target, events, cost(plan.rounds, &command)?);
        }
    }
    if said(Command::new("jq").arg("--version")).is_ok() {
        eprintln!("query: jq");
        let lines = scratch.join("events.json");
        let make = "\"$0\" events \"$1\" --output json | head -n \"$2\" > \"$3\"";
        let count = JSON_LINES.min(events);
        let arguments =
            ["sh", "-c", make, &tracee, &path(&capture), &count.to_string(), &path(&lines)].map(String::from);
        cost(1, &arguments)?;
        let select = format!("select(.process_key == {key}) | .event");
        let command = ["jq", "-c", &select, &path(&lines)].map(String::from);
        add("one process, of JSON lines", "jq", "none", count, cost(1, &command)?);
    }
    Ok(json!({ "events": events, "runs": runs }))
}

/// The capture of so many events, recorded now when it is not there yet.
fn capture(plan: &Plan) -> Result<PathBuf> {
    let folder = plan.json.parent().unwrap_or(Path::new(".")).join("captures");
    let capture = folder.join(format!("query-{}.cap", plan.events));
    if capture.exists() {
        return Ok(capture);
    }
    fs::create_dir_all(&folder)?;
    eprintln!("query: recording {} events into {}", plan.events, capture.display());
    // Each byte of dd is two events; a round of the others is some thousands.
    let (bytes, rounds) = (plan.events * 2 / 10, plan.events / 50_000 + 1);
    let work = format!(
        "dd if=/dev/zero of=/dev/null bs=1 count={bytes} 2>/dev/null & \
         dd if=/dev/zero of=/dev/null bs=1 count={bytes} 2>/dev/null & \
         for round in $(seq {rounds}); do \
             find /usr/include /usr/lib -maxdepth 2 -newer /etc/passwd >/dev/null 2>&1; \
             tar -cf - /usr/include/linux 2>/dev/null | cat >/dev/null; sh -c 'true; /bin/true'; \
         done; wait"
    );
    let partial = capture.with_extension("partial");
    if partial.exists() {
        fs::remove_dir_all(&partial)?;
    }
    let mut record = Command::new(&plan.tracee);
    record.args(["record", "--quiet", "--segment-size", "32MiB", "-o"]).arg(&partial).args(["--", "sh", "-c", &work]);
    said(&mut record)?;
    fs::rename(&partial, &capture)?;
    Ok(capture)
}

/// DuckDB on a dataset, when Python has it; the question follows.
fn duckdb(dataset: &Path) -> Option<Vec<String>> {
    const SCRIPT: &str = "import duckdb, os, sys\n\
        os.chdir(sys.argv[1])\n\
        connection = duckdb.connect()\n\
        connection.execute(open('views/duckdb.sql').read())\n\
        print(connection.execute(sys.argv[2]).fetchall())";
    let python = ["target/readers/bin/python", "python3"]
        .into_iter()
        .find(|python| said(Command::new(python).args(["-c", "import duckdb"])).is_ok())?;
    Some([python, "-c", SCRIPT, &dataset.to_string_lossy()].map(String::from).into())
}

/// Runs a command so many times.
fn cost(rounds: usize, command: &[String]) -> Result<Cost> {
    let [program, arguments @ ..] = command else { bail!("no command") };
    let (mut walls, mut cpus, mut peaks) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let begin = Instant::now();
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create("/dev/null")?);
        let child = command.spawn().with_context(|| format!("{program} does not start"))?;
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
fn said(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("{command:?}"))?;
    if !output.status.success() {
        bail!("{command:?}: {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// The one cell of a CSV with a line of names.
fn answer(csv: &str) -> Result<String> {
    Ok(csv.lines().nth(1).context("no row")?.trim().to_owned())
}
