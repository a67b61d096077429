/// A deterministic machine that a trace steps forward.
pub trait Machine: Clone {
    /// Why it cannot step.
    type Error;

    /// Runs `steps` steps, fewer only if it halts; gives how many were run.
    fn advance(&mut self, steps: u64) -> Result<u64, Self::Error>;

    /// Whether all later states are this one.
    fn halted(&self) -> bool;
}

/// Most snapshots that a ladder keeps.
const RUNGS: usize = 64;

/// Snapshots of one run at even distances, so that any state is reached by running a small part of it.
///
/// The distance doubles when there are too many, so the memory is bounded whatever the length of the run: `RUNGS + 1`
/// machines, which share what they have in common.
#[derive(Debug, Clone)]
pub(crate) struct Ladder<M> {
    /// Steps between two rungs.
    spacing: u64,
    /// The machine after `0, spacing, 2·spacing, …` steps; never empty.
    rungs: Vec<M>,
    /// The machine that was asked for last, and its step.
    cursor: (u64, M),
}

impl<M: Machine> Ladder<M> {
    /// A ladder from the machine at step 0 with its first rungs `spacing` ≥ 1 steps apart.
    pub(crate) fn new(start: M, spacing: u64) -> Self {
        Self { spacing: spacing.max(1), rungs: vec![start.clone()], cursor: (0, start) }
    }

    /// The machine after `step` steps, or where it halted before, and the steps that it really ran.
    pub(crate) fn at(&mut self, step: u64) -> Result<(u64, &M), M::Error> {
        let rung = (self.rungs.len() as u64 - 1).min(step / self.spacing);
        let rung_step = rung * self.spacing;
        if self.cursor.0 > step || self.cursor.0 < rung_step {
            self.cursor = (rung_step, self.rungs[rung as usize].clone());
        }
        while self.cursor.0 < step && !self.cursor.1.halted() {
            let (at, machine) = &mut self.cursor;
            let next_rung = (*at / self.spacing + 1) * self.spacing;
            *at += machine.advance(next_rung.min(step) - *at)?;
            if *at == self.spacing * self.rungs.len() as u64 {
                self.add_rung();
            }
        }
        Ok((self.cursor.0, &self.cursor.1))
    }

    /// Keeps the cursor's machine, and only every other rung if that is one too many.
    fn add_rung(&mut self) {
        self.rungs.push(self.cursor.1.clone());
        if self.rungs.len() > RUNGS {
            let mut index = 0;
            self.rungs.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.spacing *= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::convert::Infallible;

    /// Counts its steps and halts.
    #[derive(Debug, Clone, PartialEq)]
    struct Counter {
        at: u64,
        halt: u64,
    }

    impl Machine for Counter {
        type Error = Infallible;

        fn advance(&mut self, steps: u64) -> Result<u64, Infallible> {
            let run = steps.min(self.halt - self.at);
            self.at += run;
            Ok(run)
        }

        fn halted(&self) -> bool {
            self.at == self.halt
        }
    }

    proptest! {
        #[test]
        fn any_order_of_questions_gives_the_same_states(
            halt in 0u64..100_000, spacing in 1u64..100, steps in prop::collection::vec(0u64..120_000, 1..40),
        ) {
            let mut ladder = Ladder::new(Counter { at: 0, halt }, spacing);
            for step in steps {
                let (ran, machine) = ladder.at(step).unwrap();
                prop_assert_eq!((ran, machine.at), (step.min(halt), step.min(halt)));
                prop_assert!(ladder.rungs.len() <= RUNGS);
            }
        }
    }
}
