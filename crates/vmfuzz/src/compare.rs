//! One program through everything that runs it, compared with the reference step at random stops.

use crate::{Case, Coverage, Difference, Runner};
use opml_fpvm::{MAX_STEPS, State, step, verify, witness};
use rand::Rng;
use std::collections::BTreeMap;

/// What was compared.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Programs.
    pub programs: u64,
    /// Steps of the reference.
    pub steps: u64,
    /// Steps that each runner was compared on.
    pub compared: BTreeMap<&'static str, u64>,
    /// Steps that were proved by a witness.
    pub proved: u64,
    /// What the reference executed.
    pub coverage: Coverage,
}

/// The reference at a stop: how many steps were asked for and executed, and the state.
#[derive(Debug)]
struct Stop {
    asked: u64,
    executed: u64,
    state: State,
}

/// Runs `case` for about `max_steps` steps on the reference and on every runner.
///
/// # Errors
///
/// The first difference found, with its program reduced to what shows it.
pub fn compare(
    case: &Case,
    max_steps: u64,
    runners: &[Runner],
    random: &mut impl Rng,
    tally: &mut Tally,
) -> Result<(), Box<Difference>> {
    let stops = reference(case, &stops(max_steps, random), &mut tally.coverage);
    tally.programs += 1;
    tally.steps += stops.last().map_or(0, |stop| stop.executed);
    for runner in runners {
        let compared = follow(case, &stops, |_| runner)?;
        *tally.compared.entry(runner.name).or_default() += compared;
    }
    // One state in turn through all of them.
    if runners.len() > 1 {
        let order: Vec<_> =
            stops.iter().map(|_| &runners[random.random_range(0..runners.len())]).collect();
        follow(case, &stops, |at| order[at])?;
    }
    visit(case, &stops)?;
    for stop in &stops[..stops.len() - 1] {
        let steps = random.random_range(1..=MAX_STEPS);
        prove(&stop.state, steps)?;
        tally.proved += u64::from(steps);
    }
    Ok(())
}

/// Numbers of steps at which all states are compared; the first is 0.
fn stops(max_steps: u64, random: &mut impl Rng) -> Vec<u64> {
    let mut stops = vec![0, max_steps];
    stops.extend((0..random.random_range(0..4)).map(|_| random.random_range(0..=max_steps)));
    stops.sort_unstable();
    stops
}

/// Runs the reference to all stops.
fn reference(case: &Case, asked: &[u64], coverage: &mut Coverage) -> Vec<Stop> {
    let mut state = case.state.clone();
    let mut executed = 0;
    let mut stops = Vec::with_capacity(asked.len());
    for asked in asked.iter().copied() {
        executed += advance(&mut state, asked - executed.min(asked), coverage);
        stops.push(Stop { asked, executed, state: state.clone() });
    }
    stops
}

/// Runs at most `steps` steps of the reference; returns how many were run.
pub(crate) fn advance(state: &mut State, steps: u64, coverage: &mut Coverage) -> u64 {
    let mut executed = 0;
    while executed < steps && !state.exited() {
        let before = state.cpu;
        let word = word_at(state, before.pc);
        let Ok(()) = step(&mut state.cpu, &mut state.memory);
        coverage.record(word, &before, &state.cpu);
        executed += 1;
    }
    executed
}

/// The word that is fetched at `pc`, if one can be.
fn word_at(state: &State, pc: u64) -> Option<u32> {
    let fetched = pc.is_multiple_of(4) && pc < opml_fpvm::TEXT_END;
    fetched.then(|| (state.memory.read_u64(pc & !7) >> (8 * (pc & 4))) as u32)
}

/// Runs one state from stop to stop by the given runners; returns the steps compared.
fn follow<'a>(
    case: &Case,
    stops: &[Stop],
    runner: impl Fn(usize) -> &'a Runner,
) -> Result<u64, Box<Difference>> {
    let mut state = case.state.clone();
    let (mut asked, mut executed) = (0, 0);
    for (at, stop) in stops.iter().enumerate() {
        let runner = runner(at);
        executed += (runner.run)(&mut state, stop.asked - asked);
        asked = stop.asked;
        let same = executed == stop.executed
            && state.cpu == stop.state.cpu
            && state.memory.root() == stop.state.memory.root();
        if !same {
            return Err(Difference::reduce(case, *runner, stop.asked).into());
        }
    }
    Ok(executed)
}

/// The states of one pass over all stops.
fn visit(case: &Case, stops: &[Stop]) -> Result<(), Box<Difference>> {
    let mut expected = stops.iter();
    let mut same = true;
    let asked = stops.iter().map(|stop| stop.asked);
    let executed = case.state.clone().visit(asked, |_, state| {
        same &= expected.next().is_some_and(|stop| {
            state.cpu == stop.state.cpu && state.memory.root() == stop.state.memory.root()
        });
    });
    if same && stops.last().is_none_or(|stop| stop.executed == executed) {
        return Ok(());
    }
    let stops: Vec<_> = stops.iter().map(|stop| stop.asked).collect();
    Err(Difference::whole(case, format!("State::visit at {stops:?}")).into())
}

/// The next steps from a witness alone.
fn prove(before: &State, steps: u32) -> Result<(), Box<Difference>> {
    let mut after = before.clone();
    for _ in 0..steps {
        after.step();
    }
    let expected = (before.hash(), after.hash());
    let proved = witness(before, steps).and_then(|witness| verify(steps, &witness));
    if proved.as_ref() == Ok(&expected) {
        return Ok(());
    }
    let what = format!("a witness of {steps} steps gives {proved:?} and not {expected:?}");
    Err(Difference::whole(&Case::at(before), what).into())
}
