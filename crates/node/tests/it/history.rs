//! Random histories of the contract: events that an honest contract could emit, in an order in which it could emit them.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use opml_contracts::{IOpMLTypes, OpML, OpML::OpMLEvents as Event};
use opml_game::{Claim as Promise, End, Fate, Phase, Position, Refund, Side};
use opml_node::{
    plan::Answer,
    source::Block,
    view::{
        Claim, ClaimStatus, Commitment, Dispute, Head, Outcome, Request, RequestStatus, Rows, View,
        apply, scan,
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
        match self.rng.random_range(0..14) {
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
            _ => Some(self.money()),
        }
        .unwrap_or_else(|| self.requested())
    }

    fn all<R: opml_node::view::Typed>(&self, kind: u8) -> Vec<R> {
        scan::<R>(&self.state, kind).unwrap().into_iter().map(|(_, record)| record).collect()
    }

    fn requested(&mut self) -> Event {
        let id = B256::from(self.rng.random::<[u8; 32]>());
        let input = Bytes::from(vec![self.rng.random_range(0..4u8)]);
        let request = IOpMLTypes::Request {
            requester: self.some_account(),
            nonce: self.rng.random(),
            model: MODEL,
            guest: 0,
            profile: 0,
            inputHash: keccak256(&input),
            callback: Address::ZERO,
            gasLimit: 0,
            dataHash: keccak256([]),
        };
        let deadline = (self.head().time + self.rng.random_range(0..200u64)) as u32;
        Event::Requested(OpML::Requested {
            requestId: id,
            model: MODEL,
            request,
            fee: U256::from(self.rng.random_range(0..5u64)),
            deadline,
            input,
            data: Bytes::new(),
        })
    }

    /// A commitment to the truth or to one of a few lies; nobody commits to the same twice.
    fn committed(&mut self, requests: &[Request], commitments: &[Commitment]) -> Option<Event> {
        let open: Vec<_> = requests.iter().filter(|r| r.status == RequestStatus::Open).collect();
        let request = open.choose(&mut self.rng)?;
        let submitter = self.some_account();
        let claim = self.promised(request, request.round, submitter);
        let id = claim.id();
        let new = commitments.iter().all(|commitment| commitment.id != id);
        new.then(|| {
            Event::Committed(OpML::Committed {
                claimId: id,
                requestId: request.id,
                submitter,
                round: request.round,
                profile: 0,
            })
        })
    }

    fn promised(&mut self, request: &Request, round: u32, submitter: Address) -> Promise {
        let sn = B256::repeat_byte(self.rng.random_range(2..4));
        Answer { sn, ..answer() }.claim(request, round, submitter)
    }

    /// The reveal of a commitment.
    fn claimed(&mut self, requests: &[Request], commitments: &[Commitment]) -> Option<Event> {
        let commitment = commitments.choose(&mut self.rng)?;
        let request = requests.iter().find(|request| request.id == commitment.request)?;
        if request.status != RequestStatus::Open || request.round != commitment.round {
            return self.committed(requests, commitments);
        }
        let truth = answer().claim(request, request.round, commitment.submitter);
        let lie = Promise { sn: B256::repeat_byte(3), ..truth.clone() };
        let claim = if truth.id() == commitment.id { truth } else { lie };
        Some(revealed(&claim))
    }

    fn taken_back(&mut self, commitments: &[Commitment], claims: &[Claim]) -> Option<Event> {
        let unrevealed: Vec<_> = commitments
            .iter()
            .filter(|commitment| claims.iter().all(|claim| claim.id != commitment.id))
            .collect();
        let commitment = unrevealed.choose(&mut self.rng)?;
        Some(Event::TakenBack(OpML::TakenBack {
            claimId: commitment.id,
            requestId: commitment.request,
        }))
    }

    fn opened(&mut self, claim: &Claim) -> Event {
        let steps = claim.n;
        let position = self.position(Phase::Large, steps, Side::Submitter, 1);
        Event::Opened(OpML::Opened {
            disputeId: B256::from(self.rng.random::<[u8; 32]>()),
            claimId: claim.id,
            challenger: self.some_account(),
            nonce: self.rng.random_range(0..3),
            position,
            opening: Bytes::new(),
            list: self.list(steps.min(4)),
        })
    }

    /// A move; the lists of phase 1 only, which is enough for everything but the prover.
    fn moved(&mut self, dispute: &Dispute) -> Event {
        let last = dispute.position().unwrap();
        let (mover, lists) = (last.mover.other(), last.lists + 1);
        let position = self.position(Phase::Large, last.steps.div_ceil(4), mover, lists);
        Event::Moved(OpML::Moved {
            disputeId: dispute.id,
            claimId: dispute.claim,
            position,
            pick: U256::from(1),
            start: B256::repeat_byte(1),
            end: B256::repeat_byte(9),
            opening: Bytes::new(),
            list: self.list(4),
        })
    }

    fn position(&mut self, phase: Phase, steps: u64, mover: Side, lists: u16) -> U256 {
        let head = self.head();
        let position = Position {
            steps,
            time: head.time as u32,
            block: head.number as u32,
            submitter_budget: self.rng.random_range(0..100),
            challenger_budget: self.rng.random_range(0..100),
            lists,
            bond_index: 0,
            phase,
            mover,
            max_evaluated: 4,
            profile: 0,
            guest: 0,
        };
        position.pack()
    }

    fn list(&mut self, entries: u64) -> Bytes {
        (0..entries).flat_map(|_| self.rng.random::<[u8; 32]>()).collect()
    }

    fn decided(&mut self, dispute: &Dispute) -> Event {
        Event::Decided(OpML::Decided {
            disputeId: dispute.id,
            claimId: dispute.claim,
            winner: self.rng.random_range(1..=2),
            byProof: self.rng.random(),
            caller: self.some_account(),
        })
    }

    fn refunded(&mut self, requests: &[Request]) -> Option<Event> {
        let now = self.head().time;
        let late = |r: &&Request| {
            r.status == RequestStatus::Open && now > u64::from(r.deadline) + u64::from(CLOCK)
        };
        let late: Vec<&Request> = requests.iter().filter(late).collect();
        let request = late.choose(&mut self.rng)?;
        Some(Event::Refunded(OpML::Refunded {
            requestId: request.id,
            requester: request.requester,
            amount: request.fee,
        }))
    }

    /// A request that nobody will answer, a claim on it that ends in `sn`, and the dispute that timed it out.
    pub(crate) fn timed_out(
        &mut self,
        sn: B256,
        submitter: Address,
        challenger: Address,
    ) -> (Request, Claim, Dispute) {
        let (request, claim, dispute) = self.disputed(sn, submitter, challenger);
        self.push(vec![Event::Decided(OpML::Decided {
            disputeId: dispute.id,
            claimId: claim.id,
            winner: 2,
            byProof: false,
            caller: challenger,
        })]);
        (request, self.record(claim.id), self.record(dispute.id))
    }

    /// A new request, and a commitment to the truth about it.
    pub(crate) fn committed_to(&mut self, submitter: Address) -> Commitment {
        let asked = self.requested();
        let Event::Requested(e) = &asked else { unreachable!("{asked:?}") };
        let id = e.requestId;
        self.push(vec![asked]);
        let request: Request = self.record(id);
        let promise = answer().claim(&request, 0, submitter);
        self.push(vec![Event::Committed(OpML::Committed {
            claimId: promise.id(),
            requestId: id,
            submitter,
            round: 0,
            profile: 0,
        })]);
        self.record(promise.id())
    }

    /// A claim on a new request, and a dispute of it that has just begun.
    pub(crate) fn disputed(
        &mut self,
        sn: B256,
        submitter: Address,
        challenger: Address,
    ) -> (Request, Claim, Dispute) {
        let asked = self.requested();
        let Event::Requested(e) = &asked else { unreachable!("{asked:?}") };
        let id = e.requestId;
        self.push(vec![asked]);
        let claim = self.answer(id, sn, submitter);
        let Event::Opened(opened) = self.opened(&claim) else { unreachable!() };
        let fresh = Position {
            submitter_budget: CLOCK,
            challenger_budget: CLOCK,
            ..Position::unpack(opened.position).unwrap()
        };
        let opened = OpML::Opened { challenger, position: fresh.pack(), ..opened };
        let dispute = opened.disputeId;
        self.push(vec![Event::Opened(opened)]);
        (self.record(id), self.record(claim.id), self.record(dispute))
    }

    /// A claim on a request that is open.
    pub(crate) fn answer(&mut self, request: B256, sn: B256, submitter: Address) -> Claim {
        let request: Request = self.record(request);
        let promise = Answer { sn, ..answer() }.claim(&request, request.round, submitter);
        let committed = OpML::Committed {
            claimId: promise.id(),
            requestId: request.id,
            submitter,
            round: request.round,
            profile: 0,
        };
        self.push(vec![Event::Committed(committed), revealed(&promise)]);
        self.record(promise.id())
    }

    pub(crate) fn record<R: opml_node::view::Typed<Id = B256>>(&self, id: B256) -> R {
        opml_node::view::load(&self.state, id).unwrap().unwrap()
    }

    /// What the final claim of a request says about one that was timed out.
    fn judged(&mut self, requests: &[Request], claims: &[Claim]) -> Option<Event> {
        let last = |claim: &Claim| {
            let request = requests.iter().find(|request| request.id == claim.request)?;
            let last = claims.iter().find(|last| Some(&last.id) == request.claims.last())?;
            (last.status == ClaimStatus::Final).then_some(last)
        };
        let late: Vec<(&Claim, &Claim)> = claims
            .iter()
            .filter(|claim| claim.status == ClaimStatus::TimedOut)
            .filter_map(|claim| Some((claim, last(claim)?)))
            .collect();
        let (claim, last) = late.choose(&mut self.rng)?;
        Some(Event::Judged(OpML::Judged {
            claimId: claim.id,
            requestId: claim.request,
            right: claim.sn == last.sn,
        }))
    }

    fn reopened(
        &mut self,
        requests: &[Request],
        claims: &[Claim],
        disputes: &[Dispute],
    ) -> Option<Event> {
        let stalled: Vec<&Dispute> = disputes
            .iter()
            .filter(|d| {
                let claim = claims.iter().find(|claim| claim.id == d.claim);
                let request = requests.iter().find(|r| r.claims.last() == Some(&d.claim));
                d.verdict.is_some_and(|verdict| verdict.challenger_won)
                    && claim.is_some_and(|claim| claim.status != ClaimStatus::Open)
                    && request.is_some_and(|r| r.status == RequestStatus::Claimed)
            })
            .collect();
        let dispute = stalled.choose(&mut self.rng)?;
        let claim = claims.iter().find(|claim| claim.id == dispute.claim)?;
        let deadline = requests.iter().find(|request| request.id == claim.request)?.deadline;
        Some(Event::ClaimRejected(OpML::ClaimRejected {
            claimId: claim.id,
            requestId: claim.request,
            disputeId: dispute.id,
            deadline: deadline.max(self.head().time as u32 + CLOCK),
        }))
    }

    fn collected(
        &mut self,
        requests: &[Request],
        claims: &[Claim],
        disputes: &[Dispute],
    ) -> Option<Event> {
        let over = disputes.iter().filter(|d| {
            let Some(claim) = claims.iter().find(|claim| claim.id == d.claim) else { return false };
            let request = requests.iter().find(|request| request.id == claim.request);
            let refund = request.map_or(Refund::None, |r| r.status.refund());
            let end = End::of(claim.status.to_game(), refund);
            let fate = match d.verdict {
                Some(verdict) => Fate::decided(verdict.winner(), verdict.by_proof, end),
                None => Fate::unfinished(end),
            };
            !d.collected && fate.is_some()
        });
        let over: Vec<&Dispute> = over.collect();
        let dispute = over.choose(&mut self.rng)?;
        let collected = OpML::Collected { disputeId: dispute.id, claimId: dispute.claim };
        Some(Event::Collected(collected))
    }

    fn finalised(&mut self, open: &[&Claim], live: &[&Dispute]) -> Option<Event> {
        let quiet: Vec<_> = open.iter().filter(|c| live.iter().all(|d| d.claim != c.id)).collect();
        let claim = quiet.choose(&mut self.rng)?;
        Some(Event::Finalised(OpML::Finalised {
            requestId: claim.request,
            claimId: claim.id,
            outcome: 1,
            output: Bytes::from_static(&[7]),
        }))
    }

    fn money(&mut self) -> Event {
        let (account, amount) = (self.some_account(), U256::from(self.rng.random_range(1..9u64)));
        if self.rng.random() {
            Event::Credited(OpML::Credited { account, amount })
        } else {
            Event::Withdrawn(OpML::Withdrawn { account, to: account, amount })
        }
    }
}

/// Keys and values of a state, in order.
pub(crate) fn rows(state: &impl Rows) -> Vec<(Vec<u8>, Vec<u8>)> {
    state.range(&[]).unwrap()
}

/// The reveal of a claim.
fn revealed(claim: &Promise) -> Event {
    Event::Claimed(OpML::Claimed {
        claimId: claim.id(),
        requestId: claim.request_id,
        claim: IOpMLTypes::Claim {
            requestId: claim.request_id,
            round: claim.round,
            guest: claim.guest,
            profile: claim.profile,
            submitter: claim.submitter,
            s0: claim.s0,
            n: claim.n,
            sn: claim.sn,
            outcome: claim.outcome,
            outputHash: claim.output_hash,
        },
        runRoot: B256::ZERO,
        output: answer().output,
    })
}
