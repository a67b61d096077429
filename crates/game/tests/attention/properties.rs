//! What must hold.

use alloy_primitives::U256;
use opml_game::attention::JUDGED;

use crate::state::{FUNDER, HONEST, MODEL, Stage, State, request};

impl State {
    /// What must hold in every state.
    pub(crate) fn check(&self, stage: &Stage) -> Result<(), String> {
        if self.slashed_honest {
            return Err("the honest validator is slashed".to_owned());
        }
        if self.free_riders {
            return Err("a validator that has not computed is rewarded".to_owned());
        }
        if self.attention.owed() != self.held {
            return Err(format!("{} owed, {} held", self.attention.owed(), self.held));
        }
        let slash = U256::from(stage.challenge.slash);
        let burned = slash * U256::from(3 * u32::from(self.slashes)) / U256::from(4);
        if self.attention.burned != burned {
            return Err(format!("{} burned in {} slashes", self.attention.burned, self.slashes));
        }
        for validator in stage.validators() {
            let member = self.attention.member(MODEL, validator);
            let mut exposed = 0;
            for (id, enrolment) in &self.attention.enrolments {
                let judged = stage.challenge.is_judged(self.now, enrolment.epoch);
                let liable = member.from <= enrolment.epoch && enrolment.epoch < member.until;
                let open = self.attention.answers.get(&(*id, validator)) != Some(&JUDGED);
                exposed += u32::from(judged && liable && open);
            }
            if member.deposit < slash * U256::from(exposed) {
                let deposit = member.deposit;
                return Err(format!(
                    "a deposit does not cover: {deposit} of {validator}, {exposed} times G"
                ));
            }
        }
        (0..self.asked.len()).try_for_each(|index| self.check_judgement(stage, index))
    }

    /// As soon as there is a final claim, and as long as it judges, who was called and liable and is not judged is either rewarded
    /// or slashed, by whether it was right; nobody else is.
    fn check_judgement(&self, stage: &Stage, index: usize) -> Result<(), String> {
        let id = request(index);
        let Some(enrolment) = self.attention.enrolments.get(&id) else { return Ok(()) };
        let Some(lots) = self.attention.lots(id) else { return Ok(()) };
        if !self.asked[index].last {
            return Ok(());
        }
        let (claim, status) = self.named(stage, index, true);
        let epoch = enrolment.epoch;
        let judged = stage.challenge.is_judged(self.now, epoch);
        let Some(roster) = self.attention.rosters.get(&MODEL) else { return Ok(()) };
        for validator in stage.validators() {
            let member = self.attention.member(MODEL, validator);
            let liable = member.from <= epoch && epoch < member.until;
            let called = lots.calls(validator, claim.sn, stage.challenge.called_per_ten_thousand);
            let open = self.answered(index, validator) != Some(JUDGED);
            for (draw, seat) in (0..).zip(lots.seats()) {
                let its = roster.occupant(seat, epoch) == validator;
                let due = judged && its && liable && called && open;
                let right = self.is_right(index, validator);
                let last = (&claim, status);
                let rewarded = self.attention.clone().reward(self.now, last, validator, draw);
                let slashed = self.attention.clone().slash(self.now, FUNDER, last, validator, draw);
                if (rewarded.is_ok(), slashed.is_ok()) != (due && right, due && !right) {
                    return Err(format!(
                        "{validator}: due {due}, right {right}, {rewarded:?}, {slashed:?}"
                    ));
                }
            }
        }
        Ok(())
    }

    /// What must hold when nothing new happens any more: everybody gets back what it has not lost, and the honest validator has
    /// earned its rewards.
    pub(crate) fn check_end(&self, stage: &Stage) -> Result<(), String> {
        let mut state = self.clone();
        for index in 0..state.asked.len() {
            if state.asked[index].last
                && state.is_called(stage, index)
                && !state.attention.answers.contains_key(&(request(index), HONEST))
            {
                return Err(format!("the honest validator has not answered request {index}"));
            }
        }
        for validator in stage.validators() {
            let _ = state.attention.leave(state.now, validator, MODEL);
        }
        state.now.time += 3 * Stage::EPOCH;
        for validator in stage.validators() {
            state = state.released(stage, validator).unwrap_or(state);
        }
        for index in 0..state.asked.len() {
            let _ = state.attention.reclaim(state.now, request(index));
        }
        let credited: U256 = state.attention.credits.values().sum();
        if credited + state.attention.burned != state.held {
            return Err(format!("money is stuck: {:?}", state.attention));
        }
        let earned = U256::from(stage.challenge.reward) * U256::from(state.rewards);
        if state.owned(HONEST) != stage.challenge.seat_deposit() + earned {
            return Err(format!("the honest validator has {}", state.owned(HONEST)));
        }
        Ok(())
    }
}
