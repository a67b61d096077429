//! The reference step and the verifier on chain, on a program made of the input.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| opml_fuzz::solidity(bytes));
