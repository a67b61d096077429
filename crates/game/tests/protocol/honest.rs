//! What honest parties do, and what anybody does at the end of a block.

use opml_game::{Action, ClaimStatus, DisputeSlot, Prover, Side};

use crate::state::{Filed, Party, Stage, State, Suit};

/// One thing that an honest party ought to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Duty {
    /// Dispute a false claim.
    Open(usize),
    /// Answer in a dispute.
    Answer(usize),
}

impl State {
    /// What an honest party ought to do, and whether this is the last block for it.
    pub(crate) fn duties(&self, stage: &Stage, party: Party) -> Vec<(Duty, bool)> {
        let mut duties = Vec::new();
        if self.retired.is_some() {
            // There is nothing to win or to lose any more.
            return duties;
        }
        for (on, Filed { claim, slot, .. }) in self.claims.iter().enumerate() {
            let open = slot.status == ClaimStatus::Open && claim.sn != stage.truth();
            let own = self.suits.iter().any(|suit| suit.on == on && suit.party == party);
            let age = self.now.time - slot.time;
            if open && !own && age <= stage.rules.profile.window {
                duties.push((Duty::Open(on), age == stage.rules.profile.window));
            }
        }
        for (index, Suit { on, slot, line, .. }) in self.suits.iter().enumerate() {
            let open = self.claims[*on].slot.status == ClaimStatus::Open;
            let live = matches!(slot, DisputeSlot::Live(_));
            let budget = line.position.budget(line.position.mover);
            let age = self.now.time - line.position.time;
            if open && live && age <= budget && self.mover(index) == party {
                duties.push((Duty::Answer(index), age == budget));
            }
        }
        duties
    }

    /// Does it, in the way of the honest prover. The error is a call that it cannot make or that is refused.
    pub(crate) fn perform(&self, stage: &Stage, party: Party, duty: Duty) -> Result<Self, String> {
        let mut prover = Prover::new(&stage.world);
        let stuck = |action: &Action| format!("{party:?} cannot do {duty:?}: {action:?}");
        match duty {
            Duty::Open(on) => {
                let action = prover.open(stage.terms(), &self.claims[on].claim).unwrap();
                let Action::Open { body } = &action else { return Err(stuck(&action)) };
                match self.open(stage, on, party, body) {
                    Some(next) => Ok(next),
                    // Somebody's dispute shields the claim.
                    None => Ok(self.clone()),
                }
            }
            Duty::Answer(suit) => {
                let Suit { on, line, .. } = &self.suits[suit];
                let submits = self.claims[*on].party == party;
                let side = if submits { Side::Submitter } else { Side::Challenger };
                let action = prover.answer(stage.terms(), side, line).unwrap();
                let next = match &action {
                    Action::Move { pick, body } => self.play(stage, suit, *pick, body),
                    Action::Evaluate { pick, body } => {
                        self.evaluate(stage, suit, true, *pick, body)
                    }
                    _ => None,
                };
                next.ok_or_else(|| stuck(&action))
            }
        }
    }

    /// The end of a block, and the beginning of the next one: the live party does what cannot wait, answers the request, and
    /// calls what anybody may call. The attacker had its turn before. What was open under a retired guest version waits until
    /// nothing else can be waited for: windows and clocks are over by then.
    pub(crate) fn tick(&self, stage: &Stage) -> Result<Self, String> {
        let mut state = self.answered(stage);
        let due = |state: &Self| {
            let duties = state.duties(stage, Party::Live);
            duties.into_iter().find(|(_, due)| *due).map(|(duty, _)| duty)
        };
        for _ in 0..=2 * state.suits.len() + state.claims.len() {
            let Some(duty) = due(&state) else { break };
            state = state.perform(stage, Party::Live, duty)?;
        }
        for suit in 0..state.suits.len() {
            state = state.timeout(stage, suit).unwrap_or(state);
        }
        for claim in 0..state.claims.len() {
            state = state.finalise(stage, claim).unwrap_or(state);
        }
        if state.retired.is_none_or(|time| state.now.time >= time + stage.patience()) {
            for claim in 0..state.claims.len() {
                state = state.annul(stage, claim).unwrap_or(state);
            }
            state = state.refund(stage).unwrap_or(state);
        }
        state.now.time += 1;
        state.now.block += 1;
        Ok(state)
    }

    /// The live party commits and reveals, once a round.
    fn answered(&self, stage: &Stage) -> Self {
        let mut state = self.clone();
        let round = state.request.round;
        let own = |filed: &Filed| filed.party == Party::Live && filed.claim.round == round;
        match state.claims.iter().position(own) {
            None => state.commit(stage, Party::Live, stage.truth()).unwrap_or(state),
            Some(index) => {
                if let Some(next) = state.reveal(stage, index) {
                    state = next;
                }
                state
            }
        }
    }
}
