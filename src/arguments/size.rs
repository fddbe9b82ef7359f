//! Sizes in bytes; see [`policy::size`].

pub(crate) use policy::size::parse;
