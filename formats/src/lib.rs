//! What tracee puts on disk: the event table, frames, blocks, segments, captures, and the checks that show them whole.
//!
//! This crate knows bytes only. How frames come to be is the recorder's matter, what they mean together the analyzer's.
//! `docs/format.md` specifies the same bytes for people; the two travel together.

#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::arithmetic_side_effects)]
#![cfg_attr(
    test,
    allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::arithmetic_side_effects)
)]

pub mod arch;
pub mod artifact;
pub mod block;
pub mod capture;
pub mod container;
mod cursor;
pub mod error;
pub mod event;
pub mod events;
pub mod frame;
pub mod pack;
pub mod packet;
pub mod payload;
pub mod reason;
pub mod reference;
pub mod schema;
pub mod segment;
pub mod verify;

/// The process that host pid `host_pid`, started at boot-time `start_boot_ns`, was: the same number in every capture of
/// one boot, positive, 63 bits of BLAKE3 over boot id, start time and pid.
pub fn process_key(boot_id: &[u8; 16], start_boot_ns: u64, host_pid: u32) -> i64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(boot_id).update(&start_boot_ns.to_le_bytes()).update(&host_pid.to_le_bytes());
    let first = hasher.finalize().as_bytes().first_chunk().copied().unwrap_or_default();
    i64::from_le_bytes(first) & i64::MAX
}

#[cfg(test)]
mod tests {
    use super::process_key;

    #[test]
    fn process_key_is_positive_and_depends_on_each_part() {
        let key = process_key(&[7; 16], 123, 42);
        assert!(key >= 0);
        assert_eq!(key, process_key(&[7; 16], 123, 42));
        assert_ne!(key, process_key(&[8; 16], 123, 42));
        assert_ne!(key, process_key(&[7; 16], 124, 42));
        assert_ne!(key, process_key(&[7; 16], 123, 43));
    }
}
