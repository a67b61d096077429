//! Random states of the machine, with a taste for boundaries.

use crate::words::{self, Code};
use opml_fpvm::{Cpu, State, TEXT_END};
use opml_memory::{ADDRESS_BITS, Memory};
use rand::{Rng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

/// Where random data lies; registers and program counters point there more often than elsewhere.
const PLACES: [u64; 8] = [
    0,
    PROGRAM,
    TEXT_END - 4096,
    TEXT_END,
    0x0a00_0000_1000,
    (1 << (ADDRESS_BITS - 1)) - 4096,
    1 << (ADDRESS_BITS - 1),
    (1 << ADDRESS_BITS) - 4096,
];

/// Where most program counters point.
const PROGRAM: u64 = 0x1_0000;

/// Bytes of random data at each of them.
const PLACE_BYTES: usize = 4096;

/// A memory with random data in all its regions, zero leaves among it.
pub(crate) fn memory(rng: &mut ChaCha8Rng) -> Memory {
    let mut memory = Memory::new();
    for place in PLACES {
        let mut bytes = vec![0; PLACE_BYTES];
        for leaf in bytes.chunks_exact_mut(32) {
            if rng.random_ratio(2, 3) {
                rng.fill(leaf);
            }
        }
        memory.write(place, &bytes);
    }
    memory
}

/// A state that is about to execute `word` (unless its pc is not fit for it).
pub(crate) fn state(rng: &mut ChaCha8Rng, memory: &Memory, word: u32) -> State {
    let mut memory = memory.clone();
    let cpu = cpu(rng);
    if cpu.pc < TEXT_END {
        memory.write(cpu.pc & !3, &word.to_le_bytes());
    }
    State { cpu, memory }
}

/// Registers: most states run, most are outside of delay slots.
fn cpu(rng: &mut ChaCha8Rng) -> Cpu {
    let pc = match rng.random_range(0..64) {
        0 => rng.random(),
        1 => TEXT_END + rng.random_range(0..8),
        2 => rng.random_range(0..TEXT_END),
        3 => 0,
        4 => TEXT_END - 4,
        _ => PROGRAM + 4 * rng.random_range(0..PLACE_BYTES as u64 / 4),
    };
    let next_pc = match rng.random_range(0..16) {
        0 => value(rng),
        1 => pc.wrapping_add(8),
        _ => pc.wrapping_add(4),
    };
    let mut regs = std::array::from_fn(|_| value(rng));
    regs[0] = 0;
    // What `syscall` looks at.
    if rng.random_ratio(1, 2) {
        regs[2] = 5058;
    }
    let exit = if rng.random_ratio(1, 128) { value(rng) } else { 0 };
    Cpu { pc, next_pc, hi: value(rng), lo: value(rng), exit, regs }
}

/// Overwrites the text at [`PROGRAM`] with a random program.
pub(crate) fn write_program(rng: &mut ChaCha8Rng, memory: &mut Memory, codes: &[Code]) {
    let text: Vec<u8> =
        (0..PLACE_BYTES / 4).flat_map(|_| words::calm(rng, codes).to_le_bytes()).collect();
    memory.write(PROGRAM, &text);
}

/// A running state in that program; r28 to r31, the bases of its loads and stores, point to data.
pub(crate) fn in_program(rng: &mut ChaCha8Rng, memory: &Memory) -> State {
    let pc = PROGRAM + 4 * rng.random_range(0..PLACE_BYTES as u64 / 4 - 16);
    let mut cpu = Cpu { pc, next_pc: pc + 4, exit: 0, ..cpu(rng) };
    for base in &mut cpu.regs[28..] {
        *base = PLACES[3..].choose(rng).unwrap() + PLACE_BYTES as u64 / 2;
    }
    State { cpu, memory: memory.clone() }
}

/// Registers as compiled code has them: some three significant bytes each.
pub(crate) fn register_file(pc: u64) -> Cpu {
    let mut cpu = Cpu::start(pc);
    for (n, register) in (0..).zip(&mut cpu.regs) {
        *register = n * 0x1_0101;
    }
    cpu
}

/// A 64-bit value: extremes, sign-extended words, addresses, small numbers.
fn value(rng: &mut ChaCha8Rng) -> u64 {
    const EXTREMES: [u64; 10] = [
        0,
        1,
        u64::MAX,
        1 << 63,
        (1 << 63) - 1,
        1 << 32,
        0xffff_ffff,
        0x7fff_ffff,
        0x8000_0000,
        0xffff_ffff_8000_0000,
    ];
    match rng.random_range(0..10) {
        0..=1 => *EXTREMES.choose(rng).unwrap(),
        2 => rng.random(),
        3 => i64::from(rng.random::<i32>()) as u64,
        4 => rng.random_range(0..64),
        5 => u64::from(rng.random::<u32>()),
        6 => (1 << ADDRESS_BITS) + rng.random_range(0..16) - 8,
        7 => rng.random::<u64>() >> rng.random_range(0..64),
        _ => PLACES.choose(rng).unwrap() + rng.random_range(0..PLACE_BYTES as u64),
    }
}
