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

/// The family, in id order.
pub const EVENTS: &[Event] = &[CGROUP_MKDIR];
