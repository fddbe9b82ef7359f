//! Sockets and the flows through them.

use super::Scenario;

pub(super) const SCENARIOS: &[Scenario] = &[];
