//! Contractions without what their counterparts of bytes do not have.

use opml_kernels::Function;
use opml_tensor::{MapSpec, Operand, Record, element};

use super::contraction::{Clamp, Contraction, RESIDUAL, RESIDUAL_FLAG};
use crate::onnx::{
    program::{Content, OUT, Program, Step},
    value::BufferId,
};

/// Numbers of the activations that are no clamps, and the functions that they are.
const ACTIVATIONS: [(u32, Function); 6] = [
    (3, Function::Silu),
    (4, Function::GeluTanh),
    (5, Function::Gelu),
    (6, Function::Sigmoid),
    (7, Function::Tanh),
    (8, Function::LeakyRelu),
];

/// Makes residuals, the activations behind them, and activations that are no clamp records of their own.
pub(super) fn split(program: &mut Program) {
    for step in std::mem::take(&mut program.steps) {
        let whole = step.record.flags & RESIDUAL_FLAG == 0 && Clamp::of(&step.record).is_some();
        match Contraction::of(program, &step) {
            Some(contraction) if !whole => apart(program, step, contraction),
            _ => program.steps.push(step),
        }
    }
}

fn apart(program: &mut Program, mut step: Step, contraction: Contraction) {
    let Some(target) = step.buffers[OUT] else { return };
    let (activation, function) = activation(&step.record);
    let residual = (step.record.flags & RESIDUAL_FLAG != 0)
        .then_some((step.record.operand[RESIDUAL], step.buffers[RESIDUAL]));
    let bytes = program.buffers.get(target.0).map_or(0, |buffer| buffer.bytes);
    let place = step.record.operand[OUT];
    let scratch = |program: &mut Program| program.buffer(bytes, Content::Scratch);
    step.record.flags &= !RESIDUAL_FLAG;
    step.record.imm = [0; 4];
    (step.record.operand[RESIDUAL], step.buffers[RESIDUAL]) = (Operand::default(), None);
    let mut from = scratch(program);
    step.buffers[OUT] = Some(from);
    let outline = Outline::of(&step, contraction);
    program.steps.push(step);
    if let Some((operand, Some(buffer))) = residual {
        let to = if function.is_some() { scratch(program) } else { target };
        outline.map(
            program,
            Function::Add,
            [0; 3],
            &[(place, from), (operand, buffer)],
            (place, to),
        );
        from = to;
    }
    if let Some(function) = function {
        outline.map(program, function, activation, &[(place, from)], (place, target));
    }
}

/// The immediates of the function that a record's activation is, and the function.
fn activation(record: &Record) -> ([u32; 3], Option<Function>) {
    let [code, first, second, _] = record.imm;
    let function = match code {
        0 => None,
        1 => Some(Function::Relu),
        2 => Some(Function::Clip),
        _ => ACTIVATIONS.iter().find(|(number, _)| *number == code).map(|(_, function)| *function),
    };
    ([first, second, 0], function)
}

/// Where the outputs of a contraction lie, as elementwise records walk over them.
struct Outline {
    rows: [u32; 3],
    channels: u32,
    /// What the elementwise records are made after.
    step: Step,
}

impl Outline {
    fn of(step: &Step, contraction: Contraction) -> Self {
        let rows = Contraction::rows(step);
        Self { rows, channels: contraction.channels() as u32, step: step.clone() }
    }

    /// Emits `function` over all outputs, a record for each image.
    fn map(
        &self,
        program: &mut Program,
        function: Function,
        immediates: [u32; 3],
        inputs: &[(Operand, BufferId)],
        (out, target): (Operand, BufferId),
    ) {
        let [images, rows, pixels] = self.rows;
        let dims = [rows, pixels, self.channels];
        let tile = [rows.saturating_mul(pixels).min(i32::MAX as u32), self.channels];
        for image in 0..images {
            let at = |operand: &Operand| {
                let [outer, row, pixel] = Contraction::strides(&self.step, operand);
                let base = operand.base + u64::from(image) * u64::from(outer);
                Operand::at(base, [row, pixel, 4])
            };
            let x: Vec<Operand> = inputs.iter().map(|(operand, _)| at(operand)).collect();
            let record = Record::map(MapSpec {
                function,
                element: element::F32,
                immediates,
                dims,
                tile,
                x: &x,
                out: at(&out),
            });
            let mut buffers = [None; 6];
            for (slot, (_, buffer)) in buffers.iter_mut().zip(inputs) {
                *slot = Some(*buffer);
            }
            buffers[OUT] = Some(target);
            program.steps.push(Step {
                record,
                buffers,
                granule: 1,
                in_place: true,
                node: self.step.node,
            });
        }
    }
}
