//! What `run` costs: gas of its execution, without the transaction around it. The numbers are exact, so the
//! limits are tight; a run with `--nocapture` prints the tables.

use crate::guest::Guest;
use opml_fpvm::{Cpu, State, witness};
use opml_memory::{DATA_HALF, LEAF_BYTES, MODEL_QUARTER, Memory};
use opml_vmfuzz::Evm;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

const TEXT: u64 = 0x1_0000;
const STACK: u64 = 0x0a00_0000_1000;
const WEIGHTS: u64 = MODEL_QUARTER + (1 << 30);

/// Instructions by class: r3 (or r2) is written, r5 is the base of loads and stores.
const COMPUTE: [(&str, u32); 12] = [
    ("sll", 0x0002_1880),
    ("dsrl32", 0x0002_18be),
    ("addu", 0x0022_1821),
    ("daddiu", 0x6422_0001),
    ("or", 0x0022_1825),
    ("sltu", 0x0022_182b),
    ("mult", 0x0022_0018),
    ("mflo", 0x0000_1812),
    ("mul", 0x7022_1802),
    ("dclz", 0x7022_1024),
    ("dext", 0x7c22_1903),
    ("beq", 0x1022_0004),
];
const LOADS: [(&str, u32); 4] =
    [("lb", 0x80a2_0000), ("lw", 0x8ca2_0000), ("lwl", 0x88a2_0000), ("ld", 0xdca2_0000)];
const STORES: [(&str, u32); 3] = [("sb", 0xa0a2_0000), ("sd", 0xfca2_0000), ("sdl", 0xb0a2_0000)];

/// Makes every sibling on the path of `address` up to `height` differ from a zero subtree, as in a
/// region of 2^(height + 5) bytes that is in use.
fn surround(memory: &mut Memory, address: u64, height: u32) {
    for h in 0..height {
        memory.write(address ^ (LEAF_BYTES as u64) << h, &[1]);
    }
}

/// A machine with 256 KiB of text, a stack of 64 KiB, a model of 1 GiB, and `word` in the 8 instructions of
/// the leaf at pc. Loads and stores go to `base`.
fn state(word: u32, base: u64) -> State {
    let mut memory = Memory::new();
    for address in (TEXT..TEXT + 32).step_by(4) {
        memory.write(address, &word.to_le_bytes());
    }
    memory.write(STACK, &[1; 32]);
    memory.write(WEIGHTS, &[1; 32]);
    memory.write(DATA_HALF, &[1]);
    surround(&mut memory, TEXT, 13);
    surround(&mut memory, STACK, 11);
    surround(&mut memory, WEIGHTS, 25);
    let mut cpu = register_file(TEXT);
    cpu.regs[5] = base;
    State { cpu, memory }
}

/// Registers as compiled code has them: some three significant bytes each.
fn register_file(pc: u64) -> Cpu {
    let mut cpu = Cpu::start(pc);
    for (n, register) in (0..).zip(&mut cpu.regs) {
        *register = n * 0x1_0101;
    }
    cpu
}

/// Gas of one step.
fn gas(evm: &mut Evm, state: &State) -> (u64, usize) {
    let witness = witness(state, 1).unwrap();
    (evm.run(1, &witness).unwrap().gas, witness.len())
}

/// Gas that a step adds to a run in which all leaves are proved anyway.
fn gas_of_further_step(evm: &mut Evm, state: &State) -> u64 {
    let witness = witness(state, 8).unwrap();
    let [one, eight] = [1, 8].map(|steps| evm.run(steps, &witness).unwrap().gas);
    (eight - one) / 7
}

/// What the instructions touch, the instructions, their base, the limit of gas.
type Class = (&'static str, &'static [(&'static str, u32)], u64, u64);

#[test]
fn single_steps_cost_what_their_leaves_cost() {
    let mut evm = Evm::default();
    eprintln!("instruction  touches       gas  bytes  further step");
    let classes: [Class; 5] = [
        ("text", &COMPUTE, 0, 12_000),
        ("stack", &LOADS, STACK, 17_500),
        ("model", &LOADS, WEIGHTS, 18_500),
        ("stack", &STORES, STACK, 24_500),
        ("model", &STORES, WEIGHTS, 24_500),
    ];
    for (touches, instructions, base, limit) in classes {
        for &(name, word) in instructions {
            let state = state(word, base);
            let (gas, bytes) = gas(&mut evm, &state);
            let further = gas_of_further_step(&mut evm, &state);
            eprintln!("{name:12} {touches:8} {gas:8} {bytes:6} {further:13}");
            assert!(gas <= limit, "{name} on {touches}: {gas} gas of {limit}");
            assert!(further <= 1_900, "{name} on {touches}: {further} gas per further step");
        }
    }
}

#[test]
fn windows_of_the_guest_cost_a_fraction_of_their_steps() {
    const SAMPLES: usize = 256;
    let mut evm = Evm::default();
    let mut rng = ChaCha8Rng::seed_from_u64(crate::SEED);
    let guest = Guest::new();
    eprintln!("steps   median      max  bytes");
    for (steps, median_limit, limit) in
        [(1, 13_000, 25_000), (4, 24_000, 45_000), (16, 50_000, 75_000)]
    {
        let mut costs = Vec::with_capacity(SAMPLES);
        let mut bytes = 0;
        while costs.len() < SAMPLES {
            for state in guest.states(&mut rng, 8) {
                let witness = witness(&state, steps).unwrap();
                bytes += witness.len();
                costs.push(evm.run(steps, &witness).unwrap().gas);
            }
        }
        costs.sort_unstable();
        let (median, max) = (costs[SAMPLES / 2], costs[SAMPLES - 1]);
        eprintln!("{steps:5} {median:8} {max:8} {:6}", bytes / SAMPLES);
        assert!(median <= median_limit, "{steps} steps: median of {median} gas");
        assert!(max <= limit, "{steps} steps: up to {max} gas");
    }
}
