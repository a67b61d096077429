//! What becomes of the sums of a contraction whose values are f32.

use crate::{
    PANEL,
    float::{Arithmetic, Word, load, store},
};

/// A function of one value, given by what importers fuse into contractions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Activation {
    /// The value itself.
    #[default]
    None,
    /// The value if it is above zero, else +0.
    Relu,
    /// Between two bounds, by [`Arithmetic::clamp`].
    Clip(f32, f32),
    /// [`Arithmetic::silu`].
    Silu,
    /// [`Arithmetic::gelu_tanh`].
    GeluTanh,
    /// [`Arithmetic::gelu`].
    Gelu,
    /// [`Arithmetic::sigmoid`].
    Sigmoid,
    /// [`Arithmetic::tanh`].
    Tanh,
    /// The value if it is above zero, else its product with the slope.
    LeakyRelu(f32),
}

impl Activation {
    /// The activation of `v`.
    #[inline(always)]
    pub fn apply<A: Arithmetic>(self, v: f32) -> f32 {
        match self {
            Self::None => v,
            Self::Relu => A::max(v, 0.0),
            Self::Clip(low, high) => A::clamp(v, low, high),
            Self::Silu => A::silu(v),
            Self::GeluTanh => A::gelu_tanh(v),
            Self::Gelu => A::gelu(v),
            Self::Sigmoid => A::sigmoid(v),
            Self::Tanh => A::tanh(v),
            Self::LeakyRelu(slope) => A::either(A::greater(v, 0.0), || v, || A::mul(v, slope)),
        }
    }
}

/// Words `stride` bytes apart.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    /// The bytes from the first word on.
    pub bytes: &'a [u8],
    /// Bytes from one word to the next.
    pub stride: usize,
}

impl Words<'_> {
    /// Word `index`, or zero where the bytes do not hold it.
    #[inline]
    pub fn word(&self, index: usize) -> Word {
        let start = index.wrapping_mul(self.stride);
        let bytes = self.bytes.get(start..).and_then(|rest| rest.first_chunk());
        bytes.copied().unwrap_or_default()
    }
}

/// What follows the sums of a row of outputs: `activation(sum + bias + residual)`, or a product with a gate.
#[derive(Clone, Copy, Debug, Default)]
pub struct Epilogue<'a> {
    /// Added to every sum first, one word per column.
    pub bias: Option<Words<'a>>,
    /// Added then, one word per column.
    pub residual: Option<Words<'a>>,
    /// Applied last, or to the gate.
    pub activation: Activation,
    /// Whether panels come in pairs of a gate and what it opens: `out = activation(gate)·up`, without bias and residual.
    pub gate: bool,
}

impl Epilogue<'_> {
    /// Fills `y`, the columns of panel `index`, from the sums that `panel` gives of a panel of weights and its columns in use.
    #[inline(always)]
    pub(crate) fn panel<A: Arithmetic>(
        &self,
        index: usize,
        y: &mut [Word],
        panel: impl Fn(usize, usize) -> [A::Sum; PANEL],
    ) {
        let mut values = [[0.0; PANEL]; 2];
        let count = 1 + usize::from(self.gate);
        for (part, values) in values.iter_mut().take(count).enumerate() {
            let sums = panel(index * count + part, y.len());
            for (value, sum) in values.iter_mut().zip(sums).take(y.len()) {
                *value = A::end(sum);
            }
        }
        self.finish::<A>(index, y, values);
    }

    /// Fills `y`, the columns of panel `index`, from the values of its sums, and with a gate of those that it opens.
    #[inline(always)]
    pub fn finish<A: Arithmetic>(
        &self,
        index: usize,
        y: &mut [Word],
        [values, up]: [[f32; PANEL]; 2],
    ) {
        A::outlined(|| {
            for (column, ((y, v), up)) in (index * PANEL..).zip(y.iter_mut().zip(values).zip(up)) {
                let add = |v, words: Option<Words<'_>>| {
                    words.map_or(v, |words| A::add(v, load(words.word(column))))
                };
                let v = self.activation.apply::<A>(add(add(v, self.bias), self.residual));
                *y = store(if self.gate { A::mul(v, up) } else { v });
            }
        });
    }
}
