//! Weights in panels: sixteen rows side by side, so that what an instruction or a proof reads together lies together.

/// Weight rows, hence outputs, of a panel.
pub const PANEL: usize = 16;

/// Weights `[⌈N/16⌉][groups]` of chunks, each with some consecutive terms of 16 rows.
///
/// Rows past N and terms past K are zero by convention; no operator lets them into an output.
#[derive(Clone, Copy, Debug)]
pub struct Panels<'a> {
    /// The bytes from the first panel's first chunk on.
    pub bytes: &'a [u8],
    /// Bytes from one panel to the next.
    pub stride: usize,
    /// Chunks per panel.
    pub groups: usize,
}

impl<'a> Panels<'a> {
    /// The chunks, of `B` bytes each, of panel `index`, or none where the bytes do not hold them.
    #[inline]
    pub fn panel<const B: usize>(&self, index: usize) -> &'a [[u8; B]] {
        // Wrapping, because it is cheaper than saturating and a wrapped range is as wrong: admitted ranges are below 2^44.
        let start = index.wrapping_mul(self.stride);
        let length = self.groups.wrapping_mul(B);
        self.bytes.get(start..start.wrapping_add(length)).unwrap_or(&[]).as_chunks().0
    }
}
