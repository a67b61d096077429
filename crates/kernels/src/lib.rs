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
mod conv;
mod convert;
mod copy;
mod dense;
mod detokenise;
mod dispatch;
mod element;
mod elementwise;
mod encode;
mod epilogue;
pub mod float;
mod gather;
mod matmul;
mod norm;
mod panels;
mod pool;
mod q4_0;
mod q8;
mod q8_0;
mod random;
mod reduce;
mod requantise;
mod resample;
mod rope;
mod sample;
mod softmax;
mod stencil;
mod strided;
mod topk;

pub use attention::{
    PARTIAL, POSITIONS, Positions, Query, attend, attend_chunk, attend_chunk_in, attend_in, merge,
    merge_in,
};
pub use conv::{conv_f32, conv_f32_in, conv_s8, depthwise_f32, depthwise_f32_in, depthwise_s8};
pub use convert::{convert, convert_in};
pub use copy::{clear, copy};
pub use dense::{GROUP, PART, S8_GROUP, Table, dense_row, dot4};
pub use detokenise::{Pieces, TEXT, detokenise};
pub use element::Element;
pub use elementwise::{Domain, Function, elementwise, elementwise_in};
pub use encode::{CHARACTER, MERGE, MERGES, STATE, SYMBOL, Vocabulary, merge_pairs, split};
pub use epilogue::{Activation, Epilogue, Words};
pub use gather::{Rows, gather};
pub use matmul::{F32_GROUP, Plane, f32_row, f32_row_in, strided_panel, strided_panel_in};
pub use norm::{Norm, norm, norm_in};
pub use panels::{PANEL, Panels};
pub use pool::{Axis, Pool, Window, pool, pool_in};
pub use q4_0::{Q4_PANEL_BLOCK, q4_0_row, q4_0_row_in};
pub use q8::{BLOCK, Q8_BLOCK, Q8Block, quantise, quantise_in};
pub use q8_0::{PANEL_BLOCK, q8_0_row, q8_0_row_in};
pub use random::{philox, uniform};
pub use reduce::{LANES, Reduction, fold, reduce, reduce_in};
pub use requantise::{Channel, Output, requantise};
pub use resample::{Taps, resample, resample_in};
pub use rope::{Pairing, rotate, rotate_in};
pub use sample::{CANDIDATES, SAMPLING, Sampling, sample, sample_in};
pub use softmax::{softmax, softmax_in};
pub use stencil::{Patch, Stencil};
pub use strided::{Strided, StridedMut};
pub use topk::{MAX_TOP, top};
