//! Capturing content: what the kernel side is told of it, and the parts that go with a recording.

use anyhow::{Context, Result};
use formats::event::Lane;
use formats::events::content::CONTENT;
use formats::events::packets::{DECODED, NET_PACKET_RAW};

use crate::artifacts::selection::packet_filter::{self, Step};
use crate::artifacts::selection::{CaptureKind, Hold, Selection, SnapLength};
use crate::artifacts::{Artifacts, Guardian, Rewriter};
use crate::drain::Drain;
use crate::host;
use crate::programs::{Captured, HOLD_ALL, PacketStep, PacketStepKind, Programs};
use crate::writer::{OwnFrames, Writer};

/// To continue a process of another user.
const CAP_KILL: u32 = 5;
/// Change times are as coarse as the kernel's clock tick; what changed in the last one before recording began counts as new.
const TICK_NS: i64 = 20_000_000;

/// Bits of the kinds, as `bpf/state.h` has them.
fn bit(kind: CaptureKind) -> u32 {
    match kind {
        CaptureKind::Exec => 1,
        CaptureKind::Write => 2,
        CaptureKind::Read => 4,
        CaptureKind::Memory => 8,
        CaptureKind::Module => 16,
        CaptureKind::Bpf => 32,
        CaptureKind::Net => 64,
    }
}

/// What the kernel side is to tell.
pub(crate) fn captured(selection: &Selection, hold: Hold) -> Captured {
    let kinds = CaptureKind::ALL.iter().filter(|(kind, _)| selection.wants(*kind)).map(|(kind, _)| bit(*kind)).sum();
    let rules = [CaptureKind::Write, CaptureKind::Read].map(|kind| selection.rule(kind));
    // Of `bpf/executed.h`: a memfd 2, without a name 4, new 8, a script 16.
    let held = (hold.bits() & 15) << 1 | if hold.bits() & Hold::ALL.bits() != 0 { HOLD_ALL } else { 0 };
    let packets = selection.packets().map_or(0, |packets| match packets.length {
        SnapLength::Headers => 0,
        SnapLength::Bytes(bytes) => bytes,
    });
    let filter = selection.packets().and_then(|packets| packets.filter.as_ref());
    Captured {
        kinds,
        rules,
        hold: if selection.wants(CaptureKind::Exec) { held } else { 0 },
        packet_bytes: packets,
        packet_steps: filter.map_or(Vec::new(), |filter| filter.steps.iter().map(packet_step).collect()),
    }
}

/// A step of a filter as the kernel side has it.
fn packet_step(step: &Step) -> PacketStep {
    let mut out = PacketStep::default();
    match *step {
        Step::Network(protocol) => {
            (out.kind, out.low) = (PacketStepKind::PACKET_STEP_NETWORK, protocol.into());
        }
        Step::Transport(protocol, version) => {
            out.kind = PacketStepKind::PACKET_STEP_TRANSPORT;
            (out.low, out.high) = (protocol.into(), version.into());
        }
        Step::Address(ends, address, bits) => {
            out.kind = PacketStepKind::PACKET_STEP_ADDRESS;
            (out.ends, out.low) = (ends, if address.is_ipv4() { 4 } else { 6 });
            (out.words, out.masks) = (packet_filter::words(address), packet_filter::masks(address, bits));
        }
        Step::Ports(ends, first, last) => {
            out.kind = PacketStepKind::PACKET_STEP_PORT;
            (out.ends, out.low, out.high) = (ends, first.into(), last.into());
        }
        Step::And => out.kind = PacketStepKind::PACKET_STEP_AND,
        Step::Or => out.kind = PacketStepKind::PACKET_STEP_OR,
        Step::Not => out.kind = PacketStepKind::PACKET_STEP_NOT,
    }
    out
}

/// Events that must be made for it.
pub(crate) fn needed(selection: &Selection) -> Vec<&'static str> {
    let mut names = Vec::new();
    if !selection.is_empty() {
        names.push(CONTENT.name);
    }
    if selection.wants(CaptureKind::Net) {
        names.push(NET_PACKET_RAW.name);
        if selection.packets().is_some_and(|packets| packets.events) {
            names.extend(DECODED.iter().map(|event| event.name));
        }
    }
    if selection.wants(CaptureKind::Write) || selection.wants(CaptureKind::Net) {
        names.push("io_uring_submit_req");
    }
    if selection.wants(CaptureKind::Memory) {
        names.push("mem_prot_alert");
    }
    if selection.wants(CaptureKind::Bpf) {
        // Its rows have the names of programs, and what they work with.
        names.push("security_bpf_prog");
    }
    names
}

/// What runs beside a recording for the sake of content.
pub(crate) struct Capturing {
    artifacts: Artifacts,
    /// Lives as long as something may be held.
    _guardian: Option<Guardian>,
}

impl Capturing {
    /// Starts it: the guardian before anything can be held.
    pub(crate) fn start(
        selection: &Selection,
        hold: Hold,
        programs: &mut Programs,
        drain: &mut Drain,
        (writer, own): (&Writer, &OwnFrames),
        realtime_ns: i64,
    ) -> Result<Capturing> {
        let since_ns = realtime_ns - TICK_NS;
        // Only where our numbers of processes are the kernel's can anybody be continued.
        let can_hold = hold.bits() != 0
            && programs.recorder_pid() == std::process::id()
            && host::capabilities() & (1 << CAP_KILL) != 0
            && has_time_of_host();
        let area = programs.hold_area(&ancestors(), since_ns).filter(|_| can_hold);
        let guardian = match &area {
            Some(area) => Some(Guardian::start(*area, std::process::id()).context("cannot start a guardian")?),
            None => None,
        };
        let (writer, own) = (writer.clone(), own.clone());
        let sink = move |rows| own.put(&writer, Lane::Artifacts, false, rows);
        let artifacts = Artifacts::start(
            selection,
            area.zip(guardian.as_ref()),
            programs.notices()?,
            programs.content_lost(),
            sink,
        )?;
        drain.rewriter = Some(artifacts.rewriter());
        Ok(Capturing { artifacts, _guardian: guardian })
    }

    /// Hands what was decided of files to the kernel side.
    pub(crate) fn pass_verdicts(programs: &Programs, rewriter: &mut Rewriter) {
        for (object, is_wanted) in rewriter.verdicts.drain(..) {
            programs.set_verdict(object, is_wanted);
        }
    }

    /// Keeps what is still to be kept; which limits were reached, and how often.
    pub(crate) fn finish(self, programs: &Programs) -> Vec<(String, u64)> {
        let mut limits = self.artifacts.finish();
        if programs.notices_lost() > 0 {
            let limit = "programs and code that there was no room to tell of: their files are not kept";
            limits.push((limit.to_owned(), programs.notices_lost()));
        }
        limits
    }
}

/// Whether /proc tells the start of processes by the same clock as the kernel side.
fn has_time_of_host() -> bool {
    let Ok(offsets) = std::fs::read_to_string("/proc/self/timens_offsets") else { return true };
    offsets.lines().all(|line| line.split_ascii_whitespace().skip(1).all(|number| number == "0"))
}

/// This process and those that it descends from.
fn ancestors() -> Vec<u32> {
    let mut found = vec![std::process::id()];
    while let Some(parent) = found.last().and_then(|pid| parent_of(*pid)).filter(|parent| *parent != 0) {
        found.push(parent);
    }
    found
}

fn parent_of(pid: u32) -> Option<u32> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    host::line_of(&status, "PPid:")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ancestors_lead_from_us_to_the_first_process_that_we_see() {
        let found = ancestors();
        assert_eq!(found[0], std::process::id());
        // SAFETY: takes nothing.
        assert_eq!(found.get(1), Some(&(unsafe { libc::getppid() } as u32)));
        assert!(found.len() < 64, "{found:?}");
    }
}
