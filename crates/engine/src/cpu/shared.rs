//! Memory that threads share.

use crate::regions::Regions;
use opml_tensor::{DataHalf, Span};
use std::slice;

/// The bytes of an input, which nothing writes while an operation runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Input {
    start: *const u8,
    length: usize,
}

/// The bytes of an output, of which each thread writes others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    start: *mut u8,
    length: usize,
}

// SAFETY: the pointers come from regions that outlive the operation. What they point to is only read (inputs), or written
// through raw pointers at places that no other thread touches (outputs): that is a duty of those who write.
unsafe impl Send for Input {}
// SAFETY: as above.
unsafe impl Sync for Input {}
// SAFETY: as above.
unsafe impl Send for Output {}
// SAFETY: as above.
unsafe impl Sync for Output {}

impl Input {
    /// An input of an admitted operation; `None` where memory is missing.
    pub(crate) fn of(data: &Regions, span: Span) -> Option<Self> {
        let start = data.source(span);
        (!start.is_null()).then_some(Self { start, length: span.length as usize })
    }

    /// Pointer to the byte at `offset`, good up to the end of the input.
    pub(crate) fn at(&self, offset: usize) -> *const u8 {
        debug_assert!(offset <= self.length, "offset {offset} of {} bytes", self.length);
        self.start.wrapping_add(offset)
    }

    /// `length` bytes from `offset` on, or as many as there are.
    pub(crate) fn bytes(&self, offset: usize, length: usize) -> &[u8] {
        let offset = offset.min(self.length);
        // SAFETY: the range lies in the input, which is initialised and not written as long as the operation runs.
        unsafe { slice::from_raw_parts(self.start.add(offset), length.min(self.length - offset)) }
    }
}

impl Output {
    /// The output of an admitted operation; `None` where memory is missing.
    pub(crate) fn of(data: &mut Regions, span: Span) -> Option<Self> {
        let start = data.target(span);
        (!start.is_null()).then_some(Self { start, length: span.length as usize })
    }

    /// Writes elements from `offset` on, as many as fit.
    ///
    /// # Safety
    /// No other thread reads or writes these bytes meanwhile. Any bytes are a `T`, and it has no alignment of its own.
    #[inline(always)]
    pub(crate) unsafe fn write<T: Copy>(&self, offset: usize, elements: &[T]) {
        const { assert!(align_of::<T>() == 1, "outputs need not be aligned") };
        let offset = offset.min(self.length);
        let count = elements.len().min((self.length - offset) / size_of::<T>());
        // SAFETY: the range lies in the output, the source elsewhere; the caller promises that the bytes are this thread's.
        unsafe {
            let to = self.start.add(offset).cast::<T>();
            to.copy_from_nonoverlapping(elements.as_ptr(), count);
        }
    }

    /// As [`Self::write`], of a number of elements that is known where this is compiled.
    ///
    /// # Safety
    /// As of [`Self::write`].
    #[inline(always)]
    pub(crate) unsafe fn write_all<T: Copy, const N: usize>(
        &self,
        offset: usize,
        elements: &[T; N],
    ) {
        const { assert!(align_of::<T>() == 1, "outputs need not be aligned") };
        if self.length.saturating_sub(offset) < size_of::<[T; N]>() {
            // SAFETY: the caller's promise.
            return unsafe { self.write(offset, elements) };
        }
        // SAFETY: the range lies in the output; the caller promises that the bytes are this thread's.
        unsafe { self.start.add(offset).cast::<[T; N]>().write(*elements) };
    }

    /// The words from `offset` on; zeroes where not all of them are in the output.
    ///
    /// # Safety
    /// No other thread writes these bytes meanwhile.
    #[inline(always)]
    pub(crate) const unsafe fn words<const N: usize>(&self, offset: usize) -> [[u8; 4]; N] {
        if self.length.saturating_sub(offset) < 4 * N {
            return [[0; 4]; N];
        }
        // SAFETY: the words lie in the output; the caller promises that nobody writes them.
        unsafe { self.start.add(offset).cast::<[[u8; 4]; N]>().read() }
    }
}
