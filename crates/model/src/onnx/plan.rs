//! Where buffers lie: lifetimes over the live records, best fit.

use std::collections::BTreeMap;

use opml_engine::ModelFile;
use opml_tensor::{
    Operation, Record,
    layout::{ACTIVATIONS, INPUT, LEAF, OUTPUT_BODY, PAGE},
};

use super::{
    OnnxError, cut,
    program::{Content, OUT, Program, Step},
    value::BufferId,
};
use crate::ModelBuilder;

/// Small buffers begin at a cache line.
const LINE: u64 = 64;

/// What the finished program comes to.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) model: ModelFile,
    /// The node that each record was made for, but for the last record, HALT.
    pub(crate) nodes: Vec<usize>,
}

/// Removes what no output needs, places buffers, cuts tiles and encodes the model.
pub(crate) fn plan(
    mut program: Program,
    name: &str,
    input_bytes: u32,
    output_bytes: u32,
    node_name: impl Fn(usize) -> String,
) -> Result<Planned, OnnxError> {
    let steps = live(&mut program);
    let mut model = ModelBuilder::new(name);
    model.input(input_bytes..=input_bytes).output_max(output_bytes);
    let addresses = place(&program, &steps, &mut model);
    let mut records: Vec<(usize, u32, Record)> = Vec::new();
    for step in &steps {
        let mut record = step.record;
        for (operand, buffer) in record.operand.iter_mut().zip(step.buffers) {
            if let Some(buffer) = buffer {
                operand.base += addresses.get(&buffer).copied().unwrap_or(0);
            }
        }
        records.push((step.node, step.granule, record));
    }
    let header = model.header();
    let mut large_steps = 1;
    let mut nodes = Vec::new();
    for (index, (node, granule, record)) in records.iter().enumerate() {
        let (record, operation) = cut::cut(record, *granule, &header)
            .map_err(|reason| OnnxError::Refused { node: node_name(*node), index, reason })?;
        large_steps += Operation::tiles(&operation);
        model.record(record);
        nodes.push(*node);
    }
    model.record(Record::halt(0, output_bytes.into()));
    model.max_steps(large_steps);
    Ok(Planned { model: model.build()?, nodes })
}

/// The records that something written to the output depends on, in order.
pub(crate) fn live(program: &mut Program) -> Vec<Step> {
    let mut needed = vec![false; program.buffers.len()];
    let mut steps = std::mem::take(&mut program.steps);
    let mut live = Vec::new();
    while let Some(step) = steps.pop() {
        let Some(out) = step.buffers[OUT] else { continue };
        let is_output = matches!(
            program.buffers.get(out.0).map(|buffer| &buffer.content),
            Some(Content::Output(_))
        );
        if !is_output && !needed.get(out.0).copied().unwrap_or(false) {
            continue;
        }
        for buffer in step.buffers.iter().flatten() {
            if let Some(needed) = needed.get_mut(buffer.0) {
                *needed = true;
            }
        }
        live.push(step);
    }
    live.reverse();
    live
}

/// The address of every buffer that a step uses. Constants and scratch memory are entered into `model`.
fn place(program: &Program, steps: &[Step], model: &mut ModelBuilder) -> BTreeMap<BufferId, u64> {
    let mut addresses = BTreeMap::new();
    let mut lives: BTreeMap<BufferId, (usize, usize)> = BTreeMap::new();
    let mut known: BTreeMap<&[u8], u64> = BTreeMap::new();
    for (index, step) in steps.iter().enumerate() {
        for id in step.buffers.iter().flatten() {
            let Some(buffer) = program.buffers.get(id.0) else { continue };
            match &buffer.content {
                Content::Input { start, .. } => {
                    addresses.insert(*id, INPUT + LEAF + start);
                }
                Content::Output(offset) => {
                    addresses.insert(*id, OUTPUT_BODY + offset);
                }
                Content::Scratch => lives.entry(*id).or_insert((index, index)).1 = index,
                Content::Constant(_) | Content::Folded { .. } => {
                    let bytes = program.constant(*id).unwrap_or(&[]);
                    addresses.entry(*id).or_insert_with(|| {
                        *known.entry(bytes).or_insert_with(|| model.weight(bytes))
                    });
                }
            }
        }
    }
    let mut memory = Memory::default();
    let mut starts: Vec<Vec<BufferId>> = vec![Vec::new(); steps.len()];
    let mut ends = starts.clone();
    for (id, (first, last)) in &lives {
        if let (Some(first), Some(last)) = (starts.get_mut(*first), ends.get_mut(*last)) {
            first.push(*id);
            last.push(*id);
        }
    }
    let size = |id: &BufferId| program.buffers.get(id.0).map_or(0, |buffer| buffer.bytes);
    for ((step, starts), ends) in steps.iter().zip(&starts).zip(&ends) {
        let mut ends = ends.clone();
        for id in starts {
            let heir = in_place(step, *id, &ends, &size, &addresses);
            let offset = if let Some((position, address)) = heir {
                ends.remove(position);
                address - ACTIVATIONS
            } else {
                memory.take(size(id))
            };
            addresses.insert(*id, ACTIVATIONS + offset);
        }
        for id in ends {
            if let Some(address) = addresses.get(&id) {
                memory.give(address - ACTIVATIONS, size(&id));
            }
        }
    }
    model.activation(memory.end);
    addresses
}

/// The input whose place the output of an elementwise record takes: it is read for the last time, and lies the same way.
fn in_place(
    step: &Step,
    out: BufferId,
    ends: &[BufferId],
    size: &impl Fn(&BufferId) -> u64,
    addresses: &BTreeMap<BufferId, u64>,
) -> Option<(usize, u64)> {
    if !step.in_place || step.buffers[OUT] != Some(out) {
        return None;
    }
    let target = &step.record.operand[OUT];
    let mut same = step.record.operand.iter().zip(step.buffers).enumerate().filter_map(
        |(slot, (operand, buffer))| {
            let buffer = buffer.filter(|buffer| slot != OUT && *buffer != out)?;
            let same_place = operand.base == target.base && operand.stride == target.stride;
            (same_place && size(&buffer) == size(&out)).then_some(buffer)
        },
    );
    let heir = same.find(|buffer| ends.contains(buffer))?;
    // Read by another operand in another way?
    let clash = step.record.operand.iter().zip(step.buffers).any(|(operand, buffer)| {
        buffer == Some(heir) && (operand.base != target.base || operand.stride != target.stride)
    });
    if clash {
        return None;
    }
    let position = ends.iter().position(|buffer| *buffer == heir)?;
    Some((position, *addresses.get(&heir)?))
}

/// Free ranges of the activations, by offset; behind `end` everything is free.
#[derive(Debug, Default)]
struct Memory {
    free: BTreeMap<u64, u64>,
    end: u64,
}

impl Memory {
    /// Pages are never shared by two buffers of a page or more.
    const fn rounded(bytes: u64) -> (u64, u64) {
        let alignment = if bytes >= PAGE { PAGE } else { LINE };
        (bytes.next_multiple_of(alignment), alignment)
    }

    /// The least free range that is large enough.
    fn take(&mut self, bytes: u64) -> u64 {
        let (bytes, alignment) = Self::rounded(bytes);
        let fitting = self.free.iter().filter_map(|(start, length)| {
            let at = start.next_multiple_of(alignment);
            (at + bytes <= start + length).then_some((*length, *start, at))
        });
        let Some((length, start, at)) = fitting.min() else {
            let at = self.end.next_multiple_of(alignment);
            if at > self.end {
                self.give(self.end, at - self.end);
            }
            self.end = at + bytes;
            return at;
        };
        self.free.remove(&start);
        if at > start {
            self.free.insert(start, at - start);
        }
        if at + bytes < start + length {
            self.free.insert(at + bytes, start + length - (at + bytes));
        }
        at
    }

    fn give(&mut self, start: u64, bytes: u64) {
        let (mut start, mut length) = (start, Self::rounded(bytes).0);
        if let Some((before, size)) = self.free.range(..start).next_back()
            && before + size == start
        {
            (start, length) = (*before, length + size);
            self.free.remove(&start);
        }
        if let Some(size) = self.free.remove(&(start + length)) {
            length += size;
        }
        if length > 0 {
            self.free.insert(start, length);
        }
    }
}
