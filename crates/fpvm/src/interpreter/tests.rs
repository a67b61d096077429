//! What only the crate sees: single blocks, and forgetting them.

use opml_memory::{Memory, PageCache};

use super::Interpreter;
use crate::{State, TEXT_END};

const CODE: u64 = 0x1_0000;

fn start(words: impl IntoIterator<Item = u32>) -> State {
    let mut memory = Memory::new();
    for (word, at) in words.into_iter().zip((CODE..).step_by(4)) {
        memory.write(at, &word.to_le_bytes());
    }
    State::start(memory, CODE)
}

#[test]
fn a_block_ends_where_the_next_may_begin() {
    // Counts up to 100: daddiu t0, t0, 1; slti t1, t0, 100; bne t1, zero, -3; nop; break
    let mut run = start([0x6508_0001, 0x2909_0064, 0x1520_fffd, 0, 0x0d]);
    let mut stepped = run.clone();
    let mut interpreter = Interpreter::default();
    let mut stops = Vec::new();
    while !run.exited() {
        let mut memory = PageCache::new(&mut run.memory);
        let steps = interpreter.run_block(&mut run.cpu, &mut memory, u64::MAX);
        (0..steps).for_each(|_| stepped.step());
        assert_eq!(run.cpu, stepped.cpu);
        stops.push(steps);
    }
    assert_eq!(stops[..99], [4; 99]);
    assert_eq!(interpreter.run_block(&mut run.cpu, &mut PageCache::new(&mut run.memory), 9), 0);
}

#[test]
fn blocks_are_forgotten_when_there_are_too_many() {
    // Every pc of a text of `nop` begins a block of 64, because jumps lead to all of them.
    let mut state = State::start(Memory::new(), CODE);
    let mut interpreter = Interpreter::default();
    let mut memory = PageCache::new(&mut state.memory);
    for pc in (CODE..CODE + 4 * 20_000).step_by(4) {
        (state.cpu.pc, state.cpu.next_pc) = (pc, pc + 4);
        assert_eq!(interpreter.run(&mut state.cpu, &mut memory, 256), 256);
        assert_eq!(state.cpu.pc, pc + 4 * 256);
    }
    let to_the_end = (TEXT_END - state.cpu.pc) / 4 + 1;
    assert_eq!(interpreter.run(&mut state.cpu, &mut memory, u64::MAX), to_the_end);
}
