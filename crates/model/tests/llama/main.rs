//! Language models: their files, their text, checked answers, and the guest on every operator that they use.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod build;
mod checked;
mod files;
mod guest;
mod readers;
mod reference;
mod stories;
mod tales;
mod tiny;
