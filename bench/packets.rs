//! What it costs to record packets, per packet, and what `tcpdump -w` of the same traffic costs.

use std::io::{self, Read};
use std::mem::MaybeUninit;
use std::net::UdpSocket;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::measure::{self, median};
use crate::own_path;
use crate::plan::Plan;
use crate::recording::{self, number};

/// Datagrams sent in a run, each of which comes in again.
const PACKETS: usize = 1 << 19;
/// Sent at once, and then read.
const BURST: usize = 32;
/// Payload: with its headers a datagram fills an Ethernet frame.
const BYTES: usize = 1472;
/// Events that are recorded beside: next to none.
const EVENTS: [&str; 2] = ["--events", "sched_process_exit"];

/// `bench packets FILE [SNAPLEN]`: in a network namespace of its own, with tcpdump beside it when it is told how many bytes of a
/// packet that keeps. Leaves what it cost in FILE.
pub(crate) fn main(arguments: &[String]) -> Result<()> {
    let [file, rest @ ..] = arguments else { bail!("packets FILE [SNAPLEN]") };
    own_namespace().context("a network namespace")?;
    let dump = format!("{file}.pcap");
    let mut tcpdump = rest.first().map(|length| start_tcpdump(&dump, length)).transpose()?;
    let (cpu, begin) = (cpu_ns()?, Instant::now());
    exchange()?;
    let (wall, cpu) = (begin.elapsed().as_nanos() as f64, cpu_ns()? - cpu);
    let beside = match &mut tcpdump {
        Some((child, output)) => stop_tcpdump(child, output)?,
        None => json!({ "cpu_ns": 0 }),
    };
    if tcpdump.is_some() {
        std::fs::remove_file(&dump)?;
    }
    std::fs::write(file, json!({ "cpu_ns": cpu, "wall_ns": wall, "beside": beside }).to_string())?;
    Ok(())
}

/// Sends and reads, in bursts, so that one CPU does all of it.
fn exchange() -> io::Result<()> {
    let (from, to) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    from.connect(to.local_addr()?)?;
    let mut bytes = vec![0_u8; BYTES];
    let mut part = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: BYTES };
    // SAFETY: all zero is a valid message without name or data.
    let mut messages: [libc::mmsghdr; BURST] = unsafe { MaybeUninit::zeroed().assume_init() };
    for message in &mut messages {
        message.msg_hdr.msg_iov = &raw mut part;
        message.msg_hdr.msg_iovlen = 1;
    }
    for _ in 0..PACKETS / BURST {
        // SAFETY: the messages and what they point to live on; all are read into the same bytes.
        unsafe {
            check(libc::sendmmsg(from.as_raw_fd(), messages.as_mut_ptr(), BURST as u32, 0))?;
            check(libc::recvmmsg(to.as_raw_fd(), messages.as_mut_ptr(), BURST as u32, 0, std::ptr::null_mut()))?;
        }
    }
    Ok(())
}

fn check(result: i32) -> io::Result<i32> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

fn own_namespace() -> io::Result<()> {
    let socket = {
        // SAFETY: numbers only; no other thread is there.
        check(unsafe { libc::unshare(libc::CLONE_NEWNET) })?;
        UdpSocket::bind("0.0.0.0:0")?
    };
    // SAFETY: the request is ours, and the name in it ends with a zero.
    unsafe {
        let mut request: libc::ifreq = std::mem::zeroed();
        request.ifr_name[0] = b'l' as libc::c_char;
        request.ifr_name[1] = b'o' as libc::c_char;
        request.ifr_ifru.ifru_flags = libc::IFF_UP as libc::c_short;
        check(libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS as _, &raw mut request))?;
    }
    Ok(())
}

/// CPU time of this process, with what the kernel did for it, nanoseconds.
fn cpu_ns() -> Result<f64> {
    // SAFETY: all zero is a valid rusage, and the pointer is to a live one.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        check(libc::getrusage(libc::RUSAGE_SELF, &raw mut usage))?;
        usage
    };
    let ns = |time: libc::timeval| time.tv_sec as f64 * 1e9 + time.tv_usec as f64 * 1e3;
    Ok(ns(usage.ru_utime) + ns(usage.ru_stime))
}

/// Starts it, and returns when it sees packets.
fn start_tcpdump(file: &str, snap_length: &str) -> Result<(Child, ChildStderr)> {
    let mut command = Command::new("tcpdump");
    command.args(["-i", "lo", "-n", "-Z", "root", "-s", snap_length, "-w", file]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut child = child.context("tcpdump does not start")?;
    let mut output = child.stderr.take().context("a pipe")?;
    let (mut said, mut bytes) = (String::new(), [0; 256]);
    while !said.contains("listening on") {
        let read = output.read(&mut bytes)?;
        if read == 0 {
            bail!("tcpdump: {said}");
        }
        said.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
    Ok((child, output))
}

/// Ends it; its CPU time, and how many packets it took and lost as it says.
fn stop_tcpdump(child: &mut Child, output: &mut ChildStderr) -> Result<Value> {
    // SAFETY: numbers only; the child is ours and not waited for yet.
    check(unsafe { libc::kill(child.id().cast_signed(), libc::SIGINT) })?;
    let (_, cpu_ns) = measure::wait(child)?;
    let mut said = String::new();
    output.read_to_string(&mut said)?;
    let count = |what: &str| -> Result<f64> {
        let line = said.lines().find(|line| line.contains(what)).with_context(|| format!("tcpdump: {said}"))?;
        line.split(' ').next().and_then(|word| word.parse().ok()).with_context(|| line.to_owned())
    };
    Ok(json!({ "cpu_ns": cpu_ns, "taken": count("captured")?, "lost": count("dropped by kernel")? }))
}

/// Cost per packet that passes, of each way to keep it.
pub(crate) fn compare(plan: &Plan, scratch: &Path) -> Result<Value> {
    let has_tcpdump = Command::new("tcpdump").arg("--version").output().is_ok();
    let variants = [
        ("tracee, headers", Some("net"), None),
        ("tracee, all", Some("net:snaplen=max"), None),
        ("tcpdump -s 170", None, Some("170")),
        ("tcpdump -s 0", None, Some("0")),
    ];
    let mut rows = Vec::new();
    let mut alone = Vec::new();
    for _ in 0..plan.rounds {
        alone.push(run(plan, None, None, scratch)?);
    }
    let cpu = |runs: &[Run]| median(runs.iter().map(|run| run.cpu_ns).collect());
    for (variant, option, snap_length) in variants {
        if snap_length.is_some() && !has_tcpdump {
            continue;
        }
        eprintln!("packets: {variant}");
        let mut runs = Vec::new();
        for _ in 0..plan.rounds {
            runs.push(run(plan, option, snap_length, scratch)?);
        }
        let packets = PACKETS as f64;
        let of = |number: fn(&Run) -> f64| median(runs.iter().map(number).collect());
        rows.push(json!({
            "variant": variant,
            "packets": packets,
            "alone_us_per_packet": cpu(&alone) / packets / 1e3,
            "added_us_per_packet": (cpu(&runs) - cpu(&alone)) / packets / 1e3,
            "beside_us_per_packet": of(|run| run.beside_ns) / packets / 1e3,
            "packets_per_s": packets / (of(|run| run.wall_ns) / 1e9),
            "packets_per_s_of_core": packets / (of(|run| run.cpu_ns + run.beside_ns) / 1e9),
            // Each packet is seen twice by tracee, going out and coming in, and once by tcpdump.
            "rows": of(|run| run.rows),
            "lost_share": of(|run| run.lost / (run.rows + run.lost)),
        }));
    }
    Ok(Value::Array(rows))
}

/// One run: CPU time of who sends and reads, and of who records beside it.
struct Run {
    cpu_ns: f64,
    wall_ns: f64,
    beside_ns: f64,
    rows: f64,
    lost: f64,
}

fn run(plan: &Plan, option: Option<&str>, snap_length: Option<&str>, scratch: &Path) -> Result<Run> {
    let file = scratch.join("packets.json");
    let mut command =
        vec![own_path()?.to_string_lossy().into_owned(), "packets".to_owned(), file.to_string_lossy().into_owned()];
    command.extend(snap_length.map(str::to_owned));
    let recorded = match option {
        Some(option) => {
            let options = [&EVENTS[..], &["--capture", option]].concat();
            Some(recording::recorded(plan, &options, &command, scratch)?)
        }
        None => {
            recording::alone(&command, scratch)?;
            None
        }
    };
    let cost: Value = serde_json::from_str(&std::fs::read_to_string(&file)?)?;
    let beside = recorded.as_ref().map_or(&cost["beside"], |recorded| &recorded.recorder);
    let [rows, lost] = match &recorded {
        Some(recorded) => [number(&recorded.recorder, "events")?, number(&recorded.recorder, "lost")?],
        None => [beside["taken"].as_f64().unwrap_or(0.0), beside["lost"].as_f64().unwrap_or(0.0)],
    };
    Ok(Run {
        cpu_ns: number(&cost, "cpu_ns")?,
        wall_ns: number(&cost, "wall_ns")?,
        beside_ns: number(beside, "cpu_ns")?,
        rows,
        lost,
    })
}
