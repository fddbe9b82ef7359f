//! Control groups and containers.

use super::{Needs, Scenario, Seen};

pub(super) const SCENARIOS: &[Scenario] = &[Scenario {
    event: "cgroup_mkdir",
    run: "cgroup_made",
    near: &["cgroup_made_near"],
    needs: Needs::Tracepoints,
    check: cgroup_made,
}];

fn cgroup_made(seen: &Seen) {
    seen.only().is_fact("cgroup_id", "id").is("hierarchy_id", 0).is_fact("cgroup_path", "path").from_user("");
}
