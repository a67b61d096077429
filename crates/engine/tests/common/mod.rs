//! What the engine's tests share: a reference machine and random programs.
#![expect(dead_code, reason = "each test binary uses its own part")]

pub(crate) mod programs;
pub(crate) mod reference;
