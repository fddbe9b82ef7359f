//! What a recording costs a process that it does not cover.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::measure::median;
use crate::plan::Plan;
use crate::{recording, workload};

/// CPU time of workload (a) alone, beside empty programs, and beside a recording of something else: of the set `default`,
/// and of everything.
pub(crate) fn compare(plan: &Plan, scratch: &Path) -> Result<Value> {
    eprintln!("a process outside of the scope");
    let command = workload::dd();
    let (mut alone, mut floor, mut beside, mut all) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..plan.rounds {
        alone.push(recording::alone(&command, scratch)?.cpu_ns);
        let capture = scratch.join("outside-capture");
        let variants: [(&[&str], _); 3] = [
            (&["--floor"], &mut floor),
            (&["-o", "outside-capture", "--events", "default"], &mut beside),
            (&["-o", "outside-capture", "--events", "all"], &mut all),
        ];
        for (options, times) in variants {
            if capture.exists() {
                std::fs::remove_dir_all(&capture)?;
            }
            let Some(recorder) = Recorder::start(plan, options, scratch)? else { continue };
            times.push(recording::alone(&command, scratch)?.cpu_ns);
            recorder.stop()?;
        }
    }
    let (alone, floor, beside, all) = (median(alone), median(floor), median(beside), median(all));
    Ok(json!({
        "alone_cpu_s": alone / 1e9,
        "floor_cpu_s": floor / 1e9,
        "recording_cpu_s": beside / 1e9,
        "all_cpu_s": all / 1e9,
        "times_floor": beside / floor,
        "all_times_floor": all / floor,
    }))
}

/// A recorder of a command that waits.
struct Recorder {
    process: Child,
}

impl Recorder {
    /// Starts one and waits until its command runs. `None` when it refuses.
    fn start(plan: &Plan, options: &[&str], scratch: &Path) -> Result<Option<Recorder>> {
        let mut process = Command::new(&plan.tracee)
            .arg("record")
            .args(options)
            .args(["--", "sh", "-c", "echo ready; read line"])
            .current_dir(scratch)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().context("a pipe")?).read_line(&mut line)?;
        if line.trim() == "ready" {
            return Ok(Some(Recorder { process }));
        }
        process.wait()?;
        Ok(None)
    }

    /// Lets the command end, and the recorder with it.
    fn stop(mut self) -> Result<()> {
        drop(self.process.stdin.take());
        self.process.wait()?;
        Ok(())
    }
}
