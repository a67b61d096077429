//! Speed of the machine: `cargo bench -p opml-fpvm`. Prints one line per measurement.

use opml_fpvm::{State, verify, witness};
use opml_memory::Memory;
use std::{hint::black_box, time::Instant};

/// Words of a loop like a compiler's int8 dot product, with a store in every turn.
const DOT_PRODUCT: [u32; 9] = [
    0x8088_0000, // lb     t0, 0(a0)
    0x80c9_0000, // lb     t1, 0(a2)
    0x6484_0001, // daddiu a0, a0, 1
    0x64c6_0001, // daddiu a2, a2, 1
    0x7109_5002, // mul    t2, t0, t1
    0x004a_1021, // addu   v0, v0, t2
    0xace2_0000, // sw     v0, 0(a3)
    0x1485_fff8, // bne    a0, a1, -8
    0x0000_0000, // nop
];
const CODE: u64 = 0x1_0000;
const STEPS: u64 = 1 << 27;
const HASHED_PAGES: u64 = 4096;

fn main() {
    let mut state = dot_product();
    let start = Instant::now();
    assert_eq!(state.run(STEPS), STEPS);
    report("run", STEPS, "steps", start);

    let single = 1 << 22;
    let start = Instant::now();
    for _ in 0..single {
        state.step();
    }
    report("single steps", single, "steps", start);

    let windows = 1000;
    let bytes = witness(&state, 16).map_or(0, |witness| witness.len());
    let start = Instant::now();
    for _ in 0..windows {
        let _ = black_box(witness(&state, 16).and_then(|witness| verify(16, &witness)));
    }
    report(&format!("16-step witnesses of {bytes} bytes, built and verified"), windows, "", start);

    let mut memory = Memory::new();
    let page: Vec<u8> = (0..4096u32).map(|at| (at % 251) as u8 + 1).collect();
    for number in 0..HASHED_PAGES {
        memory.write(number << 12, &page);
    }
    let start = Instant::now();
    black_box(memory.root());
    report("root over changed pages", HASHED_PAGES, "pages", start);
}

/// The loop over two vectors in the data half, far longer than the run.
fn dot_product() -> State {
    let mut memory = Memory::new();
    for (word, address) in DOT_PRODUCT.iter().zip((CODE..).step_by(4)) {
        memory.write(address, &word.to_le_bytes());
    }
    let mut state = State::start(memory, CODE);
    state.cpu.regs[4] = 1 << 43;
    state.cpu.regs[5] = (1 << 43) + STEPS;
    state.cpu.regs[6] = 3 << 42;
    state.cpu.regs[7] = 1 << 25;
    state
}

fn report(name: &str, count: u64, unit: &str, start: Instant) {
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{name}: {:.0} {unit} in {seconds:.3} s, {:.3} M/s",
        count,
        count as f64 / seconds / 1e6
    );
}
