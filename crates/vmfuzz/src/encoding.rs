//! The encoding table of §5 once more, as bit patterns: a second opinion on the decoder, and the list
//! that random programs must have executed completely.

use rand::Rng;

/// An instruction's name, its bits from the highest (`-`: any), and what its fields must satisfy.
type Row = (&'static str, &'static str, fn(u32) -> bool);

/// Every encoding of §5, in its order.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    ("sll", "000000 00000 ----- ----- ----- 000000", always),
    ("srl", "000000 00000 ----- ----- ----- 000010", always),
    ("rotr", "000000 00001 ----- ----- ----- 000010", always),
    ("sra", "000000 00000 ----- ----- ----- 000011", always),
    ("sllv", "000000 ----- ----- ----- 00000 000100", always),
    ("srlv", "000000 ----- ----- ----- 00000 000110", always),
    ("rotrv", "000000 ----- ----- ----- 00001 000110", always),
    ("srav", "000000 ----- ----- ----- 00000 000111", always),
    ("jr", "000000 ----- 00000 00000 ----- 001000", always),
    ("jalr", "000000 ----- 00000 ----- ----- 001001", always),
    ("movz", "000000 ----- ----- ----- 00000 001010", always),
    ("movn", "000000 ----- ----- ----- 00000 001011", always),
    ("syscall", "000000 ----- ----- ----- ----- 001100", always),
    ("break", "000000 ----- ----- ----- ----- 001101", always),
    ("sync", "000000 ----- ----- ----- ----- 001111", always),
    ("mfhi", "000000 00000 00000 ----- 00000 010000", always),
    ("mthi", "000000 ----- 00000 00000 00000 010001", always),
    ("mflo", "000000 00000 00000 ----- 00000 010010", always),
    ("mtlo", "000000 ----- 00000 00000 00000 010011", always),
    ("dsllv", "000000 ----- ----- ----- 00000 010100", always),
    ("dsrlv", "000000 ----- ----- ----- 00000 010110", always),
    ("drotrv", "000000 ----- ----- ----- 00001 010110", always),
    ("dsrav", "000000 ----- ----- ----- 00000 010111", always),
    ("mult", "000000 ----- ----- 00000 00000 011000", always),
    ("multu", "000000 ----- ----- 00000 00000 011001", always),
    ("div", "000000 ----- ----- 00000 00000 011010", always),
    ("divu", "000000 ----- ----- 00000 00000 011011", always),
    ("dmult", "000000 ----- ----- 00000 00000 011100", always),
    ("dmultu", "000000 ----- ----- 00000 00000 011101", always),
    ("ddiv", "000000 ----- ----- 00000 00000 011110", always),
    ("ddivu", "000000 ----- ----- 00000 00000 011111", always),
    ("add", "000000 ----- ----- ----- 00000 100000", always),
    ("addu", "000000 ----- ----- ----- 00000 100001", always),
    ("sub", "000000 ----- ----- ----- 00000 100010", always),
    ("subu", "000000 ----- ----- ----- 00000 100011", always),
    ("and", "000000 ----- ----- ----- 00000 100100", always),
    ("or", "000000 ----- ----- ----- 00000 100101", always),
    ("xor", "000000 ----- ----- ----- 00000 100110", always),
    ("nor", "000000 ----- ----- ----- 00000 100111", always),
    ("slt", "000000 ----- ----- ----- 00000 101010", always),
    ("sltu", "000000 ----- ----- ----- 00000 101011", always),
    ("dadd", "000000 ----- ----- ----- 00000 101100", always),
    ("daddu", "000000 ----- ----- ----- 00000 101101", always),
    ("dsub", "000000 ----- ----- ----- 00000 101110", always),
    ("dsubu", "000000 ----- ----- ----- 00000 101111", always),
    ("tge", "000000 ----- ----- ----- ----- 110000", always),
    ("tgeu", "000000 ----- ----- ----- ----- 110001", always),
    ("tlt", "000000 ----- ----- ----- ----- 110010", always),
    ("tltu", "000000 ----- ----- ----- ----- 110011", always),
    ("teq", "000000 ----- ----- ----- ----- 110100", always),
    ("tne", "000000 ----- ----- ----- ----- 110110", always),
    ("dsll", "000000 00000 ----- ----- ----- 111000", always),
    ("dsrl", "000000 00000 ----- ----- ----- 111010", always),
    ("drotr", "000000 00001 ----- ----- ----- 111010", always),
    ("dsra", "000000 00000 ----- ----- ----- 111011", always),
    ("dsll32", "000000 00000 ----- ----- ----- 111100", always),
    ("dsrl32", "000000 00000 ----- ----- ----- 111110", always),
    ("drotr32", "000000 00001 ----- ----- ----- 111110", always),
    ("dsra32", "000000 00000 ----- ----- ----- 111111", always),
    ("bltz", "000001 ----- 00000 ----------------", always),
    ("bgez", "000001 ----- 00001 ----------------", always),
    ("bltzl", "000001 ----- 00010 ----------------", always),
    ("bgezl", "000001 ----- 00011 ----------------", always),
    ("tgei", "000001 ----- 01000 ----------------", always),
    ("tgeiu", "000001 ----- 01001 ----------------", always),
    ("tlti", "000001 ----- 01010 ----------------", always),
    ("tltiu", "000001 ----- 01011 ----------------", always),
    ("teqi", "000001 ----- 01100 ----------------", always),
    ("tnei", "000001 ----- 01110 ----------------", always),
    ("bltzal", "000001 ----- 10000 ----------------", always),
    ("bgezal", "000001 ----- 10001 ----------------", always),
    ("bltzall", "000001 ----- 10010 ----------------", always),
    ("bgezall", "000001 ----- 10011 ----------------", always),
    ("synci", "000001 ----- 11111 ----------------", always),
    ("j", "000010 --------------------------", always),
    ("jal", "000011 --------------------------", always),
    ("beq", "000100 ----- ----- ----------------", always),
    ("bne", "000101 ----- ----- ----------------", always),
    ("blez", "000110 ----- 00000 ----------------", always),
    ("bgtz", "000111 ----- 00000 ----------------", always),
    ("addi", "001000 ----- ----- ----------------", always),
    ("addiu", "001001 ----- ----- ----------------", always),
    ("slti", "001010 ----- ----- ----------------", always),
    ("sltiu", "001011 ----- ----- ----------------", always),
    ("andi", "001100 ----- ----- ----------------", always),
    ("ori", "001101 ----- ----- ----------------", always),
    ("xori", "001110 ----- ----- ----------------", always),
    ("lui", "001111 00000 ----- ----------------", always),
    ("beql", "010100 ----- ----- ----------------", always),
    ("bnel", "010101 ----- ----- ----------------", always),
    ("blezl", "010110 ----- 00000 ----------------", always),
    ("bgtzl", "010111 ----- 00000 ----------------", always),
    ("daddi", "011000 ----- ----- ----------------", always),
    ("daddiu", "011001 ----- ----- ----------------", always),
    ("ldl", "011010 ----- ----- ----------------", always),
    ("ldr", "011011 ----- ----- ----------------", always),
    ("lb", "100000 ----- ----- ----------------", always),
    ("lh", "100001 ----- ----- ----------------", always),
    ("lwl", "100010 ----- ----- ----------------", always),
    ("lw", "100011 ----- ----- ----------------", always),
    ("lbu", "100100 ----- ----- ----------------", always),
    ("lhu", "100101 ----- ----- ----------------", always),
    ("lwr", "100110 ----- ----- ----------------", always),
    ("lwu", "100111 ----- ----- ----------------", always),
    ("sb", "101000 ----- ----- ----------------", always),
    ("sh", "101001 ----- ----- ----------------", always),
    ("swl", "101010 ----- ----- ----------------", always),
    ("sw", "101011 ----- ----- ----------------", always),
    ("sdl", "101100 ----- ----- ----------------", always),
    ("sdr", "101101 ----- ----- ----------------", always),
    ("swr", "101110 ----- ----- ----------------", always),
    ("ll", "110000 ----- ----- ----------------", always),
    ("pref", "110011 ----- ----- ----------------", always),
    ("lld", "110100 ----- ----- ----------------", always),
    ("ld", "110111 ----- ----- ----------------", always),
    ("sc", "111000 ----- ----- ----------------", always),
    ("scd", "111100 ----- ----- ----------------", always),
    ("sd", "111111 ----- ----- ----------------", always),
    ("madd", "011100 ----- ----- 00000 00000 000000", always),
    ("maddu", "011100 ----- ----- 00000 00000 000001", always),
    ("msub", "011100 ----- ----- 00000 00000 000100", always),
    ("msubu", "011100 ----- ----- 00000 00000 000101", always),
    ("mul", "011100 ----- ----- ----- 00000 000010", always),
    ("clz", "011100 ----- ----- ----- 00000 100000", always),
    ("clo", "011100 ----- ----- ----- 00000 100001", always),
    ("dclz", "011100 ----- ----- ----- 00000 100100", always),
    ("dclo", "011100 ----- ----- ----- 00000 100101", always),
    ("ext", "011111 ----- ----- ----- ----- 000000", size_fits_32),
    ("dextm", "011111 ----- ----- ----- ----- 000001", size_fits_32),
    ("dextu", "011111 ----- ----- ----- ----- 000010", size_fits_32),
    ("dext", "011111 ----- ----- ----- ----- 000011", always),
    ("ins", "011111 ----- ----- ----- ----- 000100", last_not_below_first),
    ("dinsm", "011111 ----- ----- ----- ----- 000101", always),
    ("dinsu", "011111 ----- ----- ----- ----- 000110", last_not_below_first),
    ("dins", "011111 ----- ----- ----- ----- 000111", last_not_below_first),
    ("wsbh", "011111 00000 ----- ----- 00010 100000", always),
    ("seb", "011111 00000 ----- ----- 10000 100000", always),
    ("seh", "011111 00000 ----- ----- 11000 100000", always),
    ("dsbh", "011111 00000 ----- ----- 00010 100100", always),
    ("dshd", "011111 00000 ----- ----- 00101 100100", always),
];

/// Fields rd and sa of a word.
const fn rd_sa(word: u32) -> (u32, u32) {
    (word >> 11 & 31, word >> 6 & 31)
}

const fn always(_: u32) -> bool {
    true
}

/// `ext`, `dextm`, `dextu`: position + size stays in the register; in all three that is sa + rd < 32.
const fn size_fits_32(word: u32) -> bool {
    let (rd, sa) = rd_sa(word);
    sa + rd < 32
}

/// `ins`, `dinsu`, `dins`: the last bit, rd, is not below the first, sa.
const fn last_not_below_first(word: u32) -> bool {
    let (rd, sa) = rd_sa(word);
    sa <= rd
}

/// One encoding: the words with `word & mask == value` that satisfy a condition on their fields.
#[derive(Clone, Copy, Debug)]
pub struct Encoding {
    /// The mnemonic.
    pub name: &'static str,
    mask: u32,
    value: u32,
    fields: fn(u32) -> bool,
}

impl Encoding {
    /// Returns every encoding, in the order of §5.
    pub fn all() -> Vec<Self> {
        let parse = |(name, pattern, fields): &Row| {
            let bits = || pattern.bytes().filter(|bit| *bit != b' ');
            let number =
                |one: fn(u8) -> bool| bits().fold(0, |n, bit| n << 1 | u32::from(one(bit)));
            let (mask, value) = (number(|bit| bit != b'-'), number(|bit| bit == b'1'));
            Self { name, mask, value, fields: *fields }
        };
        TABLE.iter().map(parse).collect()
    }

    /// Returns whether `word` has this encoding.
    pub fn matches(&self, word: u32) -> bool {
        word & self.mask == self.value && (self.fields)(word)
    }

    /// Returns a word of this encoding with random fields.
    pub fn word(&self, random: &mut impl Rng) -> u32 {
        loop {
            let word = random.random::<u32>() & !self.mask | self.value;
            if (self.fields)(word) {
                return word;
            }
        }
    }

    /// Returns a word of this encoding with a random value in one of the fields that select it: a
    /// reserved word, or one of a neighbour.
    pub fn near_miss(&self, random: &mut impl Rng) -> u32 {
        let field = FIELDS[random.random_range(0..FIELDS.len())];
        self.word(random) & !field | random.random::<u32>() & field
    }

    /// Returns `word` with `number` in the five bits from `shift`, if this encoding leaves them free.
    pub(crate) fn with_register(&self, word: u32, shift: u32, number: u32) -> u32 {
        let changed = word & !(31 << shift) | number << shift;
        if self.mask >> shift & 31 == 0 && (self.fields)(changed) { changed } else { word }
    }

    /// The opcode, which every encoding fixes.
    pub(crate) const fn opcode(&self) -> usize {
        (self.value >> 26) as usize
    }
}

/// The fields of a word: opcode, rs, rt, rd, sa, function.
const FIELDS: [u32; 6] = [0xfc00_0000, 0x03e0_0000, 0x001f_0000, 0xf800, 0x07c0, 0x3f];
