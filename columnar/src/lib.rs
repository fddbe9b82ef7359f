//! SQL over columns: DataFusion over a raw capture.
//!
//! A query reads of the segments what it names: columns, kinds of events, times. What a capture has in all, and how rows are
//! made of it, is the matter of `analyzer`; this shows its tables to an engine that works on arrays.

#![forbid(unsafe_code)]

mod arrays;
mod beside;
mod cells;
mod counts;
mod failure;
mod functions;
pub mod parquet;
mod schema;
mod segments;
mod session;
mod source;
mod statements;
mod tables;

pub use session::{Options, Session};
