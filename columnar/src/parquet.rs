//! Datasets: a capture's tables as Parquet files that other engines read, and such files read again.
//!
//! A directory holds them: `events/event=NAME/` the rows of each kind of event, with its own columns behind the common ones,
//! and a folder for each other table. What is there is listed in a manifest, which is written last.

mod dataset;
mod file;
mod layout;
mod manifest;
mod others;
mod part;
mod properties;
mod publish;
mod table;
mod views;
mod write;

pub use dataset::{Dataset, DatasetTable, is_dataset};
pub use write::{WriteOptions, WriteSummary, write};
