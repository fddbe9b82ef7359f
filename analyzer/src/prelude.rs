//! The prelude: views that people think in (accesses to files, connections), over the tables of events.
//!
//! Each is written once, in `prelude/*.sql`, in SQL that every engine takes which can hold the tables; `{who}` in it stands
//! for the columns that say which event a row is of, and whose.

mod evaluate;
mod program;
mod syntax;

pub use evaluate::Shown;
pub(crate) use evaluate::{Evaluation, Inputs};
pub(crate) use program::{Branch, Place, Program};

/// A view.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Its name.
    pub name: &'static str,
    /// What is in its file.
    source: &'static str,
}

/// Every view; those that others read come first.
pub const VIEWS: [View; 6] = [
    View { name: "hosts", source: include_str!("prelude/hosts.sql") },
    View { name: "file_accesses", source: include_str!("prelude/file_accesses.sql") },
    View { name: "files", source: include_str!("prelude/files.sql") },
    View { name: "connections", source: include_str!("prelude/connections.sql") },
    View { name: "audit_records", source: include_str!("prelude/audit_records.sql") },
    View { name: "listening", source: include_str!("prelude/listening.sql") },
];

/// What `{who}` stands for. Events of two captures may have the same key: only together with the capture it is one event.
const WHO: [&str; 14] = [
    "ts",
    "ts_ns",
    "boot_ns",
    "capture",
    "event_key",
    "event",
    "process_key",
    "host_pid",
    "pid",
    "comm",
    "exe",
    "command_line",
    "uid",
    "container_id",
];

impl View {
    /// The SELECT that it is.
    pub fn select(&self) -> String {
        let of = |table: &str| WHO.map(|column| format!("{table}{column}")).join(", ");
        let lines = self.source.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>();
        lines.join("\n").replace("{who}", &of("")).replace("{f.who}", &of("f."))
    }
}

/// The view of this name.
fn view(name: &str) -> Option<&'static View> {
    VIEWS.iter().find(|view| view.name == name)
}

#[cfg(test)]
mod tests;
