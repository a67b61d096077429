//! The data half as the guest sees it: ordinary memory at its own addresses.

use core::ptr;

use opml_tensor::{DataHalf, Span};

/// The whole data half. `guest_main` makes the only one there is.
#[derive(Debug)]
pub(crate) struct GuestMemory;

// SAFETY: on the FPVM every address of [2^43, 2^44) is readable and writable memory that starts out
// initialised and that nothing else in this program uses: code, constants and stack lie below 2^25.
// Spans are those of admitted operands and of the machine's own blocks, all inside that range.
unsafe impl DataHalf for GuestMemory {
    fn source(&self, span: Span) -> *const u8 {
        ptr::with_exposed_provenance(span.start as usize)
    }

    fn target(&mut self, span: Span) -> *mut u8 {
        ptr::with_exposed_provenance_mut(span.start as usize)
    }
}
