//! Products of Q8 activations and Q8_0 weights: exact integer sums inside a block, one chain of fused multiply-adds over blocks.

use crate::{
    dispatch::dispatch,
    float::{Arithmetic, Word, store},
    q8::{BLOCK, Q8_BLOCK, Q8Block},
};

/// Weight rows, hence outputs, of a panel.
pub const PANEL: usize = 16;
/// Bytes of the scales of one block of a panel, binary16 each.
const SCALES: usize = 2 * PANEL;
/// Bytes of one block of a panel: 16 scales, then for each four terms four values of every row.
pub const PANEL_BLOCK: usize = SCALES + BLOCK * PANEL;

/// Weights `[N/16][K/32]` of panel blocks; rows past N are zero.
#[derive(Clone, Copy, Debug)]
pub struct Panels<'a> {
    /// The bytes from the first panel's first block on.
    pub bytes: &'a [u8],
    /// Bytes from one panel to the next.
    pub stride: usize,
    /// Blocks per row (K / 32).
    pub blocks: usize,
}

impl<'a> Panels<'a> {
    /// The blocks of panel `index`, or none where the bytes do not hold them.
    #[inline]
    pub fn panel(&self, index: usize) -> &'a [[u8; PANEL_BLOCK]] {
        let start = index.wrapping_mul(self.stride);
        let length = self.blocks.wrapping_mul(PANEL_BLOCK);
        self.bytes.get(start..start.wrapping_add(length)).unwrap_or(&[]).as_chunks().0
    }
}

dispatch! {
    /// One row: `y[j] = Σ_b d_x[b]·d_w[j][b]·(Σ_k x[b][k]·w[j][b][k])`, in the fastest arithmetic of this processor.
    pub fn q8_0_row(x: &[[u8; Q8_BLOCK]], weights: Panels<'_>, y: &mut [Word]) = q8_0_row_in;
}

/// [`q8_0_row`] in a given arithmetic. Per output `acc = fma(d_w · d_x, sum, acc)` from +0, blocks rising.
#[inline(always)]
pub fn q8_0_row_in<A: Arithmetic>(x: &[[u8; Q8_BLOCK]], weights: Panels<'_>, y: &mut [Word]) {
    for (index, y) in y.chunks_mut(PANEL).enumerate() {
        let mut acc = [0.0; PANEL];
        for (x, panel) in x.iter().zip(weights.panel(index)) {
            let x = Q8Block::from_bytes(x);
            let (scales, values) = panel.split_at(SCALES);
            let sums = dots(x.values, values);
            for ((acc, d_w), sum) in acc.iter_mut().zip(scales.as_chunks().0).zip(sums) {
                *acc = A::accumulate(*acc, u16::from_le_bytes(*d_w), x.scale, sum);
            }
        }
        for (y, acc) in y.iter_mut().zip(acc) {
            *y = store(acc);
        }
    }
}

/// Low byte of each half of a word.
const HALVES: u64 = 0x0000_00ff_0000_00ff;
/// Words, of two weight rows each, in flight at once: eight outputs.
const WORDS: usize = 4;

/// The sums of the products of a block of activations and the 16 rows of a panel block. Exact: at most 32·2^14.
///
/// A word holds four values of two rows. Shifted and masked it is one value of each, 32 bits apart, and one product with an
/// activation serves both. Values are moved to 0 … 255 first, which adds `128·Σx` to every sum.
#[inline(always)]
fn dots(x: &[u8; BLOCK], values: &[u8]) -> [i32; PANEL] {
    let offset = x.iter().fold(0, |sum: i32, x| sum.wrapping_add(i32::from(*x as i8))) << 7;
    let mut sums = [0; PANEL];
    let (quads, _) = values.as_chunks::<{ 4 * PANEL }>();
    for (part, sums) in sums.as_chunks_mut::<{ 2 * WORDS }>().0.iter_mut().enumerate() {
        let mut acc = [0i64; WORDS];
        for (x, quad) in x.as_chunks::<4>().0.iter().zip(quads) {
            let x = x.map(|x| i64::from(x as i8));
            let words = quad.as_chunks::<8>().0.iter().skip(part * WORDS);
            for (acc, word) in acc.iter_mut().zip(words) {
                let word = u64::from_le_bytes(*word) ^ 0x8080_8080_8080_8080;
                for (x, shift) in x.into_iter().zip([0, 8, 16, 24]) {
                    let pair = (word >> shift & HALVES) as i64;
                    *acc = acc.wrapping_add(x.wrapping_mul(pair));
                }
            }
        }
        for (sums, acc) in sums.as_chunks_mut::<2>().0.iter_mut().zip(acc) {
            // The lower half may have borrowed from the upper.
            let low = acc as i32;
            let high = (acc.wrapping_sub(i64::from(low)) >> 32) as i32;
            *sums = [low.wrapping_sub(offset), high.wrapping_sub(offset)];
        }
    }
    sums
}
