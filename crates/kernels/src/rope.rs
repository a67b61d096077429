//! Rotary position embedding of one head.

use crate::{
    dispatch::dispatch,
    float::{Arithmetic, Word, load, store},
};

/// Which elements of a head are rotated together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairing {
    /// Elements 2i and 2i + 1.
    Adjacent,
    /// Elements i and i + d/2.
    Halves,
}

dispatch! {
    /// Rotates a head of `2·angles.len()` elements in place by the angles' (cos, sin), in the fastest arithmetic of this processor.
    pub fn rotate(head: &mut [Word], angles: &[[Word; 2]], pairing: Pairing) = rotate_in;
}

/// [`rotate`] in a given arithmetic.
///
/// `a' = fma(a, cos, −(b·sin))`, `b' = fma(a, sin, b·cos)`: the products with b are rounded first.
#[inline(always)]
pub fn rotate_in<A: Arithmetic>(head: &mut [Word], angles: &[[Word; 2]], pairing: Pairing) {
    match pairing {
        Pairing::Adjacent => {
            for ([a, b], angle) in head.as_chunks_mut().0.iter_mut().zip(angles) {
                turn::<A>(a, b, angle);
            }
        }
        Pairing::Halves => {
            let (low, high) = head.split_at_mut(head.len() / 2);
            for ((a, b), angle) in low.iter_mut().zip(high).zip(angles) {
                turn::<A>(a, b, angle);
            }
        }
    }
}

#[inline(always)]
fn turn<A: Arithmetic>(a: &mut Word, b: &mut Word, [cos, sin]: &[Word; 2]) {
    let (x, y, cos, sin) = (load(*a), load(*b), load(*cos), load(*sin));
    let negative = f32::from_bits(A::mul(y, sin).to_bits() ^ 1 << 31);
    *a = store(A::fma(x, cos, negative));
    *b = store(A::fma(x, sin, A::mul(y, cos)));
}
