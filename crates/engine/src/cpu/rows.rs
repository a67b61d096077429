//! Operators whose outputs are many rows, or one long row: each thread computes a part, an operation of its own, by the scalar kernels.
//!
//! A part is the operation with its operands moved and its sizes cut, so what is computed is said in one place, `opml_tensor`.
//! Parts are only made where their outputs lie apart, one behind the other.

mod part;

use super::{Cpu, split::Area};
use crate::regions::{Regions, View};
use opml_tensor::{Operation, execute};
use part::Cut;
use std::ops::Range;

/// Elements that are worth a thread's attention.
const WORTH: usize = 1 << 12;
/// Parts per thread: enough to even out threads that are held up.
const PER_THREAD: usize = 4;

/// Executes tiles on all threads; `None`, and nothing done, where that makes no sense or cannot be.
pub(super) fn execute_shared(
    cpu: &Cpu,
    data: &mut Regions,
    operation: &Operation,
    tiles: Range<u64>,
) -> Option<()> {
    match operation {
        Operation::Map(map) => share(cpu, data, map, tiles),
        Operation::Reduce(reduce) => share(cpu, data, reduce, tiles),
        Operation::Softmax(softmax) => share(cpu, data, softmax, tiles),
        Operation::Quant(quant) => share(cpu, data, quant, tiles),
        Operation::Norm(norm) => share(cpu, data, norm, tiles),
        Operation::Gather(gather) => share(cpu, data, gather, tiles),
        Operation::Top(top) => share(cpu, data, top, tiles),
        Operation::Rope(rope) => share(cpu, data, rope, tiles),
        Operation::Merge(merge) => share(cpu, data, merge, tiles),
        Operation::Sample(sample) => share(cpu, data, sample, tiles),
        _ => None,
    }
}

fn share<C: Cut>(cpu: &Cpu, data: &mut Regions, whole: &C, tiles: Range<u64>) -> Option<()> {
    let wanted = |area: &Area| {
        let elements = whole.elements().saturating_mul(area.rows.len() * area.columns.len());
        (elements / WORTH).min(cpu.threads() * PER_THREAD)
    };
    // Nothing may be executed twice: a function may work in place.
    let mut parts = 0;
    for area in Area::of(whole.grid(), tiles.clone()) {
        parts += Pieces::of(whole, &area, wanted(&area))?.count();
    }
    if parts < 2 {
        return None;
    }
    for area in Area::of(whole.grid(), tiles) {
        let pieces = Pieces::of(whole, &area, wanted(&area))?;
        let data = &*data;
        cpu.each(pieces.count(), |index| {
            let (rows, columns) = pieces.piece(&area, index);
            let operation = whole.part(rows, columns);
            // SAFETY: the parts of an operation read no output but their own, and their outputs lie apart.
            let mut view = unsafe { View::new(data) };
            execute(&mut view, &operation, 0..operation.tiles());
        });
    }
    Some(())
}

/// How an area is cut: into rows, or a single row into columns.
#[derive(Clone, Copy, Debug)]
enum Pieces {
    OfRows { size: usize, count: usize },
    OfColumns { size: usize, count: usize },
}

impl Pieces {
    /// As many as are wanted, about; `None` where the area cannot be cut as it should.
    fn of<C: Cut>(whole: &C, area: &Area, wanted: usize) -> Option<Self> {
        let Area { rows, columns } = area;
        let size = |length: usize, unit: usize| {
            let size = length.div_ceil(wanted.max(1)).next_multiple_of(unit);
            (size, length.div_ceil(size))
        };
        if rows.len() == 1 {
            let (size, count) = size(columns.len(), 1);
            return Some(Self::OfColumns { size, count });
        }
        let unit = whole.unit(columns.len() as u64)? as usize;
        let is_whole = rows.start.is_multiple_of(unit) && rows.end.is_multiple_of(unit);
        let (size, count) = size(rows.len(), unit);
        is_whole.then_some(Self::OfRows { size, count })
    }

    const fn count(self) -> usize {
        match self {
            Self::OfRows { count, .. } | Self::OfColumns { count, .. } => count,
        }
    }

    /// Rows and columns of piece `index`.
    fn piece(self, area: &Area, index: usize) -> (Range<u64>, Range<u64>) {
        let all = |range: &Range<usize>| range.start as u64..range.end as u64;
        let part = |range: &Range<usize>, size: usize| {
            let start = range.start + index * size;
            start as u64..range.end.min(start + size) as u64
        };
        match self {
            Self::OfRows { size, .. } => (part(&area.rows, size), all(&area.columns)),
            Self::OfColumns { size, .. } => (all(&area.rows), part(&area.columns, size)),
        }
    }
}
