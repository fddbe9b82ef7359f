//! io_uring: rings and what is submitted to them.

use super::Scenario;

pub(super) const SCENARIOS: &[Scenario] = &[];
