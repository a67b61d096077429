//! Words from fields, and one-instruction runs.

use opml_fpvm::{Cpu, Fault, State};
use opml_memory::Memory;

/// Where the code of these tests lies.
pub(crate) const CODE: u64 = 0x1_0000;

/// Registers of these tests.
pub(crate) const RS: u32 = 8;
pub(crate) const RT: u32 = 9;
pub(crate) const RD: u32 = 10;

/// An R-format word of SPECIAL (`op` 0), SPECIAL2 (0x1c) or SPECIAL3 (0x1f).
pub(crate) const fn r(op: u32, rs: u32, rt: u32, rd: u32, sa: u32, funct: u32) -> u32 {
    op << 26 | rs << 21 | rt << 16 | rd << 11 | sa << 6 | funct
}

/// An I-format word.
pub(crate) fn i(op: u32, rs: u32, rt: u32, immediate: u16) -> u32 {
    op << 26 | rs << 21 | rt << 16 | u32::from(immediate)
}

/// A state about to run `words`, with values in `RS` and `RT`.
pub(crate) fn state(words: &[u32], rs: u64, rt: u64) -> State {
    let mut memory = Memory::new();
    for (word, address) in words.iter().zip((CODE..).step_by(4)) {
        memory.write(address, &word.to_le_bytes());
    }
    let mut state = State::start(memory, CODE);
    state.cpu.regs[RS as usize] = rs;
    state.cpu.regs[RT as usize] = rt;
    state
}

/// Runs one instruction and returns the registers after it.
pub(crate) fn execute(word: u32, rs: u64, rt: u64) -> Cpu {
    let mut state = state(&[word], rs, rt);
    state.step();
    state.cpu
}

/// The fault that one instruction ends in, if it does.
pub(crate) fn fault(word: u32, rs: u64, rt: u64) -> Option<Fault> {
    let cpu = execute(word, rs, rt);
    let fault = Fault::from_exit_word(cpu.exit);
    assert_eq!(fault.is_some(), cpu.exit != 0, "exit word {:#x}", cpu.exit);
    if fault.is_some() {
        assert_eq!(cpu, Cpu::exited(cpu.exit), "a fault clears everything else");
    }
    fault
}
