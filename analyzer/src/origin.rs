//! Origin: what is the same for every row of a capture: which host, which boot, how its clock stands to UTC.

use std::collections::{HashMap, HashSet};

use anyhow::{Result, anyhow};
use formats::arch::Arch;
use formats::capture::{Capture, Segment};
use formats::error::Error;
use formats::event::Event;
use formats::events::recorder::TRACEE_INFO;

use crate::definitions::scan;
use crate::manifest::Manifest;
use crate::statements::Statements;
use crate::text;

/// Where and when a capture was made.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The capture's id, hexadecimal.
    pub capture_id: String,
    /// The host's id, hexadecimal.
    pub host_id: String,
    /// The boot's id, hexadecimal.
    pub boot_id: String,
    /// The host's architecture.
    pub arch: Arch,
    /// Start of the capture, boot-time nanoseconds.
    pub start_boot_ns: u64,
    /// UTC minus boot-time when the capture began, nanoseconds.
    offset_ns: i64,
    hooks: HashMap<u16, String>,
    /// Events of which replay makes the rows.
    pub(crate) replayed: Vec<&'static Event>,
    /// Number of the hierarchy of control groups that tells containers.
    pub(crate) container_hierarchy: u32,
    /// Whether it was recorded by policies.
    pub(crate) has_policies: bool,
    /// Names of events that are not shown: they were recorded for others' sake.
    pub(crate) hidden: HashSet<String>,
}

impl Origin {
    /// Reads it off the first segment.
    pub(crate) fn of(first: &Segment) -> Result<Origin> {
        let header = first.header();
        let mut statements = Statements::default();
        scan(
            first,
            |event| event == TRACEE_INFO.id,
            |schema, frame| {
                if let Some(schema) = schema.get(frame.header.event) {
                    statements.add(schema, frame);
                }
            },
        )?;
        let manifest = Manifest::parse(statements.info.as_deref());
        // One offset for the whole capture, whichever of its segments are there: each repeats the clocks of the start.
        let own_offset_ns = header.clock_realtime_ns.wrapping_sub_unsigned(header.clock_boot_ns);
        let offset_ns = manifest
            .started_realtime_ns()
            .map_or(own_offset_ns, |realtime_ns| realtime_ns.wrapping_sub_unsigned(header.capture_start_boot_ns));
        Ok(Origin {
            capture_id: text::hex(&header.capture_id),
            host_id: text::hex(&header.host_id),
            boot_id: text::hex(&header.boot_id),
            arch: manifest.arch(),
            start_boot_ns: header.capture_start_boot_ns,
            offset_ns,
            hooks: manifest.hooks(first.schema()),
            replayed: manifest.replayed(),
            container_hierarchy: manifest.container_hierarchy(),
            has_policies: manifest.has_plan(),
            hidden: manifest.hidden(),
        })
    }

    /// Reads it off the first segment of a capture that can be opened.
    ///
    /// # Errors
    /// There is none.
    pub fn gather(capture: &Capture) -> Result<Origin> {
        let mut first_error = None;
        for source in capture.segments() {
            match Segment::open(source) {
                Ok(segment) => return Origin::of(&segment),
                // A newer version is no damage that one could read around.
                Err(error @ Error::Unsupported { .. }) => return Err(error.into()),
                Err(error) => _ = first_error.get_or_insert(error),
            }
        }
        Err(first_error.map_or_else(|| anyhow!("{}: the capture has no segment", capture.path().display()), Into::into))
    }

    /// A boot-time as UTC nanoseconds since 1970.
    pub fn utc_ns(&self, boot_ns: u64) -> i64 {
        self.offset_ns.wrapping_add_unsigned(boot_ns)
    }

    /// UTC minus boot-time, nanoseconds.
    pub fn offset_ns(&self) -> i64 {
        self.offset_ns
    }

    /// The hook that saw events of this kind, when the capture tells.
    pub fn hook(&self, event: u16) -> Option<&str> {
        self.hooks.get(&event).map(String::as_str)
    }
}
