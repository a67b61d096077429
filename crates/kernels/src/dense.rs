//! The s8 dense layer: i32 dot products, one requantisation per output.

use crate::{Channel, Output, PANEL, Panels, requantise};

/// Terms of a group: what an instruction for dot products of bytes takes at once.
pub const GROUP: usize = 4;
/// Bytes of a group: `[16][4]` weights.
pub const S8_GROUP: usize = GROUP * PANEL;
/// Rows of a panel whose sums are in flight at once: each activation is loaded once for four weights, which saves the guest a
/// quarter of its steps.
pub const PART: usize = 4;

/// `Σ x[k]·w[row][k]` of rows `4·part … 4·part + 3` of a panel, wrapping at 32 bits; terms of `x` past the panel do not count.
/// Bytes of `x` and of the panel are signed.
///
/// Wrapping addition is associative and commutative, so any order of summation, any lane count and any thread count give these
/// bits. With at most 65 536 terms nothing wraps: `|Σ| ≤ 2^16·2^14 = 2^30`.
#[inline(always)]
pub fn dot4(x: &[u8], panel: &[[u8; S8_GROUP]], part: usize) -> [i32; PART] {
    let (groups, tail) = x.as_chunks::<GROUP>();
    let [mut a, mut b, mut c, mut d] = [0; PART];
    for (x, group) in groups.iter().zip(panel) {
        let [w0, w1, w2, w3] = rows(group, part);
        a = accumulate(a, x, w0);
        b = accumulate(b, x, w1);
        c = accumulate(c, x, w2);
        d = accumulate(d, x, w3);
    }
    if let Some(group) = panel.get(groups.len()) {
        let [w0, w1, w2, w3] = rows(group, part);
        a = accumulate(a, tail, w0);
        b = accumulate(b, tail, w1);
        c = accumulate(c, tail, w2);
        d = accumulate(d, tail, w3);
    }
    [a, b, c, d]
}

/// The weights of four rows in a group.
#[inline(always)]
pub(crate) fn rows(group: &[u8; S8_GROUP], part: usize) -> &[[u8; GROUP]; PART] {
    const ZERO: [[u8; GROUP]; PART] = [[0; GROUP]; PART];
    group.as_chunks::<GROUP>().0.as_chunks::<PART>().0.get(part).unwrap_or(&ZERO)
}

/// Adds the products of one group, where the length is known and the loop unrolled, or of a row's tail, where it is not.
#[inline(always)]
fn accumulate(acc: i32, x: &[u8], w: &[u8; GROUP]) -> i32 {
    let product = |x: u8, w: u8| i32::from(x as i8) * i32::from(w as i8);
    x.iter().zip(w).fold(acc, |acc, (x, w)| acc.wrapping_add(product(*x, *w)))
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

/// One row of a dense layer: `y[j] = requantise(Σ_k x[k]·w[first + j][k], table[j], output)` for every `j` of `y`; `first` is a
/// multiple of four.
#[inline(never)]
pub fn dense_row(
    x: &[u8],
    weights: Panels<'_>,
    first: usize,
    table: Table<'_>,
    output: Output,
    y: &mut [i8],
) {
    let mut j = 0;
    for (part, y) in (first / PART..).zip(y.chunks_mut(PART)) {
        const PARTS: usize = PANEL / PART;
        for (y, acc) in y.iter_mut().zip(dot4(x, weights.panel(part / PARTS), part % PARTS)) {
            *y = requantise(acc, table.channel(j), output);
            j += 1;
        }
    }
}
