//! The kernel: what changes it or looks into it.

use super::Scenario;

pub(super) const SCENARIOS: &[Scenario] = &[];
