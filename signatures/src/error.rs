//! What is wrong with a signature, and where.

pub use policy::Error;
