//! Containers: where things ran, as the kernel side read it and as the runtimes described it.

use formats::container::{Container as Named, pod_uid};
use formats::payload::Value;
use formats::schema::EventSchema;

/// A container as a segment tells of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    /// Number that contexts refer to it by.
    pub key: u64,
    /// Its control group, or that of its first process.
    pub cgroup_id: u64,
    /// The hierarchy of that, 0 for version 2.
    pub hierarchy_id: u32,
    /// Start of the first process of its PID namespace, boot-time nanoseconds; 0 when the control group tells it.
    pub pid_ns_start_boot_ns: u64,
    /// Its PID namespace, inode number; 0 when the control group tells it.
    pub pid_ns: u32,
    /// Whether it was made after recording began.
    pub is_new: bool,
    /// Its id out of the control group's name; empty when the PID namespace tells it.
    pub name: Box<[u8]>,
    /// Path of the control group.
    pub cgroup_path: Box<[u8]>,
    /// When it was first seen in the segment, boot-time nanoseconds.
    pub seen_boot_ns: u64,
    /// What the column `container_id` shows: the runtime's id, or `pidns-INODE-START` of one that only its PID namespace
    /// tells (the inode number alone is used again by the kernel at once).
    pub id: Box<str>,
}

impl Container {
    /// Decodes a `container` frame's payload; `None` when it is malformed.
    pub(crate) fn decode(schema: &EventSchema, payload: &[u8], boot_ns: u64) -> Option<Container> {
        let mut container = Container { seen_boot_ns: boot_ns, ..Container::default() };
        for (field, value) in schema.fields.iter().zip(schema.values(payload)?) {
            match (field.name.as_str(), value) {
                ("container", Value::U64(number)) => container.key = number,
                ("cgroup_id", Value::U64(number)) => container.cgroup_id = number,
                ("hierarchy_id", Value::U64(number)) => container.hierarchy_id = number as u32,
                ("pid_ns_start_boot_ns", Value::U64(number)) => container.pid_ns_start_boot_ns = number,
                ("pid_ns", Value::U64(number)) => container.pid_ns = number as u32,
                ("is_new", Value::U64(number)) => container.is_new = number != 0,
                ("name", Value::Variable(_, variable)) => container.name = variable.bytes.into(),
                ("cgroup_path", Value::Variable(_, variable)) => container.cgroup_path = variable.bytes.into(),
                _ => {}
            }
        }
        container.id =
            formats::container::id_of(&container.name, container.pid_ns, container.pid_ns_start_boot_ns).into();
        Some(container)
    }

    /// What runs it, as far as the path of its control group tells.
    pub fn runtime(&self) -> Option<&'static str> {
        Named::of(&self.cgroup_path).filter(|_| !self.name.is_empty())?.runtime
    }

    /// The pod that it is of, as far as the path of its control group tells.
    pub fn pod_uid(&self) -> Option<String> {
        pod_uid(&self.cgroup_path)
    }
}

/// What a runtime said of a container, or why it is not known. What it does not say is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// Number that contexts refer to the container by.
    pub key: u64,
    /// When it was made, UTC nanoseconds since 1970.
    pub created_ns: Option<i64>,
    /// Whether it is what holds a pod together.
    pub is_sandbox: bool,
    /// Texts, as the runtime gave them.
    pub texts: [Option<Box<[u8]>>; TEXTS.len()],
}

/// Names of the texts of a description, in order.
pub const TEXTS: [&str; 11] = [
    "id",
    "runtime",
    "name",
    "image",
    "image_id",
    "image_digest",
    "pod_name",
    "pod_uid",
    "pod_namespace",
    "labels",
    "why_not",
];

impl Description {
    /// Decodes a `container_described` frame's payload; `None` when it is malformed.
    pub(crate) fn decode(schema: &EventSchema, payload: &[u8]) -> Option<Description> {
        let mut description = Description::default();
        for (field, value) in schema.fields.iter().zip(schema.values(payload)?) {
            match (field.name.as_str(), value) {
                ("container", Value::U64(number)) => description.key = number,
                ("created_ns", Value::I64(number)) => description.created_ns = Some(number).filter(|ns| *ns != 0),
                ("is_sandbox", Value::U64(number)) => description.is_sandbox = number != 0,
                (name, Value::Variable(_, variable)) if !variable.null => {
                    if let Some(index) = TEXTS.iter().position(|text| *text == name) {
                        description.texts[index] = Some(variable.bytes.into());
                    }
                }
                _ => {}
            }
        }
        Some(description)
    }

    /// One of [`TEXTS`].
    pub fn text(&self, name: &str) -> Option<&[u8]> {
        self.texts[TEXTS.iter().position(|text| *text == name)?].as_deref()
    }
}
