//! Event → writes: the one place that turns the contract's log into records.

use alloy_primitives::{Address, B256, U256, keccak256};
use thiserror::Error;

use super::{
    Appointment, Claim, ClaimStatus, Commitment, Credit, Dispute, GuestVersion, Head, Key, Model,
    Outcome, Post, Profile, Records, Request, RequestStatus, State, StateError, Typed, Verdict,
    load, state::store,
};
use opml_contracts::OpML::{self, OpMLEvents as Event};

/// Why an event cannot be applied. The log of an honest chain source and an honest contract never leads here.
#[derive(Debug, Error)]
pub enum ApplyError {
    /// The storage below failed.
    #[error(transparent)]
    State(#[from] StateError),
    /// An event speaks of something that no earlier event made: logs are missing.
    #[error("{event} names {what} {id}, which no earlier event made: the source left out logs")]
    Unknown {
        /// Name of the event.
        event: &'static str,
        /// Kind of the missing record.
        what: &'static str,
        /// Its id.
        id: B256,
    },
    /// An event's field has a value that the protocol does not have.
    #[error("{event} has {field} = {value}, which the protocol does not have")]
    BadValue {
        /// Name of the event.
        event: &'static str,
        /// The field.
        field: &'static str,
        /// Its value.
        value: u64,
    },
}

/// Applies one event of the block `at` to `state`.
///
/// # Errors
/// If the storage fails or the event contradicts what was applied before.
pub fn apply(state: &mut (impl State + ?Sized), at: Head, event: &Event) -> Result<(), ApplyError> {
    match event {
        Event::ProfileAdded(e) => add_profile(state, e)?,
        Event::GuestVersionAdded(e) => add_guest(state, e)?,
        Event::GuestVersionRetired(e) => retire_guest(state, e.guest)?,
        Event::ModelRegistered(e) => add_model(state, e)?,
        Event::Requested(e) => requested(state, e)?,
        Event::Committed(e) => committed(state, at, e)?,
        Event::TakenBack(e) => close(state, e.claimId, "TakenBack")?,
        Event::Claimed(e) => claimed(state, at, e)?,
        Event::Opened(e) => opened(state, at, e)?,
        Event::Moved(e) => moved(state, at, e)?,
        Event::Evaluated(e) => edit::<Dispute>(state, e.disputeId, "Evaluated", "dispute", |d| {
            d.evaluated = Some((e.pick.saturating_to(), e.start, e.end, e.truth));
        })?,
        Event::Decided(e) => decided(state, at, e)?,
        Event::Collected(e) => collected(state, e)?,
        Event::ClaimRejected(e) => reopened(state, e)?,
        Event::Judged(e) => judged(state, e)?,
        Event::Finalised(e) => finalised(state, at, e)?,
        Event::CallbackDelivered(e) => {
            callback(state, e.requestId, "CallbackDelivered", true)?;
        }
        Event::CallbackFailed(e) => callback(state, e.requestId, "CallbackFailed", false)?,
        Event::Refunded(e) => {
            edit::<Request>(state, e.requestId, "Refunded", "request", |request| {
                request.status = RequestStatus::Refunded;
            })?;
            state.set(&Key::LiveRequest(e.requestId).encode(), None)?;
        }
        Event::RequestAnnulled(e) => {
            edit::<Request>(state, e.requestId, "RequestAnnulled", "request", |request| {
                request.status = RequestStatus::Annulled;
            })?;
        }
        Event::ClaimAnnulled(e) => annulled(state, e.claimId)?,
        Event::Credited(e) => {
            change_credit(state, e.account, |credit| credit.saturating_add(e.amount))?
        }
        Event::Withdrawn(e) => {
            change_credit(state, e.account, |credit| credit.saturating_sub(e.amount))?;
        }
        Event::Debited(e) => {
            change_credit(state, e.account, |credit| credit.saturating_sub(e.amount))?;
        }
        Event::OperatorNamed(e) => {
            let appointment = Appointment { since: at.time, until: None };
            store(state, (e.operator, e.party), &appointment)?;
        }
        Event::OperatorDismissed(e) => dismissed(state, at, e)?,
        // Who publishes keeps nothing but what the claim has said.
        Event::Burned(_) | Event::Published(_) => {}
    }
    Ok(())
}

fn add_profile(
    state: &mut (impl State + ?Sized),
    e: &OpML::ProfileAdded,
) -> Result<(), ApplyError> {
    let p = &e.parameters;
    let profile = Profile {
        window: p.window,
        clock: p.clock,
        increment: p.increment,
        seconds_per_block: p.secondsPerBlock,
        arity_bits: p.arityBits,
        stake_gwei: p.stakeGwei,
        bond_gwei: p.bondGwei,
        answer_window: p.answerWindow,
    };
    Ok(store(state, e.profile, &profile)?)
}

fn add_guest(
    state: &mut (impl State + ?Sized),
    e: &OpML::GuestVersionAdded,
) -> Result<(), ApplyError> {
    let guest = GuestVersion {
        root: e.root,
        verifier: e.verifier,
        entry: e.entry,
        max_steps_bits: e.maxStepsBits,
        max_evaluated: e.maxEvaluated,
        retired: false,
    };
    Ok(store(state, e.guest, &guest)?)
}

fn retire_guest(state: &mut (impl State + ?Sized), number: u8) -> Result<(), ApplyError> {
    let mut guest = load::<GuestVersion>(state, number)?.ok_or(ApplyError::BadValue {
        event: "GuestVersionRetired",
        field: "guest",
        value: number.into(),
    })?;
    guest.retired = true;
    Ok(store(state, number, &guest)?)
}

fn add_model(
    state: &mut (impl State + ?Sized),
    e: &OpML::ModelRegistered,
) -> Result<(), ApplyError> {
    let model = Model {
        max_large_steps: e.bounds.maxLargeSteps,
        min_input: e.bounds.minInput,
        max_input: e.bounds.maxInput,
        max_output: e.bounds.maxOutput,
    };
    Ok(store(state, e.model, &model)?)
}

fn requested(state: &mut (impl State + ?Sized), e: &OpML::Requested) -> Result<(), ApplyError> {
    let r = &e.request;
    let request = Request {
        id: e.requestId,
        requester: r.requester,
        nonce: r.nonce,
        model: r.model,
        guest: r.guest,
        profile: r.profile,
        input_hash: r.inputHash,
        callback: r.callback,
        gas_limit: r.gasLimit,
        data_hash: r.dataHash,
        fee: e.fee,
        deadline: e.deadline,
        round: 0,
        begun: None,
        status: RequestStatus::Open,
        claims: Vec::new(),
        callback_delivered: None,
    };
    put_blob(state, &e.input)?;
    put_blob(state, &e.data)?;
    state.set(&Key::LiveRequest(e.requestId).encode(), Some(&[]))?;
    Ok(store(state, e.requestId, &request)?)
}

fn committed(
    state: &mut (impl State + ?Sized),
    at: Head,
    e: &OpML::Committed,
) -> Result<(), ApplyError> {
    let commitment = Commitment {
        id: e.claimId,
        request: e.requestId,
        round: e.round,
        submitter: e.submitter,
        block: at.number,
        time: at.time,
    };
    let profile = load::<Profile>(state, e.profile)?;
    if profile.is_some_and(|profile| profile.answer_window != 0) {
        edit::<Request>(state, e.requestId, "Committed", "request", |request| {
            request.begun.get_or_insert(at);
        })?;
    }
    state.set(&Key::Committed(e.submitter, e.claimId).encode(), Some(&[]))?;
    Ok(store(state, e.claimId, &commitment)?)
}

/// The stake lies in the commitment no more.
fn close(
    state: &mut (impl State + ?Sized),
    id: B256,
    event: &'static str,
) -> Result<(), ApplyError> {
    let commitment = expect::<Commitment>(state, id, event, "commitment")?;
    Ok(state.set(&Key::Committed(commitment.submitter, id).encode(), None)?)
}

fn claimed(
    state: &mut (impl State + ?Sized),
    at: Head,
    e: &OpML::Claimed,
) -> Result<(), ApplyError> {
    let c = &e.claim;
    let outcome = Outcome::from_code(c.outcome).ok_or(ApplyError::BadValue {
        event: "Claimed",
        field: "outcome",
        value: c.outcome.into(),
    })?;
    let claim = Claim {
        id: e.claimId,
        request: e.requestId,
        round: c.round,
        guest: c.guest,
        profile: c.profile,
        submitter: c.submitter,
        s0: c.s0,
        n: c.n,
        sn: c.sn,
        outcome,
        output_hash: c.outputHash,
        run_root: e.runRoot,
        time: at.time,
        block: at.number,
        status: ClaimStatus::Open,
        disputes: Vec::new(),
    };
    close(state, e.claimId, "Claimed")?;
    put_blob(state, &e.output)?;
    edit::<Request>(state, e.requestId, "Claimed", "request", |request| {
        request.status = RequestStatus::Claimed;
        request.claims.push(e.claimId);
    })?;
    Ok(store(state, e.claimId, &claim)?)
}

fn opened(state: &mut (impl State + ?Sized), at: Head, e: &OpML::Opened) -> Result<(), ApplyError> {
    let claim = expect::<Claim>(state, e.claimId, "Opened", "claim")?;
    let post = Post {
        pick: 0,
        start: claim.s0,
        end: claim.sn,
        opening: e.opening.clone(),
        list: e.list.clone(),
        position: e.position,
        block: at.number,
    };
    let dispute = Dispute {
        id: e.disputeId,
        claim: e.claimId,
        challenger: e.challenger,
        nonce: e.nonce,
        posts: vec![post],
        evaluated: None,
        verdict: None,
        collected: false,
    };
    edit::<Claim>(state, e.claimId, "Opened", "claim", |claim| claim.disputes.push(e.disputeId))?;
    Ok(store(state, e.disputeId, &dispute)?)
}

fn moved(state: &mut (impl State + ?Sized), at: Head, e: &OpML::Moved) -> Result<(), ApplyError> {
    let post = Post {
        pick: e.pick.saturating_to(),
        start: e.start,
        end: e.end,
        opening: e.opening.clone(),
        list: e.list.clone(),
        position: e.position,
        block: at.number,
    };
    edit::<Dispute>(state, e.disputeId, "Moved", "dispute", |dispute| dispute.posts.push(post))
}

fn decided(
    state: &mut (impl State + ?Sized),
    at: Head,
    e: &OpML::Decided,
) -> Result<(), ApplyError> {
    let challenger_won = match e.winner {
        1 => false,
        2 => true,
        winner => {
            return Err(ApplyError::BadValue {
                event: "Decided",
                field: "winner",
                value: winner.into(),
            });
        }
    };
    let mut dispute = expect::<Dispute>(state, e.disputeId, "Decided", "dispute")?;
    let mut claim = expect::<Claim>(state, e.claimId, "Decided", "claim")?;
    dispute.verdict =
        Some(Verdict { challenger_won, by_proof: e.byProof, caller: e.caller, block: at.number });
    store(state, e.disputeId, &dispute)?;
    if challenger_won {
        claim.status = if e.byProof { ClaimStatus::Rejected } else { ClaimStatus::TimedOut };
        store(state, e.claimId, &claim)?;
        for &id in &claim.disputes {
            let other = expect::<Dispute>(state, id, "Decided", "dispute")?;
            // The others are over without a verdict of their own: their bonds go back, and of their shares of the stake the
            // winner has what is left.
            if id == e.disputeId || other.verdict.is_none() {
                for receiver in [other.challenger, dispute.challenger] {
                    owe(state, receiver, id)?;
                }
                // Unless the claim was right.
                if !e.byProof {
                    owe(state, claim.submitter, id)?;
                }
            }
        }
        return Ok(());
    }
    owe(state, claim.submitter, e.disputeId)?;
    if !e.byProof {
        owe(state, dispute.challenger, e.disputeId)?;
    }
    Ok(())
}

/// The account may get something out of a dispute that is over.
fn owe(
    state: &mut (impl State + ?Sized),
    account: Address,
    dispute: B256,
) -> Result<(), StateError> {
    state.set(&Key::Owed(account, dispute).encode(), Some(&[]))
}

fn collected(state: &mut (impl State + ?Sized), e: &OpML::Collected) -> Result<(), ApplyError> {
    let mut dispute = expect::<Dispute>(state, e.disputeId, "Collected", "dispute")?;
    let claim = expect::<Claim>(state, e.claimId, "Collected", "claim")?;
    dispute.collected = true;
    store(state, e.disputeId, &dispute)?;
    let mut parties = vec![dispute.challenger, claim.submitter];
    for id in claim.disputes {
        parties.push(expect::<Dispute>(state, id, "Collected", "dispute")?.challenger);
    }
    for party in parties {
        let key = Key::Owed(party, e.disputeId).encode();
        if state.get(&key)?.is_some() {
            state.set(&key, None)?;
        }
    }
    Ok(())
}

/// The request learns of the verdict only when somebody collects the dispute that rejected its claim.
fn reopened(state: &mut (impl State + ?Sized), e: &OpML::ClaimRejected) -> Result<(), ApplyError> {
    edit::<Request>(state, e.requestId, "ClaimRejected", "request", |request| {
        request.status = RequestStatus::Open;
        request.round += 1;
        request.deadline = e.deadline;
    })
}

fn judged(state: &mut (impl State + ?Sized), e: &OpML::Judged) -> Result<(), ApplyError> {
    edit::<Claim>(state, e.claimId, "Judged", "claim", |claim| {
        claim.status = if e.right { ClaimStatus::Late } else { ClaimStatus::Rejected };
    })?;
    for party in concerned(state, e.claimId, e.requestId, "Judged")? {
        state.set(&Key::Unjudged(party, e.claimId).encode(), None)?;
    }
    Ok(())
}

/// Who is paid by what follows from a claim that was timed out, now that the last claim of the request is final: both submitters if
/// they said the same, else the challengers.
fn concerned(
    state: &(impl Records + ?Sized),
    claim: B256,
    request: B256,
    event: &'static str,
) -> Result<Vec<Address>, ApplyError> {
    let claim = expect::<Claim>(state, claim, event, "claim")?;
    let request = expect::<Request>(state, request, event, "request")?;
    let last = request.claims.last().copied().unwrap_or_default();
    let last = expect::<Claim>(state, last, event, "claim")?;
    if last.sn == claim.sn {
        return Ok(vec![claim.submitter, last.submitter]);
    }
    let challenger = |id| Ok(expect::<Dispute>(state, id, event, "dispute")?.challenger);
    claim.disputes.into_iter().map(challenger).collect()
}

fn finalised(
    state: &mut (impl State + ?Sized),
    at: Head,
    e: &OpML::Finalised,
) -> Result<(), ApplyError> {
    edit::<Claim>(state, e.claimId, "Finalised", "claim", |claim| {
        claim.status = ClaimStatus::Final;
    })?;
    edit::<Request>(state, e.requestId, "Finalised", "request", |request| {
        let done = e.outcome == Outcome::Done as u8;
        request.status = if done { RequestStatus::Done } else { RequestStatus::Failed };
    })?;
    let request = expect::<Request>(state, e.requestId, "Finalised", "request")?;
    if request.status == RequestStatus::Done && request.begun.is_some() {
        state.set(&Key::Answered(at.time, e.requestId).encode(), Some(&[]))?;
    }
    for id in request.claims {
        if expect::<Claim>(state, id, "Finalised", "claim")?.status == ClaimStatus::TimedOut {
            for party in concerned(state, id, e.requestId, "Finalised")? {
                state.set(&Key::Unjudged(party, id).encode(), Some(&[]))?;
            }
        }
    }
    Ok(state.set(&Key::LiveRequest(e.requestId).encode(), None)?)
}

/// The bonds of a claim's running disputes can be fetched.
fn annulled(state: &mut (impl State + ?Sized), id: B256) -> Result<(), ApplyError> {
    let mut claim = expect::<Claim>(state, id, "ClaimAnnulled", "claim")?;
    claim.status = ClaimStatus::Annulled;
    store(state, id, &claim)?;
    for id in claim.disputes {
        let dispute = expect::<Dispute>(state, id, "ClaimAnnulled", "dispute")?;
        if dispute.verdict.is_none() {
            owe(state, dispute.challenger, id)?;
        }
    }
    Ok(())
}

fn callback(
    state: &mut (impl State + ?Sized),
    request: B256,
    event: &'static str,
    delivered: bool,
) -> Result<(), ApplyError> {
    edit::<Request>(state, request, event, "request", |request| {
        request.callback_delivered = Some(delivered);
    })
}

fn dismissed(
    state: &mut (impl State + ?Sized),
    at: Head,
    e: &OpML::OperatorDismissed,
) -> Result<(), ApplyError> {
    let id = (e.operator, e.party);
    let mut appointment = load::<Appointment>(state, id)?.ok_or(ApplyError::Unknown {
        event: "OperatorDismissed",
        what: "operator",
        id: e.operator.into_word(),
    })?;
    appointment.until = Some(at.time);
    Ok(store(state, id, &appointment)?)
}

fn change_credit(
    state: &mut (impl State + ?Sized),
    account: Address,
    change: impl FnOnce(U256) -> U256,
) -> Result<(), ApplyError> {
    let credit = load::<Credit>(state, account)?.map(|credit| credit.0).unwrap_or_default();
    Ok(store(state, account, &Credit(change(credit)))?)
}

fn put_blob(state: &mut (impl State + ?Sized), bytes: &[u8]) -> Result<(), StateError> {
    state.set(&Key::Blob(keccak256(bytes)).encode(), Some(bytes))
}

fn expect<R: Typed<Id = B256>>(
    state: &(impl Records + ?Sized),
    id: B256,
    event: &'static str,
    what: &'static str,
) -> Result<R, ApplyError> {
    load(state, id)?.ok_or(ApplyError::Unknown { event, what, id })
}

fn edit<R: Typed<Id = B256>>(
    state: &mut (impl State + ?Sized),
    id: B256,
    event: &'static str,
    what: &'static str,
    change: impl FnOnce(&mut R),
) -> Result<(), ApplyError> {
    let mut record = expect::<R>(state, id, event, what)?;
    change(&mut record);
    Ok(store(state, id, &record)?)
}
