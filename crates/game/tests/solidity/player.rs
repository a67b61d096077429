//! A player that plays at random: mostly by the rules, often not.

use std::collections::HashMap;

use alloy_primitives::{Address, B256, U256};
use opml_fpvm::{Cpu, PACKED_BYTES};
use opml_game::seam::FAULT;
use opml_game::{
    DisputeKey, EvaluateBody, FinalState, Line, MoveBody, Opening, Phase, Post, Side, Terms, cut,
};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::toy;

/// One call on a dispute.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) caller: Address,
    pub(crate) key: DisputeKey,
    pub(crate) position: U256,
    pub(crate) pick: U256,
    pub(crate) what: What,
}

#[derive(Debug, Clone)]
pub(crate) enum What {
    Move(Vec<u8>),
    Evaluate(Vec<u8>),
    EvaluateFault(Vec<u8>),
    Timeout(B256),
}

pub(crate) struct Player {
    pub(crate) rng: ChaCha8Rng,
    /// `p` of the toy states that were posted.
    known: HashMap<B256, B256>,
}

/// Longest part that the player computes rather than makes up.
const COMPUTED: u64 = 64;

impl Player {
    pub(crate) fn new(rng: ChaCha8Rng) -> Self {
        Self { rng, known: HashMap::new() }
    }

    pub(crate) fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    pub(crate) fn word(&mut self) -> B256 {
        self.rng.random::<[u8; 32]>().into()
    }

    /// The entry after `before`, `steps` later.
    fn entry(&mut self, before: B256, steps: u64, phase: Phase) -> B256 {
        let fault = if phase == Phase::Large { 15 } else { 1 };
        match self.rng.random_range(0..100) {
            roll if roll < fault => FAULT,
            roll if roll < 25 => self.word(),
            _ => {
                let p = match self.known.get(&before) {
                    Some(&p) if steps <= COMPUTED => toy::advance(p, steps),
                    _ => self.word(),
                };
                self.known.insert(toy::hash(p), p);
                toy::hash(p)
            }
        }
    }

    fn list(&mut self, terms: Terms<'_>, phase: Phase, start: B256, steps: u64) -> Vec<B256> {
        let p = terms.entries(phase, steps);
        let mut list = Vec::new();
        for j in 1..=p {
            let before = list.last().copied().unwrap_or(start);
            let entry = self.entry(before, cut::part(steps, p, j), phase);
            list.push(entry);
        }
        list
    }

    fn final_state(&mut self, end: B256) -> FinalState {
        match self.rng.random_range(0..6) {
            0 => FinalState::Running {
                packed: Box::new(Cpu { hi: 3, ..Cpu::start(64) }.pack(self.word())),
            },
            1 => {
                let mut packed = Box::new([0; PACKED_BYTES]);
                packed[0] = self.rng.random_range(0..3);
                packed[72] = self.rng.random_range(0..2);
                FinalState::Running { packed }
            }
            2 => FinalState::Failed { exit: self.rng.random_range(1..0x400), root: self.word() },
            3 => FinalState::Done { guest_half: self.word(), data_half: end },
            _ => FinalState::Done { guest_half: self.word(), data_half: self.word() },
        }
    }

    /// What to post against a segment.
    pub(crate) fn post(
        &mut self,
        terms: Terms<'_>,
        phase: Phase,
        start: B256,
        end: B256,
        steps: u64,
    ) -> Post {
        if phase == Phase::Large && steps == 1 {
            let max = terms.guest.max_steps();
            let steps = match self.rng.random_range(0..8) {
                0 => 0,
                1 => max + 1,
                2 | 3 => max,
                _ => self.rng.random_range(1..=max),
            };
            let opening = Opening { steps, end: self.final_state(end) };
            let mut list = self.list(terms, Phase::Small, B256::ZERO, steps.max(1));
            list.pop();
            return Post::Opening(opening, list);
        }
        let mut list = self.list(terms, phase, start, steps);
        if self.chance(5)
            && let Some(last) = list.last_mut()
        {
            *last = end;
        }
        Post::List(list)
    }

    /// A call that the player thinks of at this line.
    pub(crate) fn attempt(
        &mut self,
        terms: Terms<'_>,
        line: &Line,
        key: DisputeKey,
        submitter: Address,
    ) -> Attempt {
        let entries = line.entry_count();
        let pick = self.rng.random_range(1..=entries);
        let (start, end) = (line.before(pick).unwrap(), line.entries[pick as usize - 1]);
        let tree = line.tree(terms);
        let siblings = tree.proof(pick).unwrap();
        let steps = line.part_steps(pick);
        let phase = line.position.phase;
        let mover = if line.position.mover == Side::Submitter { submitter } else { key.challenger };
        let evaluated = phase == Phase::Small && steps <= u64::from(terms.guest.max_evaluated);
        let what = match self.rng.random_range(0..100) {
            roll if roll < 8 => What::Timeout(tree.root()),
            roll if roll < if start == FAULT { 60 } else { 12 } => {
                What::EvaluateFault(EvaluateBody { end, siblings, witness: Vec::new() }.encode())
            }
            roll if roll < if evaluated { 90 } else { 16 } => {
                let known = self.known.get(&start).copied();
                let mut witness = known.unwrap_or_else(|| B256::repeat_byte(roll as u8)).to_vec();
                if self.chance(5) {
                    witness.push(0);
                }
                What::Evaluate(EvaluateBody { end, siblings, witness }.encode())
            }
            _ => {
                let post = self.post(terms, phase, start, end, steps);
                What::Move(MoveBody { start, end, siblings, post }.encode())
            }
        };
        let mut attempt = Attempt {
            caller: mover,
            key,
            position: line.position.pack(),
            pick: U256::from(pick),
            what,
        };
        if self.chance(30) {
            self.spoil(&mut attempt, entries);
        }
        attempt
    }

    /// Makes one thing wrong, or at least other than planned.
    fn spoil(&mut self, attempt: &mut Attempt, entries: u64) {
        match self.rng.random_range(0..9) {
            0..=2 => attempt.caller = Address::repeat_byte(self.rng.random_range(0x51..0x54)),
            3 => {
                let picks = [
                    U256::ZERO,
                    U256::from(entries + 1),
                    U256::MAX,
                    U256::from(1),
                    U256::from(entries),
                ];
                attempt.pick = picks[self.rng.random_range(0..picks.len())];
            }
            4 => attempt.position ^= U256::ONE << self.rng.random_range(0..256usize),
            5 => attempt.key.nonce += 1,
            6 => attempt.key.challenger = Address::repeat_byte(0x54),
            _ => match &mut attempt.what {
                What::Move(body) | What::Evaluate(body) | What::EvaluateFault(body) => {
                    self.spoil_bytes(body)
                }
                What::Timeout(root) => root[31] ^= 1,
            },
        }
    }

    pub(crate) fn spoil_bytes(&mut self, body: &mut Vec<u8>) {
        match self.rng.random_range(0..4) {
            0 => body.truncate(self.rng.random_range(0..=body.len())),
            1 => body.truncate(body.len().saturating_sub(32)),
            2 => body.resize(body.len() + [1, 32][self.rng.random_range(0..2)], 0),
            _ if body.is_empty() => {}
            _ => {
                let at = self.rng.random_range(0..body.len());
                body[at] ^= 1 << self.rng.random_range(0..8);
            }
        }
    }
}
