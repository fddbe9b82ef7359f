//! Containers: control groups come and go, containers begin and end.

use crate::event::Event;

/// The family, in id order.
pub const EVENTS: &[Event] = &[];
