//! Branches, jumps, traps, system calls and the faults around them.

use crate::asm::{CODE, RD, RS, RT, execute, fault, i, r, state};
use opml_fpvm::{Cpu, EXIT_OK, Fault, State, TEXT_END};

const NEG1: u64 = u64::MAX;
const MIN64: u64 = 1 << 63;

/// (pc, nextPc) after one instruction.
fn flow(word: u32, rs: u64, rt: u64) -> (u64, u64) {
    let cpu = execute(word, rs, rt);
    assert_eq!(cpu.exit, 0);
    (cpu.pc, cpu.next_pc)
}

const TAKEN: (u64, u64) = (CODE + 4, CODE + 4 + 0x40);
const UNTAKEN: (u64, u64) = (CODE + 4, CODE + 8);
const SKIPPED: (u64, u64) = (CODE + 8, CODE + 12);

#[test]
fn conditional_branches() {
    // (name, word, (rs, rt) that take it, (rs, rt) that do not)
    type Operands = (u64, u64);
    let cases: &[(&str, u32, Operands, Operands)] = &[
        ("beq", i(0x04, RS, RT, 16), (1 << 32, 1 << 32), (1 << 32, 0)),
        ("bne", i(0x05, RS, RT, 16), (1 << 32, 0), (7, 7)),
        ("blez", i(0x06, RS, 0, 16), (0, 0), (1 << 32, 0)),
        ("bgtz", i(0x07, RS, 0, 16), (1 << 32, 0), (NEG1, 0)),
        ("bltz", i(0x01, RS, 0x00, 16), (MIN64, 0), (0, 0)),
        ("bgez", i(0x01, RS, 0x01, 16), (0, 0), (NEG1, 0)),
        ("bltzal", i(0x01, RS, 0x10, 16), (NEG1, 0), (1, 0)),
        ("bgezal", i(0x01, RS, 0x11, 16), (1, 0), (NEG1, 0)),
    ];
    for (name, word, taken, untaken) in cases {
        assert_eq!(flow(*word, taken.0, taken.1), TAKEN, "{name}");
        assert_eq!(flow(*word, untaken.0, untaken.1), UNTAKEN, "{name}");
    }
    let likely: &[(&str, u32, Operands, Operands)] = &[
        ("beql", i(0x14, RS, RT, 16), (3, 3), (3, 4)),
        ("bnel", i(0x15, RS, RT, 16), (3, 4), (3, 3)),
        ("blezl", i(0x16, RS, 0, 16), (NEG1, 0), (1, 0)),
        ("bgtzl", i(0x17, RS, 0, 16), (1, 0), (0, 0)),
        ("bltzl", i(0x01, RS, 0x02, 16), (NEG1, 0), (0, 0)),
        ("bgezl", i(0x01, RS, 0x03, 16), (0, 0), (NEG1, 0)),
        ("bltzall", i(0x01, RS, 0x12, 16), (NEG1, 0), (0, 0)),
        ("bgezall", i(0x01, RS, 0x13, 16), (0, 0), (NEG1, 0)),
    ];
    for (name, word, taken, untaken) in likely {
        assert_eq!(flow(*word, taken.0, taken.1), TAKEN, "{name}");
        assert_eq!(flow(*word, untaken.0, untaken.1), SKIPPED, "{name}");
    }
}

#[test]
fn backward_branches_count_from_the_delay_slot() {
    assert_eq!(flow(i(0x04, 0, 0, 0xffff), 0, 0), (CODE + 4, CODE));
    assert_eq!(flow(i(0x04, 0, 0, 0x8000), 0, 0), (CODE + 4, (CODE + 4).wrapping_sub(0x2_0000)));
}

#[test]
fn jumps() {
    assert_eq!(flow(0x02 << 26 | 0x123, 0, 0), (CODE + 4, 0x48c));
    let jal = execute(0x03 << 26 | 0x3ff_ffff, 0, 0);
    assert_eq!((jal.next_pc, jal.regs[31]), (0x0fff_fffc, CODE + 8));
    assert_eq!(flow(r(0, RS, 0, 0, 0, 0x08), NEG1, 0), (CODE + 4, NEG1), "jr goes anywhere");
    let jalr = execute(r(0, RS, 0, RD, 0, 0x09), 0x2_0000, 0);
    assert_eq!((jalr.next_pc, jalr.regs[RD as usize]), (0x2_0000, CODE + 8));
    let hint = execute(r(0, RS, 0, RD, 0x10, 0x09), 0x2_0000, 0);
    assert_eq!(hint, jalr, "the hint is ignored");
}

#[test]
fn a_jump_at_address_0_stays_in_the_region_of_its_delay_slot() {
    let mut state = State::start(state(&[], 0, 0).memory, 0);
    state.memory.write(0, &(0x02_u32 << 26 | 0x123).to_le_bytes());
    state.step();
    assert_eq!((state.cpu.pc, state.cpu.next_pc), (4, 0x48c));
}

#[test]
fn a_branch_in_a_delay_slot_faults_and_one_after_an_untaken_branch_does_not() {
    let branches = [
        0x02 << 26,
        0x03 << 26,
        i(0x04, 0, 0, 1),
        i(0x05, 0, 0, 1),
        i(0x14, RS, RT, 1),
        i(0x01, RS, 0x10, 1),
        r(0, RS, 0, 0, 0, 0x08),
        r(0, RS, 0, RD, 0, 0x09),
    ];
    for branch in branches {
        let mut after_taken = state(&[i(0x04, 0, 0, 7), branch], 1, 2);
        after_taken.run(2);
        assert_eq!(after_taken.cpu, Cpu::exited(Fault::BranchInDelaySlot.exit_word()));
        let mut after_untaken = state(&[i(0x05, 0, 0, 7), branch], 1, 2);
        after_untaken.run(2);
        assert_eq!(after_untaken.cpu.exit, 0);
    }
    // A trap is no branch.
    let mut trap = state(&[i(0x04, 0, 0, 7), r(0, 0, RT, 0, 0, 0x36)], 0, 0);
    trap.run(2);
    assert_eq!((trap.cpu.exit, trap.cpu.pc), (0, CODE + 4 + 28));
}

#[test]
fn decoding_comes_before_the_delay_slot_check() {
    let mut reserved = state(&[i(0x04, 0, 0, 7), i(0x06, 0, 1, 7)], 0, 0);
    reserved.run(2);
    assert_eq!(reserved.cpu.exit, Fault::ReservedInstruction.exit_word());
}

#[test]
fn traps() {
    // (name, funct, rt of the immediate form, holds for (1, -1), (-1, 1), (1, 1))
    for (name, funct, immediate, holds) in [
        ("tge", 0x30, 0x08, [true, false, true]),
        ("tgeu", 0x31, 0x09, [false, true, true]),
        ("tlt", 0x32, 0x0a, [false, true, false]),
        ("tltu", 0x33, 0x0b, [true, false, false]),
        ("teq", 0x34, 0x0c, [false, false, true]),
        ("tne", 0x36, 0x0e, [true, true, false]),
    ] {
        for ((a, b), holds) in [(1, NEG1), (NEG1, 1), (1, 1)].into_iter().zip(holds) {
            let expected = holds.then_some(Fault::Trap);
            assert_eq!(fault(r(0, RS, RT, 31, 31, funct), a, b), expected, "{name} {a} {b}");
            let word = i(0x01, RS, immediate, b as u16);
            assert_eq!(fault(word, a, 0), expected, "{name}i {a} {b}");
        }
    }
}

#[test]
fn every_code_has_one_fault_and_its_exit_word_leads_back_to_it() {
    for (code, fault) in (1..).zip(Fault::ALL) {
        assert_eq!(fault.exit_word(), 0x200 | code, "{fault}");
        assert_eq!(Fault::from_exit_word(fault.exit_word()), Some(fault));
    }
}

#[test]
fn the_code_field_of_break_and_syscall_is_ignored() {
    assert_eq!(fault(0x03ff_ffcd, 0, 0), Some(Fault::Breakpoint));
    assert_eq!(fault(0x03ff_ffcc, 0, 0), Some(Fault::UnknownSyscall));
}

#[test]
fn exit_keeps_the_low_byte_of_its_argument_and_clears_the_rest() {
    for (argument, word) in [(0, EXIT_OK), (1, 0x101), (0x1ff, 0x1ff), (NEG1 << 8, EXIT_OK)] {
        let mut exit = state(&[0x0c], 5, 6);
        (exit.cpu.hi, exit.cpu.lo) = (7, 8);
        (exit.cpu.regs[2], exit.cpu.regs[4]) = (5058, argument);
        exit.step();
        assert_eq!(exit.cpu, Cpu::exited(word), "{argument:#x}");
    }
    for number in [0, 4001, 5057, 5059, 5205, 5058 | 1 << 32, NEG1] {
        let mut unknown = state(&[0x0c], 0, 0);
        unknown.cpu.regs[2] = number;
        unknown.step();
        assert_eq!(unknown.cpu, Cpu::exited(Fault::UnknownSyscall.exit_word()), "{number}");
    }
}

#[test]
fn linked_accesses_fault_before_their_address_is_looked_at() {
    for op in [0x30, 0x34, 0x38, 0x3c] {
        for address in [1 << 25, 1, NEG1] {
            assert_eq!(fault(i(op, RS, RT, 0), address, 0), Some(Fault::LinkedAccess));
        }
    }
}

#[test]
fn hints_do_nothing() {
    for word in [0x0000_000f, 0x03ff_ffcf, i(0x33, RS, 31, 0xffff), i(0x01, RS, 0x1f, 0xffff)] {
        let cpu = execute(word, NEG1, 0);
        let mut expected = Cpu::start(CODE + 4);
        expected.regs[RS as usize] = NEG1;
        assert_eq!(cpu, expected, "{word:#x}");
    }
}

#[test]
fn fetches_outside_the_text_fault() {
    let fetch = |pc| {
        let mut state = State::start(opml_memory::Memory::new(), pc);
        state.step();
        Fault::from_exit_word(state.cpu.exit)
    };
    assert_eq!(fetch(TEXT_END - 4), None, "the last word of the text");
    assert_eq!(fetch(TEXT_END), Some(Fault::FetchOutsideText));
    assert_eq!(fetch(1 << 43), Some(Fault::FetchOutsideText));
    assert_eq!(fetch(NEG1 - 3), Some(Fault::FetchOutsideText));
    for pc in [1, 2, 3, TEXT_END + 1, NEG1] {
        assert_eq!(fetch(pc), Some(Fault::UnalignedFetch), "alignment comes first: {pc:#x}");
    }
}

#[test]
fn the_program_counter_wraps() {
    let mut state = state(&[0], 0, 0);
    state.cpu.next_pc = NEG1 - 3;
    state.step();
    assert_eq!((state.cpu.pc, state.cpu.next_pc, state.cpu.exit), (NEG1 - 3, 0, 0));
}

#[test]
fn any_exit_word_is_a_fixed_point_with_everything_else_kept() {
    for exit in [1, 2, 0x100, 0x203, 1 << 63] {
        let mut state = state(&[0], 5, 6);
        state.cpu.exit = exit;
        let before = (state.cpu, state.hash());
        state.step();
        assert_eq!((state.cpu, state.hash()), before, "{exit:#x}");
        assert_eq!(state.run(9), 0);
        assert_eq!((state.cpu, state.hash()), before, "{exit:#x}");
    }
}
