//! The reference step and the verifier on chain, window by window of random programs.

use crate::{Case, Coverage, Difference, Encoding, Evm, Source, compare::advance};
use opml_fpvm::{MAX_STEPS, State, witness};
use rand::Rng;

/// Windows of one program.
const WINDOWS: usize = 16;

/// What was compared.
#[derive(Clone, Debug, Default)]
pub struct Windows {
    /// Programs and wild states.
    pub programs: u64,
    /// Calls of `run`.
    pub windows: u64,
    /// Steps that they verified; those of an exited state, which stands still, not counted.
    pub steps: u64,
    /// Their gas.
    pub gas: u64,
    /// What the reference executed in them.
    pub coverage: Coverage,
}

impl Windows {
    /// Compares one window from `before` on and returns the state after it.
    ///
    /// # Errors
    ///
    /// The difference, if the verifier refuses the witness or finds another start or end.
    pub fn compare(
        &mut self,
        evm: &mut Evm,
        before: &State,
        steps: u32,
    ) -> Result<State, Box<Difference>> {
        let mut after = before.clone();
        self.steps += advance(&mut after, u64::from(steps), &mut self.coverage);
        self.windows += 1;
        let different = |what| Difference::whole(&Case::at(before), what);
        let witness = witness(before, steps).map_err(|error| different(error.to_string()))?;
        let run = evm
            .run(steps, &witness)
            .map_err(|refusal| different(format!("the verifier {refusal} on {steps} steps")))?;
        self.gas += run.gas;
        let expected = (before.hash(), after.hash());
        if (run.start, run.end) == expected {
            return Ok(after);
        }
        let found = (run.start, run.end);
        Err(different(format!("{steps} steps on chain: {found:?} and not {expected:?}")).into())
    }
}

/// Compares programs `first, first + 1, …` of `seed` until `steps` steps have been verified, or
/// exactly one program if `steps` is 0.
///
/// # Errors
///
/// The number of the first program that shows a difference, and the difference.
pub fn search_on_chain(
    evm: &mut Evm,
    seed: u64,
    first: u64,
    steps: u64,
    mut progress: impl FnMut(&Windows),
) -> Result<Windows, (u64, Box<Difference>)> {
    let encodings = Encoding::all();
    let mut windows = Windows::default();
    for number in first.. {
        let mut random = Source::seeded(seed, number);
        // The encodings in turn, so that few steps reach all of them.
        let encoding = encodings[number as usize % encodings.len()];
        compare_one(evm, &encodings, encoding, &mut random, &mut windows)
            .map_err(|difference| (number, difference))?;
        if windows.steps >= steps {
            break;
        }
        progress(&windows);
    }
    Ok(windows)
}

/// Makes one case from `random` and compares it: a wild state that begins with `first`, or windows
/// along the run of a program.
///
/// # Errors
///
/// The difference found.
pub fn compare_one(
    evm: &mut Evm,
    encodings: &[Encoding],
    first: Encoding,
    random: &mut impl Rng,
    windows: &mut Windows,
) -> Result<(), Box<Difference>> {
    windows.programs += 1;
    if random.random_ratio(7, 8) {
        let first = random.random_ratio(15, 16).then_some(first);
        let state = Case::wild(random, encodings, first).state;
        let steps = if random.random() { 1 } else { random.random_range(1..=MAX_STEPS) };
        return windows.compare(evm, &state, steps).map(drop);
    }
    let mut state = Case::program(random, encodings).state;
    for _ in 0..WINDOWS {
        let skipped = random.random_range(0..256);
        advance(&mut state, skipped, &mut Coverage::default());
        if state.exited() {
            break;
        }
        state = windows.compare(evm, &state, random.random_range(1..=MAX_STEPS))?;
    }
    Ok(())
}
