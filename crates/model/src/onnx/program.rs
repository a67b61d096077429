//! The program as it grows: buffers, and records whose operands still count from the start of their buffer.
//!
//! A record whose sources are all constant is executed at once by the machine's own scalar kernels, and what it writes becomes a
//! constant: constant folding has no arithmetic of its own. Such records are kept until it is clear that nothing else is written to
//! the same buffer.

use opml_tensor::Record;
use prost::bytes::Bytes;

use super::{
    fold,
    value::{BufferId, Value},
};

/// Slot of a record's output.
pub(crate) const OUT: usize = 4;
/// Most small steps of the machine that folding may take, all records together: some seconds.
const FOLD_STEPS: u64 = 1 << 34;

/// A record and the buffers of its operands.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// `base` of each operand is the offset in its buffer.
    pub(crate) record: Record,
    pub(crate) buffers: [Option<BufferId>; 6],
    /// Index of the node it was made for.
    pub(crate) node: usize,
    /// Tile columns are a multiple of this.
    pub(crate) granule: u32,
    /// Whether the output may take the place of an input that lies the same way.
    pub(crate) in_place: bool,
}

/// Where the bytes of a buffer come from.
#[derive(Debug)]
pub(crate) enum Content {
    /// An input of the model, and the byte of all input at which it begins.
    Input { name: String, start: u64 },
    /// A part of the model's output, from this byte on.
    Output(u64),
    /// Written by records.
    Scratch,
    /// Known at import.
    Constant(Bytes),
    /// Written by records at import, as far as they have been emitted.
    Folded { bytes: Vec<u8>, steps: Vec<Step> },
}

/// A range of memory.
#[derive(Debug)]
pub(crate) struct Buffer {
    pub(crate) bytes: u64,
    pub(crate) content: Content,
}

/// Buffers and records.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) buffers: Vec<Buffer>,
    pub(crate) steps: Vec<Step>,
    /// The node that records are being made for.
    pub(crate) node: usize,
    /// Bytes that records, tables and folding may still allocate.
    memory: u64,
    /// Whether more was asked for.
    exhausted: bool,
    /// Small steps that folding may still take.
    time: u64,
}

impl Program {
    /// An empty program that may allocate `memory` bytes beside what the file holds.
    pub(crate) const fn new(memory: u64) -> Self {
        Self {
            buffers: Vec::new(),
            steps: Vec::new(),
            node: 0,
            memory,
            exhausted: false,
            time: FOLD_STEPS,
        }
    }

    pub(crate) fn buffer(&mut self, bytes: u64, content: Content) -> BufferId {
        self.buffers.push(Buffer { bytes, content });
        BufferId(self.buffers.len() - 1)
    }

    /// Takes `bytes` of what may still be allocated; false, from then on for the whole program, if there is not enough left.
    pub(crate) const fn charge(&mut self, bytes: u64) -> bool {
        match self.memory.checked_sub(bytes) {
            Some(left) => self.memory = left,
            None => self.exhausted = true,
        }
        !self.exhausted
    }

    /// Whether the program asked for more memory than it may have: it is not whole then.
    pub(crate) const fn is_exhausted(&self) -> bool {
        self.exhausted
    }

    /// The bytes of a buffer, if they are known.
    pub(crate) fn constant(&self, buffer: BufferId) -> Option<&[u8]> {
        match &self.buffers.get(buffer.0)?.content {
            Content::Constant(bytes) => Some(bytes),
            Content::Folded { bytes, .. } => Some(bytes),
            _ => None,
        }
    }

    /// Whether the elements of a value are known.
    pub(crate) fn is_constant(&self, value: &Value) -> bool {
        value.count() == 0 || self.constant(value.buffer).is_some()
    }

    /// Appends a record, or executes it if all that it reads is known.
    pub(crate) fn emit(&mut self, step: Step) {
        let Some(out) = step.buffers[OUT] else { return };
        if !self.charge(size_of::<Step>() as u64) {
            return;
        }
        if self.fold(&step, out) {
            return;
        }
        if let Some(buffer) = self.buffers.get_mut(out.0)
            && let Content::Folded { steps, .. } = &mut buffer.content
        {
            self.steps.append(steps);
            buffer.content = Content::Scratch;
        }
        self.steps.push(step);
    }

    /// Whether the record could be executed.
    fn fold(&mut self, step: &Step, out: BufferId) -> bool {
        let known = |(slot, buffer): (usize, &Option<BufferId>)| {
            slot == OUT || buffer.is_none_or(|buffer| self.constant(buffer).is_some())
        };
        if !step.buffers.iter().enumerate().all(known) {
            return false;
        }
        let written = self.is_written(out);
        let Some(buffer) = self.buffers.get_mut(out.0) else { return false };
        let (mut bytes, mut steps, size) = match &mut buffer.content {
            Content::Folded { bytes, steps } => (std::mem::take(bytes), std::mem::take(steps), 0),
            // Written before by a record that could not be executed?
            Content::Scratch if !written && buffer.bytes <= self.memory => {
                (vec![0; buffer.bytes as usize], Vec::new(), buffer.bytes)
            }
            _ => return false,
        };
        let mut sources: [&[u8]; 6] = [&[]; 6];
        for (slot, (source, buffer)) in sources.iter_mut().zip(step.buffers).enumerate() {
            if let Some(buffer) = buffer.filter(|_| slot != OUT) {
                *source = self.constant(buffer).unwrap_or(&[]);
            }
        }
        let left = fold::execute(step, &sources, &mut bytes, self.time);
        if left.is_some() {
            steps.push(step.clone());
        }
        self.time = left.unwrap_or(self.time);
        let untouched = steps.is_empty();
        if !untouched {
            self.memory -= size;
        }
        if let Some(buffer) = self.buffers.get_mut(out.0) {
            buffer.content =
                if untouched { Content::Scratch } else { Content::Folded { bytes, steps } };
        }
        left.is_some()
    }

    /// The inputs that a buffer's bytes depend on.
    pub(crate) fn inputs_of(&self, buffer: BufferId) -> Vec<String> {
        let mut needed = vec![false; self.buffers.len()];
        if let Some(needed) = needed.get_mut(buffer.0) {
            *needed = true;
        }
        for step in self.steps.iter().rev() {
            let out = step.buffers[OUT].map_or(0, |out| out.0);
            if needed.get(out).copied().unwrap_or(false) {
                for buffer in step.buffers.iter().flatten() {
                    if let Some(needed) = needed.get_mut(buffer.0) {
                        *needed = true;
                    }
                }
            }
        }
        let buffers = self.buffers.iter().zip(needed).filter(|(_, needed)| *needed);
        buffers
            .filter_map(|(buffer, _)| match &buffer.content {
                Content::Input { name, .. } => Some(name.clone()),
                _ => None,
            })
            .collect()
    }

    fn is_written(&self, buffer: BufferId) -> bool {
        // Buffers are written within one node; what it emitted is at the end.
        let mut recent = self.steps.iter().rev().take_while(|step| step.node == self.node);
        recent.any(|step| step.buffers[OUT] == Some(buffer))
    }
}
