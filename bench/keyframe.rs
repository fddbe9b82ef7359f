//! What a segment's beginning costs when many tasks with many open files are in scope.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::plan::Plan;
use crate::{own_path, recording};

const TASKS: usize = 2000;
const DESCRIPTORS: usize = 50;
const SECONDS: u64 = 12;

/// Records many waiting tasks across a few segment cuts.
pub(crate) fn measure(plan: &Plan, scratch: &Path) -> Result<Value> {
    eprintln!("keyframe of {TASKS} tasks with {DESCRIPTORS} descriptors");
    let own = own_path()?.display().to_string();
    let command = [own, "tasks".into(), TASKS.to_string(), DESCRIPTORS.to_string(), SECONDS.to_string()];
    let run = recording::recorded(plan, &["--segment-age", "3s"], &command, scratch)?;
    let segments = std::fs::read_dir(&run.capture)?.count();
    Ok(json!({
        "tasks": TASKS,
        "descriptors": DESCRIPTORS,
        "keyframe_s": recording::number(&run.recorder, "keyframe_ns")? / 1e9,
        "segments": segments,
        "bytes_per_segment": run.bytes / segments as f64,
        "lost": recording::number(&run.recorder, "lost")?,
    }))
}

/// `bench tasks TASKS DESCRIPTORS SECONDS`: that many children with that many open files each, for that long.
pub(crate) fn tasks_main(arguments: &[String]) -> Result<()> {
    let [tasks, descriptors, seconds] = arguments else { bail!("tasks TASKS DESCRIPTORS SECONDS") };
    let (tasks, descriptors, seconds): (usize, usize, u32) = (tasks.parse()?, descriptors.parse()?, seconds.parse()?);
    let mut children = Vec::new();
    for _ in 0..tasks {
        // SAFETY: this process has one thread, so the child may do anything.
        match unsafe { libc::fork() } {
            0 => {
                // SAFETY: plain numbers. The alarm ends the child even when its parent is gone.
                unsafe { libc::alarm(seconds + 30) };
                let open: Vec<File> = (0..descriptors).filter_map(|_| File::open("/dev/null").ok()).collect();
                std::thread::sleep(Duration::from_secs(u64::from(seconds)));
                std::process::exit(i32::from(open.len() != descriptors));
            }
            child if child > 0 => children.push(child),
            _ => bail!("fork: {}", std::io::Error::last_os_error()),
        }
    }
    for child in children {
        // SAFETY: a null status is allowed.
        unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) };
    }
    Ok(())
}
