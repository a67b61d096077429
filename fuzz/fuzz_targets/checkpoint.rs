//! Files that claim to be checkpoints with what belongs to them are refused or read; they are no panic.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| opml_fuzz::checkpoint(bytes));
