//! Mnemonics by what they take.

/// Of three registers.
pub(super) const THREE: [&str; 13] = [
    "daddu", "dsubu", "and", "or", "xor", "nor", "slt", "sltu", "movz", "movn", "dsllv", "dsrlv",
    "dsrav",
];
/// Of three registers that hold words.
pub(super) const THREE_WORDS: [&str; 7] = ["addu", "subu", "mul", "sllv", "srlv", "srav", "rotrv"];
/// Of two registers and a signed immediate.
pub(super) const SIGNED: [&str; 3] = ["daddiu", "slti", "sltiu"];
/// Of two registers and a bit pattern; `lui` has one register.
pub(super) const LOGICAL: [&str; 4] = ["andi", "ori", "xori", "lui"];
/// By up to 31.
pub(super) const SHIFTS: [&str; 5] = ["sll", "dsll", "dsrl", "dsra", "drotr"];
/// By 32 and more.
pub(super) const SHIFTS_32: [&str; 4] = ["dsll32", "dsrl32", "dsra32", "drotr32"];
/// Of words.
pub(super) const SHIFTS_WORDS: [&str; 3] = ["srl", "sra", "rotr"];
/// Of two registers.
pub(super) const UNARY: [&str; 4] = ["dclz", "dclo", "dsbh", "dshd"];
/// Of two registers, the source a word.
pub(super) const UNARY_WORDS: [&str; 5] = ["clz", "clo", "wsbh", "seb", "seh"];
/// Into hi and lo, from words; some add to what is there.
pub(super) const PRODUCTS: [&str; 6] = ["mult", "multu", "madd", "maddu", "msub", "msubu"];
/// Into hi and lo, from double words.
pub(super) const PRODUCTS_64: [&str; 2] = ["dmult", "dmultu"];
/// Of one register.
pub(super) const HI_LO: [&str; 4] = ["mfhi", "mflo", "mthi", "mtlo"];
/// With their widths; partial accesses have none.
pub(super) const LOADS: [(&str, usize); 11] = [
    ("lb", 1),
    ("lbu", 1),
    ("lh", 2),
    ("lhu", 2),
    ("lw", 4),
    ("lwu", 4),
    ("ld", 8),
    ("lwl", 1),
    ("lwr", 1),
    ("ldl", 1),
    ("ldr", 1),
];
/// With their widths; partial accesses have none.
pub(super) const STORES: [(&str, usize); 8] =
    [("sb", 1), ("sh", 2), ("sw", 4), ("sd", 8), ("swl", 1), ("swr", 1), ("sdl", 1), ("sdr", 1)];
/// On one register, with a likely form.
pub(super) const BRANCHES: [&str; 4] = ["blez", "bgtz", "bltz", "bgez"];
/// On two registers, with a likely form.
pub(super) const BRANCHES_2: [&str; 2] = ["beq", "bne"];
/// On one register, linking.
pub(super) const BRANCHES_LINKING: [&str; 4] = ["bltzal", "bgezal", "bltzall", "bgezall"];
