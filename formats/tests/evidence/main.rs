//! What a capture guarantees, shown on captures made here: damage is named, what is whole is read, nothing panics.

mod chain;
mod damage;
mod full_disk;
mod generated;
mod hostile;
mod packed;
mod page;
mod round_trip;
mod sample;
mod schema;
