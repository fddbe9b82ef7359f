#![no_main]

#[path = "../../tests/packets/entries.rs"]
mod entries;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entries::fragments(data));
