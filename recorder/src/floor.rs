//! Runs a command with empty programs on the recorder's hooks: what being there at all costs, for the benchmark.

use std::ffi::OsString;
use std::mem::MaybeUninit;

use anyhow::{Context, Result};
use libbpf_rs::skel::{OpenSkel, Skel, SkelBuilder};

#[allow(missing_docs, clippy::all, unreachable_pub, dead_code, non_snake_case, unused)]
mod skeleton {
    include!(concat!(env!("OUT_DIR"), "/floor.skel.rs"));
}

/// Attaches the empty programs, runs the command to its end, returns its wait status.
pub fn run(command: &[OsString]) -> Result<i32> {
    let mut storage = MaybeUninit::uninit();
    let open = skeleton::FloorSkelBuilder::default().open(&mut storage).context("cannot open the empty programs")?;
    let mut loaded = open.load().context("the kernel refuses the empty programs")?;
    loaded.attach().context("cannot attach the empty programs")?;
    let child = crate::child::Child::spawn(command, None)?;
    child.release()?;
    child.wait()
}
