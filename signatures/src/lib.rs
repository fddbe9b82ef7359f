//! Signatures: conditions over rows, as people write them in Sigma and in YAML of our own, for every engine the same.
//!
//! What is written is read into one typed tree ([`Condition`]), checked against the columns of the table that it is about
//! ([`Table`]). From the tree come the streaming matcher ([`Matcher`], [`Detector`]), SQL text ([`sql`]) and the reason why a
//! row matched ([`explain`](explain::explain)). This crate knows no capture and no engine: rows reach it by [`Row`].
//!
//! Signatures come from enemies: everything that they are made of has a limit ([`limits`]), and nothing that is read
//! panics. `docs/signatures.md` is the grammar for people.

#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used))]

pub mod builtin;
pub mod condition;
pub mod correlation;
pub mod document;
pub mod error;
pub mod explain;
pub mod functions;
pub mod limits;
pub mod matcher;
pub mod network;
pub mod pattern;
pub mod regular;
pub mod set;
pub mod sigma;
pub mod signature;
mod source;
pub mod sql;
pub mod table;
pub mod time;
pub mod value;
pub mod views;

pub use condition::{Check, Comparison, Condition, Test};
pub use correlation::{Correlation, Detector, Finding};
pub use error::Error;
pub use matcher::Matcher;
pub use set::{Options, Set};
pub use signature::{Body, Level, Metadata, Signature};
pub use table::{Column, Table, Tables, Type};
pub use value::{Row, Value};
