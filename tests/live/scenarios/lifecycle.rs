//! Life cycle, beyond what other tests look at.

use super::Scenario;

pub(super) const SCENARIOS: &[Scenario] = &[];
