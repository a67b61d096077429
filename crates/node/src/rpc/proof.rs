//! Outputs with what shows that they are those of a claim.

use alloy_primitives::{B256, U64};
use opml_engine::seam::Outcome;
use opml_game::{OutputProof, OutputProofError};
use opml_rpc::{RpcError, types};
use thiserror::Error;

use super::records::{claim_status, internal, outcome, record};
use crate::{
    store::{Identity, Store},
    view::{Claim, ClaimStatus, Request},
};

/// Why a proof from the wire shows nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WireProofError {
    /// A number that its field on chain does not hold.
    #[error("{field} {value} is not below 2^{bits}")]
    Range {
        /// The field.
        field: &'static str,
        /// Its value.
        value: U64,
        /// How many bits it has on chain.
        bits: u32,
    },
    /// The parts do not fit together.
    #[error(transparent)]
    Proof(#[from] OutputProofError),
}

/// The output of the claim on a request that is open or final.
pub(super) fn output_proof(
    store: &Store,
    identity: Identity,
    id: B256,
) -> Result<types::OutputProof, RpcError> {
    let request = record::<Request>(store, "request", id)?;
    let none = || RpcError::NotFound { what: "claim that stands on request", id };
    let claim = *request.claims.last().ok_or_else(none)?;
    let claim = record::<Claim>(store, "claim", claim)?;
    if !matches!(claim.status, ClaimStatus::Open | ClaimStatus::Final) {
        return Err(none());
    }
    Ok(types::OutputProof {
        request: id,
        claim: claim.id,
        status: claim_status(claim.status),
        chain_id: U64::from(identity.chain_id),
        contract: identity.contract,
        requester: request.requester,
        nonce: U64::from(request.nonce),
        model: request.model,
        guest: U64::from(request.guest),
        profile: U64::from(request.profile),
        input_hash: request.input_hash,
        callback: request.callback,
        gas_limit: U64::from(request.gas_limit),
        data_hash: request.data_hash,
        round: U64::from(claim.round),
        submitter: claim.submitter,
        s0: claim.s0,
        n: U64::from(claim.n),
        sn: claim.sn,
        outcome: outcome(claim.outcome),
        run_root: claim.run_root,
        output: store.blob(claim.output_hash).map_err(internal)?,
    })
}

/// Checks a proof that anybody may have made: that its output is what the claim of its `claim` id says about the request of its
/// `request` id, at the contract and on the chain that it names. Whether that claim is final, the contract says.
///
/// # Errors
/// If the parts do not fit together.
pub fn verify_output(proof: &types::OutputProof) -> Result<(), WireProofError> {
    let request = opml_game::Request {
        requester: proof.requester,
        nonce: proof.nonce.to(),
        model: proof.model,
        guest: number("guest", proof.guest)?,
        profile: number("profile", proof.profile)?,
        input_hash: proof.input_hash,
        callback: proof.callback,
        gas_limit: number("gasLimit", proof.gas_limit)?,
        data_hash: proof.data_hash,
    };
    let parts = OutputProof {
        chain_id: proof.chain_id.to(),
        court: proof.contract,
        request,
        round: number("round", proof.round)?,
        submitter: proof.submitter,
        s0: proof.s0,
        n: proof.n.to(),
        sn: proof.sn,
        outcome: match proof.outcome {
            types::Outcome::Done => Outcome::Done,
            types::Outcome::ProgramError => Outcome::ProgramError,
            types::Outcome::Fault => Outcome::Fault,
        },
        run_root: proof.run_root,
        output: proof.output.clone(),
    };
    Ok(parts.verify(proof.request, proof.claim)?)
}

fn number<N: TryFrom<u64>>(field: &'static str, value: U64) -> Result<N, WireProofError> {
    let bits = 8 * size_of::<N>() as u32;
    N::try_from(value.to()).map_err(|_| WireProofError::Range { field, value, bits })
}
