//! Files: opened, read, written, renamed, removed, changed.

use crate::event::Event;

/// The family, in id order.
pub const EVENTS: &[Event] = &[];
