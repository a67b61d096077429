//! What every tensor operator computes, bit for bit.
//!
//! These scalar functions *are* the specification ([`docs/tensor.md`] says the same in prose): the guest program is compiled from
//! them for MIPS64, the native engine's fast kernels are tested against them byte for byte.
//!
//! Rules of this crate: no floating point so far, no allocation, no dependency, no panic on any input. Integer arithmetic is
//! explicitly wrapping; where a sum provably fits its type, the proof stands beside it. Slices of unequal lengths are never an
//! error: a kernel works on the common prefix, because admission has already made the lengths equal.
//!
//! [`docs/tensor.md`]: https://github.com/opml/opml/blob/main/docs/tensor.md
#![no_std]

mod argmax;
mod copy;
mod dense;
mod relu;
mod requantise;

pub use argmax::argmax;
pub use copy::copy;
pub use dense::{Panel, Table, dense_row, dot, dot4};
pub use relu::{relu, relu_in_place, relu_value};
pub use requantise::{Channel, Output, requantise};
