//! The kernel: events made from system calls.

use super::Rule;

/// The family's rules.
pub(super) const RULES: &[Rule] = &[];
