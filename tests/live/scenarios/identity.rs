//! Identity: who a task is and which namespaces it lives in.

use super::lifecycle::is_host_number;
use super::{Checked, Needs, Scenario, Seen};

const fn scenario(event: &'static str, run: &'static str, near: &'static [&'static str], check: fn(&Seen)) -> Scenario {
    Scenario { event, run, near, needs: Needs::Tracepoints, check }
}

pub(super) const SCENARIOS: &[Scenario] = &[
    scenario("switch_task_ns", "namespaces_left", &["namespaces_kept"], namespaces_left),
    scenario("switch_task_ns", "user_namespace_left", &[], user_namespace_left),
    scenario("switch_task_ns", "born_elsewhere", &[], born_elsewhere),
    Scenario {
        event: "cap_capable",
        run: "capability_asked",
        near: &[],
        needs: Needs::TracepointSince(6, 14),
        check: capability_asked,
    },
];

const KINDS: [&str; 8] = ["new_mnt", "new_pid", "new_uts", "new_ipc", "new_net", "new_cgroup", "new_time", "new_user"];

/// These namespaces are new, as facts say; all others are 0.
fn has_new(row: &Checked<'_>, facts: &[(&str, &str)]) {
    for kind in KINDS {
        match facts.iter().find(|(column, _)| *column == kind) {
            Some((column, fact)) => row.is_fact(column, fact),
            None => row.is(kind, 0),
        };
    }
}

fn namespaces_left(seen: &Seen) {
    assert_eq!(seen.len(), 3, "unshare, setns, unshare");
    let all =
        [("new_mnt", "mnt"), ("new_uts", "uts"), ("new_ipc", "ipc"), ("new_net", "net"), ("new_cgroup", "cgroup")];
    has_new(&seen.row(0), &all);
    has_new(&seen.row(1), &[("new_uts", "first.uts")]);
    has_new(&seen.row(2), &[("new_pid", "pid"), ("new_time", "time")]);
    is_host_number(&seen.row(0), "arg_pid", "tid");
    seen.row(0).is_fact("pid", "tid").from_user("");
}

fn user_namespace_left(seen: &Seen) {
    has_new(&seen.only(), &[("new_user", "user")]);
    seen.only().get("pid");
}

fn born_elsewhere(seen: &Seen) {
    has_new(&seen.only(), &[("new_uts", "uts")]);
    is_host_number(&seen.only(), "arg_pid", "child");
    seen.only().get("pid");
}

fn capability_asked(seen: &Seen) {
    seen.find(|row| row["cap"] == "CAP_SYS_CHROOT" && row["result_number"] == 0)
        .is("cap", "CAP_SYS_CHROOT")
        .is("result", 0)
        .is_fact("target_ns", "ns")
        .from_user("");
    seen.find(|row| row["cap"] == "CAP_SYS_CHROOT" && row["result"] == "-EPERM")
        .is("uid", 1001)
        .is_fact("target_ns", "ns");
}
