//! Contractions by vectors: the blocks of outputs that stay in registers while the terms go by.
//!
//! A kernel is written once over [`Isa`] and compiled for every [`Level`]. Outputs are independent chains, so neither the shape
//! of a block nor the width of a vector changes a bit of any of them.

mod isa;
mod level;

#[cfg(target_arch = "x86_64")]
mod amx;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;

pub(crate) mod attention;
pub(crate) mod f32_panels;
pub(crate) mod q8_panels;
pub(crate) mod requantise;
pub(crate) mod s8_panels;

#[cfg(test)]
mod tests;

use opml_kernels::PANEL;

pub(crate) use isa::{Isa, vectors};
pub use level::{Level, LevelError};

/// Where sums go.
pub(crate) trait Sink<T> {
    /// Takes the sums of a panel of a row; a panel's rows past N are for it to drop.
    ///
    /// Implementations are `inline(always)`: what a kernel calls is compiled for the kernel's level only if it is inlined.
    fn sums<S: Isa>(&mut self, row: usize, panel: usize, sums: &[T; PANEL]);
}

/// A computation over vectors of any level.
pub(crate) trait Kernel {
    /// Runs it.
    ///
    /// # Safety
    /// The processor has the instructions of `S`; what else the kernel asks for is said where it is made.
    unsafe fn run<S: Isa>(self);
}
