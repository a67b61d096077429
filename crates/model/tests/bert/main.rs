//! Sentence embeddings: made-up models against a forward pass in f64, hostile files, and every large step in the VM.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod embeddings;
mod files;
mod guest;
mod made_up;
mod reference;
mod run;
