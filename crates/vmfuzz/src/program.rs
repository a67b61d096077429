//! Programs that live long: every encoding alike, with operands that keep most of them from faulting,
//! and with loops, calls and jumps between their parts.

use crate::{
    Encoding,
    kind::{divides, load_width, overflows, store_width},
    value::pick,
};
use opml_fpvm::{AluOp, Condition, Instruction, TEXT_END, decode};
use rand::Rng;

/// Registers that guards compute operands in.
const SCRATCH: [u32; 2] = [24, 25];
/// Registers that hold addresses of data; few instructions write to them.
pub(crate) const BASES: [u32; 4] = [26, 27, 28, 29];
/// Register that holds an address of the program, for loads from text.
pub(crate) const TEXT_BASE: u32 = 30;
/// Register that holds the start of a unit until something overwrites it.
pub(crate) const LINK: u32 = 31;

const NOP: u32 = 0;
/// Chunks lie in different blocks of this many bytes.
const CHUNK_BYTES: u64 = 0x4_0000;

/// Words, and the addresses where control may enter: before an instruction and all that guards it.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(crate) words: Vec<(u64, u32)>,
    pub(crate) units: Vec<u64>,
}

/// A word whose target is known only when all units are written.
struct Reference {
    word: usize,
    unit: usize,
    kind: Kind,
}

enum Kind {
    Branch,
    Jump,
    /// `lui` and `ori`, which make an address.
    Address,
}

struct Writer<'a, R> {
    random: &'a mut R,
    encodings: &'a [Encoding],
    /// One instruction in so many comes without its guard; 0: none.
    daring: u32,
    at: u64,
    program: Program,
    references: Vec<Reference>,
}

/// Returns a random program.
pub(crate) fn program(random: &mut impl Rng, encodings: &[Encoding]) -> Program {
    let daring = pick(random, &[0, 3000, 300, 20]);
    let chunks: u64 = pick(random, &[1, 1, 1, 2, 3]);
    let units = 2 << random.random_range(0..8);
    let program = Program::default();
    let mut writer = Writer { random, encodings, daring, at: 0, program, references: Vec::new() };
    for chunk in 0..chunks {
        writer.place(chunk);
        for _ in 0..units {
            writer.unit();
        }
        // On to the next chunk, at last back into the program.
        writer.program.units.push(writer.at);
        writer.reference(Kind::Jump);
        writer.push(0x02 << 26);
        writer.push(NOP);
    }
    writer.resolve();
    writer.program.words.retain(|(address, _)| *address < TEXT_END);
    writer.program
}

impl<R: Rng> Writer<'_, R> {
    /// Moves to the start of a chunk: anywhere in a block of its own, now and then so late in the
    /// text that its end cuts the chunk off.
    fn place(&mut self, chunk: u64) {
        let blocks = TEXT_END / CHUNK_BYTES / 4;
        let block = chunk * blocks + self.random.random_range(0..blocks);
        self.at = match self.random.random_range(0..32) {
            0 => TEXT_END - 4 * self.random.random_range(1..64),
            1 if chunk == 0 => 0,
            _ => block * CHUNK_BYTES + 4 * self.random.random_range(0..2048),
        };
    }

    fn push(&mut self, word: u32) {
        self.program.words.push((self.at, word));
        self.at += 4;
    }

    fn reference(&mut self, kind: Kind) {
        let (word, unit) = (self.program.words.len(), self.program.units.len() - 1);
        self.references.push(Reference { word, unit, kind });
    }

    fn dares(&mut self) -> bool {
        self.daring != 0 && self.random.random_range(0..self.daring) == 0
    }

    /// One instruction with its guard, or a branch with its delay slot.
    fn unit(&mut self) {
        self.program.units.push(self.at);
        let encoding = self.encoding();
        let word = self.word(encoding);
        let Some(instruction) = decode(word) else { return };
        match instruction {
            Instruction::Branch { .. } => self.transfer(Kind::Branch, word),
            Instruction::Jump { .. } => self.transfer(Kind::Jump, word),
            Instruction::JumpRegister { .. } => self.jump_register(encoding, word),
            _ if self.dares() => {
                let near_miss = self.random.random_ratio(1, 4);
                let word = if near_miss { encoding.near_miss(self.random) } else { word };
                self.push(word);
            }
            _ => {
                let word = self.guarded(encoding, word, instruction);
                self.push(word);
            }
        }
    }

    fn encoding(&mut self) -> Encoding {
        self.encodings[self.random.random_range(0..self.encodings.len())]
    }

    /// A word of `encoding` whose result mostly goes to a register that nothing relies on.
    fn word(&mut self, encoding: Encoding) -> u32 {
        let word = encoding.word(self.random);
        if self.random.random_ratio(1, 512) {
            return word;
        }
        let word = encoding.with_register(word, 16, self.random.random_range(0..SCRATCH[0]));
        let is_field =
            matches!(decode(word), Some(Instruction::Extract { .. } | Instruction::Insert { .. }));
        if matches!(encoding.opcode(), 0 | 0x1c | 0x1f) && !is_field {
            return encoding.with_register(word, 11, self.random.random_range(0..SCRATCH[0]));
        }
        word
    }

    fn transfer(&mut self, kind: Kind, word: u32) {
        self.reference(kind);
        self.push(word);
        let slot = self.delay_slot();
        self.push(slot);
    }

    /// `jr` and `jalr`, to the last return address or to an address made for them.
    fn jump_register(&mut self, encoding: Encoding, word: u32) {
        let mut target = LINK;
        if self.random.random_ratio(3, 4) {
            target = SCRATCH[0];
            self.reference(Kind::Address);
            self.push(0x0f << 26 | target << 16);
            self.push(0x0d << 26 | target << 21 | target << 16);
        }
        self.push(encoding.with_register(word, 21, target));
        let slot = self.delay_slot();
        self.push(slot);
    }

    /// An instruction that neither branches nor needs a guard, unless it dares.
    fn delay_slot(&mut self) -> u32 {
        for _ in 0..4 {
            let encoding = self.encoding();
            let word = self.word(encoding);
            let quiet = match decode(word) {
                Some(Instruction::Alu { op, .. } | Instruction::AluImmediate { op, .. }) => {
                    !overflows(op)
                }
                Some(Instruction::Load { op, .. }) => {
                    return self.based(encoding, word, load_width(op));
                }
                Some(Instruction::Store { op, .. }) => {
                    return self.based(encoding, word, store_width(op));
                }
                Some(Instruction::MulDiv { op, .. }) => !divides(op),
                Some(
                    Instruction::MoveIf { .. }
                    | Instruction::Extract { .. }
                    | Instruction::Insert { .. }
                    | Instruction::MoveFrom { .. }
                    | Instruction::MoveTo { .. }
                    | Instruction::Nop,
                ) => true,
                _ => false,
            };
            if quiet || self.dares() {
                return word;
            }
        }
        NOP
    }

    /// Computes operands that do not fault and returns `word` with them.
    fn guarded(&mut self, encoding: Encoding, word: u32, instruction: Instruction) -> u32 {
        let (rs, rt) = (word >> 21 & 31, word >> 16 & 31);
        let [a, b] = SCRATCH;
        match instruction {
            Instruction::Alu { op, .. } if overflows(op) => {
                self.push(half(op, a, rs));
                self.push(half(op, b, rt));
                encoding.with_register(encoding.with_register(word, 21, a), 16, b)
            }
            Instruction::AluImmediate { op, .. } if overflows(op) => {
                self.push(half(op, a, rs));
                encoding.with_register(word, 21, a)
            }
            Instruction::MulDiv { op, .. } if divides(op) => {
                self.push(0x0d << 26 | rt << 21 | b << 16 | 1);
                encoding.with_register(word, 16, b)
            }
            Instruction::Trap { when, .. } => {
                let (x, y) = self.operands(when, None);
                self.push(constant(a, x));
                self.push(constant(b, y));
                encoding.with_register(encoding.with_register(word, 21, a), 16, b)
            }
            Instruction::TrapImmediate { when, b: immediate, .. } => {
                let (x, _) = self.operands(when, Some(immediate));
                self.push(constant(a, x));
                encoding.with_register(word, 21, a)
            }
            Instruction::Load { op, .. } => self.indexed(encoding, word, load_width(op)),
            Instruction::Store { op, .. } => self.indexed(encoding, word, store_width(op)),
            Instruction::Syscall | Instruction::Break | Instruction::Linked => NOP,
            _ => word,
        }
    }

    /// Two immediates for which `when` does not hold; the second may be given.
    fn operands(&mut self, when: Condition, given: Option<i16>) -> (i16, i16) {
        for _ in 0..16 {
            let y = given.unwrap_or_else(|| self.random.random());
            let x = if self.random.random_ratio(1, 4) { y } else { self.random.random() };
            if !when.holds(i64::from(x) as u64, i64::from(y) as u64) {
                return (x, y);
            }
        }
        (0, given.unwrap_or_default())
    }

    /// A load or store near a base, half of the time at a distance that the program computes.
    fn indexed(&mut self, encoding: Encoding, word: u32, width: u16) -> u32 {
        let word = self.based(encoding, word, width);
        if self.random.random() {
            return word;
        }
        let base = word >> 21 & 31;
        let index = self.random.random_range(1..SCRATCH[0]);
        let mask = pick(self.random, &[0x78, 0x7f8, 0x7ff8]);
        self.push(0x0c << 26 | index << 21 | SCRATCH[0] << 16 | mask);
        self.push(SCRATCH[0] << 21 | base << 16 | SCRATCH[0] << 11 | 0x2d);
        encoding.with_register(word, 21, SCRATCH[0])
    }

    /// A load or store at a small distance from a base; loads may read the text.
    fn based(&mut self, encoding: Encoding, word: u32, width: u16) -> u32 {
        let is_load = matches!(decode(word), Some(Instruction::Load { .. }));
        let base = match self.random.random_range(0..8) {
            0 if is_load => TEXT_BASE,
            _ => pick(self.random, &BASES),
        };
        let reach = pick(self.random, &[16, 64, 2040]);
        let offset = self.random.random_range(-reach..reach) as u16 & !(width - 1);
        encoding.with_register(word & 0xffff_0000 | u32::from(offset), 21, base)
    }

    /// Gives every branch, jump and made address a target: mostly one of the next units.
    fn resolve(&mut self) {
        for Reference { word, unit, kind } in std::mem::take(&mut self.references) {
            let units = &self.program.units;
            let next = unit + self.random.random_range(1..8);
            let near = self.random.random_ratio(3, 4) && next < units.len();
            let last = unit + 1 == units.len();
            let any = if last { 0..units.len().div_ceil(2) } else { 0..units.len() };
            let target = units[if near { next } else { self.random.random_range(any) }];
            let (at, bits) = &mut self.program.words[word];
            match kind {
                Kind::Branch => {
                    let distance = (target as i64 - *at as i64 - 4) / 4;
                    // Too far: behind the delay slot.
                    let offset = i16::try_from(distance).unwrap_or(1);
                    *bits = *bits & 0xffff_0000 | u32::from(offset as u16);
                }
                Kind::Jump => *bits = *bits & 0xfc00_0000 | (target >> 2) as u32 & 0x03ff_ffff,
                Kind::Address => {
                    *bits |= (target >> 16) as u32;
                    self.program.words[word + 1].1 |= target as u32 & 0xffff;
                }
            }
        }
    }
}

/// `sra` or `dsra` by 1: half of a number, which no sum of two overflows.
const fn half(op: AluOp, to: u32, from: u32) -> u32 {
    let funct = if matches!(op, AluOp::Add | AluOp::Sub) { 0x03 } else { 0x3b };
    from << 16 | to << 11 | 1 << 6 | funct
}

/// `daddiu to, $zero, immediate`.
const fn constant(to: u32, immediate: i16) -> u32 {
    0x19 << 26 | to << 16 | immediate as u16 as u32
}
