//! What is compared with the reference step, and the search over many programs.

use crate::{Case, Difference, Encoding, Source, Tally, compare};
use opml_fpvm::{Engine, State};
use rand::Rng;

/// Something that runs many steps of a state and says how many it ran.
#[derive(Clone, Copy, Debug)]
pub struct Runner {
    /// Its name in reports.
    pub name: &'static str,
    /// Runs at most that many steps, like [`State::run`].
    pub run: fn(&mut State, u64) -> u64,
    /// Whether it spends milliseconds on every program before the first step, so that it gets only some
    /// of the many short cases.
    pub compiles: bool,
}

/// Every way in which this machine runs. On a host without a compiler the interpreter stands in for it.
pub const RUNNERS: &[Runner] = &[
    Runner { name: "run", run: State::run, compiles: false },
    Runner {
        name: "interpreter",
        run: |state, max_steps| state.run_with(Engine::Interpreter, max_steps),
        compiles: false,
    },
    // From the first block on, so that short programs are compiled too.
    Runner {
        name: "jit",
        run: |state, max_steps| state.run_with(Engine::Jit { hot_after: 0 }, max_steps),
        compiles: true,
    },
    // Compiled and interpreted blocks in turn.
    Runner {
        name: "jit of hot blocks",
        run: |state, max_steps| state.run_with(Engine::Jit { hot_after: 4 }, max_steps),
        compiles: true,
    },
];

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
    if random.random_ratio(1, 32) {
        let case = Case::program(random, encodings);
        return compare(&case, 1 << random.random_range(4..16), runners, random, tally);
    }
    let first = random.random_ratio(7, 8);
    let first = first.then(|| encodings[random.random_range(0..encodings.len())]);
    let case = Case::wild(random, encodings, first);
    let max_steps = random.random_range(1..=32);
    let all = random.random_ratio(1, 16);
    let runners: Vec<_> =
        runners.iter().copied().filter(|runner| all || !runner.compiles).collect();
    compare(&case, max_steps, &runners, random, tally)
}
