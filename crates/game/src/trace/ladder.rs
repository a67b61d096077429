use std::fmt;

/// A deterministic machine that a trace steps forward and puts back.
pub trait Machine {
    /// Why it cannot step.
    type Error;
    /// A state to come back to. Snapshots of one run share what they have in common.
    type Snapshot;

    /// The present state.
    fn snapshot(&mut self) -> Self::Snapshot;

    /// Bytes that a snapshot keeps and an earlier one of the same run does not.
    fn added(snapshot: &Self::Snapshot, earlier: &Self::Snapshot) -> u64;

    /// Goes to the state of a snapshot of the same run.
    fn restore(&mut self, snapshot: &Self::Snapshot) -> Result<(), Self::Error>;

    /// Runs `steps` steps, fewer only if it halts; gives how many were run.
    fn advance(&mut self, steps: u64) -> Result<u64, Self::Error>;

    /// Whether all later states are this one.
    fn halted(&self) -> bool;
}

/// What the snapshots of a run may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    /// Snapshots, the first among them.
    pub(crate) rungs: usize,
    /// Bytes besides those of the first.
    pub(crate) bytes: u64,
}

/// Snapshots of one run at even distances, so that any state is reached by running a small part of it.
///
/// The distance doubles when they take more than their room, so the memory is bounded whatever the length of the run and the size
/// of its states.
pub(crate) struct Ladder<M: Machine> {
    /// Steps between two rungs.
    spacing: u64,
    room: Room,
    /// The states after `0, spacing, 2·spacing, …` steps; never empty.
    rungs: Vec<M::Snapshot>,
    /// What each adds to the one before it, summed up.
    bytes: u64,
    machine: M,
    /// Where the machine is.
    at: u64,
}

impl<M: Machine> Ladder<M> {
    /// A ladder from a machine at step 0, with its first rungs `spacing` ≥ 1 steps apart.
    pub(crate) fn new(mut machine: M, spacing: u64, room: Room) -> Self {
        let rungs = vec![machine.snapshot()];
        Self { spacing: spacing.max(1), room, rungs, bytes: 0, machine, at: 0 }
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

    /// Keeps the machine's state, and only every other rung while that is too much. The first always stays.
    fn add_rung(&mut self) {
        let rung = self.machine.snapshot();
        self.bytes += self.rungs.last().map_or(0, |last| M::added(&rung, last));
        self.rungs.push(rung);
        while self.rungs.len() > 1
            && (self.rungs.len() > self.room.rungs || self.bytes > self.room.bytes)
        {
            let mut index = 0;
            self.rungs.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.spacing *= 2;
            let added = |[earlier, rung]: &[M::Snapshot; 2]| M::added(rung, earlier);
            self.bytes = self.rungs.array_windows().map(added).sum();
        }
    }
}

impl<M: Machine> fmt::Debug for Ladder<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ladder")
            .field("spacing", &self.spacing)
            .field("rungs", &self.rungs.len())
            .field("bytes", &self.bytes)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::convert::Infallible;

    const ROOM: Room = Room { rungs: 64, bytes: 256 * PAGE };
    /// Bytes of a state of the counter, which shares nothing with others.
    const PAGE: u64 = 4096;

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

        fn added(snapshot: &u64, earlier: &u64) -> u64 {
            assert!(snapshot > earlier);
            PAGE
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
            let mut ladder = Ladder::new(Counter { at: 0, halt, work: 0 }, spacing, ROOM);
            prop_assert_eq!(ladder.at(halt).unwrap().0, halt);
            prop_assert!(ladder.spacing <= spacing.max(2 * halt / ROOM.rungs as u64 + 1), "{:?}", ladder);
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
            let mut ladder = Ladder::new(Counter { at: 0, halt, work: 0 }, spacing, ROOM);
            for step in steps {
                let (ran, machine) = ladder.at(step).unwrap();
                prop_assert_eq!((ran, machine.at), (step.min(halt), step.min(halt)));
                prop_assert!(ladder.rungs.len() <= ROOM.rungs);
            }
        }

        #[test]
        fn a_list_of_a_run_costs_a_part_of_it(halt in 1_000u64..200_000, entries in 2u64..33) {
            let mut ladder = Ladder::new(Counter { at: 0, halt, work: 0 }, 1, Room { rungs: 128, ..ROOM });
            ladder.at(halt).unwrap();
            let before = ladder.machine.work;
            for entry in 1..=entries {
                ladder.at(entry * halt / entries).unwrap();
            }
            prop_assert!(ladder.machine.work - before <= halt / 2 + entries);
        }

        /// However large the states are, down to room for none but the first.
        #[test]
        fn snapshots_stay_within_their_bytes(
            halt in 0u64..20_000, spacing in 1u64..100, pages in 0u64..40, steps in prop::collection::vec(0u64..20_000, 1..10),
        ) {
            let room = Room { bytes: pages * PAGE, ..ROOM };
            let mut ladder = Ladder::new(Counter { at: 0, halt, work: 0 }, spacing, room);
            for step in steps {
                let (ran, machine) = ladder.at(step).unwrap();
                prop_assert_eq!((ran, machine.at), (step.min(halt), step.min(halt)));
                prop_assert!(ladder.rungs.len() as u64 - 1 <= pages);
                prop_assert_eq!(ladder.bytes, (ladder.rungs.len() as u64 - 1) * PAGE);
                let at: Vec<u64> = (0..ladder.rungs.len() as u64).map(|rung| rung * ladder.spacing).collect();
                prop_assert_eq!(&ladder.rungs, &at);
            }
            // No sparser than it has to be.
            if pages > 1 {
                ladder.at(halt).unwrap();
                prop_assert!(ladder.spacing <= spacing.max(4 * halt / pages + 1), "{:?}", ladder);
            }
        }
    }
}
