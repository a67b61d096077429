//! Functions of single elements: arithmetic, comparisons, selection, activations.

mod float;
mod function;
mod integer;
mod remainder;

pub use function::{Domain, Function};

use crate::{
    dispatch::dispatch,
    float::Arithmetic,
    strided::{STRIP, Strided, StridedMut, strips},
};

dispatch! {
    /// `y[i] = function(x[0][i], x[1][i], x[2][i])` for `length` elements, in the fastest arithmetic of this processor.
    ///
    /// An operand that is missing is `y` itself: its elements are read before they are written. Immediates are the bits of f32
    /// values, of an integer function a signed word.
    pub fn elementwise(
        function: Function, imm: [u32; 3], x: [Option<Strided<'_>>; 3], y: StridedMut<'_>, length: usize
    ) = elementwise_in;
}

/// [`elementwise`] in a given arithmetic.
#[inline(always)]
pub fn elementwise_in<A: Arithmetic>(
    function: Function,
    imm: [u32; 3],
    x: [Option<Strided<'_>>; 3],
    y: StridedMut<'_>,
    length: usize,
) {
    let [a, ..] = x;
    let element = a.map_or(y.element, |a| a.element);
    if element.is_float() && function != Function::Select {
        floats::<A>(function, imm.map(f32::from_bits), x, y, length);
    } else {
        integers(function, imm, x, y, length);
    }
}

/// Float operands, with float or truth values as results.
#[inline(always)]
fn floats<A: Arithmetic>(
    function: Function,
    imm: [f32; 3],
    x: [Option<Strided<'_>>; 3],
    mut y: StridedMut<'_>,
    length: usize,
) {
    let mut operands = [[0.0; STRIP]; 3];
    strips(length, |first, count| {
        for (x, values) in x.iter().zip(&mut operands).take(function.arity()) {
            let values = values.get_mut(..count).unwrap_or(&mut []);
            x.unwrap_or_else(|| y.as_ref()).floats(first, values);
        }
        let [a, b, c] = &mut operands;
        let a = a.get_mut(..count).unwrap_or(&mut []);
        if function.is_test() {
            float::test::<A>(function, a, b);
            y.put_truths(first, a);
        } else {
            float::apply::<A>(function, imm, a, b, c);
            y.put_floats(first, a);
        }
    });
}

/// Integer operands, and selection whatever the elements are.
#[inline(always)]
fn integers(
    function: Function,
    [immediate, ..]: [u32; 3],
    x: [Option<Strided<'_>>; 3],
    mut y: StridedMut<'_>,
    length: usize,
) {
    let mut operands = [[0; STRIP]; 3];
    strips(length, |first, count| {
        for (x, values) in x.iter().zip(&mut operands).take(function.arity()) {
            let values = values.get_mut(..count).unwrap_or(&mut []);
            x.unwrap_or_else(|| y.as_ref()).integers(first, values);
        }
        let [a, b, c] = &mut operands;
        let a = a.get_mut(..count).unwrap_or(&mut []);
        integer::apply(function, i64::from(immediate as i32), a, b, c);
        y.put_integers(first, a);
    });
}

/// `a[i] = f(a[i])`.
#[inline(always)]
fn unary<T: Copy>(a: &mut [T], f: impl Fn(T) -> T) {
    for a in a {
        *a = f(*a);
    }
}

/// `a[i] = f(a[i], b[i])`.
#[inline(always)]
fn binary<T: Copy>(a: &mut [T], b: &[T], f: impl Fn(T, T) -> T) {
    for (a, b) in a.iter_mut().zip(b) {
        *a = f(*a, *b);
    }
}

/// `a[i] = f(a[i], b[i], c[i])`.
#[inline(always)]
fn ternary<T: Copy>(a: &mut [T], b: &[T], c: &[T], f: impl Fn(T, T, T) -> T) {
    for ((a, b), c) in a.iter_mut().zip(b).zip(c) {
        *a = f(*a, *b, *c);
    }
}
