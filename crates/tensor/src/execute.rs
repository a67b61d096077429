//! Executes tiles with the scalar kernels: the definition of every operator's memory accesses.

use core::ops::Range;

use opml_kernels::{
    PANEL, Panel, Panels, Q8_BLOCK, Table, argmax, copy, dense_row, q8_0_row, quantise, relu,
    relu_in_place, relu_value, softmax,
};

use crate::{
    Blocks, DataHalf, Dense, Map, MapKind, Operation, RowKind, Rows, Tile,
    memory::{borrow, signed, signed_mut},
};

/// Executes the given tiles of an admitted operation, one by one. Control flow has no tensor data: it does nothing here.
pub fn execute<D: DataHalf + ?Sized>(data: &mut D, operation: &Operation, tiles: Range<u64>) {
    for index in tiles {
        match operation {
            Operation::Control(_) => {}
            Operation::Dense(operation) => dense(data, operation, operation.grid.tile(index)),
            Operation::Map(operation) => map(data, operation, operation.grid.tile(index)),
            Operation::Blocks(operation) => blocks(data, operation, operation.grid.tile(index)),
            Operation::Rows(operation) => rows(data, operation, operation.grid.tile(index)),
        }
    }
}

fn dense<D: DataHalf + ?Sized>(data: &mut D, dense: &Dense, tile: Tile) {
    let Some(([x, weights, table], out)) =
        borrow(data, [dense.x, dense.weights, dense.table], dense.out)
    else {
        return;
    };
    let first = tile.columns.start;
    let panel = Panel {
        bytes: signed(part(weights, first * dense.weight_stride, u64::MAX)),
        stride: dense.weight_stride as usize,
        length: dense.inner as usize,
    };
    let table = Table {
        bytes: part(table, first * dense.table_stride, u64::MAX),
        stride: dense.table_stride as usize,
    };
    for row in tile.rows {
        let x = part(x, row * dense.x_stride, dense.inner);
        let y = part_mut(out, row * dense.out_stride + first, tile.columns.end - first);
        dense_row(signed(x), panel, table, dense.output, signed_mut(y));
    }
}

fn map<D: DataHalf + ?Sized>(data: &mut D, map: &Map, tile: Tile) {
    // Admission lets only equal or disjoint operands through; equal ones are worked on in place.
    let borrowed = if map.source == map.target {
        borrow(data, [], map.target).map(|([], target)| (None, target))
    } else {
        borrow(data, [map.source], map.target).map(|([source], target)| (Some(source), target))
    };
    let Some((source, target)) = borrowed else { return };
    let columns = tile.columns.end - tile.columns.start;
    let [.., from_step] = map.source_stride;
    let [.., to_step] = map.target_stride;
    for row in tile.rows {
        let from = offset(map.source_stride, map.middle, row, tile.columns.start);
        let to = offset(map.target_stride, map.middle, row, tile.columns.start);
        if map.is_contiguous() {
            let y = part_mut(target, to, columns);
            map_row(map.kind, source.map(|source| part(source, from, columns)), y);
            continue;
        }
        let walk = Walk { from, from_step, to, to_step, columns };
        match map.kind {
            MapKind::Relu(zero) => walk.apply(source, target, |x| relu_value(x as i8, zero) as u8),
            MapKind::Copy => walk.apply(source, target, |x| x),
        }
    }
}

fn map_row(kind: MapKind, source: Option<&[u8]>, target: &mut [u8]) {
    match (kind, source) {
        (MapKind::Relu(zero), Some(x)) => relu(signed(x), zero, signed_mut(target)),
        (MapKind::Relu(zero), None) => relu_in_place(signed_mut(target), zero),
        (MapKind::Copy, Some(x)) => copy(x, target),
        (MapKind::Copy, None) => {}
    }
}

/// Columns that are not side by side.
struct Walk {
    from: u64,
    from_step: u64,
    to: u64,
    to_step: u64,
    columns: u64,
}

impl Walk {
    /// Writes `f` of every source element, or of the target's own where there is no source.
    fn apply(self, source: Option<&[u8]>, target: &mut [u8], f: impl Fn(u8) -> u8) {
        let (mut from, mut to) = (self.from as usize, self.to as usize);
        for _ in 0..self.columns {
            let x =
                source.map_or_else(|| target.get(to).copied(), |source| source.get(from).copied());
            if let (Some(x), Some(y)) = (x, target.get_mut(to)) {
                *y = f(x);
            }
            from = from.wrapping_add(self.from_step as usize);
            to = to.wrapping_add(self.to_step as usize);
        }
    }
}

fn rows<D: DataHalf + ?Sized>(data: &mut D, rows: &Rows, tile: Tile) {
    let Some(([source], target)) = borrow(data, [rows.source], rows.target) else { return };
    for row in tile.rows {
        let x = part(source, row * rows.source_stride, rows.source_row());
        let y = part_mut(target, row * rows.target_stride, rows.target_row());
        match rows.kind {
            RowKind::Argmax => copy(&argmax(signed(x)).to_le_bytes(), y),
            RowKind::Softmax => softmax(chunks(x), chunks_mut(y)),
            RowKind::Quantise => quantise(chunks(chunks(x)), chunks_mut(y)),
        }
    }
}

fn blocks<D: DataHalf + ?Sized>(data: &mut D, blocks: &Blocks, tile: Tile) {
    let Some(([x, weights], out)) = borrow(data, [blocks.x, blocks.weights], blocks.out) else {
        return;
    };
    let Range { start: first, end } = tile.columns;
    // Admission has made the first column that of a panel.
    let panels = Panels {
        bytes: part(weights, first / PANEL as u64 * blocks.weight_stride, u64::MAX),
        stride: blocks.weight_stride as usize,
        blocks: blocks.inner as usize,
    };
    for row in tile.rows {
        let x = part(x, row * blocks.x_stride, blocks.inner * Q8_BLOCK as u64);
        let y = part_mut(out, row * blocks.out_stride + 4 * first, 4 * (end - first));
        q8_0_row(chunks(x), panels, chunks_mut(y));
    }
}

/// Offset of an element of a three-dimensional operand whose two outer dimensions are counted as one.
const fn offset(stride: [u64; 3], middle: u64, row: u64, column: u64) -> u64 {
    let [outer, inner, step] = stride;
    row / middle * outer + row % middle * inner + column * step
}

/// `length` bytes from `start` on, or as many as there are.
fn part(bytes: &[u8], start: u64, length: u64) -> &[u8] {
    let rest = bytes.get(start as usize..).unwrap_or(&[]);
    rest.get(..length as usize).unwrap_or(rest)
}

/// `length` bytes from `start` on, or none if they are not all there.
fn part_mut(bytes: &mut [u8], start: u64, length: u64) -> &mut [u8] {
    let end = start.saturating_add(length);
    bytes.get_mut(start as usize..end as usize).unwrap_or(&mut [])
}

/// The whole chunks of a slice.
const fn chunks<T, const N: usize>(elements: &[T]) -> &[[T; N]] {
    elements.as_chunks().0
}

/// The whole chunks of a slice.
const fn chunks_mut<T, const N: usize>(elements: &mut [T]) -> &mut [[T; N]] {
    elements.as_chunks_mut().0
}
