//! What becomes of a panel of sums: bias, residual, activation, gate, a place in the output.

use super::shared::{Input, Output};
use crate::{
    regions::Regions,
    simd::{Isa, Sink},
};
use opml_kernels::{
    Activation, PANEL,
    float::{Arithmetic, Hardware, store},
};
use opml_tensor::{Finish, Image, Span};

/// The rows and columns of a plane as places in an operand: rows are those of images of lines, one behind the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plane {
    /// Lines of an image, rows of a line.
    sizes: [usize; 2],
    /// Byte strides of image, line, row.
    strides: [usize; 3],
    /// Bytes from one column to the next.
    step: usize,
}

impl Plane {
    /// Rows `stride` bytes apart.
    pub(super) const fn of_rows(stride: u64, step: u64) -> Self {
        Self { sizes: [1, usize::MAX], strides: [0, 0, stride as usize], step: step as usize }
    }

    /// Batches of `rows` rows; strides of batch, row, column.
    pub(super) fn of_batches(rows: u64, [batch, row, column]: [u64; 3]) -> Self {
        let rows = rows as usize;
        Self::new([usize::MAX, rows], [0, batch, row].map(|stride| stride as usize), column)
    }

    /// The output pixels of an operator on images; strides of image, line, pixel.
    pub(super) fn of_pixels(image: &Image, strides: [u64; 3], step: u64) -> Self {
        let sizes = image.output.map(|size| size as usize);
        Self::new(sizes, strides.map(|stride| stride as usize), step)
    }

    /// Where every row follows the one before at the same distance, there is nothing to divide.
    fn new([lines, rows]: [usize; 2], strides: [usize; 3], step: u64) -> Self {
        let [image, line, row] = strides;
        let is_even = |size: usize, inner: usize, outer: usize| {
            size.checked_mul(inner).is_none_or(|hull| hull == outer)
        };
        if is_even(rows, row, line) && is_even(lines, line, image) {
            return Self::of_rows(row as u64, step);
        }
        Self { sizes: [lines, rows], strides, step: step as usize }
    }

    /// Where an element lies.
    #[inline(always)]
    pub(super) const fn offset(&self, row: usize, column: usize) -> usize {
        let Self { sizes: [lines, rows], strides: [image, line, inner], step } = *self;
        if rows == usize::MAX {
            return row * inner + column * step;
        }
        let above = row / rows;
        above / lines * image + above % lines * line + row % rows * inner + column * step
    }
}

/// The end of a contraction with f32 values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finisher {
    /// First column, of all that bias, residual and output have, and how many follow.
    origin: usize,
    columns: usize,
    bias: Option<(Input, usize)>,
    residual: Option<(Input, Plane)>,
    activation: Activation,
    gate: bool,
    out: Output,
    place: Plane,
}

impl Finisher {
    /// The end of a contraction with `columns` columns whose output is `out`; the residual lies in `residual`.
    pub(super) fn new(
        data: &mut Regions,
        columns: u64,
        finish: &Finish,
        residual: Plane,
        out: Span,
        place: Plane,
    ) -> Option<Self> {
        let bias = match finish.bias {
            Some(span) => Some((Input::of(data, span)?, finish.bias_stride as usize)),
            None => None,
        };
        let residual = match finish.residual {
            Some(span) => Some((Input::of(data, span)?, residual)),
            None => None,
        };
        Some(Self {
            origin: 0,
            columns: columns as usize,
            bias,
            residual,
            activation: finish.activation,
            gate: finish.gate,
            out: Output::of(data, out)?,
            place,
        })
    }

    /// The same for `columns` columns from `origin` on.
    pub(super) const fn part(self, origin: usize, columns: usize) -> Self {
        Self { origin, columns, ..self }
    }

    /// Panels of weights per panel of outputs, which stay together.
    pub(super) const fn parts(&self) -> usize {
        if self.gate { 2 } else { 1 }
    }

    /// Where the sums of rows from `first` on go.
    ///
    /// # Safety
    /// No other thread works on the same panels of outputs of the same rows, as long as the sums go there.
    pub(super) const unsafe fn rows_from(&self, first: usize) -> Finishing<'_> {
        Finishing { finisher: self, first }
    }

    /// Takes the sums of a panel of weights for one row. Those of a gate come before what it opens.
    ///
    /// # Safety
    /// No other thread works on this panel of outputs of this row.
    #[inline(always)]
    unsafe fn sums(&self, row: usize, panel: usize, sums: &[f32; PANEL]) {
        let first = panel / self.parts() * PANEL;
        let count = PANEL.min(self.columns - first);
        let first = self.origin + first;
        let mut values = *sums;
        if self.gate {
            if panel.is_multiple_of(2) {
                // Waits, as it is, where the output will be.
                let words = values.map(|value| value.to_bits().to_le_bytes());
                // SAFETY: the caller's promise.
                return unsafe { self.write(row, first, &words[..count]) };
            }
            // SAFETY: the caller's promise.
            let mut gate = unsafe { self.waiting(row, first, count) };
            activate(self.activation, &mut gate);
            for (value, gate) in values.iter_mut().zip(gate) {
                *value = Hardware::mul(gate, *value);
            }
        } else {
            if let Some((bias, stride)) = self.bias {
                add(&mut values, &bias, first * stride, stride, count);
            }
            if let Some((residual, plane)) = self.residual {
                add(&mut values, &residual, plane.offset(row, first), plane.step, count);
            }
            activate(self.activation, &mut values);
        }
        let words = values.map(store);
        if count == PANEL && self.place.step == 4 {
            // SAFETY: the caller's promise.
            return unsafe { self.out.write_all(self.place.offset(row, first), &words) };
        }
        // SAFETY: the caller's promise.
        unsafe { self.write(row, first, &words[..count]) };
    }

    /// The gate that waits in the output for what it opens.
    ///
    /// # Safety
    /// As of [`Self::sums`].
    #[inline(always)]
    unsafe fn waiting(&self, row: usize, first: usize, count: usize) -> [f32; PANEL] {
        let (step, offset) = (self.place.step, self.place.offset(row, first));
        if step == 4 && count == PANEL {
            // SAFETY: the caller's promise.
            return unsafe { self.out.words(offset) }.map(f32::from_le_bytes);
        }
        let mut gate = [0.0; PANEL];
        for (index, gate) in gate.iter_mut().take(count).enumerate() {
            // SAFETY: the caller's promise.
            let [word] = unsafe { self.out.words(offset + index * step) };
            *gate = f32::from_le_bytes(word);
        }
        gate
    }

    /// Writes words of a row from column `first` on.
    ///
    /// # Safety
    /// As of [`Self::sums`].
    #[inline(always)]
    unsafe fn write(&self, row: usize, first: usize, words: &[[u8; 4]]) {
        let step = self.place.step;
        let offset = self.place.offset(row, first);
        if step == 4 {
            // SAFETY: the caller's promise.
            return unsafe { self.out.write(offset, words) };
        }
        for (index, word) in words.iter().enumerate() {
            // SAFETY: the caller's promise.
            unsafe { self.out.write(offset + index * step, std::slice::from_ref(word)) };
        }
    }
}

/// Where the sums of some rows go. It is made for rows and panels that no other thread works on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finishing<'a> {
    finisher: &'a Finisher,
    first: usize,
}

impl Sink<f32> for Finishing<'_> {
    #[inline(always)]
    fn sums<S: Isa>(&mut self, row: usize, panel: usize, sums: &[f32; PANEL]) {
        // SAFETY: the promise to `rows_from`.
        unsafe { self.finisher.sums(self.first + row, panel, sums) };
    }
}

/// Adds `count` words, `step` bytes apart.
#[inline(always)]
fn add(values: &mut [f32; PANEL], words: &Input, offset: usize, step: usize, count: usize) {
    let bytes = words.bytes(offset, usize::MAX);
    let mut terms = [0.0; PANEL];
    match bytes.first_chunk::<{ 4 * PANEL }>() {
        Some(bytes) if step == 4 && count == PANEL => {
            for (term, word) in terms.iter_mut().zip(bytes.as_chunks().0) {
                *term = f32::from_le_bytes(*word);
            }
        }
        _ => {
            for (index, term) in terms.iter_mut().take(count).enumerate() {
                let word = bytes.get(index * step..).and_then(<[u8]>::first_chunk);
                *term = f32::from_le_bytes(word.copied().unwrap_or_default());
            }
        }
    }
    for (value, term) in values.iter_mut().zip(terms) {
        *value = Hardware::add(*value, term);
    }
}

/// Applies an activation; each in a loop of its own, which the compiler makes vectors of.
#[inline(always)]
fn activate(activation: Activation, values: &mut [f32; PANEL]) {
    macro_rules! each {
        ($activation:expr) => {
            for value in values {
                *value = $activation.apply::<Hardware>(*value);
            }
        };
    }
    match activation {
        Activation::None => {}
        Activation::Relu => each!(Activation::Relu),
        Activation::Clip(low, high) => each!(Activation::Clip(low, high)),
        Activation::Silu => each!(Activation::Silu),
        Activation::GeluTanh => each!(Activation::GeluTanh),
        Activation::Gelu => each!(Activation::Gelu),
        Activation::Sigmoid => each!(Activation::Sigmoid),
        Activation::Tanh => each!(Activation::Tanh),
        Activation::LeakyRelu(slope) => each!(Activation::LeakyRelu(slope)),
    }
}
