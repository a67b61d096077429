//! One step with what it writes to memory.

use std::convert::Infallible;

use opml_fpvm::{Ram, State, step};
use opml_memory::Memory;

use super::report::Pair;

/// Runs one step by the reference. Returns the double words that it writes, by address: before and after, which may be the same.
pub(super) fn watched_step(state: &mut State) -> Vec<Pair<u64>> {
    let mut watch = Watch { memory: &mut state.memory, stores: Vec::new() };
    let Ok(()) = step(&mut state.cpu, &mut watch);
    watch.stores
}

struct Watch<'a> {
    memory: &'a mut Memory,
    stores: Vec<Pair<u64>>,
}

impl Ram for Watch<'_> {
    type Error = Infallible;

    fn load(&mut self, address: u64) -> Result<u64, Infallible> {
        self.memory.load(address)
    }

    fn store(&mut self, address: u64, value: u64) -> Result<(), Infallible> {
        let before = self.memory.read_u64(address);
        self.stores.push(Pair { key: address, left: before, right: value });
        self.memory.store(address, value)
    }
}
