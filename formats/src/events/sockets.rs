//! Sockets: created, bound, connected, and the TCP flows through them.

use crate::event::Event;

/// The family, in id order.
pub const EVENTS: &[Event] = &[];
