//! The s8 dense layer: i32 dot products, one requantisation per output.

use crate::{Channel, Output, requantise};

/// Multiply-adds per unrolled group. LLVM for MIPS64 unrolls a loop over fixed arrays only; with four rows in flight eight is the
/// most that its registers carry without spills.
const GROUP: usize = 8;

/// `Σ x[k]·w[k]`, wrapping at 32 bits; of rows of unequal lengths the common prefix.
///
/// Wrapping addition is associative and commutative, so any order of summation, any lane count and any thread count give these
/// bits. With at most 65 536 terms nothing wraps: `|Σ| ≤ 2^16·2^14 = 2^30`.
pub fn dot(x: &[i8], w: &[i8]) -> i32 {
    let n = x.len().min(w.len());
    let (Some(x), Some(w)) = (x.get(..n), w.get(..n)) else { return 0 };
    let (x_groups, x_tail) = x.as_chunks::<GROUP>();
    let (w_groups, w_tail) = w.as_chunks::<GROUP>();
    let mut acc = 0;
    for (x, w) in x_groups.iter().zip(w_groups) {
        acc = accumulate(acc, x, w);
    }
    accumulate(acc, x_tail, w_tail)
}

/// Four [`dot`]s of the same `x`: each activation is loaded once for four weights, which saves the guest a quarter of its steps.
pub fn dot4(x: &[i8], w: [&[i8]; 4]) -> [i32; 4] {
    let [w0, w1, w2, w3] = w;
    let n = x.len();
    if w0.len() != n || w1.len() != n || w2.len() != n || w3.len() != n {
        return [dot(x, w0), dot(x, w1), dot(x, w2), dot(x, w3)];
    }
    let (xs, x_tail) = x.as_chunks::<GROUP>();
    let (g0, t0) = w0.as_chunks::<GROUP>();
    let (g1, t1) = w1.as_chunks::<GROUP>();
    let (g2, t2) = w2.as_chunks::<GROUP>();
    let (g3, t3) = w3.as_chunks::<GROUP>();
    let [mut a0, mut a1, mut a2, mut a3] = [0; 4];
    for ((((x, w0), w1), w2), w3) in xs.iter().zip(g0).zip(g1).zip(g2).zip(g3) {
        a0 = accumulate(a0, x, w0);
        a1 = accumulate(a1, x, w1);
        a2 = accumulate(a2, x, w2);
        a3 = accumulate(a3, x, w3);
    }
    [
        accumulate(a0, x_tail, t0),
        accumulate(a1, x_tail, t1),
        accumulate(a2, x_tail, t2),
        accumulate(a3, x_tail, t3),
    ]
}

/// Adds the products of one group, where the length is known and the loop unrolled, or of a row's tail, where it is not.
#[inline(always)]
fn accumulate(acc: i32, x: &[i8], w: &[i8]) -> i32 {
    x.iter().zip(w).fold(acc, |acc, (x, w)| acc.wrapping_add(i32::from(*x) * i32::from(*w)))
}

/// Weight rows `[N][K]`, each of `length` contiguous bytes, `stride` bytes apart.
#[derive(Clone, Copy, Debug)]
pub struct Panel<'a> {
    /// The bytes from the first row's first weight on.
    pub bytes: &'a [i8],
    /// Bytes from one row to the next.
    pub stride: usize,
    /// Weights per row (K).
    pub length: usize,
}

impl<'a> Panel<'a> {
    /// Row `index`, or an empty row where the bytes do not hold it.
    #[inline]
    pub fn row(&self, index: usize) -> &'a [i8] {
        // Wrapping, because it is cheaper than saturating and a wrapped range is as wrong: admitted ranges are below 2^44.
        let start = index.wrapping_mul(self.stride);
        self.bytes.get(start..start.wrapping_add(self.length)).unwrap_or(&[])
    }
}

/// Requantisation parameters of consecutive output channels, `stride` bytes apart.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    /// The bytes from the first channel's bias on.
    pub bytes: &'a [u8],
    /// Bytes from one channel to the next.
    pub stride: usize,
}

impl Table<'_> {
    /// Parameters of channel `index`, or zeroes where the bytes do not hold them.
    #[inline]
    pub fn channel(&self, index: usize) -> Channel {
        let start = index.wrapping_mul(self.stride);
        let bytes = self.bytes.get(start..).and_then(|rest| rest.first_chunk());
        bytes.map_or_else(Channel::default, |bytes| Channel::from_bytes(*bytes))
    }
}

/// One row of a dense layer: `y[j] = requantise(Σ_k x[k]·w[j][k], table[j], output)` for every `j` of `y`.
pub fn dense_row(x: &[i8], weights: Panel<'_>, table: Table<'_>, output: Output, y: &mut [i8]) {
    let (blocks, rest) = y.as_chunks_mut::<4>();
    let mut j = 0;
    for block in blocks {
        let rows = [weights.row(j), weights.row(j + 1), weights.row(j + 2), weights.row(j + 3)];
        for (y, acc) in block.iter_mut().zip(dot4(x, rows)) {
            *y = requantise(acc, table.channel(j), output);
            j += 1;
        }
    }
    for y in rest {
        *y = requantise(dot(x, weights.row(j)), table.channel(j), output);
        j += 1;
    }
}
