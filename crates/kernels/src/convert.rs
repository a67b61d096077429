//! Conversion of elements from one type to another.

use crate::{
    Element, Strided, StridedMut,
    dispatch::dispatch,
    float::{Arithmetic, to_i64},
    strided::{STRIP, strips},
};

dispatch! {
    /// `y[i] = x[i]` in the type of `y`, for `length` elements, in the fastest arithmetic of this processor.
    pub fn convert(x: Strided<'_>, y: StridedMut<'_>, length: usize) = convert_in;
}

/// [`convert`] in a given arithmetic.
///
/// Between integers the low bits; from float to integer the integer part, saturated, 0 for a NaN; from integer to float, and
/// between floats, the nearest value, ties to even. A bool is whether the value is not zero; a NaN is not.
#[inline(always)]
pub fn convert_in<A: Arithmetic>(x: Strided<'_>, mut y: StridedMut<'_>, length: usize) {
    let (mut integers, mut floats) = ([0; STRIP], [0.0; STRIP]);
    strips(length, |first, count| {
        let integers = integers.get_mut(..count).unwrap_or(&mut []);
        let floats = floats.get_mut(..count).unwrap_or(&mut []);
        match (x.element.is_float(), y.element.is_float()) {
            (true, true) => {
                x.floats(first, floats);
                y.put_floats(first, floats);
            }
            (true, false) => {
                x.floats(first, floats);
                for (integer, float) in integers.iter_mut().zip(floats.iter()) {
                    *integer = match y.element {
                        Element::Bool => i64::from(float.to_bits() << 1 != 0),
                        element => element.saturate(to_i64(*float)),
                    };
                }
                y.put_integers(first, integers);
            }
            (false, true) => {
                x.integers(first, integers);
                for (float, integer) in floats.iter_mut().zip(integers.iter()) {
                    *float = A::from_i64(*integer);
                }
                y.put_floats(first, floats);
            }
            (false, false) => {
                x.integers(first, integers);
                if y.element == Element::Bool {
                    for integer in integers.iter_mut() {
                        *integer = i64::from(*integer != 0);
                    }
                }
                y.put_integers(first, integers);
            }
        }
    });
}
