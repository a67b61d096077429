use std::fmt;

/// A deterministic machine that a trace steps forward and puts back.
pub trait Machine {
    /// Why it cannot step.
    type Error;
    /// A state to come back to. Snapshots of one run share what they have in common.
    type Snapshot;

    /// The present state.
    fn snapshot(&mut self) -> Self::Snapshot;

    /// Goes to the state of a snapshot of the same run.
    fn restore(&mut self, snapshot: &Self::Snapshot) -> Result<(), Self::Error>;

    /// Runs `steps` steps, fewer only if it halts; gives how many were run.
    fn advance(&mut self, steps: u64) -> Result<u64, Self::Error>;

    /// Whether all later states are this one.
    fn halted(&self) -> bool;
}

/// Snapshots of one run at even distances, so that any state is reached by running a small part of it.
///
/// The distance doubles when there are too many, so the memory is bounded whatever the length of the run.
pub(crate) struct Ladder<M: Machine> {
    /// Steps between two rungs.
    spacing: u64,
    /// Most rungs that are kept.
    most: usize,
    /// The states after `0, spacing, 2·spacing, …` steps; never empty.
    rungs: Vec<M::Snapshot>,
    machine: M,
    /// Where the machine is.
    at: u64,
}

impl<M: Machine> Ladder<M> {
    /// A ladder of at most `most` rungs from a machine at step 0, with its first rungs `spacing` ≥ 1 steps apart.
    pub(crate) fn new(mut machine: M, spacing: u64, most: usize) -> Self {
        Self { spacing: spacing.max(1), most, rungs: vec![machine.snapshot()], machine, at: 0 }
    }

    /// The machine after `step` steps, or where it halted before, and the steps that it really ran.
    pub(crate) fn at(&mut self, step: u64) -> Result<(u64, &mut M), M::Error> {
        let rung = (self.rungs.len() as u64 - 1).min(step / self.spacing);
        let rung_step = rung * self.spacing;
        if self.at > step || self.at < rung_step {
            self.machine.restore(&self.rungs[rung as usize])?;
            self.at = rung_step;
        }
        while self.at < step && !self.machine.halted() {
            let next_rung = (self.at / self.spacing + 1) * self.spacing;
            self.at += self.machine.advance(next_rung.min(step) - self.at)?;
            if self.at == self.spacing * self.rungs.len() as u64 {
                self.add_rung();
            }
        }
        Ok((self.at, &mut self.machine))
    }

    /// Keeps the machine's state, and only every other rung if that is one too many.
    fn add_rung(&mut self) {
        self.rungs.push(self.machine.snapshot());
        if self.rungs.len() > self.most {
            let mut index = 0;
            self.rungs.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.spacing *= 2;
        }
    }
}

impl<M: Machine> fmt::Debug for Ladder<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ladder")
            .field("spacing", &self.spacing)
            .field("rungs", &self.rungs.len())
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::convert::Infallible;

    const RUNGS: usize = 64;

    /// Counts its steps and halts.
    struct Counter {
        at: u64,
        halt: u64,
        /// Steps run in all, over again ones too.
        work: u64,
    }

    impl Machine for Counter {
        type Error = Infallible;
        type Snapshot = u64;

        fn snapshot(&mut self) -> u64 {
            self.at
        }

        fn restore(&mut self, snapshot: &u64) -> Result<(), Infallible> {
            self.at = *snapshot;
            Ok(())
        }

        fn advance(&mut self, steps: u64) -> Result<u64, Infallible> {
            let run = steps.min(self.halt - self.at);
            self.at += run;
            self.work += run;
            Ok(run)
        }

        fn halted(&self) -> bool {
            self.at == self.halt
        }
    }

    proptest! {
        #[test]
        fn a_state_costs_no_more_than_the_distance_of_two_snapshots(
            halt in 1u64..200_000, spacing in 1u64..100, steps in prop::collection::vec(0u64..200_000, 1..20),
        ) {
            let mut ladder = Ladder::new(Counter { at: 0, halt, work: 0 }, spacing, RUNGS);
            prop_assert_eq!(ladder.at(halt).unwrap().0, halt);
            prop_assert!(ladder.spacing <= spacing.max(2 * halt / RUNGS as u64 + 1), "{:?}", ladder);
            for step in steps {
                let before = ladder.machine.work;
                ladder.at(step).unwrap();
                prop_assert!(ladder.machine.work - before <= ladder.spacing);
            }
        }

        #[test]
        fn any_order_of_questions_gives_the_same_states(
            halt in 0u64..100_000, spacing in 1u64..100, steps in prop::collection::vec(0u64..120_000, 1..40),
        ) {
            let mut ladder = Ladder::new(Counter { at: 0, halt, work: 0 }, spacing, RUNGS);
            for step in steps {
                let (ran, machine) = ladder.at(step).unwrap();
                prop_assert_eq!((ran, machine.at), (step.min(halt), step.min(halt)));
                prop_assert!(ladder.rungs.len() <= RUNGS);
            }
        }

        #[test]
        fn a_list_of_a_run_costs_a_part_of_it(halt in 1_000u64..200_000, entries in 2u64..33) {
            let mut ladder = Ladder::new(Counter { at: 0, halt, work: 0 }, 1, 128);
            ladder.at(halt).unwrap();
            let before = ladder.machine.work;
            for entry in 1..=entries {
                ladder.at(entry * halt / entries).unwrap();
            }
            prop_assert!(ladder.machine.work - before <= halt / 2 + entries);
        }
    }
}
