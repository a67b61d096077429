//! Random histories of the contract: events that an honest contract could emit, in an order in which it could emit them.

mod events;

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, keccak256};
use opml_contracts::{IOpMLTypes, OpML, OpML::OpMLEvents as Event};
use opml_node::{
    plan::Answer,
    source::Block,
    view::{
        Claim, ClaimStatus, Commitment, Dispute, Head, Outcome, Request, Rows, View, apply, scan,
    },
};
use rand::{Rng, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

/// Accounts that appear in histories.
pub(crate) const ACCOUNTS: u8 = 3;
/// The model that every request names.
pub(crate) const MODEL: B256 = B256::repeat_byte(0x11);
/// Root of the guest program.
pub(crate) const GUEST_ROOT: B256 = B256::repeat_byte(0x22);
/// Window of the profile.
pub(crate) const WINDOW: u32 = 100;
/// Each side's clock under it.
pub(crate) const CLOCK: u32 = 100;
/// Seconds from a commitment to its reveal.
pub(crate) const ANSWERS: u16 = 45;

pub(crate) const fn account(index: u8) -> Address {
    Address::repeat_byte(0xa0 + index)
}

/// What everybody commits to who tells the truth.
pub(crate) const fn answer() -> Answer {
    Answer {
        s0: B256::repeat_byte(1),
        n: 4000,
        outcome: Outcome::Done,
        run_root: B256::ZERO,
        sn: B256::repeat_byte(2),
        output: Bytes::from_static(&[7]),
    }
}

/// A chain under construction, with the view that its events lead to.
#[derive(Clone)]
pub(crate) struct History {
    pub(crate) state: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(crate) blocks: Vec<Block>,
    states: Vec<BTreeMap<Vec<u8>, Vec<u8>>>,
    rng: ChaCha8Rng,
}

impl History {
    /// A chain with one block that registers model, guest version and profile.
    pub(crate) fn new(seed: u64) -> Self {
        let mut history = Self {
            state: BTreeMap::new(),
            blocks: Vec::new(),
            states: Vec::new(),
            rng: ChaCha8Rng::seed_from_u64(seed),
        };
        let bounds = IOpMLTypes::ModelBounds {
            maxLargeSteps: 1 << 20,
            minInput: 0,
            maxInput: 9,
            maxOutput: 9,
        };
        let parameters = IOpMLTypes::Profile {
            window: WINDOW,
            clock: CLOCK,
            increment: 1,
            secondsPerBlock: 10,
            arityBits: 2,
            stakeGwei: 100,
            bondGwei: 10,
            answerWindow: ANSWERS,
        };
        history.push(vec![
            Event::ModelRegistered(OpML::ModelRegistered { model: MODEL, bounds }),
            Event::ProfileAdded(OpML::ProfileAdded { profile: 0, parameters }),
            Event::GuestVersionAdded(OpML::GuestVersionAdded {
                guest: 0,
                root: GUEST_ROOT,
                verifier: Address::ZERO,
                entry: 4096,
                maxStepsBits: 20,
                maxEvaluated: 4,
            }),
        ]);
        history
    }

    pub(crate) fn head(&self) -> Head {
        self.blocks.last().unwrap().head
    }

    pub(crate) fn view(&self, account: Address) -> View {
        View::read(&self.state, Some(self.head()), account).unwrap()
    }

    /// A block with the given events.
    pub(crate) fn push(&mut self, events: Vec<Event>) {
        let parent = self.blocks.last().map(|block| block.head);
        let salt: u64 = self.rng.random();
        let head = Head {
            number: parent.map_or(1, |parent| parent.number + 1),
            hash: keccak256(salt.to_be_bytes()),
            time: parent.map_or(1_000, |parent| parent.time) + self.rng.random_range(1..30),
        };
        let parent = parent.map_or(B256::ZERO, |parent| parent.hash);
        for event in &events {
            apply(&mut self.state, head, event).unwrap();
        }
        self.blocks.push(Block { head, parent, events });
        self.states.push(self.state.clone());
    }

    /// A block with up to four random events.
    pub(crate) fn grow(&mut self) {
        let count = self.rng.random_range(0..=4);
        let mut draft = self.clone();
        let mut events = Vec::new();
        for _ in 0..count {
            let event = draft.event();
            let head = draft.head();
            apply(&mut draft.state, head, &event).unwrap();
            events.push(event);
        }
        self.rng = draft.rng;
        self.push(events);
    }

    /// Takes away up to `depth` blocks; gives the newest that stays.
    pub(crate) fn shrink(&mut self, depth: usize) -> Head {
        let keep = self.blocks.len().saturating_sub(depth).max(1);
        self.blocks.truncate(keep);
        self.states.truncate(keep);
        self.state = self.states.last().unwrap().clone();
        self.head()
    }

    fn some_account(&mut self) -> Address {
        account(self.rng.random_range(0..ACCOUNTS))
    }

    /// An event that the contract could emit next.
    fn event(&mut self) -> Event {
        let requests: Vec<Request> = self.all(b'r');
        let claims: Vec<Claim> = self.all(b'c');
        let disputes: Vec<Dispute> = self.all(b'd');
        let open: Vec<&Claim> = claims.iter().filter(|c| c.status == ClaimStatus::Open).collect();
        let live: Vec<&Dispute> = disputes
            .iter()
            .filter(|d| d.verdict.is_none() && open.iter().any(|c| c.id == d.claim))
            .collect();
        let commitments: Vec<Commitment> = self.all(b'k');
        match self.rng.random_range(0..15) {
            12 => self.judged(&requests, &claims),
            13 => self.refunded(&requests),
            0 | 1 => self.claimed(&requests, &commitments),
            10 => self.committed(&requests, &commitments),
            11 => self.taken_back(&commitments, &claims),
            2 | 3 => open.choose(&mut self.rng).copied().cloned().map(|claim| self.opened(&claim)),
            4 | 5 => live.choose(&mut self.rng).copied().cloned().map(|d| self.moved(&d)),
            6 => live.choose(&mut self.rng).copied().cloned().map(|d| self.decided(&d)),
            7 => self
                .reopened(&requests, &claims, &disputes)
                .or_else(|| self.collected(&requests, &claims, &disputes)),
            8 => self.finalised(&open, &live),
            9 => self.appointed(),
            _ => Some(self.money()),
        }
        .unwrap_or_else(|| self.requested())
    }

    fn all<R: opml_node::view::Typed>(&self, kind: u8) -> Vec<R> {
        scan::<R>(&self.state, kind).unwrap().into_iter().map(|(_, record)| record).collect()
    }
}

/// Keys and values of a state, in order.
pub(crate) fn rows(state: &impl Rows) -> Vec<(Vec<u8>, Vec<u8>)> {
    state.range(&[]).unwrap()
}
