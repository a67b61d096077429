//! Operands over three dimensions, of which the outer two are counted as rows.

use opml_kernels::{Element, Strided, StridedMut};

use super::{Context, context::disjoint};
use crate::{
    Refusal, Span,
    bytes::{part, part_mut},
    operand::Lattice,
};

/// Elements over dimensions `[outer, middle, columns]`; row `r` has the outer indices `r / middle` and `r % middle`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plane {
    /// The hull of its bytes.
    pub span: Span,
    /// Byte strides, outermost first.
    pub strides: [u64; 3],
    /// Type of the elements.
    pub element: Element,
}

impl Plane {
    /// The input in `slot`.
    pub(crate) fn source(
        context: &Context<'_>,
        slot: usize,
        dims: [u64; 3],
        element: Element,
    ) -> Result<Self, Refusal> {
        let strides = context.strides(slot);
        let span = context.source(slot, lattice(dims, strides, element))?;
        Ok(Self { span, strides, element })
    }

    /// The output in `slot`.
    pub(crate) fn target(
        context: &Context<'_>,
        slot: usize,
        dims: [u64; 3],
        element: Element,
    ) -> Result<Self, Refusal> {
        let strides = context.strides(slot);
        let span = context.target(slot, lattice(dims, strides, element))?;
        Ok(Self { span, strides, element })
    }

    /// Whether the two are the same elements at the same places.
    pub(crate) fn coincides(&self, other: &Self) -> bool {
        let Self { span, strides, element } = *self;
        span == other.span && strides == other.strides && element.size() == other.element.size()
    }

    /// Refuses an output that overlaps this input, which lies in `slot`.
    pub(crate) const fn disjoint(&self, slot: usize, target: &Self) -> Result<(), Refusal> {
        disjoint(slot, &self.span, &target.span)
    }

    const fn offset(&self, middle: u64, row: u64, column: u64) -> u64 {
        let [outer, inner, step] = self.strides;
        row / middle * outer + row % middle * inner + column * step
    }

    /// The elements of `row` from `column` on, given the bytes of the operand.
    pub(crate) fn row<'a>(
        &self,
        bytes: &'a [u8],
        middle: u64,
        row: u64,
        column: u64,
    ) -> Strided<'a> {
        let bytes = part(bytes, self.offset(middle, row, column), u64::MAX);
        let [.., step] = self.strides;
        Strided { bytes, stride: step as usize, element: self.element }
    }

    /// The elements of `row` from `column` on, to be written, given the bytes of the operand.
    pub(crate) fn row_mut<'a>(
        &self,
        bytes: &'a mut [u8],
        middle: u64,
        row: u64,
        column: u64,
    ) -> StridedMut<'a> {
        let start = self.offset(middle, row, column);
        let length = self.span.length.saturating_sub(start);
        let [.., step] = self.strides;
        StridedMut {
            bytes: part_mut(bytes, start, length),
            stride: step as usize,
            element: self.element,
        }
    }

    /// Whether the elements of a row lie side by side.
    pub(crate) const fn is_contiguous(&self) -> bool {
        let [.., step] = self.strides;
        step == self.element.size() as u64
    }

    /// Bound of the small steps of reading or writing one element of a row.
    pub(crate) const fn access(&self) -> u64 {
        let [.., step] = self.strides;
        let convert = if self.element.is_float() && self.element.size() == 2 { 40 } else { 0 };
        convert + if self.is_contiguous() || step == 0 { 10 } else { 20 }
    }
}

const fn lattice(dims: [u64; 3], strides: [u64; 3], element: Element) -> Lattice<3> {
    Lattice { dims, strides, element: element.size() as u64 }
}
