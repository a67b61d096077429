//! The best time of several rounds, or the one in the middle.

use eyre::Result;
use std::time::{Duration, Instant};

/// Rounds of each side.
const ROUNDS: usize = 40;

/// Seconds that `work` took.
pub(crate) fn time(work: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}

/// The shortest of several rounds.
pub(crate) fn best(mut round: impl FnMut() -> Result<Duration>) -> Result<Duration> {
    let [best, _] = best_of_both(&mut round, || Ok(Duration::MAX))?;
    Ok(best)
}

/// The shortest of several rounds of each side, one after the other in turns.
pub(crate) fn best_of_both(
    mut ours: impl FnMut() -> Result<Duration>,
    mut peer: impl FnMut() -> Result<Duration>,
) -> Result<[Duration; 2]> {
    let mut best = [Duration::MAX; 2];
    for _ in 0..ROUNDS {
        best = [best[0].min(ours()?), best[1].min(peer()?)];
    }
    Ok(best)
}

/// The time in the middle.
pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
