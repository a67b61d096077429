//! Contractions by vectors: the blocks of outputs that stay in registers while the terms go by.
//!
//! A kernel is written once over [`Isa`] and compiled for every [`Level`]. Outputs are independent chains, so neither the shape
//! of a block nor the width of a vector changes a bit of any of them.

#![allow(dead_code, reason = "kernels for the records of panels, which come next")]

mod isa;
mod level;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;

pub(crate) mod f32_panels;
pub(crate) mod q8_panels;
pub(crate) mod s8_panels;

#[cfg(test)]
mod tests;

pub(crate) use isa::{Isa, vectors};
pub use level::{Level, LevelError};

/// A computation over vectors of any level.
pub(crate) trait Kernel {
    /// Runs it.
    ///
    /// # Safety
    /// The processor has the instructions of `S`; what else the kernel asks for is said where it is made.
    unsafe fn run<S: Isa>(self);
}
