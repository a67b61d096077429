//! Calldata of calls. The fields of requests and claims, inputs and outputs come from the store.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use opml_contracts::{Attention, OpML};
use opml_game::{LineError, Terms};

use crate::{
    plan::{Call, Play},
    store::{Store, StoreError},
    view::{Claim, ClaimStatus, Dispute, GuestVersion, Profile, Request},
};

/// A call ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Encoded {
    pub(super) data: Bytes,
    pub(super) value: U256,
    /// Gas to allow where an estimate may be too low.
    pub(super) gas: Option<u64>,
}

/// A record that a plan named is not in the store (any more): a revert came in between.
#[derive(Debug, thiserror::Error)]
pub(super) enum EncodeError {
    #[error("{what} {id} is not in the store")]
    Gone { what: &'static str, id: B256 },
    #[error("the lists of dispute {id} do not follow from each other")]
    NotPlayed { id: B256, source: Box<LineError> },
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bindings have other fields than the records: a bug here.
    #[error("a record is none of the contract's: {0}")]
    Abi(#[from] alloy_sol_types::Error),
}

/// Gas that `finalise` takes besides its callback and its calldata.
const FINALISE_GAS: u64 = 300_000;

/// Encodes `call` of `account`.
pub(super) fn encode(store: &Store, account: Address, call: &Call) -> Result<Encoded, EncodeError> {
    let mut gas = None;
    let data = match call {
        Call::Commit { claim, .. } => OpML::commitCall {
            requestId: claim.request_id,
            round: claim.round,
            profile: claim.profile,
            content: claim.content(),
        }
        .abi_encode(),
        Call::Reveal { request, round, answer } => {
            let request = record::<Request>(store, "request", *request)?;
            OpML::revealCall {
                input: store.blob(request.input_hash)?,
                request_: request.to_game().to_abi()?,
                round: *round,
                n: answer.n,
                outcome: answer.outcome as u8,
                runRoot: answer.run_root,
                sn: answer.sn,
                output: answer.output.clone(),
            }
            .abi_encode()
        }
        Call::Open { claim, nonce, body, .. } => {
            let claim = record::<Claim>(store, "claim", *claim)?;
            OpML::openCall { claim_: claim.to_game().to_abi()?, nonce: *nonce, body: body.clone() }
                .abi_encode()
        }
        Call::Play { dispute, position, play, pick, body } => {
            let d = record::<Dispute>(store, "dispute", *dispute)?;
            // The three calls differ in their selector alone.
            let selector = match play {
                Play::Move => OpML::moveCall::SELECTOR,
                Play::Evaluate => OpML::evaluateCall::SELECTOR,
                Play::EvaluateFault => OpML::evaluateFaultCall::SELECTOR,
            };
            let call = OpML::moveCall {
                claimId: d.claim,
                challenger: d.challenger,
                nonce: d.nonce,
                position: *position,
                pick: U256::from(*pick),
                body: body.clone(),
            };
            let mut data = call.abi_encode();
            data[..4].copy_from_slice(&selector);
            data
        }
        Call::Timeout { dispute, position, list_root } => {
            let d = record::<Dispute>(store, "dispute", *dispute)?;
            OpML::timeoutCall {
                claimId: d.claim,
                challenger: d.challenger,
                nonce: d.nonce,
                position: *position,
                listRoot: *list_root,
            }
            .abi_encode()
        }
        Call::Finalise { claim } => {
            let claim = record::<Claim>(store, "claim", *claim)?;
            let request = record::<Request>(store, "request", claim.request)?;
            let (output, data) = (store.blob(claim.output_hash)?, store.blob(request.data_hash)?);
            // An estimate may come out too low: the callback fails quietly under less gas than it was promised.
            let callback = u64::from(request.gas_limit) * 11 / 10;
            gas = Some(FINALISE_GAS + callback + 20 * (output.len() + data.len()) as u64);
            OpML::finaliseCall {
                request_: request.to_game().to_abi()?,
                claim_: claim.to_game().to_abi()?,
                output,
                data,
            }
            .abi_encode()
        }
        Call::Collect { dispute } | Call::Reopen { dispute } => {
            let d = record::<Dispute>(store, "dispute", *dispute)?;
            let claim = record::<Claim>(store, "claim", d.claim)?;
            if d.verdict.is_some() {
                let (challenger, nonce) = (d.challenger, d.nonce);
                OpML::collectCall { claim_: claim.to_game().to_abi()?, challenger, nonce }
                    .abi_encode()
            } else {
                collect_unfinished(store, &claim, &d)?.abi_encode()
            }
        }
        Call::Judge { claim, last } => {
            let claim = record::<Claim>(store, "claim", *claim)?;
            let last = record::<Claim>(store, "claim", *last)?;
            OpML::judgeCall { claim_: claim.to_game().to_abi()?, final_: last.to_game().to_abi()? }
                .abi_encode()
        }
        Call::TakeBack { claim, last: Some(last) } => {
            let last = record::<Claim>(store, "claim", *last)?;
            OpML::takeBackCall { claim_: claim.to_abi()?, final_: last.to_game().to_abi()? }
                .abi_encode()
        }
        Call::TakeBack { claim, last: None } => {
            OpML::takeBackLateCall { claim_: claim.to_abi()? }.abi_encode()
        }
        Call::Refund { request } => {
            let request = record::<Request>(store, "request", *request)?;
            OpML::refundCall { request_: request.to_game().to_abi()? }.abi_encode()
        }
        Call::Annul { claim } => {
            let claim = record::<Claim>(store, "claim", *claim)?;
            let request = record::<Request>(store, "request", claim.request)?;
            OpML::annulCall {
                request_: request.to_game().to_abi()?,
                claim_: claim.to_game().to_abi()?,
            }
            .abi_encode()
        }
        Call::Withdraw => OpML::withdrawCall { to: account }.abi_encode(),
        Call::Attend { request, value, .. } => {
            Attention::answerCall { requestId: *request, value: *value }.abi_encode()
        }
        Call::Draw { request, .. } => Attention::drawCall { requestId: *request }.abi_encode(),
        Call::Reward { last, index, .. } => Attention::rewardCall {
            final_: record::<Claim>(store, "claim", *last)?.to_game().to_abi()?,
            validator: account,
            index: U256::from(*index),
        }
        .abi_encode(),
        Call::Slash { last, validator, index, .. } => Attention::slashCall {
            final_: record::<Claim>(store, "claim", *last)?.to_game().to_abi()?,
            validator: *validator,
            index: U256::from(*index),
        }
        .abi_encode(),
        Call::WithdrawReward { .. } => Attention::withdrawCall { to: account }.abi_encode(),
    };
    Ok(Encoded { data: data.into(), value: call.value(), gas })
}

/// What ends a dispute that another one, or the retirement of its guest version, made needless.
fn collect_unfinished(
    store: &Store,
    claim: &Claim,
    dispute: &Dispute,
) -> Result<OpML::collectUnfinishedCall, EncodeError> {
    let mut winner = None;
    for id in &claim.disputes {
        let other = record::<Dispute>(store, "dispute", *id)?;
        winner = winner.or(other.verdict.is_some_and(|v| v.challenger_won).then_some(other));
    }
    let (winner, winner_nonce) = match winner {
        Some(winner) => (winner.challenger, winner.nonce),
        // Then nobody has won.
        None if claim.status == ClaimStatus::Annulled => (Address::ZERO, 0),
        None => return Err(EncodeError::Gone { what: "winner on claim", id: claim.id }),
    };
    let profile = store.record::<Profile>(claim.profile)?;
    let guest = store.record::<GuestVersion>(claim.guest)?;
    let (Some(profile), Some(guest)) = (profile, guest) else {
        return Err(EncodeError::Gone { what: "court of claim", id: claim.id });
    };
    let (profile, guest) = (profile.to_game(), guest.to_game());
    let terms = Terms { profile: &profile, guest: &guest };
    let lines = dispute
        .lines(terms, claim)
        .map_err(|source| EncodeError::NotPlayed { id: dispute.id, source: Box::new(source) })?;
    let last = lines.last().ok_or(EncodeError::Gone { what: "list of", id: dispute.id })?;
    Ok(OpML::collectUnfinishedCall {
        claim_: claim.to_game().to_abi()?,
        challenger: dispute.challenger,
        nonce: dispute.nonce,
        position: last.position.pack(),
        listRoot: last.tree(terms).root(),
        winner,
        winnerNonce: winner_nonce,
    })
}

fn record<R: crate::view::Typed<Id = B256>>(
    store: &Store,
    what: &'static str,
    id: B256,
) -> Result<R, EncodeError> {
    store.record::<R>(id)?.ok_or(EncodeError::Gone { what, id })
}
