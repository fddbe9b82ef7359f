//! Signatures through the crate's public interface.

mod agreement;
mod correlations;
mod engines;
mod entry;
mod generate;
mod hostile;
mod loading;
mod modifiers;
mod moments;
mod page;
mod pysigma;
mod rows;
mod sigmahq;
mod spark;
mod windows;
