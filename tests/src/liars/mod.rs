//! Liars: ordinary nodes whose players believe in another run than the true one.
//!
//! A liar here is as strong as it can be: it knows the whole truth, lies in one place of its choice, computes everything after
//! it faithfully, and then plays the best strategy there is for its story, which is the honest one. What cannot be computed
//! from any story it makes up ([`Nonsense`]).

mod cheats;
mod nonsense;
mod silent;
mod tampered;
mod wording;

use std::{error::Error, fmt, sync::Arc};

use opml_game::Trace;
use opml_node::{
    plan::Answer,
    player::{Player, PlayerError, Players, Run, TracePlayer},
};

pub use cheats::{
    changed_weight, fewer_steps, invented_exit, invented_output, meddling, more_steps, nonsense,
    resurrection, wrong_output, wrong_value,
};
pub use nonsense::{Length, Nonsense};
pub use silent::Silent;
pub use tampered::{Change, Disguise, LiarError, Lie, Moment, Tampered};

/// Makes players from a function that gives, for the run, a trace to believe in and the answer to claim.
pub fn players<T>(
    make: impl Fn(&Run) -> Result<(T, Answer), PlayerError> + Send + Sync + 'static,
) -> Arc<dyn Players>
where
    T: Trace + Send + 'static,
    T::Error: Error + Send + Sync + 'static,
{
    let make = move |run: &Run| {
        let (trace, answer) = make(run)?;
        Ok(Box::new(TracePlayer::new(trace, move |_| Ok(answer.clone()))) as Box<dyn Player>)
    };
    Arc::new(Made(make))
}

struct Made<F>(F);

impl<F> fmt::Debug for Made<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Made").finish_non_exhaustive()
    }
}

impl<F> Players for Made<F>
where
    F: Fn(&Run) -> Result<Box<dyn Player>, PlayerError> + Send + Sync + 'static,
{
    fn player(&self, run: &Run) -> Result<Box<dyn Player>, PlayerError> {
        (self.0)(run)
    }
}
