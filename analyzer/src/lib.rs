//! What a capture means: rows in one order, processes and threads as they were, and answers in SQL.
//!
//! [`replay`] makes rows of a capture; [`print`], [`sqlite`] and [`query`] are what becomes of them. How frames lie on disk
//! is the matter of `formats`; nothing here needs privilege, or the machine that was recorded.

#![forbid(unsafe_code)]

mod arguments;
pub mod artifacts;
pub mod container;
pub mod context;
pub mod definitions;
mod derive;
mod dns_query;
mod event_key;
pub mod execution;
pub mod filter;
pub mod findings;
pub mod follow;
mod images;
pub mod index;
pub mod info;
pub mod interval;
pub mod json;
pub mod loss;
mod manifest;
mod merge;
pub mod names;
mod numbers;
pub mod object;
pub mod origin;
pub mod packets;
mod past;
mod policies;
pub mod prelude;
pub mod print;
pub mod processes;
pub mod query;
pub mod replay;
pub mod row;
pub mod scan;
pub mod sqlite;
pub mod statements;
mod stream;
pub mod tables;
pub mod tabulate;
pub mod text;
mod threads;

#[cfg(test)]
mod testing;
