//! Admission: the only way from a record to something that is executed.

use crate::{
    Header, Operation, Record, Refusal, Registers,
    cost::{MAX_COST, MAX_LENGTH},
    form,
    op::{self, Context},
};

/// Checks every rule of `docs/tensor.md` on a record, given the registers and the model's bounds.
///
/// Total: any record, any registers, any header. What it admits reads and writes only where protocol §4 allows, has disjoint
/// tiles, and costs at most [`MAX_COST`] small steps per tile.
///
/// # Errors
/// The first rule that the record breaks.
pub fn admit(
    record: &Record,
    registers: &Registers,
    header: &Header,
) -> Result<Operation, Refusal> {
    form::check(record)?;
    let operation = op::admit(&Context { record, registers, header })?;
    if operation.tiles() > MAX_LENGTH {
        return Err(Refusal::Length);
    }
    let cost = operation.cost(header);
    if cost > MAX_COST {
        return Err(Refusal::Cost(cost));
    }
    Ok(operation)
}
