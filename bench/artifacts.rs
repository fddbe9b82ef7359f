//! What it costs to keep content: of programs, per execution, and of written files, per MiB.

use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::measure::median;
use crate::own_path;
use crate::plan::Plan;
use crate::recording::{self, Recorded, ask, number};

/// Programs executed in a run.
const EXECS: u32 = 1000;
/// MiB written in a run.
const MIB: usize = 128;
/// As `cp` and `cat` write.
const WRITE_BYTES: usize = 128 << 10;

/// `bench execs`: makes a new program, executes it and removes it, over and over, in a directory of its own.
pub(crate) fn execs_main() -> Result<()> {
    let scratch = tempfile::tempdir()?;
    let program = std::fs::read("/bin/true").context("no program to copy")?;
    let path = scratch.path().join("x");
    for number in 0..EXECS {
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o700).open(&path)?;
        file.write_all(&program)?;
        write!(file, "{number}")?;
        drop(file);
        if !Command::new(&path).status()?.success() {
            bail!("a copy of true failed");
        }
        std::fs::remove_file(&path)?;
    }
    Ok(())
}

/// `bench writes new|known`: writes a file of bytes that do not repeat, or of zeros, in a directory of its own.
pub(crate) fn writes_main(arguments: &[String]) -> Result<()> {
    let [kind] = arguments else { bail!("writes new|known") };
    let scratch = tempfile::tempdir()?;
    Ok(write(&scratch.path().join("written"), kind == "new")?)
}

fn write(path: &Path, new: bool) -> io::Result<()> {
    let mut file = std::fs::File::create(path)?;
    let mut bytes = vec![0_u8; WRITE_BYTES];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for word in bytes.chunks_exact_mut(8) {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        if new {
            word.copy_from_slice(&(state ^ state >> 29).to_le_bytes());
        }
    }
    for number in 0..(MIB << 20) / WRITE_BYTES {
        if new {
            // One word in each page: cheap, and no two pieces are alike.
            for page in bytes.chunks_exact_mut(4096) {
                page[..8].copy_from_slice(&number.to_le_bytes());
            }
        }
        file.write_all(&bytes)?;
    }
    Ok(())
}

/// Both tables.
pub(crate) fn compare(plan: &Plan, scratch: &Path) -> Result<Value> {
    Ok(json!({ "execs": execs(plan, scratch)?, "writes": writes(plan, scratch)? }))
}

/// Numbers of several runs of one variant.
#[derive(Default)]
struct Runs {
    cpu_ns: Vec<f64>,
    wall_ns: Vec<f64>,
    recorder_ns: Vec<f64>,
    lost: f64,
    last: Option<Recorded>,
}

impl Runs {
    fn add(&mut self, plan: &Plan, options: &[&str], command: &[String], scratch: &Path) -> Result<()> {
        let run = recording::recorded(plan, options, command, scratch)?;
        self.cpu_ns.push(run.workload.cpu_ns);
        self.wall_ns.push(run.workload.wall_ns);
        self.recorder_ns.push(number(&run.recorder, "cpu_ns")?);
        self.lost += number(&run.recorder, "lost")?;
        self.last = Some(run);
        Ok(())
    }

    fn medians(&self) -> [f64; 3] {
        [&self.cpu_ns, &self.wall_ns, &self.recorder_ns].map(|numbers| median(numbers.clone()))
    }
}

/// Per new program: recorded without its content, with it, and with it held.
fn execs(plan: &Plan, scratch: &Path) -> Result<Value> {
    const VARIANTS: [(&str, &[&str]); 3] = [
        ("recorded", &[]),
        ("content", &["--capture", "exec", "--hold", "none"]),
        ("content, held", &["--capture", "exec"]),
    ];
    let command = [own_path()?.to_string_lossy().into_owned(), "execs".to_owned()];
    eprintln!("artifacts: programs");
    let mut base = Vec::new();
    let mut runs = VARIANTS.map(|_| Runs::default());
    let mut rows = Vec::new();
    for round in 0..plan.rounds {
        base.push(recording::alone(&command, scratch)?);
        for ((_, options), runs) in VARIANTS.iter().zip(&mut runs) {
            runs.add(plan, options, &command, scratch)?;
            if round + 1 == plan.rounds && !options.is_empty() {
                // The next run overwrites the capture.
                rows.push(kept(plan, &runs.last.as_ref().context("a run")?.capture)?);
            }
        }
    }
    let alone =
        [median(base.iter().map(|cost| cost.cpu_ns).collect()), median(base.iter().map(|cost| cost.wall_ns).collect())];
    rows.insert(0, Value::Null);
    let row = |((name, _), (runs, kept)): (&(&str, _), (&Runs, Value))| {
        let [cpu, wall, recorder] = runs.medians();
        json!({
            "variant": name,
            "us_per_exec": (cpu - alone[0]) / f64::from(EXECS) / 1e3,
            "elapsed_us_per_exec": (wall - alone[1]) / f64::from(EXECS) / 1e3,
            "recorder_us_per_exec": recorder / f64::from(EXECS) / 1e3,
            "lost": runs.lost,
            "kept": kept,
        })
    };
    Ok(VARIANTS.iter().zip(runs.iter().zip(rows)).map(row).collect())
}

/// How many of the programs are there whole, and for how long they were held.
fn kept(plan: &Plan, capture: &Path) -> Result<Value> {
    let of = |what: &str| {
        let sql =
            format!("select coalesce({what}, 0) as n from artifact_sources where kind = 'exec' and path like '%/x%'");
        ask(plan, capture, &sql)
    };
    Ok(json!({
        "rows": of("count(*)")?,
        "whole": of("sum(complete)")?,
        "held": of("sum(held_ns > 0)")?,
        "held_mean_us": of("avg(nullif(held_ns, 0)) / 1e3")?,
        "held_longest_us": of("max(held_ns) / 1e3")?,
    }))
}

/// Per MiB that is written: recorded without it, with it when it is new, and with it when it is known already.
fn writes(plan: &Plan, scratch: &Path) -> Result<Value> {
    const CAPTURE: &[&str] = &["--capture", "write:path=*/written"];
    const VARIANTS: [(&str, &str, &[&str]); 3] =
        [("recorded", "new", &[]), ("content", "new", CAPTURE), ("known content", "known", CAPTURE)];
    let mut rows = Vec::new();
    for (name, kind, options) in VARIANTS {
        eprintln!("artifacts: writes, {name}");
        let command = [own_path()?.to_string_lossy().into_owned(), "writes".to_owned(), kind.to_owned()];
        let (mut base, mut runs) = (Vec::new(), Runs::default());
        for _ in 0..plan.rounds {
            base.push(recording::alone(&command, scratch)?.cpu_ns);
            runs.add(plan, options, &command, scratch)?;
        }
        let [cpu, wall, recorder] = runs.medians();
        let last = runs.last.as_ref().context("a run")?;
        let missing = if options.is_empty() {
            Value::Null
        } else {
            let sql = "select coalesce(sum(missing_bytes), 0) as n from artifact_sources where path like '%/written%'";
            ask(plan, &last.capture, sql)?.into()
        };
        rows.push(json!({
            "variant": name,
            "us_per_mib": (cpu - median(base)) / MIB as f64 / 1e3,
            "recorder_us_per_mib": recorder / MIB as f64 / 1e3,
            "mib_per_s": MIB as f64 / (wall / 1e9),
            "bytes_per_mib": last.bytes / MIB as f64,
            "missing_bytes": missing,
            "lost": runs.lost,
        }));
    }
    Ok(Value::Array(rows))
}
