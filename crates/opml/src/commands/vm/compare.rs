//! Two runs side by side.

use std::collections::BTreeSet;

use opml_fpvm::Cpu;
use opml_memory::{Memory, PAGE_BYTES};

use super::{machine::Machine, report::Pair, watch::watched_step};

/// Double words of memory that are named when more differ.
const NAMED_WORDS: usize = 8;

/// Two runs at the same step.
#[derive(Debug, Clone)]
pub(super) struct Runs {
    pub(super) a: Machine,
    pub(super) b: Machine,
}

impl Runs {
    /// Steps that both have run. Engines that agree on states stop at the same step.
    pub(super) fn step(&self) -> u64 {
        self.a.step.min(self.b.step)
    }

    fn run_to(&mut self, step: u64) {
        self.a.run_to(step);
        self.b.run_to(step);
    }

    const fn cpus(&self) -> [Cpu; 2] {
        [self.a.state.cpu, self.b.state.cpu]
    }

    fn equal_registers(&self) -> bool {
        self.a.state.cpu == self.b.state.cpu
    }

    pub(super) fn equal(&self) -> bool {
        self.a.step == self.b.step
            && self.equal_registers()
            && self.a.state.memory.root() == self.b.state.memory.root()
    }

    const fn ended(&self) -> bool {
        self.a.state.exited() && self.b.state.exited()
    }

    /// Brings both runs to the first states that differ, or to the end or step `stop` if none do.
    /// Returns the registers one step before the difference; none if there is no such step.
    ///
    /// States are compared after 1, 2, 4, … steps, and from the first distance at which they differ
    /// by halves: hashing costs far more than running.
    pub(super) fn find_by_states(&mut self, stop: u64) -> Option<[Cpu; 2]> {
        if !self.equal() {
            return None;
        }
        let mut equal = self.clone();
        let mut distance: u64 = 1;
        loop {
            distance = distance.min(stop - equal.step());
            self.run_to(equal.step() + distance);
            if !self.equal() {
                break;
            }
            if self.ended() {
                // An exit clears the registers, and with them a difference in the state before it.
                let last = self.step().saturating_sub(1).max(equal.step());
                let mut running = equal.clone();
                running.run_to(last);
                if running.equal() {
                    return None;
                }
                distance = last - equal.step();
                *self = running;
                break;
            }
            if self.step() == stop {
                return None;
            }
            equal = self.clone();
            distance = distance.saturating_mul(2);
        }
        // Equal at `equal`, and different `distance` steps later.
        while distance > 1 {
            let mut middle = equal.clone();
            middle.run_to(equal.step() + distance / 2);
            if middle.equal() {
                distance -= distance / 2;
                equal = middle;
            } else {
                distance /= 2;
                *self = middle;
            }
        }
        Some(equal.cpus())
    }

    /// The same for states whose memories differ from the start: it is what each step makes of the registers
    /// and writes to memory that is compared, after every step, since a difference may vanish again.
    pub(super) fn find_by_effects(&mut self, stop: u64) -> Option<[Cpu; 2]> {
        if !self.equal_registers() {
            return None;
        }
        while !self.ended() && self.step() < stop {
            let before = self.cpus();
            let [a, b] = [&mut self.a, &mut self.b].map(|machine| {
                machine.step += 1;
                let stores = watched_step(&mut machine.state);
                stores.into_iter().map(|word| (word.key, word.right)).collect::<Vec<_>>()
            });
            if a != b || !self.equal_registers() {
                return Some(before);
            }
        }
        None
    }

    /// The double words of memory that differ.
    pub(super) fn memory_differences(&self) -> MemoryDifferences {
        self.differences(|_| true)
    }

    /// The double words of memory that differ, without those that differed in the same way at `start`.
    pub(super) fn memory_differences_since(&self, start: &Self) -> MemoryDifferences {
        self.differences(|pair| {
            [(&start.a, pair.left), (&start.b, pair.right)]
                .iter()
                .any(|(machine, value)| machine.state.memory.read_u64(pair.key) != *value)
        })
    }

    fn differences(&self, counts: impl Fn(&Pair<u64>) -> bool) -> MemoryDifferences {
        let (a, b) = (&self.a.state.memory, &self.b.state.memory);
        let mut found = MemoryDifferences::default();
        if a.root() == b.root() {
            return found;
        }
        for page in page_addresses(a).union(&page_addresses(b)) {
            for key in (*page..page + PAGE_BYTES as u64).step_by(8) {
                let pair = Pair { key, left: a.read_u64(key), right: b.read_u64(key) };
                if pair.left != pair.right && counts(&pair) {
                    found.words += 1;
                    if found.lowest.len() < NAMED_WORDS {
                        found.lowest.push(pair);
                    }
                }
            }
        }
        found
    }
}

fn page_addresses(memory: &Memory) -> BTreeSet<u64> {
    memory.pages().into_iter().map(|(address, _)| address).collect()
}

/// What two memories differ in.
#[derive(Debug, Default)]
pub(super) struct MemoryDifferences {
    /// How many double words.
    pub(super) words: u64,
    /// The lowest of them.
    pub(super) lowest: Vec<Pair<u64>>,
}

#[cfg(test)]
mod tests {
    use super::Runs;
    use crate::commands::vm::machine::{Engine, Machine};
    use opml_fpvm::State;
    use opml_memory::Memory;

    const TEXT: u64 = 0x1_0000;
    /// `daddiu a1, a1, 1`
    const COUNT: u32 = 0x64a5_0001;

    /// 1024 steps that count in a1, and then a fault.
    fn counter(engine: Engine) -> Machine {
        let mut memory = Memory::new();
        memory.write(TEXT, &[COUNT.to_le_bytes(); 1024].concat());
        memory.write(TEXT + 4 * 1024, &0x0du32.to_le_bytes());
        Machine::new(State::start(memory, TEXT), 0, engine)
    }

    #[test]
    fn the_first_difference_is_found_at_every_distance() {
        let find = |at: u64, stop: u64| {
            let mut runs = Runs { a: counter(Engine::Auto), b: counter(Engine::Faulty(at)) };
            let before = runs.find_by_states(stop);
            (before.map(|[a, b]| (a.regs[5], a == b)), runs.a.step, runs.b.step)
        };
        for at in (1..70).chain([511, 512, 513, 999, 1000, 1023, 1024]) {
            assert_eq!(find(at, u64::MAX), (Some((at - 1, true)), at, at));
            assert_eq!(find(at, at), (Some((at - 1, true)), at, at));
            assert_eq!(find(at, at - 1), (None, at - 1, at - 1));
        }
        assert_eq!(find(2000, u64::MAX), (None, 1025, 1025), "both end, equal");
    }

    #[test]
    fn different_memories_are_compared_by_what_steps_do() {
        let [a, mut b] = [Engine::Auto; 2].map(counter);
        // From its 500th step on the second program counts by 2.
        b.state.memory.write(TEXT + 4 * 499, &(COUNT + 1).to_le_bytes());
        let mut runs = Runs { a, b };
        let differences = runs.memory_differences();
        assert_eq!(differences.words, 1);
        assert_eq!(differences.lowest[0].key, (TEXT + 4 * 499) & !7);
        let start = runs.clone();
        let [a, b] = runs.find_by_effects(u64::MAX).unwrap();
        assert_eq!(runs.memory_differences_since(&start).words, 0);
        assert_eq!((a.regs[5], b.regs[5], runs.step()), (499, 499, 500));
        assert_eq!([&runs.a, &runs.b].map(|machine| machine.state.cpu.regs[5]), [500, 501]);
    }

    #[test]
    fn a_store_to_another_place_is_the_first_difference() {
        // `sw a1, 64(sp)` becomes `sw a1, 128(sp)`: no register ever tells.
        let store = |offset: u32| 0xafa5_0000 | offset;
        let [a, b] = [64, 128].map(|offset| {
            let mut machine = counter(Engine::Auto);
            machine.state.memory.write(TEXT + 4 * 299, &store(offset).to_le_bytes());
            machine.state.cpu.regs[29] = 1 << 25;
            machine
        });
        let mut runs = Runs { a, b };
        let start = runs.clone();
        let [a, b] = runs.find_by_effects(u64::MAX).unwrap();
        assert_eq!((a, runs.step()), (b, 300));
        let differences = runs.memory_differences_since(&start);
        let places: Vec<_> = differences.lowest.iter().map(|word| word.key).collect();
        assert_eq!(places, [(1 << 25) + 64, (1 << 25) + 128]);
    }
}
