//! The functions that SQL text calls and that an engine registers: what they mean is here, so that it is the same
//! everywhere.
//!
//! - `regexp(EXPRESSION, TEXT)` (SQLite's `REGEXP`): whether the expression is found in the text;
//! - `cidr_match(ADDRESS, NETWORK)`: whether the address is in the network.
//!
//! Each gives NULL when an argument is NULL. Compiled arguments are worth keeping: they are constants in the SQL text.

pub use crate::network::Network;
pub use crate::regular::Regular;
