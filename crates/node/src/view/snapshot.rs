//! The part of the view that a decision can depend on: live requests with their last claim, running disputes, terms and money.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, U256};
use opml_game::{End, Fate};

use super::{
    Appointment, Claim, ClaimStatus, Commitment, Credit, Dispute, GuestVersion, Head, Model,
    Profile, Records, Request, RequestStatus, Rows, StateError, load, scan,
};

/// A request that takes no more claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The request.
    pub request: Request,
    /// The claim that is final; `None` if the fee went back.
    pub last: Option<Claim>,
}

/// A dispute that is over, and what decides about its money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// The dispute.
    pub dispute: Dispute,
    /// The claim that was disputed.
    pub claim: Claim,
    /// Status of the request.
    pub request: RequestStatus,
    /// Challenger of the dispute that ended the claim, if one did.
    pub winner: Option<Address>,
}

impl Owed {
    /// The end of the claim.
    pub const fn end(&self) -> End {
        End::of(self.claim.status.to_game(), self.request.refund())
    }

    /// What becomes of the money if the claim ends like this; `None`: it waits.
    pub const fn fate(&self, end: End) -> Option<Fate> {
        match self.dispute.verdict {
            Some(verdict) => Fate::decided(verdict.winner(), verdict.by_proof, end),
            None => Fate::unfinished(end),
        }
    }

    /// Whether a fate pays the account.
    pub fn pays(&self, fate: Fate, account: Address) -> bool {
        match fate {
            Fate::Forfeited => self.claim.submitter == account,
            Fate::Returned | Fate::Won => self.dispute.challenger == account,
            Fate::Undone => self.dispute.challenger == account || self.claim.submitter == account,
            Fate::Shared => self.dispute.challenger == account || self.winner == Some(account),
        }
    }
}

/// Everything that can still change, as of one block.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct View {
    /// The newest block; `None` before the first one.
    pub head: Option<Head>,
    /// Requests that are open or claimed.
    pub requests: BTreeMap<B256, Request>,
    /// Open claims.
    pub claims: BTreeMap<B256, Claim>,
    /// Disputes of open claims, decided ones too.
    pub disputes: BTreeMap<B256, Dispute>,
    /// Commitments of the account of this view that hold its stake.
    pub commitments: BTreeMap<B256, Commitment>,
    /// The requests of those commitments that have ended.
    pub ended: BTreeMap<B256, Ended>,
    /// Disputes that are over and may owe the account of this view money.
    pub owed: BTreeMap<B256, Owed>,
    /// Claims that were timed out and wait to be judged, for the account too, with the final claims of their requests.
    pub unjudged: BTreeMap<B256, B256>,
    /// Requests that stay claimed although their claim was rejected, until somebody collects the dispute that did it.
    pub stalled: BTreeMap<B256, Dispute>,
    /// Live requests on which the account of this view lost a claim by proof.
    pub refuted: BTreeSet<B256>,
    /// Profiles by number.
    pub profiles: BTreeMap<u8, Profile>,
    /// Guest versions by number.
    pub guests: BTreeMap<u8, GuestVersion>,
    /// Bounds of the models that live requests use.
    pub models: BTreeMap<B256, Model>,
    /// What the account of this view can withdraw, in wei.
    pub credit: U256,
    /// Parties that have named the account of this view their operator.
    pub appointments: BTreeMap<Address, Appointment>,
}

impl View {
    /// Reads the view of one account.
    ///
    /// # Errors
    /// If the storage fails or a record does not decode.
    pub fn read(
        state: &(impl Rows + ?Sized),
        head: Option<Head>,
        account: Address,
    ) -> Result<Self, StateError> {
        let mut view = Self { head, ..Self::default() };
        for (number, profile) in scan::<Profile>(state, b'p')? {
            view.profiles.insert(number[0], profile);
        }
        for (number, guest) in scan::<GuestVersion>(state, b'g')? {
            view.guests.insert(number[0], guest);
        }
        for (key, _) in state.range(b"l")? {
            if let Some(request) = load::<Request>(state, B256::from_slice(&key[1..]))? {
                view.add_request(state, request, account)?;
            }
        }
        let prefix = [b"h", account.as_slice()].concat();
        for (key, _) in state.range(&prefix)? {
            let id = B256::from_slice(&key[prefix.len()..]);
            if let Some(commitment) = load::<Commitment>(state, id)? {
                view.add_commitment(state, commitment)?;
            }
        }
        let prefix = [b"o", account.as_slice()].concat();
        for (key, _) in state.range(&prefix)? {
            view.add_owed(state, B256::from_slice(&key[prefix.len()..]))?;
        }
        let prefix = [b"u", account.as_slice()].concat();
        for (key, _) in state.range(&prefix)? {
            let id = B256::from_slice(&key[prefix.len()..]);
            let Some(claim) = load::<Claim>(state, id)? else { continue };
            let request = load::<Request>(state, claim.request)?;
            if let Some(&last) = request.as_ref().and_then(|request| request.claims.last()) {
                view.unjudged.insert(id, last);
            }
        }
        let prefix = [b"a", account.as_slice()].concat();
        for (key, _) in state.range(&prefix)? {
            let party = Address::from_slice(&key[prefix.len()..]);
            if let Some(appointment) = load::<Appointment>(state, (account, party))? {
                view.appointments.insert(party, appointment);
            }
        }
        view.credit = load::<Credit>(state, account)?.map(|credit| credit.0).unwrap_or_default();
        Ok(view)
    }

    fn add_owed(&mut self, state: &(impl Records + ?Sized), id: B256) -> Result<(), StateError> {
        let Some(dispute) = load::<Dispute>(state, id)? else { return Ok(()) };
        let Some(claim) = load::<Claim>(state, dispute.claim)? else { return Ok(()) };
        let Some(request) = load::<Request>(state, claim.request)? else { return Ok(()) };
        let mut winner = None;
        for &other in &claim.disputes {
            let other = load::<Dispute>(state, other)?;
            let won = |other: &Dispute| other.verdict.is_some_and(|verdict| verdict.challenger_won);
            winner = winner.or(other.filter(won).map(|other| other.challenger));
        }
        self.owed.insert(id, Owed { dispute, claim, request: request.status, winner });
        Ok(())
    }

    fn add_commitment(
        &mut self,
        state: &(impl Records + ?Sized),
        commitment: Commitment,
    ) -> Result<(), StateError> {
        let request = commitment.request;
        self.commitments.insert(commitment.id, commitment);
        if self.requests.contains_key(&request) {
            return Ok(());
        }
        let Some(request) = load::<Request>(state, request)? else { return Ok(()) };
        let last = match request.claims.last() {
            Some(id) => load::<Claim>(state, *id)?.filter(|last| last.status == ClaimStatus::Final),
            None => None,
        };
        self.ended.insert(request.id, Ended { request, last });
        Ok(())
    }

    fn add_request(
        &mut self,
        state: &(impl Records + ?Sized),
        request: Request,
        account: Address,
    ) -> Result<(), StateError> {
        for &id in &request.claims {
            if let Some(claim) = load::<Claim>(state, id)?
                && claim.submitter == account
                && claim.status == ClaimStatus::Rejected
                && was_refuted(state, &claim)?
            {
                self.refuted.insert(request.id);
            }
        }
        if let Some(model) = load::<Model>(state, request.model)? {
            self.models.insert(request.model, model);
        }
        if let Some(&id) = request.claims.last()
            && request.status == RequestStatus::Claimed
            && let Some(claim) = load::<Claim>(state, id)?
        {
            for &dispute in &claim.disputes {
                let Some(dispute) = load::<Dispute>(state, dispute)? else { continue };
                if claim.status == ClaimStatus::Open {
                    self.disputes.insert(dispute.id, dispute);
                } else if dispute.verdict.is_some_and(|verdict| verdict.challenger_won) {
                    self.stalled.insert(request.id, dispute);
                }
            }
            if claim.status == ClaimStatus::Open {
                self.claims.insert(id, claim);
            }
        }
        self.requests.insert(request.id, request);
        Ok(())
    }

    /// Running disputes of a claim.
    pub fn running<'a>(&'a self, claim: &'a Claim) -> impl Iterator<Item = &'a Dispute> {
        claim
            .disputes
            .iter()
            .filter_map(|id| self.disputes.get(id))
            .filter(|dispute| dispute.verdict.is_none())
    }
}

/// Whether a challenger won against the claim by proof, not by clock.
fn was_refuted(state: &(impl Records + ?Sized), claim: &Claim) -> Result<bool, StateError> {
    for &id in &claim.disputes {
        let verdict = load::<Dispute>(state, id)?.and_then(|dispute| dispute.verdict);
        if verdict.is_some_and(|verdict| verdict.challenger_won && verdict.by_proof) {
            return Ok(true);
        }
    }
    Ok(false)
}
