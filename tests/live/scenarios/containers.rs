//! Control groups and containers.

use super::lifecycle::is_host_number;
use super::{Needs, Scenario, Seen};

const fn scenario(event: &'static str, run: &'static str, near: &'static [&'static str], check: fn(&Seen)) -> Scenario {
    Scenario { event, run, near, needs: Needs::Tracepoints, check }
}

pub(super) const SCENARIOS: &[Scenario] = &[
    scenario("cgroup_mkdir", "cgroup_made", &["cgroup_made_near"], cgroup_made),
    scenario("cgroup_rmdir", "cgroup_made", &["cgroup_made_near"], cgroup_made),
    scenario("cgroup_attach_task", "cgroup_joined", &["cgroup_joined_near"], cgroup_joined),
    scenario("container_create", "container_made", &["container_made_near", "cgroup_made"], container_made),
    scenario("container_remove", "container_made", &["container_made_near", "cgroup_made"], container_removed),
];

fn cgroup_made(seen: &Seen) {
    seen.only().is_fact("cgroup_id", "id").is("hierarchy_id", 0).is_fact("cgroup_path", "path").from_user("");
}

fn cgroup_joined(seen: &Seen) {
    let row = seen.only();
    row.is_fact("cgroup_path", "path")
        .is_fact("arg_comm", "comm")
        .is("hierarchy_id", 0)
        .is("threadgroup", 1)
        .fits("start_time", |ns| ns.as_u64().is_some_and(|ns| ns > 0))
        .from_user("");
    row.is_fact("arg_cgroup_id", "id");
    row.get("cgroup_id");
    row.get("comm");
    is_host_number(&row, "arg_pid", "child");
    is_host_number(&row, "arg_host_pid", "child");
    row.get("pid");
    row.get("host_pid");
}

fn container_made(seen: &Seen) {
    assert_eq!(seen.len(), 2, "one of Docker's and one of which the path does not tell whose it is");
    for (index, runtime) in ["docker".into(), serde_json::Value::Null].into_iter().enumerate() {
        // The clock may have been slewed since the recording began.
        let (from, to) = (seen.number("before") - 100_000_000, seen.number("after") + 100_000_000);
        seen.row(index)
            .is("runtime", runtime)
            .is_fact("container_id", "id")
            .fits("ctime", |ns| ns.as_i64().is_some_and(|ns| (from..to).contains(&ns)))
            .from_user("");
    }
}

fn container_removed(seen: &Seen) {
    assert_eq!(seen.len(), 2);
    seen.row(0).is("runtime", serde_json::Value::Null).is_fact("container_id", "id").from_user("");
    seen.row(1).is("runtime", "docker").is_fact("container_id", "id");
}
