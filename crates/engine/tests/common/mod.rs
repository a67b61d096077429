//! What the engine's tests share: a reference machine and random programs.
#![allow(dead_code, reason = "each test binary uses its own part, and one of them everything")]

pub(crate) mod machines;
pub(crate) mod programs;
pub(crate) mod reference;
