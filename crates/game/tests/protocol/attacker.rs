//! All that the attacker can do in a block.

use alloy_primitives::B256;
use opml_game::{
    ClaimStatus, DisputeSlot, EvaluateBody, FinalState, MoveBody, Opening, Phase, Post, cut,
};

use crate::honest::Duty;
use crate::state::{Filed, Party, Stage, State, Suit};
use crate::world::{junk, wrong_large, wrong_small};

/// How much the attacker may do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Its disputes on one claim.
    pub(crate) suits: usize,
    /// Whether it may commit to the truth, too.
    pub(crate) truth: bool,
    /// Whether the live party may answer before the last block in which it can.
    pub(crate) early: bool,
    /// Whether the guardian may retire the guest version, when it suits the attacker.
    pub(crate) retire: bool,
}

/// One step in the life of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Commit {
        truth: bool,
    },
    Reveal(usize),
    Open {
        on: usize,
        post: usize,
    },
    Move {
        suit: usize,
        pick: u64,
        post: usize,
    },
    Evaluate {
        suit: usize,
        pick: u64,
        by_mover: bool,
    },
    Timeout(usize),
    /// The guardian acts.
    Retire,
    Annul(usize),
    /// An honest party acts now.
    Honest(Party, Duty),
    /// The block ends.
    Tick,
}

/// The lists over a segment with every mixture of true and false entries, or one of them if both sides are the attacker's: then
/// nobody but itself can be misled.
fn posts(
    stage: &Stage,
    phase: Phase,
    (large, small): (u64, u64),
    steps: u64,
    plain: bool,
) -> Vec<Post> {
    let world = &stage.world;
    let letters: &[bool] = if plain { &[true] } else { &[true, false] };
    let entry = |at: u64, phase: Phase, steps: u64, truth: bool| match (phase, truth) {
        (Phase::Large, true) => world.state(large + at),
        (Phase::Large, false) => wrong_large(large + at),
        (Phase::Small, true) => world.small_state(large, small + at),
        (Phase::Small, false) if at < steps => wrong_small(large, small + at),
        (Phase::Small, false) => junk(large, small + at),
    };
    let lists = |phase: Phase, steps: u64, implied: u64| {
        let p = stage.terms().entries(phase, steps);
        (1..=p - implied).fold(vec![Vec::<B256>::new()], |lists, j| {
            // The end of a plain list may be either: one of them is the end that it rejects.
            let letters = if j == p { &[true, false] } else { letters };
            let longer = |list: &Vec<B256>, truth| {
                let last = entry(cut::cut(steps, p, j), phase, steps, truth);
                list.iter().copied().chain([last]).collect()
            };
            let all = |list| letters.iter().map(move |&truth| longer(list, truth));
            lists.iter().flat_map(all).collect::<Vec<Vec<B256>>>()
        })
    };
    if phase == Phase::Small || steps > 1 {
        return lists(phase, steps, 0).into_iter().map(Post::List).collect();
    }
    let truth = world.true_opening(large);
    let lie = FinalState::Done { guest_half: junk(large, 0), data_half: wrong_large(large + 1) };
    let openings = [truth.clone(), Opening { steps: truth.steps, end: lie }];
    let lists = lists(Phase::Small, truth.steps, 1);
    let all = |opening: Opening| {
        lists
            .iter()
            .map(move |list| Post::Opening(opening.clone(), list.clone()))
            .collect::<Vec<_>>()
    };
    openings.into_iter().flat_map(all).collect()
}

impl State {
    /// Every step that can be next, with the state after it; the error is one that an honest party cannot make.
    pub(crate) fn successors(
        &self,
        stage: &Stage,
        bounds: Bounds,
    ) -> Result<Vec<(Step, Self)>, String> {
        let mut next: Vec<(Step, Option<Self>)> = Vec::new();
        self.claim(stage, bounds, &mut next);
        self.dispute(stage, bounds, &mut next);
        for suit in 0..self.suits.len() {
            self.attack(stage, suit, &mut next);
        }
        if bounds.retire {
            next.push((Step::Retire, self.retire()));
            for claim in 0..self.claims.len() {
                next.push((Step::Annul(claim), self.annul(stage, claim)));
            }
        }
        for party in [Party::Frail, Party::Live] {
            for (duty, _) in self.duties(stage, party) {
                let frail = party == Party::Frail && matches!(duty, Duty::Answer(_));
                if frail || party == Party::Live && bounds.early {
                    let after = self.perform(stage, party, duty)?;
                    next.push((Step::Honest(party, duty), Some(after)));
                }
            }
        }
        next.push((Step::Tick, Some(self.tick(stage)?)));
        Ok(next.into_iter().filter_map(|(step, state)| Some((step, state?))).collect())
    }

    /// Commitments and reveals.
    fn claim(&self, stage: &Stage, bounds: Bounds, next: &mut Vec<(Step, Option<Self>)>) {
        for truth in [false, true] {
            let sn = if truth { stage.truth() } else { wrong_large(stage.n) };
            if bounds.truth || !truth {
                next.push((Step::Commit { truth }, self.commit(stage, Party::Attacker, sn)));
            }
        }
        for (index, filed) in self.claims.iter().enumerate() {
            if filed.party == Party::Attacker {
                next.push((Step::Reveal(index), self.reveal(stage, index)));
            }
        }
    }

    /// New disputes on claims of anybody.
    fn dispute(&self, stage: &Stage, bounds: Bounds, next: &mut Vec<(Step, Option<Self>)>) {
        for (on, Filed { party, slot, .. }) in self.claims.iter().enumerate() {
            let own = |suit: &&Suit| suit.on == on && suit.party == Party::Attacker;
            let count = self.suits.iter().filter(own).count();
            if slot.status != ClaimStatus::Open || count >= bounds.suits {
                continue;
            }
            let plain = *party == Party::Attacker;
            let all = posts(stage, Phase::Large, (0, 0), stage.n, plain);
            for (index, post) in all.iter().enumerate() {
                let state = self.open(stage, on, Party::Attacker, &post.encode());
                next.push((Step::Open { on, post: index }, state));
            }
        }
    }

    /// Moves, evaluations and calls of clocks in one dispute.
    fn attack(&self, stage: &Stage, suit: usize, next: &mut Vec<(Step, Option<Self>)>) {
        let Suit { on, party, slot, line, .. } = &self.suits[suit];
        let Filed { party: submitter, slot: claim, .. } = &self.claims[*on];
        let live = matches!(slot, DisputeSlot::Live(_));
        if claim.status != ClaimStatus::Open || !live {
            return;
        }
        next.push((Step::Timeout(suit), self.timeout(stage, suit)));
        let own_turn = self.mover(suit) == Party::Attacker;
        let plain = *submitter == Party::Attacker && *party == Party::Attacker;
        let tree = line.tree(stage.terms());
        for pick in 1..=line.entry_count() {
            let (start, end) = (line.before(pick).unwrap(), line.entries[pick as usize - 1]);
            let siblings = tree.proof(pick).unwrap();
            let steps = line.part_steps(pick);
            let evaluated = steps <= u64::from(stage.terms().guest.max_evaluated);
            if line.position.phase == Phase::Small && evaluated {
                let witness = start.to_vec();
                let body = EvaluateBody { end, siblings, witness }.encode();
                for by_mover in [true, false] {
                    if own_turn || !by_mover {
                        let state = self.evaluate(stage, suit, by_mover, pick, &body);
                        next.push((Step::Evaluate { suit, pick, by_mover }, state));
                    }
                }
                continue;
            }
            if !own_turn {
                continue;
            }
            let before = cut::cut(line.position.steps, line.entry_count(), pick - 1);
            let at = match line.position.phase {
                Phase::Large => (line.large + before, 0),
                Phase::Small => (line.large, line.small + before),
            };
            let all = posts(stage, line.position.phase, at, steps, plain);
            for (index, post) in all.into_iter().enumerate() {
                let body = MoveBody { start, end, siblings: siblings.clone(), post }.encode();
                let state = self.play(stage, suit, pick, &body);
                next.push((Step::Move { suit, pick, post: index }, state));
            }
        }
    }
}
