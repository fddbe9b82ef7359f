#![no_main]

#[path = "../../tests/signatures/entry.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::rules(data));
