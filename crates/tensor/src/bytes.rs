//! Parts of operands. Admission has checked every range; what is not there all the same is empty, never a panic.

/// `length` bytes from `start` on, or as many as there are.
pub(crate) fn part(bytes: &[u8], start: u64, length: u64) -> &[u8] {
    let rest = bytes.get(start as usize..).unwrap_or(&[]);
    rest.get(..length as usize).unwrap_or(rest)
}

/// `length` bytes from `start` on, or none if they are not all there.
pub(crate) fn part_mut(bytes: &mut [u8], start: u64, length: u64) -> &mut [u8] {
    let end = start.saturating_add(length);
    bytes.get_mut(start as usize..end as usize).unwrap_or(&mut [])
}

/// The whole chunks of a slice.
pub(crate) const fn chunks<T, const N: usize>(elements: &[T]) -> &[[T; N]] {
    elements.as_chunks().0
}

/// The whole chunks of a slice.
pub(crate) const fn chunks_mut<T, const N: usize>(elements: &mut [T]) -> &mut [[T; N]] {
    elements.as_chunks_mut().0
}
