//! What must hold: G1 to G4, and the invariants that they rest on.

use opml_game::{ClaimStatus, DisputeSlot, RequestStatus, Side};

use crate::state::{Filed, Party, Stage, State, Suit, wei};

impl Stage {
    /// Claims of the attacker that can fall: `1 + log2(A/s)`.
    fn most_rejected(&self) -> u32 {
        let stake = wei(self.rules.profile.stake(0));
        (0..).take_while(|&i| stake << i <= self.capital).count() as u32
    }
}

impl State {
    /// What must hold in every state.
    pub(crate) fn check(&self, stage: &Stage) -> Result<(), String> {
        let within = stage.terms().verdict_within(stage.n);
        // A commitment and a reveal, and the block in which the party that is asked notices, for each claim and the last one.
        let rounds = u64::from(stage.most_rejected()) + 2;
        if let Some(time) = self.retired {
            return self.check_retired(stage, self.now.time - time);
        }
        let age = u64::from(self.now.time - Self::BEGIN);
        if age > rounds * (within + 5) {
            return Err(format!("G3: no answer after {age} s"));
        }
        for (index, Filed { party, claim, slot, .. }) in self.claims.iter().enumerate() {
            let age = u64::from(self.now.time - slot.time);
            let lost = matches!(slot.status, ClaimStatus::TimedOut | ClaimStatus::Rejected);
            match slot.status {
                ClaimStatus::Final if claim.sn != stage.truth() => {
                    return Err(format!("G1: false claim {index} is final"));
                }
                _ if lost && *party == Party::Live => {
                    return Err(format!("G2: the live party's claim {index} is {:?}", slot.status));
                }
                // Who times out does it in the block after the last that is charged.
                ClaimStatus::Open if age > within + 1 => {
                    return Err(format!("G2: claim {index} is open after {age} of {within} s"));
                }
                _ => {}
            }
        }
        self.check_verdicts()
    }

    /// No honest party loses by proof, the live one never.
    fn check_verdicts(&self) -> Result<(), String> {
        for (index, Suit { on, party, slot, .. }) in self.suits.iter().enumerate() {
            let DisputeSlot::Decided(decision) = slot else { continue };
            let submitter = self.claims[*on].party;
            let (winner, loser) = match decision.winner {
                Side::Submitter => (submitter, *party),
                Side::Challenger => (*party, submitter),
            };
            let honest = loser != Party::Attacker && winner == Party::Attacker;
            if honest && (decision.by_proof || loser == Party::Live) {
                return Err(format!("{loser:?} loses dispute {index}: {decision:?}"));
            }
        }
        Ok(())
    }

    /// What must hold in every state after the guest version was retired, `age` seconds ago: what was open goes back as soon as
    /// somebody says so, and nothing becomes final.
    fn check_retired(&self, stage: &Stage, age: u32) -> Result<(), String> {
        if let Some(index) = self.claims.iter().position(|c| c.slot.status == ClaimStatus::Final) {
            return Err(format!("G1: claim {index} is final under a retired guest version"));
        }
        if age > stage.patience() && !self.is_over() {
            return Err(format!("money is stuck {age} s after the retirement"));
        }
        self.check_verdicts()
    }

    /// What must hold when the request is over because its guest version was retired: nobody has lost anything but by proof,
    /// and who has nothing proved against anybody has won nothing.
    fn check_annulled(&self) -> Result<(), String> {
        let nets = [Party::Live, Party::Frail, Party::Attacker].map(|party| self.net(party));
        let [live, frail, attacker] = nets;
        if live < 0 || frail < 0 || attacker > 0 {
            return Err(format!("retired: {nets:?} instead of no honest loss and no gain"));
        }
        let proof = |suit: &Suit| matches!(suit.slot, DisputeSlot::Decided(d) if d.by_proof);
        if !self.suits.iter().any(proof) && nets != [0; 3] {
            return Err(format!("retired: {nets:?} instead of nothing, without a proof"));
        }
        self.check_sum(nets)
    }

    fn check_sum(&self, paid: [i128; 3]) -> Result<(), String> {
        if paid.iter().sum::<i128>() + self.burned != 0 {
            return Err(format!("{paid:?} and {} burned are not nothing", self.burned));
        }
        Ok(())
    }

    /// What must hold when the request is over.
    pub(crate) fn check_end(&self, stage: &Stage) -> Result<(), String> {
        if self.request.annulled {
            return self.check_annulled();
        }
        if self.request.status != RequestStatus::Done {
            return Err(format!("G3: the request ends {:?}", self.request.status));
        }
        let rejected = self.claims.iter().filter(|filed| {
            filed.party == Party::Attacker
                && matches!(filed.slot.status, ClaimStatus::Rejected | ClaimStatus::Late)
        });
        let rejected = rejected.count();
        let bound = stage.most_rejected();
        if rejected > bound as usize {
            return Err(format!("G3: {rejected} claims rejected, capital is for {bound}"));
        }
        let fee = wei(stage.rules.profile.lateness_fee(0));
        let frail = self.net(Party::Frail);
        if frail < -fee || frail < 0 && !self.is_late(Party::Frail) {
            return Err(format!("G4: the frail party has lost {}", -frail));
        }
        if self.net(Party::Live) < 0 {
            return Err(format!("the live party has lost {}", -self.net(Party::Live)));
        }
        let (attacker, least) = (self.net(Party::Attacker), self.least_loss(stage));
        if -attacker < least {
            return Err(format!("G4: the attacker loses {}, not {least}", -attacker));
        }
        self.check_sum([Party::Live, Party::Frail, Party::Attacker].map(|party| self.net(party)))
    }

    fn is_late(&self, party: Party) -> bool {
        self.claims
            .iter()
            .any(|filed| filed.party == party && filed.slot.status == ClaimStatus::Late)
    }

    /// What the attacker must have lost at least, by docs/economics.md: the burn of each event, and to others whole bonds.
    fn least_loss(&self, stage: &Stage) -> i128 {
        let profile = &stage.rules.profile;
        let successor = wei(profile.successor());
        let mine = |party: Party| party == Party::Attacker;
        let answered = self
            .claims
            .iter()
            .any(|filed| mine(filed.party) && filed.slot.status == ClaimStatus::Final);
        let mut least = 0;
        for Filed { party, claim, slot, .. } in &self.claims {
            let stake = wei(profile.stake(stage.rules.round(claim.round)));
            let late = slot.status == ClaimStatus::Late;
            least += match slot.status {
                ClaimStatus::Rejected if mine(*party) => stake / 2,
                ClaimStatus::Committed | ClaimStatus::TakenBack
                    if mine(*party) && claim.sn != stage.truth() =>
                {
                    stake
                }
                ClaimStatus::Late if mine(*party) => wei(profile.lateness_fee(claim.round)),
                _ => 0,
            };
            if late && answered {
                least -= successor;
            }
        }
        for Suit { on, party, slot, line, .. } in &self.suits {
            let claim = &self.claims[*on];
            let right = matches!(claim.slot.status, ClaimStatus::Final | ClaimStatus::Late);
            let lost = matches!(slot, DisputeSlot::Decided(d) if d.winner == Side::Submitter && d.by_proof);
            if mine(*party) && (right || lost) {
                let bond = wei(profile.bond(line.position.bond_index));
                least += if mine(claim.party) { bond / 4 } else { bond };
            }
        }
        least
    }
}
