//! The `opml_` namespace over a running node.

use std::sync::Arc;

use alloy_primitives::{B256, Bytes, U64};
use jsonrpsee::core::{RpcResult, async_trait};
use opml_game::{Line, Phase, Side};
use opml_rpc::{MAX_INPUT, OpmlApiServer, RpcError, types};
use tokio::sync::Semaphore;

use crate::{
    service::{InferError, Node},
    store::Store,
    view::{
        Claim, ClaimStatus, Dispute, GuestVersion, Outcome, Profile, Request, RequestStatus, Typed,
    },
};

/// Local inferences at the same time.
const INFERENCES: usize = 2;

/// Answers from the node's store.
#[derive(Debug, Clone)]
pub struct NodeApi {
    node: Node,
    permits: Arc<Semaphore>,
}

impl NodeApi {
    /// The namespace of one node.
    pub fn new(node: Node) -> Self {
        Self { node, permits: Arc::new(Semaphore::new(INFERENCES)) }
    }
}

#[async_trait]
impl OpmlApiServer for NodeApi {
    async fn status(&self) -> RpcResult<types::Status> {
        let status = self.node.status();
        Ok(types::Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            chain_id: U64::from(status.identity.chain_id),
            contract: status.identity.contract,
            account: status.account,
            submitter: status.roles.submitter,
            challenger: status.roles.challenger,
            models: status.models,
            guests: status.guests,
            head: status.head.map(|head| types::Block {
                number: U64::from(head.number),
                hash: head.hash,
                timestamp: U64::from(head.time),
            }),
            tip: U64::from(status.tip),
            synced: status.synced,
            jobs: U64::from(status.jobs),
            pending: status.pending,
            alarms: status.alarms,
        })
    }

    async fn get_request(&self, id: B256) -> RpcResult<types::Request> {
        let store = self.node.store();
        let request = record::<Request>(store, "request", id)?;
        let claims = request.claims.iter().map(|id| claim(store, *id)).collect::<Result<_, _>>()?;
        Ok(types::Request {
            id,
            status: match request.status {
                RequestStatus::Open => types::RequestStatus::Open,
                RequestStatus::Claimed => types::RequestStatus::Claimed,
                RequestStatus::Done => types::RequestStatus::Done,
                RequestStatus::Failed => types::RequestStatus::Failed,
                RequestStatus::Refunded => types::RequestStatus::Refunded,
            },
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

    async fn get_dispute(&self, id: B256) -> RpcResult<types::Dispute> {
        Ok(dispute(self.node.store(), id)?)
    }

    async fn infer(&self, model: B256, input: Bytes) -> RpcResult<types::Inference> {
        if input.len() > MAX_INPUT {
            let (what, got, limit) = ("input in bytes", input.len(), MAX_INPUT);
            return Err(RpcError::Limit { what, got, limit }.into());
        }
        let busy =
            || RpcError::Limit { what: "inferences", got: INFERENCES + 1, limit: INFERENCES };
        let _permit = self.permits.try_acquire().map_err(|_| busy())?;
        let answer = self.node.infer(model, input).await.map_err(|error| match error {
            InferError::NoModel(id) => RpcError::NotFound { what: "model", id },
            InferError::Player(error) => RpcError::InvalidInput(error.to_string()),
            InferError::NoGuest | InferError::Panicked(_) => RpcError::Internal(error.to_string()),
        })?;
        Ok(types::Inference {
            model,
            outcome: outcome(answer.outcome),
            output: answer.output,
            n: U64::from(answer.n),
            s0: answer.s0,
            run_root: answer.run_root,
            sn: answer.sn,
        })
    }
}

fn claim(store: &Store, id: B256) -> Result<types::Claim, RpcError> {
    let claim = record::<Claim>(store, "claim", id)?;
    Ok(types::Claim {
        id,
        status: match claim.status {
            ClaimStatus::Open => types::ClaimStatus::Open,
            ClaimStatus::Final => types::ClaimStatus::Final,
            ClaimStatus::Rejected => types::ClaimStatus::Rejected,
        },
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
        verdict: dispute.verdict.map(|verdict| types::Verdict {
            winner: side(verdict.winner()),
            by_proof: verdict.by_proof,
            caller: verdict.caller,
            block: U64::from(verdict.block),
        }),
    })
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

const fn outcome(outcome: Outcome) -> types::Outcome {
    match outcome {
        Outcome::Done => types::Outcome::Done,
        Outcome::ProgramError => types::Outcome::ProgramError,
        Outcome::Fault => types::Outcome::Fault,
    }
}

const fn side(side: Side) -> types::Side {
    match side {
        Side::Submitter => types::Side::Submitter,
        Side::Challenger => types::Side::Challenger,
    }
}

fn record<R: Typed<Id = B256>>(store: &Store, what: &'static str, id: B256) -> Result<R, RpcError> {
    store.record::<R>(id).map_err(internal)?.ok_or(RpcError::NotFound { what, id })
}

fn number<R: Typed<Id = u8>>(store: &Store, id: u8) -> Result<R, RpcError> {
    let record = store.record::<R>(id).map_err(internal)?;
    record
        .ok_or_else(|| RpcError::Internal(format!("terms {id} of a dispute are not in the store")))
}

fn internal(error: impl std::fmt::Display) -> RpcError {
    RpcError::Internal(error.to_string())
}
