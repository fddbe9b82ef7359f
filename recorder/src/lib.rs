//! Records kernel events: loads the programs, drains their rings, and writes frames as they came into segments.
//!
//! Data takes this way: [`programs`] -> [`ring`] -> [`drain`] -> [`writer`] -> segment files. [`keyframe`] and
//! [`lineage`] tell each segment what was there before it, [`session`] runs the whole from start to stop. Nothing here
//! decodes an event; of the life cycle it looks at just enough to know which processes live. [`artifacts`] keeps the bytes
//! behind the events.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

pub mod artifacts;
mod capturing;
mod cgroups;
pub mod child;
mod clock;
pub mod control;
mod data_filter;
mod describe;
mod drain;
mod fields;
mod filter;
pub mod floor;
mod hooks;
mod host;
mod keyframe;
mod kinds;
mod libbpf_log;
mod lineage;
mod manifest;
mod measure;
mod programs;
mod resources;
mod ring;
mod scan;
mod scope;
mod scoping;
mod session;
mod signals;
mod survey;
mod table;
mod watermark;
mod writer;

pub use artifacts::selection::{Hold, Selection};
pub use filter::UNASKED;
pub use measure::Measurements;
pub use resources::be_an_ordinary_thread;
pub use scoping::UNNAMED;
pub use session::{record, record_watched};
pub use survey::{Sight, survey};

/// What to record, and where to.
#[derive(Clone, Debug)]
pub struct Options {
    /// Directory to make for the capture. It must not exist.
    pub output: PathBuf,
    /// Command to run and record; empty for the whole host.
    pub command: Vec<OsString>,
    /// Names of the events to record; empty for all.
    pub events: Vec<String>,
    /// Whose events are recorded, and which rows are wanted; without one, everything of the events above.
    pub plan: Option<policy::Plan>,
    /// Stop after this time.
    pub duration: Option<Duration>,
    /// Begin another segment at this many bytes.
    pub segment_size: u64,
    /// Begin another segment after this time.
    pub segment_age: Duration,
    /// Bytes for all ring buffers together.
    pub buffer_size: Option<u64>,
    /// Run the command as root although sudo names another user; decided by the caller, kept for the manifest.
    pub as_root: bool,
    /// Record the environment of executed programs.
    pub environment: bool,
    /// Try LSM, fentry and kprobe hooks; without, raw tracepoints alone.
    pub upper_hooks: bool,
    /// Container runtimes to ask, `KIND:PATH` each; empty for those of this host, `none` for nobody.
    pub runtimes: Vec<String>,
    /// Whose bytes are kept, and within which limits.
    pub capture: Selection,
    /// Which programs are held before their first instruction, so that their content can be taken.
    pub hold: Hold,
    /// User id, group id and supplementary groups that the command runs with.
    pub run_as: Option<(u32, u32, Vec<u32>)>,
    /// Say nothing while recording.
    pub quiet: bool,
}

/// What is less well known of packets on this host than elsewhere, if anything.
pub fn packets_that_nobody_sees(selection: &Selection) -> Option<String> {
    let falls_back = selection.packets().is_some() && cgroups::root_of_version_2().is_none();
    falls_back.then(|| {
        "--capture net: the control groups of version 2 are mounted nowhere, so packets are seen at interfaces alone".to_owned()
    })
}

/// How a recording went.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Wait status of the command, as from waitpid(2).
    pub status: Option<i32>,
    /// Frames that the kernel side numbered.
    pub produced: u64,
    /// Of those, frames in the capture.
    pub written: u64,
    /// Of those, frames that loss records account for.
    pub lost: u64,
    /// Segments written.
    pub segments: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Events that were wanted and that this kernel gives no hook for; the manifest says why.
    pub missing: Vec<String>,
    /// Why recording ended.
    pub stop: String,
    /// Limits of capturing content that were reached, and how often.
    pub limits: Vec<(String, u64)>,
    /// What went wrong on the way, if anything.
    pub error: Option<String>,
    /// What the recorder itself took.
    pub measurements: Measurements,
}

/// Reasons not to record that a caller may want to tell apart.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The command is not there.
    #[error("{}: command not found", command.display())]
    CommandNotFound {
        /// As given.
        command: OsString,
    },
    /// The command is there but cannot be executed.
    #[error("{}: cannot be executed: {why}", command.display())]
    CommandNotExecutable {
        /// As given.
        command: OsString,
        /// The system's error.
        why: String,
    },
    /// The process lacks a privilege.
    #[error("recording needs {0}: run as root, or give the program that capability")]
    MissingCapability(String),
    /// The kernel has no eBPF, or not enough of it.
    #[error("this machine cannot record: {0}")]
    NoBpf(String),
    /// There is something where the capture should go.
    #[error("{}: exists already; a capture is never written over", .0.display())]
    OutputExists(PathBuf),
}

/// Whether this machine and this process can record; if not, the reason in a line.
pub fn probe() -> Result<(), String> {
    host::check_capabilities().and_then(|()| host::check_kernel()).map_err(|error| error.to_string())
}
