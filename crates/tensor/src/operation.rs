//! An admitted record: every register read, every address resolved, every rule checked.

use opml_kernels::{BLOCK, Output, Q8_BLOCK};

use crate::{Grid, Span};

/// What a record does, as [`crate::admit`] found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Control flow, one tile.
    Control(ControlFlow),
    /// Dense layer of s8.
    Dense(Dense),
    /// Dense layer of Q8 by Q8_0.
    Blocks(Blocks),
    /// Elementwise operator or copy.
    Map(Map),
    /// Each row by itself.
    Rows(Rows),
}

/// The effect of a CTRL record on the control block or the output, with its registers already read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ControlFlow {
    /// The run is done with an output of `length` bytes.
    Halt {
        /// Output length in bytes, within the model's bound.
        length: u64,
    },
    /// `register := value`, then the next record.
    Assign {
        /// `1..=15`.
        register: u8,
        /// New value.
        value: u64,
    },
    /// Goes on at `target`, or at the next record if there is none.
    Branch {
        /// Record to go on at, if the condition holds.
        target: Option<u64>,
    },
}

/// `out[i][j] = requantise(Σ_k x[i][k]·weights[j][k], table[j], output)`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dense {
    /// Rows M and columns N of the output.
    pub grid: Grid,
    /// Terms per output, K.
    pub inner: u64,
    /// Activations.
    pub x: Span,
    /// Bytes from one row of activations to the next.
    pub x_stride: u64,
    /// Weights, one row per output column.
    pub weights: Span,
    /// Bytes from one row of weights to the next.
    pub weight_stride: u64,
    /// Requantisation parameters, one per output column.
    pub table: Span,
    /// Bytes from one parameter set to the next.
    pub table_stride: u64,
    /// Zero point and clamp.
    pub output: Output,
    /// Output.
    pub out: Span,
    /// Bytes from one output row to the next.
    pub out_stride: u64,
}

/// What a [`Map`] does to one element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapKind {
    /// s8 rectification at a zero point.
    Relu(i8),
    /// The byte itself.
    Copy,
}

/// One byte in, one byte out, over up to three dimensions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Map {
    /// What is done.
    pub kind: MapKind,
    /// Rows `dim0·dim1`, columns `dim2`.
    pub grid: Grid,
    /// Size of the middle dimension; row `r` has the indices `r / middle` and `r % middle`.
    pub middle: u64,
    /// Input.
    pub source: Span,
    /// Byte strides of the input.
    pub source_stride: [u64; 3],
    /// Output; equal to `source`, stride by stride, or disjoint from it.
    pub target: Span,
    /// Byte strides of the output.
    pub target_stride: [u64; 3],
}

/// `out[i][j] = Σ_b x[i].d[b]·weights[j].d[b]·(Σ_k x[i].q[b][k]·weights[j].q[b][k])`, f32.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Blocks {
    /// Rows M and columns N of the output; the columns of a tile are whole panels.
    pub grid: Grid,
    /// Blocks per output, K / 32.
    pub inner: u64,
    /// Activations, rows of Q8 blocks.
    pub x: Span,
    /// Bytes from one row of activations to the next.
    pub x_stride: u64,
    /// Weights, panels of Q8_0 blocks.
    pub weights: Span,
    /// Bytes from one panel to the next.
    pub weight_stride: u64,
    /// Output, rows of f32.
    pub out: Span,
    /// Bytes from one output row to the next.
    pub out_stride: u64,
}

/// What a [`Rows`] does to one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// Index of the first maximum of s8 elements, one u32.
    Argmax,
    /// Softmax of f32 elements.
    Softmax,
    /// Q8 blocks of f32 elements.
    Quantise,
}

/// One row in, one row out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rows {
    /// What is done.
    pub kind: RowKind,
    /// Rows; one column.
    pub grid: Grid,
    /// Elements per row.
    pub inner: u64,
    /// Input rows.
    pub source: Span,
    /// Bytes from one row to the next.
    pub source_stride: u64,
    /// Output rows.
    pub target: Span,
    /// Bytes from one row to the next.
    pub target_stride: u64,
}

impl Rows {
    /// Bytes of an input row.
    pub(crate) const fn source_row(&self) -> u64 {
        match self.kind {
            RowKind::Argmax => self.inner,
            RowKind::Softmax | RowKind::Quantise => 4 * self.inner,
        }
    }

    /// Bytes of an output row.
    pub(crate) const fn target_row(&self) -> u64 {
        match self.kind {
            RowKind::Argmax => 4,
            RowKind::Softmax => 4 * self.inner,
            RowKind::Quantise => self.inner / BLOCK as u64 * Q8_BLOCK as u64,
        }
    }
}

impl Map {
    /// Whether the columns of a row lie side by side in input and output.
    pub(crate) const fn is_contiguous(&self) -> bool {
        let ([.., from], [.., to]) = (self.source_stride, self.target_stride);
        from == 1 && to == 1
    }
}

impl Operation {
    const fn grid(&self) -> Option<&Grid> {
        match self {
            Self::Control(_) => None,
            Self::Dense(dense) => Some(&dense.grid),
            Self::Blocks(blocks) => Some(&blocks.grid),
            Self::Map(map) => Some(&map.grid),
            Self::Rows(rows) => Some(&rows.grid),
        }
    }

    /// Number of tiles, hence of large steps: depends on record and registers only, never on tensor data.
    pub fn tiles(&self) -> u64 {
        // An admitted grid has at most 2^40 tiles.
        self.grid().map_or(1, |grid| grid.tiles().unwrap_or(u64::MAX))
    }

    /// The hull of all bytes that the tiles write; `None` for control flow.
    pub const fn target(&self) -> Option<Span> {
        match self {
            Self::Control(_) => None,
            Self::Dense(dense) => Some(dense.out),
            Self::Blocks(blocks) => Some(blocks.out),
            Self::Map(map) => Some(map.target),
            Self::Rows(rows) => Some(rows.target),
        }
    }
}
