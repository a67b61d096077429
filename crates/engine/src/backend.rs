//! Where tiles are executed.

use crate::regions::Regions;
use opml_tensor::{Operation, execute};
use std::{fmt, ops::Range};

/// A device that executes tiles of admitted operations.
///
/// Control flow, admission and roots are not its business: they stay with the processor, which sees what a backend has written
/// once [`Self::settle`] has returned. A backend is free in the order of tiles, which commute (docs/tensor.md), and in nothing
/// else: it leaves the bytes that [`execute`] leaves.
pub(crate) trait Backend: fmt::Debug + Send {
    /// Executes some tiles of an operation that is not control flow.
    fn execute(&mut self, data: &mut Regions, operation: &Operation, tiles: Range<u64>);

    /// Brings everything executed so far into `data`. A backend that works there has nothing to do.
    fn settle(&mut self, _data: &mut Regions) {}
}

/// The scalar kernels, tile by tile: the definition.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scalar;

impl Backend for Scalar {
    fn execute(&mut self, data: &mut Regions, operation: &Operation, tiles: Range<u64>) {
        execute(data, operation, tiles);
    }
}
