//! Executing the float program on calibration inputs.

use std::collections::BTreeMap;

use opml_tensor::element;

use super::scale::Range;
use crate::onnx::{
    OnnxError, fold,
    program::{Content, OUT, Program, Step},
    value::BufferId,
};

/// What each buffer of f32 held, over all inputs.
pub(super) type Ranges = BTreeMap<BufferId, Range>;

/// Executes the program on each of `samples`.
pub(super) fn calibrate(program: &Program, samples: &[Vec<u8>]) -> Result<Ranges, OnnxError> {
    if samples.is_empty() {
        return Err(OnnxError::Calibration("there are no calibration inputs".to_owned()));
    }
    let mut ranges = Ranges::new();
    for (index, sample) in samples.iter().enumerate() {
        let mut memory = Memory::new(program, sample);
        for step in &program.steps {
            for (slot, buffer) in step.buffers.iter().enumerate() {
                let is_input =
                    |id: &BufferId| matches!(content(program, *id), Some(Content::Input { .. }));
                let Some(id) = buffer.filter(is_input) else { continue };
                if step.record.types.get(slot) == Some(&element::F32) {
                    note(&mut ranges, id, memory.bytes(program, id), index)?;
                }
            }
            let Some(out) = step.buffers[OUT] else { continue };
            memory.execute(program, step, out)?;
            let [_, _, element, _] = step.record.types;
            if element == element::F32 {
                note(&mut ranges, out, memory.bytes(program, out), index)?;
            }
        }
    }
    Ok(ranges)
}

fn note(ranges: &mut Ranges, id: BufferId, bytes: &[u8], sample: usize) -> Result<(), OnnxError> {
    let range = ranges.entry(id).or_default();
    for word in bytes.as_chunks().0 {
        let value = f32::from_le_bytes(*word);
        if !value.is_finite() {
            let reason = format!("a value of calibration input {sample} is not finite");
            return Err(OnnxError::Calibration(reason));
        }
        *range = range.with(value);
    }
    Ok(())
}

fn content(program: &Program, id: BufferId) -> Option<&Content> {
    program.buffers.get(id.0).map(|buffer| &buffer.content)
}

/// The buffers that are no constants.
struct Memory {
    buffers: BTreeMap<BufferId, Vec<u8>>,
}

impl Memory {
    fn new(program: &Program, sample: &[u8]) -> Self {
        let mut buffers = BTreeMap::new();
        for id in program.steps.iter().flat_map(|step| step.buffers).flatten() {
            let Some(buffer) = program.buffers.get(id.0) else { continue };
            let bytes = match &buffer.content {
                Content::Constant(_) | Content::Folded { .. } => continue,
                Content::Input { start, .. } => {
                    let rest = sample.get(*start as usize..).unwrap_or(&[]);
                    rest.get(..buffer.bytes as usize).unwrap_or(&[]).to_vec()
                }
                Content::Output(_) | Content::Scratch => Vec::new(),
            };
            buffers.entry(id).or_insert(bytes);
        }
        Self { buffers }
    }

    fn bytes<'a>(&'a self, program: &'a Program, id: BufferId) -> &'a [u8] {
        program.constant(id).or_else(|| self.buffers.get(&id).map(Vec::as_slice)).unwrap_or(&[])
    }

    fn execute(&mut self, program: &Program, step: &Step, out: BufferId) -> Result<(), OnnxError> {
        let size = program.buffers.get(out.0).map_or(0, |buffer| buffer.bytes);
        let mut target = self.buffers.get_mut(&out).map(std::mem::take).unwrap_or_default();
        // Written for the first time.
        target.resize(size as usize, 0);
        let mut sources: [&[u8]; 6] = [&[]; 6];
        for (slot, (source, buffer)) in sources.iter_mut().zip(step.buffers).enumerate() {
            if let Some(buffer) = buffer.filter(|_| slot != OUT) {
                *source = self.bytes(program, buffer);
            }
        }
        let done = fold::execute(step, &sources, &mut target, u64::MAX).is_some();
        self.buffers.insert(out, target);
        if done {
            return Ok(());
        }
        Err(OnnxError::Calibration(format!(
            "a record of node {} cannot be executed at import",
            step.node
        )))
    }
}
