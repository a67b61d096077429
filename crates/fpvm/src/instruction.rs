//! Decoded instructions: what differs only in its encoding is one instruction here.

/// Number of a general register, 0 … 31.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Register(u8);

impl Register {
    /// The register that reads 0.
    pub const ZERO: Self = Self(0);
    /// Number of the system call.
    pub const V0: Self = Self(2);
    /// First argument.
    pub const A0: Self = Self(4);
    /// Return address of the linking branches.
    pub const RA: Self = Self(31);

    /// Returns the register in the low five bits of `field`.
    pub const fn new(field: u32) -> Self {
        Self(field as u8 & 31)
    }

    /// Returns the number.
    #[inline]
    pub const fn index(self) -> usize {
        (self.0 & 31) as usize
    }
}

/// A decoded instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "fields carry the manual's names; `a` and `b` are operands")]
pub enum Instruction {
    /// `rd = op(a, b)`.
    Alu { op: AluOp, rd: Register, a: Register, b: Register },
    /// `rd = op(a, b)` with an immediate, already sign- or zero-extended.
    AluImmediate { op: AluOp, rd: Register, a: Register, b: i32 },
    /// `movz`, `movn`: `rd = rs` if `rt = 0` is `zero`.
    MoveIf { rd: Register, rs: Register, rt: Register, zero: bool },
    /// `ext`, `dext…`: `rt` = the `size` bits of `rs` from `position`; `word`: sign-extended from 32.
    Extract { rt: Register, rs: Register, position: u8, size: u8, word: bool },
    /// `ins`, `dins…`: the `size` bits of `rt` from `position` = the low bits of `rs`.
    Insert { rt: Register, rs: Register, position: u8, size: u8, word: bool },
    /// Multiplication, multiply-add or division of `rs` and `rt` into hi and lo.
    MulDiv { op: MulDivOp, rs: Register, rt: Register },
    /// `mfhi`, `mflo`.
    MoveFrom { rd: Register, from: HiLo },
    /// `mthi`, `mtlo`.
    MoveTo { rs: Register, to: HiLo },
    /// A load from `base + offset` into `rt`.
    Load { op: LoadOp, rt: Register, base: Register, offset: i16 },
    /// A store of `rt` to `base + offset`.
    Store { op: StoreOp, rt: Register, base: Register, offset: i16 },
    /// A branch by `offset` instructions from its delay slot.
    Branch {
        /// Taken if this holds for `rs` and `rt`.
        when: Condition,
        rs: Register,
        rt: Register,
        offset: i16,
        /// Skips the delay slot when not taken.
        likely: bool,
        /// Writes the return address to `r31`.
        link: bool,
    },
    /// `j`, `jal`: to instruction `index` of the delay slot's 256 MiB region.
    Jump { index: u32, link: bool },
    /// `jr`, `jalr`: to `rs`, with the return address in `rd`.
    JumpRegister { rd: Register, rs: Register },
    /// Faults if the condition holds for `rs` and `rt`.
    Trap { when: Condition, rs: Register, rt: Register },
    /// Faults if the condition holds for `rs` and a sign-extended immediate.
    TrapImmediate { when: Condition, rs: Register, b: i16 },
    /// `syscall`.
    Syscall,
    /// `break`.
    Break,
    /// `ll`, `lld`, `sc`, `scd`.
    Linked,
    /// `sync`, `synci`, `pref`.
    Nop,
}

/// Operations of two operands and one result. `…u` forms wrap, the others fault on overflow;
/// `D…` forms work on 64 bits, the others on the low 32 with a sign-extended result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "these are the mnemonics of the architecture")]
pub enum AluOp {
    Add,
    Addu,
    Sub,
    Subu,
    Dadd,
    Daddu,
    Dsub,
    Dsubu,
    And,
    Or,
    Xor,
    Nor,
    Slt,
    Sltu,
    Lui,
    Sll,
    Srl,
    Sra,
    Rotr,
    Dsll,
    Dsrl,
    Dsra,
    Drotr,
    Mul,
    Clz,
    Clo,
    Dclz,
    Dclo,
    Seb,
    Seh,
    Wsbh,
    Dsbh,
    Dshd,
}

/// Operations on hi and lo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "these are the mnemonics of the architecture")]
pub enum MulDivOp {
    Mult,
    Multu,
    Div,
    Divu,
    Dmult,
    Dmultu,
    Ddiv,
    Ddivu,
    Madd,
    Maddu,
    Msub,
    Msubu,
}

/// One of the two accumulators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HiLo {
    /// `hi`.
    Hi,
    /// `lo`.
    Lo,
}

/// Loads, by width and extension; `…l` and `…r` load a part of the aligned word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "these are the mnemonics of the architecture")]
pub enum LoadOp {
    Lb,
    Lbu,
    Lh,
    Lhu,
    Lw,
    Lwu,
    Ld,
    Lwl,
    Lwr,
    Ldl,
    Ldr,
}

/// Stores, by width; `…l` and `…r` store a part of the aligned word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "these are the mnemonics of the architecture")]
pub enum StoreOp {
    Sb,
    Sh,
    Sw,
    Sd,
    Swl,
    Swr,
    Sdl,
    Sdr,
}

/// A comparison of two 64-bit operands; signed unless the name says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the comparisons are what they say")]
pub enum Condition {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    LessUnsigned,
    GreaterOrEqualUnsigned,
}

impl Condition {
    /// Returns whether the condition holds for `a` and `b`.
    #[inline]
    pub const fn holds(self, a: u64, b: u64) -> bool {
        let (signed_a, signed_b) = (a as i64, b as i64);
        match self {
            Self::Equal => a == b,
            Self::NotEqual => a != b,
            Self::Less => signed_a < signed_b,
            Self::LessOrEqual => signed_a <= signed_b,
            Self::Greater => signed_a > signed_b,
            Self::GreaterOrEqual => signed_a >= signed_b,
            Self::LessUnsigned => a < b,
            Self::GreaterOrEqualUnsigned => a >= b,
        }
    }
}
