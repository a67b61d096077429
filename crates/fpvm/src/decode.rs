//! From a 32-bit word to an [`Instruction`]: the encoding table of §5 with its fields that must be
//! zero. Whatever is not matched is a reserved instruction.

use crate::instruction::{
    AluOp::{self, *},
    Condition::{self, *},
    HiLo::{Hi, Lo},
    Instruction::{self, *},
    LoadOp::{self, *},
    MulDivOp::{self, *},
    Register,
    StoreOp::{self, *},
};

/// The fields of a word, as the manual names them.
struct Fields {
    rs: u32,
    rt: u32,
    rd: u32,
    sa: u32,
    /// Sign-extended.
    immediate: i16,
}

impl Fields {
    const fn reg_rs(&self) -> Register {
        Register::new(self.rs)
    }

    const fn reg_rt(&self) -> Register {
        Register::new(self.rt)
    }

    const fn reg_rd(&self) -> Register {
        Register::new(self.rd)
    }
}

/// Decodes `word`; none if it is reserved.
pub fn decode(word: u32) -> Option<Instruction> {
    let f = Fields {
        rs: word >> 21 & 31,
        rt: word >> 16 & 31,
        rd: word >> 11 & 31,
        sa: word >> 6 & 31,
        immediate: word as i16,
    };
    let index = word & 0x03ff_ffff;
    match word >> 26 {
        0x00 => special(word & 0x3f, &f),
        0x01 => regimm(&f),
        0x02 => Some(Jump { index, link: false }),
        0x03 => Some(Jump { index, link: true }),
        0x04 => Some(branch(Equal, &f, false)),
        0x05 => Some(branch(NotEqual, &f, false)),
        0x06 if f.rt == 0 => Some(branch(LessOrEqual, &f, false)),
        0x07 if f.rt == 0 => Some(branch(Greater, &f, false)),
        0x08 => Some(alu_signed(Add, &f)),
        0x09 => Some(alu_signed(Addu, &f)),
        0x0a => Some(alu_signed(Slt, &f)),
        0x0b => Some(alu_signed(Sltu, &f)),
        0x0c => Some(alu_unsigned(And, &f)),
        0x0d => Some(alu_unsigned(Or, &f)),
        0x0e => Some(alu_unsigned(Xor, &f)),
        0x0f if f.rs == 0 => Some(alu_unsigned(Lui, &f)),
        0x14 => Some(branch(Equal, &f, true)),
        0x15 => Some(branch(NotEqual, &f, true)),
        0x16 if f.rt == 0 => Some(branch(LessOrEqual, &f, true)),
        0x17 if f.rt == 0 => Some(branch(Greater, &f, true)),
        0x18 => Some(alu_signed(Dadd, &f)),
        0x19 => Some(alu_signed(Daddu, &f)),
        0x1a => Some(load(Ldl, &f)),
        0x1b => Some(load(Ldr, &f)),
        0x1c => special2(word & 0x3f, &f),
        0x1f => special3(word & 0x3f, &f),
        0x20 => Some(load(Lb, &f)),
        0x21 => Some(load(Lh, &f)),
        0x22 => Some(load(Lwl, &f)),
        0x23 => Some(load(Lw, &f)),
        0x24 => Some(load(Lbu, &f)),
        0x25 => Some(load(Lhu, &f)),
        0x26 => Some(load(Lwr, &f)),
        0x27 => Some(load(Lwu, &f)),
        0x28 => Some(store(Sb, &f)),
        0x29 => Some(store(Sh, &f)),
        0x2a => Some(store(Swl, &f)),
        0x2b => Some(store(Sw, &f)),
        0x2c => Some(store(Sdl, &f)),
        0x2d => Some(store(Sdr, &f)),
        0x2e => Some(store(Swr, &f)),
        0x30 | 0x34 | 0x38 | 0x3c => Some(Linked),
        0x33 => Some(Nop),
        0x37 => Some(load(Ld, &f)),
        0x3f => Some(store(Sd, &f)),
        _ => None,
    }
}

const fn special(funct: u32, f: &Fields) -> Option<Instruction> {
    match (funct, f.rs, f.rt, f.rd, f.sa) {
        (0x00, 0, ..) => Some(shift(Sll, f, 0)),
        (0x02, 0, ..) => Some(shift(Srl, f, 0)),
        (0x02, 1, ..) => Some(shift(Rotr, f, 0)),
        (0x03, 0, ..) => Some(shift(Sra, f, 0)),
        (0x04, .., 0) => Some(shift_variable(Sll, f)),
        (0x06, .., 0) => Some(shift_variable(Srl, f)),
        (0x06, .., 1) => Some(shift_variable(Rotr, f)),
        (0x07, .., 0) => Some(shift_variable(Sra, f)),
        (0x08, _, 0, 0, _) => Some(JumpRegister { rd: Register::ZERO, rs: f.reg_rs() }),
        (0x09, _, 0, ..) => Some(JumpRegister { rd: f.reg_rd(), rs: f.reg_rs() }),
        (0x0a, .., 0) => Some(move_if(true, f)),
        (0x0b, .., 0) => Some(move_if(false, f)),
        (0x0c, ..) => Some(Syscall),
        (0x0d, ..) => Some(Break),
        (0x0f, ..) => Some(Nop),
        (0x10, 0, 0, _, 0) => Some(MoveFrom { rd: f.reg_rd(), from: Hi }),
        (0x11, _, 0, 0, 0) => Some(MoveTo { rs: f.reg_rs(), to: Hi }),
        (0x12, 0, 0, _, 0) => Some(MoveFrom { rd: f.reg_rd(), from: Lo }),
        (0x13, _, 0, 0, 0) => Some(MoveTo { rs: f.reg_rs(), to: Lo }),
        (0x14, .., 0) => Some(shift_variable(Dsll, f)),
        (0x16, .., 0) => Some(shift_variable(Dsrl, f)),
        (0x16, .., 1) => Some(shift_variable(Drotr, f)),
        (0x17, .., 0) => Some(shift_variable(Dsra, f)),
        (0x18, .., 0, 0) => Some(mul_div(Mult, f)),
        (0x19, .., 0, 0) => Some(mul_div(Multu, f)),
        (0x1a, .., 0, 0) => Some(mul_div(Div, f)),
        (0x1b, .., 0, 0) => Some(mul_div(Divu, f)),
        (0x1c, .., 0, 0) => Some(mul_div(Dmult, f)),
        (0x1d, .., 0, 0) => Some(mul_div(Dmultu, f)),
        (0x1e, .., 0, 0) => Some(mul_div(Ddiv, f)),
        (0x1f, .., 0, 0) => Some(mul_div(Ddivu, f)),
        (0x20, .., 0) => Some(alu(Add, f)),
        (0x21, .., 0) => Some(alu(Addu, f)),
        (0x22, .., 0) => Some(alu(Sub, f)),
        (0x23, .., 0) => Some(alu(Subu, f)),
        (0x24, .., 0) => Some(alu(And, f)),
        (0x25, .., 0) => Some(alu(Or, f)),
        (0x26, .., 0) => Some(alu(Xor, f)),
        (0x27, .., 0) => Some(alu(Nor, f)),
        (0x2a, .., 0) => Some(alu(Slt, f)),
        (0x2b, .., 0) => Some(alu(Sltu, f)),
        (0x2c, .., 0) => Some(alu(Dadd, f)),
        (0x2d, .., 0) => Some(alu(Daddu, f)),
        (0x2e, .., 0) => Some(alu(Dsub, f)),
        (0x2f, .., 0) => Some(alu(Dsubu, f)),
        (0x30, ..) => Some(trap(GreaterOrEqual, f)),
        (0x31, ..) => Some(trap(GreaterOrEqualUnsigned, f)),
        (0x32, ..) => Some(trap(Less, f)),
        (0x33, ..) => Some(trap(LessUnsigned, f)),
        (0x34, ..) => Some(trap(Equal, f)),
        (0x36, ..) => Some(trap(NotEqual, f)),
        (0x38, 0, ..) => Some(shift(Dsll, f, 0)),
        (0x3a, 0, ..) => Some(shift(Dsrl, f, 0)),
        (0x3a, 1, ..) => Some(shift(Drotr, f, 0)),
        (0x3b, 0, ..) => Some(shift(Dsra, f, 0)),
        (0x3c, 0, ..) => Some(shift(Dsll, f, 32)),
        (0x3e, 0, ..) => Some(shift(Dsrl, f, 32)),
        (0x3e, 1, ..) => Some(shift(Drotr, f, 32)),
        (0x3f, 0, ..) => Some(shift(Dsra, f, 32)),
        _ => None,
    }
}

const fn regimm(f: &Fields) -> Option<Instruction> {
    match f.rt {
        0x00 => Some(branch_zero(Less, f, false, false)),
        0x01 => Some(branch_zero(GreaterOrEqual, f, false, false)),
        0x02 => Some(branch_zero(Less, f, true, false)),
        0x03 => Some(branch_zero(GreaterOrEqual, f, true, false)),
        0x08 => Some(trap_immediate(GreaterOrEqual, f)),
        0x09 => Some(trap_immediate(GreaterOrEqualUnsigned, f)),
        0x0a => Some(trap_immediate(Less, f)),
        0x0b => Some(trap_immediate(LessUnsigned, f)),
        0x0c => Some(trap_immediate(Equal, f)),
        0x0e => Some(trap_immediate(NotEqual, f)),
        0x10 => Some(branch_zero(Less, f, false, true)),
        0x11 => Some(branch_zero(GreaterOrEqual, f, false, true)),
        0x12 => Some(branch_zero(Less, f, true, true)),
        0x13 => Some(branch_zero(GreaterOrEqual, f, true, true)),
        0x1f => Some(Nop),
        _ => None,
    }
}

const fn special2(funct: u32, f: &Fields) -> Option<Instruction> {
    match (funct, f.rd, f.sa) {
        (0x00, 0, 0) => Some(mul_div(Madd, f)),
        (0x01, 0, 0) => Some(mul_div(Maddu, f)),
        (0x02, _, 0) => Some(alu(Mul, f)),
        (0x04, 0, 0) => Some(mul_div(Msub, f)),
        (0x05, 0, 0) => Some(mul_div(Msubu, f)),
        (0x20, _, 0) => Some(unary(Clz, f, f.reg_rs())),
        (0x21, _, 0) => Some(unary(Clo, f, f.reg_rs())),
        (0x24, _, 0) => Some(unary(Dclz, f, f.reg_rs())),
        (0x25, _, 0) => Some(unary(Dclo, f, f.reg_rs())),
        _ => None,
    }
}

fn special3(funct: u32, f: &Fields) -> Option<Instruction> {
    let last = f.rd;
    match (funct, f.sa) {
        (0x00, _) => extract(f, f.sa, f.rd + 1, true),
        (0x01, _) => extract(f, f.sa, f.rd + 33, false),
        (0x02, _) => extract(f, f.sa + 32, f.rd + 1, false),
        (0x03, _) => extract(f, f.sa, f.rd + 1, false),
        (0x04, _) => insert(f, f.sa, last, true),
        (0x05, _) => insert(f, f.sa, last + 32, false),
        (0x06, _) => insert(f, f.sa + 32, last + 32, false),
        (0x07, _) => insert(f, f.sa, last, false),
        (0x20, 0x02) if f.rs == 0 => Some(unary(Wsbh, f, f.reg_rt())),
        (0x20, 0x10) if f.rs == 0 => Some(unary(Seb, f, f.reg_rt())),
        (0x20, 0x18) if f.rs == 0 => Some(unary(Seh, f, f.reg_rt())),
        (0x24, 0x02) if f.rs == 0 => Some(unary(Dsbh, f, f.reg_rt())),
        (0x24, 0x05) if f.rs == 0 => Some(unary(Dshd, f, f.reg_rt())),
        _ => None,
    }
}

const fn alu(op: AluOp, f: &Fields) -> Instruction {
    Alu { op, rd: f.reg_rd(), a: f.reg_rs(), b: f.reg_rt() }
}

const fn unary(op: AluOp, f: &Fields, a: Register) -> Instruction {
    Alu { op, rd: f.reg_rd(), a, b: Register::ZERO }
}

fn alu_signed(op: AluOp, f: &Fields) -> Instruction {
    AluImmediate { op, rd: f.reg_rt(), a: f.reg_rs(), b: i32::from(f.immediate) }
}

fn alu_unsigned(op: AluOp, f: &Fields) -> Instruction {
    AluImmediate { op, rd: f.reg_rt(), a: f.reg_rs(), b: i32::from(f.immediate as u16) }
}

const fn shift(op: AluOp, f: &Fields, more: u32) -> Instruction {
    AluImmediate { op, rd: f.reg_rd(), a: f.reg_rt(), b: (f.sa + more) as i32 }
}

const fn shift_variable(op: AluOp, f: &Fields) -> Instruction {
    Alu { op, rd: f.reg_rd(), a: f.reg_rt(), b: f.reg_rs() }
}

const fn move_if(zero: bool, f: &Fields) -> Instruction {
    MoveIf { rd: f.reg_rd(), rs: f.reg_rs(), rt: f.reg_rt(), zero }
}

const fn mul_div(op: MulDivOp, f: &Fields) -> Instruction {
    MulDiv { op, rs: f.reg_rs(), rt: f.reg_rt() }
}

fn extract(f: &Fields, position: u32, size: u32, word: bool) -> Option<Instruction> {
    let width = if word { 32 } else { 64 };
    (position + size <= width).then(|| Extract {
        rt: f.reg_rt(),
        rs: f.reg_rs(),
        position: position as u8,
        size: size as u8,
        word,
    })
}

/// `ins` names the first and the last bit.
fn insert(f: &Fields, position: u32, last: u32, word: bool) -> Option<Instruction> {
    let size = (last + 1).checked_sub(position).filter(|size| *size > 0)?;
    Some(Insert {
        rt: f.reg_rt(),
        rs: f.reg_rs(),
        position: position as u8,
        size: size as u8,
        word,
    })
}

const fn load(op: LoadOp, f: &Fields) -> Instruction {
    Load { op, rt: f.reg_rt(), base: f.reg_rs(), offset: f.immediate }
}

const fn store(op: StoreOp, f: &Fields) -> Instruction {
    Store { op, rt: f.reg_rt(), base: f.reg_rs(), offset: f.immediate }
}

const fn branch(when: Condition, f: &Fields, likely: bool) -> Instruction {
    let (rs, rt) = (f.reg_rs(), f.reg_rt());
    Branch { when, rs, rt, offset: f.immediate, likely, link: false }
}

const fn branch_zero(when: Condition, f: &Fields, likely: bool, link: bool) -> Instruction {
    Branch { when, rs: f.reg_rs(), rt: Register::ZERO, offset: f.immediate, likely, link }
}

const fn trap(when: Condition, f: &Fields) -> Instruction {
    Trap { when, rs: f.reg_rs(), rt: f.reg_rt() }
}

const fn trap_immediate(when: Condition, f: &Fields) -> Instruction {
    TrapImmediate { when, rs: f.reg_rs(), b: f.immediate }
}
