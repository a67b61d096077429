//! Language models: their files.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod readers;
mod tiny;
