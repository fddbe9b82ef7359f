//! The columnar engine over captures: the fixtures of the project, and what is wrong with captures and questions.

mod append;
mod asking;
mod dataset;
mod errors;
mod fixtures;
mod functions;
mod limits;
mod results;
