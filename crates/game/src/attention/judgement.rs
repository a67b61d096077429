use alloy_primitives::{Address, U256};

use super::{Attention, BOUNTY_DIVISOR, JUDGED, Lots, Unattended, answer};
use crate::{Claim, ClaimStatus, Tick};

/// Outcome of a claim that has an output.
const DONE: u8 = 1;

impl Attention {
    /// Whether a validator that draw `index` is of, and that was called, has answered with the end state of `last`, a claim of this
    /// status. It is judged by that, once.
    fn judge(
        &self,
        now: Tick,
        (last, status): (&Claim, ClaimStatus),
        validator: Address,
        index: u64,
    ) -> Result<bool, Unattended> {
        let request = last.request_id;
        let enrolment = self.enrolments.get(&request).ok_or(Unattended::NotEnrolled)?;
        let epoch = enrolment.epoch;
        if !self.challenge.is_judged(now, epoch) {
            return Err(Unattended::JudgementOver { epoch });
        }
        let lots = self.lots(request).ok_or(Unattended::NotDrawn)?;
        if status != ClaimStatus::Final {
            return Err(Unattended::ClaimNotFinal(status));
        }
        if last.outcome != DONE {
            return Err(Unattended::NoAnswer { outcome: last.outcome });
        }
        let Lots { size, draws, .. } = lots;
        let count = u64::from(size.min(draws.into()));
        let seat = usize::try_from(index).ok().and_then(|index| lots.seats().nth(index));
        let seat = seat.ok_or(Unattended::BadDraw { index, count })?;
        let member = self.member(enrolment.model, validator);
        let roster = self.rosters.get(&enrolment.model);
        let its = roster.is_some_and(|roster| roster.occupant(seat, epoch) == validator);
        // A seat that its validator has lost stays on the roster until somebody takes it off.
        if !its || epoch < member.from || member.until <= epoch {
            return Err(Unattended::NotItsSeat { seat });
        }
        if !lots.calls(validator, last.sn, self.challenge.called_per_ten_thousand) {
            return Err(Unattended::NotCalled);
        }
        let given = self.answers.get(&(request, validator)).copied();
        if given == Some(JUDGED) {
            return Err(Unattended::AlreadyJudged);
        }
        Ok(given == Some(answer(request, last.sn, validator)))
    }

    /// `reward`: credits R to a validator that was called and right.
    pub fn reward(
        &mut self,
        now: Tick,
        last: (&Claim, ClaimStatus),
        validator: Address,
        index: u64,
    ) -> Result<(), Unattended> {
        let request = last.0.request_id;
        if !self.judge(now, last, validator, index)? {
            return Err(Unattended::WrongAnswer);
        }
        self.answers.insert((request, validator), JUDGED);
        if let Some(enrolment) = self.enrolments.get_mut(&request) {
            enrolment.rewarded += 1;
        }
        self.credit(validator, U256::from(self.challenge.reward));
        Ok(())
    }

    /// `slash`: takes G from a validator that was called and silent or wrong, of which a quarter is the caller's, and ends its
    /// service.
    pub fn slash(
        &mut self,
        now: Tick,
        caller: Address,
        last: (&Claim, ClaimStatus),
        validator: Address,
        index: u64,
    ) -> Result<(), Unattended> {
        let request = last.0.request_id;
        if self.judge(now, last, validator, index)? {
            return Err(Unattended::RightAnswer);
        }
        let slash = U256::from(self.challenge.slash);
        let bounty = slash / U256::from(BOUNTY_DIVISOR);
        let next = self.challenge.epoch(now) + 1;
        let model = self.enrolments.get(&request).map(|enrolment| enrolment.model);
        let roster = model.and_then(|model| self.rosters.get_mut(&model));
        let roster = roster.ok_or(Unattended::NotEnrolled)?;
        let member = roster.change(validator);
        let deposit = member.deposit;
        member.deposit =
            deposit.checked_sub(slash).ok_or(Unattended::Uncovered { deposit, slash })?;
        roster.dismiss(validator, next);
        self.answers.insert((request, validator), JUDGED);
        self.burned += slash - bounty;
        self.credit(caller, bounty);
        Ok(())
    }
}
