//! Layer normalisation and RMS normalisation of a row.

use crate::{
    Strided, StridedMut,
    dispatch::dispatch,
    float::Arithmetic,
    reduce::{self, LANES, accumulate, fold},
    strided::{STRIP, strips},
};

/// How a row is normalised.
#[derive(Clone, Copy, Debug)]
pub struct Norm<'a> {
    /// Whether the mean is taken away: layer normalisation; else RMS.
    pub centred: bool,
    /// Added to the mean of the squares.
    pub epsilon: f32,
    /// Factors γ.
    pub gamma: Option<Strided<'a>>,
    /// Summands β.
    pub beta: Option<Strided<'a>>,
}

dispatch! {
    /// Normalises `length` elements, in the fastest arithmetic of this processor.
    pub fn norm(norm: Norm<'_>, x: Strided<'_>, y: StridedMut<'_>, length: usize) = norm_in;
}

/// [`norm`] in a given arithmetic.
///
/// `μ = Σx / N`, or 0; `r = 1 / √(Σ(x − μ)² / N + ε)`; `y = fma((x − μ)·r, γ, β)`. Sums have sixteen lanes. A missing γ is 1, a
/// missing β is −0, which changes nothing.
#[inline(always)]
pub fn norm_in<A: Arithmetic>(
    norm: Norm<'_>,
    x: Strided<'_>,
    mut y: StridedMut<'_>,
    length: usize,
) {
    let mean =
        if norm.centred { reduce::mean::<A>(reduce::sum::<A>(x, length), length) } else { 0.0 };
    let squares = accumulate(x, length, [0.0; LANES], |sum, x| {
        let deviation = A::sub(x, mean);
        A::fma(deviation, deviation, sum)
    });
    let variance = reduce::mean::<A>(fold(squares, A::add), length);
    let factor = A::div(1.0, A::sqrt(A::add(variance, norm.epsilon)));
    let (mut strip, mut gamma, mut beta) = ([0.0; STRIP], [1.0; STRIP], [-0.0; STRIP]);
    strips(length, |first, count| {
        let strip = strip.get_mut(..count).unwrap_or(&mut []);
        x.floats(first, strip);
        for (operand, values) in [(norm.gamma, &mut gamma), (norm.beta, &mut beta)] {
            if let Some(operand) = operand {
                operand.floats(first, values.get_mut(..count).unwrap_or(&mut []));
            }
        }
        for ((x, gamma), beta) in strip.iter_mut().zip(&gamma).zip(&beta) {
            *x = A::fma(A::mul(A::sub(*x, mean), factor), *gamma, *beta);
        }
        y.put_floats(first, strip);
    });
}
