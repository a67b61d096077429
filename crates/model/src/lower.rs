//! From a quantised network to records and tensors.
//!
//! The program of a classifier: one dense record per layer, argmax of the scores, two copies into the
//! output, HALT. Output: the class in one byte, then the scores as s8, in the order of the classes.

use opml_engine::ModelFile;
use opml_kernels::Channel;
use opml_tensor::{
    DenseSpec, Operand, Record, Registers, admit,
    layout::{INPUT, LEAF, OUTPUT_BODY},
};

use crate::{DenseS8, ImportError, MlpS8, ModelBuilder, s8_panel_bytes, s8_panels};

/// Small steps of a multiply-add and of an output's requantisation, as the guest takes them: what
/// tiles are cut by. (What a tile may cost at most is another matter: `Operation::cost`.)
const MAC_STEPS: u64 = 4;
const OUTPUT_STEPS: u64 = 80;
/// Tiles are cut into whole quarters of panels.
const PART: u64 = opml_kernels::PART as u64;

/// Cuts `network` into tiles of about `tile_target` small steps of arithmetic (the fixed steps of a
/// large step come on top) and returns the model, which every input of the network's width fits.
///
/// # Errors
/// When a size exceeds its field, and [`ImportError::Refused`] when the machine would refuse a record.
pub fn classifier(network: &MlpS8, name: &str, tile_target: u64) -> Result<ModelFile, ImportError> {
    let width = |layer: Option<&DenseS8>, size: fn(&DenseS8) -> usize| {
        field("a layer's width", layer.map_or(0, size) as u64, i32::MAX as u64)
    };
    let inputs = width(network.layers.first(), |layer| layer.inputs)?;
    let classes = width(network.layers.last(), |layer| layer.outputs)?;
    field("the number of classes", classes.into(), 256)?;

    let mut model = ModelBuilder::new(name);
    model.input(inputs..=inputs).output_max(1 + classes);
    let mut scores = INPUT + LEAF;
    for layer in &network.layers {
        scores = dense(&mut model, layer, scores, tile_target)?;
    }
    let class = model.activation(4);
    model.record(Record::argmax([1, classes], 1, row(scores), Operand::at(class, [4, 0, 0])));
    for (bytes, from, to) in [(1, class, OUTPUT_BODY), (classes, scores, OUTPUT_BODY + 1)] {
        model.record(Record::copy([1, 1, bytes], [1, bytes], bytes_at(from), bytes_at(to)));
    }
    model.record(Record::halt(0, (1 + classes).into()));

    model.max_steps(straight_length(&model)?);
    Ok(model.build()?)
}

/// Appends a layer that reads its inputs at `x`; returns the address of its outputs.
fn dense(
    model: &mut ModelBuilder,
    layer: &DenseS8,
    x: u64,
    tile_target: u64,
) -> Result<u64, ImportError> {
    let limit = i32::MAX as u64;
    let inputs = field("a layer's width", layer.inputs as u64, limit)?;
    let outputs = field("a layer's width", layer.outputs as u64, limit)?;
    let steps = MAC_STEPS * u64::from(inputs) + OUTPUT_STEPS;
    let columns = (tile_target / steps / PART).max(1).saturating_mul(PART);
    let columns = columns.min(u64::from(outputs).next_multiple_of(PART));
    let table: Vec<u8> = layer.channels.iter().flat_map(|channel| channel.to_bytes()).collect();
    let weights = s8_panels(&layer.weight, layer.inputs);
    let panel = field("a panel of weights", s8_panel_bytes(inputs.into()), u32::MAX.into())?;
    let out = model.activation(outputs.into());
    let spec = DenseSpec {
        dims: [1, outputs, inputs],
        tile: [1, field("a tile's width", columns, limit)?],
        output: layer.output,
        x: Operand::at(x, [inputs, 0, 0]),
        weights: Operand::at(model.weight(&weights), [panel, 0, 0]),
        table: Operand::at(model.weight(&table), [Channel::BYTES as u32, 0, 0]),
        out: Operand::at(out, [outputs, 0, 0]),
    };
    model.record(Record::dense(spec));
    Ok(out)
}

/// The number of large steps of a program without control flow: the tiles of all its records.
fn straight_length(model: &ModelBuilder) -> Result<u64, ImportError> {
    let header = model.header();
    let length = |(index, record)| {
        admit(record, &Registers::default(), &header)
            .map(|operation| operation.tiles())
            .map_err(|reason| ImportError::Refused { index, reason })
    };
    model.records().iter().enumerate().map(length).sum()
}

/// A single row: its stride is never used.
const fn row(address: u64) -> Operand {
    Operand::at(address, [0, 0, 0])
}

/// Consecutive bytes as the innermost dimension.
const fn bytes_at(address: u64) -> Operand {
    Operand::at(address, [0, 0, 1])
}

/// `value` as a 32-bit field, if it is at most `limit`.
fn field(what: &'static str, value: u64, limit: u64) -> Result<u32, ImportError> {
    let fits = u32::try_from(value).ok().filter(|_| value <= limit);
    fits.ok_or(ImportError::TooLarge { what, value, limit })
}
