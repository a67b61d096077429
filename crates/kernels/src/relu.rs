//! Rectification of s8 values.

/// `x` if `x > zero_point`, else `zero_point`.
#[inline]
pub const fn relu_value(x: i8, zero_point: i8) -> i8 {
    if x > zero_point { x } else { zero_point }
}

/// `y[i] = relu_value(x[i], zero_point)` over the common prefix.
pub fn relu(x: &[i8], zero_point: i8, y: &mut [i8]) {
    for (x, y) in x.iter().zip(y) {
        *y = relu_value(*x, zero_point);
    }
}

/// [`relu`] with `x` and `y` the same elements.
pub fn relu_in_place(y: &mut [i8], zero_point: i8) {
    for y in y {
        *y = relu_value(*y, zero_point);
    }
}
