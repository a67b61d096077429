use alloy_primitives::{Address, B256, U256};

use super::{Attention, JUDGED, Lots, Rand, Unattended};
use crate::{RequestSlot, RequestStatus, Tick};

/// A request before the roster of its model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Enrolment {
    /// Who has set the rewards aside.
    pub funder: Address,
    /// The epoch whose roster it is before.
    pub epoch: u32,
    /// N of that roster.
    pub size: u32,
    /// Rewards that were credited.
    pub rewarded: u8,
    /// Its model.
    pub model: B256,
    /// What the first commitment's block says, and when it was made; `None`: not drawn yet.
    pub drawn: Option<(Rand, Tick)>,
}

impl Attention {
    /// `enrol`: puts a request of the profile and the model before the roster. `slot` is the request's; nothing is known of one that
    /// was not made.
    pub fn enrol(
        &mut self,
        now: Tick,
        (caller, value): (Address, U256),
        (request, profile, model): (B256, u8, B256),
        slot: &RequestSlot,
    ) -> Result<(), Unattended> {
        let challenge = self.challenge;
        if profile != challenge.profile {
            return Err(Unattended::WrongProfile { expected: challenge.profile, got: profile });
        }
        let required = challenge.funding();
        if value != required {
            return Err(Unattended::WrongFunding { required, sent: value });
        }
        let epoch = challenge.epoch(now);
        let before = self.enrolments.get(&request).copied();
        if before.is_some_and(|enrolment| enrolment.epoch == epoch) {
            return Err(Unattended::AlreadyEnrolled);
        }
        let open = matches!(slot.status, RequestStatus::None | RequestStatus::Open);
        if !open || slot.committed.is_some() {
            return Err(Unattended::TooLate);
        }
        let roster = self.rosters.get_mut(&model).ok_or(Unattended::NobodySeated { epoch })?;
        let size = roster.sizes.at(epoch);
        if size == 0 {
            return Err(Unattended::NobodySeated { epoch });
        }
        let enrolled = roster.enrolled.entry(epoch).or_default();
        if *enrolled == challenge.capacity {
            return Err(Unattended::EpochFull { epoch });
        }
        *enrolled += 1;
        let enrolment = Enrolment { funder: caller, epoch, size, rewarded: 0, model, drawn: None };
        self.enrolments.insert(request, enrolment);
        if let Some(before) = before {
            self.credit(before.funder, required);
        }
        Ok(())
    }

    /// An enrolment with what the first commitment's block says, and when that was; `hash` is what the chain knows of the block.
    fn drawn(
        &self,
        request: B256,
        slot: &RequestSlot,
        hash: Option<B256>,
    ) -> Result<(Enrolment, Tick), Unattended> {
        let enrolment = *self.enrolments.get(&request).ok_or(Unattended::NotEnrolled)?;
        if let Some((_, committed)) = enrolment.drawn {
            return Ok((enrolment, committed));
        }
        let committed = slot.committed.ok_or(Unattended::NotBegun)?;
        let hash = hash.ok_or(Unattended::UnknownBlock { number: committed.block })?;
        let drawn = Some((Rand::from_slice(&hash[..24]), committed));
        Ok((Enrolment { drawn, ..enrolment }, committed))
    }

    /// `draw`: keeps what the block of the first commitment says.
    pub fn draw(
        &mut self,
        request: B256,
        slot: &RequestSlot,
        hash: Option<B256>,
    ) -> Result<(), Unattended> {
        let (enrolment, _) = self.drawn(request, slot, hash)?;
        self.enrolments.insert(request, enrolment);
        Ok(())
    }

    /// `answer`: by anybody, once, as long as nothing can have been revealed; draws if nobody has.
    pub fn answer(
        &mut self,
        now: Tick,
        caller: Address,
        (request, value): (B256, B256),
        slot: &RequestSlot,
        hash: Option<B256>,
    ) -> Result<(), Unattended> {
        if value.is_zero() || value == JUDGED {
            return Err(Unattended::BadAnswer(value));
        }
        let (enrolment, committed) = self.drawn(request, slot, hash)?;
        let elapsed = now.elapsed_since(committed, self.challenge.seconds_per_block);
        let last = self.challenge.answers_for;
        if elapsed > last {
            return Err(Unattended::AnswersClosed { elapsed, last });
        }
        if self.answers.contains_key(&(request, caller)) {
            return Err(Unattended::AlreadyAnswered);
        }
        self.enrolments.insert(request, enrolment);
        self.answers.insert((request, caller), value);
        Ok(())
    }

    /// `reclaim`: credits what is left of the rewards to who has set them aside, once nothing is judged any more.
    pub fn reclaim(&mut self, now: Tick, request: B256) -> Result<(), Unattended> {
        let enrolment = *self.enrolments.get(&request).ok_or(Unattended::NotEnrolled)?;
        let Enrolment { funder, epoch, rewarded, .. } = enrolment;
        if self.challenge.is_judged(now, epoch) {
            return Err(Unattended::JudgementOpen { epoch });
        }
        let spent = U256::from(rewarded) * U256::from(self.challenge.reward);
        self.enrolments.remove(&request);
        self.credit(funder, self.challenge.funding() - spent);
        Ok(())
    }

    /// The lots of a request that was drawn.
    pub fn lots(&self, request: B256) -> Option<Lots> {
        let enrolment = self.enrolments.get(&request)?;
        let (rand, _) = enrolment.drawn?;
        Some(Lots { rand, request, size: enrolment.size, draws: self.challenge.draws })
    }
}
