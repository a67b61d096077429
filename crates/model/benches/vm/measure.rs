//! What is timed.

use std::{error::Error, hint::black_box};

use opml_fpvm::{EXIT_OK, Engine, State};
use opml_memory::{Memory, PAGE_BYTES};
use opml_model::Workload;
use serde::Serialize;

use crate::clock::{Timer, best_of};

const ROUNDS: usize = 20;
/// Steps of a tile that the reference runs, which is the same all along.
const REFERENCE_STEPS: u64 = 1 << 20;

/// One tile of a workload.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Tile {
    pub(crate) name: &'static str,
    pub(crate) steps: u64,
    pub(crate) native_seconds: f64,
    pub(crate) fast_seconds: f64,
    pub(crate) interpreter_seconds: f64,
    /// As many as it would take for all the steps.
    pub(crate) reference_seconds: f64,
}

/// Runs the tile that begins in `start`, and on the native side this tile and the ones after it, which are of the same
/// size.
pub(crate) fn tile(workload: &Workload, start: &State) -> Result<Tile, Box<dyn Error>> {
    let mut end = start.clone();
    let steps = end.run(u64::MAX);
    if end.cpu.exit != EXIT_OK {
        return Err(format!("{}: exit word {:#x}", workload.name, end.cpu.exit).into());
    }
    let run = |engine, steps, timer: &mut Timer| {
        let mut state = start.clone();
        timer.time(|| state.run_with(engine, steps));
    };
    let mut native = workload.machine()?;
    let mut failure = None;
    let [fast, interpreter, reference, native] = best_of(
        ROUNDS,
        [
            &mut |timer| run(Engine::Auto, steps, timer),
            &mut |timer| run(Engine::Interpreter, steps, timer),
            &mut |timer| run(Engine::Reference, REFERENCE_STEPS.min(steps), timer),
            &mut |timer| {
                let next = native.step() % workload.tiles + 1;
                let run =
                    if next > 1 { Ok(()) } else { workload.machine().map(|new| native = new) };
                let run = run.and_then(|()| timer.time(|| native.run_to(next)));
                failure = failure.take().or(run.err());
            },
        ],
    );
    match failure {
        Some(error) => Err(error.into()),
        None => Ok(Tile {
            name: workload.name,
            steps,
            native_seconds: native,
            fast_seconds: fast,
            interpreter_seconds: interpreter,
            reference_seconds: reference * steps as f64 / REFERENCE_STEPS.min(steps) as f64,
        }),
    }
}

/// Seconds for the root after a store to each of `pages` pages.
pub(crate) fn root_of_dirty_pages(pages: u64) -> f64 {
    let mut memory = Memory::new();
    let mut round = 0;
    let [seconds] = best_of(
        ROUNDS,
        [&mut |timer| {
            round += 1;
            for page in 0..pages {
                memory.write_u64(page * PAGE_BYTES as u64, page << 32 | round);
            }
            timer.time(|| black_box(memory.root()));
        }],
    );
    seconds
}

/// Seconds for `count` state hashes in one pass over `steps` steps.
pub(crate) fn state_hashes(start: &State, count: u64, steps: u64) -> f64 {
    let [seconds] = best_of(
        ROUNDS,
        [&mut |timer| {
            let mut state = start.clone();
            let stops = (1..=count).map(|stop| stop * steps / count);
            timer.time(|| {
                state.visit(stops, |_, state| {
                    black_box(state.hash());
                })
            });
        }],
    );
    seconds
}
