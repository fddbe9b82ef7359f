//! The manifest: what the recorder says of itself, the host and the hooks it got (`tracee_info`), as far as it is needed
//! here. It is read leniently: what is not there, or is not what it should be, is empty.

use std::collections::{HashMap, HashSet};

use formats::arch::Arch;
use formats::event::Event;
use formats::events::syscalls::GENERIC;
use formats::schema::Schema;
use serde_json::Value;

use crate::text;

/// A `tracee_info` record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manifest {
    json: Value,
}

impl Manifest {
    /// Reads the record's JSON.
    pub(crate) fn parse(info: Option<&[u8]>) -> Manifest {
        Manifest { json: info.and_then(|info| serde_json::from_slice(info).ok()).unwrap_or_default() }
    }

    fn text(&self, pointer: &str) -> Option<String> {
        Some(text::escape(self.json.pointer(pointer)?.as_str()?.as_bytes()).into_owned())
    }

    /// UTC when the capture began, nanoseconds: what the real-time clock showed at its first boot-time.
    pub(crate) fn started_realtime_ns(&self) -> Option<i64> {
        self.json.get("started_realtime_ns")?.as_i64()
    }

    /// The host's name.
    pub(crate) fn host(&self) -> Option<String> {
        self.text("/host_name")
    }

    /// The kernel's release.
    pub(crate) fn kernel(&self) -> Option<String> {
        self.text("/kernel/release")
    }

    /// The host's architecture; where the manifest does not tell it is taken for x86_64, the first that was recorded on.
    pub(crate) fn arch(&self) -> Arch {
        let machine = self.json.pointer("/kernel/machine").and_then(Value::as_str);
        machine.and_then(Arch::from_machine).unwrap_or_default()
    }

    /// The recorded command as one line; `None` when the whole host was recorded.
    pub(crate) fn command(&self) -> Option<String> {
        let mut array = Vec::new();
        for argument in self.json.get("command")?.as_array()? {
            array.extend_from_slice(argument.as_str()?.as_bytes());
            array.push(0);
        }
        (!array.is_empty()).then(|| text::command_line(&array))
    }

    /// Events of which replay is to make the rows, as far as this build can.
    pub(crate) fn replayed(&self) -> Vec<&'static Event> {
        self.names("replayed").filter_map(formats::events::by_name).collect()
    }

    /// Number of the hierarchy of control groups in which each container has one.
    pub(crate) fn container_hierarchy(&self) -> u32 {
        self.json.get("container_hierarchy").and_then(Value::as_u64).and_then(|id| id.try_into().ok()).unwrap_or(0)
    }

    /// The policies that it was recorded by; `None` when there were none, or when this build does not understand them.
    pub(crate) fn plan(&self) -> Option<policy::Plan> {
        serde_json::from_value(self.json.get("policies")?.clone()).ok()
    }

    /// Whether it was recorded by policies, understood or not.
    pub(crate) fn has_plan(&self) -> bool {
        self.json.get("policies").is_some_and(|policies| !policies.is_null())
    }

    /// Names of events that were recorded for others' sake and that nobody asked for.
    pub(crate) fn hidden(&self) -> HashSet<String> {
        self.names("hidden").map(str::to_owned).collect()
    }

    fn names(&self, member: &str) -> impl Iterator<Item = &str> {
        self.json.get(member).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }

    /// What the kernel could not give, a line each.
    pub(crate) fn missing_hooks(&self) -> Vec<String> {
        let missing = self.json.get("missing").and_then(Value::as_array);
        let line = |entry: &Value| {
            let part = |name| entry.get(name).and_then(Value::as_str).unwrap_or("?");
            let line = format!("{}: {}: {}", part("event"), part("hook"), part("why"));
            text::escape(line.as_bytes()).into_owned()
        };
        missing.into_iter().flatten().map(line).collect()
    }

    /// The hook that saw each kind of event: what the manifest says, else the only one that there is for the kind.
    pub(crate) fn hooks(&self, schema: &Schema) -> HashMap<u16, String> {
        let mut hooks: HashMap<u16, String> = formats::events::all()
            .filter_map(|event| match event.hooks {
                [only] => Some((event.id, (*only).to_owned())),
                _ => None,
            })
            .collect();
        let got = self.json.get("hooks").and_then(Value::as_object);
        for (event, hook) in got.into_iter().flatten() {
            let Some(hook) = hook.as_str().map(|hook| text::escape(hook.as_bytes()).into_owned()) else { continue };
            if event == "syscalls" {
                // Also of kinds that only later segments declare: a row says the same wherever it is read from.
                let events = Schema::builtin().events().iter().chain(schema.events());
                let calls = events.filter(|event| event.id >= GENERIC[0].id);
                hooks.extend(calls.map(|event| (event.id, hook.clone())));
            } else if let Some(event) = schema.by_name(event).or_else(|| Schema::builtin().by_name(event)) {
                hooks.insert(event.id, hook);
            }
        }
        hooks
    }
}
