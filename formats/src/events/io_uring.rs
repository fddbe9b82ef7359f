//! io_uring: rings, and the operations that were submitted to them.

use crate::event::Event;

/// The family, in id order.
pub const EVENTS: &[Event] = &[];
