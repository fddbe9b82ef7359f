//! The benchmark: what recording costs, what it loses, how small captures are, how fast they replay.
//!
//! Each number is the median of interleaved runs (alone, floor, recorded, alone, ...), CPU time is user and system time of
//! the whole workload as wait4(2) gives it. Reports only.

mod artifacts;
mod detection;
mod families;
mod keyframe;
mod large;
mod measure;
mod outside;
mod packets;
mod plan;
mod query;
mod recording;
mod report;
mod scopes;
mod workload;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use plan::Plan;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let done = match arguments.get(1).map(String::as_str) {
        // What the benchmark runs itself as.
        Some("measure") => measure::main(&arguments[2..]),
        Some("exercise") => families::exercise_main(&arguments[2..]),
        Some("execs") => artifacts::execs_main(),
        Some("writes") => artifacts::writes_main(&arguments[2..]),
        Some("packets") => packets::main(&arguments[2..]),
        Some("exchange") => large::exchange_main(),
        Some("tasks") => keyframe::tasks_main(&arguments[2..]),
        _ => run(&arguments[1..]),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let plan = Plan::parse(arguments)?;
    if !recording::possible(&plan)? {
        bail!("this machine cannot record; there is nothing to measure");
    }
    let scratch = tempfile::tempdir()?;
    let mut results = Map::new();
    results.insert("machine".into(), machine()?);
    let mut workloads = Vec::new();
    for workload in workload::all(scratch.path())? {
        if plan.wants(workload.name) {
            workloads.push(recording::compare(&plan, &workload, scratch.path())?);
        }
    }
    results.insert("workloads".into(), Value::Array(workloads));
    if plan.wants("outside") {
        results.insert("outside".into(), outside::compare(&plan, scratch.path())?);
    }
    if plan.wants("scopes") {
        results.insert("scopes".into(), scopes::compare(&plan, scratch.path())?);
    }
    if plan.wants("families") {
        results.insert("families".into(), families::compare(&plan, scratch.path())?);
    }
    if plan.wants("everything") {
        results.insert("everything".into(), families::load_everything(&plan, scratch.path())?);
    }
    if plan.wants("two-dd") {
        results.insert("two_dd".into(), recording::two_at_once(&plan, scratch.path())?);
    }
    if plan.wants("artifacts") {
        results.insert("artifacts".into(), artifacts::compare(&plan, scratch.path())?);
    }
    if plan.wants("packets") {
        results.insert("packets".into(), packets::compare(&plan, scratch.path())?);
    }
    if plan.wants("keyframe") {
        results.insert("keyframe".into(), keyframe::measure(&plan, scratch.path())?);
    }
    if plan.wants("query") {
        results.insert("query".into(), query::compare(&plan, scratch.path())?);
    }
    if plan.wants("detection") {
        results.insert("detection".into(), detection::compare(&plan, scratch.path())?);
    }
    let results = Value::Object(results);
    if let Some(folder) = plan.json.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let text = serde_json::to_string_pretty(&results)?;
    std::fs::write(&plan.json, text + "\n").with_context(|| format!("cannot write {}", plan.json.display()))?;
    report::print(&results);
    println!("\nAll numbers: {}", plan.json.display());
    Ok(())
}

/// What the numbers were measured on.
fn machine() -> Result<Value> {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    let model = read("/proc/cpuinfo");
    let model = model
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .unwrap_or("")
        .trim_start_matches([' ', '\t', ':']);
    Ok(json!({
        "kernel": read("/proc/sys/kernel/osrelease"),
        "cpu": model,
        "cpus": std::thread::available_parallelism()?.get(),
    }))
}

/// Path of this program, for running itself.
fn own_path() -> Result<PathBuf> {
    std::env::current_exe().context("cannot find the benchmark's own path")
}
