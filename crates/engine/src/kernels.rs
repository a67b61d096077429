//! How the engine executes records.

use crate::{dense, dirty::Dirty, regions::Regions};
use opml_tensor::{Kernels, Operation, execute};
use std::ops::Range;

/// Whole records by the fast kernels, parts of records tile by tile by the scalar ones; notes what was written.
#[derive(Debug)]
pub(crate) struct Native<'a> {
    pub(crate) dirty: &'a mut Dirty,
    /// Everything by the scalar kernels.
    pub(crate) scalar: bool,
}

impl Kernels<Regions> for Native<'_> {
    fn execute(&mut self, data: &mut Regions, operation: &Operation, tiles: Range<u64>) {
        if let Some(span) = operation.target() {
            self.dirty.mark(span);
        }
        let fast = !self.scalar && tiles == (0..operation.tiles());
        match operation {
            Operation::Dense(dense) if fast => dense::execute(data, dense),
            _ => execute(data, operation, tiles),
        }
    }
}
