//! Guest programs of a few instructions, for large steps that end in every way.

use alloy_primitives::Address;
use opml_fpvm::Program;
use opml_game::GuestVersion;
use opml_memory::{DATA_HALF, Memory};

const ENTRY: u64 = 0x1000;
const V0: u32 = 2;
const A0: u32 = 4;
const T0: u32 = 8;
const T1: u32 = 9;
const T2: u32 = 10;

const fn immediate(op: u32, rs: u32, rt: u32, value: u16) -> u32 {
    op << 26 | rs << 21 | rt << 16 | value as u32
}

/// What the program does when its counter reaches 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AtFour {
    /// Nothing, for ever after: the state is its own successor.
    Halt,
    /// `break`.
    Fault,
    /// exit(7).
    ExitSeven,
    /// A branch to itself.
    Loop,
}

/// A guest that counts the first word of the data half up to 4, one per large step of some 30 small steps, and stains the guest
/// half on its way.
pub(crate) fn counter(end: AtFour) -> Program {
    let ori = |rs, rt, value| immediate(0x0d, rs, rt, value);
    let load = immediate(0x37, T0, T1, 0);
    let store = |base, rt, offset| immediate(0x3f, base, rt, offset);
    let daddiu = |rs, rt, value: i16| immediate(0x19, rs, rt, value as u16);
    let branch_not_equal = |rs, rt, offset: i16| immediate(0x05, rs, rt, offset as u16);
    let exit = |code| [ori(0, V0, 5058), ori(0, A0, code), 0x0c];
    let at_four: Vec<u32> = match end {
        AtFour::Halt => exit(0).into(),
        AtFour::ExitSeven => exit(7).into(),
        AtFour::Fault => vec![0x0d],
        AtFour::Loop => vec![immediate(0x04, 0, 0, 0xffff), 0],
    };
    let mut code = vec![
        ori(0, T0, 1),
        T0 << 16 | T0 << 11 | 11 << 6 | 0x3c, // dsll32: the address 2^43
        load,
        ori(0, T2, 4),
        branch_not_equal(T1, T2, at_four.len() as i16 + 1),
        0,
    ];
    code.extend(at_four);
    code.extend([
        ori(0, T2, 8),
        immediate(0x0f, 0, A0, 0x200), // lui: a scratch address of the guest half
        store(A0, T2, 8),
        branch_not_equal(T2, 0, -2),
        daddiu(T2, T2, -1),
        daddiu(T1, T1, 1),
        store(T0, T1, 0),
    ]);
    code.extend(exit(0));
    Program::from_elf(&elf(&code)).unwrap()
}

/// The state with the counter at zero and one more word that nothing touches.
pub(crate) fn start() -> Memory {
    let mut memory = Memory::new();
    memory.write_u64(DATA_HALF + 4096, 0x0123_4567);
    memory
}

/// The guest version of a program.
pub(crate) fn version(program: &Program, max_steps_bits: u8, max_evaluated: u8) -> GuestVersion {
    GuestVersion {
        root: program.guest_root(),
        verifier: Address::ZERO,
        entry: program.entry(),
        max_steps_bits,
        max_evaluated,
    }
}

/// A static ELF file with one segment.
fn elf(code: &[u32]) -> Vec<u8> {
    let text: Vec<u8> = code.iter().flat_map(|word| word.to_le_bytes()).collect();
    let (header, segment) = (64u16, 56u16);
    let offset = u64::from(header + segment);
    let mut file = b"\x7fELF\x02\x01\x01".to_vec();
    file.resize(16, 0);
    file.extend([2u16, 8].map(u16::to_le_bytes).concat()); // an executable for MIPS
    file.extend(1u32.to_le_bytes());
    file.extend([ENTRY, u64::from(header), 0].map(u64::to_le_bytes).concat());
    file.extend(0u32.to_le_bytes());
    file.extend([header, segment, 1, 64, 0, 0].map(u16::to_le_bytes).concat());
    file.extend([1u32, 5].map(u32::to_le_bytes).concat()); // PT_LOAD, readable and executable
    let size = text.len() as u64;
    file.extend([offset, ENTRY, ENTRY, size, size, 4].map(u64::to_le_bytes).concat());
    file.extend(text);
    file
}
