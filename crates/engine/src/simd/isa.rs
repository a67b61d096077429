//! What the kernels ask of a processor: one trait, one implementation for each level of SIMD.

use super::{
    f32_panels,
    q8_panels::{self, Format},
    requantise::Channels,
    s8_panels,
};
use opml_kernels::{Output, PANEL};

/// Vectors of one level.
///
/// Lanes are independent and every operation is the IEEE-754 or integer operation of the scalar kernels, so a kernel that is
/// written over this trait gives their bits at every level.
///
/// # Safety
/// All methods ask the same of their caller: the processor has the level's instructions, and pointers are good for the bytes
/// that the method's documentation names. They are inlined into functions that are compiled for the level.
pub(crate) trait Isa: Copy + Send + Sync + 'static {
    /// 32-bit lanes of a vector; divides [`PANEL`].
    const LANES: usize;
    /// f32 lanes.
    type Floats: Copy;
    /// i32 lanes.
    type Words: Copy;
    /// Four s8 weights for every lane, ready to be multiplied.
    type Quads: Copy;
    /// Words in which [`Self::pack`] leaves four activations.
    const PACKED: usize;
    /// Panels of s8 weights that rows meet together: loads that several of them use.
    const S8_PANELS: usize;
    /// Rows whose outputs in some panels of s8 weights are written together: so few that their sums stay in the first cache, and
    /// whole lines of memory are written.
    const S8_ROWS: usize;

    /// Packs four s8 activations for [`Self::dot`]; a level may ask that none is −128.
    fn pack(x: [i8; 4]) -> [u32; 2];

    /// What a sum of products must start from, given the sum of its activations.
    fn start(sum: i32) -> i32;

    /// The sum of activations.
    #[inline(always)]
    unsafe fn sum(x: &[i8]) -> i32 {
        x.iter().fold(0, |sum, x| sum + i32::from(*x))
    }

    /// Zeroes.
    unsafe fn zero() -> Self::Floats;
    /// The same number in all lanes.
    unsafe fn splat(x: f32) -> Self::Floats;
    /// Reads `LANES` f32.
    unsafe fn load(from: *const f32) -> Self::Floats;
    /// Writes `LANES` f32.
    unsafe fn store(to: *mut f32, x: Self::Floats);
    /// `a · b`.
    unsafe fn mul(a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// `a · b + c`, rounded once.
    unsafe fn fma(a: Self::Floats, b: Self::Floats, c: Self::Floats) -> Self::Floats;
    /// Reads `LANES` binary16 and widens them.
    unsafe fn halves(from: *const u8) -> Self::Floats;
    /// The nearest f32 of every lane.
    unsafe fn floats(x: Self::Words) -> Self::Floats;
    /// The same number in all lanes.
    unsafe fn words(x: i32) -> Self::Words;
    /// Writes `LANES` i32.
    unsafe fn store_words(to: *mut i32, x: Self::Words);
    /// Reads four s8 weights for every lane: `4 · LANES` bytes.
    unsafe fn quads(from: *const u8) -> Self::Quads;
    /// Reads `4 · LANES` bytes, each with two weights from −8 to 7 less 8: first those in the low nibbles, then the others.
    unsafe fn nibbles(from: *const u8) -> [Self::Quads; 2];
    /// Adds to every lane the products of its four weights by four activations, which `x` points to as [`Self::pack`] left them.
    /// Exact as long as the whole sum fits an i32.
    unsafe fn dot(acc: Self::Words, weights: Self::Quads, x: *const u32) -> Self::Words;
    /// Adds the terms of a part of f32 products, in blocks that suit the registers.
    unsafe fn f32_part(part: &f32_panels::Part);
    /// Computes a part of Q8 products, in blocks that suit the registers.
    unsafe fn q8_part<W: Format>(part: &q8_panels::Part);
    /// Computes a part of s8 products, in blocks that suit the registers.
    unsafe fn s8_part(part: &s8_panels::Part);
    /// [`opml_kernels::requantise`] of the sums of a panel.
    #[inline(always)]
    unsafe fn requantise(channels: &Channels, sums: &[i32; PANEL], output: Output) -> [i8; PANEL] {
        channels.requantise(sums, output)
    }
    /// Asks for the cache line at an address, which need not be good for anything.
    unsafe fn prefetch(at: *const u8);
}

/// Vectors of a panel.
pub(crate) const fn vectors<S: Isa>() -> usize {
    PANEL / S::LANES
}
