//! The calls that change a request, by the rules: `None` is a call that reverts, or a deposit that nobody can make.

use alloy_primitives::{Address, B256, U256};
use opml_game::rules::{Call, Docket};
use opml_game::{
    ClaimStatus, DisputeKey, DisputeSlot, Guardian, Line, Phase, Refusal, Ruling, Side, Tick,
};

use crate::common::Posted;
use crate::mutation::Mutation;
use crate::state::{Filed, Party, Stage, State, Suit, wei};

/// Somebody who is no party of the dispute.
const STRANGER: Address = Address::repeat_byte(0x57);

impl State {
    /// Takes a deposit, which the attacker may not be able to make.
    fn deposit(&mut self, stage: &Stage, party: Party, amount: i128) -> Option<()> {
        if party == Party::Attacker && self.net(party) + stage.capital < amount {
            return None;
        }
        self.pay(party, -amount);
        Some(())
    }

    pub(crate) fn commit(&self, stage: &Stage, party: Party, sn: B256) -> Option<Self> {
        let round = self.request.round;
        let claim = stage.claim(party, round, sn);
        let same = self.claims.iter().find(|filed| filed.claim == claim);
        let status = same.map_or(ClaimStatus::None, |filed| filed.slot.status);
        let profile = (0, &stage.rules.profile);
        let (request, slot) = self
            .request
            .commit(self.now, claim.submitter, round, profile, (self.guest(), status))
            .ok()?;
        let mut next = self.clone();
        next.request = request;
        let stake = stage.rules.profile.stake(stage.rules.round(round));
        next.deposit(stage, party, wei(stake))?;
        next.claims.push(Filed { party, claim, slot, settled: false });
        Some(next)
    }

    pub(crate) fn reveal(&self, stage: &Stage, index: usize) -> Option<Self> {
        let Filed { claim, slot, .. } = &self.claims[index];
        let profile = (0, &stage.rules.profile);
        let guest = self.guest();
        let (request, slot) =
            self.request.reveal(self.now, slot, claim.round, profile, guest).ok()?;
        let mut next = self.clone();
        next.request = request;
        next.claims[index].slot = slot;
        Some(next)
    }

    pub(crate) fn finalise(&self, stage: &Stage, index: usize) -> Option<Self> {
        let slot = stage.rules.undisputed(self.claims[index].slot);
        let guest = stage.rules.finalising(self.guest());
        let (request, slot) =
            self.request.finalise(self.now, &slot, &stage.rules.profile, false, guest).ok()?;
        let mut next = self.clone();
        next.request = request;
        next.claims[index].slot = slot;
        next.settle(stage);
        Some(next)
    }

    pub(crate) fn refund(&self, stage: &Stage) -> Option<Self> {
        let guest = self.guest();
        let request = self.request.refund(self.now, &stage.rules.profile, guest).ok()?;
        let mut next = self.clone();
        next.request = request;
        next.settle(stage);
        Some(next)
    }

    /// The guardian retires the guest version.
    pub(crate) fn retire(&self) -> Option<Self> {
        let Guardian { account, .. } = Self::GUARDIAN;
        Self::GUARDIAN.retire(self.now, account, self.guest()).ok()?;
        let mut next = self.clone();
        next.retired = Some(self.now.time);
        Some(next)
    }

    /// An open claim ends, because the guest version is retired.
    pub(crate) fn annul(&self, stage: &Stage, index: usize) -> Option<Self> {
        if stage.rules.lacks(Mutation::NothingIsAnnulled) {
            return None;
        }
        let (request, slot) = self.request.annul(&self.claims[index].slot, self.guest()).ok()?;
        let mut next = self.clone();
        next.request = request;
        next.claims[index].slot = slot;
        next.settle(stage);
        Some(next)
    }

    pub(crate) fn open(&self, stage: &Stage, on: usize, party: Party, body: &[u8]) -> Option<Self> {
        let Filed { claim, slot, .. } = &self.claims[on];
        if stage.rules.lacks(Mutation::OneDisputeAtATime) && slot.live > 0 {
            return None;
        }
        let nonce = self.suits.len() as u64;
        let value = stage.rules.profile.bond(slot.live);
        let call = Call { now: self.now, caller: party.account(), value, balance: U256::ZERO };
        let docket = Docket { claim: *slot, dispute: DisputeSlot::None };
        let ruling = stage.court(self).open(&call, &docket, claim, nonce, body).ok()?;
        let event = Posted::new(ruling.position?.pack(), body, 0, claim.n == 1);
        let line = Line::opened(stage.terms(), claim, event.opened()).ok()?;
        let key = DisputeKey { claim_id: claim.id(), challenger: party.account(), nonce };
        let mut next = self.clone();
        next.deposit(stage, party, wei(value))?;
        next.claims[on].slot = ruling.docket.claim;
        let slot = ruling.docket.dispute;
        next.suits.push(Suit { on, party, key, slot, line, settled: false });
        Some(next)
    }

    fn docket(&self, suit: usize) -> Docket {
        let Suit { on, slot, .. } = &self.suits[suit];
        Docket { claim: self.claims[*on].slot, dispute: *slot }
    }

    /// Who has to move.
    pub(crate) fn mover(&self, suit: usize) -> Party {
        let Suit { on, party, line, .. } = &self.suits[suit];
        match line.position.mover {
            Side::Submitter => self.claims[*on].party,
            Side::Challenger => *party,
        }
    }

    /// A move of the party whose turn it is.
    pub(crate) fn play(&self, stage: &Stage, suit: usize, pick: u64, body: &[u8]) -> Option<Self> {
        let Suit { key, line, .. } = &self.suits[suit];
        let caller = self.mover(suit).account();
        let call = Call { now: self.now, caller, value: U256::ZERO, balance: U256::ZERO };
        let (word, pick) = (line.position.pack(), U256::from(pick));
        let ruling =
            stage.court(self).play(&call, &self.docket(suit), key, word, pick, body).ok()?;
        let opens = line.position.phase == Phase::Large && line.part_steps(pick.to()) == 1;
        let at = 32 * (2 + usize::from(stage.rules.profile.arity_bits));
        let event = Posted::new(ruling.position?.pack(), body, at, opens);
        let line = line.moved(stage.terms(), event.moved(pick, body)).ok()?;
        let mut next = self.clone();
        next.suits[suit].line = line;
        next.suits[suit].slot = ruling.docket.dispute;
        Some(next)
    }

    pub(crate) fn evaluate(
        &self,
        stage: &Stage,
        suit: usize,
        by_mover: bool,
        pick: u64,
        body: &[u8],
    ) -> Option<Self> {
        let Suit { key, line, .. } = &self.suits[suit];
        let caller = if by_mover { self.mover(suit).account() } else { STRANGER };
        let mut call = Call { now: self.now, caller, value: U256::ZERO, balance: U256::ZERO };
        let (docket, word, pick) = (self.docket(suit), line.position.pack(), U256::from(pick));
        let mut ruling = stage.court(self).evaluate(&call, &docket, key, word, pick, body);
        if let (Err(Refusal::NotDecisive(_)), true) =
            (&ruling, stage.rules.lacks(Mutation::AnybodyPicks))
        {
            call.caller = self.mover(suit).account();
            ruling = stage.court(self).evaluate(&call, &docket, key, word, pick, body);
        }
        self.decided(stage, suit, &ruling.ok()?)
    }

    pub(crate) fn timeout(&self, stage: &Stage, suit: usize) -> Option<Self> {
        let Suit { key, line, .. } = &self.suits[suit];
        let Tick { time, block } = self.now;
        let early = u32::from(stage.rules.lacks(Mutation::EarlyTimeout));
        let now = Tick { time: time + early, block: block + early };
        let (word, root) = (line.position.pack(), line.tree(stage.terms()).root());
        let court = if stage.rules.lacks(Mutation::VerdictsAfterwards) {
            &stage.courts[0]
        } else {
            stage.court(self)
        };
        let ruling = court.timeout(now, &self.docket(suit), key, word, root).ok()?;
        self.decided(stage, suit, &ruling)
    }

    /// The state after a verdict, collected in the same block.
    fn decided(&self, stage: &Stage, suit: usize, ruling: &Ruling) -> Option<Self> {
        let decision = ruling.decision()?;
        let mut next = self.clone();
        let on = self.suits[suit].on;
        next.suits[suit].slot = ruling.docket.dispute;
        next.claims[on].slot = ruling.docket.claim;
        if decision.rejected_claim {
            let round = next.claims[on].claim.round;
            next.request = stage.rules.reopen(next.request, next.now, round);
        }
        next.settle(stage);
        Some(next)
    }
}
