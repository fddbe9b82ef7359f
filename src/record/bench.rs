//! What `make bench` asks of a recording: the recorder's own figures as a JSON object.

use std::path::Path;

use anyhow::{Context, Result};
use recorder::Outcome;

/// Writes the figures: times in nanoseconds, sizes in bytes, verifier counts in instructions.
pub(super) fn write(file: &Path, outcome: &Outcome) -> Result<()> {
    let measured = &outcome.measurements;
    let verifier: Vec<String> = measured.verified.iter().map(|(name, count)| format!("\"{name}\": {count}")).collect();
    let text = format!(
        "{{\"load_ns\": {}, \"cpu_ns\": {}, \"peak_rss_bytes\": {}, \"keyframe_ns\": {}, \"keyframe_entries\": {}, \
         \"events\": {}, \"lost\": {}, \"produced\": {}, \"bytes\": {}, \"recursion_misses\": {}, \"verifier\": {{{}}}}}\n",
        measured.load_ns,
        measured.cpu_ns,
        measured.peak_resident_bytes.saturating_sub(measured.ring_bytes),
        measured.keyframe_ns.iter().max().unwrap_or(&0),
        measured.keyframe_entries.iter().max().unwrap_or(&0),
        outcome.written,
        outcome.lost,
        outcome.produced,
        outcome.bytes,
        measured.recursion_misses,
        verifier.join(", ")
    );
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}
