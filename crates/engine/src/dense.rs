//! The dense layer over a whole record: the same bytes as the scalar kernel, in another order.
//!
//! Weights are walked once, in blocks of four rows against every activation row, so each block comes from memory once and then
//! from cache. Sums of s8 products are exact in i32 (at most 65 536 terms), so the order of vector lanes changes nothing.

use crate::regions::Regions;
use opml_kernels::{Panel, Table, dot, dot4, requantise};
use opml_tensor::{Dense, borrow, signed, signed_mut};

/// Rows of weights per block.
const BLOCK: usize = 4;

/// Executes every tile of an admitted dense layer.
pub(crate) fn execute(data: &mut Regions, dense: &Dense) {
    let inputs = [dense.x, dense.weights, dense.table];
    let Some(([x, weights, table], out)) = borrow(data, inputs, dense.out) else { return };
    let length = dense.inner as usize;
    let layer = Layer {
        x: Panel { bytes: signed(x), stride: dense.x_stride as usize, length },
        weights: Panel { bytes: signed(weights), stride: dense.weight_stride as usize, length },
        table: Table { bytes: table, stride: dense.table_stride as usize },
        dense,
    };
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        layer.execute(signed_mut(out), |x, weights| unsafe { avx2::dot4(x, weights) });
        return;
    }
    layer.execute(signed_mut(out), dot4);
}

struct Layer<'a> {
    x: Panel<'a>,
    weights: Panel<'a>,
    table: Table<'a>,
    dense: &'a Dense,
}

impl Layer<'_> {
    fn execute(&self, out: &mut [i8], dot4: impl Fn(&[i8], [&[i8]; BLOCK]) -> [i32; BLOCK]) {
        let columns = self.dense.grid.columns as usize;
        let blocked = columns - columns % BLOCK;
        for first in (0..blocked).step_by(BLOCK) {
            let weights = std::array::from_fn(|j| self.weights.row(first + j));
            self.columns(first, out, |x| dot4(x, weights));
        }
        for column in blocked..columns {
            let weights = self.weights.row(column);
            self.columns(column, out, |x| [dot(x, weights)]);
        }
    }

    /// Every row of `N` columns from `first` on.
    fn columns<const N: usize>(
        &self,
        first: usize,
        out: &mut [i8],
        sums: impl Fn(&[i8]) -> [i32; N],
    ) {
        let channels: [_; N] = std::array::from_fn(|j| self.table.channel(first + j));
        for row in 0..self.dense.grid.rows as usize {
            let start = row * self.dense.out_stride as usize + first;
            let target = out.get_mut(start..start + N).unwrap_or(&mut []);
            for ((y, sum), channel) in target.iter_mut().zip(sums(self.x.row(row))).zip(channels) {
                *y = requantise(sum, channel, self.dense.output);
            }
        }
    }
}

/// Sixteen products per instruction pair: widen to i16, multiply and add neighbours to i32. Two products of −128 by −128 are 2^15:
/// their sum fits an i32 lane, unlike the i16 lanes of the saturating u8 × s8 instruction.
#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::BLOCK;
    use opml_kernels::dot;
    use std::arch::x86_64::{
        __m256i, _mm_loadu_si128, _mm256_add_epi32, _mm256_cvtepi8_epi16, _mm256_madd_epi16,
        _mm256_setzero_si256, _mm256_storeu_si256,
    };

    const LANES: usize = 16;

    #[target_feature(enable = "avx2")]
    pub(super) fn dot4(x: &[i8], weights: [&[i8]; BLOCK]) -> [i32; BLOCK] {
        if weights.iter().any(|w| w.len() != x.len()) {
            return weights.map(|w| dot(x, w));
        }
        let (groups, tail) = x.as_chunks::<LANES>();
        let [w0, w1, w2, w3] = weights.map(|w| w.as_chunks::<LANES>());
        let mut sums = [_mm256_setzero_si256(); BLOCK];
        for ((((x, w0), w1), w2), w3) in groups.iter().zip(w0.0).zip(w1.0).zip(w2.0).zip(w3.0) {
            let x = widen(x);
            for (sum, w) in sums.iter_mut().zip([w0, w1, w2, w3]) {
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(x, widen(w)));
            }
        }
        let tails = [w0.1, w1.1, w2.1, w3.1].map(|w| dot(tail, w));
        std::array::from_fn(|j| fold(sums[j]).wrapping_add(tails[j]))
    }

    #[target_feature(enable = "avx2")]
    fn widen(bytes: &[i8; LANES]) -> __m256i {
        // SAFETY: 16 bytes are read, which is what the reference holds; the instruction asks for no alignment.
        _mm256_cvtepi8_epi16(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
    }

    #[target_feature(enable = "avx2")]
    fn fold(sums: __m256i) -> i32 {
        let mut lanes = [0i32; 8];
        // SAFETY: 32 bytes are written, which is what the array holds; the instruction asks for no alignment.
        unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), sums) };
        lanes.into_iter().fold(0, i32::wrapping_add)
    }
}
