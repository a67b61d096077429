//! Contractions with known weights, as f32 and as bytes.

use opml_kernels::{Channel, F32_GROUP, PANEL};
use opml_tensor::{Operand, Record, element, opcode};
use prost::bytes::Bytes;

use super::scale::Scale;
use crate::{
    ImportError,
    onnx::{
        program::{Content, OUT, Program, Step},
        value::BufferId,
    },
    panels::{s8_panel_bytes, s8_panels},
    quantise::quantise_channel,
};

/// Longest dot product: with a zero point that is no zero, twice as many would not fit an i32 any more.
const MAX_TERMS: u64 = 1 << 15;
/// Slots of weights, of bias or table, of a residual.
const WEIGHTS: usize = 1;
const TABLE: usize = 2;
pub(super) const RESIDUAL: usize = 3;
/// Flags of a record of f32.
const BIAS_FLAG: u16 = 1;
pub(super) const RESIDUAL_FLAG: u16 = 2;
const GATE_FLAG: u16 = 4;

/// How weights lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// Panels of outputs.
    Dense,
    /// Panels of outputs, group by group.
    Grouped { outputs: u64 },
    /// Channels side by side, tap by tap.
    Depthwise,
}

/// The sizes of a contraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Contraction {
    layout: Layout,
    /// Output channels, of all groups.
    channels: u64,
    /// Terms of an output.
    terms: u64,
}

impl Contraction {
    /// The contraction of f32 that a step is, if its weights and bias are known.
    pub(super) fn of(program: &Program, step: &Step) -> Option<Self> {
        let Record { op, sub, flags, dim, operand, .. } = &step.record;
        let [_, _, _, _, _, window] = operand;
        let [kernel_rows, kernel_columns, ..] = window.base.to_le_bytes();
        let taps = u64::from(kernel_rows) * u64::from(kernel_columns);
        let dims = dim.map(u64::from);
        let contraction = match (*op, *sub) {
            (opcode::MATMUL, opcode::DENSE_F32) => {
                let [_, channels, terms, ..] = dims;
                Self { layout: Layout::Dense, channels, terms }
            }
            (opcode::CONV, opcode::CONV_F32) => {
                let [_, _, _, outputs, inputs, groups] = dims;
                let layout = Layout::Grouped { outputs };
                Self { layout, channels: outputs * groups, terms: taps * inputs }
            }
            (opcode::DWCONV, opcode::CONV_F32) => {
                let [_, _, _, channels, ..] = dims;
                Self { layout: Layout::Depthwise, channels, terms: taps }
            }
            _ => return None,
        };
        let known = |slot: usize| {
            step.buffers.get(slot).copied().flatten().and_then(|id| program.constant(id)).is_some()
        };
        let is_known = known(WEIGHTS) && (flags & BIAS_FLAG == 0 || known(TABLE));
        let fits = contraction.terms <= MAX_TERMS && flags & GATE_FLAG == 0;
        (is_known && fits).then_some(contraction)
    }

    /// The shape of the output as rows of channels: images, rows, pixels.
    pub(super) const fn rows(step: &Step) -> [u32; 3] {
        let [first, second, third, ..] = step.record.dim;
        if step.record.op == opcode::MATMUL { [1, 1, first] } else { [first, second, third] }
    }

    /// Strides of images, rows and pixels of an operand that lies like the output.
    pub(super) const fn strides(step: &Step, operand: &Operand) -> [u32; 3] {
        let [first, ..] = operand.stride;
        if step.record.op == opcode::MATMUL { [0, 0, first] } else { operand.stride }
    }

    pub(super) const fn channels(&self) -> u64 {
        self.channels
    }

    /// Bytes from the start of the weights to that of an output's term.
    fn place(&self, weights: &Operand, channel: u64, term: u64) -> u64 {
        let [first, second, _] = weights.stride.map(u64::from);
        let panel = PANEL as u64;
        let in_panel =
            |channel: u64| channel / panel * first + term * F32_GROUP as u64 + channel % panel * 4;
        let offset = match self.layout {
            Layout::Dense => in_panel(channel),
            Layout::Grouped { outputs } => channel / outputs * second + in_panel(channel % outputs),
            Layout::Depthwise => term * first + channel * 4,
        };
        weights.base + offset
    }

    /// The step in bytes, with weights and table of its own.
    pub(super) fn in_bytes(
        &self,
        program: &mut Program,
        step: &Step,
        [x, out]: [BufferId; 2],
        [input, output]: [Scale; 2],
    ) -> Result<Step, ImportError> {
        let record = &step.record;
        let constant = |program: &Program, slot: usize| {
            let id = step.buffers.get(slot).copied().flatten();
            id.and_then(|id| program.constant(id)).unwrap_or(&[]).to_vec()
        };
        let (values, biases) = (constant(program, WEIGHTS), constant(program, TABLE));
        let [bias_stride, ..] = record.operand[TABLE].stride;
        let mut rows = Vec::new();
        let mut table = Vec::new();
        for channel in 0..self.channels {
            let row: Vec<f32> = (0..self.terms)
                .map(|term| word(&values, self.place(&record.operand[WEIGHTS], channel, term)))
                .collect();
            let bias = if record.flags & BIAS_FLAG == 0 {
                0.0
            } else {
                let start = record.operand[TABLE].base + channel * u64::from(bias_stride);
                word(&biases, start)
            };
            let what = || format!("output {channel} of node {}", step.node);
            if row.iter().chain([&bias]).any(|value| !value.is_finite()) {
                return Err(ImportError::NotFinite { what: what() });
            }
            let scales = [input.step, output.step].map(f64::from);
            let (row, mut entry) = quantise_channel(&row, bias, scales, what)?;
            // At most 2^30 + 2^7·2^15·2^7.
            entry.bias -= i32::from(input.zero) * row.iter().map(|w| i32::from(*w)).sum::<i32>();
            rows.extend(row);
            table.extend(entry.to_bytes());
        }
        let (bytes, strides) = self.pack(&rows);
        let (weights, sub) = match self.layout {
            Layout::Dense => (element::S8_PANELS, opcode::DENSE_S8),
            Layout::Grouped { .. } => (element::S8_PANELS, opcode::CONV_S8),
            Layout::Depthwise => (element::S8, opcode::CONV_S8),
        };
        let [zero, low, high] = clamp(record, output).map(word_of);
        // What stands in a convolution's padding.
        let padding = if self.layout == Layout::Dense { 0 } else { word_of(input.zero) };
        let mut record = Record {
            sub,
            flags: 0,
            types: [element::S8, weights, element::S8, element::I32],
            imm: [zero, low, high, padding],
            ..*record
        };
        for slot in [0, OUT] {
            record.operand[slot] = quarter(record.operand[slot]);
        }
        record.operand[WEIGHTS] = Operand::at(0, strides);
        record.operand[TABLE] = Operand::at(0, [Channel::BYTES as u32, 0, 0]);
        record.operand[RESIDUAL] = Operand::default();
        let mut constant = |bytes: Vec<u8>| {
            program.buffer(bytes.len() as u64, Content::Constant(Bytes::from(bytes)))
        };
        let mut buffers = [Some(x), Some(constant(bytes)), Some(constant(table)), None, None, None];
        buffers[OUT] = Some(out);
        Ok(Step { record, buffers, in_place: false, ..*step })
    }

    /// Rows of weights in the layout of the record, and its strides.
    fn pack(&self, rows: &[i8]) -> (Vec<u8>, [u32; 3]) {
        let terms = self.terms as usize;
        match self.layout {
            Layout::Dense => (s8_panels(rows, terms), [s8_panel_bytes(self.terms) as u32, 0, 0]),
            Layout::Grouped { outputs } => {
                let panel = s8_panel_bytes(self.terms);
                let group = panel * outputs.div_ceil(PANEL as u64);
                let bytes = rows.chunks(terms * outputs as usize);
                let bytes = bytes.flat_map(|rows| s8_panels(rows, terms)).collect();
                (bytes, [panel as u32, group as u32, 0])
            }
            Layout::Depthwise => {
                let tap = |tap| rows.iter().skip(tap).step_by(terms).map(|w| w.cast_unsigned());
                ((0..terms).flat_map(tap).collect(), [self.channels as u32, 0, 0])
            }
        }
    }
}

/// The activation of a record of f32, as far as a clamp of bytes is one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Clamp {
    None,
    Relu,
    Between(f32, f32),
}

impl Clamp {
    /// The clamp that a record's activation is.
    pub(super) const fn of(record: &Record) -> Option<Self> {
        match record.imm {
            [0, ..] => Some(Self::None),
            [1, ..] => Some(Self::Relu),
            [2, low, high, _] => Some(Self::Between(f32::from_bits(low), f32::from_bits(high))),
            _ => None,
        }
    }
}

/// Zero point, least and greatest byte of the output.
fn clamp(record: &Record, output: Scale) -> [i8; 3] {
    let (low, high) = match Clamp::of(record) {
        Some(Clamp::Relu) => (output.zero, i8::MAX),
        Some(Clamp::Between(low, high)) => (output.byte(low), output.byte(high)),
        _ => (i8::MIN, i8::MAX),
    };
    // Bounds the wrong way round are the file's: they meet in the upper one, as in f32.
    [output.zero, if low < high { low } else { high }, high]
}

/// A signed immediate.
const fn word_of(value: i8) -> u32 {
    (value as i32).cast_unsigned()
}

/// An operand of f32 as one of bytes.
pub(super) fn quarter(operand: Operand) -> Operand {
    Operand { base: operand.base / 4, stride: operand.stride.map(|stride| stride / 4), ..operand }
}

/// The f32 at a place of a constant; what lies outside is zero.
fn word(bytes: &[u8], start: u64) -> f32 {
    let rest = bytes.get(start as usize..).unwrap_or(&[]);
    f32::from_le_bytes(rest.first_chunk().copied().unwrap_or_default())
}
