//! A workload alone, with empty programs on the same hooks (the floor), and recorded.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::measure::{Cost, median};
use crate::own_path;
use crate::plan::Plan;
use crate::workload::{self, Workload};

/// Whether `tracee record` works here.
pub(crate) fn possible(plan: &Plan) -> Result<bool> {
    let scratch = tempfile::tempdir()?;
    let output = Command::new(&plan.tracee)
        .args(["record", "-o"])
        .arg(scratch.path().join("probe"))
        .args(["--", "true"])
        .output();
    let output = output.with_context(|| format!("{} does not run", plan.tracee.display()))?;
    if !output.status.success() {
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(output.status.success())
}

/// One recorded run: what the workload cost, and what the recorder says of itself.
pub(crate) struct Recorded {
    pub(crate) workload: Cost,
    pub(crate) recorder: Value,
    pub(crate) capture: PathBuf,
    pub(crate) bytes: f64,
}

/// Runs a command below `bench measure`, by itself.
pub(crate) fn alone(command: &[String], scratch: &Path) -> Result<Cost> {
    let file = scratch.join("cost.json");
    run(Command::new(own_path()?).arg("measure").arg(&file).args(command))?;
    Cost::read(&file)
}

/// The same with empty programs on every hook. `None` when the recorder has no such mode.
pub(crate) fn floor(plan: &Plan, command: &[String], scratch: &Path) -> Result<Option<Cost>> {
    let file = scratch.join("floor.json");
    let mut tracee = Command::new(&plan.tracee);
    tracee.args(["record", "--floor", "--"]).arg(own_path()?).arg("measure").arg(&file).args(command);
    let output = tracee.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).output()?;
    if output.status.success() {
        return Cost::read(&file).map(Some);
    }
    eprintln!("floor: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(None)
}

/// The same, recorded.
pub(crate) fn recorded(plan: &Plan, options: &[&str], command: &[String], scratch: &Path) -> Result<Recorded> {
    let (file, numbers, capture) = (scratch.join("cost.json"), scratch.join("recorder.json"), scratch.join("capture"));
    if capture.exists() {
        std::fs::remove_dir_all(&capture)?;
    }
    let mut tracee = Command::new(&plan.tracee);
    tracee.args(["record", "-o"]).arg(&capture).arg("--bench-json").arg(&numbers).args(options);
    run(tracee.arg("--").arg(own_path()?).arg("measure").arg(&file).args(command))?;
    let recorder = serde_json::from_str(&std::fs::read_to_string(&numbers)?).context("the recorder's numbers")?;
    let mut bytes = 0.0;
    for entry in std::fs::read_dir(&capture)? {
        bytes += entry?.metadata()?.len() as f64;
    }
    Ok(Recorded { workload: Cost::read(&file)?, recorder, capture, bytes })
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).output()?;
    if !output.status.success() {
        bail!("{command:?}: {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

/// A number that the recorder says of itself.
pub(crate) fn number(recorder: &Value, name: &str) -> Result<f64> {
    recorder[name].as_f64().with_context(|| format!("the recorder's numbers have no {name}: {recorder}"))
}

/// The rows of one workload's line in the report.
pub(crate) fn compare(plan: &Plan, workload: &Workload, scratch: &Path) -> Result<Value> {
    eprintln!("{}: {}", workload.name, workload.title);
    // Once for the caches.
    alone(&workload.command, scratch)?;
    let (mut alone_ns, mut floor_ns, mut recorded_ns) = (Vec::new(), Vec::new(), Vec::new());
    let (mut wall_ns, mut recorder_ns, mut lost, mut load_ns, mut rss) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut last = None;
    for _ in 0..plan.rounds {
        alone_ns.push(self::alone(&workload.command, scratch)?.cpu_ns);
        floor_ns.extend(floor(plan, &workload.command, scratch)?.map(|cost| cost.cpu_ns));
        let run = recorded(plan, &[], &workload.command, scratch)?;
        recorded_ns.push(run.workload.cpu_ns);
        wall_ns.push(run.workload.wall_ns);
        recorder_ns.push(number(&run.recorder, "cpu_ns")?);
        lost.push(number(&run.recorder, "lost")?);
        load_ns.push(number(&run.recorder, "load_ns")?);
        rss.push(number(&run.recorder, "peak_rss_bytes")?);
        last = Some(run);
    }
    let last = last.context("at least one round")?;
    let (rows, replay_ns) = replay(plan, &last.capture, scratch)?;
    let calls = workload.syscalls.unwrap_or(rows);
    let (alone_ns, floor_ns, recorded_ns) = (median(alone_ns), median(floor_ns), median(recorded_ns));
    Ok(json!({
        "name": workload.name,
        "title": workload.title,
        "alone_cpu_s": alone_ns / 1e9,
        "floor_cpu_s": floor_ns / 1e9,
        "recorded_cpu_s": recorded_ns / 1e9,
        "events": rows,
        "floor_us_per_event": (floor_ns - alone_ns) / calls / 1e3,
        "recorded_us_per_event": (recorded_ns - alone_ns) / calls / 1e3,
        "recorder_us_per_event": median(recorder_ns) / rows / 1e3,
        "events_per_s": rows / (median(wall_ns) / 1e9),
        "lost_worst": lost.iter().copied().fold(0.0, f64::max),
        "bytes_per_event": last.bytes / rows,
        "bytes_per_event_target": workload.target_bytes,
        "replay_rows_per_s": rows / (replay_ns / 1e9),
        "load_s": median(load_ns) / 1e9,
        "peak_rss_mib": rss.iter().copied().fold(0.0, f64::max) / 1048576.0,
        "verifier": last.recorder["verifier"],
    }))
}

/// Rows in SQLite, and the time it took to put them there, nanoseconds.
fn replay(plan: &Plan, capture: &Path, scratch: &Path) -> Result<(f64, f64)> {
    let database = scratch.join("replayed.db");
    let mut times = Vec::new();
    for _ in 0..plan.rounds.min(3) {
        if database.exists() {
            std::fs::remove_file(&database)?;
        }
        let begin = Instant::now();
        run(Command::new(&plan.tracee).arg("replay").arg(capture).args(["--to", "sqlite"]).arg(&database))?;
        times.push(begin.elapsed().as_nanos() as f64);
    }
    let rows = ask(plan, &database, "select count(*) as n from events")?;
    std::fs::remove_file(&database)?;
    Ok((rows, median(times)))
}

/// The number `n` of a query with one row.
pub(crate) fn ask(plan: &Plan, source: &Path, sql: &str) -> Result<f64> {
    let output = Command::new(&plan.tracee).arg("query").arg(source).args([sql, "--output", "json"]).output()?;
    let row: Value =
        serde_json::from_slice(&output.stdout).with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())?;
    row["n"].as_f64().with_context(|| format!("{row} has no n"))
}

/// Two `dd` on as many cores: how much is lost, and whether rows and losses add up to what was made.
pub(crate) fn two_at_once(plan: &Plan, scratch: &Path) -> Result<Value> {
    eprintln!("two dd at once");
    let one = workload::dd().join(" ");
    let (mut share, mut rates, mut exact) = (Vec::new(), Vec::new(), true);
    for round in 0..plan.rounds {
        let run = recorded(plan, &[], &workload::shell(&format!("{one} & {one} & wait")), scratch)?;
        let (events, lost) = (number(&run.recorder, "events")?, number(&run.recorder, "lost")?);
        share.push(lost / (events + lost));
        rates.push((events + lost) / (run.workload.wall_ns / 1e9));
        let verified = Command::new(&plan.tracee).arg("verify").arg(&run.capture).output()?;
        exact &= verified.status.success();
        if round == 0 {
            // Both read one byte a million times; the last read of each loader and shell is a handful more.
            let database = scratch.join("two.db");
            self::run(
                Command::new(&plan.tracee).arg("replay").arg(&run.capture).args(["--to", "sqlite"]).arg(&database),
            )?;
            let rows = ask(plan, &database, "select count(*) as n from events where event = 'write' and ret = 1")?;
            let losses = ask(plan, &database, "select coalesce(sum(count), 0) as n from losses where event = 'write'")?;
            exact &= (2_000_000.0..2_000_010.0).contains(&(rows + losses));
            std::fs::remove_file(&database)?;
        }
    }
    Ok(json!({ "lost_share": median(share), "events_per_s": median(rates), "loss_exact": exact }))
}
