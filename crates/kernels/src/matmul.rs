//! Products of f32 matrices: per output one chain of fused multiply-adds from +0.

use crate::{
    Epilogue, PANEL, Panels,
    dispatch::dispatch,
    float::{Arithmetic, Word},
};

/// Bytes of the weights of one term in an f32 panel.
pub const F32_GROUP: usize = PANEL * size_of::<Word>();
/// Terms that are collected at a time where they do not lie in panels.
const CHUNK: usize = 64;

dispatch! {
    /// One row: `y[j] = epilogue(Σ_k x[k]·w[j][k])` in the fastest arithmetic of this processor.
    pub fn f32_row(x: &[Word], weights: Panels<'_>, epilogue: Epilogue<'_>, y: &mut [Word]) = f32_row_in;
}

/// [`f32_row`] in a given arithmetic. Per output `acc = fma(x[k], w[j][k], acc)` from +0, k rising.
#[inline(always)]
pub fn f32_row_in<A: Arithmetic>(
    x: &[Word],
    weights: Panels<'_>,
    epilogue: Epilogue<'_>,
    y: &mut [Word],
) {
    for (index, y) in y.chunks_mut(PANEL).enumerate() {
        epilogue.panel::<A>(index, y, |panel, columns| {
            let mut sums = [A::begin(0.0); PANEL];
            A::panel(&mut sums, columns, x, words(weights.panel(panel)));
            sums
        });
    }
}

/// The weights of the terms of a panel.
#[inline(always)]
pub(crate) const fn words(panel: &[[u8; F32_GROUP]]) -> &[[Word; PANEL]] {
    panel.as_flattened().as_chunks().0.as_chunks().0
}

/// A matrix of words with any strides.
#[derive(Clone, Copy, Debug)]
pub struct Plane<'a> {
    /// The bytes from the first word on.
    pub bytes: &'a [u8],
    /// Bytes from one row, and from one column, to the next.
    pub strides: [usize; 2],
}

impl Plane<'_> {
    /// Words of a row from `column` on; zeroes where the bytes do not hold them.
    #[inline(always)]
    fn copy(&self, row: usize, column: usize, to: &mut [Word]) {
        let [down, right] = self.strides;
        let mut start = row.wrapping_mul(down).wrapping_add(column.wrapping_mul(right));
        if right == size_of::<Word>() {
            let bytes = self.bytes.get(start..start.wrapping_add(size_of_val(to)));
            if let Some(bytes) = bytes {
                to.copy_from_slice(bytes.as_chunks().0);
                return;
            }
        }
        for word in to {
            let bytes = self.bytes.get(start..).and_then(|rest| rest.first_chunk());
            *word = bytes.copied().unwrap_or_default();
            start = start.wrapping_add(right);
        }
    }
}

dispatch! {
    /// Outputs of one row from column `16·index` on: `y[j] = epilogue(Σ_k x[0][k]·w[k][j])` over `terms` terms, in the fastest
    /// arithmetic of this processor.
    pub fn strided_panel(
        terms: usize, x: Plane<'_>, w: Plane<'_>, index: usize, epilogue: Epilogue<'_>, y: &mut [Word]
    ) = strided_panel_in;
}

/// [`strided_panel`] in a given arithmetic: the same sums as those of [`f32_row_in`]. No gates.
#[inline(always)]
pub fn strided_panel_in<A: Arithmetic>(
    terms: usize,
    x: Plane<'_>,
    w: Plane<'_>,
    index: usize,
    epilogue: Epilogue<'_>,
    y: &mut [Word],
) {
    epilogue.panel::<A>(index, y, |panel, columns| {
        let mut sums = [A::begin(0.0); PANEL];
        let (mut row, mut rows) = ([[0; 4]; CHUNK], [[[0; 4]; PANEL]; CHUNK]);
        let mut first = 0;
        while first < terms {
            let count = CHUNK.min(terms - first);
            let row = row.get_mut(..count).unwrap_or(&mut []);
            x.copy(0, first, row);
            for (k, words) in (first..).zip(rows.iter_mut().take(count)) {
                w.copy(k, panel * PANEL, words.get_mut(..columns).unwrap_or(&mut []));
            }
            A::panel(&mut sums, columns, row, &rows);
            first += count;
        }
        sums
    });
}
