//! Memory: mappings, protections, access to other processes.

use super::Scenario;

pub(super) const SCENARIOS: &[Scenario] = &[];
