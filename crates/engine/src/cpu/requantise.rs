//! What becomes of a panel of exact sums: one requantisation per output.

use super::{
    finish::Plane,
    shared::{Input, Output},
};
use crate::simd::Sink;
use opml_kernels::{Channel, PANEL, Table, requantise};

/// The end of a contraction with s8 values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Requantiser {
    pub(super) table: Input,
    pub(super) table_stride: usize,
    pub(super) output: opml_kernels::Output,
    pub(super) out: Output,
    pub(super) place: Plane,
    /// First column, of all that table and output have, and how many follow.
    pub(super) origin: usize,
    pub(super) columns: usize,
}

impl Requantiser {
    /// Where the sums of rows from `first` on go.
    ///
    /// # Safety
    /// No other thread works on the same panels of the same rows, as long as the sums go there.
    pub(super) unsafe fn rows_from(&self, first: usize) -> Requantising<'_> {
        Requantising { requantiser: self, first, panel: None, channels: Default::default() }
    }
}

/// Where the sums of some rows go. It is made for rows and panels that no other thread works on.
#[derive(Debug)]
pub(super) struct Requantising<'a> {
    requantiser: &'a Requantiser,
    first: usize,
    /// The panel whose parameters these are: rows go by, the panel stays.
    panel: Option<usize>,
    channels: [Channel; PANEL],
}

impl Sink<i32> for Requantising<'_> {
    #[inline(always)]
    fn sums(&mut self, row: usize, panel: usize, sums: &[i32; PANEL]) {
        let Requantiser { table, table_stride, output, out, place, origin, columns } =
            *self.requantiser;
        let first = origin + panel * PANEL;
        if self.panel != Some(panel) {
            let table = Table { bytes: table.bytes(0, usize::MAX), stride: table_stride };
            self.channels = std::array::from_fn(|index| table.channel(first + index));
            self.panel = Some(panel);
        }
        let mut bytes = [0; PANEL];
        for ((byte, sum), channel) in bytes.iter_mut().zip(sums).zip(self.channels) {
            *byte = requantise(*sum, channel, output).cast_unsigned();
        }
        let count = PANEL.min(columns - panel * PANEL);
        // SAFETY: the promise to `rows_from`.
        unsafe { out.write(place.offset(self.first + row, first), &bytes[..count]) };
    }
}
