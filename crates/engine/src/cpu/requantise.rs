//! What becomes of a panel of exact sums: one requantisation per output.

use super::{
    finish::Plane,
    shared::{Input, Output},
};
use crate::simd::{Isa, Sink, f32_panels::PANELS, requantise::Channels};
use opml_kernels::{PANEL, Table};

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
        Requantising { requantiser: self, first, channels: Default::default() }
    }
}

/// Where the sums of some rows go. It is made for rows and panels that no other thread works on.
#[derive(Debug)]
pub(super) struct Requantising<'a> {
    requantiser: &'a Requantiser,
    first: usize,
    /// Panels with their parameters, each at its number's remainder: rows go by, the panels stay.
    channels: [(Option<usize>, Channels); PANELS],
}

impl Sink<i32> for Requantising<'_> {
    #[inline(always)]
    fn sums<S: Isa>(&mut self, row: usize, panel: usize, sums: &[i32; PANEL]) {
        let Requantiser { table, table_stride, output, out, place, origin, columns } =
            *self.requantiser;
        let first = origin + panel * PANEL;
        let (of, channels) = &mut self.channels[panel % PANELS];
        if *of != Some(panel) {
            let table = Table { bytes: table.bytes(0, usize::MAX), stride: table_stride };
            *channels = Channels::new(|index| table.channel(first + index));
            *of = Some(panel);
        }
        // SAFETY: what calls this runs at the level.
        let bytes = unsafe { S::requantise(channels, sums, output) }.map(i8::cast_unsigned);
        let (count, at) = (columns - panel * PANEL, place.offset(self.first + row, first));
        // SAFETY: the promise to `rows_from`.
        unsafe {
            if count < PANEL {
                out.write(at, &bytes[..count]);
            } else {
                out.write_all(at, &bytes);
            }
        }
    }
}
