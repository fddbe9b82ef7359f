//! Memory: mappings, protections, access to other processes' memory.

use crate::event::Event;

/// The family, in id order.
pub const EVENTS: &[Event] = &[];
