//! Identity: who a task is and which namespaces it lives in.

use crate::event::Event;

/// The family, in id order.
pub const EVENTS: &[Event] = &[];
