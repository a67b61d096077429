//! Loads and stores by every engine: accesses that share a check, halves of words, pages that move.

use crate::{
    asm::{RS, i, state},
    engines::ENGINES,
};
use opml_fpvm::{Engine, State};
use opml_vmfuzz::Source;
use rand::Rng;

/// Data pages of these tests: some written before, one absent.
const DATA: u64 = 1 << 25;

fn check(before: &State, context: &str) {
    let mut reference = before.clone();
    let expected = reference.run_with(Engine::Reference, 2000);
    for (name, engine) in ENGINES {
        let mut run = before.clone();
        let steps = run.run_with(engine, 2000);
        assert_eq!((steps, run.cpu), (expected, reference.cpu), "{name}: {context}");
        assert_eq!(run.hash(), reference.hash(), "{name}: {context}");
    }
}

/// A loop over `body` that moves `RS` on by `stride`, 16 times.
fn looping(body: &[u32], stride: u16, start: u64) -> State {
    let mut words = body.to_vec();
    let back = -(words.len() as i16) - 3;
    words.push(i(0x19, RS, RS, stride));
    words.push(i(0x19, 9, 9, 0xffff));
    words.push(i(0x05, 9, 0, back as u16));
    words.push(0);
    words.push(0x0d);
    let mut state = state(&words, start, 16);
    for at in (DATA - 8192..DATA + 4096).step_by(8) {
        state.memory.write_u64(at, at.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    }
    state
}

/// Opcode and width of the loads, then of the stores.
const LOADS: [(u32, u64); 11] = [
    (0x20, 1),
    (0x24, 1),
    (0x21, 2),
    (0x25, 2),
    (0x23, 4),
    (0x27, 4),
    (0x37, 8),
    (0x22, 1),
    (0x26, 1),
    (0x1a, 1),
    (0x1b, 1),
];
const STORES: [(u32, u64); 8] =
    [(0x28, 1), (0x29, 2), (0x2b, 4), (0x3f, 8), (0x2a, 1), (0x2e, 1), (0x2c, 1), (0x2d, 1)];

#[test]
fn groups_of_accesses_cross_pages_and_fault_exactly() {
    let mut random = Source::seeded(40, 0);
    for round in 0..150 {
        // Bases that run over the end of a page, and sometimes out of the memory or into the text.
        let page = [DATA, DATA - 4096, DATA + 4096, 1 << 24, 1 << 44][random.random_range(0..5)];
        let align = [1, 4, 8, 8][random.random_range(0..4)];
        let start = (page - 128).next_multiple_of(align) + align * random.random_range(0..8);
        let body: Vec<_> = (0..random.random_range(2..14))
            .map(|_| {
                let stores = random.random_range(0..3) == 0;
                let table = if stores { &STORES[..] } else { &LOADS[..] };
                let (op, width) = table[random.random_range(0..table.len())];
                let wrong = u64::from(random.random_range(0..200) == 0);
                let offset = width * random.random_range(0..40) + wrong;
                let base = if random.random_range(0..40) == 0 { 10 } else { RS };
                i(op, base, random.random_range(10..16), offset as u16)
            })
            .collect();
        let stride = align as u16 * random.random_range(0..4);
        check(&looping(&body, stride, start), &format!("round {round}"));
    }
}

#[test]
fn halves_of_words_make_one_access_only_where_nothing_comes_between() {
    let (left, right) = (i(0x22, RS, 11, 3), i(0x26, RS, 11, 0));
    let (store_left, store_right) = (i(0x2a, RS, 11, 7), i(0x2e, RS, 11, 4));
    let bodies = [
        vec![left, right, store_left, store_right],
        vec![left, i(0x2b, RS, 12, 0), right],
        vec![left, i(0x19, 11, 11, 1), right],
        vec![left, i(0x22, RS, 12, 7), right, i(0x26, RS, 12, 4)],
        vec![store_left, i(0x23, RS, 13, 4), store_right],
        vec![i(0x1a, RS, 14, 7), i(0x1b, RS, 14, 0), i(0x2c, RS, 14, 15), i(0x2d, RS, 14, 8)],
        vec![i(0x22, RS, RS, 3), i(0x26, RS, RS, 0)],
    ];
    for (number, body) in bodies.iter().enumerate() {
        for offset in [0, 1, 2, 3, 4090, 4093] {
            for stride in [1, 4] {
                let words = [&[i(0x23, 10, 12, 0)][..], body].concat();
                let mut start = looping(&words, stride, DATA - 4096 + offset);
                start.cpu.regs[10] = DATA;
                check(&start, &format!("body {number} at {offset} by {stride}"));
            }
        }
    }
}

#[test]
fn a_load_sees_a_store_that_moved_its_page() {
    // Three loads share a check; a store between them makes the page private, or present.
    let load = |offset| i(0x37, RS, 11 + u32::from(offset) / 8, offset);
    let body = [load(0), i(0x3f, 10, 9, 8), load(8), load(16)];
    for start in [DATA, DATA + (1 << 20)] {
        let mut before = looping(&body, 8, start);
        before.cpu.regs[10] = start;
        let snapshot = before.clone();
        let hash = snapshot.hash();
        check(&before, &format!("{start:#x}"));
        assert_eq!(snapshot.hash(), hash);
    }
}

/// A loop that loads the word at `place` and adds it up, then runs `stores`, whose base in r10 moves on by 8
/// from `from` on.
fn load_and_store(place: u64, stores: &[u32], from: u64) -> State {
    // r13 += r11, and r13 is what is stored.
    let load = [i(0x37, RS, 11, 0), 13 << 21 | 11 << 16 | 13 << 11 | 0x2d];
    let body = [&load[..], stores, &[i(0x19, 10, 10, 8)]].concat();
    let mut state = looping(&body, 0, place);
    state.cpu.regs[10] = from;
    state
}

#[test]
fn a_load_follows_its_page_when_it_moves_between_two_rounds() {
    for place in [DATA, DATA + (1 << 20)] {
        // A store comes to the page after the load has found it there several times; three together cross
        // into the page, and are then left to the interpreter.
        let store = [i(0x3f, 10, 13, 0)];
        let crossing = [i(0x3f, 10, 13, 0), i(0x3f, 10, 13, 8), i(0x3f, 10, 13, 16)];
        for (name, stores) in [("one", &store[..]), ("three", &crossing[..])] {
            let before = load_and_store(place, stores, place - 48);
            let snapshot = before.clone();
            let hash = snapshot.hash();
            check(&before, &format!("{name} at {place:#x}"));
            assert_eq!(snapshot.hash(), hash);
        }
    }
}
