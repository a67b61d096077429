use std::{error::Error, fmt};

use opml_game::{Action, Assessment, Claim, Line, Prover, Side, Terms, Trace};

use super::{Player, PlayerError};
use crate::plan::Answer;

type AnswerFn<T> = Box<dyn FnMut(&mut T) -> Result<Answer, PlayerError> + Send>;

/// The player whose truth is a trace: with the true trace it is honest, with another one it defends that.
pub struct TracePlayer<T> {
    prover: Prover<T>,
    answer: AnswerFn<T>,
}

impl<T> fmt::Debug for TracePlayer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracePlayer").finish_non_exhaustive()
    }
}

impl<T: Trace> TracePlayer<T> {
    /// A player that plays by `trace` and claims what `answer` makes of it.
    pub fn new(
        trace: T,
        answer: impl FnMut(&mut T) -> Result<Answer, PlayerError> + Send + 'static,
    ) -> Self {
        Self { prover: Prover::new(trace), answer: Box::new(answer) }
    }
}

impl<T> Player for TracePlayer<T>
where
    T: Trace + Send,
    T::Error: Error + Send + Sync + 'static,
{
    fn answer(&mut self) -> Result<Answer, PlayerError> {
        (self.answer)(self.prover.trace_mut())
    }

    fn assess(&mut self, claim: &Claim) -> Result<Assessment, PlayerError> {
        Ok(self.prover.assess(claim)?)
    }

    fn open(&mut self, terms: Terms<'_>, claim: &Claim) -> Result<Action, PlayerError> {
        Ok(self.prover.open(terms, claim)?)
    }

    fn reply(&mut self, terms: Terms<'_>, side: Side, line: &Line) -> Result<Action, PlayerError> {
        Ok(self.prover.answer(terms, side, line)?)
    }
}
