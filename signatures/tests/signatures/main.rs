//! Signatures through the crate's public interface.

mod agreement;
mod correlations;
mod engines;
mod generate;
mod hostile;
mod loading;
mod modifiers;
mod rows;
mod sigmahq;
