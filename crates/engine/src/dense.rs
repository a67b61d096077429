//! The dense layer over a whole record: the same bytes as the scalar kernel, in another order.
//!
//! Weights are walked once, panel by panel against every activation row, so each panel comes from memory once and then from
//! cache. Sums of s8 products are exact in i32 (at most 65 536 terms), so the order of vector lanes changes nothing.

use crate::regions::Regions;
use opml_kernels::{GROUP, PANEL, Panels, S8_GROUP, Table, dot4, requantise};
use opml_tensor::{Dense, borrow, signed_mut};

/// Executes every tile of an admitted dense layer.
pub(crate) fn execute(data: &mut Regions, dense: &Dense) {
    let inputs = [dense.x, dense.weights, dense.table];
    let Some(([x, weights, table], out)) = borrow(data, inputs, dense.out) else { return };
    let layer = Layer {
        x,
        weights: Panels {
            bytes: weights,
            stride: dense.weight_stride as usize,
            groups: dense.inner.div_ceil(GROUP as u64) as usize,
        },
        table: Table { bytes: table, stride: dense.table_stride as usize },
        dense,
    };
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        layer.execute(signed_mut(out), |x, panel| unsafe { avx2::sums(x, panel) });
        return;
    }
    layer.execute(signed_mut(out), sums);
}

/// The sums of the 16 rows of a panel.
fn sums(x: &[u8], panel: &[[u8; S8_GROUP]]) -> [i32; PANEL] {
    let mut sums = [0; PANEL];
    for (part, sums) in sums.as_chunks_mut().0.iter_mut().enumerate() {
        *sums = dot4(x, panel, part);
    }
    sums
}

struct Layer<'a> {
    x: &'a [u8],
    weights: Panels<'a>,
    table: Table<'a>,
    dense: &'a Dense,
}

impl Layer<'_> {
    fn execute(&self, out: &mut [i8], sums: impl Fn(&[u8], &[[u8; S8_GROUP]]) -> [i32; PANEL]) {
        let columns = self.dense.grid.columns as usize;
        for (index, first) in (0..columns).step_by(PANEL).enumerate() {
            let panel = self.weights.panel(index);
            let channels: [_; PANEL] = std::array::from_fn(|j| self.table.channel(first + j));
            let width = PANEL.min(columns - first);
            for row in 0..self.dense.grid.rows as usize {
                let start = row * self.dense.out_stride as usize + first;
                let target = out.get_mut(start..start + width).unwrap_or(&mut []);
                for ((y, sum), channel) in
                    target.iter_mut().zip(sums(self.row(row), panel)).zip(channels)
                {
                    *y = requantise(sum, channel, self.dense.output);
                }
            }
        }
    }

    /// Row `index` of the activations, or an empty one where the bytes do not hold it.
    fn row(&self, index: usize) -> &[u8] {
        let start = index * self.dense.x_stride as usize;
        self.x.get(start..start + self.dense.inner as usize).unwrap_or(&[])
    }
}

/// Four terms of four rows per instruction pair: widen to i16, multiply and add neighbours to i32. Two products of −128 by −128
/// are 2^15: their sum fits an i32 lane, unlike the i16 lanes of the saturating u8 × s8 instruction.
#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::{GROUP, PANEL, S8_GROUP};
    use std::arch::x86_64::{
        __m128i, __m256i, _mm_loadu_si128, _mm256_add_epi32, _mm256_cvtepi8_epi16,
        _mm256_madd_epi16, _mm256_set1_epi64x, _mm256_setzero_si256, _mm256_storeu_si256,
    };

    /// Rows whose weights a widened vector holds.
    const ROWS: usize = 4;

    #[target_feature(enable = "avx2")]
    pub(super) fn sums(x: &[u8], panel: &[[u8; S8_GROUP]]) -> [i32; PANEL] {
        // Each row has two neighbouring lanes.
        let mut pairs = [_mm256_setzero_si256(); PANEL / ROWS];
        let (groups, tail) = x.as_chunks::<GROUP>();
        // Absent terms are zeroes, whatever the weights past K are.
        let mut last = [0; GROUP];
        for (last, x) in last.iter_mut().zip(tail) {
            *last = *x;
        }
        for (x, group) in groups.iter().chain([&last]).zip(panel) {
            let x = broadcast(*x);
            for (pairs, rows) in pairs.iter_mut().zip(group.as_chunks().0) {
                *pairs = _mm256_add_epi32(*pairs, _mm256_madd_epi16(x, widen(rows)));
            }
        }
        let mut sums = [0; PANEL];
        for (sums, pairs) in sums.as_chunks_mut::<ROWS>().0.iter_mut().zip(pairs) {
            for (sum, [a, b]) in sums.iter_mut().zip(lanes(pairs)) {
                *sum = a.wrapping_add(b);
            }
        }
        sums
    }

    /// Four activations as i16, once for each row.
    #[target_feature(enable = "avx2")]
    fn broadcast(x: [u8; GROUP]) -> __m256i {
        let [a, b, c, d] = x.map(|x| u64::from(i16::from(x.cast_signed()).cast_unsigned()));
        _mm256_set1_epi64x((a | b << 16 | c << 32 | d << 48).cast_signed())
    }

    #[target_feature(enable = "avx2")]
    fn widen(bytes: &[u8; ROWS * GROUP]) -> __m256i {
        // SAFETY: 16 bytes are read, which is what the reference holds; the instruction asks for no alignment.
        _mm256_cvtepi8_epi16(unsafe { _mm_loadu_si128(bytes.as_ptr().cast::<__m128i>()) })
    }

    #[target_feature(enable = "avx2")]
    fn lanes(pairs: __m256i) -> [[i32; 2]; ROWS] {
        let mut lanes = [[0; 2]; ROWS];
        // SAFETY: 32 bytes are written, which is what the array holds; the instruction asks for no alignment.
        unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), pairs) };
        lanes
    }
}
