//! Random states of the vectors. They are not those of the fuzzers, which may change every day: the
//! file of vectors is read by other implementations and keeps its cases.

use opml_fpvm::{Cpu, State, TEXT_END};
use opml_memory::Memory;
use opml_vmfuzz::{Encoding, Source};
use rand::Rng;

pub(super) type Random = Source<'static>;

/// Borders of regions, pages and leaves.
const BORDERS: [u64; 9] =
    [0, 0x1_0000, TEXT_END, 1 << 25, 1 << 43, (1 << 43) + (1 << 41), 3 << 42, 1 << 44, u64::MAX];

/// A register: an extreme, an address near a border, a few bits, or anything.
fn value(random: &mut Random) -> u64 {
    const EXTREMES: [u64; 10] = [
        0,
        1,
        u64::MAX,
        0x7fff_ffff,
        0x8000_0000,
        0xffff_ffff,
        0xffff_ffff_8000_0000,
        1 << 63,
        (1 << 63) - 1,
        5058,
    ];
    match random.random_range(0..8) {
        0 | 1 => EXTREMES[random.random_range(0..EXTREMES.len())],
        2..=4 => address(random),
        5 => random.random::<u64>() >> random.random_range(0..64),
        6 => random.random::<i32>() as u64,
        _ => random.random(),
    }
}

fn address(random: &mut Random) -> u64 {
    let near = random.random_range(-64i64..64) & if random.random() { !7 } else { !0 };
    BORDERS[random.random_range(0..BORDERS.len())].wrapping_add_signed(near)
}

/// A running state with code around `pc`: words of the given encodings, some data at every border,
/// and every register set.
pub(super) fn random_state(
    random: &mut Random,
    encodings: &[Encoding],
    first: Option<Encoding>,
) -> State {
    let mut memory = Memory::new();
    for border in &BORDERS[2..7] {
        for at in 0..16 {
            memory.write_u64(border - 64 + 8 * at, random.random());
        }
    }
    let pc = match random.random_range(0..8) {
        0 => TEXT_END - 4,
        1 => TEXT_END - 8,
        _ => 0x1_0000 + 4 * random.random_range(0..2048),
    };
    for at in (pc..TEXT_END.min(pc + 128)).step_by(4) {
        let any = encodings[random.random_range(0..encodings.len())];
        let encoding = first.filter(|_| at == pc).unwrap_or(any);
        memory.write(at, &encoding.word(random).to_le_bytes());
    }
    let mut cpu = Cpu::start(pc);
    for register in &mut cpu.regs[1..] {
        *register = value(random);
    }
    (cpu.hi, cpu.lo) = (value(random), value(random));
    if random.random_range(0..4) == 0 {
        // An operand equal to the immediate, which chance would hardly find.
        let word = memory.read_u64(pc & !7) >> (8 * (pc & 4));
        cpu.regs[word as usize >> 21 & 31] = word as i16 as u64;
        cpu.regs[0] = 0;
    }
    if random.random_range(0..8) == 0 {
        cpu.next_pc = value(random);
    }
    State { cpu, memory }
}
