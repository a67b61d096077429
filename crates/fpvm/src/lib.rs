//! The MIPS64 fraud-proof machine: reference step, ELF loading, witnesses.
//!
//! The rules are §5 (machine) and §6 (witness) of `docs/protocol.md`. There is one [`step`], written
//! to be read next to that text, and generic over the memory that it runs on ([`Ram`]): the whole
//! [`Memory`](opml_memory::Memory), a cache of pages with decoded instructions for long runs, a
//! recorder of the leaves touched, or nothing but the leaves of a witness. So the run, the witness
//! and its verification cannot disagree on a rule.
//!
//! - [`State`]: registers and memory; [`State::step`], [`State::run`], [`State::visit`],
//!   [`State::hash`].
//! - [`Engine`]: what runs a machine, the interpreter or on x86-64 the compiler; all do the same.
//! - [`decode`]: from a word to an [`Instruction`], which can be printed.
//! - [`Program`]: a guest ELF, loaded into a memory; [`Symbols`]: the names in it.
//! - [`witness`] and [`verify`]: what a contract gets, and what it does with it.

mod alu;
mod assembly;
mod branch;
mod cpu;
mod decode;
mod effects;
mod elf;
mod engine;
mod fault;
mod instruction;
mod interpreter;
#[cfg(all(feature = "jit", target_arch = "x86_64"))]
mod jit;
mod load_store;
mod muldiv;
mod pool;
mod ram;
mod state;
mod step;
mod symbols;
mod witness;

pub use cpu::{Cpu, EXIT_OK, FIELDS, PACKED_BYTES, exited_hash};
pub use decode::decode;
pub use elf::{ElfError, Program};
pub use engine::{Engine, jit_unavailable};
pub use fault::Fault;
pub use instruction::{AluOp, Condition, HiLo, Instruction, LoadOp, MulDivOp, Register, StoreOp};
pub use ram::Ram;
pub use state::State;
pub use step::{TEXT_END, step};
pub use symbols::Symbols;
pub use witness::{MAX_STEPS, Witness, WitnessError, WitnessMemory, verify, witness};
