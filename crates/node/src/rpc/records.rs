//! Records of the store as the wire has them.

use alloy_primitives::{B256, U64};
use opml_game::{Line, Phase, Side};
use opml_rpc::{RpcError, types};

use crate::{
    store::Store,
    view::{
        Claim, ClaimStatus, Dispute, GuestVersion, Head, Outcome, Profile, Request, RequestStatus,
        Typed, Verdict,
    },
};

pub(super) fn block(head: Head) -> types::Block {
    types::Block {
        number: U64::from(head.number),
        hash: head.hash,
        timestamp: U64::from(head.time),
    }
}

pub(super) fn request(store: &Store, id: B256) -> Result<types::Request, RpcError> {
    let request = record::<Request>(store, "request", id)?;
    let claims = request.claims.iter().map(|id| claim(store, *id)).collect::<Result<_, _>>()?;
    Ok(types::Request {
        id,
        status: status(request.status),
        requester: request.requester,
        model: request.model,
        guest: U64::from(request.guest),
        profile: U64::from(request.profile),
        fee: request.fee,
        deadline: U64::from(request.deadline),
        round: U64::from(request.round),
        input: store.blob(request.input_hash).map_err(internal)?,
        callback: request.callback,
        callback_delivered: request.callback_delivered,
        claims,
    })
}

pub(super) const fn status(status: RequestStatus) -> types::RequestStatus {
    match status {
        RequestStatus::Open => types::RequestStatus::Open,
        RequestStatus::Claimed => types::RequestStatus::Claimed,
        RequestStatus::Done => types::RequestStatus::Done,
        RequestStatus::Failed => types::RequestStatus::Failed,
        RequestStatus::Refunded => types::RequestStatus::Refunded,
        RequestStatus::Annulled => types::RequestStatus::Annulled,
    }
}

pub(super) fn claim(store: &Store, id: B256) -> Result<types::Claim, RpcError> {
    let claim = record::<Claim>(store, "claim", id)?;
    Ok(types::Claim {
        id,
        status: claim_status(claim.status),
        submitter: claim.submitter,
        round: U64::from(claim.round),
        s0: claim.s0,
        n: U64::from(claim.n),
        sn: claim.sn,
        outcome: outcome(claim.outcome),
        output: store.blob(claim.output_hash).map_err(internal)?,
        timestamp: U64::from(claim.time),
        disputes: claim.disputes,
    })
}

pub(super) const fn claim_status(status: ClaimStatus) -> types::ClaimStatus {
    match status {
        ClaimStatus::Open => types::ClaimStatus::Open,
        ClaimStatus::Final => types::ClaimStatus::Final,
        ClaimStatus::Rejected => types::ClaimStatus::Rejected,
        ClaimStatus::TimedOut => types::ClaimStatus::TimedOut,
        ClaimStatus::Late => types::ClaimStatus::Late,
        ClaimStatus::Annulled => types::ClaimStatus::Annulled,
    }
}

/// A dispute as the wire has it, from any store: a node's, or one that was filled for the purpose.
///
/// # Errors
/// If the store does not have it or fails.
pub fn dispute(store: &Store, id: B256) -> Result<types::Dispute, RpcError> {
    let dispute = record::<Dispute>(store, "dispute", id)?;
    let claim = record::<Claim>(store, "claim", dispute.claim)?;
    let profile = number::<Profile>(store, claim.profile)?.to_game();
    let guest = number::<GuestVersion>(store, claim.guest)?.to_game();
    let terms = opml_game::Terms { profile: &profile, guest: &guest };
    let lines = dispute.lines(terms, &claim).map_err(internal)?;
    let position = lines.last().map(|line| line.position);
    let lists = lines.iter().zip(&dispute.posts);
    Ok(types::Dispute {
        id,
        claim: claim.id,
        request: claim.request,
        submitter: claim.submitter,
        challenger: dispute.challenger,
        nonce: U64::from(dispute.nonce),
        mover: position
            .filter(|_| dispute.verdict.is_none() && claim.status == ClaimStatus::Open)
            .map(|position| side(position.mover)),
        submitter_budget: U64::from(position.map_or(0, |position| position.submitter_budget)),
        challenger_budget: U64::from(position.map_or(0, |position| position.challenger_budget)),
        lists: lists.map(|(line, post)| list(line, post.pick, post.block)).collect(),
        evaluation: dispute.evaluated.map(|(pick, start, end, truth)| types::Evaluation {
            pick: U64::from(pick),
            start,
            end,
            truth,
        }),
        verdict: dispute.verdict.map(verdict),
    })
}

pub(super) fn verdict(verdict: Verdict) -> types::Verdict {
    types::Verdict {
        winner: side(verdict.winner()),
        by_proof: verdict.by_proof,
        caller: verdict.caller,
        block: U64::from(verdict.block),
    }
}

fn list(line: &Line, pick: u64, block: u64) -> types::List {
    types::List {
        // After a list it is the other side's turn.
        author: side(line.position.mover.other()),
        pick: U64::from(pick),
        phase: match line.position.phase {
            Phase::Large => types::Phase::Large,
            Phase::Small => types::Phase::Small,
        },
        large_step: U64::from(line.large),
        small_step: U64::from(line.small),
        steps: U64::from(line.position.steps),
        start: line.start,
        entries: line.entries.clone(),
        block: U64::from(block),
    }
}

pub(super) const fn outcome(outcome: Outcome) -> types::Outcome {
    match outcome {
        Outcome::Done => types::Outcome::Done,
        Outcome::ProgramError => types::Outcome::ProgramError,
        Outcome::Fault => types::Outcome::Fault,
    }
}

pub(super) const fn side(side: Side) -> types::Side {
    match side {
        Side::Submitter => types::Side::Submitter,
        Side::Challenger => types::Side::Challenger,
    }
}

pub(super) fn record<R: Typed<Id = B256>>(
    store: &Store,
    what: &'static str,
    id: B256,
) -> Result<R, RpcError> {
    store.record::<R>(id).map_err(internal)?.ok_or(RpcError::NotFound { what, id })
}

pub(super) fn number<R: Typed<Id = u8>>(store: &Store, id: u8) -> Result<R, RpcError> {
    let record = store.record::<R>(id).map_err(internal)?;
    record
        .ok_or_else(|| RpcError::Internal(format!("terms {id} of a dispute are not in the store")))
}

pub(super) fn internal(error: impl std::fmt::Display) -> RpcError {
    RpcError::Internal(error.to_string())
}
