//! Models that exist to be measured: one operator, a few large tiles of equal size, seeded data.

use std::sync::Arc;

use opml_engine::{Engine, EngineError, ModelFile};
use opml_kernels::{BLOCK, Channel, Output, PANEL, PANEL_BLOCK, Q8_BLOCK};
use opml_tensor::{
    DenseSpec, FinishSpec, Operand, ProductKind, ProductSpec, Record,
    layout::{INPUT, LEAF},
};

use crate::{ImportError, ModelBuilder};

/// Rows, outputs and terms of the dense layer: 2^22 multiply-adds per tile, 2^24 small steps or a little less.
const DENSE: [u32; 3] = [32, 1024, 1024];
const DENSE_TILE: [u32; 2] = [4, 1024];

/// Rows and elements of the softmax.
const SOFTMAX: [u32; 2] = [128, 1024];
const SOFTMAX_TILE: u32 = 32;
/// Rows, outputs and terms of the Q8_0 layer: a tile has more than 2^24 small steps.
const Q8_0: [u32; 3] = [4, 768, 4096];
const Q8_0_TILE: [u32; 2] = [1, 768];

/// A model whose first large steps are tiles of one operator, each of about 2^24 small steps.
///
/// The same tile runs three ways:
/// - in the VM: `guest.start(workload.machine()?.snapshot())`, then run to the exit;
/// - natively by the scalar kernels, the Rust source that the guest is compiled from: `workload.machine()?.run_to(1)`;
/// - natively at full speed: `Engine::new(workload.model, &workload.input)?.run_to(workload.tiles)`.
///
/// Tiles are of equal size, so `run_to(2)`, `run_to(3)` … repeat the measurement on other data, up to [`Self::tiles`].
#[derive(Clone, Debug)]
pub struct Workload {
    /// Operator, as a bench prints it.
    pub name: &'static str,
    /// What [`Self::units`] counts.
    pub unit: &'static str,
    /// Units of work per tile.
    pub units: u64,
    /// Tiles before the program halts.
    pub tiles: u64,
    /// The model.
    pub model: Arc<ModelFile>,
    /// The only input that it takes.
    pub input: Vec<u8>,
}

impl Workload {
    /// All workloads.
    ///
    /// # Errors
    /// Never on an unchanged machine: a model of ours would break its format.
    pub fn all() -> Result<Vec<Self>, ImportError> {
        Ok(vec![Self::dense()?, Self::softmax()?, Self::q8_0()?])
    }

    /// The s8 dense layer: many rows of activations by one matrix.
    fn dense() -> Result<Self, ImportError> {
        let [rows, columns, inner] = DENSE;
        let mut data = Seeded(1);
        let input = data.bytes(u64::from(rows) * u64::from(inner));
        let mut model = ModelBuilder::new("workload: int8 dense");
        // Accumulators have a deviation of 2^12·√1024 = 2^17; 2^31 / 2^42 brings that to the width of an s8.
        let channel = Channel { bias: 0, multiplier: i32::MAX, shift: 42 };
        let table = channel.to_bytes().repeat(columns as usize);
        let weights = data.bytes(u64::from(columns) * u64::from(inner));
        let (weights, table) = (model.weight(&weights), model.weight(&table));
        let out = model.activation(u64::from(rows) * u64::from(columns));
        model.record(Record::dense(DenseSpec {
            dims: DENSE,
            tile: DENSE_TILE,
            output: Output { zero_point: 0, low: i8::MIN, high: i8::MAX },
            x: Operand::at(INPUT + LEAF, [inner, 0, 0]),
            weights: Operand::at(weights, [inner * PANEL as u32, 0, 0]),
            table: Operand::at(table, [Channel::BYTES as u32, 0, 0]),
            out: Operand::at(out, [columns, 0, 0]),
        }));
        let [tile_rows, tile_columns] = DENSE_TILE;
        let units = u64::from(tile_rows) * u64::from(tile_columns) * u64::from(inner);
        Self::build("int8 dense", "multiply-adds", units, (rows / tile_rows).into(), model, input)
    }

    /// Softmax of f32 rows: arguments between −16 and 16.
    fn softmax() -> Result<Self, ImportError> {
        let [rows, elements] = SOFTMAX;
        let mut data = Seeded(2);
        let values = u64::from(rows) * u64::from(elements);
        let uniform = |bits: u64| (bits >> 40) as f32 / (1 << 19) as f32 - 16.0;
        let input = (0..values).flat_map(|_| uniform(data.next()).to_le_bytes()).collect();
        let mut model = ModelBuilder::new("workload: f32 softmax");
        let x = Operand::at(INPUT + LEAF, [4 * elements, 0, 0]);
        let out = Operand::at(model.activation(4 * values), [4 * elements, 0, 0]);
        model.record(Record::softmax(SOFTMAX, SOFTMAX_TILE, x, out));
        let units = u64::from(SOFTMAX_TILE) * u64::from(elements);
        Self::build("f32 softmax", "elements", units, (rows / SOFTMAX_TILE).into(), model, input)
    }

    /// The Q8_0 dense layer: quantised rows by one quantised matrix.
    fn q8_0() -> Result<Self, ImportError> {
        let [rows, columns, terms] = Q8_0;
        let mut data = Seeded(3);
        let blocks = terms / BLOCK as u32;
        let mut input = Vec::new();
        for _ in 0..rows * blocks {
            // Scales between 2^−7 and 2^−6.
            let scale = f32::from_bits(120 << 23 | (data.next() >> 41) as u32);
            input.extend(scale.to_le_bytes());
            input.extend(data.bytes(BLOCK as u64));
        }
        let mut weights = Vec::new();
        for _ in 0..columns / PANEL as u32 * blocks {
            for _ in 0..PANEL {
                weights.extend(((8 << 10) | (data.next() >> 54) as u16).to_le_bytes());
            }
            weights.extend(data.bytes((BLOCK * PANEL) as u64));
        }
        let mut model = ModelBuilder::new("workload: Q8_0 matmul");
        let weights = model.weight(&weights);
        let out = model.activation(4 * u64::from(rows) * u64::from(columns));
        model.record(Record::product(ProductSpec {
            kind: ProductKind::Q8_0,
            dims: Q8_0,
            tile: Q8_0_TILE,
            x: Operand::at(INPUT + LEAF, [blocks * Q8_BLOCK as u32, 0, 0]),
            weights: Operand::at(weights, [blocks * PANEL_BLOCK as u32, 0, 0]),
            finish: FinishSpec::default(),
            out: Operand::at(out, [4 * columns, 0, 0]),
        }));
        let [tile_rows, tile_columns] = Q8_0_TILE;
        let units = u64::from(tile_rows) * u64::from(tile_columns) * u64::from(terms);
        Self::build("Q8_0 matmul", "multiply-adds", units, rows.into(), model, input)
    }

    fn build(
        name: &'static str,
        unit: &'static str,
        units: u64,
        tiles: u64,
        mut model: ModelBuilder,
        input: Vec<u8>,
    ) -> Result<Self, ImportError> {
        let length = input.len() as u32;
        model.input(length..=length).record(Record::halt(0, 0));
        model.max_steps(tiles + 1);
        Ok(Self { name, unit, units, tiles, model: Arc::new(model.build()?), input })
    }

    /// The machine at the first tile, with scalar kernels.
    ///
    /// # Errors
    /// When the host has no memory for its regions.
    pub fn machine(&self) -> Result<Engine, EngineError> {
        Ok(Engine::new(Arc::clone(&self.model), &self.input)?.with_scalar_kernels())
    }
}

/// SplitMix64: a fixed sequence on every machine.
pub(crate) struct Seeded(pub(crate) u64);

impl Seeded {
    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn bytes(&mut self, length: u64) -> Vec<u8> {
        (0..length).map(|_| (self.next() >> 56) as u8).collect()
    }
}
