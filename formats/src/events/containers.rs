//! Containers: control groups come and go, containers begin and end.

use crate::event::{Event, Field, Kind, Lane};

/// A control group was made.
pub const CGROUP_MKDIR: Event = Event {
    id: 288,
    name: "cgroup_mkdir",
    doc: "A control group was made.",
    lane: Lane::Control,
    hooks: &["tp_btf/cgroup_mkdir"],
    sets: &["default", "containers"],
    fields: &[
        Field::new("cgroup_id", Kind::U64, "Its id; cgroup.kn.id."),
        Field::new("hierarchy_id", Kind::U32, "The hierarchy it is in, 0 for version 2; cgroup_root.hierarchy_id."),
        Field::new("reserved", Kind::U32, "0."),
        Field::new("cgroup_path", Kind::Text, "Its path from the root of the hierarchy on."),
    ],
};

/// A control group was removed.
pub const CGROUP_RMDIR: Event = Event {
    id: 289,
    name: "cgroup_rmdir",
    doc: "A control group was removed.",
    lane: Lane::Control,
    hooks: &["tp_btf/cgroup_rmdir"],
    sets: &["default", "containers"],
    fields: &[
        Field::new("cgroup_id", Kind::U64, "The id that it had; cgroup.kn.id."),
        Field::new("hierarchy_id", Kind::U32, "The hierarchy it was in, 0 for version 2; cgroup_root.hierarchy_id."),
        Field::new("reserved", Kind::U32, "0."),
        Field::new("cgroup_path", Kind::Text, "Its path from the root of the hierarchy on."),
    ],
};

/// A task was moved.
pub const CGROUP_ATTACH_TASK: Event = Event {
    id: 290,
    name: "cgroup_attach_task",
    doc: "A process or thread was moved into a control group, by itself or by another.",
    lane: Lane::Control,
    hooks: &["tp_btf/cgroup_attach_task"],
    sets: &["default", "containers"],
    fields: &[
        Field::new("cgroup_path", Kind::Text, "Path of its new control group from the root of the hierarchy on."),
        Field::new("comm", Kind::Text, "Name of the moved thread; task_struct.comm."),
        Field::new(
            "pid",
            Kind::Int,
            "Host thread id of the moved one: the leader's, when the whole process was moved.",
        ),
        Field::new("cgroup_id", Kind::U64, "Id of its new control group; cgroup.kn.id."),
        Field::new(
            "start_time",
            Kind::U64,
            "Start of the moved process, boot-time nanoseconds; task_struct.group_leader.start_boottime.",
        ),
        Field::new("host_pid", Kind::U32, "Host process id of the moved one."),
        Field::new("hierarchy_id", Kind::U32, "The hierarchy, 0 for version 2; cgroup_root.hierarchy_id."),
        Field::new("threadgroup", Kind::U32, "1 when every thread of the process was moved."),
        Field::new("reserved", Kind::U32, "0."),
    ],
};

/// What [`CONTAINER_CREATE`] and its like say of a container.
const RUNTIME: Field = Field::new(
    "runtime",
    Kind::Text,
    "What runs it: docker, containerd, crio, podman; NULL when the path of its control group does not tell.",
);
const CONTAINER_ID: Field = Field::new("container_id", Kind::Text, "Its id, out of the path of its control group.");

/// A container was made.
pub const CONTAINER_CREATE: Event = Event {
    id: 291,
    name: "container_create",
    doc: "A control group was made whose path says that it is a container's.",
    lane: Lane::Control,
    hooks: &["replay/cgroup_mkdir"],
    sets: &["default", "containers"],
    fields: &[
        RUNTIME,
        CONTAINER_ID,
        Field::new("ctime", Kind::U64, "When its control group was made, nanoseconds since 1970."),
    ],
};

/// A container was removed.
pub const CONTAINER_REMOVE: Event = Event {
    id: 292,
    name: "container_remove",
    doc: "A control group was removed whose path says that it was a container's.",
    lane: Lane::Control,
    hooks: &["replay/cgroup_rmdir"],
    sets: &["default", "containers"],
    fields: &[RUNTIME, CONTAINER_ID],
};

/// A container was there.
pub const EXISTING_CONTAINER: Event = Event {
    id: 293,
    name: "existing_container",
    doc: "A container was there when the segment began and had a process in scope.",
    lane: Lane::Control,
    hooks: &["replay/keyframe_cgroup"],
    sets: &["default", "containers"],
    fields: &[
        RUNTIME,
        CONTAINER_ID,
        Field::new("ctime", Kind::U64, "Change time of its control group's directory, nanoseconds since 1970."),
    ],
};

/// The family, in id order.
pub const EVENTS: &[Event] =
    &[CGROUP_MKDIR, CGROUP_RMDIR, CGROUP_ATTACH_TASK, CONTAINER_CREATE, CONTAINER_REMOVE, EXISTING_CONTAINER];
