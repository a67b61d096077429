//! Random instructions: every encoding of the table of §5, and everything around it.

use opml_fpvm::decode;
use rand::{Rng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

/// The bits of a word that select an instruction, as far as opcode, function and selector do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Code {
    bits: u32,
    mask: u32,
}

impl Code {
    const fn new(bits: u32, mask: u32) -> Self {
        Self { bits, mask }
    }

    /// A name for tables: opcode and function or selector in hexadecimal.
    pub(crate) fn name(self) -> String {
        let op = self.bits >> 26;
        match self.mask {
            OPCODE => format!("{op:02x}"),
            SELECTOR => format!("{op:02x}/rt={:02x}", self.bits >> 16 & 31),
            FUNCTION => format!("{op:02x}/{:02x}", self.bits & 63),
            _ => format!("{op:02x}/{:02x}/sa={:02x}", self.bits & 63, self.bits >> 6 & 31),
        }
    }
}

const OPCODE: u32 = 63 << 26;
const SELECTOR: u32 = OPCODE | 31 << 16;
const FUNCTION: u32 = OPCODE | 63;
const OPERATION: u32 = FUNCTION | 31 << 6;

const REGIMM: u32 = 0x01;
const SPECIAL2: u32 = 0x1c;
const SPECIAL3: u32 = 0x1f;

/// Every code, existing or not.
pub(crate) fn codes() -> Vec<Code> {
    let mut codes = Vec::new();
    for op in 0..64 {
        let bits = op << 26;
        match op {
            REGIMM => codes.extend((0..32).map(|rt| Code::new(bits | rt << 16, SELECTOR))),
            0 | SPECIAL2 => codes.extend((0..64).map(|f| Code::new(bits | f, FUNCTION))),
            SPECIAL3 => {
                for f in 0..64 {
                    if matches!(f, 0x20 | 0x24) {
                        let operation = |sa: u32| Code::new(bits | f | sa << 6, OPERATION);
                        codes.extend((0..32).map(operation));
                    } else {
                        codes.push(Code::new(bits | f, FUNCTION));
                    }
                }
            }
            _ => codes.push(Code::new(bits, OPCODE)),
        }
    }
    codes
}

/// A word with this code. Most are valid if any word with it is: its other fields are drawn again
/// until they satisfy the fields that must be zero.
pub(crate) fn word(rng: &mut ChaCha8Rng, code: Code) -> u32 {
    let mut word = code.bits | (fields(rng) & !code.mask);
    if rng.random_ratio(7, 8) {
        for _ in 0..64 {
            if decode(word).is_some() {
                break;
            }
            word = code.bits | (fields(rng) & !code.mask);
        }
    }
    word
}

/// A word that does something and, with the registers of [`crate::machines`], mostly goes on: for programs that
/// are to run some steps before they fault.
pub(crate) fn calm(rng: &mut ChaCha8Rng, codes: &[Code]) -> u32 {
    loop {
        let code = *codes.choose(rng).unwrap();
        let word = word(rng, code);
        let (op, funct) = (word >> 26, word & 63);
        let traps = match op {
            0 => matches!(funct, 0x08 | 0x09 | 0x0c | 0x0d | 0x30..=0x37),
            REGIMM => matches!(word >> 16 & 31, 0x08..=0x0f),
            0x02 | 0x03 | 0x30 | 0x34 | 0x38 | 0x3c => true,
            _ => false,
        };
        if decode(word).is_none() || traps && rng.random_ratio(31, 32) {
            continue;
        }
        return match op {
            // Branches go to near instructions.
            REGIMM | 0x04..=0x07 | 0x14..=0x17 => word & 0xffff_0000 | rng.random_range(0..8),
            // Loads and stores go to the 2 KiB around a register that holds an address.
            0x1a | 0x1b | 0x20..=0x3f => {
                let base = rng.random_range(28..32) << 21;
                let offset = rng.random_range(-128_i16..128) * 8;
                word & 0xfc1f_0000 | base | u32::from(offset as u16)
            }
            _ => word,
        };
    }
}

/// 32 random bits, the five-bit fields often zero or equal.
fn fields(rng: &mut ChaCha8Rng) -> u32 {
    let mut word: u32 = rng.random();
    for shift in [6, 11, 16, 21] {
        match rng.random_range(0..8) {
            0..=2 => word &= !(31 << shift),
            3 => word = word & !(31 << shift) | 1 << shift,
            _ => {}
        }
    }
    if rng.random_ratio(1, 4) {
        // Small immediates, so that addresses stay near their base.
        word = word & 0xffff_0000 | u32::from(rng.random_range(-40_i16..40) as u16);
    }
    word
}
