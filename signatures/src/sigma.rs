//! Sigma, version 2: rules, correlations and filters, and signatures of ours in the same YAML.
//!
//! A file's documents are spelled out first (`action`), then read one by one; what refers to other documents is put
//! together when all files are read ([`crate::set`]).

pub(crate) mod correlations;
pub(crate) mod detection;
mod encoding;
pub(crate) mod expression;
mod items;
mod modifiers;
pub(crate) mod rule;
mod text;

pub use crate::source::{LOG_SOURCES, LogSource};
pub(crate) use items::Context;

/// Values of placeholders by name.
pub type PlaceholderValues = items::Placeholders;
