//! Access to the data half, on a machine that addresses it directly and on a host that maps regions of it.
//!
//! All unsafe code of this crate is here.

use core::slice;

use crate::Span;

const _: () =
    assert!(size_of::<usize>() == size_of::<u64>(), "spans of 2^42 bytes need 64-bit pointers");

/// The data half of the memory.
///
/// # Safety
/// For every span the two methods return null, or a pointer to its first byte with which all its bytes can be read (and, from
/// [`Self::target`], written) for as long as the implementer is borrowed, whatever other pointers it hands out meanwhile.
/// Disjoint spans are disjoint memory. Every byte is initialised.
///
/// Correctness, beyond safety: no null for the control block, the output up to the model's bound, the header, the program, and
/// the regions of protocol §4. There, a null would be a refusal that the guest does not know.
pub unsafe trait DataHalf {
    /// Pointer for reading.
    fn source(&self, span: Span) -> *const u8;
    /// Pointer for reading and writing.
    fn target(&mut self, span: Span) -> *mut u8;
}

/// The bytes of some inputs and of an output, at once; `None` where an input overlaps the output or memory is missing.
pub fn borrow<const N: usize, D: DataHalf + ?Sized>(
    data: &mut D,
    inputs: [Span; N],
    output: Span,
) -> Option<([&[u8]; N], &mut [u8])> {
    let (sources, target) = borrow_some(data, inputs.map(Some), output)?;
    Some((sources.map(|bytes| bytes.unwrap_or(&[])), target))
}

/// The bytes of inputs, where there are inputs, and those of the output.
pub type Borrowed<'a, const N: usize> = ([Option<&'a [u8]>; N], &'a mut [u8]);

/// As [`borrow`], of those inputs that there are.
pub fn borrow_some<const N: usize, D: DataHalf + ?Sized>(
    data: &mut D,
    inputs: [Option<Span>; N],
    output: Span,
) -> Option<Borrowed<'_, N>> {
    if inputs.iter().flatten().any(|input| input.overlaps(&output)) {
        return None;
    }
    let target = data.target(output);
    if target.is_null() {
        return None;
    }
    let mut sources: [Option<&[u8]>; N] = [None; N];
    for (bytes, span) in sources.iter_mut().zip(inputs) {
        let Some(span) = span else { continue };
        let source = data.source(span);
        if source.is_null() {
            return None;
        }
        // SAFETY: the implementer's promise; nothing writes these bytes while `data` is borrowed, because the only target is
        // disjoint from them.
        *bytes = Some(unsafe { slice::from_raw_parts(source, span.length as usize) });
    }
    // SAFETY: the implementer's promise; `data` is borrowed exclusively and the sources are disjoint from the target.
    let target = unsafe { slice::from_raw_parts_mut(target, output.length as usize) };
    Some((sources, target))
}

/// The bytes of a span; `None` where memory is missing.
pub fn view<D: DataHalf + ?Sized>(data: &D, span: Span) -> Option<&[u8]> {
    let source = data.source(span);
    if source.is_null() {
        return None;
    }
    // SAFETY: the implementer's promise; nothing writes while `data` is borrowed for reading.
    Some(unsafe { slice::from_raw_parts(source, span.length as usize) })
}

/// The `N` bytes at `address`; zeroes where memory is missing.
pub(crate) fn load<const N: usize, D: DataHalf + ?Sized>(data: &D, address: u64) -> [u8; N] {
    let bytes = view(data, Span { start: address, length: N as u64 });
    bytes.and_then(<[u8]>::first_chunk).copied().unwrap_or([0; N])
}

/// Writes `bytes` at `address`; nothing where memory is missing.
pub(crate) fn store<D: DataHalf + ?Sized>(data: &mut D, address: u64, bytes: &[u8]) {
    let span = Span { start: address, length: bytes.len() as u64 };
    if let Some(([], target)) = borrow(data, [], span) {
        target.copy_from_slice(bytes);
    }
}

/// Clears a span; nothing where memory is missing.
pub(crate) fn clear<D: DataHalf + ?Sized>(data: &mut D, span: Span) {
    if let Some(([], target)) = borrow(data, [], span) {
        target.fill(0);
    }
}

/// The same bytes as s8 values.
pub const fn signed(bytes: &[u8]) -> &[i8] {
    // SAFETY: u8 and i8 have the same size, alignment and valid values.
    unsafe { slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len()) }
}

/// The same bytes as s8 values.
pub const fn signed_mut(bytes: &mut [u8]) -> &mut [i8] {
    // SAFETY: u8 and i8 have the same size, alignment and valid values.
    unsafe { slice::from_raw_parts_mut(bytes.as_mut_ptr().cast(), bytes.len()) }
}
