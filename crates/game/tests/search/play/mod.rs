//! The honest `Prover` against every adversary, over the rules.

mod strangers;

use std::collections::HashSet;

use alloy_primitives::{Address, B256, U256};
use opml_game::rules::{Call, Docket};
use opml_game::{
    Action, Claim, ClaimSlot, ClaimStatus, Court, DisputeKey, DisputeSlot, Line, MoveBody, Phase,
    Post, Profile, Prover, Refusal, Ruling, Side, Terms, Tick, cut,
};

use crate::adversary::Alphabet;
use crate::common::Posted;
use crate::world::{Table, World};

pub(crate) const SUBMITTER: Address = Address::repeat_byte(0x51);
pub(crate) const CHALLENGER: Address = Address::repeat_byte(0xc4);
const STRANGER: Address = Address::repeat_byte(0x57);
const NOW: Tick = Tick { time: 1_000_000, block: 5_000 };
const CLOCK: u32 = 100;

/// Whose evaluation decides what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Evaluation {
    /// As the rules say.
    Decisive,
    /// As the design said at first: any evaluation decides, whoever picked (docs/decisions/0001).
    Literal,
}

/// A line of play that the honest side loses, from its end to its beginning.
pub(crate) type Loss = Vec<String>;

/// One claim, one honest side, and all that the other one and strangers can do.
pub(crate) struct Game<'a> {
    world: &'a World,
    court: Court<Table>,
    claim: Claim,
    honest: Side,
    alphabet: Alphabet,
    evaluation: Evaluation,
    seen: HashSet<U256>,
    /// Accepted and refused calls of the adversary.
    pub(crate) tried: (u64, u64),
    /// Most lists in one line of play.
    pub(crate) lists: u16,
}

fn ceil_log(k: u64, n: u64) -> u32 {
    (0..).find(|&e| k.pow(e) >= n).unwrap()
}

impl<'a> Game<'a> {
    pub(crate) fn new(
        world: &'a World,
        arity_bits: u8,
        (n, sn): (u64, B256),
        honest: Side,
        alphabet: Alphabet,
        evaluation: Evaluation,
    ) -> Self {
        let profile = Profile {
            window: 1_000,
            clock: CLOCK,
            increment: 0,
            seconds_per_block: 12,
            arity_bits,
            stake_gwei: 7,
            bond_gwei: 0,
            answer_window: 0,
        };
        let court = Court::new(vec![profile], vec![(world.guest, world.table.clone())]);
        let claim = Claim {
            request_id: B256::repeat_byte(1),
            round: 0,
            guest: 0,
            profile: 0,
            submitter: SUBMITTER,
            s0: world.state(0),
            n,
            sn,
            outcome: 1,
            output_hash: B256::ZERO,
        };
        Self {
            world,
            court,
            claim,
            honest,
            alphabet,
            evaluation,
            seen: HashSet::new(),
            tried: (0, 0),
            lists: 0,
        }
    }

    fn terms(&self) -> (Profile, opml_game::GuestVersion) {
        (self.court.profiles[0], self.court.guests[0].0)
    }

    fn key(&self) -> DisputeKey {
        DisputeKey { claim_id: self.claim.id(), challenger: CHALLENGER, nonce: 0 }
    }

    /// Positions searched.
    pub(crate) fn positions(&self) -> usize {
        self.seen.len()
    }

    /// Plays everything; the error is a loss of the honest side.
    pub(crate) fn search(&mut self) -> Result<(), Loss> {
        let (profile, guest) = self.terms();
        let terms = Terms { profile: &profile, guest: &guest };
        let claim = ClaimSlot {
            submitter: SUBMITTER,
            time: NOW.time,
            block: NOW.block,
            live: 0,
            status: ClaimStatus::Open,
        };
        let docket = Docket { claim, dispute: DisputeSlot::None };
        let (phase, steps) = (Phase::Large, self.claim.n);
        if self.honest == Side::Challenger {
            match Prover::new(self.world).open(terms, &self.claim).unwrap() {
                Action::Open { body } => {
                    self.open(terms, &docket, &body).map_err(|loss| loss.unwrap())
                }
                other => Err(vec![format!(
                    "an honest challenger does not dispute a false claim: {other:?}"
                )]),
            }
        } else {
            for post in self.alphabet.posts(self.world, terms, phase, (0, 0), steps) {
                match self.open(terms, &docket, &post.encode()) {
                    Ok(()) => self.tried.0 += 1,
                    Err(None) => self.tried.1 += 1,
                    Err(Some(loss)) => return Err(loss),
                }
            }
            Ok(())
        }
    }

    /// Opens the dispute; `Err(None)` when the rules refuse it.
    fn open(&mut self, terms: Terms<'_>, docket: &Docket, body: &[u8]) -> Result<(), Option<Loss>> {
        let call = Call { now: NOW, caller: CHALLENGER, value: U256::ZERO, balance: U256::ZERO };
        let ruling = match self.court.open(&call, docket, &self.claim, 0, body) {
            Ok(ruling) => ruling,
            Err(refusal) if self.honest == Side::Challenger => {
                return Err(Some(vec![format!("honest open refused: {refusal}")]));
            }
            Err(_) => return Err(None),
        };
        let word = ruling.position.unwrap().pack();
        let event = Posted::new(word, body, 0, self.claim.n == 1);
        let line = Line::opened(terms, &self.claim, event.opened()).unwrap();
        self.explore(terms, ruling.docket, &line).map_err(|mut loss| {
            loss.push(format!("open over {} steps", self.claim.n));
            Some(loss)
        })
    }

    /// Tries everything from a position in which the dispute is live.
    fn explore(&mut self, terms: Terms<'_>, docket: Docket, line: &Line) -> Result<(), Loss> {
        if !self.seen.insert(docket.dispute.pack()) {
            return Ok(());
        }
        self.lists = self.lists.max(line.position.lists);
        self.clocks(terms, &docket, line)?;
        self.evaluations(terms, &docket, line)?;
        if line.position.mover == self.honest {
            self.answer(terms, &docket, line)
        } else {
            self.attack(terms, &docket, line)
        }
    }

    /// The honest side's turn.
    fn answer(&mut self, terms: Terms<'_>, docket: &Docket, line: &Line) -> Result<(), Loss> {
        let action = Prover::new(self.world).answer(terms, self.honest, line).unwrap();
        let call = self.call(self.honest);
        let (key, word) = (self.key(), line.position.pack());
        let ruling = match &action {
            Action::Move { pick, body } => {
                let pick = U256::from(*pick);
                let ruling = self.court.play(&call, docket, &key, word, pick, body);
                let next = self.moved(terms, line, pick, body, &ruling, "honest move")?;
                return self.explore(terms, next.0, &next.1);
            }
            Action::Evaluate { pick, body } => {
                self.court.evaluate(&call, docket, &key, word, U256::from(*pick), body)
            }
            Action::EvaluateFault { pick, body } => {
                self.court.evaluate_fault(&call, docket, &key, word, U256::from(*pick), body)
            }
            other => return Err(vec![format!("honest side is stuck with {other:?} at {line:?}")]),
        };
        match ruling.as_ref().map(Ruling::decision) {
            Ok(Some(decision)) if decision.winner == self.honest => Ok(()),
            _ => Err(vec![format!("honest evaluation gives {ruling:?}")]),
        }
    }

    /// The adversary's turn: every pick with every post.
    fn attack(&mut self, terms: Terms<'_>, docket: &Docket, line: &Line) -> Result<(), Loss> {
        let call = self.call(self.honest.other());
        let (key, word, tree) = (self.key(), line.position.pack(), line.tree(terms));
        for pick in 1..=line.entry_count() {
            let before = cut::cut(line.position.steps, line.entry_count(), pick - 1);
            let at = match line.position.phase {
                Phase::Large => (line.large + before, 0),
                Phase::Small => (line.large, line.small + before),
            };
            let start = line.before(pick).unwrap();
            if start == opml_game::seam::FAULT {
                let siblings = tree.proof(pick).unwrap();
                let end = line.entries[pick as usize - 1];
                let body = MoveBody { start, end, siblings, post: Post::List(Vec::new()) }.encode();
                let ruling = self.court.play(&call, docket, &key, word, U256::from(pick), &body);
                assert!(matches!(ruling, Err(Refusal::MustEvaluate(_))), "{ruling:?}");
                continue;
            }
            for post in self.alphabet.posts(
                self.world,
                terms,
                line.position.phase,
                at,
                line.part_steps(pick),
            ) {
                let siblings = tree.proof(pick).unwrap();
                let body = MoveBody { start, end: line.entries[pick as usize - 1], siblings, post }
                    .encode();
                let ruling = self.court.play(&call, docket, &key, word, U256::from(pick), &body);
                if ruling.is_err() {
                    self.tried.1 += 1;
                    continue;
                }
                self.tried.0 += 1;
                let next =
                    self.moved(terms, line, U256::from(pick), &body, &ruling, "adversary's move")?;
                self.explore(terms, next.0, &next.1).map_err(|mut loss| {
                    loss.push(format!(
                        "pick {pick} of {} steps in {:?}",
                        line.position.steps, line.position.phase
                    ));
                    loss
                })?;
            }
        }
        Ok(())
    }

    /// The line after an accepted move; checks that the move made progress.
    fn moved(
        &self,
        terms: Terms<'_>,
        line: &Line,
        pick: U256,
        body: &[u8],
        ruling: &Result<Ruling, Refusal>,
        what: &str,
    ) -> Result<(Docket, Line), Loss> {
        let ruling =
            ruling.as_ref().map_err(|refusal| vec![format!("{what} refused: {refusal}")])?;
        let part = line.part_steps(pick.to());
        let opens = line.position.phase == Phase::Large && part == 1;
        let at = 32 * (2 + usize::from(terms.profile.arity_bits));
        let event = Posted::new(ruling.position.unwrap().pack(), body, at, opens);
        let next = line
            .moved(terms, event.moved(pick, body))
            .map_err(|error| vec![format!("{what} {pick}: {error}")])?;
        let (k, now, then) = (terms.profile.arity(), next.position, line.position);
        let progress = if opens {
            now.phase == Phase::Small
        } else {
            now.phase == then.phase
                && now.steps < then.steps
                && ceil_log(k, now.steps) < ceil_log(k, then.steps)
        };
        if progress {
            Ok((ruling.docket, next))
        } else {
            Err(vec![format!("{what}: {then:?} to {now:?}")])
        }
    }

    fn call(&self, side: Side) -> Call {
        let caller = if side == Side::Submitter { SUBMITTER } else { CHALLENGER };
        Call {
            now: Tick { time: NOW.time, block: NOW.block },
            caller,
            value: U256::ZERO,
            balance: U256::ZERO,
        }
    }

    /// The published bound on lists in one dispute over this claim.
    pub(crate) fn bound(&self) -> u32 {
        let (profile, guest) = self.terms();
        let small = ceil_log(profile.arity(), guest.max_steps()).max(1);
        ceil_log(profile.arity(), self.claim.n) + small
    }
}
