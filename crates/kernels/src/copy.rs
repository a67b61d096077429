//! Movement of elements.

use crate::{Element, Strided, StridedMut};

/// `y[i] = x[i]`, bytes for bytes, for `length` elements; `x` is read as elements of the size of those of `y`.
pub fn copy(x: Strided<'_>, y: StridedMut<'_>, length: usize) {
    match y.element.size() {
        1 => elements::<1>(x, y, length),
        2 => elements::<2>(x, y, length),
        4 => elements::<4>(x, y, length),
        _ => elements::<8>(x, y, length),
    }
}

#[inline(always)]
fn elements<const N: usize>(x: Strided<'_>, y: StridedMut<'_>, length: usize) {
    if x.stride == N && y.stride == N {
        let bytes = length.wrapping_mul(N);
        if let (Some(x), Some(y)) = (x.bytes.get(..bytes), y.bytes.get_mut(..bytes)) {
            y.copy_from_slice(x);
        }
        return;
    }
    let (mut from, mut to) = (0usize, 0usize);
    for _ in 0..length {
        let source = x.bytes.get(from..).and_then(<[u8]>::first_chunk::<N>);
        let target = y.bytes.get_mut(to..).and_then(<[u8]>::first_chunk_mut::<N>);
        if let (Some(source), Some(target)) = (source, target) {
            *target = *source;
        }
        from = from.wrapping_add(x.stride);
        to = to.wrapping_add(y.stride);
    }
}

/// Elements of zeroes: `y[i] = 0` for `length` elements.
pub fn clear(y: StridedMut<'_>, length: usize) {
    let size = y.element.size();
    if y.stride == size {
        y.bytes.get_mut(..length.wrapping_mul(size)).unwrap_or(&mut []).fill(0);
    } else {
        copy(Strided { bytes: &[0; 8], stride: 0, element: Element::S64 }, y, length);
    }
}
