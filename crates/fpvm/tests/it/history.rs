//! One test for each bug that verifiers of this kind have had.

use crate::asm::{CODE, RD, RS, RT, execute, fault, i, r, state};
use opml_fpvm::{Cpu, Fault, State, TEXT_END};
use opml_memory::Memory;

const NEG1: u64 = u64::MAX;
const MIN32: u64 = 0xffff_ffff_8000_0000;
const MIN64: u64 = 1 << 63;

/// `srav` and its kin did not mask the amount to 5 bits.
#[test]
fn variable_shifts_mask_the_amount_to_5_or_6_bits() {
    let shift =
        |funct, amount| execute(r(0, RS, RT, RD, 0, funct), amount, MIN32).regs[RD as usize];
    for high in [32, 64, 1 << 40, NEG1 << 6] {
        assert_eq!(shift(0x07, high | 1), 0xffff_ffff_c000_0000, "srav by {high:#x} + 1");
        assert_eq!(shift(0x06, high | 1), 0x4000_0000, "srlv");
        assert_eq!(shift(0x04, high | 1), 0, "sllv");
    }
    for high in [64, 1 << 40] {
        assert_eq!(shift(0x17, high | 33), NEG1, "dsrav by {high:#x} + 33");
        assert_eq!(shift(0x16, high | 33), 0x7fff_ffff, "dsrlv");
        assert_eq!(shift(0x14, high | 31), 0xc000_0000_0000_0000, "dsllv");
    }
}

/// J and JAL took their region from the jump instead of from its delay slot.
#[test]
fn jumps_take_the_region_of_the_delay_slot() {
    // Text ends at 2^24, so the only border that a jump can meet is far away in nextPc arithmetic;
    // the rule shows with the jump in the last word of the text: no border, region 0.
    let mut memory = Memory::new();
    memory.write(TEXT_END - 4, &(0x02u32 << 26 | 0x55).to_le_bytes());
    let mut state = State::start(memory, TEXT_END - 4);
    state.step();
    assert_eq!((state.cpu.pc, state.cpu.next_pc), (TEXT_END, 0x154));
}

/// 32-bit results were left zero-extended.
#[test]
fn results_of_32_bits_are_sign_extended() {
    for (name, word) in [
        ("addu", r(0, RS, RT, RD, 0, 0x21)),
        ("or then sll 0", r(0, 0, RS, RD, 0, 0x00)),
        ("srl 0", r(0, 0, RS, RD, 0, 0x02)),
        ("rotr 0", r(0, 1, RS, RD, 0, 0x02)),
        ("subu", r(0, RS, 0, RD, 0, 0x23)),
    ] {
        assert_eq!(execute(word, 0x7_8000_0000, 0).regs[RD as usize], MIN32, "{name}");
    }
}

/// Writes to `$zero` stuck, in one engine and not in the other.
#[test]
fn writes_to_register_zero_vanish() {
    let writes = [
        r(0, RS, RT, 0, 0, 0x2d),
        i(0x19, RS, 0, 5),
        i(0x0f, 0, 0, 5),
        r(0, 0, RT, 0, 4, 0x38),
        r(0x1c, RS, RT, 0, 0, 0x02),
        r(0x1f, RS, 0, 31, 0, 0x00),
        r(0x1f, RS, 0, 31, 0, 0x04),
        r(0, RS, 0, 0, 0, 0x0a),
        i(0x37, RS, 0, 0),
        i(0x26, RS, 0, 0),
        r(0, 0, 0, 0, 0, 0x10),
    ];
    for word in writes {
        let mut state = state(&[word], 1 << 25, 7);
        (state.cpu.hi, state.cpu.lo) = (3, 3);
        state.memory.write_u64(1 << 25, NEG1);
        let mut expected = state.cpu;
        (expected.pc, expected.next_pc) = (CODE + 4, CODE + 8);
        state.step();
        assert_eq!(state.cpu, expected, "{word:#010x}");
    }
    let jalr = execute(r(0, RS, 0, 0, 0, 0x09), 0x40, 0);
    assert_eq!((jalr.next_pc, jalr.regs[0]), (0x40, 0), "jalr $zero");
}

/// A state with an exit word other than 0 and 1 ran on in one verifier.
#[test]
fn every_exit_word_but_zero_is_exited() {
    for exit in [1, 2, 0xff, 1 << 8, 1 << 32] {
        let mut state = state(&[r(0, RS, RT, RD, 0, 0x2d)], 1, 2);
        state.cpu.exit = exit;
        state.step();
        assert_eq!(state.cpu.pc, CODE, "{exit:#x}");
    }
}

/// `mul` cleared hi and lo in one engine.
#[test]
fn mul_leaves_hi_and_lo_alone() {
    let mut state = state(&[r(0x1c, RS, RT, RD, 0, 0x02)], 3, 4);
    (state.cpu.hi, state.cpu.lo) = (5, 6);
    state.step();
    assert_eq!((state.cpu.hi, state.cpu.lo, state.cpu.regs[RD as usize]), (5, 6, 12));
}

/// The one quotient that overflows crashed an engine.
#[test]
fn the_least_integer_by_minus_one() {
    let div = execute(r(0, RS, RT, 0, 0, 0x1a), MIN32, NEG1);
    assert_eq!((div.exit, div.hi, div.lo), (0, 0, MIN32));
    let ddiv = execute(r(0, RS, RT, 0, 0, 0x1e), MIN64, NEG1);
    assert_eq!((ddiv.exit, ddiv.hi, ddiv.lo), (0, 0, MIN64));
    let word_in_dirty = execute(r(0, RS, RT, 0, 0, 0x1a), 0x1_8000_0000, 0xffff_ffff);
    assert_eq!((word_in_dirty.hi, word_in_dirty.lo), (0, MIN32));
}

/// Addresses that wrap reached memory below the region checked.
#[test]
fn addresses_wrap_before_they_are_checked() {
    let mut wrapped = state(&[i(0x37, RS, RT, 0x10)], NEG1 - 7, 0);
    wrapped.memory.write_u64(8, 0x77);
    wrapped.step();
    assert_eq!(wrapped.cpu.exit, 0);
    let code_at_8 = wrapped.memory.read_u64(8);
    assert_eq!(wrapped.cpu.regs[RT as usize], code_at_8);
    assert_eq!(fault(i(0x37, RS, RT, 0xfff8), 0, 0), Some(Fault::AddressOutOfRange));
    assert_eq!(fault(i(0x3f, RS, RT, 0xfff8), 0, 0), Some(Fault::AddressOutOfRange));
    assert_eq!(fault(i(0x3f, RS, RT, 0x10), NEG1 - 7, 0), Some(Fault::StoreToText));
}

/// Unaligned accesses were silently aligned.
#[test]
fn unaligned_accesses_fault() {
    for (op, width) in
        [(0x21, 2), (0x25, 2), (0x29, 2), (0x23, 4), (0x27, 4), (0x2b, 4), (0x37, 8), (0x3f, 8)]
    {
        for by in 1..width {
            let address = (1 << 25) + by;
            assert_eq!(
                fault(i(op, RS, RT, 0), address, 0),
                Some(Fault::UnalignedAccess),
                "{op:#x}"
            );
        }
        assert_eq!(fault(i(op, RS, RT, 0), 1 << 25, 0), None, "{op:#x}");
    }
}

/// Trapping additions did not trap.
#[test]
fn add_addi_and_sub_trap_on_overflow() {
    assert_eq!(fault(r(0, RS, RT, RD, 0, 0x20), 0x7fff_ffff, 1), Some(Fault::IntegerOverflow));
    assert_eq!(fault(i(0x08, RS, RT, 1), 0x7fff_ffff, 0), Some(Fault::IntegerOverflow));
    assert_eq!(fault(r(0, RS, RT, RD, 0, 0x22), MIN32, 1), Some(Fault::IntegerOverflow));
}

/// `mthi` and `mtlo` zeroed the register that the rd field names.
#[test]
fn moves_to_hi_and_lo_write_no_general_register() {
    for funct in [0x11, 0x13] {
        let cpu = execute(r(0, RS, 0, 0, 0, funct), 5, 6);
        assert_eq!((cpu.regs[RS as usize], cpu.regs[RT as usize]), (5, 6));
        let reserved = fault(r(0, RS, 0, RT, 0, funct), 5, 6);
        assert_eq!(reserved, Some(Fault::ReservedInstruction), "a set rd field is reserved");
    }
}

/// Unknown system calls succeeded silently.
#[test]
fn unknown_system_calls_fault() {
    let mut state = state(&[0x0c], 0, 0);
    state.cpu.regs[2] = 5009;
    state.step();
    assert_eq!(state.cpu, Cpu::exited(Fault::UnknownSyscall.exit_word()));
}

/// The delay-slot check could be bypassed by a branch to the next instruction.
#[test]
fn a_branch_to_its_own_delay_slot_is_still_a_delay_slot() {
    let beq_to_slot = i(0x04, 0, 0, 0);
    let mut state = state(&[beq_to_slot, beq_to_slot], 0, 0);
    state.run(2);
    assert_eq!(state.cpu.exit, Fault::BranchInDelaySlot.exit_word());
}

/// `sync` moved a register.
#[test]
fn sync_ignores_its_fields() {
    let cpu = execute(r(0, RS, RT, RD, 3, 0x0f), 5, 6);
    assert_eq!(cpu.regs[RD as usize], 0);
}

/// `bltzal`, `bgezal` and `jalr` read their source after writing the return address.
#[test]
fn linking_branches_read_before_they_link() {
    let with_ra = |word: u32, ra: u64| {
        let mut state = state(&[word], 0, 0);
        state.cpu.regs[31] = ra;
        state.step();
        (state.cpu.next_pc, state.cpu.regs[31])
    };
    let target = CODE + 4 + 0x40;
    assert_eq!(with_ra(i(0x01, 31, 0x10, 16), NEG1), (target, CODE + 8), "bltzal $ra");
    assert_eq!(
        with_ra(i(0x01, 31, 0x11, 16), NEG1),
        (CODE + 8, CODE + 8),
        "bgezal, untaken, links"
    );
    assert_eq!(with_ra(r(0, 31, 0, 31, 0, 0x09), 0x80), (0x80, CODE + 8), "jalr $ra, $ra");
}

/// A store that faulted had already written.
#[test]
fn a_faulting_store_changes_no_memory() {
    for (op, address) in [(0x3f, 8), (0x3f, TEXT_END + 4), (0x3f, 1 << 44), (0x28, TEXT_END - 1)] {
        let mut state = state(&[i(op, RS, RT, 0)], address, NEG1);
        let root = state.memory.root();
        state.step();
        assert_ne!(state.cpu.exit, 0);
        assert_eq!(state.memory.root(), root, "{op:#x} {address:#x}");
    }
}
