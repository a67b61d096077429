//! What the contract could say next.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use opml_contracts::{IOpMLTypes, OpML, OpML::OpMLEvents as Event};
use opml_game::{Claim as Promise, End, Fate, Phase, Position, Refund, Side};
use opml_node::{
    plan::Answer,
    view::{Appointment, Claim, ClaimStatus, Commitment, Dispute, Request, RequestStatus, load},
};
use rand::{Rng, seq::IndexedRandom};

use super::{CLOCK, History, MODEL, answer};

impl History {
    pub(crate) fn requested(&mut self) -> Event {
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
    pub(super) fn committed(
        &mut self,
        requests: &[Request],
        commitments: &[Commitment],
    ) -> Option<Event> {
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

    pub(super) fn promised(
        &mut self,
        request: &Request,
        round: u32,
        submitter: Address,
    ) -> Promise {
        let sn = B256::repeat_byte(self.rng.random_range(2..4));
        Answer { sn, ..answer() }.claim(request, round, submitter)
    }

    /// The reveal of a commitment.
    pub(super) fn claimed(
        &mut self,
        requests: &[Request],
        commitments: &[Commitment],
    ) -> Option<Event> {
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

    pub(super) fn taken_back(
        &mut self,
        commitments: &[Commitment],
        claims: &[Claim],
    ) -> Option<Event> {
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

    pub(super) fn opened(&mut self, claim: &Claim) -> Event {
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
    pub(super) fn moved(&mut self, dispute: &Dispute) -> Event {
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

    pub(super) fn position(&mut self, phase: Phase, steps: u64, mover: Side, lists: u16) -> U256 {
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

    pub(super) fn list(&mut self, entries: u64) -> Bytes {
        (0..entries).flat_map(|_| self.rng.random::<[u8; 32]>()).collect()
    }

    pub(super) fn decided(&mut self, dispute: &Dispute) -> Event {
        Event::Decided(OpML::Decided {
            disputeId: dispute.id,
            claimId: dispute.claim,
            winner: self.rng.random_range(1..=2),
            byProof: self.rng.random(),
            caller: self.some_account(),
        })
    }

    pub(super) fn refunded(&mut self, requests: &[Request]) -> Option<Event> {
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
    pub(super) fn judged(&mut self, requests: &[Request], claims: &[Claim]) -> Option<Event> {
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

    pub(super) fn reopened(
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

    pub(super) fn collected(
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

    pub(super) fn finalised(&mut self, open: &[&Claim], live: &[&Dispute]) -> Option<Event> {
        let quiet: Vec<_> = open.iter().filter(|c| live.iter().all(|d| d.claim != c.id)).collect();
        let claim = quiet.choose(&mut self.rng)?;
        Some(Event::Finalised(OpML::Finalised {
            requestId: claim.request,
            claimId: claim.id,
            outcome: 1,
        }))
    }

    pub(super) fn money(&mut self) -> Event {
        let (account, amount) = (self.some_account(), U256::from(self.rng.random_range(1..9u64)));
        match self.rng.random_range(0..3) {
            0 => Event::Credited(OpML::Credited { account, amount }),
            1 => Event::Debited(OpML::Debited { account, amount }),
            _ => Event::Withdrawn(OpML::Withdrawn { account, to: account, amount }),
        }
    }

    /// A key becomes an operator, or is one no more: each once.
    pub(super) fn appointed(&mut self) -> Option<Event> {
        let (party, operator) = (self.some_account(), self.some_account());
        let appointment = load::<Appointment>(&self.state, (operator, party)).unwrap();
        match appointment.map(|appointment| appointment.until) {
            None => Some(Event::OperatorNamed(OpML::OperatorNamed { party, operator })),
            Some(None) => {
                Some(Event::OperatorDismissed(OpML::OperatorDismissed { party, operator }))
            }
            Some(Some(_)) => None,
        }
    }
}

/// The reveal of a claim.
fn revealed(claim: &Promise) -> Event {
    Event::Claimed(OpML::Claimed {
        claimId: claim.id(),
        requestId: claim.request_id,
        claim: claim.to_abi().unwrap(),
        runRoot: B256::ZERO,
        output: answer().output,
    })
}
