//! Executing a record at import, on memory that consists of its operands.

use std::ptr;

use opml_tensor::{
    DataHalf, Header, Span, execute as run,
    layout::{ACTIVATIONS, MAX_STEPS, PAGE, WEIGHTS},
};

use super::{
    cut,
    program::{OUT, Step},
};

/// Sources in the place of weights, one behind the other; the output in that of activations.
struct Operands<'a> {
    sources: Vec<(u64, &'a [u8])>,
    target: &'a mut [u8],
}

// SAFETY: a pointer is given only to spans inside one of the slices, which live as long as `self` and are initialised. The source
// slices and the target slice are distinct borrows, so disjoint spans are disjoint memory.
unsafe impl DataHalf for Operands<'_> {
    fn source(&self, span: Span) -> *const u8 {
        let inside = |(start, bytes): &(u64, &[u8])| {
            let region = Span { start: *start, length: bytes.len() as u64 };
            let offset = region.contains(&span).then(|| span.start - start)?;
            Some(bytes.as_ptr().wrapping_add(offset as usize))
        };
        self.sources.iter().find_map(inside).unwrap_or(ptr::null())
    }

    fn target(&mut self, span: Span) -> *mut u8 {
        let region = Span { start: ACTIVATIONS, length: self.target.len() as u64 };
        if region.contains(&span) {
            self.target.as_mut_ptr().wrapping_add((span.start - ACTIVATIONS) as usize)
        } else {
            ptr::null_mut()
        }
    }
}

/// Executes the record with the machine's scalar kernels if that takes at most `time` small steps; returns what is left of them.
pub(crate) fn execute(
    step: &Step,
    sources: &[&[u8]; 6],
    target: &mut [u8],
    time: u64,
) -> Option<u64> {
    let mut record = step.record;
    let mut operands = Operands { sources: Vec::new(), target };
    let mut end = WEIGHTS;
    for (slot, (operand, bytes)) in record.operand.iter_mut().zip(sources).enumerate() {
        if slot == OUT {
            operand.base += ACTIVATIONS;
        } else if step.buffers.get(slot).is_some_and(Option::is_some) {
            operand.base += end;
            operands.sources.push((end, bytes));
            end = (end + bytes.len() as u64).next_multiple_of(PAGE);
        }
    }
    let header = Header {
        whole: false,
        records: 1,
        max_steps: MAX_STEPS,
        input_min: 0,
        input_max: 0,
        output_max: 0,
        activation_bytes: operands.target.len() as u64,
        weight_bytes: end - WEIGHTS,
    };
    let (_, operation) = cut::cut(&record, step.granule, &header).ok()?;
    let cost = operation.cost(&header).checked_mul(operation.tiles())?;
    let left = time.checked_sub(cost)?;
    run(&mut operands, &operation, 0..operation.tiles());
    Some(left)
}
