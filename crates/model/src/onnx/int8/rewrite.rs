//! Exchanging the records.

use std::collections::{BTreeMap, BTreeSet};

use opml_kernels::Function;
use opml_tensor::{MapSpec, Operand, Record, element, opcode};
use prost::bytes::Bytes;

use super::{
    assign::{Role, Roles, ends},
    calibrate::Ranges,
    contraction::{Contraction, quarter},
    scale::Scale,
};
use crate::onnx::{
    OnnxError,
    program::{Content, OUT, Program, Step},
    value::BufferId,
};

/// Puts records of bytes in the places of those of f32.
pub(super) fn rewrite(
    program: &mut Program,
    roles: &Roles,
    ranges: &Ranges,
) -> Result<(), OnnxError> {
    let steps = std::mem::take(&mut program.steps);
    let mut rewrite = Rewrite {
        program,
        scales: roles.scales(ranges),
        twins: BTreeMap::new(),
        in_bytes: BTreeSet::new(),
        in_floats: BTreeSet::new(),
        constants: BTreeMap::new(),
        node: 0,
    };
    for (step, role) in steps.into_iter().zip(&roles.roles) {
        rewrite.node = step.node;
        match role {
            Role::Contraction(contraction) => rewrite.contraction(&step, contraction)?,
            Role::Movement if step.buffers[OUT].is_some_and(|out| roles.in_bytes(out)) => {
                rewrite.movement(&step);
            }
            _ => rewrite.float(step),
        }
    }
    Ok(())
}

struct Rewrite<'p> {
    program: &'p mut Program,
    scales: BTreeMap<BufferId, Scale>,
    /// The buffers of bytes beside those of f32, which stay for whoever needs f32.
    twins: BTreeMap<BufferId, BufferId>,
    /// Which of a buffer and its twin holds what was written last; both after a conversion.
    in_bytes: BTreeSet<BufferId>,
    in_floats: BTreeSet<BufferId>,
    /// Constants at the scale of a buffer that they are copied to: constant, step and zero point.
    constants: BTreeMap<(BufferId, u32, i8), BufferId>,
    node: usize,
}

impl Rewrite<'_> {
    fn contraction(&mut self, step: &Step, contraction: &Contraction) -> Result<(), OnnxError> {
        let Some([x, out]) = ends(step) else { return Ok(()) };
        let [Some(input), Some(output)] = [x, out].map(|id| self.scales.get(&id).copied()) else {
            return Ok(());
        };
        self.quantise(x, input);
        let buffers = [self.twin(x), self.twin(out)];
        let step = contraction
            .in_bytes(self.program, step, buffers, [input, output])
            .map_err(|error| OnnxError::Calibration(error.to_string()))?;
        self.program.steps.push(step);
        self.written_in_bytes(out);
        Ok(())
    }

    fn movement(&mut self, step: &Step) {
        let Some([x, out]) = ends(step) else { return };
        let Some(scale) = self.scales.get(&out).copied() else { return };
        let from = if self.program.constant(x).is_some() {
            self.constant(x, scale)
        } else {
            self.quantise(x, scale);
            self.twin(x)
        };
        let mut record = step.record;
        record.types = [element::S8, 0, element::S8, 0];
        // The zero of a rectification, and of an average's padding.
        let zero = i32::from(scale.zero).cast_unsigned();
        match record.op {
            opcode::EW => record.imm[0] = zero,
            opcode::POOL if record.sub > 0 => record.imm[3] = zero,
            _ => {}
        }
        for slot in [0, OUT] {
            record.operand[slot] = quarter(record.operand[slot]);
        }
        let mut buffers = [None; 6];
        (buffers[0], buffers[OUT]) = (Some(from), Some(self.twin(out)));
        self.program.steps.push(Step { record, buffers, ..*step });
        self.written_in_bytes(out);
    }

    fn float(&mut self, step: Step) {
        for (slot, buffer) in step.buffers.iter().enumerate() {
            if let Some(id) = buffer.filter(|_| slot != OUT)
                && let Some(scale) = self.scales.get(&id).copied()
            {
                self.dequantise(id, scale);
            }
        }
        if let Some(out) = step.buffers[OUT] {
            self.in_floats.insert(out);
            self.in_bytes.remove(&out);
        }
        self.program.steps.push(step);
    }

    fn written_in_bytes(&mut self, id: BufferId) {
        self.in_bytes.insert(id);
        self.in_floats.remove(&id);
    }

    /// The buffer of bytes beside one of f32.
    fn twin(&mut self, id: BufferId) -> BufferId {
        if let Some(twin) = self.twins.get(&id) {
            return *twin;
        }
        let twin = self.program.buffer(self.elements(id).into(), Content::Scratch);
        self.twins.insert(id, twin);
        twin
    }

    fn elements(&self, id: BufferId) -> u32 {
        self.program.buffers.get(id.0).map_or(0, |buffer| (buffer.bytes / 4) as u32)
    }

    /// A constant's bytes at a scale.
    fn constant(&mut self, id: BufferId, scale: Scale) -> BufferId {
        let key = (id, scale.step.to_bits(), scale.zero);
        if let Some(known) = self.constants.get(&key) {
            return *known;
        }
        let words = self.program.constant(id).unwrap_or(&[]).as_chunks().0;
        let byte = |word: &[u8; 4]| scale.byte(f32::from_le_bytes(*word)).cast_unsigned();
        let bytes: Vec<u8> = words.iter().map(byte).collect();
        let size = bytes.len() as u64;
        let buffer = self.program.buffer(size, Content::Constant(Bytes::from(bytes)));
        self.constants.insert(key, buffer);
        buffer
    }

    /// Brings the twin up to date: `clip(round(fma(x, 1/step, zero)))`.
    fn quantise(&mut self, id: BufferId, scale: Scale) {
        if !self.in_bytes.insert(id) {
            return;
        }
        let numbers = [1.0 / scale.step, f32::from(scale.zero)];
        let scaled = self.affine(id, numbers);
        let rounded = self.scratch(id);
        self.map(id, Function::Round, [0; 3], &[(scaled, 4)], rounded);
        let clipped = self.scratch(id);
        let bounds = [f32::from(i8::MIN).to_bits(), f32::from(i8::MAX).to_bits(), 0];
        self.map(id, Function::Clip, bounds, &[(rounded, 4)], clipped);
        let twin = self.twin(id);
        self.cast(id, [element::F32, element::S8], clipped, twin);
    }

    /// Brings the buffer of f32 up to date: `fma(byte, step, −zero·step)`.
    fn dequantise(&mut self, id: BufferId, scale: Scale) {
        if !self.in_floats.contains(&id) && self.in_bytes.contains(&id) {
            let twin = self.twin(id);
            let whole = self.scratch(id);
            self.cast(id, [element::S8, element::F32], twin, whole);
            let numbers = [scale.step, -f32::from(scale.zero) * scale.step];
            let constants = numbers.map(|number| self.number(number));
            let [factor, summand] = constants;
            let operands = [(whole, 4), (factor, 0), (summand, 0)];
            self.map(id, Function::MultiplyAdd, [0; 3], &operands, id);
            self.in_floats.insert(id);
        }
    }

    /// A new buffer with `factor·x + summand`.
    fn affine(&mut self, id: BufferId, numbers: [f32; 2]) -> BufferId {
        let [factor, summand] = numbers.map(|number| self.number(number));
        let out = self.scratch(id);
        let operands = [(id, 4), (factor, 0), (summand, 0)];
        self.map(id, Function::MultiplyAdd, [0; 3], &operands, out);
        out
    }

    fn scratch(&mut self, like: BufferId) -> BufferId {
        let bytes = self.program.buffers.get(like.0).map_or(0, |buffer| buffer.bytes);
        self.program.buffer(bytes, Content::Scratch)
    }

    fn number(&mut self, value: f32) -> BufferId {
        let bytes = Bytes::copy_from_slice(&value.to_le_bytes());
        self.program.buffer(4, Content::Constant(bytes))
    }

    /// A function of all elements of buffers of f32, each with its stride.
    fn map(
        &mut self,
        like: BufferId,
        function: Function,
        immediates: [u32; 3],
        inputs: &[(BufferId, u32)],
        out: BufferId,
    ) {
        let columns = self.elements(like);
        let x: Vec<Operand> =
            inputs.iter().map(|(_, stride)| Operand::at(0, [0, 0, *stride])).collect();
        let record = Record::map(MapSpec {
            function,
            element: element::F32,
            immediates,
            dims: [1, 1, columns],
            tile: [1, columns],
            x: &x,
            out: Operand::at(0, [0, 0, 4]),
        });
        let inputs: Vec<BufferId> = inputs.iter().map(|(id, _)| *id).collect();
        self.push(record, &inputs, out, true);
    }

    fn cast(&mut self, like: BufferId, types: [u8; 2], from: BufferId, to: BufferId) {
        let columns = self.elements(like);
        let [x, out] = types.map(|kind| {
            let stride = if kind == element::F32 { 4 } else { 1 };
            Operand::at(0, [0, 0, stride])
        });
        self.push(Record::cast(types, [1, 1, columns], [1, columns], x, out), &[from], to, false);
    }

    fn push(&mut self, record: Record, inputs: &[BufferId], out: BufferId, in_place: bool) {
        let mut buffers = [None; 6];
        for (slot, id) in buffers.iter_mut().zip(inputs) {
            *slot = Some(*id);
        }
        buffers[OUT] = Some(out);
        self.program.steps.push(Step { record, buffers, node: self.node, granule: 1, in_place });
    }
}
