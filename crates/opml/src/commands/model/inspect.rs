//! `opml model inspect`: what a model is made of.

use std::collections::BTreeMap;

use alloy_primitives::B256;
use eyre::Result;
use opml_engine::ModelFile;
use opml_tensor::{Operation, Record, Registers, admit, opcode};
use serde::Serialize;

use super::verify::{WINDOW_SLOT, records};
use crate::commands::print_json;

/// Width of a list that a dispute posts, as a power of two.
const LIST_BITS: u32 = 5;
/// Small steps between the last list and the instruction, as a power of two.
const LAST_BITS: u32 = 2;

/// What a header and a program say.
#[derive(Debug, Serialize)]
struct Inspected {
    id: B256,
    name: String,
    records: u32,
    max_large_steps: u64,
    min_input: u32,
    max_input: u32,
    max_output: u32,
    file_bytes: usize,
    weight_bytes: u64,
    activation_bytes: u64,
    /// Multiply-adds of all contractions, each once.
    multiply_adds: u64,
    /// Upper bound of the small steps of the costliest tile.
    max_tile_steps: u64,
    /// Upper bound of the small steps of all tiles, each once.
    bound_small_steps: u64,
    /// Lists that a dispute posts: over large steps, then over small steps of one of them.
    dispute_lists: [u32; 2],
    operators: BTreeMap<&'static str, Count>,
}

/// Records of one operator.
#[derive(Debug, Default, Serialize)]
struct Count {
    records: u64,
    tiles: u64,
    multiply_adds: u64,
    bound_small_steps: u64,
}

impl Inspected {
    fn of(model: &ModelFile) -> Self {
        let header = model.header();
        let mut inspected = Self {
            id: model.id(),
            name: model.name().to_owned(),
            records: header.records,
            max_large_steps: header.max_steps,
            min_input: header.input_min,
            max_input: header.input_max,
            max_output: header.output_max,
            file_bytes: model.bytes().len(),
            weight_bytes: header.weight_bytes,
            activation_bytes: header.activation_bytes,
            multiply_adds: 0,
            max_tile_steps: 1,
            bound_small_steps: 0,
            dispute_lists: [0; 2],
            operators: BTreeMap::new(),
        };
        for record in records(model) {
            // Records that depend on registers are counted as if all were zero, if they can be.
            let operation = admit(&record, &Registers::default(), header).ok();
            inspected.count(&record, operation.as_ref(), header);
        }
        inspected.dispute_lists = [
            bits(inspected.max_large_steps).div_ceil(LIST_BITS),
            bits(inspected.max_tile_steps).saturating_sub(LAST_BITS).div_ceil(LIST_BITS),
        ];
        inspected
    }

    fn count(
        &mut self,
        record: &Record,
        operation: Option<&Operation>,
        header: &opml_tensor::Header,
    ) {
        let count = self.operators.entry(name(record.op)).or_default();
        count.records += 1;
        let Some(operation) = operation else { return };
        let (tiles, cost) = (operation.tiles(), operation.cost(header));
        let products = multiply_adds(record);
        let steps = tiles.saturating_mul(cost);
        count.tiles += tiles;
        count.multiply_adds = count.multiply_adds.saturating_add(products);
        count.bound_small_steps = count.bound_small_steps.saturating_add(steps);
        self.multiply_adds = self.multiply_adds.saturating_add(products);
        self.bound_small_steps = self.bound_small_steps.saturating_add(steps);
        self.max_tile_steps = self.max_tile_steps.max(cost);
    }
}

/// The least n with `2^n ≥ value`.
const fn bits(value: u64) -> u32 {
    u64::BITS - value.saturating_sub(1).leading_zeros()
}

/// Multiply-adds of a contraction by the dimensions of its record; 0 of everything else.
fn multiply_adds(record: &Record) -> u64 {
    let product = |dims: &[u32]| {
        dims.iter().fold(1u64, |product, dim| product.saturating_mul(u64::from(*dim)))
    };
    let dims = |count: usize| product(record.dim.get(..count).unwrap_or(&[]));
    // A window is described in the last slot, beginning with its taps down and across.
    let taps = || {
        let [down, across, ..] = record.operand[WINDOW_SLOT].base.to_le_bytes();
        u64::from(down) * u64::from(across)
    };
    match record.op {
        opcode::MATMUL if record.sub == opcode::STRIDED_F32 => dims(4),
        opcode::MATMUL => dims(3),
        opcode::CONV => dims(6).saturating_mul(taps()),
        opcode::DWCONV => dims(4).saturating_mul(taps()),
        _ => 0,
    }
}

/// The name of an operator in the documents.
const fn name(op: u8) -> &'static str {
    match op {
        1 => "CTRL",
        2 => "MATMUL",
        3 => "EW",
        4 => "REDUCE",
        5 => "COPY",
        6 => "SOFTMAX",
        7 => "QUANT",
        8 => "CONV",
        9 => "DWCONV",
        10 => "POOL",
        11 => "NORM",
        12 => "GATHER",
        13 => "RESAMPLE",
        14 => "TOPK",
        15 => "CAST",
        16 => "ROPE",
        17 => "ATTN",
        18 => "MERGE",
        19 => "SAMPLE",
        20 => "DETOK",
        21 => "ENCODE",
        _ => "unknown",
    }
}

pub(crate) fn run(model: &ModelFile, json: bool) -> Result<()> {
    let model = Inspected::of(model);
    if json {
        return print_json(&model);
    }
    let [large, small] = model.dispute_lists;
    println!("id               {}", model.id);
    println!("name             {}", model.name);
    println!("records          {}", model.records);
    println!("max large steps  {}", model.max_large_steps);
    println!("input bytes      {} to {}", model.min_input, model.max_input);
    println!("output bytes     at most {}", model.max_output);
    println!("file bytes       {}", model.file_bytes);
    println!("weight bytes     {}", model.weight_bytes);
    println!("activation bytes {}", model.activation_bytes);
    println!("multiply-adds    {}", model.multiply_adds);
    println!("costliest tile   at most {} small steps", model.max_tile_steps);
    println!("all tiles        at most {} small steps", model.bound_small_steps);
    println!("dispute          {large} lists over large steps, {small} over small steps");
    for (name, count) in &model.operators {
        println!("{name:<16} {} records, {} tiles", count.records, count.tiles);
    }
    Ok(())
}
