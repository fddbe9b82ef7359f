//! Runs a command and writes down the CPU time that it and all its children took.
//!
//! Every variant of a workload, recorded or not, runs below this same parent, so that only the recorder differs.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// CPU and elapsed time of one run, nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// User and system time together.
    pub(crate) cpu_ns: f64,
    /// From start to end.
    pub(crate) wall_ns: f64,
}

impl Cost {
    /// Reads what `bench measure FILE` wrote.
    pub(crate) fn read(file: &Path) -> Result<Cost> {
        let text = std::fs::read_to_string(file).with_context(|| format!("the workload left no {}", file.display()))?;
        let value: Value = serde_json::from_str(&text)?;
        let number = |name: &str| value[name].as_f64().with_context(|| format!("no {name} in {text}"));
        Ok(Cost { cpu_ns: number("cpu_ns")?, wall_ns: number("wall_ns")? })
    }
}

/// `bench measure FILE COMMAND...`
pub(crate) fn main(arguments: &[String]) -> Result<()> {
    let [file, program, rest @ ..] = arguments else { bail!("measure FILE COMMAND...") };
    let begin = Instant::now();
    let child = Command::new(program)
        .args(rest)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| format!("{program} does not start"))?;
    let (status, cpu_ns) = wait(&child)?;
    let wall_ns = begin.elapsed().as_nanos() as f64;
    if status != 0 {
        bail!("{program} ended with wait status {status}");
    }
    std::fs::write(file, json!({ "cpu_ns": cpu_ns, "wall_ns": wall_ns }).to_string())?;
    Ok(())
}

/// Wait status and CPU time (nanoseconds) of a child and of the children that it waited for.
pub(crate) fn wait(child: &Child) -> Result<(i32, f64)> {
    wait_with_peak(child).map(|(status, cpu_ns, _)| (status, cpu_ns))
}

/// The same, and how many bytes of memory the largest of them had at most.
pub(crate) fn wait_with_peak(child: &Child) -> Result<(i32, f64, f64)> {
    let mut status = 0;
    // SAFETY: all zero is a valid rusage; wait4 fills in both.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are to live locals.
    let waited = unsafe { libc::wait4(child.id().cast_signed(), &raw mut status, 0, &raw mut usage) };
    if waited < 0 {
        bail!("wait4: {}", std::io::Error::last_os_error());
    }
    let seconds = |time: libc::timeval| time.tv_sec as f64 * 1e9 + time.tv_usec as f64 * 1e3;
    Ok((status, seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss as f64 * 1024.0))
}

/// The middle of some numbers.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    match numbers.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => numbers[middle],
        _ => f64::midpoint(numbers[middle - 1], numbers[middle]),
    }
}
