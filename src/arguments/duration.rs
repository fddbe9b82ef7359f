//! Durations; see [`policy::duration`].

pub(crate) use policy::duration::parse;
#[cfg(feature = "analyze")]
pub(crate) use policy::duration::parse_any;
