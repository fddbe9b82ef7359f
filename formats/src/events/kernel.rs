//! The kernel: what changes it or looks into it.

use crate::event::Event;

/// The family, in id order.
pub const EVENTS: &[Event] = &[];
