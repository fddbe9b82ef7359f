//! What the recorder says of itself: the JSON of `tracee_info`, and the clocks.

use formats::events::identity::INIT_NAMESPACES;
use formats::events::recorder::{CLOCK, LIMIT_REACHED, RECORDING_STOPPED, SCOPE_CHANGED, TRACEE_INFO};
use formats::events::structure::LOSS;
use formats::frame::FrameHeader;
use formats::payload::PayloadBuilder;
use formats::reason::{LossReason, StopReason};
use serde_json::{Value, json};

use crate::clock::{self, Clocks};
use crate::filter::Filter;
use crate::hooks::Missing;
use crate::programs::Programs;
use crate::{Options, host};

static OBJECT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/tracee.bpf.o"));

/// The members of `tracee_info`; `docs/format.md` lists them.
pub(crate) fn info(
    options: &Options,
    filter: &Filter,
    programs: &Programs,
    buffers: [usize; 4],
    started: &Clocks,
    container_hierarchy: u32,
) -> Value {
    let choice = &programs.choice;
    let kernel = host::kernel();
    let command: Vec<_> = options.command.iter().map(|argument| argument.to_string_lossy()).collect();
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "kernel": { "release": kernel.release, "version": kernel.version, "machine": kernel.machine },
        "host_name": kernel.host_name,
        "command": command,
        "options": {
            "events": options.events,
            "duration_ns": options.duration.map(|duration| duration.as_nanos() as u64),
            "segment_size_bytes": options.segment_size,
            "segment_age_ns": options.segment_age.as_nanos() as u64,
            "environment": options.environment,
            "artifacts": options.capture.to_json(),
            "hold": options.hold.words(),
            "run_as": options.run_as.as_ref().map(|(uid, gid, _)| json!({ "uid": uid, "gid": gid })),
        },
        "policies": options.plan,
        "scope": if options.command.is_empty() { "host" } else { "tree" },
        "hooks": choice.hooks,
        "missing": hooks_not_got(&choice.missing),
        "passed_over": hooks_not_got(&choice.passed_over),
        "replayed": choice.replayed,
        "hidden": filter.hidden(|call| choice.is_source(call)),
        "container_hierarchy": container_hierarchy,
        "cpus": programs.cpus(),
        "buffers": {
            "control_bytes_per_cpu": buffers[0],
            "events_bytes_per_cpu": buffers[1],
            "artifacts_bytes_per_cpu": buffers[2],
            "packets_bytes_per_cpu": buffers[3],
        },
        "bpf": { "blake3": blake3::hash(OBJECT).to_hex().as_str() },
        "recorder": {
            "pid": programs.recorder_pid(),
            "blake3": std::fs::read("/proc/self/exe").ok().map(|bytes| blake3::hash(&bytes).to_hex().to_string()),
        },
        "excluded": "system calls of the recorder's own threads",
        "started_realtime_ns": started.realtime_ns,
    })
}

fn hooks_not_got(missing: &[Missing]) -> Vec<Value> {
    missing.iter().map(|missing| json!({ "event": missing.event, "hook": missing.hook, "why": missing.why })).collect()
}

fn frame(event: u16, payload: Vec<u8>, rows: &mut Vec<u8>) {
    // Payloads of the recorder's own are far below a frame's limit.
    let _ = FrameHeader { boot_ns: clock::boot_ns(), event, ..Default::default() }.append(&payload, rows);
}

/// Appends a `tracee_info` frame.
pub(crate) fn put_info(info: &Value, rows: &mut Vec<u8>) {
    let payload = PayloadBuilder::new(&TRACEE_INFO).bytes("info", info.to_string().as_bytes()).finish();
    frame(TRACEE_INFO.id, payload.unwrap_or_default(), rows);
}

/// Appends an `init_namespaces` frame.
pub(crate) fn put_init_namespaces(namespaces: &[u32; 10], rows: &mut Vec<u8>) {
    let fields = INIT_NAMESPACES.fields.iter().zip(namespaces);
    let fill = |row: PayloadBuilder<'static>, (field, inode): (&formats::event::Field, &u32)| {
        row.u64(field.name, u64::from(*inode))
    };
    let payload = fields.fold(PayloadBuilder::new(&INIT_NAMESPACES), fill).finish();
    frame(INIT_NAMESPACES.id, payload.unwrap_or_default(), rows);
}

/// Appends a `clock` frame.
pub(crate) fn put_clock(clocks: &Clocks, step_ns: i64, rows: &mut Vec<u8>) {
    let payload = PayloadBuilder::new(&CLOCK)
        .u64("boot_ns", clocks.boot_ns)
        .u64("monotonic_ns", clocks.monotonic_ns)
        .i64("realtime_ns", clocks.realtime_ns)
        .i64("step_ns", step_ns)
        .u64("uncertainty_ns", clocks.uncertainty_ns)
        .finish();
    frame(CLOCK.id, payload.unwrap_or_default(), rows);
}

/// A change of the scope.
pub(crate) struct ScopeChange<'a> {
    /// Between these it took effect, boot-time nanoseconds.
    pub(crate) boot_ns: (u64, u64),
    /// Who asked: process and user id.
    pub(crate) by: (u32, u32),
    pub(crate) active: u64,
    pub(crate) change: &'a str,
    pub(crate) policies: &'a str,
}

/// Appends a `scope_changed` frame.
pub(crate) fn put_scope_change(change: &ScopeChange<'_>, rows: &mut Vec<u8>) {
    let payload = PayloadBuilder::new(&SCOPE_CHANGED)
        .u64("from_boot_ns", change.boot_ns.0)
        .u64("until_boot_ns", change.boot_ns.1)
        .u64("active", change.active)
        .u64("by_pid", change.by.0.into())
        .u64("by_uid", change.by.1.into())
        .bytes("change", change.change.as_bytes())
        .bytes("policies", change.policies.as_bytes())
        .finish();
    frame(SCOPE_CHANGED.id, payload.unwrap_or_default(), rows);
}

/// Appends a `limit_reached` frame.
pub(crate) fn put_limit(limit: &str, count: u64, rows: &mut Vec<u8>) {
    let payload = PayloadBuilder::new(&LIMIT_REACHED).u64("count", count).bytes("limit", limit.as_bytes()).finish();
    frame(LIMIT_REACHED.id, payload.unwrap_or_default(), rows);
}

/// Appends a `loss` frame for frames of unknown kind, CPU and time since `from_ns`.
pub(crate) fn put_loss(reason: LossReason, count: u64, from_ns: u64, rows: &mut Vec<u8>) {
    let mut counts = vec![0; 4];
    counts.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
    let payload = PayloadBuilder::new(&LOSS)
        .u64("first_boot_ns", from_ns)
        .u64("last_boot_ns", clock::boot_ns())
        .u64("count", count)
        .u64("cpu", u32::MAX.into())
        .u64("lane", formats::event::Lane::Events as u64)
        .u64("reason", reason.number().into())
        .bytes("counts", &counts)
        .finish();
    frame(LOSS.id, payload.unwrap_or_default(), rows);
}

/// How a recording ended.
pub(crate) struct Ending<'a> {
    pub(crate) produced: u64,
    pub(crate) written: u64,
    pub(crate) lost: u64,
    pub(crate) status: Option<i32>,
    pub(crate) reason: StopReason,
    pub(crate) packets_left_out: u64,
    pub(crate) detail: &'a str,
}

/// Appends the `recording_stopped` frame.
pub(crate) fn put_ending(ending: &Ending<'_>, rows: &mut Vec<u8>) {
    let payload = PayloadBuilder::new(&RECORDING_STOPPED)
        .u64("produced", ending.produced)
        .u64("written", ending.written)
        .u64("lost", ending.lost)
        .i64("exit_status", ending.status.unwrap_or(-1).into())
        .u64("reason", ending.reason.number().into())
        .u64("packets_left_out", ending.packets_left_out)
        .bytes("detail", ending.detail.as_bytes())
        .finish();
    frame(RECORDING_STOPPED.id, payload.unwrap_or_default(), rows);
}
