//! Products of Q8 activations and Q8_0 weights: exact integer sums inside a block, one chain of fused multiply-adds over blocks.

use crate::{
    Epilogue, PANEL, Panels,
    dense::{PART, dot4},
    dispatch::dispatch,
    float::{Arithmetic, Word},
    q8::{BLOCK, Q8_BLOCK, Q8Block},
};

/// Bytes of the scales of one block of a panel, binary16 each.
pub(crate) const SCALES: usize = 2 * PANEL;
/// Bytes of one block of a panel: 16 scales, then for each four terms four values of every row.
pub const PANEL_BLOCK: usize = SCALES + BLOCK * PANEL;

dispatch! {
    /// One row: `y[j] = epilogue(Σ_b d_x[b]·d_w[j][b]·(Σ_k x[b][k]·w[j][b][k]))`, in the fastest arithmetic of this processor.
    pub fn q8_0_row(
        x: &[[u8; Q8_BLOCK]], weights: Panels<'_>, epilogue: Epilogue<'_>, y: &mut [Word]
    ) = q8_0_row_in;
}

/// [`q8_0_row`] in a given arithmetic. Per output `acc = fma(d_w · d_x, dot, acc)` from +0, blocks rising.
#[inline(always)]
pub fn q8_0_row_in<A: Arithmetic>(
    x: &[[u8; Q8_BLOCK]],
    weights: Panels<'_>,
    epilogue: Epilogue<'_>,
    y: &mut [Word],
) {
    for (index, y) in y.chunks_mut(PANEL).enumerate() {
        epilogue.panel::<A>(index, y, |panel, columns| {
            let mut sums = [A::begin(0.0); PANEL];
            for (x, block) in x.iter().zip(weights.panel::<PANEL_BLOCK>(panel)) {
                let x = Q8Block::from_bytes(x);
                let (scales, values) = block.split_at(SCALES);
                let (groups, _) = values.as_chunks();
                add_block::<A>(&mut sums, columns, x.scale, scales, |part| {
                    dot4(x.values, groups, part)
                });
            }
            sums
        });
    }
}

/// Adds the products of one block to the first `columns` sums of a panel, and may add to others of their group of four.
///
/// `dots` gives the sums of products of four rows without their scales.
#[inline(always)]
pub(crate) fn add_block<A: Arithmetic>(
    sums: &mut [A::Sum; PANEL],
    columns: usize,
    d_x: f32,
    scales: &[u8],
    dots: impl Fn(usize) -> [i32; PART],
) {
    let (scales, _) = scales.as_chunks().0.as_chunks::<PART>();
    let parts = sums.as_chunks_mut::<PART>().0.iter_mut().zip(scales);
    for (part, (sums, scales)) in parts.enumerate().take(columns.div_ceil(PART)) {
        for ((sum, d_w), dot) in sums.iter_mut().zip(scales).zip(dots(part)) {
            *sum = A::block(*sum, u16::from_le_bytes(*d_w), d_x, dot);
        }
    }
}
