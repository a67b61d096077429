//! Products of Q8 activations and Q4_0 weights: values of 4 bits, otherwise as Q8_0.

use crate::{
    Epilogue, PANEL, Panels,
    dense::{GROUP, PART, rows},
    dispatch::dispatch,
    float::{Arithmetic, Word},
    q8::{BLOCK, Q8_BLOCK, Q8Block},
    q8_0::{SCALES, add_block},
};

/// Bytes of one block of a panel: 16 scales, then for each eight terms four bytes of every row.
pub const Q4_PANEL_BLOCK: usize = SCALES + BLOCK / 2 * PANEL;
/// What a value of 0 is stored as.
const ZERO: i32 = 8;

dispatch! {
    /// One row: `y[j] = epilogue(Σ_b d_x[b]·d_w[j][b]·(Σ_k x[b][k]·(w[j][b][k] − 8)))`, in the fastest arithmetic of this processor.
    pub fn q4_0_row(
        x: &[[u8; Q8_BLOCK]], weights: Panels<'_>, epilogue: Epilogue<'_>, y: &mut [Word]
    ) = q4_0_row_in;
}

/// [`q4_0_row`] in a given arithmetic. Per output `acc = fma(d_w · d_x, dot, acc)` from +0, blocks rising.
#[inline(always)]
pub fn q4_0_row_in<A: Arithmetic>(
    x: &[[u8; Q8_BLOCK]],
    weights: Panels<'_>,
    epilogue: Epilogue<'_>,
    y: &mut [Word],
) {
    for (index, y) in y.chunks_mut(PANEL).enumerate() {
        epilogue.panel::<A>(index, y, |panel, columns| {
            let mut sums = [A::begin(0.0); PANEL];
            for (x, block) in x.iter().zip(weights.panel::<Q4_PANEL_BLOCK>(panel)) {
                let x = Q8Block::from_bytes(x);
                let (scales, values) = block.split_at(SCALES);
                let sum =
                    x.values.iter().fold(0, |sum: i32, x| sum.wrapping_add((*x as i8).into()));
                let offset = sum.wrapping_mul(ZERO);
                let dots = |part| dot4(x.values, values, part).map(|dot| dot.wrapping_sub(offset));
                add_block::<A>(&mut sums, columns, x.scale, scales, dots);
            }
            sums
        });
    }
}

/// `Σ x[k]·w[row][k]` of rows `4·part … 4·part + 3`, `w` as stored. Exact: at most 32·128·15.
#[inline(always)]
fn dot4(x: &[u8; BLOCK], values: &[u8], part: usize) -> [i32; PART] {
    let [mut a, mut b, mut c, mut d] = [0; PART];
    for (x, group) in x.as_chunks::<{ 2 * GROUP }>().0.iter().zip(values.as_chunks().0) {
        let [w0, w1, w2, w3] = rows(group, part);
        a = accumulate(a, x, w0);
        b = accumulate(b, x, w1);
        c = accumulate(c, x, w2);
        d = accumulate(d, x, w3);
    }
    [a, b, c, d]
}

/// Adds the products of eight terms.
#[inline(always)]
fn accumulate(acc: i32, x: &[u8; 2 * GROUP], w: &[u8; GROUP]) -> i32 {
    let (low, high) = x.split_at(GROUP);
    let product = |x: u8, w: u8| i32::from(x as i8) * i32::from(w);
    low.iter().zip(high).zip(w).fold(acc, |acc, ((low, high), w)| {
        acc.wrapping_add(product(*low, w & 15)).wrapping_add(product(*high, w >> 4))
    })
}
