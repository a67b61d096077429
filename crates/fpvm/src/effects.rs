//! What instructions write and which belong together: for the engines that run many of them at once. The reference step does
//! not use it.

use crate::{HiLo, Instruction, LoadOp, Register, StoreOp};

/// Numbers of hi and lo behind the general registers.
pub(crate) const HI: usize = 32;
pub(crate) const LO: usize = 33;

impl Register {
    /// The set of this register: bit n for rn, but `r0` is in none, which nothing changes.
    pub(crate) const fn bit(self) -> u64 {
        1 << self.index() & !1
    }
}

impl Instruction {
    /// The registers that the instruction writes, as a set: bit n for rn, then hi and lo.
    pub(crate) const fn written(self) -> u64 {
        match self {
            Self::Alu { rd, .. }
            | Self::AluImmediate { rd, .. }
            | Self::MoveIf { rd, .. }
            | Self::MoveFrom { rd, .. }
            | Self::JumpRegister { rd, .. } => rd.bit(),
            Self::Extract { rt, .. } | Self::Insert { rt, .. } | Self::Load { rt, .. } => rt.bit(),
            Self::Branch { link: true, .. } | Self::Jump { link: true, .. } => Register::RA.bit(),
            Self::MulDiv { .. } => 1 << HI | 1 << LO,
            Self::MoveTo { to: HiLo::Hi, .. } => 1 << HI,
            Self::MoveTo { to: HiLo::Lo, .. } => 1 << LO,
            _ => 0,
        }
    }

    /// If this and `right` load or store the left and the right half of one word, wherever it lies: how many bytes it has. The
    /// target of the loads is not the base.
    pub(crate) fn halves(self, right: Self) -> Option<i32> {
        let (bytes, (register, base, offset), (other, from, low)) = match (self, right) {
            (
                Self::Load { op, rt, base, offset },
                Self::Load { op: right, rt: to, base: from, offset: low },
            ) if rt != base => {
                let bytes = match (op, right) {
                    (LoadOp::Lwl, LoadOp::Lwr) => 4,
                    (LoadOp::Ldl, LoadOp::Ldr) => 8,
                    _ => return None,
                };
                (bytes, (rt, base, offset), (to, from, low))
            }
            (
                Self::Store { op, rt, base, offset },
                Self::Store { op: right, rt: to, base: from, offset: low },
            ) => {
                let bytes = match (op, right) {
                    (StoreOp::Swl, StoreOp::Swr) => 4,
                    (StoreOp::Sdl, StoreOp::Sdr) => 8,
                    _ => return None,
                };
                (bytes, (rt, base, offset), (to, from, low))
            }
            _ => return None,
        };
        let alike = (register, base) == (other, from);
        (alike && i32::from(offset) == i32::from(low) + bytes - 1).then_some(bytes)
    }
}
