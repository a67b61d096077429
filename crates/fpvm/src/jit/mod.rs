//! Compiles hot guest code to x86-64, with Cranelift.
//!
//! The unit is a [`Region`](region::Region): blocks of text reached from one entry, with loops and
//! called routines inside, that becomes one host function. Registers live in host registers within a
//! region and in the [`Cpu`](crate::Cpu) between regions; regions lead to each other by tail calls
//! through a [`CodeMap`](map::CodeMap) from pc to code, shared by all machines with the same text.
//!
//! Generated code knows the common case only. Before whatever else, a fault, a page that cannot be
//! made ready, a rare instruction, it leaves with the exact state and step count, and the interpreter
//! goes on from there. So no rule about faults is written down here.

mod compiler;
mod context;
mod delay;
mod host;
mod library;
mod map;
mod region;
mod session;
mod target;
mod translate;

pub(crate) use host::host;
pub(crate) use session::Session;
