//! The greatest or least elements of a row, in order.

use crate::{
    Strided, StridedMut,
    reduce::keys,
    strided::{STRIP, strips},
};

/// Most elements that are selected.
pub const MAX_TOP: usize = 1024;

/// Writes the indices of the `count` greatest of `length` elements (of the least, unless `largest`), best first; of equal elements the
/// one with the lower index is better. NaNs are worse than everything else. At most [`MAX_TOP`] indices.
///
/// Elements have at most 32 bits. `count` is at most `length`.
pub fn top(x: Strided<'_>, length: usize, largest: bool, mut y: StridedMut<'_>, count: usize) {
    let mut places = [i64::MAX; MAX_TOP];
    let Some(heap) = places.get_mut(..count) else { return };
    let sign = if largest { 1 } else { -1 };
    let mut strip = [0; STRIP];
    let mut index = 0u32;
    strips(length, |first, count| {
        let strip = strip.get_mut(..count).unwrap_or(&mut []);
        keys(x, first, sign, strip);
        for key in strip.iter() {
            // Greater keys first, then lower indices: one number, which no two elements share. Keys have 33 bits.
            let place = key.wrapping_shl(31) | i64::from(!index & 0x7fff_ffff);
            if (index as usize) < heap.len() {
                if let Some(slot) = heap.get_mut(index as usize) {
                    *slot = place;
                }
                if index as usize + 1 == heap.len() {
                    heapify(heap);
                }
            } else if let Some(worst) = heap.first_mut()
                && place > *worst
            {
                *worst = place;
                sink(heap, 0);
            }
            index = index.wrapping_add(1);
        }
    });
    sort(heap);
    for (at, place) in heap.iter().enumerate() {
        y.put_integer(at, !place & 0x7fff_ffff);
    }
}

/// Makes a heap of any numbers: each is at most its children, so the least is the first.
fn heapify(heap: &mut [i64]) {
    for root in (0..heap.len() / 2).rev() {
        sink(heap, root);
    }
}

/// Moves the number at `hole` down until it is at most its children.
fn sink(heap: &mut [i64], mut hole: usize) {
    let Some(value) = heap.get(hole).copied() else { return };
    loop {
        let left = hole.wrapping_mul(2).wrapping_add(1);
        let Some(mut least) = heap.get(left).copied() else { break };
        let mut child = left;
        if let Some(right) = heap.get(left.wrapping_add(1))
            && *right < least
        {
            least = *right;
            child = left.wrapping_add(1);
        }
        if least >= value {
            break;
        }
        if let Some(slot) = heap.get_mut(hole) {
            *slot = least;
        }
        hole = child;
    }
    if let Some(slot) = heap.get_mut(hole) {
        *slot = value;
    }
}

/// Sorts a heap, greatest first.
fn sort(heap: &mut [i64]) {
    for end in (1..heap.len()).rev() {
        heap.swap(0, end);
        sink(heap.get_mut(..end).unwrap_or(&mut []), 0);
    }
}
