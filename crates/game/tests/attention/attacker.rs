//! All that the attacker can do in a block, and chance.

use std::collections::HashSet;

use alloy_primitives::{Address, B256, U256, keccak256};
use opml_game::Tick;
use opml_game::attention::{JUDGED, Lots, Rand, answer};

use crate::Mutation;
use crate::state::{ATTACKERS, FUNDER, HONEST, MODEL, Stage, State, end, request};

/// Blocks of which one is taken for each way in which the draws can come out.
const BLOCKS: u8 = 64;

/// One step in the life of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Join(Address),
    Leave(Address),
    Vacate(Address),
    Release(Address),
    /// Somebody sets rewards aside.
    Enrol(usize),
    /// Somebody commits to an answer, in a block of this number among those that can be.
    Commit(usize, u8),
    Answer(usize, Address, bool),
    /// The claim with the truth is final.
    Finalise(usize),
    Reward {
        request: usize,
        truth: bool,
        validator: Address,
        index: u64,
    },
    Slash {
        request: usize,
        truth: bool,
        validator: Address,
        index: u64,
    },
    /// The block ends.
    Tick,
}

impl State {
    /// Every step that can be next, with the state after it.
    pub(crate) fn successors(&self, stage: &Stage) -> Result<Vec<(Step, Self)>, String> {
        let mut next: Vec<(Step, Option<Self>)> = Vec::new();
        if self.epoch() < Stage::EPOCHS.1 {
            for account in stage.validators() {
                // Without churn the attacker takes its seats before anything happens, and keeps them.
                if stage.bounds.churn {
                    next.push((Step::Leave(account), self.left(account)));
                }
                let early = self.epoch() == Stage::EPOCHS.0;
                if account != HONEST && (stage.bounds.churn || early) {
                    next.push((Step::Join(account), self.joined(stage, account)));
                }
            }
            for index in 0..self.asked.len() {
                next.push((Step::Enrol(index), self.enrolled(stage, index)));
                self.commit(stage, index, &mut next);
            }
        }
        let seated = stage.validators().filter(|_| stage.bounds.churn);
        for account in seated {
            next.push((Step::Release(account), self.released(stage, account)));
            next.push((Step::Vacate(account), self.vacated(account)));
        }
        for index in 0..self.asked.len() {
            self.answer(stage, index, &mut next);
            if self.revealed(index) && !self.asked[index].last {
                let mut after = self.clone();
                after.asked[index].last = true;
                next.push((Step::Finalise(index), Some(after)));
            }
            for truth in [true, false] {
                self.judge(stage, index, truth, &mut next)?;
            }
        }
        next.push((Step::Tick, Some(self.tick(stage)?)));
        Ok(next.into_iter().filter_map(|(step, state)| Some((step, state?))).collect())
    }

    fn joined(&self, stage: &Stage, account: Address) -> Option<Self> {
        let mut next = self.clone();
        let deposit = self.attention.member(MODEL, account).deposit;
        let value = stage.challenge.seat_deposit() - deposit;
        next.attention.join(self.now, account, value, MODEL).ok()?;
        next.held += value;
        Some(next)
    }

    fn left(&self, account: Address) -> Option<Self> {
        let mut next = self.clone();
        next.attention.leave(self.now, account, MODEL).ok()?;
        Some(next)
    }

    fn vacated(&self, account: Address) -> Option<Self> {
        let mut next = self.clone();
        next.attention.vacate(self.now, MODEL, account).ok()?;
        Some(next)
    }

    pub(crate) fn released(&self, stage: &Stage, account: Address) -> Option<Self> {
        let mut now = self.now;
        if stage.lacks(Mutation::ReleaseAtOnce) {
            now.time += 2 * Stage::EPOCH;
        }
        let mut next = self.clone();
        next.attention.release(now, account, MODEL).ok()?;
        Some(next)
    }

    fn enrolled(&self, stage: &Stage, index: usize) -> Option<Self> {
        let mut next = self.clone();
        let value = stage.challenge.funding();
        let about = (request(index), 0, MODEL);
        next.attention.enrol(self.now, (FUNDER, value), about, &self.slot(index)).ok()?;
        next.held += value;
        Some(next)
    }

    /// The first commitment, in a block that draws and calls in each way that there is.
    fn commit(&self, stage: &Stage, index: usize, next: &mut Vec<(Step, Option<Self>)>) {
        let Some(enrolment) = self.attention.enrolments.get(&request(index)) else { return };
        if self.asked[index].committed.is_some() {
            return;
        }
        let mut seen = HashSet::new();
        for block in 0..BLOCKS {
            let hash = keccak256([block]);
            let lots = Lots {
                rand: Rand::from_slice(&hash[..24]),
                request: request(index),
                size: enrolment.size,
                draws: stage.challenge.draws,
            };
            let per = stage.challenge.called_per_ten_thousand;
            let called = |truth| {
                let sn = end(index, truth);
                stage.validators().map(|v| lots.calls(v, sn, per)).collect::<Vec<_>>()
            };
            if seen.insert((lots.seats().collect::<Vec<_>>(), called(true), called(false))) {
                let mut after = self.clone();
                let Tick { time, block: number } = self.now;
                after.asked[index].committed = Some(Tick { time, block: number });
                after.asked[index].hash = hash;
                next.push((Step::Commit(index, block), Some(after)));
            }
        }
    }

    /// What the chain knows of the block of the first commitment.
    pub(crate) fn known(&self, index: usize) -> Option<B256> {
        let committed = self.asked[index].committed?;
        (committed.block < self.now.block).then_some(self.asked[index].hash)
    }

    pub(crate) fn with_answer(&self, index: usize, who: Address, value: B256) -> Option<Self> {
        let mut next = self.clone();
        let (slot, hash) = (self.slot(index), self.known(index));
        next.attention.answer(self.now, who, (request(index), value), &slot, hash).ok()?;
        Some(next)
    }

    /// Right answers of who knows what is right; and wrong ones: the honest validator's, copied.
    fn answer(&self, stage: &Stage, index: usize, next: &mut Vec<(Step, Option<Self>)>) {
        for &who in stage.attackers() {
            let copied = answer(request(index), end(index, true), HONEST);
            let right = answer(request(index), end(index, true), who);
            next.push((Step::Answer(index, who, false), self.with_answer(index, who, copied)));
            if stage.bounds.diligent || self.revealed(index) {
                next.push((Step::Answer(index, who, true), self.with_answer(index, who, right)));
            }
        }
    }

    /// Judgements of everybody by the final claim, or by a lie. Each that is accepted has to be right.
    fn judge(
        &self,
        stage: &Stage,
        index: usize,
        truth: bool,
        next: &mut Vec<(Step, Option<Self>)>,
    ) -> Result<(), String> {
        let (claim, status) = self.named(stage, index, truth);
        for validator in stage.validators() {
            for draw in 0..u64::from(stage.challenge.draws) {
                let about = (request(index), validator);
                let mut after = self.clone();
                let by = ATTACKERS[0];
                match after.attention.slash(self.now, by, (&claim, status), validator, draw) {
                    Err(opml_game::attention::Unattended::Uncovered { .. }) => {
                        return Err(format!("a deposit does not cover a slash of {validator}"));
                    }
                    Err(_) => {}
                    Ok(()) => {
                        after.slashes += 1;
                        after.slashed_honest |= validator == HONEST;
                        if stage.lacks(Mutation::JudgedTwice) {
                            after.attention.answers.remove(&about);
                        }
                        let step = Step::Slash { request: index, truth, validator, index: draw };
                        next.push((step, Some(after)));
                    }
                }
                if let Some(after) = self.rewarded(stage, index, truth, validator, draw) {
                    let step = Step::Reward { request: index, truth, validator, index: draw };
                    next.push((step, Some(after)));
                }
            }
        }
        Ok(())
    }

    pub(crate) fn rewarded(
        &self,
        stage: &Stage,
        index: usize,
        truth: bool,
        validator: Address,
        draw: u64,
    ) -> Option<Self> {
        let (claim, status) = self.named(stage, index, truth);
        let mut after = self.clone();
        after.attention.reward(self.now, (&claim, status), validator, draw).ok()?;
        assert_eq!(after.answered(index, validator), Some(JUDGED));
        after.rewards += u8::from(validator == HONEST);
        after.free_riders |= validator != HONEST && !stage.bounds.diligent;
        Some(after)
    }

    /// What a party owns in the contract.
    pub(crate) fn owned(&self, account: Address) -> U256 {
        let credit = self.attention.credits.get(&account).copied().unwrap_or_default();
        self.attention.member(MODEL, account).deposit + credit
    }
}
