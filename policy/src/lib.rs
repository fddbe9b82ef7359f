//! What is to be recorded, as people write it: scopes, events, filters, and the policies that hold them.
//!
//! The command line and policy files are read into a [`Plan`]; the recorder turns its scopes into what the kernel side
//! compares, and the analyzer asks its [`Matcher`] at replay which policies a row matches. This crate knows the event table
//! and nothing of the kernel, of captures or of printing. `docs/policies.md` is the grammar for people.
//!
//! A plan also comes back from captures, as JSON: everything that it is made of has a limit ([`limits`]), and nothing that
//! is read panics.

#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used))]

pub mod calendar;
pub mod column;
pub mod duration;
pub mod error;
pub mod escape;
pub mod events;
pub mod file;
pub mod filter;
pub mod limits;
pub mod matcher;
pub mod names;
pub mod operator;
pub mod options;
pub mod plan;
pub mod reading;
pub mod scope;
pub mod size;
pub mod text;
mod words;
pub mod yaml;

pub use column::Column;
pub use error::Error;
pub use filter::{Filter, Target, Value};
pub use matcher::{EventMatcher, Matcher, Row};
pub use operator::Operator;
pub use plan::{Plan, Policy, Rule};
pub use scope::{ContainerPattern, ExecutablePattern, Expression, MountNamespace, NumberSubject, TextSubject};
pub use text::Text;
