//! Time that the process was running.

use rustix::time::{ClockId, clock_gettime};

/// Times each of `peers` in turn, `rounds` times over. Returns the least seconds of each.
pub(crate) fn best_of<const N: usize>(
    rounds: usize,
    mut peers: [&mut dyn FnMut(&mut Timer); N],
) -> [f64; N] {
    let mut best = [f64::INFINITY; N];
    for _ in 0..rounds {
        for (best, peer) in best.iter_mut().zip(&mut peers) {
            let mut timer = Timer::default();
            peer(&mut timer);
            *best = best.min(timer.seconds);
        }
    }
    best
}

/// Adds up what it is told to time.
#[derive(Debug, Default)]
pub(crate) struct Timer {
    seconds: f64,
}

impl Timer {
    pub(crate) fn time<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let start = now();
        let result = work();
        self.seconds += now() - start;
        result
    }
}

/// CPU seconds of this process: what other processes do does not count, what other threads of this one do for it does.
fn now() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}
