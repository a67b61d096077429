//! What is compared with the reference step, and the search over many programs.

use crate::{Case, Difference, Encoding, Source, Tally, compare};
use opml_fpvm::State;
use rand::Rng;

/// Something that runs many steps of a state and says how many it ran.
#[derive(Clone, Copy, Debug)]
pub struct Runner {
    /// Its name in reports.
    pub name: &'static str,
    /// Runs at most that many steps, like [`State::run`].
    pub run: fn(&mut State, u64) -> u64,
}

/// Every way in which this machine runs.
pub const RUNNERS: &[Runner] = &[Runner { name: "run", run: State::run }];

/// Compares programs `first, first + 1, …` of `seed` until `steps` steps of the reference have been
/// executed, or exactly one program if `steps` is 0.
///
/// # Errors
///
/// The number of the first program that shows a difference, and the difference.
pub fn search(
    seed: u64,
    first: u64,
    steps: u64,
    runners: &[Runner],
    mut progress: impl FnMut(&Tally),
) -> Result<Tally, (u64, Box<Difference>)> {
    let encodings = Encoding::all();
    let mut tally = Tally::default();
    for number in first.. {
        let mut random = Source::seeded(seed, number);
        run_one(&encodings, runners, &mut random, &mut tally)
            .map_err(|difference| (number, difference))?;
        if tally.steps >= steps {
            break;
        }
        progress(&tally);
    }
    Ok(tally)
}

/// Makes one case from `random` and compares it: mostly a wild state for a few steps, because those
/// are cheap and reach the faults, else a program for up to 2^15 steps, which is where most steps are.
///
/// # Errors
///
/// The difference found.
pub fn run_one(
    encodings: &[Encoding],
    runners: &[Runner],
    random: &mut impl Rng,
    tally: &mut Tally,
) -> Result<(), Box<Difference>> {
    let (case, max_steps) = if random.random_ratio(31, 32) {
        let first = random.random_ratio(7, 8);
        let first = first.then(|| encodings[random.random_range(0..encodings.len())]);
        (Case::wild(random, encodings, first), random.random_range(1..=32))
    } else {
        (Case::program(random, encodings), 1 << random.random_range(4..16))
    };
    compare(&case, max_steps, runners, random, tally)
}
