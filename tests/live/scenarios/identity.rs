//! Identity: who a task is and which namespaces it lives in.

use super::Scenario;

pub(super) const SCENARIOS: &[Scenario] = &[];
