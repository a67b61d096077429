//! The processor as a backend: contractions and attention by vectors on all threads, rows by the scalar kernels on all threads, and what is
//! left by the scalar kernels.

mod attention;
mod conv;
mod dense;
mod depthwise;
mod finish;
mod float_mode;
mod pool;
mod product;
mod requantise;
mod rows;
mod shared;
mod split;
mod strided;

pub use pool::{Cpu, CpuError};

use crate::{Level, backend::Backend, regions::Regions};
use opml_tensor::{Grid, Operation, execute};
use split::Area;
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
        let Self { cpu, packed } = self;
        // From a line of the cache on: what lies in one is read at once.
        let skipped = packed.as_ptr().align_offset(64).min(packed.len());
        let packed = &mut packed[skipped..];
        let each = |grid: &Grid, work: &mut dyn FnMut(&Area) -> Option<()>| {
            Area::of(grid, tiles.clone()).try_for_each(|area| work(&area))
        };
        let done = match operation {
            _ if cpu.level() == Level::Portable => None,
            Operation::Conv(conv) => {
                each(&conv.grid, &mut |area| conv::execute(cpu, packed, data, conv, area))
            }
            Operation::Dense(dense) => {
                each(&dense.grid, &mut |area| dense::execute(cpu, packed, data, dense, area))
            }
            Operation::Depthwise(depthwise) => {
                each(&depthwise.grid, &mut |area| depthwise::execute(cpu, data, depthwise, area))
            }
            Operation::Product(product) => {
                each(&product.grid, &mut |area| product::execute(cpu, packed, data, product, area))
            }
            Operation::Attention(attention) => {
                each(&attention.grid, &mut |area| attention::execute(cpu, data, attention, area))
            }
            Operation::Strided(strided) => {
                each(&strided.grid, &mut |area| strided::execute(cpu, packed, data, strided, area))
            }
            _ => rows::execute_shared(cpu, data, operation, tiles.clone()),
        };
        // Tiles that were executed before one was found to have no fast way are executed again, to the same bytes.
        if done.is_none() {
            execute(data, operation, tiles);
        }
    }
}
