//! How a run executes records.

use crate::{backend::Backend, dirty::Dirty, regions::Regions};
use opml_tensor::{Kernels, Operation};
use std::ops::Range;

/// A backend, and the notes of what it writes.
#[derive(Debug)]
pub(crate) struct Tracked<'a> {
    pub(crate) dirty: &'a mut Dirty,
    pub(crate) backend: &'a mut dyn Backend,
}

impl Kernels<Regions> for Tracked<'_> {
    fn execute(&mut self, data: &mut Regions, operation: &Operation, tiles: Range<u64>) {
        if let Some(span) = operation.target() {
            self.dirty.mark(span);
        }
        self.backend.execute(data, operation, tiles);
    }
}
