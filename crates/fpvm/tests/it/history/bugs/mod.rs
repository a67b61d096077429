//! The bugs that verifiers of this kind have had, each as a list of cases: a state, and its successor written out by hand.
//!
//! The list is run in both languages: by `history.rs` of `opml-fpvm` on everything that runs the machine in Rust, and by
//! `step_differential/history.rs` of `opml-contracts`, which includes this file, on the verifier on chain.

#![expect(clippy::unwrap_used, reason = "a helper of tests ends them at the first surprise")]

mod arithmetic;
mod control;
mod faults;
mod memory;
mod partial;

pub(crate) use self::{arithmetic::*, control::*, faults::*, memory::*, partial::*};

use alloy_primitives::B256;
use opml_fpvm::{Cpu, Fault, State, decode};
use opml_memory::Memory;

/// Calls a macro with the names of all bugs.
macro_rules! every_bug {
    ($make_tests:ident) => {
        $make_tests! {
            variable_shifts_mask_the_amount
            results_of_32_bits_are_sign_extended
            operations_on_32_bits_ignore_the_high_half
            trapping_sums_trap
            mul_leaves_hi_and_lo_alone
            the_least_integer_by_minus_one
            moves_to_hi_and_lo_write_no_general_register
            writes_to_register_zero_vanish
            sync_moves_nothing
            conditions_look_at_all_64_bits
            jumps_take_the_region_of_the_delay_slot
            linking_branches_exist_and_link_always
            linking_branches_read_before_they_link
            the_delay_slot_check_has_no_way_around_it
            untaken_likely_branches_skip_their_slot
            jumps_out_of_the_text_fault_at_the_fetch
            every_exit_word_but_zero_is_exited
            exit_keeps_eight_bits_and_clears_the_rest
            unknown_system_calls_fault
            division_by_zero_faults
            linked_accesses_fault
            fields_that_must_be_zero_are_checked
            every_fault_has_its_own_code
            unaligned_accesses_fault
            addresses_wrap_before_they_are_checked
            addresses_are_not_cut_to_their_low_bits
            no_store_reaches_the_text
            narrow_accesses_keep_their_neighbours
            a_load_sees_the_store_before_it
            leaves_of_one_proof_keep_apart
            the_state_hash_has_a_fixed_layout
            partial_loads_merge_at_every_alignment
            partial_stores_merge_at_every_alignment
        }
    };
}
pub(crate) use every_bug;

/// Where the code of a case lies.
pub(crate) const CODE: u64 = 0x1_0000;
/// Where its data lies, if it has any.
pub(crate) const DATA: u64 = 0x0a00_0000_1000;

pub(crate) const NEG1: u64 = u64::MAX;
pub(crate) const MIN32: u64 = 0xffff_ffff_8000_0000;
pub(crate) const MIN64: u64 = 1 << 63;

/// Numbers of the registers that cases use; in the n64 convention `t0` is register 12.
pub(crate) const V0: usize = 2;
pub(crate) const A0: usize = 4;
pub(crate) const T0: usize = 12;
pub(crate) const T1: usize = 13;
pub(crate) const T2: usize = 14;
pub(crate) const T3: usize = 15;
pub(crate) const RA: usize = 31;

/// An instruction: what the machine's own disassembler must say of it (nothing for reserved words), and its encoding, which
/// is the GNU assembler's.
pub(crate) type Word = (&'static str, u32);

/// A state, and the one that must follow it.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) start: State,
    pub(crate) steps: u32,
    pub(crate) end: State,
    /// The hash of `start`, where it was computed without any of this code.
    pub(crate) start_hash: Option<B256>,
}

impl Case {
    /// One step for each of `words`, from a state with a different value in every register, that writes nothing
    /// and goes on behind them.
    pub(crate) fn of(words: &[Word]) -> Self {
        let mut memory = Memory::new();
        for ((text, word), address) in words.iter().zip((CODE..).step_by(4)) {
            let instruction = decode(*word).map(|instruction| instruction.to_string());
            assert_eq!(instruction.unwrap_or_default(), *text, "{word:#010x}");
            memory.write(address, &word.to_le_bytes());
        }
        let mut cpu = Cpu::start(CODE);
        for (register, number) in cpu.regs[1..].iter_mut().zip(1..) {
            *register = 0x0123_4567_89ab_cd00 + number;
        }
        (cpu.hi, cpu.lo) = (0x1111_2222_3333_4444, 0x5555_6666_7777_8888);
        let start = State { cpu, memory };
        let mut end = start.clone();
        end.cpu.pc = CODE + 4 * words.len() as u64;
        end.cpu.next_pc = end.cpu.pc + 4;
        let name =
            words.iter().map(|(text, word)| format!("{word:08x} {text}")).collect::<Vec<_>>();
        Self {
            name: name.join("; "),
            start,
            steps: words.len().try_into().unwrap(),
            end,
            start_hash: None,
        }
    }

    /// Sets a register.
    pub(crate) const fn with(mut self, register: usize, value: u64) -> Self {
        self.start.cpu.regs[register] = value;
        self.end.cpu.regs[register] = value;
        self
    }

    pub(crate) const fn with_hi_lo(mut self, hi: u64, lo: u64) -> Self {
        (self.start.cpu.hi, self.start.cpu.lo) = (hi, lo);
        self.then_hi_lo(hi, lo)
    }

    /// Sets the double word at `address`.
    pub(crate) fn with_memory(mut self, address: u64, double: u64) -> Self {
        self.start.memory.write_u64(address, double);
        self.then_memory(address, double)
    }

    pub(crate) const fn with_next_pc(mut self, next_pc: u64) -> Self {
        self.start.cpu.next_pc = next_pc;
        self.then_at(next_pc, next_pc.wrapping_add(4))
    }

    /// Sets the exit word; such a state stays as it is.
    pub(crate) fn with_exit(mut self, word: u64) -> Self {
        self.start.cpu.exit = word;
        self.end = self.start.clone();
        self
    }

    /// Expects `value` in a register at the end.
    pub(crate) const fn then(mut self, register: usize, value: u64) -> Self {
        self.end.cpu.regs[register] = value;
        self
    }

    pub(crate) const fn then_hi_lo(mut self, hi: u64, lo: u64) -> Self {
        (self.end.cpu.hi, self.end.cpu.lo) = (hi, lo);
        self
    }

    pub(crate) fn then_memory(mut self, address: u64, double: u64) -> Self {
        self.end.memory.write_u64(address, double);
        self
    }

    pub(crate) const fn then_at(mut self, pc: u64, next_pc: u64) -> Self {
        (self.end.cpu.pc, self.end.cpu.next_pc) = (pc, next_pc);
        self
    }

    /// Expects nothing at the end but an exit word, and the memory.
    pub(crate) const fn then_exit(mut self, word: u64) -> Self {
        self.end.cpu = Cpu::exited(word);
        self
    }

    pub(crate) const fn then_fault(self, fault: Fault) -> Self {
        self.then_exit(fault.exit_word())
    }
}
