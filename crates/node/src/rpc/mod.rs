//! The `opml_` namespace over a running node.

mod admin;
mod exposure;
mod lists;
mod proof;
mod records;
mod subscription;

use std::sync::Arc;

use alloy_primitives::{B256, Bytes, U64, U256};
use jsonrpsee::{
    PendingSubscriptionSink,
    core::{RpcResult, SubscriptionResult, async_trait},
};
use opml_rpc::{MAX_INPUT, OpmlApiServer, RpcError, types};
use tokio::sync::Semaphore;

use crate::service::{InferError, Node};

pub use admin::AdminApi;
pub use proof::{WireProofError, verify_output};
pub use records::dispute;
use records::{claim, outcome, request};

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
            validator: status.roles.validator,
            models: status.models,
            guests: status.guests,
            head: status.head.map(records::block),
            tip: U64::from(status.tip),
            synced: status.synced,
            jobs: U64::from(status.jobs),
            failures: U64::from(status.failures),
            restarts: U64::from(status.restarts),
            pending: status.pending,
            alarms: status.alarms,
        })
    }

    async fn get_request(&self, id: B256) -> RpcResult<types::Request> {
        Ok(request(self.node.store(), id)?)
    }

    async fn list_requests(
        &self,
        filter: Option<types::RequestFilter>,
        after: Option<B256>,
        limit: Option<U64>,
    ) -> RpcResult<types::Page<types::RequestSummary>> {
        Ok(lists::requests(self.node.store(), filter.unwrap_or_default(), after, limit)?)
    }

    async fn get_claim(&self, id: B256) -> RpcResult<types::Claim> {
        Ok(claim(self.node.store(), id)?)
    }

    async fn get_output_proof(&self, request: B256) -> RpcResult<types::OutputProof> {
        let identity = self.node.status().identity;
        Ok(proof::output_proof(self.node.store(), identity, request)?)
    }

    async fn get_dispute(&self, id: B256) -> RpcResult<types::Dispute> {
        Ok(dispute(self.node.store(), id)?)
    }

    async fn list_disputes(
        &self,
        filter: Option<types::DisputeFilter>,
        after: Option<B256>,
        limit: Option<U64>,
    ) -> RpcResult<types::Page<types::DisputeSummary>> {
        Ok(lists::disputes(self.node.store(), filter.unwrap_or_default(), after, limit)?)
    }

    async fn get_moves(&self, id: B256, from: Option<U64>) -> RpcResult<Vec<types::List>> {
        let mut lists = dispute(self.node.store(), id)?.lists;
        let from = from.map_or(0, |from| from.to::<u64>()).min(lists.len() as u64);
        Ok(lists.split_off(from as usize))
    }

    async fn models(
        &self,
        after: Option<B256>,
        limit: Option<U64>,
    ) -> RpcResult<types::Page<types::Model>> {
        Ok(lists::models(&self.node, after, limit)?)
    }

    async fn exposure(&self) -> RpcResult<types::Exposure> {
        Ok(exposure::exposure(&self.node)?)
    }

    async fn estimate_fee(&self, model: B256) -> RpcResult<U256> {
        let status = self.node.status();
        let claims = status.account.is_some() && status.roles.submitter;
        if !claims || !status.models.contains(&model) {
            return Err(
                RpcError::NotFound { what: "claims of this node for model", id: model }.into()
            );
        }
        Ok(self.node.policy().min_fee)
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

    async fn subscribe_to(
        &self,
        pending: PendingSubscriptionSink,
        topic: types::Topic,
    ) -> SubscriptionResult {
        subscription::feed(&self.node, pending, topic).await
    }
}
