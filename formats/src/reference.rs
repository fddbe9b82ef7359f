//! What is generated from the event table: the kernel side's C header and the page of events.
//!
//! `cargo run -p tracee-formats --example generate` writes them; a test fails when the committed files are stale.

mod events_page;
mod header;

pub use events_page::events_page;
pub use header::header;

/// A generated file: where it lies in the tree, and what makes its text.
pub type Generated = (&'static str, fn() -> String);

/// Every generated file, path from the root of the tree.
pub const GENERATED: &[Generated] = &[("bpf/events.h", header), ("docs/events.md", events_page)];
