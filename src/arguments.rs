//! What people write on the command line and how it is read: sizes, durations, points in time, names of events.
//!
//! Every parser refuses with one sentence that says what would be right.

#[cfg(any(feature = "analyze", feature = "record"))]
pub(crate) mod duration;
#[cfg(feature = "analyze")]
pub(crate) mod names;
#[cfg(feature = "record")]
pub(crate) mod selection;
#[cfg(any(feature = "analyze", feature = "record"))]
pub(crate) mod size;
#[cfg(feature = "analyze")]
pub(crate) mod time;
