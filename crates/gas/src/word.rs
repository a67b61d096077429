//! Instruction words: every encoding of the machine on fixed registers.

/// Number of the register of a result.
const RD: usize = 2;
/// Number of the first operand's register, the base of loads and stores.
pub(crate) const RS: usize = 5;
/// Number of the second operand's register.
pub(crate) const RT: usize = 6;

/// A word by its fields.
pub(crate) const fn word(op: u32, rs: u32, rt: u32, rd: u32, sa: u32, funct: u32) -> u32 {
    op << 26 | rs << 21 | rt << 16 | rd << 11 | sa << 6 | funct
}

/// SPECIAL, from two registers to a third.
const fn three(funct: u32) -> u32 {
    word(0, RS as u32, RT as u32, RD as u32, 0, funct)
}

/// SPECIAL, from two registers to hi and lo, or to nowhere.
pub(crate) const fn pair(funct: u32) -> u32 {
    word(0, RS as u32, RT as u32, 0, 0, funct)
}

/// An immediate form with the second operand's register as its target.
pub(crate) const fn immediate(op: u32) -> u32 {
    word(op, RS as u32, RT as u32, 0, 0, 8)
}

pub(crate) fn immediates<const N: usize>(ops: [u32; N]) -> Vec<u32> {
    ops.map(immediate).to_vec()
}

pub(crate) fn alu() -> Vec<u32> {
    let registers = (0x0a..0x0c).chain(0x20..0x28).chain(0x2a..0x30).map(three);
    let lui = word(0x0f, 0, RT as u32, 0, 0, 8);
    registers.chain((0x08..0x0f).chain(0x18..0x1a).map(immediate)).chain([lui]).collect()
}

pub(crate) fn shifts() -> Vec<u32> {
    let by_sa = [0x00, 0x02, 0x03, 0x38, 0x3a, 0x3b, 0x3c, 0x3e, 0x3f];
    let by_register = [0x04, 0x06, 0x07, 0x14, 0x16, 0x17];
    let rotated_by_sa = [0x02, 0x3a, 0x3e].map(|funct| word(0, 1, 6, 2, 7, funct));
    let rotated_by_register = [0x06, 0x16].map(|funct| three(funct) | 1 << 6);
    let by_sa = by_sa.map(|funct| word(0, 0, 6, 2, 7, funct));
    [&by_sa[..], &by_register.map(three), &rotated_by_sa, &rotated_by_register].concat()
}

pub(crate) fn bit_fields() -> Vec<u32> {
    let fields = (0..8).map(|funct| word(0x1f, 5, 6, 11, 7, funct));
    let counts = [0x20, 0x21, 0x24, 0x25].map(|funct| word(0x1c, 5, 2, 2, 0, funct));
    let shuffles = [(0x20, 0x02), (0x20, 0x10), (0x20, 0x18), (0x24, 0x02), (0x24, 0x05)];
    let shuffles = shuffles.map(|(funct, sa)| word(0x1f, 0, 6, 2, sa, funct));
    fields.chain(counts).chain(shuffles).collect()
}

pub(crate) fn multiplications() -> Vec<u32> {
    let products = [0x18, 0x19, 0x1c, 0x1d].map(pair);
    let sums = [0x00, 0x01, 0x04, 0x05].map(|funct| word(0x1c, 5, 6, 0, 0, funct));
    let moves = [(0x10, 0, 2), (0x11, 5, 0), (0x12, 0, 2), (0x13, 5, 0)];
    let moves = moves.map(|(funct, rs, rd)| word(0, rs, 0, rd, 0, funct));
    [&products[..], &sums, &moves, &[word(0x1c, 5, 6, 2, 0, 2)]].concat()
}

pub(crate) fn branches() -> Vec<u32> {
    let two = [0x04, 0x05, 0x14, 0x15].map(immediate);
    let one = [0x06, 0x07, 0x16, 0x17].map(|op| word(op, 5, 0, 0, 0, 8));
    let sign = [0x00, 0x01, 0x02, 0x03, 0x10, 0x11, 0x12, 0x13];
    [&two[..], &one, &sign.map(|rt| word(1, 5, rt, 0, 0, 8))].concat()
}

pub(crate) fn jumps() -> Vec<u32> {
    vec![
        word(2, 0, 1, 0, 0, 8),
        word(3, 0, 1, 0, 0, 8),
        word(0, 5, 0, 0, 0, 8),
        word(0, 5, 0, 31, 0, 9),
    ]
}

/// Those that do not hold: nothing is at least something, and something neither below itself nor below nothing.
pub(crate) fn traps() -> Vec<u32> {
    let at_least = [0x30, 0x31, 0x34].map(|funct| word(0, 0, 6, 0, 0, funct));
    let below = [0x32, 0x33, 0x36].map(|funct| word(0, 6, 6, 0, 0, funct));
    let at_least_immediate = [0x08, 0x09, 0x0c].map(|rt| word(1, 0, rt, 0, 0, 8));
    let below_immediate =
        [(0x0a, 5), (0x0b, 5), (0x0e, 0)].map(|(rt, rs)| word(1, rs, rt, 0, 0, 0));
    [at_least, below, at_least_immediate, below_immediate].concat()
}
