//! What the honest validator does, and the end of a block.

use opml_game::attention::answer;

use crate::state::{HONEST, MODEL, Stage, State, end, request};

impl State {
    /// Whether the honest validator has to answer: a seat that was its own is drawn, and it is called by the end state, which it
    /// has computed.
    pub(crate) fn is_called(&self, stage: &Stage, index: usize) -> bool {
        let Some(enrolment) = self.attention.enrolments.get(&request(index)) else { return false };
        let mut drawn = self.attention.clone();
        if drawn.draw(request(index), &self.slot(index), self.known(index)).is_err() {
            return false;
        }
        let (Some(lots), Some(roster)) = (drawn.lots(request(index)), drawn.rosters.get(&MODEL))
        else {
            return false;
        };
        let epoch = enrolment.epoch;
        let seated = lots.seats().any(|seat| roster.occupant(seat, epoch) == HONEST);
        let called = stage.challenge.called_per_ten_thousand;
        seated && lots.calls(HONEST, end(index, true), called)
    }

    /// The end of a block, and the beginning of the next one: the honest validator answers in the last second in which it can,
    /// and fetches its rewards as soon as there is a final claim. The attacker had its turn before.
    pub(crate) fn tick(&self, stage: &Stage) -> Result<Self, String> {
        let mut state = self.clone();
        for index in 0..state.asked.len() {
            let Some(committed) = state.asked[index].committed else { continue };
            let last = state.now.time == committed.time + Stage::ANSWERS_FOR;
            if last && state.is_called(stage, index) {
                let value = answer(request(index), end(index, true), HONEST);
                let next = state.with_answer(index, HONEST, value);
                state = next.ok_or("the honest validator cannot answer")?;
            }
            for draw in 0..u64::from(stage.challenge.draws) {
                state = state.rewarded(stage, index, true, HONEST, draw).unwrap_or(state);
            }
        }
        state.now.time += 1;
        state.now.block += 1;
        Ok(state)
    }
}
