//! The reference step and what witnesses of it prove, on a program made of the input.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| opml_fuzz::witness(bytes));
