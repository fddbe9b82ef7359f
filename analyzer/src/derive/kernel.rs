//! The kernel: events made from system calls.

use formats::events::kernel::{SECURITY_BPF, SECURITY_SETTIME64, SECURITY_TASK_PRCTL, SECURITY_TASK_SETRLIMIT};
use formats::payload::{PayloadBuilder, Value};

use super::{Rule, Source};

/// The family's rules.
pub(super) const RULES: &[Rule] = &[
    Rule { event: &SECURITY_BPF, from_user: &[], make: security_bpf },
    Rule {
        event: &SECURITY_SETTIME64,
        from_user: &["tv_sec", "tv_nsec", "tz_minuteswest", "tz_dsttime"],
        make: security_settime64,
    },
    Rule {
        event: &SECURITY_TASK_SETRLIMIT,
        from_user: &["new_rlim_cur", "new_rlim_max"],
        make: security_task_setrlimit,
    },
    Rule { event: &SECURITY_TASK_PRCTL, from_user: &[], make: security_task_prctl },
];

type Row = PayloadBuilder<'static>;

fn security_bpf(call: &Source<'_>, row: Row) -> Option<Row> {
    let command = call.number("cmd").filter(|_| call.succeeded())?;
    Some(row.i64("cmd", command))
}

const CLOCK_REALTIME: i64 = 0;
/// `given`: the time, the zone.
const TIME: u64 = 1;
const ZONE: u64 = 2;

/// Only the clock of the system's time is checked so; others (of network cards) have drivers of their own.
fn security_settime64(call: &Source<'_>, row: Row) -> Option<Row> {
    let (time, zone) = match call.call() {
        "clock_settime" if call.number("clockid") == Some(CLOCK_REALTIME) => (given::<2>(call, "tp")?, None),
        "settimeofday" => {
            let time = given::<2>(call, "tv")?;
            (time.map(|[seconds, micros]| [seconds, micros.wrapping_mul(1000)]), zone(call)?)
        }
        _ => return None,
    };
    if !call.succeeded() {
        return None;
    }
    let bit = |is_given: bool, bit| if is_given { bit } else { 0 };
    let ([seconds, nanos], [west, summer]) = (time.unwrap_or_default(), zone.unwrap_or_default());
    Some(
        row.i64("tv_sec", seconds)
            .i64("tv_nsec", nanos)
            .i64("tz_minuteswest", west)
            .i64("tz_dsttime", summer)
            .u64("given", bit(time.is_some(), TIME) | bit(zone.is_some(), ZONE)),
    )
}

/// The first `N` 8-byte words of a structure that the call was given: `Some(None)` when it was given none, `None` when it
/// could not be read.
fn given<const N: usize>(call: &Source<'_>, field: &str) -> Option<Option<[i64; N]>> {
    let Value::Variable(_, structure) = call.value(field)? else { return None };
    if structure.null {
        return Some(None);
    }
    let (words, _) = structure.bytes.as_chunks();
    let words = words.first_chunk().filter(|_| !structure.fault)?;
    Some(Some(words.map(i64::from_le_bytes)))
}

/// Minutes west and kind of summer time, in the same way.
fn zone(call: &Source<'_>) -> Option<Option<[i64; 2]>> {
    Some(given::<1>(call, "tz")?.map(|[word]| [i64::from(word as i32), word >> 32]))
}

/// Inode number of the initial PID namespace: `PROC_PID_INIT_INO` of `linux/proc_ns.h`.
const INITIAL_PID_NAMESPACE: u32 = 0xefff_fffc;

fn security_task_setrlimit(call: &Source<'_>, row: Row) -> Option<Row> {
    let field = if call.call() == "setrlimit" { "rlim" } else { "new_limit" };
    let [soft, hard] = given::<2>(call, field)?.filter(|_| call.succeeded())?;
    Some(
        row.u64("target_host_pid", target(call).unwrap_or_default().into())
            .i64("resource", call.number("resource")?)
            .u64("new_rlim_cur", soft as u64)
            .u64("new_rlim_max", hard as u64),
    )
}

/// The process that `pid` stands for, in the initial namespace: the caller, or a number that is the same there.
fn target(call: &Source<'_>) -> Option<u32> {
    let pid = call.number("pid").map_or(0, |pid| pid as u32);
    let caller = call.context()?;
    if pid == 0 || pid == caller.pid || pid == caller.tid {
        return Some(caller.host_pid);
    }
    (caller.pid_ns() == INITIAL_PID_NAMESPACE).then_some(pid)
}

fn security_task_prctl(call: &Source<'_>, row: Row) -> Option<Row> {
    let option = call.number("option").filter(|_| call.succeeded())?;
    let argument = |name| call.number(name).map(|number| number as u64);
    Some(
        row.i64("option", option)
            .u64("arg2", argument("arg2")?)
            .u64("arg3", argument("arg3")?)
            .u64("arg4", argument("arg4")?)
            .u64("arg5", argument("arg5")?),
    )
}
