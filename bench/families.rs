//! What one recorded event of each family costs, and what it costs to have every program there is attached.

use std::fs;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;

use anyhow::{Context, Result, bail};
use formats::events::{FAMILIES, Family};
use serde_json::{Value, json};

use crate::measure::median;
use crate::own_path;
use crate::plan::Plan;
use crate::recording::{self, ask, number};

/// Rounds of each exercise.
const TIMES: u32 = 20_000;

/// Does something this many times.
type Exercise = fn(u32) -> io::Result<()>;

/// What causes a family's events: its title, and what is done over and over.
const EXERCISES: &[(&str, Exercise)] = &[
    ("Life cycle", processes),
    ("Identity", identity),
    ("Containers", containers),
    ("Files", files),
    ("Memory", memory),
    ("Sockets", sockets),
    ("The kernel", kernel),
    ("io_uring", io_uring),
];

/// `bench exercise TITLE`, in a directory of its own.
pub(crate) fn exercise_main(arguments: &[String]) -> Result<()> {
    let [title] = arguments else { bail!("exercise TITLE") };
    let (_, exercise) = EXERCISES.iter().find(|(name, _)| name == title).context("no such exercise")?;
    let scratch = tempfile::tempdir()?;
    std::env::set_current_dir(scratch.path())?;
    Ok(exercise(TIMES)?)
}

/// Cost per recorded event, family by family.
pub(crate) fn compare(plan: &Plan, scratch: &Path) -> Result<Value> {
    let mut all = Vec::new();
    for (title, _) in EXERCISES {
        let family = FAMILIES.iter().find(|family| family.title == *title).context("no such family")?;
        if family.events.is_empty() {
            continue;
        }
        eprintln!("family: {title}");
        all.push(one(plan, family, scratch)?);
    }
    Ok(Value::Array(all))
}

fn one(plan: &Plan, family: &Family, scratch: &Path) -> Result<Value> {
    let command = [own_path()?.to_string_lossy().into_owned(), "exercise".to_owned(), family.title.to_owned()];
    let names: Vec<&str> = family.events.iter().map(|event| event.name).collect();
    let names = names.join(",");
    let (mut alone, mut recorded, mut recorder, mut lost) = (Vec::new(), Vec::new(), Vec::new(), 0.0);
    let mut last = None;
    for _ in 0..plan.rounds {
        alone.push(recording::alone(&command, scratch)?.cpu_ns);
        let run = recording::recorded(plan, &["--events", &names], &command, scratch)?;
        recorded.push(run.workload.cpu_ns);
        recorder.push(number(&run.recorder, "cpu_ns")?);
        lost += number(&run.recorder, "lost")?;
        last = Some(run);
    }
    let last = last.context("at least one round")?;
    let rows = ask(
        plan,
        &last.capture,
        "select count(*) as n from events where event not in ('tracee_info', 'clock', 'recording_stopped')",
    )?;
    let frames = number(&last.recorder, "events")?;
    Ok(json!({
        "family": family.title,
        "rows": rows,
        "frames": frames,
        "us_per_row": (median(recorded) - median(alone)) / rows / 1e3,
        "recorder_us_per_row": median(recorder) / rows / 1e3,
        "bytes_per_row": last.bytes / rows,
        "lost": lost,
    }))
}

/// Time to load and attach every program there is, seconds.
pub(crate) fn load_everything(plan: &Plan, scratch: &Path) -> Result<Value> {
    eprintln!("loading everything");
    let mut times = Vec::new();
    for _ in 0..plan.rounds {
        let run = recording::recorded(plan, &["--events", "all"], &["true".to_owned()], scratch)?;
        times.push(number(&run.recorder, "load_ns")?);
    }
    Ok(json!({ "load_s": median(times) / 1e9 }))
}

fn check(result: i32) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

fn processes(times: u32) -> io::Result<()> {
    for _ in 0..times / 10 {
        // SAFETY: the child only ends; the parent waits for it.
        unsafe {
            let child = libc::fork();
            if child == 0 {
                libc::_exit(0);
            }
            check(child)?;
            check(libc::waitpid(child, std::ptr::null_mut(), 0))?;
        }
    }
    Ok(())
}

fn identity(times: u32) -> io::Result<()> {
    for round in 0..times {
        // SAFETY: numbers only; the last call undoes the first.
        unsafe {
            check(libc::setresuid(u32::MAX, 1000 + (round & 1), u32::MAX))?;
            check(libc::setresuid(u32::MAX, 0, u32::MAX))?;
        }
    }
    Ok(())
}

/// Makes and removes a control group of its own.
fn containers(times: u32) -> io::Result<()> {
    let mounted = |path: &&str| Path::new(path).join("cgroup.procs").exists();
    let root = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].into_iter().find(mounted);
    let root = root.ok_or_else(|| io::Error::other("no version 2 hierarchy is mounted"))?;
    let group = Path::new(root).join(format!("tracee-bench-{}", std::process::id()));
    for _ in 0..times / 20 {
        fs::create_dir(&group)?;
        fs::remove_dir(&group)?;
    }
    Ok(())
}

fn files(times: u32) -> io::Result<()> {
    for _ in 0..times / 4 {
        fs::write("a", b"#!/bin/sh\n")?;
        fs::rename("a", "b")?;
        fs::read("b")?;
        fs::remove_file("b")?;
    }
    Ok(())
}

fn memory(times: u32) -> io::Result<()> {
    for _ in 0..times {
        // SAFETY: a mapping of our own, which nothing else knows.
        unsafe {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            let address = libc::mmap(std::ptr::null_mut(), 4096, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
            if address == libc::MAP_FAILED {
                return Err(io::Error::last_os_error());
            }
            check(libc::mprotect(address, 4096, libc::PROT_READ | libc::PROT_EXEC))?;
            check(libc::munmap(address, 4096))?;
        }
    }
    Ok(())
}

fn sockets(times: u32) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    for _ in 0..times / 10 {
        let client = TcpStream::connect(address)?;
        let (server, _) = listener.accept()?;
        // The client waits for the last packets of the connection, not the listener's port.
        drop(server);
        drop(client);
        UnixStream::pair()?;
    }
    Ok(())
}

fn kernel(times: u32) -> io::Result<()> {
    for _ in 0..times {
        // SAFETY: numbers, and a structure of ours.
        unsafe {
            check(libc::prctl(libc::PR_GET_DUMPABLE))?;
            let mut limit: libc::rlimit = std::mem::zeroed();
            check(libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit))?;
            check(libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit))?;
        }
    }
    Ok(())
}

/// Submits operations that do nothing, one at a time.
fn io_uring(times: u32) -> io::Result<()> {
    /// As in `struct io_uring_params`: the offsets of the submission queue's tail, mask and array behind ten numbers.
    const PARAMETERS: usize = 30;
    const ENTRY_BYTES: usize = 64;
    const ENTRIES: libc::off_t = 0x1000_0000;
    let mut parameters = [0_u32; PARAMETERS];
    // SAFETY: the structure is ours and as large as the kernel's; the mappings are the ring's own, of the sizes that it says,
    // and only this thread writes to them. Entries that are all zeros are IORING_OP_NOP.
    unsafe {
        let ring = libc::syscall(libc::SYS_io_uring_setup, 1, parameters.as_mut_ptr()) as i32;
        check(ring)?;
        let map = |bytes: usize, at: libc::off_t| {
            let protection = libc::PROT_READ | libc::PROT_WRITE;
            libc::mmap(std::ptr::null_mut(), bytes, protection, libc::MAP_SHARED | libc::MAP_POPULATE, ring, at)
        };
        let (tail, array) = (parameters[11] as usize, parameters[16] as usize);
        let (queue, entries) = (map(array + 4, 0), map(ENTRY_BYTES, ENTRIES));
        if queue == libc::MAP_FAILED || entries == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let tail = std::sync::atomic::AtomicU32::from_ptr(queue.cast::<u8>().add(tail).cast());
        for _ in 0..times {
            // The one entry of the array is 0, as it was made.
            tail.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let submitted = libc::syscall(libc::SYS_io_uring_enter, ring, 1, 0, 0, std::ptr::null::<u8>(), 0);
            if submitted != 1 {
                return Err(io::Error::last_os_error());
            }
        }
        check(libc::close(ring))
    }
}
