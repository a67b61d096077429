//! The processor as a backend: whole records by vectors on all threads, parts of records tile by tile.

mod blocks;
mod float_mode;
mod pool;
mod shared;
mod split;

pub use pool::{Cpu, CpuError};

use crate::{Level, backend::Backend, dense, regions::Regions};
use opml_tensor::{Operation, execute};
use std::ops::Range;

/// Words of packed activations: a few hundred rows of a large layer, and little enough for the last cache.
const PACKED: usize = 1 << 20;

/// The native kernels on the threads of a [`Cpu`].
#[derive(Debug)]
pub(crate) struct Native {
    cpu: Cpu,
    /// Activations in the form in which a kernel reads them; only ever as long as one operation runs.
    packed: Vec<u32>,
}

impl Native {
    pub(crate) fn new(cpu: Cpu) -> Self {
        // Zeroes from the system, which gives memory only where they are written over.
        Self { cpu, packed: vec![0; PACKED] }
    }
}

impl Backend for Native {
    fn execute(&mut self, data: &mut Regions, operation: &Operation, tiles: Range<u64>) {
        let whole = tiles == (0..operation.tiles());
        let Self { cpu, packed } = self;
        let done = match operation {
            _ if !whole || cpu.level() == Level::Portable => false,
            Operation::Product(product) => blocks::execute(cpu, packed, data, product),
            Operation::Dense(dense) => {
                dense::execute(data, dense);
                true
            }
            _ => false,
        };
        if !done {
            execute(data, operation, tiles);
        }
    }
}
