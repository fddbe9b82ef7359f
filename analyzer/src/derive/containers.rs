//! Containers: events made from those of control groups, of which the path says whose they are.

use formats::container::Container;
use formats::events::containers::{CONTAINER_CREATE, CONTAINER_REMOVE, EXISTING_CONTAINER};
use formats::payload::{PayloadBuilder, Variable};

use super::{Rule, Source};

/// The family's rules.
pub(super) const RULES: &[Rule] = &[
    Rule { event: &CONTAINER_CREATE, from_user: &[], make: container_create },
    Rule { event: &CONTAINER_REMOVE, from_user: &[], make: container_remove },
    Rule { event: &EXISTING_CONTAINER, from_user: &[], make: existing_container },
];

fn container_create(group: &Source<'_>, row: PayloadBuilder<'static>) -> Option<PayloadBuilder<'static>> {
    Some(named(row, group, "cgroup_path")?.u64("ctime", u64::try_from(group.utc_ns()).ok()?))
}

fn container_remove(group: &Source<'_>, row: PayloadBuilder<'static>) -> Option<PayloadBuilder<'static>> {
    named(row, group, "cgroup_path")
}

fn existing_container(group: &Source<'_>, row: PayloadBuilder<'static>) -> Option<PayloadBuilder<'static>> {
    Some(named(row, group, "path")?.u64("ctime", u64::try_from(group.number("ctime_ns")?).ok()?))
}

/// Sets what the control group's path says of its container; `None` when it is no container's.
fn named(row: PayloadBuilder<'static>, group: &Source<'_>, path: &str) -> Option<PayloadBuilder<'static>> {
    // In version 1 a container has a control group in each hierarchy: one of them counts.
    if group.number("hierarchy_id")? != i64::from(group.container_hierarchy()) {
        return None;
    }
    let path = group.variable(path)?;
    if path.fault || path.is_truncated() {
        return None;
    }
    let container = Container::of(path.bytes)?;
    let nothing = Variable { bytes: &[], full_len: Some(0), fault: false, null: true };
    let row = match container.runtime {
        Some(runtime) => row.bytes("runtime", runtime.as_bytes()),
        None => row.variable("runtime", nothing),
    };
    Some(row.bytes("container_id", container.id))
}

#[cfg(test)]
mod tests {
    use formats::event::Lane;
    use formats::events::containers::{CGROUP_MKDIR, CGROUP_RMDIR};
    use formats::events::structure::KEYFRAME_CGROUP;
    use formats::frame::{FrameHeader, KEYFRAME};
    use serde_json::json;

    use super::*;
    use crate::print::json_row;
    use crate::replay::{Options, replay};
    use crate::testing::{OFFSET_NS, Recording};

    const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn rows(recording: &Recording) -> Vec<serde_json::Value> {
        let mut rows = Vec::new();
        replay(&recording.open(), &Options::default(), &mut |row| {
            let mut text = String::new();
            json_row(row, &mut text);
            rows.push(serde_json::from_str(&text).unwrap());
            Ok(())
        })
        .unwrap();
        rows
    }

    #[test]
    fn rows_of_containers_stand_behind_those_of_their_control_groups() {
        let mut recording = Recording::new();
        recording.info(
            r#"{"replayed":["container_create","container_remove","existing_container"],"hidden":["cgroup_mkdir"],"container_hierarchy":4,
                "hooks":{"container_create":"tp_btf/cgroup_mkdir"}}"#,
        );
        let group = |event, hierarchy: u64, path: &str| {
            let row = PayloadBuilder::new(event).u64("cgroup_id", 9).u64("hierarchy_id", hierarchy);
            row.bytes("cgroup_path", path.replace("ID", ID).as_bytes())
        };
        let kept = PayloadBuilder::new(&KEYFRAME_CGROUP).u64("hierarchy_id", 4).u64("ctime_ns", 5);
        let kept = kept.bytes("path", format!("/kubepods/{ID}").as_bytes()).finish().unwrap();
        let header = FrameHeader { boot_ns: 9, event: KEYFRAME_CGROUP.id, flags: KEYFRAME, ..Default::default() };
        recording.raw(Lane::Control, u32::MAX, header, &kept);
        recording.event(0, (10, 0, 7), group(&CGROUP_MKDIR, 4, "/docker/ID"), &CGROUP_MKDIR);
        recording.event(0, (11, 0, 7), group(&CGROUP_MKDIR, 5, "/docker/ID"), &CGROUP_MKDIR);
        recording.event(0, (12, 0, 7), group(&CGROUP_RMDIR, 4, "/docker/ID"), &CGROUP_RMDIR);
        recording.cut(1_000);
        let rows = rows(&recording);
        let shown: Vec<_> = rows.iter().map(|row| (row["event"].as_str().unwrap(), &row["args"])).collect();
        let group = json!({ "cgroup_id": 9, "hierarchy_id": 4, "reserved": 0, "cgroup_path": format!("/docker/{ID}") });
        assert_eq!(
            shown[1..],
            [
                ("existing_container", &json!({ "runtime": null, "container_id": ID, "ctime": 5 })),
                ("container_create", &json!({ "runtime": "docker", "container_id": ID, "ctime": OFFSET_NS + 10 })),
                ("cgroup_rmdir", &group),
                ("container_remove", &json!({ "runtime": "docker", "container_id": ID })),
            ]
        );
        assert_eq!(rows[2]["hook"], "tp_btf/cgroup_mkdir");
    }
}
