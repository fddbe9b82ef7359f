//! Names of events as people write them; see [`policy::names`].

pub(crate) use policy::names::{matches, unknown, unknown_or};
