//! Who is paid what, as soon as it can be: everybody may call `collect`, `judge` and `takeBack`, and the order does not matter.

use opml_game::{ClaimStatus, DisputeSlot, Fate, Split, Untimely};

use crate::mutation::Mutation;
use crate::state::{Filed, Party, Stage, State, wei};

impl State {
    /// Pays all that is due.
    pub(crate) fn settle(&mut self, stage: &Stage) {
        let last = self.claims.iter().find(|filed| filed.slot.status == ClaimStatus::Final);
        let last = last.map(|filed| (filed.party, filed.claim.sn));
        for index in 0..self.claims.len() {
            self.judge(
                stage,
                index,
                last.map(|(party, sn)| (party, sn == self.claims[index].claim.sn)),
            );
        }
        for suit in 0..self.suits.len() {
            self.collect(stage, suit);
        }
    }

    /// Settles one claim or commitment; `last` is the party of the answer, and whether it is the same.
    fn judge(&mut self, stage: &Stage, index: usize, last: Option<(Party, bool)>) {
        let Filed { party, claim, slot, settled } = self.claims[index].clone();
        let rules = &stage.rules;
        let stake = wei(rules.profile.stake(rules.round(claim.round)));
        let status = if last.is_some() { ClaimStatus::Final } else { ClaimStatus::Open };
        let same = last.is_some_and(|(_, same)| same);
        match slot.status {
            ClaimStatus::Final | ClaimStatus::Annulled if !settled => {
                self.pay(party, stake);
                self.claims[index].settled = true;
            }
            ClaimStatus::TimedOut => {
                let Ok(judged) = slot.judge(status, same) else { return };
                self.claims[index].slot = judged;
                if let (ClaimStatus::Late, Some((successor, _)), false) =
                    (judged.status, last, settled)
                {
                    let split = rules.late(claim.round);
                    self.pay(party, wei(split.submitter));
                    self.pay(successor, wei(split.successor));
                    self.burned += wei(split.burned);
                    self.claims[index].settled = true;
                }
            }
            ClaimStatus::Committed => {
                let same = same || last.is_some() && rules.lacks(Mutation::EveryCommitmentReturns);
                if let Ok(taken) = slot.take_back(status, same) {
                    self.claims[index].slot = taken;
                    self.pay(party, stake);
                } else if let Ok(taken) = self.request.take_back_late(&slot) {
                    let split = rules.take_back_late(claim.round, self.request.refunded());
                    self.claims[index].slot = taken;
                    self.pay(party, wei(split.submitter));
                    self.burned += wei(split.burned);
                } else if slot.take_back(status, same) == Err(Untimely::WrongEndState) && !settled {
                    self.burned += stake;
                } else {
                    return;
                }
                self.claims[index].settled = true;
            }
            _ => {}
        }
    }

    /// Settles one dispute.
    fn collect(&mut self, stage: &Stage, suit: usize) {
        let on = self.suits[suit].on;
        if self.suits[suit].settled {
            return;
        }
        let claim = self.claims[on].clone();
        let end = stage.rules.end(claim.slot.status, self.request.refunded());
        let ended = !matches!(claim.slot.status, ClaimStatus::Open | ClaimStatus::Final);
        let position = self.suits[suit].line.position;
        let fate = match self.suits[suit].slot {
            DisputeSlot::Decided(decision) => {
                stage.rules.decided(decision.winner, decision.by_proof, end)
            }
            _ if ended => stage.rules.unfinished(end),
            _ => None,
        };
        let Some(fate) = fate else { return };
        let Split { submitter, challenger, winner, burned, .. } = stage.rules.settle(
            fate,
            claim.claim.round,
            claim.slot.live,
            position.bond_index,
            position.lists,
        );
        self.pay(claim.party, wei(submitter));
        self.pay(self.suits[suit].party, wei(challenger));
        if let Some(party) = self.winner_on(on) {
            self.pay(party, wei(winner));
        }
        self.burned += wei(burned);
        self.suits[suit].settled = true;
        if matches!(fate, Fate::Won | Fate::Undone) {
            self.claims[on].settled = true;
        }
    }

    /// Who ended a claim.
    fn winner_on(&self, on: usize) -> Option<Party> {
        let ended =
            |slot| matches!(slot, DisputeSlot::Decided(decision) if decision.rejected_claim);
        self.suits.iter().find(|suit| suit.on == on && ended(suit.slot)).map(|suit| suit.party)
    }
}
