//! The large capture: some minutes of programs that look for files, read them, compile, fork and talk over loopback.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::own_path;
use crate::plan::Plan;

/// What is run, as a script.
const SCRIPT: &str = include_str!("large.sh");
/// Events of a round of it, about: as many files as there are decide it.
const ROUND_EVENTS: u64 = 2_000_000;
/// Longer it is not recorded, whatever the machine has in its folders: the rounds take some minutes and some ten MiB.
const DURATION: &str = "10m";
/// Small, so that there are many.
const SEGMENT_SIZE: &str = "4MiB";
/// Connections of a round, messages of each, and bytes of a message.
const CONNECTIONS: usize = 500;
const MESSAGES: usize = 50;
const MESSAGE_BYTES: usize = 100;

/// The capture of so many events, about, recorded now when it is not there yet.
pub(crate) fn capture(plan: &Plan, events: u64, scratch: &Path) -> Result<PathBuf> {
    let folder = plan.json.parent().unwrap_or(Path::new(".")).join("captures");
    let capture = folder.join(format!("large-{events}.cap"));
    if capture.exists() {
        return Ok(capture);
    }
    fs::create_dir_all(&folder)?;
    eprintln!("recording about {events} events into {}", capture.display());
    let (script, work) = (scratch.join("large.sh"), scratch.join("large"));
    fs::create_dir_all(&work)?;
    fs::write(&script, SCRIPT)?;
    let partial = capture.with_extension("partial");
    if partial.exists() {
        fs::remove_dir_all(&partial)?;
    }
    let rounds = events.div_ceil(ROUND_EVENTS).to_string();
    let mut record = Command::new(&plan.tracee);
    record.args(["record", "--quiet", "--segment-size", SEGMENT_SIZE, "--duration", DURATION]);
    record.arg("-o").arg(&partial).args(["--", "sh"]).arg(&script).arg(rounds).arg(&work);
    record.arg(own_path()?).arg("exchange").stdin(Stdio::null()).stdout(Stdio::null());
    let status = record.status().context("tracee does not run")?;
    if !status.success() {
        bail!("{record:?}: {status}");
    }
    fs::remove_dir_all(&work)?;
    fs::rename(&partial, &capture)?;
    Ok(capture)
}

/// `bench exchange`: connections over loopback, one after the other, each with messages to and fro.
pub(crate) fn exchange_main() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let echo = std::thread::spawn(move || -> std::io::Result<()> {
        let mut bytes = [0; MESSAGE_BYTES];
        for _ in 0..CONNECTIONS {
            let (mut stream, _) = listener.accept()?;
            for _ in 0..MESSAGES {
                stream.read_exact(&mut bytes)?;
                stream.write_all(&bytes)?;
            }
        }
        Ok(())
    });
    let mut bytes = [1; MESSAGE_BYTES];
    for _ in 0..CONNECTIONS {
        let mut stream = TcpStream::connect(address)?;
        for _ in 0..MESSAGES {
            stream.write_all(&bytes)?;
            stream.read_exact(&mut bytes)?;
        }
    }
    echo.join().map_err(|_| anyhow::anyhow!("the echo stopped"))??;
    Ok(())
}
