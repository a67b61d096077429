//! The large step (protocol §4).

use core::ops::Range;

use crate::{
    Control, ControlFlow, DataHalf, Header, Operation, Record, Refusal, Span, admit,
    cost::WHOLE_BUDGET,
    execute,
    layout::{DONE, MODEL, OUTPUT, OUTPUT_BODY, PROGRAM, PROGRAM_ERROR, RECORD},
    memory::{clear, load, store},
    op::load_word,
};

/// Executes ranges of tiles of admitted operations; must leave the bytes that [`execute`] leaves.
pub trait Kernels<D: DataHalf + ?Sized> {
    /// Executes the tiles `tiles` of `operation`, which of control flow is STORE only.
    fn execute(&mut self, data: &mut D, operation: &Operation, tiles: Range<u64>);
}

/// The scalar kernels, tile by tile.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scalar;

impl<D: DataHalf + ?Sized> Kernels<D> for Scalar {
    fn execute(&mut self, data: &mut D, operation: &Operation, tiles: Range<u64>) {
        execute(data, operation, tiles);
    }
}

/// One large step: what the guest program does, and thereby the definition.
pub fn large_step<D: DataHalf + ?Sized>(data: &mut D) {
    run(data, &mut Scalar, 1);
}

/// At most `limit` large steps, whole ranges of tiles at a time; returns how many were made before the machine halted.
pub fn run<D: DataHalf + ?Sized, K: Kernels<D>>(data: &mut D, kernels: &mut K, limit: u64) -> u64 {
    let mut done = 0;
    while done < limit && !is_halted(data) {
        done += match Header::parse(&load(data, MODEL)) {
            Err(_) => {
                refuse(data, 0);
                1
            }
            Ok(header) if header.whole => {
                let mut budget = WHOLE_BUDGET;
                while !is_halted(data) {
                    advance(data, kernels, &header, Bound::Budget(&mut budget));
                }
                1
            }
            Ok(header) => advance(data, kernels, &header, Bound::Steps(limit - done)),
        };
    }
    done
}

/// Why the next large step would be a refusal; `None` if it would not be. Of a *whole* program only the first tile counts.
pub fn refusal<D: DataHalf + ?Sized>(data: &D) -> Option<Refusal> {
    match Header::parse(&load(data, MODEL)) {
        Err(error) => Some(Refusal::Header(error)),
        Ok(header) => {
            let mut budget = WHOLE_BUDGET;
            let bound = if header.whole { Bound::Budget(&mut budget) } else { Bound::Steps(1) };
            prepare(data, &Control::load(data), &header, bound).err()
        }
    }
}

/// Whether `complete` is not zero.
fn is_halted<D: DataHalf + ?Sized>(data: &D) -> bool {
    load::<8, D>(data, OUTPUT) != [0; 8]
}

/// What bounds the number of tiles that may be executed together.
enum Bound<'a> {
    /// Large steps left to the caller.
    Steps(u64),
    /// Small steps left to a *whole* program.
    Budget(&'a mut u64),
}

/// Executes tiles of the record at `pc`, or refuses it; returns the number of tiles, 1 for a refusal.
fn advance<D: DataHalf + ?Sized, K: Kernels<D>>(
    data: &mut D,
    kernels: &mut K,
    header: &Header,
    bound: Bound<'_>,
) -> u64 {
    let before = Control::load(data);
    let Ok((operation, count)) = prepare(data, &before, header, bound) else {
        refuse(data, header.output_max);
        return 1;
    };
    let mut control = before;
    control.step = control.step.wrapping_add(count);
    match operation {
        Operation::Control(ControlFlow::Halt { length }) => {
            halt(data, DONE, length, header.output_max)
        }
        Operation::Control(ControlFlow::Assign { register, value }) => {
            control.registers.set(register, value);
            control.pc += 1;
        }
        Operation::Control(ControlFlow::Branch { target }) => {
            control.pc = target.unwrap_or(control.pc + 1);
        }
        Operation::Control(ControlFlow::Load { register, from }) => {
            control.registers.set(register, load_word(data, from));
            control.pc += 1;
        }
        _ => {
            // `prepare` has checked that `tile + count ≤ tiles`.
            let end = control.tile + count;
            kernels.execute(data, &operation, control.tile..end);
            if end == operation.tiles() {
                control.pc += 1;
                control.tile = 0;
            } else {
                control.tile = end;
            }
        }
    }
    control.store(&before, data);
    count
}

/// The operation at `pc` and how many of its tiles may be executed together, at least 1.
fn prepare<D: DataHalf + ?Sized>(
    data: &D,
    control: &Control,
    header: &Header,
    bound: Bound<'_>,
) -> Result<(Operation, u64), Refusal> {
    let Control { pc, tile, step, registers } = control;
    if *pc >= u64::from(header.records) {
        return Err(Refusal::ProgramCounter { pc: *pc, records: header.records });
    }
    let record = Record::from_bytes(&load(data, PROGRAM + pc * RECORD));
    let operation = admit(&record, registers, header)?;
    let length = operation.tiles();
    let left = length.saturating_sub(*tile);
    if left == 0 {
        return Err(Refusal::TileCounter { tile: *tile, length });
    }
    let count = match bound {
        Bound::Steps(limit) => {
            let halts = matches!(operation, Operation::Control(ControlFlow::Halt { .. }));
            // The last large step that the model allows must halt.
            let spare = (header.max_steps - 1).saturating_sub(*step);
            let count = if halts { 1 } else { left.min(limit).min(spare) };
            if count == 0 {
                return Err(Refusal::StepBound(header.max_steps));
            }
            count
        }
        Bound::Budget(budget) => {
            let cost = operation.cost(header);
            let count = left.min(*budget / cost);
            if count == 0 {
                return Err(Refusal::Budget);
            }
            *budget -= count * cost;
            count
        }
    };
    Ok((operation, count))
}

/// Ends the run with a program error: the output body is cleared as far as the model may have written it.
fn refuse<D: DataHalf + ?Sized>(data: &mut D, output_max: u32) {
    halt(data, PROGRAM_ERROR, 0, output_max);
}

/// Writes leaf 0 of the output and clears the body behind the `length` bytes of the result.
fn halt<D: DataHalf + ?Sized>(data: &mut D, complete: u64, length: u64, output_max: u32) {
    for (index, word) in (0..).zip([complete, length, 0, 0]) {
        store(data, OUTPUT + 8 * index, &word.to_le_bytes());
    }
    let rest = u64::from(output_max).saturating_sub(length);
    clear(data, Span { start: OUTPUT_BODY + length, length: rest });
}
