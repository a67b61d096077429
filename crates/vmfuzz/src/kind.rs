//! What can go wrong with an operation.

use opml_fpvm::{AluOp, LoadOp, MulDivOp, StoreOp};

/// Whether it faults when its signed result does not fit.
pub(crate) const fn overflows(op: AluOp) -> bool {
    matches!(op, AluOp::Add | AluOp::Sub | AluOp::Dadd | AluOp::Dsub)
}

/// Whether it faults when the second operand is zero.
pub(crate) const fn divides(op: MulDivOp) -> bool {
    matches!(op, MulDivOp::Div | MulDivOp::Divu | MulDivOp::Ddiv | MulDivOp::Ddivu)
}

/// The alignment that a load needs.
pub(crate) const fn load_width(op: LoadOp) -> u16 {
    match op {
        LoadOp::Lh | LoadOp::Lhu => 2,
        LoadOp::Lw | LoadOp::Lwu => 4,
        LoadOp::Ld => 8,
        _ => 1,
    }
}

/// The alignment that a store needs.
pub(crate) const fn store_width(op: StoreOp) -> u16 {
    match op {
        StoreOp::Sh => 2,
        StoreOp::Sw => 4,
        StoreOp::Sd => 8,
        _ => 1,
    }
}
