//! `tracee record`: what the kernel says of a command's process tree, or of the whole host, as a capture.

mod background;
mod bench;
#[cfg(feature = "analyze")]
mod detect;
#[cfg(not(feature = "analyze"))]
#[path = "record/no_detect.rs"]
mod detect;
mod invoker;
#[cfg(feature = "analyze")]
mod print;
#[cfg(not(feature = "analyze"))]
#[path = "record/no_print.rs"]
mod print;
mod summary;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use chrono::{DateTime, Utc};
use formats::events::packets::{DECODED, NET_PACKET_RAW};
use policy::Plan;
use recorder::artifacts::selection::{CaptureKind, Limits};
use recorder::{Hold, RecordError, Selection};

use crate::arguments::{duration, selection, size};
use crate::failure::say;

/// Arguments of `tracee record`.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    background: Option<background::Background>,
    #[command(flatten)]
    options: Options,
}

/// What to record, and how.
#[derive(clap::Args)]
#[group(skip)]
struct Options {
    /// Directory to make for the capture; it must not exist [default: tracee-TIME.cap]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Stop after this time; the command goes on
    #[arg(long, value_name = "T", value_parser = duration::parse)]
    duration: Option<Duration>,
    /// Begin another segment at this size
    #[arg(long, value_name = "SIZE", value_parser = size::parse, default_value = "256MiB")]
    segment_size: u64,
    /// Begin another segment after this time
    #[arg(long, value_name = "T", value_parser = duration::parse, default_value = "5m")]
    segment_age: Duration,
    /// Events to record: names, sets, wildcards, -NAME to exclude; `tracee list sets` shows the sets [default: default,syscalls]
    /// and EVENT.data.FIELD=VALUE, EVENT.retval<0 for some rows of an event only
    #[arg(short, long, value_name = "SET", allow_hyphen_values = true)]
    events: Vec<String>,
    /// Whose events: uid, pid, mntns, pidns, tree, uts, comm, executable, container, cgroup with = and != (numbers also with
    /// < and >), pid=new, container, container=new, not-container, follow; several must all hold
    #[arg(long, value_name = "EXPR", allow_hyphen_values = true)]
    scope: Vec<String>,
    /// Only containers that begin while recording; short for --scope container=new
    #[arg(short, long)]
    containers: bool,
    /// Whose events and which, from policy files (or folders of them), YAML or JSON
    #[arg(long, value_name = "FILE", conflicts_with = "events")]
    policy: Vec<PathBuf>,
    /// Memory for the ring buffers between kernel and recorder, all together
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    buffer_size: Option<u64>,
    /// Hooks to try: the best that the kernel gives for each event, or raw tracepoints alone
    #[arg(long, value_name = "WHICH", value_enum, default_value_t = Hooks::Best)]
    hooks: Hooks,
    /// Container runtime to ask what containers are: docker:SOCKET, cri:SOCKET, runc:FOLDER; none for nobody
    /// [default: those that this host has]
    #[arg(long = "runtime", value_name = "KIND:PATH")]
    runtimes: Vec<String>,
    /// Keep the bytes behind events: KIND is exec, write, read, mem, module, bpf or net; FILTER is path=PATTERN (* stands for any
    /// characters), type=elf|script|regular|pipe|socket, fd=stdin|stdout|stderr, new, max=SIZE, separated by commas: all must hold,
    /// of several of one name any; of several --capture of a kind any suffices; of net (packets) it is snaplen=headers|BYTES|max,
    /// filter='EXPR' with [src|dst] host, net, port, portrange, ip, ip6, tcp, udp, icmp, icmp6, arp, and, or, not, parentheses; events
    #[arg(long, value_name = "KIND[:FILTER]")]
    capture: Vec<String>,
    /// Hold executed programs before their first instruction until their file is taken: memfd, deleted, new, script, all, none
    /// [default: memfd,deleted,new,script for a command with --capture exec, none for the whole host]
    #[arg(long, value_name = "WHICH", value_parser = Hold::parse)]
    hold: Option<Hold>,
    /// Keep so much of one artifact at the most
    #[arg(long, value_name = "SIZE", value_parser = size::parse, default_value = "256MiB", requires = "capture")]
    artifact_max: u64,
    /// Keep so much on behalf of one process at the most
    #[arg(long, value_name = "SIZE", value_parser = size::parse, default_value = "1GiB", requires = "capture")]
    artifacts_per_process: u64,
    /// Keep so much of all artifacts at the most
    #[arg(long, value_name = "SIZE", value_parser = size::parse, default_value = "4GiB", requires = "capture")]
    artifacts_total: u64,
    /// Under sudo, run the command as root, not as the user who called sudo
    #[arg(long)]
    as_root: bool,
    /// Record the environment of executed programs too (it often holds secrets)
    #[arg(long = "env")]
    environment: bool,
    #[command(flatten)]
    print: print::Arguments,
    #[command(flatten)]
    detect: detect::Arguments,
    /// Print nothing at the end of a recording that is complete
    #[arg(short, long)]
    quiet: bool,
    /// For benchmarks: run the command with empty programs on the same hooks, and record nothing
    #[arg(long, hide = true)]
    floor: bool,
    /// For benchmarks: write the recorder's own figures to this file
    #[arg(long, hide = true, value_name = "FILE")]
    bench_json: Option<PathBuf>,
    /// Command to run and record; without one, the whole host is recorded
    #[arg(last = true, value_name = "CMD")]
    command: Vec<OsString>,
}

/// Which hooks are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Hooks {
    /// LSM, fentry, fexit, kprobe and tracepoints, the best for each event
    Best,
    /// Raw tracepoints alone
    Tracepoints,
}

/// Records, says how it went, and returns the command's status.
pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.background {
        Some(background) => background::run(background),
        None => record(arguments.options),
    }
}

fn record(arguments: Options) -> Result<ExitCode> {
    if arguments.command.is_empty() && std::env::args_os().any(|argument| argument == "--") {
        // An empty variable after the dashes must not turn into recording everybody.
        bail!("no command after --; leave the dashes out to record the whole host");
    }
    if arguments.floor {
        return Ok(ExitCode::from(exit_status(recorder::floor::run(&arguments.command)?)));
    }
    let plan = plan(&arguments)?;
    let events = match &plan {
        // Nothing chosen is the recorder's default, whoever it is recorded of.
        Some(_) if arguments.events.is_empty() && arguments.policy.is_empty() => Vec::new(),
        Some(plan) => plan.events().into_iter().map(str::to_owned).collect(),
        None => selection::select(&arguments.events)?,
    };
    let (capture, hold) = capture(&arguments)?;
    if capture.packets().is_none()
        && let Some(name) = asked_of_packets(&arguments, plan.as_ref())
    {
        bail!("{name}: packets are recorded where --capture net asks for them");
    }
    let print = arguments.print.check()?;
    let detect = arguments.detect.check()?;
    let run_as = if arguments.as_root || arguments.command.is_empty() { None } else { invoker::behind_sudo()? };
    let options = recorder::Options {
        output: arguments.output.unwrap_or_else(default_output_now),
        command: arguments.command,
        events,
        plan,
        duration: arguments.duration,
        segment_size: arguments.segment_size,
        segment_age: arguments.segment_age,
        buffer_size: arguments.buffer_size,
        as_root: arguments.as_root,
        environment: arguments.environment,
        upper_hooks: arguments.hooks == Hooks::Best,
        runtimes: arguments.runtimes,
        capture,
        hold,
        run_as,
        quiet: arguments.quiet,
    };
    if let Some(what) = recorder::packets_that_nobody_sees(&options.capture) {
        say(&what);
    }
    let output = options.output.clone();
    let (mut printing, mut detecting) = (None, None);
    let recorded = recorder::record_watched(options, || {
        printing = print.map(|print| print.start(&output));
        detecting = detect.map(|detect| detect.start(&output));
    });
    if let Some(printing) = printing {
        printing.finish();
    }
    let found = detecting.and_then(|detecting| detecting.finish());
    let outcome = recorded?;
    if let Some(file) = &arguments.bench_json {
        bench::write(file, &outcome)?;
    }
    let complete = outcome.lost == 0 && outcome.error.is_none();
    if !arguments.quiet || !complete {
        summary::lines(&output, &outcome).iter().for_each(|line| say(line));
    }
    if let Some(error) = outcome.error {
        bail!("recording ended early: {error}");
    }
    let own = outcome.status.map_or(0, exit_status);
    // A command that failed says more than what was found.
    Ok(ExitCode::from(found.filter(|_| own == 0).unwrap_or(own)))
}

/// Whose bytes are kept, and who is held for that.
fn capture(arguments: &Options) -> Result<(Selection, Hold)> {
    let mut capture = Selection::parse(&arguments.capture).map_err(|why| anyhow!("--capture: {why}"))?;
    capture.limits = Limits {
        artifact: arguments.artifact_max,
        process: arguments.artifacts_per_process,
        total: arguments.artifacts_total,
    };
    let asks = |name: &str| arguments.events.iter().flat_map(|events| events.split(',')).any(|asked| asked == name);
    if capture.is_empty() && (asks("content") || asks("artifacts")) {
        bail!("--events: of content nothing is recorded unless --capture says which");
    }
    let hold = match arguments.hold {
        Some(hold) if hold != Hold::NONE && !capture.wants(CaptureKind::Exec) => {
            bail!("--hold: programs are held for their content to be taken; that needs --capture exec")
        }
        Some(hold) => hold,
        None => Hold::by_default(!arguments.command.is_empty(), &capture),
    };
    Ok((capture, hold))
}

/// The first event, of those named one by one, that takes packets. Sets may hold such events: they are left out without.
fn asked_of_packets<'a>(arguments: &'a Options, plan: Option<&'a Plan>) -> Option<&'a str> {
    let named = arguments.events.iter().flat_map(|events| events.split(','));
    let files = plan.filter(|_| !arguments.policy.is_empty());
    let rules = files.into_iter().flat_map(|plan| plan.policies().iter().flat_map(|policy| &policy.rules));
    let of_packets = |name: &&str| {
        *name == "packets" || *name == NET_PACKET_RAW.name || DECODED.iter().any(|event| event.name == *name)
    };
    named.chain(rules.map(|rule| rule.event.as_str())).find(of_packets)
}

/// What the options and files say of whose events are recorded and which rows are wanted; `None` when they say nothing.
fn plan(arguments: &Options) -> Result<Option<Plan>> {
    let mut scopes = arguments.scope.clone();
    if arguments.containers {
        scopes.push("container=new".to_owned());
    }
    let policies = if arguments.policy.is_empty() {
        let policy = policy::options::policy(recorder::UNNAMED, &scopes, &arguments.events, &recorder::UNASKED)?;
        if policy.scope.is_empty() && policy.rules.iter().all(|rule| rule.filters.is_empty()) {
            return Ok(None);
        }
        vec![policy]
    } else {
        let narrowed = policy::options::scope(&scopes)?;
        let mut policies = policy::file::read(&arguments.policy)?;
        for policy in &mut policies {
            policy.scope.extend(narrowed.iter().cloned());
        }
        policies
    };
    Ok(Some(Plan::new(policies)?))
}

/// The exit status for errors that have one of their own, as with `env`.
pub(crate) fn command_status(error: &RecordError) -> Option<u8> {
    match error {
        RecordError::CommandNotFound { .. } => Some(127),
        RecordError::CommandNotExecutable { .. } => Some(126),
        _ => None,
    }
}

fn default_output_now() -> PathBuf {
    default_output(Utc::now())
}

fn default_output(now: DateTime<Utc>) -> PathBuf {
    now.format("tracee-%Y%m%dT%H%M%SZ.cap").to_string().into()
}

/// The exit status for a wait status as waitpid gives it: the command's own, or 128 and the signal as shells have it.
fn exit_status(wait_status: i32) -> u8 {
    let signal = wait_status & 0x7f;
    if signal == 0 { (wait_status >> 8 & 0xff) as u8 } else { 128 + signal as u8 }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::{default_output, exit_status};

    #[test]
    fn the_commands_status_is_ours() {
        assert_eq!(exit_status(0), 0);
        assert_eq!(exit_status(3 << 8), 3);
        assert_eq!(exit_status(255 << 8), 255);
        assert_eq!(exit_status(15), 143);
        assert_eq!(exit_status(11 | 0x80), 139);
    }

    #[test]
    fn a_capture_without_a_name_is_named_by_the_time() {
        let at = DateTime::from_timestamp(1_769_846_405, 999).unwrap();
        assert_eq!(default_output(at).to_str(), Some("tracee-20260131T080005Z.cap"));
    }
}
