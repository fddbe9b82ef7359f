//! What a scope costs: a process that it covers, and one that it does not. Of each kind of expression, and of 64 policies.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::measure::median;
use crate::plan::Plan;
use crate::{recording, workload};

/// Calls of a run of workload (a).
const CALLS: f64 = 2_000_000.0;

/// A kind of expression: one that covers the workload below its recorder, and one that covers nobody.
const KINDS: [(&str, &str, &str); 13] = [
    ("uid", "uid>=0", "uid=4294967290"),
    ("pid", "pid>1", "pid=4294967290"),
    ("pid=new", "pid=new", ""),
    ("mntns", "mntns!=1", "mntns=1"),
    ("pidns", "pidns!=1", "pidns=1"),
    ("uts", "uts!=nobody", "uts=nobody"),
    ("comm", "comm!=nobody", "comm=nobody"),
    ("executable", "executable=*/dd,*/bench*", "executable=/nobody"),
    ("cgroup", "cgroup=*", "cgroup=/nobody"),
    ("not-container", "not-container", "container=0123456789ab"),
    ("container=new", "container!=0123456789ab", "container=new"),
    ("follow", "follow", "comm=nobody"),
    ("64 policies", "", ""),
];

/// Added CPU time per call of workload (a), inside of each scope and outside of it.
pub(crate) fn compare(plan: &Plan, scratch: &Path) -> Result<Value> {
    let policies = scratch.join("policies");
    let (inside, nobody) = (policies.join("inside"), policies.join("nobody"));
    write_policies(&inside, "comm!=nobody-")?;
    write_policies(&nobody, "comm=nobody-")?;
    let command = workload::dd();
    recording::alone(&command, scratch)?;
    let mut rows = Vec::new();
    let base = [("everything", vec![], None)];
    let kinds = KINDS.iter().map(|(name, covers, covers_nobody)| {
        let options = |expression: &str, folder: &Path| match expression {
            "" => vec!["--policy".to_owned(), folder.display().to_string()],
            _ => vec!["--scope".to_owned(), expression.to_owned()],
        };
        // Whom new processes do not cover is there already, and is no workload.
        let nobody = (*name != "pid=new").then(|| options(covers_nobody, &nobody));
        (*name, options(covers, &inside), nobody)
    });
    for (name, covers, covers_nobody) in base.into_iter().chain(kinds) {
        eprintln!("scope: {name}");
        let (mut alone, mut within, mut beside) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..plan.rounds {
            alone.push(recording::alone(&command, scratch)?.cpu_ns);
            let options: Vec<&str> = covers.iter().map(String::as_str).collect();
            within.push(recording::recorded(plan, &options, &command, scratch)?.workload.cpu_ns);
            if let Some(options) = &covers_nobody {
                beside.push(outside(plan, options, &command, scratch)?);
            }
        }
        let alone = median(alone);
        rows.push(json!({
            "scope": name,
            "inside_us_per_call": (median(within) - alone) / CALLS / 1e3,
            "outside_us_per_call": (median(beside) - alone) / CALLS / 1e3,
        }));
    }
    Ok(Value::Array(rows))
}

/// CPU time of the workload beside a recording of a scope that covers nobody.
fn outside(plan: &Plan, options: &[String], command: &[String], scratch: &Path) -> Result<f64> {
    let capture = scratch.join("scope-capture");
    if capture.exists() {
        std::fs::remove_dir_all(&capture)?;
    }
    let mut recorder = Command::new(&plan.tracee)
        .args(["record", "-q", "-o"])
        .arg(&capture)
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let ctl = |word: &str| {
        let mut ctl = Command::new(&plan.tracee);
        ctl.arg("ctl").arg(&capture).arg(word).stdout(Stdio::null()).stderr(Stdio::null());
        ctl.status().is_ok_and(|status| status.success())
    };
    let began = Instant::now();
    while !ctl("status") {
        if recorder.try_wait()?.is_some() || began.elapsed() > Duration::from_secs(30) {
            bail!("{options:?}: the recorder does not get ready");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let cost = recording::alone(command, scratch);
    ctl("stop");
    recorder.wait()?;
    Ok(cost?.cpu_ns)
}

fn write_policies(folder: &Path, scope: &str) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut text = String::new();
    for index in 0..64 {
        let rules = "rules:\n- event: read\n- event: write\n";
        write!(text, "---\nname: p{index}\nscope:\n- {scope}{index}\n{rules}")?;
    }
    std::fs::write(folder.join("policies.yaml"), text)?;
    Ok(())
}
