//! The dense layer over a whole record: the same bytes as the scalar kernel, in another order.
//!
//! Weights are walked once, in blocks of four rows against every activation row, so each block is read from memory once and
//! reused from cache. Sums of s8 products are exact in i32 (at most 65 536 terms), so the vector lanes' order changes nothing.

use crate::regions::Regions;
use opml_kernels::{Panel, Table, requantise};
use opml_tensor::{Dense, borrow, signed, signed_mut};

/// Rows of weights per block.
const BLOCK: usize = 4;

/// Executes every tile of an admitted dense layer.
pub(crate) fn execute(data: &mut Regions, dense: &Dense) {
    let inputs = [dense.x, dense.weights, dense.table];
    let Some(([x, weights, table], out)) = borrow(data, inputs, dense.out) else { return };
    let (length, columns) = (dense.inner as usize, dense.grid.columns as usize);
    let layer = Layer {
        x: Panel { bytes: signed(x), stride: dense.x_stride as usize, length },
        rows: dense.grid.rows as usize,
        weights: Panel { bytes: signed(weights), stride: dense.weight_stride as usize, length },
        columns,
        table: Table { bytes: table, stride: dense.table_stride as usize },
        dense,
    };
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        unsafe { layer.execute_avx2(signed_mut(out)) };
        return;
    }
    layer.execute(signed_mut(out));
}

struct Layer<'a> {
    x: Panel<'a>,
    rows: usize,
    weights: Panel<'a>,
    columns: usize,
    table: Table<'a>,
    dense: &'a Dense,
}

impl Layer<'_> {
    /// The same code, compiled for 256-bit vectors.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn execute_avx2(&self, out: &mut [i8]) {
        self.execute(out);
    }

    #[inline(always)]
    fn execute(&self, out: &mut [i8]) {
        let blocked = self.columns - self.columns % BLOCK;
        for first in (0..blocked).step_by(BLOCK) {
            self.block::<BLOCK>(first, out);
        }
        for column in blocked..self.columns {
            self.block::<1>(column, out);
        }
    }

    #[inline(always)]
    fn block<const N: usize>(&self, first: usize, out: &mut [i8]) {
        let weights: [&[i8]; N] = std::array::from_fn(|j| self.weights.row(first + j));
        let channels: [_; N] = std::array::from_fn(|j| self.table.channel(first + j));
        for row in 0..self.rows {
            let sums = dot_block(self.x.row(row), weights);
            let start = row * self.dense.out_stride as usize + first;
            let target = out.get_mut(start..start + N).unwrap_or(&mut []);
            for ((y, sum), channel) in target.iter_mut().zip(sums).zip(channels) {
                *y = requantise(sum, channel, self.dense.output);
            }
        }
    }
}

/// `N` dot products with the same `x`, written as the loop that compilers turn into widening multiply-adds.
#[inline(always)]
fn dot_block<const N: usize>(x: &[i8], weights: [&[i8]; N]) -> [i32; N] {
    weights.map(|w| {
        x.iter().zip(w).fold(0i32, |sum, (x, w)| sum.wrapping_add(i32::from(*x) * i32::from(*w)))
    })
}
