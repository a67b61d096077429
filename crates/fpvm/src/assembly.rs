//! Instructions as the assembler writes them, with the n64 names of the registers.
//!
//! What is one [`Instruction`] for several encodings has one text: shifts by 32 and more are written `dsll rd, rt, 40`,
//! and hints are all `nop`.

use std::fmt::{self, Display, Formatter};

use crate::instruction::{
    AluOp::{self, *},
    Condition::{self, *},
    HiLo,
    Instruction::{self, *},
    Register,
};

/// Names of the registers in the n64 convention.
const NAMES: [&str; 32] = [
    "zero", "at", "v0", "v1", "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "t0", "t1", "t2",
    "t3", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "t8", "t9", "k0", "k1", "gp", "sp", "s8",
    "ra",
];

impl Display for Register {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(NAMES[self.index()])
    }
}

impl Display for Instruction {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match *self {
            Alu { op, rd, a, b } => match op {
                Sll | Srl | Sra | Rotr | Dsll | Dsrl | Dsra | Drotr => {
                    write!(f, "{}v {rd}, {a}, {b}", lower(op))
                }
                Clz | Clo | Dclz | Dclo | Seb | Seh | Wsbh | Dsbh | Dshd => {
                    write!(f, "{} {rd}, {a}", lower(op))
                }
                _ => write!(f, "{} {rd}, {a}, {b}", lower(op)),
            },
            AluImmediate { op: Sll, rd: Register::ZERO, .. } | Nop => f.write_str("nop"),
            AluImmediate { op: Lui, rd, b, .. } => write!(f, "lui {rd}, {b:#x}"),
            AluImmediate { op, rd, a, b } => match immediate(op) {
                (name, true) => write!(f, "{name} {rd}, {a}, {b:#x}"),
                (name, false) => write!(f, "{name} {rd}, {a}, {b}"),
            },
            MoveIf { rd, rs, rt, zero } => {
                write!(f, "{} {rd}, {rs}, {rt}", if zero { "movz" } else { "movn" })
            }
            Extract { rt, rs, position, size, word } => {
                write!(f, "{} {rt}, {rs}, {position}, {size}", if word { "ext" } else { "dext" })
            }
            Insert { rt, rs, position, size, word } => {
                write!(f, "{} {rt}, {rs}, {position}, {size}", if word { "ins" } else { "dins" })
            }
            MulDiv { op, rs, rt } => write!(f, "{} {rs}, {rt}", lower(op)),
            MoveFrom { rd, from } => write!(f, "mf{} {rd}", accumulator(from)),
            MoveTo { rs, to } => write!(f, "mt{} {rs}", accumulator(to)),
            Load { op, rt, base, offset } => write!(f, "{} {rt}, {offset}({base})", lower(op)),
            Store { op, rt, base, offset } => write!(f, "{} {rt}, {offset}({base})", lower(op)),
            Branch { when, rs, rt, offset, likely, link } => {
                let (link, likely) = (if link { "al" } else { "" }, if likely { "l" } else { "" });
                // From the branch itself; the field counts from its delay slot.
                let distance = 4 * (i32::from(offset) + 1);
                match when {
                    Equal | NotEqual => {
                        let name = if when == Equal { "beq" } else { "bne" };
                        write!(f, "{name}{likely} {rs}, {rt}, .{distance:+}")
                    }
                    _ => write!(f, "b{}z{link}{likely} {rs}, .{distance:+}", suffix(when)),
                }
            }
            Jump { index, link } => {
                write!(f, "{} {:#x}", if link { "jal" } else { "j" }, index << 2)
            }
            JumpRegister { rd: Register::ZERO, rs } => write!(f, "jr {rs}"),
            JumpRegister { rd, rs } => write!(f, "jalr {rd}, {rs}"),
            Trap { when, rs, rt } => write!(f, "t{} {rs}, {rt}", suffix(when)),
            TrapImmediate { when, rs, b } => match when {
                LessUnsigned => write!(f, "tltiu {rs}, {b}"),
                GreaterOrEqualUnsigned => write!(f, "tgeiu {rs}, {b}"),
                _ => write!(f, "t{}i {rs}, {b}", suffix(when)),
            },
            Syscall => f.write_str("syscall"),
            Break => f.write_str("break"),
            Linked => f.write_str("ll/sc"),
        }
    }
}

/// Mnemonic of an operation that is named after it.
fn lower(op: impl fmt::Debug) -> String {
    format!("{op:?}").to_lowercase()
}

/// Mnemonic of an operation with an immediate, and whether that is a bit pattern rather than a number.
fn immediate(op: AluOp) -> (String, bool) {
    match op {
        Addu | Daddu | Sltu => (format!("{}iu", lower(op).trim_end_matches('u')), false),
        Add | Dadd | Slt => (lower(op) + "i", false),
        And | Or | Xor => (lower(op) + "i", true),
        _ => (lower(op), false),
    }
}

const fn accumulator(register: HiLo) -> &'static str {
    match register {
        HiLo::Hi => "hi",
        HiLo::Lo => "lo",
    }
}

const fn suffix(when: Condition) -> &'static str {
    match when {
        Equal => "eq",
        NotEqual => "ne",
        Less => "lt",
        LessOrEqual => "le",
        Greater => "gt",
        GreaterOrEqual => "ge",
        LessUnsigned => "ltu",
        GreaterOrEqualUnsigned => "geu",
    }
}

#[cfg(test)]
mod tests {
    use crate::decode;

    #[test]
    fn instructions_are_written_as_the_assembler_reads_them() {
        for (word, text) in [
            (0x67bd_ffe0, "daddiu sp, sp, -32"),
            (0x0085_102d, "daddu v0, a0, a1"),
            (0x2c42_0010, "sltiu v0, v0, 16"),
            (0x3042_00ff, "andi v0, v0, 0xff"),
            (0x3c01_8000, "lui at, 0x8000"),
            (0x0000_0000, "nop"),
            (0x0004_2100, "sll a0, a0, 4"),
            (0x0004_203c, "dsll a0, a0, 32"),
            (0x00a4_2014, "dsllv a0, a0, a1"),
            (0x7c82_1a00, "ext v0, a0, 8, 4"),
            (0x7c04_2420, "seb a0, a0"),
            (0x0085_0018, "mult a0, a1"),
            (0x0000_1012, "mflo v0"),
            (0xdfbf_0018, "ld ra, 24(sp)"),
            (0xffbf_0018, "sd ra, 24(sp)"),
            (0x1485_ffff, "bne a0, a1, .+0"),
            (0x0481_0002, "bgez a0, .+12"),
            (0x0493_0002, "bgezall a0, .+12"),
            (0x5085_0001, "beql a0, a1, .+8"),
            (0x0c00_0010, "jal 0x40"),
            (0x03e0_0008, "jr ra"),
            (0x0320_f809, "jalr ra, t9"),
            (0x0004_01f4, "teq zero, a0"),
            (0x0489_0001, "tgeiu a0, 1"),
            (0x0000_000c, "syscall"),
        ] {
            assert_eq!(decode(word).map(|i| i.to_string()).as_deref(), Some(text), "{word:#010x}");
        }
    }
}
