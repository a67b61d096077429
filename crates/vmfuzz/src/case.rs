//! Start states: a program with its data, or wild ones for which every rule is near.

use crate::{
    Encoding,
    program::{BASES, LINK, TEXT_BASE, program},
    value::{BORDERS, ENDS, address, pick, value},
};
use opml_fpvm::{Cpu, State, TEXT_END};
use opml_memory::{ADDRESS_BITS, DATA_HALF, MODEL_QUARTER, Memory};
use rand::Rng;

/// A start state, and the words of its program for a listing.
#[derive(Clone, Debug)]
pub struct Case {
    /// The state.
    pub state: State,
    /// Addresses and words of the program.
    pub text: Vec<(u64, u32)>,
}

/// Places of data, far enough from the ends of the memory for every offset that programs use.
const PLACES: [u64; 6] = [
    TEXT_END + 0x1000,
    0x0a00_0000_2ff8,
    DATA_HALF,
    DATA_HALF + (1 << 41),
    MODEL_QUARTER + (1 << 30),
    (1 << ADDRESS_BITS) - 0x9000,
];

impl Case {
    /// Returns a program that mostly runs for as many steps as one wants.
    pub fn program(random: &mut impl Rng, encodings: &[Encoding]) -> Self {
        let program = program(random, encodings);
        let mut memory = Memory::new();
        for place in PLACES {
            for at in (place - 2048..place + 2048).step_by(8) {
                if random.random_ratio(1, 4) {
                    memory.write_u64(at, value(random));
                }
            }
        }
        let mut cpu = registers(random);
        let unit = |random: &mut _| pick(random, &program.units);
        cpu.pc = if random.random() { program.units[0] } else { unit(random) };
        cpu.next_pc = if random.random_ratio(1, 8) { unit(random) } else { cpu.pc + 4 };
        for base in BASES {
            cpu.regs[base as usize] = pick(random, &PLACES);
        }
        cpu.regs[TEXT_BASE as usize] = (unit(random) & !7).clamp(2048, TEXT_END - 0x9000);
        cpu.regs[LINK as usize] = unit(random);
        Self::new(cpu, memory, program.words)
    }

    /// Returns a state whose registers are anything and whose program is words of the given
    /// encodings and their neighbours, the first of them of encoding `first`, if given.
    pub fn wild(random: &mut impl Rng, encodings: &[Encoding], first: Option<Encoding>) -> Self {
        let mut memory = Memory::new();
        for border in &BORDERS[2..7] {
            for at in 0..16 {
                memory.write_u64(border - 64 + 8 * at, random.random());
            }
        }
        let pc = match random.random_range(0..16) {
            0 => TEXT_END - 4,
            1 => TEXT_END - 8,
            2 if first.is_none() => value(random),
            _ => 0x1_0000 + 4 * random.random_range(0..2048),
        };
        let mut text = Vec::new();
        for at in (pc & !3..TEXT_END.min(pc.saturating_add(128))).step_by(4) {
            let any = encodings[random.random_range(0..encodings.len())];
            text.push((
                at,
                match (first.filter(|_| at == pc), random.random_range(0..16)) {
                    (Some(first), _) => first.word(random),
                    (None, 0) => random.random(),
                    (None, 1) => any.near_miss(random),
                    (None, _) => any.word(random),
                },
            ));
        }
        let mut cpu = registers(random);
        (cpu.pc, cpu.next_pc) = (pc, pc.wrapping_add(4));
        let word = text.first().map_or(0, |(_, word)| *word);
        let (rs, rt) = (word as usize >> 21 & 31, word as usize >> 16 & 31);
        match random.random_range(0..7) {
            // An operand equal to the immediate, which chance would hardly find.
            0 => cpu.regs[rs] = i64::from(word as i16) as u64,
            // An address in data, aligned for every access.
            1 => cpu.regs[rs] = (address(random) & !7).wrapping_sub(i64::from(word as i16) as u64),
            // Ends of the signed ranges, where sums and differences overflow.
            2 => {
                cpu.regs[rs] = pick(random, &ENDS);
                cpu.regs[rt] = if random.random() { cpu.regs[rs] } else { !cpu.regs[rs] };
            }
            3 => cpu.regs[rt] = 0,
            _ => {}
        }
        cpu.regs[0] = 0;
        if random.random_ratio(1, 8) {
            cpu.next_pc = value(random);
        }
        if random.random_ratio(1, 128) {
            cpu.exit = value(random);
        }
        Self::new(cpu, memory, text)
    }

    /// Returns a state somewhere in a run, with the words from its pc on.
    pub(crate) fn at(state: &State) -> Self {
        let pc = state.cpu.pc & !3;
        let text = (pc..TEXT_END.min(pc.saturating_add(64))).step_by(4).map(|at| {
            let mut word = [0; 4];
            state.memory.read(at, &mut word);
            (at, u32::from_le_bytes(word))
        });
        Self { state: state.clone(), text: text.collect() }
    }

    fn new(cpu: Cpu, mut memory: Memory, text: Vec<(u64, u32)>) -> Self {
        for (address, word) in &text {
            memory.write(*address, &word.to_le_bytes());
        }
        Self { state: State { cpu, memory }, text }
    }
}

fn registers(random: &mut impl Rng) -> Cpu {
    let mut cpu = Cpu::start(0);
    for register in &mut cpu.regs[1..] {
        *register = value(random);
    }
    (cpu.hi, cpu.lo) = (value(random), value(random));
    // What `syscall` looks at.
    if random.random() {
        cpu.regs[2] = 5058;
    }
    cpu
}
