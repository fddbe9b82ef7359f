//! Detection: rows of captures into the signatures, and findings out of them.
//!
//! `signatures` says what a signature means and knows no capture; `analyzer` gives the rows of a capture and knows no
//! signature. Here they meet: what a capture's rows match becomes a [`Finding`], with the process, its ancestry and references
//! into the capture by which it can be proved.

#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used))]

pub mod cost;
mod detect;
#[cfg(test)]
mod docs;
pub mod expectation;
pub mod explain;
mod feed;
pub mod field;
mod finding;
pub mod json;
pub mod keep;
pub mod report;
mod row;
pub mod sarif;
pub mod suppression;
mod tables;
pub mod template;
#[cfg(test)]
mod testing;
pub mod webhook;

pub use detect::{Live, Options, Summary, detect};
pub use finding::{Evidence, Finding, ProcessOf};
pub use report::{About, Report, Suppressed};
pub use tables::tables;
