//! What happens while a claim is disputed: moves, evaluations and clocks, in any order.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolEvent;
use opml_contracts::OpML;
use opml_game::{
    Action, Claim, DisputeSlot, EvaluateBody, Line, Moved, Opened, Phase, Prover, Side, Terms,
    Trace, cut,
};
use rand::Rng;

use crate::liar::nonsense;
use crate::play::{Game, STRANGER, Suit};

impl<'a> Game<'a> {
    /// Somebody does something, or time passes.
    pub(crate) fn turn(&mut self, claim: &Claim, suits: &mut [Suit<'a>]) {
        // Honest parties are late, but never too late.
        let now = self.chain.now;
        let left = |suit: &Suit<'_>| {
            let position = suit.line.position;
            let elapsed = position.elapsed(now, &self.profile);
            u64::from(position.budget(position.mover)).checked_sub(elapsed)
        };
        let waits =
            |suit: &Suit<'_>| suit.over.is_none() && suit.honest == Some(suit.line.position.mover);
        let patience = suits.iter().filter(|suit| waits(suit)).filter_map(left).min();
        let most = patience.unwrap_or(200).min(200) as u32;
        let seconds = self.rng.random_range(0..=most);
        let hasty = self.chance(70);
        self.pass(if hasty { seconds.min(1) } else { seconds });
        let live: Vec<usize> = (0..suits.len()).filter(|&i| suits[i].over.is_none()).collect();
        let urgent = live.iter().copied().find(|&i| {
            let position = suits[i].line.position;
            let elapsed = position.elapsed(self.chain.now, &self.profile);
            waits(&suits[i]) && elapsed == u64::from(position.budget(position.mover))
        });
        let chosen = urgent.unwrap_or_else(|| live[self.rng.random_range(0..live.len())]);
        let suit = &mut suits[chosen];
        if self.expired(suit) {
            self.time_out(claim, suit);
        } else if urgent.is_none() && self.chance(10) {
            self.interfere(claim, suit);
        } else {
            self.answer_in(claim, suit);
        }
        if suits[chosen].over.is_some() {
            self.count("verdicts");
        }
    }

    fn expired(&self, suit: &Suit<'_>) -> bool {
        let position = suit.line.position;
        let elapsed = position.elapsed(self.chain.now, &self.profile);
        elapsed > u64::from(position.budget(position.mover))
    }

    /// The side to move answers as it is.
    fn answer_in(&mut self, claim: &Claim, suit: &mut Suit<'a>) {
        let mover = suit.line.position.mover;
        let by_truth = suit.honest == Some(mover);
        if !by_truth && suit.line.position.lists >= suit.silent {
            return self.count("silent turns");
        }
        let caller = if mover == Side::Submitter { claim.submitter } else { suit.key.challenger };
        let nonsense_ = !by_truth && self.chance(10);
        let machine = self.machine;
        let action = self.with(|terms| {
            if by_truth {
                Prover::new(machine).answer(terms, mover, &suit.line).unwrap()
            } else {
                suit.liar.answer(terms, mover, &suit.line).unwrap()
            }
        });
        let (profile, guest) = (self.profile, machine.guest);
        let terms = Terms { profile: &profile, guest: &guest };
        let (pick, body) = match action {
            Action::Move { pick, body } if !nonsense_ => (U256::from(pick), body),
            Action::Evaluate { pick, body } if by_truth || !nonsense_ => {
                return self.evaluate(suit, caller, U256::from(pick), body, by_truth);
            }
            Action::EvaluateFault { pick, body } if by_truth => {
                let call = OpML::evaluateFaultCall {
                    claimId: suit.key.claim_id,
                    challenger: suit.key.challenger,
                    nonce: suit.key.nonce,
                    position: suit.line.position.pack(),
                    pick: U256::from(pick),
                    body: body.into(),
                };
                self.chain.send(caller, U256::ZERO, &call).unwrap();
                return self.decided(suit);
            }
            other if by_truth => panic!("an honest party cannot answer: {other:?}"),
            _ => nonsense(terms, &suit.line, &suit.key, self.rng),
        };
        let call = OpML::moveCall {
            claimId: suit.key.claim_id,
            challenger: suit.key.challenger,
            nonce: suit.key.nonce,
            position: suit.line.position.pack(),
            pick,
            body: body.into(),
        };
        match self.chain.send(caller, U256::ZERO, &call) {
            Ok(logs) => {
                let event = OpML::Moved::decode_log(&logs[0]).unwrap();
                let posted =
                    Opened { position: event.position, opening: &event.opening, list: &event.list };
                let moved = Moved { pick: event.pick, start: event.start, end: event.end, posted };
                suit.line = suit.line.moved(terms, moved).unwrap();
                self.count("moves");
            }
            Err(reverted) if by_truth => panic!("an honest move reverts: {reverted}"),
            Err(_) => self.count("refused moves"),
        }
    }

    fn evaluate(
        &mut self,
        suit: &mut Suit<'_>,
        caller: Address,
        pick: U256,
        body: Vec<u8>,
        must: bool,
    ) {
        let call = OpML::evaluateCall {
            claimId: suit.key.claim_id,
            challenger: suit.key.challenger,
            nonce: suit.key.nonce,
            position: suit.line.position.pack(),
            pick,
            body: body.into(),
        };
        match self.chain.send(caller, U256::ZERO, &call) {
            Ok(_) => self.decided(suit),
            Err(reverted) if must => panic!("an honest evaluation reverts: {reverted}"),
            Err(_) => self.count("refused evaluations"),
        }
    }

    /// A stranger evaluates any part that begins in a true state.
    fn interfere(&mut self, claim: &Claim, suit: &mut Suit<'_>) {
        let Line { position, large, small, .. } = suit.line;
        let pick = self.rng.random_range(1..=suit.line.entry_count());
        let steps = suit.line.part_steps(pick);
        let short = steps <= u64::from(position.max_evaluated);
        if position.phase != Phase::Small || !short || large >= claim.n {
            return;
        }
        let from = small + cut::cut(position.steps, suit.line.entry_count(), pick - 1);
        let end = suit.line.entries[pick as usize - 1];
        let siblings = self.with(|terms| suit.line.tree(terms).proof(pick).unwrap());
        let mut machine = self.machine;
        let witness = machine.witness(large, from, steps).unwrap();
        let body = EvaluateBody { end, siblings, witness }.encode();
        self.count("evaluations of strangers");
        self.evaluate(suit, STRANGER, U256::from(pick), body, false);
    }

    fn time_out(&mut self, claim: &Claim, suit: &mut Suit<'_>) {
        let call = OpML::timeoutCall {
            claimId: claim.id(),
            challenger: suit.key.challenger,
            nonce: suit.key.nonce,
            position: suit.line.position.pack(),
            listRoot: self.with(|terms| suit.line.tree(terms).root()),
        };
        self.chain.send(STRANGER, U256::ZERO, &call).unwrap();
        self.decided(suit);
    }

    /// No verdict is against an honest party, and none comes later than it may.
    fn decided(&mut self, suit: &mut Suit<'_>) {
        let slot = DisputeSlot::unpack(self.chain.dispute_slot(suit.key.id())).unwrap();
        let DisputeSlot::Decided(decision) = slot else { panic!("{slot:?} is no verdict") };
        if let Some(honest) = suit.honest {
            assert_eq!(decision.winner, honest, "{decision:?} at {:?}", suit.line.position);
        }
        let (position, (revealed, within)) = (suit.line.position, self.due);
        let charged = position.elapsed(self.chain.now, &self.profile);
        let age = position.tick().elapsed_since(revealed, self.profile.seconds_per_block)
            + charged.min(position.budget(position.mover).into());
        assert!(age <= within, "a verdict after {age} s of {within}");
        self.count(match (decision.winner, decision.by_proof) {
            (Side::Submitter, true) => "submitter wins by proof",
            (Side::Submitter, false) => "submitter wins by time",
            (Side::Challenger, true) => "challenger wins by proof",
            (Side::Challenger, false) => "challenger wins by time",
        });
        suit.over = Some(decision);
    }
}
