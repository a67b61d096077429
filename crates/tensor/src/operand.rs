//! Operands: addresses, hulls, roles by region, and the overlap rules (T1, T5).

use crate::{
    Header, Operand, Refusal, Registers,
    layout::{ACTIVATIONS, END, INPUT, OUTPUT_BODY, WEIGHTS},
};

/// A range of bytes of the data half; it never wraps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Absolute address of the first byte.
    pub start: u64,
    /// Number of bytes.
    pub length: u64,
}

impl Span {
    /// First address after the span; saturates, so that no span wraps.
    pub const fn end(&self) -> u64 {
        self.start.saturating_add(self.length)
    }

    /// Whether every byte of `other` lies in this span.
    pub const fn contains(&self, other: &Self) -> bool {
        self.start <= other.start && other.end() <= self.end()
    }

    /// Whether the two share a byte.
    pub const fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end() && other.start < self.end()
    }
}

/// Dimensions, byte strides and element size of an operand: which bytes belong to it, relative to its start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lattice<const D: usize> {
    pub(crate) dims: [u64; D],
    pub(crate) strides: [u64; D],
    pub(crate) element: u64,
}

impl<const D: usize> Lattice<D> {
    /// Bytes from the first byte of the first element to the last byte of the last.
    fn hull(&self) -> Option<u64> {
        self.dims.iter().zip(&self.strides).try_fold(self.element, |hull, (dim, stride)| {
            dim.checked_sub(1)?.checked_mul(*stride)?.checked_add(hull)
        })
    }

    /// Whether no two elements share a byte, by a sufficient rule: sorted by stride, each stride is at least the hull of the
    /// dimensions before it. A stride of 0 never passes. Dimensions of size 1 do not count.
    fn is_injective(&self) -> bool {
        let mut hull = self.element;
        let mut used = [false; D];
        loop {
            let next = (0..)
                .zip(&mut used)
                .zip(self.dims.iter().zip(&self.strides))
                .filter(|((_, used), (dim, _))| !**used && **dim > 1)
                .min_by_key(|((index, _), (_, stride))| (**stride, *index));
            let Some(((_, used), (dim, stride))) = next else { return true };
            *used = true;
            let span = dim.saturating_sub(1).checked_mul(*stride);
            match span.and_then(|span| hull.checked_add(span)) {
                Some(sum) if *stride >= hull => hull = sum,
                _ => return false,
            }
        }
    }

    fn is_aligned(&self, start: u64) -> bool {
        self.strides.iter().chain([&start]).all(|offset| offset % self.alignment() == 0)
    }

    /// Words, and blocks and tables of words, are aligned to words; half words to half words.
    const fn alignment(&self) -> u64 {
        if self.element.is_multiple_of(4) {
            4
        } else if self.element.is_multiple_of(2) {
            2
        } else {
            1
        }
    }
}

/// What an operand may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Source,
    Target,
}

/// Resolves the operand in `slot`: reads its register and checks alignment, region and, for an output, overlap with itself.
pub(crate) fn resolve<const D: usize>(
    slot: usize,
    operand: &Operand,
    lattice: &Lattice<D>,
    role: Role,
    registers: &Registers,
    header: &Header,
) -> Result<Span, Refusal> {
    let start = start(slot, operand, registers)?;
    let length = lattice.hull().ok_or(Refusal::Region(slot))?;
    if !lattice.is_aligned(start) {
        return Err(Refusal::Alignment(slot));
    }
    // A saturated end is past every region.
    let span = Span { start, length };
    let allowed = match role {
        Role::Source => in_source(&span, header),
        Role::Target => in_target(&span, header),
    };
    if !allowed {
        return Err(Refusal::Region(slot));
    }
    if role == Role::Target && !lattice.is_injective() {
        return Err(Refusal::SelfOverlap);
    }
    Ok(span)
}

/// `base + reg·step`, refused where the base is malformed or the sum passes 64 bits.
fn start(slot: usize, operand: &Operand, registers: &Registers) -> Result<u64, Refusal> {
    const ADDRESS: u64 = END - 1;
    const REGISTER: u64 = 0xf << 48;
    if operand.base & !(ADDRESS | REGISTER) != 0 {
        return Err(Refusal::Base(slot));
    }
    let register = ((operand.base & REGISTER) >> 48) as u8;
    if register == 0 && operand.step != 0 {
        return Err(Refusal::Unused("step"));
    }
    registers
        .get(register)
        .checked_mul(u64::from(operand.step))
        .and_then(|offset| offset.checked_add(operand.base & ADDRESS))
        .ok_or(Refusal::Region(slot))
}

const fn in_source(span: &Span, header: &Header) -> bool {
    Span { start: ACTIVATIONS, length: header.activation_bytes }.contains(span)
        || Span { start: INPUT, length: header.input_bytes() }.contains(span)
        || Span { start: WEIGHTS, length: header.weight_bytes }.contains(span)
}

const fn in_target(span: &Span, header: &Header) -> bool {
    Span { start: ACTIVATIONS, length: header.activation_bytes }.contains(span)
        || Span { start: OUTPUT_BODY, length: header.output_max as u64 }.contains(span)
}
