//! What every tensor operator computes, bit for bit.
//!
//! These scalar functions *are* the specification ([`docs/arithmetic.md`] says the same in prose): the guest program is compiled from
//! them for MIPS64, the native engine's fast kernels are tested against them byte for byte.
//!
//! Rules of this crate: no allocation, no dependency, no panic on any input. Integer arithmetic is explicitly wrapping; where a sum
//! provably fits its type, the proof stands beside it. Floating point goes through [`float`] only; hosts link `std` for one
//! purpose, to ask the processor for its instructions. Slices of unequal lengths are never an
//! error: a kernel works on the common prefix, because admission has already made the lengths equal.
//!
//! [`docs/arithmetic.md`]: https://github.com/opml/opml/blob/main/docs/arithmetic.md
#![no_std]

#[cfg(not(target_os = "none"))]
extern crate std;

mod attention;
mod convert;
mod copy;
mod dense;
mod detokenise;
mod dispatch;
mod element;
mod elementwise;
mod encode;
pub mod float;
mod gather;
mod norm;
mod pool;
mod q8;
mod q8_0;
mod random;
mod reduce;
mod requantise;
mod resample;
mod rope;
mod sample;
mod softmax;
mod strided;
mod topk;

pub use attention::{
    PARTIAL, POSITIONS, Positions, Query, attend, attend_chunk, attend_chunk_in, attend_in, merge,
    merge_in,
};
pub use convert::{convert, convert_in};
pub use copy::{clear, copy};
pub use dense::{Panel, Table, dense_row, dot, dot4};
pub use detokenise::{Pieces, TEXT, detokenise};
pub use element::Element;
pub use elementwise::{Domain, Function, elementwise, elementwise_in};
pub use encode::{CHARACTER, MERGE, MERGES, STATE, SYMBOL, Vocabulary, merge_pairs, split};
pub use gather::{Rows, gather};
pub use norm::{Norm, norm, norm_in};
pub use pool::{Axis, Pool, Window, pool, pool_in};
pub use q8::{BLOCK, Q8_BLOCK, Q8Block, quantise, quantise_in};
pub use q8_0::{PANEL, PANEL_BLOCK, Panels, q8_0_row, q8_0_row_in};
pub use random::{philox, uniform};
pub use reduce::{Reduction, reduce, reduce_in};
pub use requantise::{Channel, Output, requantise};
pub use resample::{Taps, resample, resample_in};
pub use rope::{Pairing, rotate, rotate_in};
pub use sample::{CANDIDATES, SAMPLING, Sampling, sample, sample_in};
pub use softmax::{softmax, softmax_in};
pub use strided::{Strided, StridedMut};
pub use topk::{MAX_TOP, top};
