//! Tests of the MIPS machine: expectations written by hand, and random states for what must hold of
//! every state.

mod accesses;
mod arithmetic;
mod asm;
mod control;
mod corpus;
mod elf;
mod encodings;
mod engines;
mod guest;
mod history;
mod jit;
mod load_store;
mod oracle;
mod programs;
mod protocol;
mod random;
mod recorded;
mod run;
mod totality;
mod vectors;
mod witness;
