//! Evaluations of runs of steps, over kernels of the committed guest.

use std::{
    collections::{BTreeMap, BTreeSet},
    thread::{self, ScopedJoinHandle},
};

use eyre::{Result, eyre};
use opml_fpvm::State;
use serde::Serialize;

use crate::{
    court::{Cost, Courts, MAX_STEPS},
    evm::Price,
    kernel::{KERNELS, Kernel},
    model::{MODELS, Model},
    step::touched,
};

/// Lengths of runs; the longest is r.
const RUNS: [u32; 5] = [1, 2, 4, 8, MAX_STEPS as u32];
/// Windows one instruction behind the other, in the midst of the kernel: every alignment to its inner loop.
const ALIGNED: u64 = 48;
/// Windows spread over all that the kernel does.
const SPREAD: u64 = 48;
/// Gas that the dearest run of r steps must not exceed, by model.
const BARS: [(&str, u64); 2] = [("200 KB", 145_000), ("7.2 GB", 178_000)];

/// Runs of one length over one kernel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WindowRow {
    /// What the guest does.
    pub kernel: &'static str,
    /// Size of the model.
    pub model: &'static str,
    /// Steps of the run.
    pub steps: u32,
    /// The run in the middle, by what it costs today.
    pub median: Cost,
    /// The dearest one today.
    pub worst: Cost,
    /// Gas that the dearest must not exceed today.
    pub bar: Option<u64>,
}

/// Every kernel at the smallest and the largest size of model, and every length of run.
pub(crate) fn rows(courts: &Courts) -> Result<Vec<WindowRow>> {
    let mut rows = Vec::new();
    for kernel in &KERNELS {
        for model in [&MODELS[0], &MODELS[2]] {
            let states = windows(kernel, model)?;
            for steps in RUNS {
                rows.push(measure(courts, kernel, model, &states, steps)?);
            }
        }
    }
    Ok(rows)
}

/// The state before the dearest window of r steps in the kernel.
pub(crate) fn dearest(courts: &Courts, kernel: &Kernel, model: &Model) -> Result<State> {
    let mut found: Option<(State, u64)> = None;
    for state in windows(kernel, model)? {
        let gas = courts.price_today(&state, u32::from(MAX_STEPS))?.gas;
        if found.as_ref().is_none_or(|(_, most)| *most < gas) {
            found = Some((state, gas));
        }
    }
    found.map(|(state, _)| state).ok_or_else(|| eyre!("no window in {}", kernel.name))
}

/// The dearest window of r steps that a kernel has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dearest {
    /// What the guest does.
    pub kernel: &'static str,
    /// Size of the model.
    pub model: &'static str,
    /// Windows that were tried.
    pub windows: u64,
    /// What the dearest costs today.
    pub price: Price,
    /// Gas that it must not exceed.
    pub bar: u64,
    /// How many windows do.
    pub over: u64,
}

/// Tries the windows of r steps of every kernel: one from every step of the tile on at the smallest size of model. Tiles of the largest
/// have millions, which do the same again and again: of those that begin at one instruction the first few, and some of all others. Takes
/// minutes.
///
/// # Errors
/// If a transaction is refused, or the guest does not do what it should.
pub fn dearest_of_all() -> Result<Vec<Dearest>> {
    thread::scope(|scope| {
        let mut threads = Vec::new();
        for (model, (_, bar)) in [&MODELS[0], &MODELS[2]].into_iter().zip(BARS) {
            for kernel in KERNELS.iter().filter(|kernel| kernel.large || *model == MODELS[0]) {
                threads.push(scope.spawn(move || dearest_of(kernel, model, bar)));
            }
        }
        let join = |thread: ScopedJoinHandle<'_, _>| {
            thread.join().map_err(|_| eyre!("a thread that measures windows panicked"))?
        };
        threads.into_iter().map(join).collect()
    })
}

/// Windows from one instruction that are tried at the largest size of model, and one in how many of the others.
const FIRST: u32 = 4;
const SPARSE: u64 = 251;

fn dearest_of(kernel: &Kernel, model: &Model, bar: u64) -> Result<Dearest> {
    let courts = Courts::new()?;
    let (mut start, range) = kernel.start(model)?;
    let (mut tried, mut leaves) = (Vec::new(), BTreeSet::new());
    let mut begun = BTreeMap::<u64, u32>::new();
    let mut failed = None;
    start.clone().visit(range, |step, state| {
        let times = begun.entry(state.cpu.pc).or_default();
        *times += 1;
        if *model != MODELS[0] && *times > FIRST && !step.is_multiple_of(SPARSE) {
            return;
        }
        tried.push(step);
        match touched(state, u32::from(MAX_STEPS)) {
            Ok(more) => leaves.extend(more),
            Err(error) => failed = Some(error),
        }
    });
    model.surround(&mut start.memory, &leaves);
    let windows = tried.len() as u64;
    let (mut most, mut over) = (None::<Price>, 0);
    start.visit(tried, |_, state| match courts.price_today(state, u32::from(MAX_STEPS)) {
        Ok(price) => {
            over += u64::from(price.gas > bar);
            most = most.filter(|most| most.gas >= price.gas).or(Some(price));
        }
        Err(error) => failed = Some(error),
    });
    match (failed, most) {
        (None, Some(price)) => {
            Ok(Dearest { kernel: kernel.name, model: model.name, windows, price, bar, over })
        }
        (Some(error), _) => Err(error),
        (None, None) => Err(eyre!("no window in {}", kernel.name)),
    }
}

/// States in the kernel, in a memory as full as the model makes it.
fn windows(kernel: &Kernel, model: &Model) -> Result<Vec<State>> {
    let (mut start, range) = kernel.start(model)?;
    let length = range.end - range.start;
    let middle = range.start + length / 2;
    let at: BTreeSet<u64> = (middle..middle + ALIGNED)
        .chain((0..SPREAD).map(|i| range.start + length * i / SPREAD))
        .collect();
    let mut leaves = BTreeSet::new();
    for state in states(&start, &at) {
        leaves.extend(touched(&state, u32::from(MAX_STEPS))?);
    }
    model.surround(&mut start.memory, &leaves);
    Ok(states(&start, &at))
}

/// The states before the given small steps.
fn states(start: &State, at: &BTreeSet<u64>) -> Vec<State> {
    let mut states = Vec::with_capacity(at.len());
    start.clone().visit(at.iter().copied(), |_, state| states.push(state.clone()));
    states
}

fn measure(
    courts: &Courts,
    kernel: &Kernel,
    model: &Model,
    states: &[State],
    steps: u32,
) -> Result<WindowRow> {
    let mut gas = Vec::with_capacity(states.len());
    for (i, state) in states.iter().enumerate() {
        gas.push((courts.price_today(state, steps)?.gas, i));
    }
    gas.sort_unstable();
    let (Some(&(_, median)), Some(&(_, worst))) = (gas.get(gas.len() / 2), gas.last()) else {
        return Err(eyre!("no window in {}", kernel.name));
    };
    let bar = BARS.iter().find(|(name, _)| *name == model.name && steps == u32::from(MAX_STEPS));
    let bar = bar.filter(|_| kernel.large || *model == MODELS[0]);
    Ok(WindowRow {
        kernel: kernel.name,
        model: model.name,
        steps,
        median: courts.evaluate(&states[median], steps)?,
        worst: courts.evaluate(&states[worst], steps)?,
        bar: bar.map(|(_, bar)| *bar),
    })
}
