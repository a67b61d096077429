//! Bytes that claim to be a witness are refused or decode to one; the verifier on chain says the same.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| opml_fuzz::witness_bytes(bytes));
