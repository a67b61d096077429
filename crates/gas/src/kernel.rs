//! Kernels of the committed guest on layers of each model's size.

use std::ops::Range;

use eyre::{Result, ensure};
use opml_fpvm::{Program, State};
use opml_kernels::Output;
use opml_memory::Memory;
use opml_tensor::{
    DenseSpec, FinishSpec, Header, Operand, ProductKind, ProductSpec, Record,
    layout::{CONTROL, CONTROL_BYTES, INPUT, MODEL, OUTPUT, PROGRAM, RECORD},
};

use crate::model::Model;

/// The guest as it is committed.
pub(crate) const ELF: &[u8] = include_bytes!("../../guest/opml-guest.elf");
/// Small steps in which the guest reads control block and header, decodes the record and admits it. The operator comes later.
const ADMISSION: u64 = 2_000;
/// Outputs of a tile of a dense layer.
const COLUMNS: u32 = 16;
/// Bytes of 32 activations in Q8, and of 32 weights of 16 outputs in Q8_0.
const Q8_BLOCK: u32 = 36;
const Q8_0_BLOCK: u32 = 544;
/// More than any of these tiles takes.
const MAX_SMALL_STEPS: u64 = 1 << 24;

/// A part of a tile's execution.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kernel {
    pub(crate) name: &'static str,
    record: fn(&Model) -> Record,
    /// Whether it is the admission of the record that counts, or what comes after it.
    admission: bool,
    /// Whether models of several GB have such layers: theirs are quantised in blocks.
    pub(crate) large: bool,
}

/// All that the guest does.
pub(crate) const KERNELS: [Kernel; 7] = [
    Kernel {
        name: "decoding and admission: calls, spills",
        record: dense,
        admission: true,
        large: true,
    },
    Kernel { name: "int8 dense layer", record: dense, admission: false, large: true },
    Kernel { name: "Q8_0 dense layer", record: dense_q8_0, admission: false, large: true },
    Kernel { name: "softmax: soft float", record: softmax, admission: false, large: true },
    Kernel { name: "rectification", record: relu, admission: false, large: true },
    Kernel { name: "copy", record: copy, admission: false, large: true },
    Kernel { name: "argmax", record: argmax, admission: false, large: true },
];

impl Kernel {
    /// The first state of a tile, and the small steps in which this kernel runs.
    pub(crate) fn start(&self, model: &Model) -> Result<(State, Range<u64>)> {
        let mut memory = Memory::new();
        let header = Header {
            whole: false,
            records: 2,
            max_steps: 1 << 10,
            input_min: 0,
            input_max: 64,
            output_max: 64,
            activation_bytes: model.activation_bytes,
            weight_bytes: model.weight_bytes,
        };
        memory.write(MODEL, &header.to_bytes());
        // It is the second record of a run, so that no leaf that is read is zero by chance.
        memory.write(PROGRAM, &Record::set(1, 1).to_bytes());
        memory.write(PROGRAM + RECORD, &(self.record)(model).to_bytes());
        memory.write_u64(CONTROL, 1);
        memory.write_u64(CONTROL + CONTROL_BYTES - 8, 1);
        memory.write_u64(INPUT, 64);
        let (width, columns) = (model.width as usize, COLUMNS as usize);
        memory.write(model.a_weight(), &noise(2 * width * columns));
        memory.write(table(model), &noise(12 * columns));
        memory.write(model.an_activation(), &noise(4 * width));
        memory.write(target(model), &noise(4 * width));

        let start = Program::from_elf(ELF)?.start(memory);
        let mut end = start.clone();
        let steps = end.run(MAX_SMALL_STEPS);
        ensure!(
            end.cpu.exit == opml_fpvm::EXIT_OK,
            "the tile ends with exit word {:#x}",
            end.cpu.exit
        );
        let complete = end.memory.read_u64(OUTPUT);
        ensure!(complete == 0, "the record of {} is refused", self.name);
        let range = if self.admission { 0..ADMISSION } else { ADMISSION..steps };
        ensure!(range.start < range.end, "a tile of {} takes {steps} small steps", self.name);
        Ok((start, range))
    }
}

/// Where the layer's channels stand: behind its weights.
const fn table(model: &Model) -> u64 {
    model.a_weight() + model.width as u64 * model.width as u64
}

/// Where the layer writes to: behind what it reads.
const fn target(model: &Model) -> u64 {
    model.an_activation() + 4 * model.width as u64
}

/// Three dimensions of bytes, of which only the last is more than one.
const fn plane(address: u64, model: &Model) -> Operand {
    Operand::at(address, [model.width, model.width, 1])
}

fn dense(model: &Model) -> Record {
    let width = model.width;
    Record::dense(DenseSpec {
        dims: [1, width, width],
        tile: [1, COLUMNS],
        output: Output { zero_point: -3, low: -128, high: 127 },
        x: Operand::at(model.an_activation(), [width, 0, 0]),
        weights: Operand::at(model.a_weight(), [COLUMNS * width, 0, 0]),
        table: Operand::at(table(model), [12, 0, 0]),
        out: Operand::at(target(model), [width, 0, 0]),
    })
}

fn dense_q8_0(model: &Model) -> Record {
    let (width, blocks) = (model.width, model.width / 32);
    Record::product(ProductSpec {
        kind: ProductKind::Q8_0,
        dims: [1, width, width],
        tile: [1, COLUMNS],
        x: Operand::at(model.an_activation(), [Q8_BLOCK * blocks, 0, 0]),
        weights: Operand::at(model.a_weight(), [Q8_0_BLOCK * blocks, 0, 0]),
        finish: FinishSpec::default(),
        out: Operand::at(target(model), [4 * width, 0, 0]),
    })
}

fn softmax(model: &Model) -> Record {
    let row = |address| Operand::at(address, [4 * model.width, 0, 0]);
    Record::softmax([1, model.width], 1, row(model.an_activation()), row(target(model)))
}

fn relu(model: &Model) -> Record {
    let (x, out) = (plane(model.an_activation(), model), plane(target(model), model));
    Record::relu([1, 1, model.width], [1, model.width], -3, x, out)
}

fn copy(model: &Model) -> Record {
    let (x, out) = (plane(model.an_activation(), model), plane(target(model), model));
    Record::copy([1, 1, model.width], [1, model.width], x, out)
}

fn argmax(model: &Model) -> Record {
    let x = Operand::at(model.an_activation(), [model.width, 0, 0]);
    Record::argmax([1, model.width], 1, x, Operand::at(target(model), [4, 0, 0]))
}

/// Bytes of which none is zero, and which as binary32 or binary16 make numbers of both signs, and neither infinities nor NaNs.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let mut next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state ^ state >> 15) & 0xbfff_bfff | 0x0101_0101).to_le_bytes()
    };
    (0..length.div_ceil(4)).flat_map(&mut next).collect()
}
